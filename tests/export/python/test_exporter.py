"""A recording as a Python script, which makes the same recording when run."""

import ast
import contextlib
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipwrap import (
    Command,
    CommandError,
    DryRun,
    InvalidArgument,
    IpwrapError,
    Local,
    NotExportable,
    Playback,
    Recording,
    Result,
    Secret,
    Session,
    UnknownOption,
    WaitTimeout,
    until,
)
from ipwrap.command import CreatedObject, LinkRename
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
from ipwrap.recording import (
    CommandEvent,
    End,
    Event,
    Note,
    ProcessAction,
    ProcessEvent,
    ProcessStarted,
    ResultEvent,
    Sleep,
    WaitEvent,
)
from ipwrap.recording.captures import CAPTURE_PROGRAMS, CaptureOptions
from tests.labs import build_pair, open_sandbox
from tests.strategies import ANY_TEXT

ROOT = Path(__file__).parents[3]
RECORDINGS = sorted((ROOT / "recordings").glob("*.jsonl"))


def main_lines(recording: Recording, **options: bool) -> list[str]:
    """Return the lines of `main`."""
    _, _, text = python(recording, **options).partition('    """Run what was recorded."""\n')
    return [
        line.removeprefix("    ") for line in text.partition("\n\n\nif __name__")[0].splitlines()
    ]


def recording_of(*commands: Command | Result | Note, end: End | None = None) -> Recording:
    """Return a recording of commands, results and notes; commands without a result succeed."""
    events: list[Note | CommandEvent | ResultEvent | End] = []
    for number, entry in enumerate(commands, start=1):
        if isinstance(entry, Note):
            events.append(entry)
            continue

        result = entry if isinstance(entry, Result) else Result(entry)
        events += [CommandEvent(number, result.command), ResultEvent(number, result)]

    return Recording(events=[*events, *([end] if end else [])])


def play_script(recording: Recording, folder: Path, **options: bool) -> Recording:
    """Run the script of a recording with a playback, and return the new recording."""
    script = folder / "script.py"
    script.write_text(python(recording, **options))
    playback = Playback(recording)
    with Session(Local(), playback) as session:
        runpy.run_path(str(script), run_name="played")["main"](session)

    # A tree or a drawing has read the state, which is no command.
    assert [] == [line for line in playback.unplayed if line != "session.state()"]

    return session.recording


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


def test_reads_can_be_left_out() -> None:
    """Reads are left out by option, except reads that generate a secret."""
    read_link, add_netns = (
        Command(("ip", "-j", "-d", "link", "show"), changes=False),
        Command(("ip", "netns", "add", "a")),
    )
    key = Command(("wg", "genkey"), changes=False, output_secret="KEY")

    assert ['session.ip.netns.add("a")', 'session.secret("KEY", "wg", "genkey")'] == main_lines(
        recording_of(read_link, add_netns, key), reads=False
    )


def test_a_namespace_that_is_used_often_is_a_variable() -> None:
    """A namespace with several commands is a variable, with a number after a reserved name."""
    names = ("red", "red", "blue", "main", "main", "10.0", "10.0", "class", "class", "--", "--")
    lines = main_lines(recording_of(*(Command(("true",), name) for name in names)))

    assert [
        'red = session.netns("red")',
        'red.exec("true")',
        'red.exec("true")',
        'session.netns("blue").exec("true")',
        'main_2 = session.netns("main")',
    ] == lines[:5]
    assert [
        'ns_10_0 = session.netns("10.0")',
        'class_2 = session.netns("class")',
        'ns = session.netns("--")',
    ] == [line for line in lines if line.startswith(("ns", "class")) and "session" in line]


def test_a_new_namespace_is_the_value_of_its_verb() -> None:
    """`netns.add` returns the namespace: a variable, unless it is used once, or `add` failed."""
    commands = (
        Command(("ip", "netns", "add", "red")),
        Command(("ip", "netns", "add", "blue")),
        Command(("true",), "blue"),
        Command(("true",), "red"),
        Command(("false",), "red"),
        Command(("ip", "netns", "delete", "red")),
        Command(("ip", "netns", "attach", "red", "1")),
        Command(("true",), "red"),
    )

    assert [
        'red = session.ip.netns.add("red")',
        'session.ip.netns.add("blue")',
        'session.netns("blue").exec("true")',
        'red.exec("true")',
        'red.exec("false")',
        'session.ip.netns.delete("red")',
        'session.ip.netns.attach("red", pid=1)',
        'red.exec("true")',
    ] == main_lines(recording_of(*commands))

    exists = "Cannot create namespace file: File exists"
    failed = Result(commands[0], 1, stderr=exists)
    others = [Result(Command(("true",), "red"))] * 2
    assert [
        "# in the session: status 1, Cannot create namespace file: File exists",
        "with contextlib.suppress(AlreadyExists):",
        '    session.ip.netns.add("red")',
        'red = session.netns("red")',
    ] == main_lines(recording_of(failed, *others))[:4]


