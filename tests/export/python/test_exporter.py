"""A recording as a Python script, which makes the same recording when run."""

import contextlib
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipwrap import (
    Command,
    CommandError,
    DryRun,
    IpwrapError,
    Local,
    Recording,
    Session,
    UnknownOption,
    WaitTimeout,
    until,
)
from ipwrap.executors import Reply
from ipwrap.export import FORMATS
from ipwrap.export.python.exporter import python
from ipwrap.ip import encap
from ipwrap.kinds import (
    Bareudp,
    BondSlave,
    Bridge,
    Geneve,
    Ip6erspan,
    Ip6gretap,
    Ipoib,
    Kind,
    Macvlan,
    Netdevsim,
    Netkit,
    Openvswitch,
    Veth,
    Vlan,
    Vxcan,
    Xfrm,
)
from ipwrap.places import Place
from ipwrap.qdiscs import Qdisc
from ipwrap.recording import CommandEvent, Note
from tests.export.python.recordings import play_script
from tests.labs import build_pair, open_sandbox
from tests.strategies import ANY_TEXT

ROOT = Path(__file__).parents[3]

RECORDINGS = sorted((ROOT / "recordings").glob("*.jsonl"))


def comparable_events(recording: Recording) -> list[object]:
    """Return the events that a script has to repeat.

    Notes, and commands with created and deleted objects.
    """
    return [
        event.text
        if isinstance(event, Note)
        else (event.command, event.command.creates, event.command.deletes)
        for event in recording.events
        if isinstance(event, (Note, CommandEvent))
    ]


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_scripts_of_labs_repeat_the_recording(path: Path, tmp_path: Path) -> None:
    """The script of a lab repeats commands, places, order, notes and created objects."""
    recording = Recording.load(path)
    if any("monitor" in event.command.argv for event in recording.commands):
        pytest.skip("a monitor becomes a comment: it does not end by itself")

    assert comparable_events(recording) == comparable_events(play_script(recording, tmp_path))


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_scripts_of_labs_use_verbs(path: Path) -> None:
    """Every command of a lab is written as a call of a verb."""
    text = python(Recording.load(path))

    assert text.count("session.run(") == (
        1 if path.stem == "netns" else 0
    )  # `ip -br link show`, by exec
    compile(text, str(path), "exec")


def test_scripts_of_labs_pass_mypy(tmp_path: Path) -> None:
    """The scripts of the labs pass `mypy --strict`."""
    pytest.importorskip("mypy", reason="mypy is not installed")
    names = [tmp_path / f"{path.stem}_.py" for path in RECORDINGS]
    for path, name in zip(RECORDINGS, names, strict=True):
        name.write_text(python(Recording.load(path)))

    argv = (
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--cache-dir",
        str(tmp_path / "cache"),
        *map(str, names),
    )
    process = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (0, f"Success: no issues found in {len(names)} source files\n") == (
        process.returncode,
        process.stdout,
    )


