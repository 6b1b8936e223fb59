"""`ipwrap undo` and `ipwrap clean` after a crash on the host, which a namespace replaces."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from ipwrap import Command, Recording, Session
from ipwrap.recording import Header, Snapshot
from ipwrap.recording.pointer import write_pointer
from ipwrap.system.process_identity import ProcessIdentity
from ipwrap.teardown.ledger import teardown_commands
from tests import waiting
from tests.labs import open_sandbox
from tests.undo.hosts import (
    list_differences,
    open_host,
    parse_lines,
    read_raw,
    read_settled,
    snapshot_of,
)

CRASHES = 50
LAB = """
import sys
from ipwrap import Session
from ipwrap.kinds import Bridge, Veth

record = sys.argv[1] if len(sys.argv) > 1 else None
with Session(record=record) as session:
    session.ip.link.add("br0", Bridge(), up=True)
    session.ip.address.add("10.1.0.1/24", dev="keep")
    session.ip.link.set("keep2", name="kept2")
    n = 0
    while True:
        n += 1
        session.ip.netns.add(f"pod{n}")
        veth = Veth(peer="eth0", peer_netns=f"pod{n}")
        session.ip.link.add(f"veth{n}", veth, master="br0", up=True)
        session.ip.route.add(f"10.9.{n % 250}.0/24", dev="keep")
        with session.batch():
            session.netns(f"pod{n}").ip.address.add("10.0.0.1/24", dev="eth0")
            session.netns(f"pod{n}").ip.link.set("eth0", up=True)
        if n % 3 == 0:
            session.ip.netns.delete(f"pod{n}")
"""

USED_LAB = """
import random
import sys
from ipwrap import Session
from tests.undo.hosts import CHANGES, parse_lines

lines = CHANGES.splitlines()
random.Random(sys.argv[2]).shuffle(lines)
with Session(record=sys.argv[1]) as session:
    while True:
        for command in parse_lines("\\n".join(lines)):
            session.run(command, check=False)
"""
USED_CRASHES = 10


def start_on_host(host: Session, *arguments: str, state: Path) -> subprocess.Popen[bytes]:
    """Start a program in the place that replaces the host."""
    env = {**os.environ, "XDG_STATE_HOME": str(state), "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen(
        host.place.wrap(arguments), env=env, start_new_session=True, stdout=subprocess.PIPE
    )


def run_ipwrap(host: Session, *arguments: str, state: Path) -> tuple[int, str]:
    """Run ipwrap on the host, and return its exit status and its output."""
    process = start_on_host(host, sys.executable, "-m", "ipwrap", *arguments, state=state)
    output, _ = process.communicate()
    return process.returncode, output.decode()


def run_and_kill(
    host: Session,
    lab_script: Path,
    *arguments: str,
    after: float,
    state: Path,
    waiting_for: str | None = None,
) -> None:
    """Run the lab on the host, and kill it after a delay.

    With ``waiting_for``, the delay starts when a file in ``state`` matches this pattern.
    """
    process = start_on_host(host, sys.executable, str(lab_script), *arguments, state=state)
    while waiting_for and not list(state.glob(waiting_for)) and process.poll() is None:
        time.sleep(0.01)
    time.sleep(after)
    children = subprocess.run(
        ("pgrep", "-f", f"python.* {lab_script}"), capture_output=True, text=True, check=False
    )
    for pid in children.stdout.split():
        with contextlib.suppress(ProcessLookupError):  # the lab ended by itself meanwhile
            os.kill(int(pid), signal.SIGKILL)
    process.kill()
    process.communicate()


def wait_for_state(host: Session, expected: object) -> object:
    """Return the host's state as soon as it equals the expected state, or after a timeout."""
    return waiting.wait_until_equal(lambda: summarise(host), expected.__eq__)


def wait_for_stable_state(host: Session) -> object:
    """Return the host's state as soon as it stays unchanged.

    The kernel empties dead namespaces with a delay.
    """
    state, previous = summarise(host), None
    while state != previous:
        time.sleep(0.2)
        state, previous = summarise(host), state

    return state


def summarise(host: Session) -> object:
    """Return the host's links, addresses, routes and namespaces, without counters."""
    state = host.state()
    links = {
        name: sorted(link["ifname"] for link in nouns.get("link", ()))
        for name, nouns in state.items()
    }
    routes = sorted(
        f"{route['dst']} {route.get('dev')}"
        for route in state[""].get("route", ())
        if "10." in route["dst"]
    )
    words = host.exec("ip", "-br", "-4", "address", changes=False).stdout.split()
    return links, routes, sorted(word for word in words if "/" in word)