def test_a_tolerated_failure_is_suppressed() -> None:
    """A verb's failure is suppressed, a program's failure unchecked, and the error a comment."""
    verb, program = Command(("ip", "link", "delete", "dev", "x")), Command(("false",))
    reason = 'Cannot find device "x"'

    assert [
        f"# in the session: status 2, {reason}",
        "with contextlib.suppress(NotFound):",
        '    session.ip.link.delete("x")',
        "# in the session: status 1",
        'session.exec("false", check=False)',
    ] == main_lines(recording_of(Result(verb, 2, "", reason), Result(program, 1)))


def test_the_failure_that_ended_the_session_ends_the_script() -> None:
    """The final failure of a session is not suppressed."""
    verb = Command(("ip", "link", "delete", "dev", "x"))
    recording = recording_of(Result(verb, 2), end=End("NotFound: x", failed=1))

    assert ["# in the session: status 2", 'session.ip.link.delete("x")'] == main_lines(recording)


def test_unreadable_output_is_suppressed_unless_final() -> None:
    """An `OutputError` of a verb is suppressed, unless the error ended the session."""
    read_links = Result(Command(("ip", "-j", "-d", "link", "show"), changes=False), stdout="1: lo")

    assert ["with contextlib.suppress(OutputError):", "    session.ip.link.show()"] == main_lines(
        recording_of(read_links)
    )
    assert ["session.ip.link.show()"] == main_lines(
        recording_of(read_links, end=End("OutputError: it"))
    )


def test_a_missing_program_is_suppressed() -> None:
    """The error of a missing program is suppressed."""
    missing_program = Result(Command(("nosuch",)), 127, "", "nosuch: no such program here")

    assert ["with contextlib.suppress(ExecutorError):", '    session.exec("nosuch")'] == main_lines(
        recording_of(missing_program)
    )[1:]


def test_an_unfinished_command_has_a_comment() -> None:
    """The last command of an interrupted session has a comment."""
    recording = Recording(events=[CommandEvent(1, Command(("true",)))])

    assert ["# the session was cut short while this ran:", 'session.exec("true")'] == main_lines(
        recording
    )


def test_an_endless_monitor_is_a_comment() -> None:
    """A monitor is a comment, unless a file or a timeout ends the monitor."""
    commands = [
        ("ip", "monitor", "link"),
        ("ip", "-o", "mon"),
        ("bridge", "monitor"),
        ("ip", "netns", "monitor"),
    ]
    lines = main_lines(recording_of(*(Command(argv, changes=False) for argv in commands)))

    assert ["# left out, as it goes on until it is ended: ip monitor link"] == lines[:1]
    assert 4 == len([line for line in lines if line.startswith("# left out")])
    assert ['session.run("ip monitor file x")'] == main_lines(
        recording_of(Command(("ip", "monitor", "file", "x"), changes=False))
    )
    assert ['session.run("ip -b x")'] == main_lines(recording_of(Command(("ip", "-b", "x"))))
    timed = Command(("ip", "monitor"), changes=False, timeout=1)

    assert ['session.run("ip monitor", timeout=1)'] == main_lines(recording_of(timed))


def test_exec_with_every_keyword() -> None:
    """A program has stdin, a timeout, a namespace and the read-only mark."""
    command = Command(("cat",), "red", stdin="x\n", changes=False, timeout=1.5)
    with_environment = Command(("cat",), env={"A": "b", "K": Secret("x", "KEY")}, cwd="/usr")

    assert [
        'session.netns("red").exec("cat", changes=False, stdin="x\\n", timeout=1.5)'
    ] == main_lines(recording_of(command))
    assert [
        'session.exec("cat", env={"A": "b", "K": Secret(None, "KEY")}, cwd="/usr")'
    ] == main_lines(recording_of(with_environment))


