"""Sysctls in exports: `down` restores them, and Python sets them by the verb."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipwrap import Command, Recording, Session
from ipwrap.export import FORMATS
from ipwrap.recording import CommandEvent, ResultEvent
from ipwrap.result import Result
from tests.undo.standin import StandIn, needs_root, open_standin

FORWARD = "net.ipv4.ip_forward"
ALIASES = "net.ipv4.tcp_rmem"
READ = f"""\
sysctl -n {FORWARD} {ALIASES} net.ipv4.ip_default_ttl
ip netns exec old sysctl -n {ALIASES}
"""


def _lab(session: Session) -> None:
    """Set sysctls outside, in a namespace from before, and in one of its own."""
    session.sysctl.set(FORWARD, 1)
    session.netns("old").sysctl.set(ALIASES, "4096 8192 16384")
    session.ip.netns.add("new")
    session.netns("new").sysctl.set(FORWARD, 1)
    session.exec("sysctl", "-w", "net.ipv4.ip_default_ttl=55", f"{ALIASES}=4096 9000 10000")
    session.exec("sysctl", "-w", "net.ipv4.no_such_key=0", check=False)
    session.sysctl.set(FORWARD, 1)


@pytest.fixture(scope="module")
def recording(sandbox_session: Session) -> Recording:
    """A recording of the lab."""
    sandbox_session.ip.netns.add("old")
    with Session(place=sandbox_session.place) as session:
        _lab(session)
    return session.recording


@pytest.fixture
def host(tmp_path: Path, recording: Recording) -> Iterator[StandIn]:
    """A stand-in for a host, with the script of the lab."""
    with open_standin(tmp_path) as standin:
        (tmp_path / "lab.sh").write_text("".join(FORMATS["sh"].iter_text(recording)))
        standin.run("ip netns add old; sysctl -qw net.ipv4.ip_forward=0 net.ipv4.ip_default_ttl=33")
        yield standin


def _down(host: StandIn) -> "subprocess.CompletedProcess[str]":
    """Run `down`."""
    return subprocess.run(
        host.argv("sh", "lab.sh", "down"), capture_output=True, text=True, check=False
    )


@pytest.mark.live
@needs_root
def test_down_restores_the_values_that_up_found(host: StandIn) -> None:
    """Those of this machine, not of the recording's; a second `up` before is refused."""
    before = host.run(READ)
    host.run("sh lab.sh")
    assert before != host.run(READ)
    again = subprocess.run(host.argv("sh", "lab.sh"), capture_output=True, text=True, check=False)
    assert "it stands already" in again.stderr

    completed = _down(host)

    assert (0, "") == (completed.returncode, completed.stderr)
    assert before == host.run(READ)
    assert "nothing to take away" in _down(host).stderr


@pytest.mark.live
@needs_root
def test_down_leaves_a_value_of_somebody_else(host: StandIn) -> None:
    """A sysctl that was written since `up` stays, and the rest is restored."""
    host.run(f"sh lab.sh; sysctl -qw {FORWARD}=2 net.ipv4.ip_default_ttl=44; ip netns delete new")

    completed = _down(host)

    assert completed.returncode == 1
    assert f"{FORWARD} has another value than this script wrote" in completed.stderr
    assert ["2", "44"] == host.run(f"sysctl -n {FORWARD} net.ipv4.ip_default_ttl").split()
    assert "8192" not in host.run(READ)


@pytest.mark.live
@needs_root
def test_down_leaves_another_namespace_of_the_name(host: StandIn) -> None:
    """A namespace that was made anew has values of its own."""
    host.run("sh lab.sh; ip netns delete old; ip netns add old")
    host.run(f"ip netns exec old sysctl -qw '{ALIASES}=4096 8192 16384'")

    completed = _down(host)

    assert f"{ALIASES} in old has another value" in completed.stderr
    assert "8192" in host.run(READ)


@pytest.mark.live
@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_the_script_is_clean(recording: Recording, tmp_path: Path) -> None:
    """shellcheck has nothing to report."""
    path = tmp_path / "lab.sh"
    path.write_text("".join(FORMATS["sh"].iter_text(recording)))

    completed = subprocess.run(
        ("shellcheck", str(path)), capture_output=True, text=True, check=False
    )

    assert (0, "") == (completed.returncode, completed.stdout)


@pytest.mark.live
def test_a_script_without_sysctls_has_no_lines_for_them(recording: Recording) -> None:
    """Nor for those of its own namespaces, which go with them."""
    script = "".join(FORMATS["sh"].iter_text(recording))
    assert "restore 1 net.ipv4.ip_forward\n" in script
    assert "netns new\n" not in script.replace("made 3 netns new\n", "").partition("restore")[0]

    command = Command(("sysctl", "-w", f"{FORWARD}=1"), "lab")
    made = Recording(
        events=[
            CommandEvent(1, Command(("ip", "netns", "add", "lab"), from_file=True)),
            ResultEvent(1, Result(Command(("ip", "netns", "add", "lab")))),
            CommandEvent(2, command),
            ResultEvent(2, Result(command)),
        ]
    )
    assert "value" not in "".join(FORMATS["sh"].iter_text(made))


@pytest.mark.live
def test_python_uses_the_verbs(recording: Recording) -> None:
    """What no verb says, or what failed, stays a program."""
    script = "".join(FORMATS["python"].iter_text(recording))

    assert 'session.sysctl.set("net.ipv4.ip_forward", 1)' in script
    assert '.sysctl.set("net.ipv4.tcp_rmem", "4096 8192 16384")' in script
    assert 'session.exec("sysctl", "-w", "net.ipv4.no_such_key=0", check=False)' in script


def test_python_reads_a_value_by_the_verb() -> None:
    """Only one that the verb returns: a folder of keys stays a program."""
    events: list[CommandEvent | ResultEvent] = []
    for number, stdout in enumerate(("1\n", "1\n2\n"), start=1):
        command = Command(("sysctl", "-n", f"net.ipv4.key{number}"), changes=False)
        events += [CommandEvent(number, command), ResultEvent(number, Result(command, 0, stdout))]

    script = "".join(FORMATS["python"].iter_text(Recording(events=events)))

    assert 'session.sysctl.get("net.ipv4.key1")' in script
    assert 'session.exec("sysctl", "-n", "net.ipv4.key2", changes=False)' in script
