"""A recording as a script against this library: it gives the same recording when it is run."""

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
    Playback,
    Recording,
    Result,
    Secret,
    Session,
    UnknownOption,
)
from ipwrap.command import CreatedObject, LinkRename
from ipwrap.executors import Reply
from ipwrap.export.formats import FORMATS
from ipwrap.export.python import python
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
from ipwrap.recording import CommandEvent, End, Note, ResultEvent
from tests.labs import opened, pair
from tests.strategies import ANY_TEXT

ROOT = Path(__file__).parents[3]
RECORDINGS = sorted((ROOT / "recordings").glob("*.jsonl"))


def body(recording: Recording, **options: bool) -> list[str]:
    """Return the lines of ``main``."""
    _, _, text = python(recording, **options).partition('    """Run what was recorded."""\n')
    return [
        line.removeprefix("    ") for line in text.partition("\n\n\nif __name__")[0].splitlines()
    ]


def recording_of(*commands: Command | Result | Note, end: End | None = None) -> Recording:
    """Return a recording of these; what is not a result has ended well."""
    events: list[Note | CommandEvent | ResultEvent | End] = []
    for number, each in enumerate(commands, start=1):
        if isinstance(each, Note):
            events.append(each)
            continue
        result = each if isinstance(each, Result) else Result(each)
        events += [CommandEvent(number, result.command), ResultEvent(number, result)]
    return Recording(events=[*events, *([end] if end else [])])


def played(recording: Recording, folder: Path, **options: bool) -> Recording:
    """Run the script of a recording against the recording itself, and return the recording of that."""
    script = folder / "script.py"
    script.write_text(python(recording, **options))
    playback = Playback(recording)
    with Session(Local(), playback) as session:
        runpy.run_path(str(script), run_name="played")["main"](session)
    assert [] == playback.unplayed
    return session.recording


def told(recording: Recording) -> list[object]:
    """Return what a script has to repeat of a recording: the notes, and the commands with what they make."""
    return [
        event.text
        if isinstance(event, Note)
        else (event.command, event.command.creates, event.command.deletes)
        for event in recording.events
        if isinstance(event, (Note, CommandEvent))
    ]


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_the_labs_come_out_the_same(path: Path, tmp_path: Path) -> None:
    """The same words in the same places in the same order, the notes between them, and what each makes."""
    recording = Recording.load(path)

    assert told(recording) == told(played(recording, tmp_path))


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_the_labs_are_typed(path: Path) -> None:
    """No command of a verb is left as bare words."""
    text = python(Recording.load(path))

    assert text.count("session.run(") == (
        1 if path.stem == "netns" else 0
    )  # `ip -br link show`, by exec
    compile(text, str(path), "exec")


def test_a_type_checker_finds_nothing_in_them(tmp_path: Path) -> None:
    """mypy --strict."""
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
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (0, f"Success: no issues found in {len(names)} source files\n") == (
        done.returncode,
        done.stdout,
    )