def test_a_command_of_iproute2_with_variables_stays_raw() -> None:
    """A verb takes no variables: the command itself is run."""
    command = Command(("ip", "link", "set", "v0", "up"), env={"A": "b"})
    assert ['session.run("ip link set v0 up", env={"A": "b"})'] == main_lines(recording_of(command))


def test_a_printed_secret_with_variables_is_a_raw_command() -> None:
    """`session.secret` takes no variables."""
    command = Command(("wg", "genkey"), changes=False, output_secret="KEY", cwd="/")
    assert [
        'session.run(Command(("wg", "genkey"), changes=False, cwd="/", output_secret="KEY"))'
    ] == main_lines(recording_of(command))


def test_secrets_are_generated_or_come_from_the_environment() -> None:
    """A reused secret is a variable, and a failed secret is suppressed."""
    key = Secret(None, "EAST_KEY")
    private_key = Command(("wg", "genkey"), changes=False, output_secret="EAST_KEY")
    public_key = Command(("wg", "pubkey"), "red", stdin=key, changes=False, output_secret="PUBLIC")
    set_peer = Command(("wg", "set", "wg0", "peer", Secret(None, "OTHER")), stdin=key)
    changing_command = Command(("wg", "genkey"), output_secret="UNUSUAL_COMMANDS")

    assert [
        'east_key = session.secret("EAST_KEY", "wg", "genkey")',
        'session.netns("red").secret("PUBLIC", "wg", "pubkey", stdin=east_key)',
        'session.exec("wg", "set", "wg0", "peer", Secret(None, "OTHER"), stdin=east_key)',
        'session.run(Command(("wg", "genkey"), output_secret="UNUSUAL_COMMANDS"))',
    ] == main_lines(recording_of(private_key, public_key, set_peer, changing_command))
    assert "with contextlib.suppress(CommandError):" in main_lines(
        recording_of(Result(private_key, 1))
    )


def test_a_raw_command_is_a_line_of_its_namespace(tmp_path: Path) -> None:
    """A command without a verb is one line, in the variable of its namespace, without effects."""
    created_object = CreatedObject("link", "t0", {"dev": "t0"}, "red", ("x",))
    add_tunnel = Command(
        ("ip", "tunnel", "add", "t0", "mode", "gre", "remote", "10.0.0.1"),
        "red",
        creates=(created_object,),
        deletes=(("link", None, "x"),),
    )
    rename_link = Command(("brctl", "x"), renames=LinkRename("a", "b", None))
    odd_name = Command(("ip", "l2tp", "add", "session", "name", "it's; {so}"), "red")
    recording = recording_of(add_tunnel, rename_link, odd_name)

    assert [
        'red = session.netns("red")',
        'red.run("ip tunnel add t0 mode gre remote 10.0.0.1")',
        'session.exec("brctl", "x")',
        """red.run("ip l2tp add session name 'it'\\"'\\"'s; {so}'")""",
    ] == main_lines(recording)
    replayed = [event.command for event in play_script(recording, tmp_path).commands]
    assert [add_tunnel, rename_link, odd_name] == replayed
    assert ["t0"] == [created.name for created in replayed[0].creates]


def test_a_program_in_every_namespace_is_a_verb() -> None:
    """`ip -all netns exec` is the call of its verb, if it has what the verb has."""
    argv = ("ip", "-all", "netns", "exec", "cat", "x")
    commands = (
        Command(argv, changes=False, timeout=3),
        Result(Command(argv), 1),
        Command(argv, stdin="x"),
    )
    assert [
        'session.ip.netns.exec_all("cat", "x", changes=False, timeout=3)',
        "# in the session: status 1",
        'session.ip.netns.exec_all("cat", "x", check=False)',
        'session.run("ip -all netns exec cat x", changes=True, stdin="x")',
    ] == main_lines(recording_of(*commands))


def test_a_raw_command_with_a_secret_is_a_command() -> None:
    """A line cannot hold a secret: the command itself is run."""
    key = Secret(None, "KEY")
    assert [
        'session.run(Command(("ip", "xfrm", "state", "add", "auth", Secret(None, "KEY"))))'
    ] == main_lines(recording_of(Command(("ip", "xfrm", "state", "add", "auth", key))))