@pytest.fixture
def lab_script(tmp_path: Path) -> Path:
    """The path of the lab's script."""
    file = tmp_path / "lab.py"
    file.write_text(LAB)
    return file


def add_links(host: Session) -> None:
    """Add two pairs of links to the host, which the lab changes and undo has to keep."""
    for arguments in (
        "add name keep type veth peer name keep1",
        "add name keep2 type veth peer name keep3",
        "set dev keep up",
    ):
        host.exec("ip", "link", *arguments.split())


@pytest.mark.live
def test_undo_after_a_crash_at_any_moment(lab_script: Path, tmp_path: Path) -> None:
    """Fifty labs are killed at random moments; the seed is printed with a failure."""
    seed = int(os.environ.get("IPWRAP_CRASH_SEED", time.time_ns()))
    moments = random.Random(seed)
    with open_sandbox() as host:
        add_links(host)
        host.exec("ip", "netns", "add", "other")
        before = summarise(host)
        for number in range(CRASHES):
            record = tmp_path / f"{number}.jsonl"
            run_and_kill(
                host, lab_script, str(record), after=moments.uniform(0.15, 0.6), state=tmp_path
            )
            if record.exists() and record.stat().st_size:
                status, output = run_ipwrap(host, "undo", str(record), state=tmp_path)
                assert (0, before) == (status, wait_for_state(host, before)), (
                    f"seed {seed}, crash {number}: {output}"
                )


@pytest.mark.live
def test_undo_on_a_host_in_use_after_a_crash(tmp_path: Path) -> None:
    """Ten labs change everything in a random order, and are killed at random moments."""
    seed = int(os.environ.get("IPWRAP_CRASH_SEED", "0"))
    moments = random.Random(seed)
    lab_script = tmp_path / "lab.py"
    lab_script.write_text(USED_LAB)
    with open_host() as host:
        before, state = read_raw(host), snapshot_of(host)
        for number in range(USED_CRASHES):
            record = tmp_path / f"{number}.jsonl"
            arguments = (str(record), str(moments.random()))
            after = moments.uniform(0.1, 1.5)
            run_and_kill(
                host, lab_script, *arguments, after=after, state=tmp_path, waiting_for=record.name
            )
            status, output = run_ipwrap(host, "undo", str(record), state=tmp_path)
            restored = read_settled(host, before)
            assert (0, before, []) == (
                status,
                restored,
                list_differences(state, snapshot_of(host)),
            ), f"seed {seed}, {number}: {output}"


@pytest.mark.live
def test_clean_finds_a_crashed_session(lab_script: Path, tmp_path: Path) -> None:
    """A session on the host without a path keeps a recording; a dry run changes nothing."""
    with open_sandbox() as host:
        add_links(host)
        before = summarise(host)
        run_and_kill(host, lab_script, after=0.4, state=tmp_path, waiting_for="ipwrap/*.jsonl")
        (kept,) = (tmp_path / "ipwrap").iterdir()
        crashed_state = wait_for_stable_state(host)

        status, output = run_ipwrap(host, "clean", "--dry-run", state=tmp_path)
        assert 0 == status
        assert "ip link delete" in output
        assert crashed_state == summarise(host)
        assert kept.exists()

        assert 0 == run_ipwrap(host, "clean", "--yes", state=tmp_path)[0]
        assert not kept.exists()
        assert before == wait_for_state(host, before)


@pytest.mark.live
def test_closed_session_keeps_no_recording(tmp_path: Path) -> None:
    """Neither a closed session nor a session without changes keeps a recording."""
    script = tmp_path / "x.py"
    script.write_text(
        "import os\nfrom ipwrap import Session\nfrom ipwrap.kinds import Bridge\n"
        "folder = os.environ['XDG_STATE_HOME'] + '/ipwrap'\n"
        "with Session() as s:\n    s.ip.link.show()\n    print(os.path.exists(folder))\n"
        "    s.ip.link.add('br0', Bridge())\n    print(len(os.listdir(folder)))\n"
        "print(len(os.listdir(folder)))\n"
    )
    with open_sandbox() as host:
        process = start_on_host(host, sys.executable, str(script), state=tmp_path)
        assert b"False\n1\n0\n" == process.communicate()[0]