@pytest.mark.parametrize("words", [("check",), ("format", "--check")], ids=" ".join)
def test_ruff_finds_nothing_in_them(words: tuple[str, ...], tmp_path: Path) -> None:
    """Neither a fault nor a line to lay out."""
    ruff = shutil.which("ruff") or pytest.skip("ruff is not installed")
    for path in RECORDINGS:
        (tmp_path / f"{path.stem}.py").write_text(python(Recording.load(path)))
    argv = (ruff, *words, "--no-cache", "--config", str(ROOT / "pyproject.toml"), str(tmp_path))
    done = subprocess.run(argv, capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stdout


def test_a_whole_script() -> None:
    """It has a docstring, the imports that it needs, main(session), and runs in a sandbox."""
    with Session(Local(), DryRun()) as session:
        session.note("A bridge.")
        session.ip.link.add("br0", Bridge(stp_state=1), up=True)
        session.ip.link.show()

    assert f'''\
#!/usr/bin/env python3
"""Written by ipwrap {session.recording.header.ipwrap} from a recording: it runs the same again.

`ipwrap run FILE` does so in a throw-away sandbox, with --host on this host; `python3 FILE` in a sandbox.
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


def test_nothing_recorded_is_a_script_that_does_nothing(tmp_path: Path) -> None:
    """It can be run all the same."""
    assert [] == told(played(Recording(), tmp_path))


def test_many_names_are_imported_over_several_lines() -> None:
    """As ruff lays them out; one that is there already goes by another name."""
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
    """But not the making of a secret."""
    look, make = (
        Command(("ip", "-j", "-d", "link", "show"), changes=False),
        Command(("ip", "netns", "add", "a")),
    )
    key = Command(("wg", "genkey"), changes=False, output_secret="KEY")

    assert ['session.ip.netns.add("a")', 'session.secret("KEY", "wg", "genkey")'] == body(
        recording_of(look, make, key), reads=False
    )


def test_a_namespace_that_is_used_often_is_a_variable() -> None:
    """One that is used once is not; names that Python has, or the script, get a number."""
    names = ("red", "red", "blue", "main", "main", "10.0", "10.0", "class", "class", "--", "--")
    lines = body(recording_of(*(Command(("true",), name) for name in names)))

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


def test_a_failure_that_the_session_went_on_after_is_let_pass() -> None:
    """A verb's by `suppress`, a program's by `check=False`; what it said is a comment."""
    verb, program = Command(("ip", "link", "delete", "dev", "x")), Command(("false",))
    said = 'Cannot find device "x"'

    assert [
        f"# in the session: status 2, {said}",
        "with contextlib.suppress(CommandError):",
        '    session.ip.link.delete("x")',
        "# in the session: status 1",
        'session.exec("false", check=False)',
    ] == body(recording_of(Result(verb, 2, "", said), Result(program, 1)))


def test_the_failure_that_ended_the_session_ends_the_script() -> None:
    """It is not let pass."""
    verb = Command(("ip", "link", "delete", "dev", "x"))
    ended = recording_of(Result(verb, 2), end=End("NotFound: x", failed=1))

    assert ["# in the session: status 2", 'session.ip.link.delete("x")'] == body(ended)


def test_an_answer_that_was_refused_is_let_pass_unless_it_ended_the_session() -> None:
    """A verb that could not read its answer raised `OutputError`."""
    look = Result(Command(("ip", "-j", "-d", "link", "show"), changes=False), stdout="1: lo")

    assert ["with contextlib.suppress(OutputError):", "    session.ip.link.show()"] == body(
        recording_of(look)
    )
    assert ["session.ip.link.show()"] == body(recording_of(look, end=End("OutputError: it")))


def test_a_program_that_is_not_there() -> None:
    """Its error is another one."""
    gone = Result(Command(("nosuch",)), 127, "", "nosuch: no such program here")

    assert ["with contextlib.suppress(ExecutorError):", '    session.exec("nosuch")'] == body(
        recording_of(gone)
    )[1:]


def test_a_command_that_never_ended() -> None:
    """The session was cut short: it is there, with a remark."""
    recording = Recording(events=[CommandEvent(1, Command(("true",)))])

    assert ["# the session was cut short while this ran:", 'session.exec("true")'] == body(
        recording
    )


def test_what_goes_on_is_a_remark() -> None:
    """A monitor ends when somebody ends it; one of a file, or with a time, ends by itself."""
    commands = [
        ("ip", "monitor", "link"),
        ("ip", "-o", "mon"),
        ("bridge", "monitor"),
        ("ip", "netns", "monitor"),
    ]
    lines = body(recording_of(*(Command(each, changes=False) for each in commands)))

    assert ["# left out, as it goes on until it is ended: ip monitor link"] == lines[:1]
    assert 4 == len([line for line in lines if line.startswith("# left out")])
    assert ['session.run(Command(("ip", "monitor", "file", "x"), changes=False))'] == body(
        recording_of(Command(("ip", "monitor", "file", "x"), changes=False))
    )
    assert ['session.run(Command(("ip", "-b", "x")))'] == body(
        recording_of(Command(("ip", "-b", "x")))
    )
    timed = Command(("ip", "monitor"), changes=False, timeout=1)
    assert ['session.run(Command(("ip", "monitor"), changes=False, timeout=1))'] == body(
        recording_of(timed)
    )


def test_all_that_exec_takes() -> None:
    """stdin, a time, that it only looks, and a namespace."""
    command = Command(("cat",), "red", stdin="x\n", changes=False, timeout=1.5)

    assert ['session.netns("red").exec("cat", changes=False, stdin="x\\n", timeout=1.5)'] == body(
        recording_of(command)
    )


def test_secrets_are_made_or_come_from_the_environment() -> None:
    """A variable holds one that is needed again; one that failed raises."""
    key = Secret(None, "EAST_KEY")
    make = Command(("wg", "genkey"), changes=False, output_secret="EAST_KEY")
    public = Command(("wg", "pubkey"), "red", stdin=key, changes=False, output_secret="PUBLIC")
    use = Command(("wg", "set", "wg0", "peer", Secret(None, "OTHER")), stdin=key)
    odd = Command(("wg", "genkey"), output_secret="ODD")

    assert [
        'east_key = session.secret("EAST_KEY", "wg", "genkey")',
        'session.netns("red").secret("PUBLIC", "wg", "pubkey", stdin=east_key)',
        'session.exec("wg", "set", "wg0", "peer", Secret(None, "OTHER"), stdin=east_key)',
        'session.run(Command(("wg", "genkey"), output_secret="ODD"))',
    ] == body(recording_of(make, public, use, odd))
    assert "with contextlib.suppress(CommandError):" in body(recording_of(Result(make, 1)))


def test_what_no_verb_says_keeps_what_it_makes() -> None:
    """So that what is exported of the script takes it away again."""
    made = CreatedObject("link", "t0", ("ip", "tunnel", "del", "t0"), None)
    raw = Command(("ip", "tunnel", "add", "t0"), creates=(made,), deletes=(("link", None, "x"),))
    moved = Command(("brctl", "x"), renames=LinkRename("a", "b", None))

    assert [
        "session.run(",
        "    Command(",
        '        ("ip", "tunnel", "add", "t0"),',
        '        creates=(CreatedObject("link", "t0", ("ip", "tunnel", "del", "t0")),),',
        '        deletes=(("link", None, "x"),),',
        "    ),",
        ")",
        'session.run(Command(("brctl", "x"), renames=LinkRename("a", "b", None)))',
    ] == body(recording_of(raw, moved))


def test_a_look_that_a_verb_makes_itself_is_not_repeated(tmp_path: Path) -> None:
    """A name such as `if7` is asked for by the verb."""
    look = Command(("ip", "-j", "link", "show", "dev", "if7"), changes=False)
    up = Command(("ip", "link", "set", "dev", "if7", "up"))
    recording = recording_of(Result(look, stdout='[{"ifname":"if7"}]'), up)

    assert ['session.ip.link.set("if7", up=True)'] == body(recording)
    assert [look, up] == [asked.command for asked in played(recording, tmp_path).commands]
    assert 2 == len(body(recording_of(look, Command(("true",)), up))) - 1


ODD: dict[str, Callable[[Session], object]] = {
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


@pytest.mark.parametrize("odd", ODD)
def test_odd_commands_come_out_the_same(odd: str, tmp_path: Path) -> None:
    """Whatever a session was made to run, its script gives the same words."""
    with Session(Local(), Bearing()) as session:
        session.ip.link.add("br0", Bridge())
        ODD[odd](session)

    assert told(session.recording) == told(played(session.recording, tmp_path))


class Bearing(DryRun):
    """A dry run in which every link that is asked for is there."""

    def run(self, command: Command, place: Place) -> Reply:
        """Answer with a link of the name that is asked for."""
        asked = command.argv[:-1] == ("ip", "-j", "link", "show", "dev")
        return (
            Reply(stdout=f'[{{"ifname":"{command.argv[-1]}"}}]')
            if asked
            else super().run(command, place)
        )


@given(
    st.lists(st.one_of(ANY_TEXT.map(Note), st.lists(ANY_TEXT, max_size=3).map(tuple)), max_size=4)
)
def test_any_text_comes_out_the_same(said: list[Note | tuple[str, ...]]) -> None:
    """Notes and words of programs, with quotes, newlines, escapes and half characters."""
    with Session(Local(), DryRun()) as session:
        for each in said:
            with contextlib.suppress(IpwrapError):
                session.note(each.text) if isinstance(each, Note) else session.exec("echo", *each)
    scope: dict[str, Callable[[Session], None]] = {}
    exec(compile(session.export("python"), "script", "exec"), scope)
    with Session(Local(), DryRun()) as again:
        scope["main"](again)

    assert told(session.recording) == told(again.recording)


def test_it_is_a_format_like_the_others() -> None:
    """By its name, in a session and on the command line."""
    assert {"asciicast", "batch", "console", "markdown", "plain", "python", "sh"} <= set(FORMATS)
    with (
        Session(Local(), DryRun()) as session,
        pytest.raises(UnknownOption, match="plain, python, sh"),
    ):
        session.export("perl")


def test_a_script_in_a_sandbox_gives_the_same_recording(tmp_path: Path) -> None:
    """With a kernel: the same commands, and the same answers to what was asked."""

    def lab(session: Session) -> None:
        pair(session)
        session.netns("red").ip.link.show("eth0")
        with pytest.raises(CommandError):
            session.ip.link.delete("nothing")

    with opened() as session:
        lab(session)
        script = tmp_path / "script.py"
        script.write_text(session.export("python"))
        first = session.recording
    with opened() as session:
        runpy.run_path(str(script), run_name="again")["main"](session)

    assert told(first) == told(session.recording)
    assert [each.status for each in first.results] == [
        each.status for each in session.recording.results
    ]