def test_a_failure_of_every_status_is_a_verb() -> None:
    """A missing or existing object is the verb's error, for the statuses of `ip` and `bridge`."""
    missing = 'Cannot find device "x"'
    failures = [
        Result(Command(("ip", "link", "del", "x")), 1, "", missing),
        Result(Command(("bridge", "vlan", "del", "dev", "x", "vid", "2")), 255, "", missing),
        Result(
            Command(("bridge", "fdb", "add", "02::1", "dev", "x")),
            255,
            "",
            "RTNETLINK answers: File exists\n",
        ),
        Result(
            Command(("ip", "addr", "d", "10.0.0.1/24", "dev", "x")),
            2,
            "",
            "RTNETLINK answers: Cannot assign requested address\n",
        ),
        Result(Command(("ip", "link", "del", "x")), 2),
        Result(Command(("ip", "link", "del", "x")), 255, "", 'Error: garbage "x".'),
        Result(Command(("ip", "link", "del", "x")), 255),
    ]
    lines = [line for line in main_lines(recording_of(*failures)) if not line.startswith("#")]

    assert [
        "with contextlib.suppress(NotFound):",
        '    session.ip.link.delete("x")',
        "with contextlib.suppress(NotFound):",
        '    session.bridge.vlan.delete(2, dev="x")',
        "with contextlib.suppress(AlreadyExists):",
        '    session.bridge.fdb.add("02::1", dev="x")',
        "with contextlib.suppress(NotFound):",
        '    session.ip.address.delete("10.0.0.1/24", dev="x")',
        "with contextlib.suppress(CommandError):",
        '    session.ip.link.delete("x")',
        'session.run("ip link del x", check=False)',
        'session.run("ip link del x", check=False)',
    ] == lines


def test_a_lookup_of_a_verb_is_not_repeated(tmp_path: Path) -> None:
    """The lookup of a name such as `if7` belongs to the verb and is left out."""
    lookup = Command(("ip", "-j", "link", "show", "dev", "if7"), changes=False)
    set_up = Command(("ip", "link", "set", "dev", "if7", "up"))
    recording = recording_of(Result(lookup, stdout='[{"ifname":"if7"}]'), set_up)

    assert ['session.ip.link.set("if7", up=True)'] == main_lines(recording)
    assert [lookup, set_up] == [
        event.command for event in play_script(recording, tmp_path).commands
    ]
    assert 2 == len(main_lines(recording_of(lookup, Command(("true",)), set_up))) - 1


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


def steps_of(*steps: Event, end: End | None = None) -> Recording:
    """Return a recording of steps as they are."""
    return Recording(events=[*steps, *([end] if end else [])])


def spawned(number: int, *argv: str, **options: Any) -> list[Event]:
    """Return the events of a background process that has started."""
    options = {"name": argv[0], **options}
    command = Command(argv, options.pop("netns", None), stdin=options.pop("stdin", None))
    return [ProcessEvent(number, command, **options), ProcessStarted(number, 100 + number)]


def ran(number: int, *argv: str, status: int = 0) -> list[Event]:
    """Return the events of a command."""
    command = Command(argv)
    return [CommandEvent(number, command), ResultEvent(number, Result(command, status))]


def test_processes_in_nesting_order_are_blocks() -> None:
    """A server and a capture inside are `with` blocks; one that is named has a variable."""
    recording = steps_of(
        *spawned(1, "httpd", netns="red", ready=until.listening(80), ready_timeout=10.0),
        Note("inside"),
        *spawned(2, "tcpdump", name="capture", log="a.pcap", stdin="x"),
        *ran(3, "kill", "-USR1", "101"),
        ProcessAction(2, "stop", seconds=3.0),
        WaitEvent(until.listening(80, host="::1"), "red", 2.5),
        ProcessAction(1, "stop", seconds=3.0),
        Sleep(0.5),
        *spawned(4, "httpd", name="httpd_2"),
        ProcessAction(4, "stop", seconds=3.0),
    )
    assert [
        'red = session.netns("red")',
        'with red.spawn("httpd", ready=until.listening(80)) as httpd:',
        '    session.note("inside")',
        '    with session.spawn("tcpdump", stdin="x", log="a.pcap", name="capture"):',
        '        session.exec("kill", "-USR1", str(httpd.pid))',
        '    red.wait_for(until.listening(80, host="::1"), timeout=2.5)',
        "session.sleep(0.5)",
        'with session.spawn("httpd", name="httpd_2"):',
        "    pass",
    ] == main_lines(recording)