def save_header(tmp_path: Path, **fields: object) -> Path:
    """Save a recording that consists of a header."""
    Recording(Header(**fields)).save(tmp_path / "x.jsonl")  # type: ignore[arg-type]
    return tmp_path / "x.jsonl"


ME = ProcessIdentity.current()


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"place": "sandbox", "owner": None}, "which is gone; nothing is left to undo"),
        ({"place": "local", "owner": ME}, "still being written"),
        (
            {"place": "local", "owner": ProcessIdentity(ME.pid, ME.start_ticks, "another boot")},
            "before the last boot of this machine",
        ),
    ],
)
def test_recording_with_nothing_to_undo_is_refused(
    fields: dict[str, object], error: str, tmp_path: Path
) -> None:
    """An undo of an unsuitable recording would delete objects of a different owner."""
    from click.testing import CliRunner

    from ipwrap.cli.group import cli

    result = CliRunner().invoke(cli, ["undo", str(save_header(tmp_path, **fields))])
    assert 1 == result.exit_code
    assert error in result.stderr


def test_process_identity_is_alive() -> None:
    """A process with the same ID and a different start is a different process."""
    assert ME.is_alive
    assert not ProcessIdentity(ME.pid, ME.start_ticks + 1, ME.boot).is_alive
    assert not ProcessIdentity(2**22 + 1, 1, ME.boot).is_alive


def test_unfinished_change_counts_if_visible(dry_session: Session) -> None:
    """An object of an unfinished command was created if only the later state contains it."""
    dry_session.ip.netns.add("new")
    dry_session.ip.netns.add("old")
    dry_session.ip.netns.add("never")
    commands = dry_session.recording.commands
    cut = Recording(events=[Snapshot({"": {"link": []}, "old": {"link": []}}), *commands])
    later_state: dict[str, dict[str, list[dict[str, object]]]] = {
        "": {"link": []},
        "old": {"link": []},
        "new": {"link": []},
    }

    assert [Command(("ip", "netns", "delete", "new"))] == teardown_commands(cut, later_state)
    assert [] == teardown_commands(cut)


def state_with_links(**links: int) -> dict[str, dict[str, list[dict[str, object]]]]:
    """Return a state with links of these indexes."""
    return {"": {"link": [{"ifname": name, "ifindex": index} for name, index in links.items()]}}


DELETED = "ip link delete dev eth0"


@pytest.mark.parametrize(
    ("lines", "later_links", "expected"),
    [
        (
            ["ip link set dev eth0 name old"],
            {"old": 2, "eth0": 3},
            [DELETED, "ip link set dev old name eth0"],
        ),
        (["ip link delete dev eth0"], {"eth0": 3}, [DELETED]),
        ([], {"eth0": 2}, []),
        (
            ["ip link set dev eth0 name old", "ip link set dev b name eth0"],
            {"old": 2, "eth0": 3},
            ["ip link set dev eth0 name b", "ip link set dev old name eth0"],
        ),
    ],
)
def test_unfinished_link_is_identified_by_its_index(
    dry_session: Session, lines: list[str], later_links: dict[str, int], expected: list[str]
) -> None:
    """A link with the name of a deleted or renamed link is new if its index is new."""
    for line in (*lines, "ip link add name eth0 type ifb"):
        dry_session.run(next(parse_lines(line)))
    recording = Recording(
        events=[Snapshot(state_with_links(eth0=2)), *dry_session.recording.events[:-1]]
    )

    commands = teardown_commands(recording, state_with_links(**later_links))
    assert expected == [command.line for command in commands]


def refusal_of(tmp_path: Path, *options: str, **namespaces: object) -> str:
    """Return why `ipwrap undo` refuses a recording of these namespaces."""
    from click.testing import CliRunner

    from ipwrap.cli.group import cli

    assert ME.namespaces is not None
    changes: dict[str, Any] = namespaces
    owner = evolve(ME, pid=2**22 + 1, start_ticks=1, namespaces=evolve(ME.namespaces, **changes))
    path = save_header(tmp_path, place="local", owner=owner)
    result = CliRunner().invoke(cli, ["undo", "--dry-run", *options, str(path)])
    assert 1 == result.exit_code, result.output
    return result.stderr