# A process is a step of its own: blocks that begin one behind the other are not joined (SIM117).
@pytest.mark.parametrize(
    "arguments", [("check", "--ignore=SIM117"), ("format", "--check")], ids=" ".join
)
def test_scripts_of_labs_pass_ruff(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """The scripts of the labs pass ruff's linter and formatter."""
    ruff = shutil.which("ruff") or pytest.skip("ruff is not installed")
    for path in RECORDINGS:
        (tmp_path / f"{path.stem}.py").write_text(python(Recording.load(path)))

    argv = (ruff, *arguments, "--no-cache", "--config", str(ROOT / "pyproject.toml"), str(tmp_path))
    process = subprocess.run(argv, capture_output=True, text=True, check=False)

    assert 0 == process.returncode, process.stdout


def test_a_whole_script() -> None:
    """A script has a docstring, the required imports and `main(session)`, and runs in a sandbox."""
    with Session(Local(), DryRun()) as session:
        session.note("A bridge.")
        session.ip.link.add("br0", Bridge(stp_state=1), up=True)
        session.ip.link.show()

    assert f'''\
#!/usr/bin/env python3
"""Written by ipwrap {session.recording.header.ipwrap} from a recording: it runs the same again.

`ipwrap run FILE` uses a throw-away sandbox, `ipwrap run --host FILE` this host.
`python3 FILE` uses a sandbox.
"""

from ipwrap import Session
from ipwrap.kinds import Bridge


def main(session: Session) -> None:
    """Run what was recorded."""
    session.note("A bridge.")
    session.ip.link.add("br0", Bridge(stp_state=1), up=True)
    session.ip.link.show()


if __name__ == "__main__":
    with Session(sandbox=True) as session:
        main(session)
''' == session.export("python")


def test_the_script_of_an_empty_recording_runs(tmp_path: Path) -> None:
    """The script of an empty recording runs without commands."""
    assert [] == comparable_events(play_script(Recording(), tmp_path))


def test_many_names_are_imported_over_several_lines() -> None:
    """Many imports are formatted like ruff's, and a second class of a name gets another name."""
    with Session(Local(), DryRun()) as session:
        for cls in (
            Bareudp,
            Bridge,
            Geneve,
            Ip6erspan,
            Ip6gretap,
            Ipoib,
            Macvlan,
            Netdevsim,
            Openvswitch,
            Vlan,
            Vxcan,
        ):
            session.ip.link.add("v0", cls())

        session.ip.link.add("v0", Xfrm(if_id=7))
        session.ip.link.set("v0", BondSlave(prio=7))
        session.ip.route.add("10.0.0.0/8", dev="v0", encap=encap.Xfrm(if_id=7))

    script = session.export("python")

    assert (
        "from ipwrap.ip.encap import Xfrm as EncapXfrm\nfrom ipwrap.kinds import (\n    Bareudp,\n"
        in script
    )
    compile(script, "script", "exec")


UNUSUAL_COMMANDS: dict[str, Callable[[Session], object]] = {
    "a name that could be an index": lambda session: session.ip.link.set("if7", up=True),
    "a kind without a table": lambda session: session.ip.link.add("f0", Kind("foo", {"a": 7})),
    "a qdisc without a table": lambda session: session.tc.qdisc.add(
        "v0", Qdisc("cake", {"nat": True})
    ),
    "a known kind in another order": lambda session: session.ip.link.add(
        "b", Kind("bridge", {"priority": 7, "ageing": 9})
    ),
    "two ends": lambda session: session.ip.link.add(
        "n0",
        Netkit(
            policy="forward",
            peer_policy="blackhole",
            peer_scrub="none",
            peer="n1",
            peer_netns="red",
        ),
    ),
    "ip by exec": lambda session: session.exec("ip", "l", "set", "v0", "up"),
    "ip in a namespace by exec": lambda session: session.exec("ip", "netns", "exec", "red", "true"),
    "every namespace": lambda session: session.ip.netns.exec_all("true", timeout=3),
    "a word that is no text": lambda session: session.ip.link.set(
        "v0", alias='\udcff\U0001f600 it\'s "so"'
    ),
    "a long line": lambda session: session.exec("sh", "-c", "echo something\n" * 30 + "x" * 300),
    "a queue": lambda session: session.ip.link.add("v0", Veth(peer="v1")),
}


@pytest.mark.parametrize("description", UNUSUAL_COMMANDS)
def test_unusual_commands_are_repeated(description: str, tmp_path: Path) -> None:
    """The script of an unusual command repeats the arguments."""
    with Session(Local(), LinksExist()) as session:
        session.ip.link.add("br0", Bridge())
        UNUSUAL_COMMANDS[description](session)

    assert comparable_events(session.recording) == comparable_events(
        play_script(session.recording, tmp_path)
    )


class LinksExist(DryRun):
    """A dry run in which every requested link exists."""

    def run(self, command: Command, place: Place) -> Reply:
        """Reply with the requested link."""
        is_lookup = command.argv[:-1] == ("ip", "-j", "link", "show", "dev")
        return (
            Reply(stdout=f'[{{"ifname":"{command.argv[-1]}"}}]')
            if is_lookup
            else super().run(command, place)
        )


@given(
    st.lists(
        st.one_of(ANY_TEXT.filter(bool).map(Note), st.lists(ANY_TEXT, max_size=3).map(tuple)),
        max_size=4,
    )
)
def test_any_text_is_repeated(entries: list[Note | tuple[str, ...]]) -> None:
    """Notes and arguments with quotes, newlines, escapes and surrogates are repeated."""
    with Session(Local(), DryRun()) as session:
        for entry in entries:
            with contextlib.suppress(IpwrapError):
                session.note(entry.text) if isinstance(entry, Note) else session.exec(
                    "echo", *entry
                )

    scope: dict[str, Callable[[Session], None]] = {}
    exec(compile(session.export("python"), "script", "exec"), scope)
    with Session(Local(), DryRun()) as second_session:
        scope["main"](second_session)

    assert comparable_events(session.recording) == comparable_events(second_session.recording)


def test_python_is_a_format() -> None:
    """The format is available by name in a session and on the command line."""
    assert {"asciicast", "batch", "console", "markdown", "plain", "python", "sh"} <= set(FORMATS)
    with (
        Session(Local(), DryRun()) as session,
        pytest.raises(UnknownOption, match="plain, python, sh"),
    ):
        session.export("perl")


def test_a_script_in_a_sandbox_gives_the_same_recording(tmp_path: Path) -> None:
    """A script in a sandbox repeats the commands and statuses of a recording with a kernel."""

    def lab(session: Session) -> None:
        build_pair(session)
        session.netns("red").ip.link.show("eth0")
        with pytest.raises(CommandError):
            session.ip.link.delete("nothing")

    with open_sandbox() as session:
        lab(session)
        script = tmp_path / "script.py"
        script.write_text(session.export("python"))
        first = session.recording

    with open_sandbox() as session:
        runpy.run_path(str(script), run_name="again")["main"](session)

    assert comparable_events(first) == comparable_events(session.recording)
    assert [result.status for result in first.results] == [
        result.status for result in session.recording.results
    ]


@pytest.mark.live
def test_a_script_with_processes_repeats_its_recording(tmp_path: Path) -> None:
    """The script of a server with clients runs, and its recording has the same script."""
    with Session(sandbox=True) as session:
        session.ip.netns.add("pod")
        pod = session.netns("pod")
        pod.ip.link.set("lo", up=True)
        with pod.spawn(
            *("python3", "-m", "http.server", "8000"), ready=until.listening(8000), name="web"
        ) as web:
            pod.exec("kill", "-CONT", str(web.pid))
            pod.spawn("true").wait()
            web.send_signal("CONT")
        with contextlib.suppress(WaitTimeout):
            pod.wait_for(until.listening(8000), timeout=0.1)
        session.sleep(0.01)

    text = python(session.recording)
    script = tmp_path / "lab.py"
    script.write_text(text)
    main = runpy.run_path(str(script))["main"]
    with Session(sandbox=True) as again:
        again.exec("true")  # other pids
        main(again)

    _, _, body = python(again.recording).partition('session.exec("true")\n')
    assert text.endswith(body)
    assert "web.pid" in text

    ruff = shutil.which("ruff") or pytest.skip("ruff is not installed")
    config = ("--no-cache", "--config", str(ROOT / "pyproject.toml"), str(script))
    for arguments in (("format", "--check"), ("check",)):
        subprocess.run([ruff, *arguments, *config], check=True)