def captured(number: int, program: str = "tcpdump", **options: Any) -> list[Event]:
    """Return the events of a capture of `lo` that has started."""
    name = options.pop("name", "capture")
    netns = options.pop("netns", None)
    capture_program = CAPTURE_PROGRAMS[program]
    argv = capture_program.argv(CaptureOptions(dev="lo", path="a.pcap", **options))
    ready = capture_program.readiness(name)
    return spawned(number, *argv, name=name, netns=netns, ready=ready, ready_timeout=10.0)


def end_of_capture(number: int, program: str = "tcpdump", name: str = "capture") -> list[Event]:
    """Return the events of the end of a capture."""
    return [*CAPTURE_PROGRAMS[program].end_steps(name, number)]


@pytest.mark.parametrize("program", ["tcpdump", "dumpcap"])
def test_a_capture_is_a_capture(program: str) -> None:
    """The program, its readiness and the steps of its end are one `with` block."""
    recording = steps_of(
        *captured(1, program, filter="icmp", netns="red"),
        *captured(2, program, count=3, name="capture_2"),
        *ran(3, "kill", "-0", "101"),
        ProcessAction(2, "wait", seconds=5.0),
        *end_of_capture(1, program),
        Sleep(1.0),
        *captured(4, program, name="third"),
        *end_of_capture(4, program, "third"),
    )
    assert [
        'with session.netns("red").capture("lo", "a.pcap", filter="icmp") as capture:',
        '    capture_2 = session.capture("lo", "a.pcap", count=3, name="capture_2")',
        '    session.exec("kill", "-0", str(capture.process.pid))',
        "    capture_2.wait(timeout=5.0)",
        "session.sleep(1.0)",
        'with session.capture("lo", "a.pcap", name="third"):',
        "    pass",
    ] == main_lines(recording)


def test_a_capture_that_is_ended_in_another_way() -> None:
    """What the script did to the process itself is done to the process."""
    recording = steps_of(
        *captured(1),
        *captured(2, name="other"),
        ProcessAction(1, "signal", "HUP"),
        *ran(3, "ip", "link", "set", "v0", "netns", "101"),
        *ran(4, "sh", "-c", "kill -0 101"),
        ProcessAction(1, "stop", seconds=3.0),
        *end_of_capture(2, name="other"),
        *captured(5, name="last"),
    )
    assert [
        'capture = session.capture("lo", "a.pcap")',
        'with session.capture("lo", "a.pcap", name="other"):',
        '    capture.process.send_signal("HUP")',
        '    session.ip.link.set("v0", netns=capture.process.pid)',
        '    session.exec("sh", "-c", f"kill -0 {capture.process.pid}")',
        "    capture.process.stop()",
        'session.capture("lo", "a.pcap", name="last")',
    ] == main_lines(recording)


def test_lookups_move_no_end_of_a_block() -> None:
    """A block ends at the stop of its process, with a lookup of a verb inside."""
    lookup = Command(("ip", "-j", "link", "show", "dev", "if7"), changes=False)
    found = Result(lookup, stdout='[{"ifname":"if7"}]')
    recording = steps_of(
        *spawned(1, "httpd"),
        *(CommandEvent(2, lookup), ResultEvent(2, found)),
        *ran(3, "ip", "link", "set", "dev", "if7", "up"),
        ProcessAction(1, "stop", seconds=3.0),
        *ran(4, "true"),
    )
    assert [
        'with session.spawn("httpd"):',
        '    session.ip.link.set("if7", up=True)',
        'session.exec("true")',
    ] == main_lines(recording)


def test_lookups_move_no_step_that_ended_the_session() -> None:
    """The wait that ended the session is not suppressed, with a lookup of a verb before it."""
    lookup = Command(("ip", "-j", "link", "show", "dev", "if7"), changes=False)
    found = Result(lookup, stdout='[{"ifname":"if7"}]')
    recording = steps_of(
        *(CommandEvent(1, lookup), ResultEvent(1, found)),
        *ran(2, "ip", "link", "set", "dev", "if7", "up"),
        WaitEvent(until.link("v0"), None, 10.0, satisfied=False),
        end=End("WaitTimeout: link v0 exists"),
    )
    assert 'session.wait_for(until.link("v0"))' == main_lines(recording)[-1]


def test_captures_that_end_out_of_order_are_stopped_by_calls() -> None:
    """A capture that ends before one inside of it is no block."""
    recording = steps_of(
        *captured(1), *captured(2, name="b"), *end_of_capture(1), *end_of_capture(2, name="b")
    )
    assert [
        'with session.capture("lo", "a.pcap"):',
        '    b = session.capture("lo", "a.pcap", name="b")',
        "b.stop()",
    ] == main_lines(recording)