def test_other_namespaces_are_refused_by_kind(tmp_path: Path) -> None:
    """The message names the kinds, and the way there, or that there is none."""
    assert "another mount and pid namespace; no process" in refusal_of(
        tmp_path, mnt="0:1", pid="0:2"
    )
    assert "the option --here" in refusal_of(tmp_path, mnt="0:1")
    assert "another network and mount namespace; no process" in refusal_of(
        tmp_path, "--here", net="0:1", mnt="0:1"
    )
    # The inode of a namespace that is gone belongs to this one now.
    stderr = refusal_of(tmp_path, net_cookie=2**63)
    assert "another network namespace; no process" in stderr
    assert "if that still exists" in stderr


def test_namespaces_that_cannot_be_compared_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without /proc nobody knows where this is."""
    monkeypatch.setattr("ipwrap.cli.undo.NamespaceIds.current", lambda: None)
    assert "cannot be compared with these: /proc is missing" in refusal_of(tmp_path)


def test_damaged_files_do_not_stop_clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged recording or pointer is reported, and the others are looked at."""
    from click.testing import CliRunner

    from ipwrap.cli.group import cli

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    folder = tmp_path / "ipwrap"
    folder.mkdir()
    (folder / "1.jsonl").write_text("x")
    (folder / "2.pointer").write_text("x")

    result = CliRunner().invoke(cli, ["clean"])

    assert (0, "") == (result.exit_code, result.stdout)
    assert "1.jsonl" in result.stderr
    assert "2.pointer" in result.stderr
    assert "nothing to clean" in result.stderr


def keep_pointer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Leave a recording and its pointer, as a crash does. Return both paths."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    crashed = evolve(ME, start_ticks=ME.start_ticks + 1)
    path = save_header(tmp_path, place="local", owner=crashed)
    recording = Recording(Header(owner=crashed), path=str(path))
    folder = tmp_path / "state" / "ipwrap"
    folder.mkdir(parents=True)
    return path, write_pointer(folder / "7-7", recording)


def run_clean(*options: str) -> str:
    """Run `ipwrap clean` successfully, and return what it says on stderr."""
    from click.testing import CliRunner

    from ipwrap.cli.group import cli

    result = CliRunner().invoke(cli, ["clean", *options])
    assert (0, "") == (result.exit_code, result.stdout)
    return result.stderr


@pytest.mark.parametrize("options", [(), ("--dry-run",), ("--dry-run", "--yes")])
def test_clean_names_a_moved_recording(
    options: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says where the recording was and what to do, each time: the pointer stays."""
    path, kept = keep_pointer(tmp_path, monkeypatch)
    path.rename(tmp_path / "moved.jsonl")

    for _ in range(2):
        assert (
            f"ipwrap: the recording of a crashed session is no longer at {path}, where {kept} "
            "points; if it was moved, undo it where it is now: ipwrap undo NEWPATH; if it was "
            "deleted, forget the session: ipwrap clean --yes\n"
        ) == run_clean(*options)
        assert kept.exists()


def test_clean_forgets_a_moved_recording_with_yes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After `--yes`, which says so, the session is not named any more."""
    path, kept = keep_pointer(tmp_path, monkeypatch)
    path.rename(tmp_path / "moved.jsonl")

    assert (
        f"ipwrap: the recording of a crashed session is no longer at {path}; if it was moved, "
        f"undo it where it is now: ipwrap undo NEWPATH; {kept}, which pointed there, is removed\n"
    ) == run_clean("--yes")
    assert not kept.exists()
    assert "nothing to clean" in run_clean("--yes")
    assert (tmp_path / "moved.jsonl").exists()


def test_clean_keeps_the_pointer_of_a_living_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the process lives, a missing recording is none of the cleaner's business."""
    monkeypatch.setattr(ProcessIdentity, "is_alive", True)
    path, kept = keep_pointer(tmp_path, monkeypatch)
    path.unlink()

    assert "nothing to clean" in run_clean("--yes")
    assert kept.exists()


def test_clean_keeps_the_pointer_to_a_path_that_cannot_be_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The recording may be there: the error is reported, and nothing is removed."""
    path, kept = keep_pointer(tmp_path, monkeypatch)
    path.unlink()
    path.symlink_to(path)  # stat(2) fails with ELOOP

    assert "x.jsonl: cannot be read" in run_clean("--yes")
    assert kept.exists()