def test_a_capture_that_did_not_start() -> None:
    """The error that `capture` has raised is suppressed."""
    event, _ = captured(1)
    assert isinstance(event, ProcessEvent)
    recording = steps_of(event, ResultEvent(1, Result(event.command, 1, stderr="no link\n")))

    assert [
        "# in the session it ended: status 1, no link",
        "with contextlib.suppress(ProcessEnded):",
        '    session.capture("lo", "a.pcap")',
    ] == main_lines(recording)


def test_processes_out_of_order_are_variables() -> None:
    """Processes that overlap are stopped by calls, and so is a process with another grace."""
    recording = steps_of(
        *spawned(1, "class"),
        *spawned(2, "until", ready=until.link("lo"), ready_timeout=2.0),
        ProcessAction(1, "signal", "HUP"),
        ProcessAction(1, "stop", seconds=0.5),
        ProcessAction(2, "wait", seconds=4.0),
        ProcessAction(2, "wait", seconds=4.0, timed_out=True),
        ProcessAction(2, "wait"),
        *spawned(3, "sleep", "1000"),
    )
    assert [
        'class_2 = session.spawn("class")',
        'until_2 = session.spawn("until", ready=until.link("lo"), ready_timeout=2.0)',
        'class_2.send_signal("HUP")',
        "class_2.stop(grace=0.5)",
        "until_2.wait(timeout=4.0)",
        "with contextlib.suppress(CommandTimeout):",
        "    until_2.wait(timeout=4.0)",
        "until_2.wait()",
        'session.spawn("sleep", "1000")',
    ] == main_lines(recording)


@pytest.mark.parametrize(
    ("status", "stderr", "seconds", "expected"),
    [
        (127, "httpd: no such program on this machine", 0.0, ["ExecutorError"]),
        (143, "", 1.0, ["WaitTimeout"]),
        (0, "", 10.5, ["WaitTimeout"]),
        (
            2,
            "bad\nport",
            0.5,
            ["# in the session it ended: status 2, bad", "ProcessEnded"],
        ),
    ],
)
def test_a_process_that_did_not_become_ready(
    status: int, stderr: str, seconds: float, expected: list[str]
) -> None:
    """Its error is suppressed if the session went on, and raised if it ended the session."""
    command = Command(("httpd",))
    event = ProcessEvent(1, command, "httpd", until.listening(80), 10.0)
    result = ResultEvent(1, Result(command, status, "", stderr, seconds=seconds))
    call = 'session.spawn("httpd", ready=until.listening(80))'
    *remarks, error = expected

    assert [
        *remarks,
        f"with contextlib.suppress({error}):",
        f"    {call}",
    ] == main_lines(steps_of(event, result))
    assert [*remarks, call] == main_lines(steps_of(event, result, end=End(f"{error}: so")))


def test_a_process_whose_session_was_cut_short() -> None:
    """A process without a result has a comment."""
    assert [
        "# the session was cut short while this started:",
        'session.spawn("httpd")',
    ] == main_lines(steps_of(ProcessEvent(1, Command(("httpd",)), "httpd")))


def test_a_process_without_an_event_of_its_start() -> None:
    """A program that ran beside other commands has started, as nobody waited for it."""
    command = Command(("httpd",))
    recording = steps_of(
        ProcessEvent(1, command, "httpd"),
        *ran(2, "curl", "x"),
        ProcessAction(1, "wait"),
        ResultEvent(1, Result(command, 3)),
    )
    assert [
        'httpd = session.spawn("httpd")',
        'session.exec("curl", "x")',
        "httpd.wait()",
    ] == main_lines(recording)


def test_a_wait_whose_time_was_up() -> None:
    """It is suppressed, unless it ended the session; the end of a block behind it is no step."""
    wait = WaitEvent(until.link("v0"), None, 10.0, satisfied=False)
    call = 'session.wait_for(until.link("v0"))'
    suppressed = ["with contextlib.suppress(WaitTimeout):", f"    {call}"]
    end = End("WaitTimeout: link v0 exists")

    assert suppressed == main_lines(steps_of(wait))
    assert [call] == main_lines(steps_of(wait, end=end))
    assert [*suppressed, 'session.note("on")'] == [
        line for line in main_lines(steps_of(wait, Note("on"), end=end)) if line
    ]

    server = spawned(1, "httpd")
    stop = ProcessAction(1, "stop", seconds=3.0)
    assert ['with session.spawn("httpd"):', f"    {call}"] == main_lines(
        steps_of(*server, wait, stop, end=end)
    )


def test_pids_in_commands_are_expressions() -> None:
    """A pid becomes that of the process; braces, quotes and other numbers stay text."""
    recording = steps_of(
        *spawned(1, "httpd"),
        *ran(2, "sh", "-c", "kill -HUP 101; echo '{x}' \"{\""),
        *ran(3, "ping", "-c", "101", "::1"),
        *ran(4, "ip", "link", "set", "dev", "v0", "netns", "101"),
    )
    assert [
        'httpd = session.spawn("httpd")',
        """session.exec("sh", "-c", f"kill -HUP {httpd.pid}; echo '{{x}}' \\"{{\\"")""",
        'session.exec("ping", "-c", "101", "::1")',
        'session.ip.link.set("v0", netns=httpd.pid)',
    ] == main_lines(recording)


def test_an_unknown_pid_is_refused() -> None:
    """The pid of a process that the session did not start is another one's in the next run."""
    with pytest.raises(NotExportable, match="kill 20: cannot be exported"):
        python(steps_of(*ran(1, "kill", "20"), *spawned(2, "httpd")))


def test_pids_in_the_environment_are_expressions() -> None:
    """A variable that is a pid, or names one, has that of the process of the next run."""
    command = Command(("true",), env={"A": "101", "D": "/proc/101/fd", "PID": "101"})
    run: list[Event] = [CommandEvent(2, command), ResultEvent(2, Result(command))]
    recording = steps_of(*spawned(1, "httpd"), *run, ProcessEvent(3, command, "true"))
    env = 'env={"A": "101", "D": f"/proc/{httpd.pid}/fd", "PID": str(httpd.pid)}'

    assert [
        'httpd = session.spawn("httpd")',
        f'session.exec("true", {env})',
        "# the session was cut short while this started:",
        f'session.spawn("true", {env})',
    ] == main_lines(recording)


def test_a_failed_command_with_an_unknown_pid_is_left_out() -> None:
    """What failed in the session must not reach a stranger later; the last command is refused."""
    failure = ran(1, "kill", "20", status=1)
    assert [
        "# in the session: status 1",
        "# left out, for its pid: kill 20",
        'session.exec("true")',
    ] == main_lines(steps_of(*failure, *ran(2, "true")))

    with pytest.raises(NotExportable):
        python(steps_of(*failure, end=End("CommandError: kill 20", failed=1)))


def test_a_namespace_with_a_number_is_no_pid() -> None:
    """`netns 101` is the namespace of that name, and not the process with that number."""
    move = ("ip", "link", "set", "dev", "v0", "netns", "101")
    add = ("ip", "netns", "add", "101")
    recording = steps_of(*spawned(1, "httpd"), *ran(2, *add), *ran(3, *move))
    assert 'session.ip.link.set("v0", netns=101)' == main_lines(recording)[-1]


@given(ANY_TEXT.filter(bool), ANY_TEXT)
def test_text_of_processes_stays_text(word: str, text: str) -> None:
    """Arguments, stdin and log of a process are literals of the script, whatever they hold."""
    try:
        events = spawned(1, "httpd", word, stdin=text, log=word)
    except InvalidArgument:
        return
    lines = main_lines(steps_of(*events, ProcessAction(1, "stop", seconds=3.0)))
    (statement,) = ast.parse("\n".join(lines)).body
    assert isinstance(statement, ast.With)
    call = statement.items[0].context_expr
    assert isinstance(call, ast.Call)
    values = [
        ast.literal_eval(value) for value in (*call.args, *(key.value for key in call.keywords))
    ]
    assert ["httpd", word, text, word] == values


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


def test_a_long_remark_ends_with_a_word() -> None:
    """A comment is cut behind a word, within the width of a line."""
    reason = 'Cannot remove namespace file "/run/netns/client": No such file or directory'
    delete = Command(("ip", "netns", "delete", "client"))
    (remark, *_) = main_lines(recording_of(Result(delete, 1, "", reason)))
    (long_word, *_) = main_lines(recording_of(Result(delete, 1, "", "x" * 200)))

    assert f"# in the session: status 1, {reason.removesuffix(' directory')} …" == remark
    assert len(long_word) <= 96
