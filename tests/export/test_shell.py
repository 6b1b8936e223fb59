"""A recording as a shell script: well written, exact to the word, and what it builds is what was built."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ipwrap import (
    CommandError,
    CommandTimeout,
    DryRun,
    ExecutorError,
    Local,
    Recording,
    Secret,
    Session,
)
from ipwrap.export import FORMATS, shell
from ipwrap.kinds import Bridge, Macvlan, Veth, Vxlan
from ipwrap.recording import CommandEvent, Header, Note, ResultEvent
from ipwrap.replay import replay
from tests.labs import Lab, differences, exported, opened, pair, recorded, sh

pytestmark = pytest.mark.live

needs_shellcheck = pytest.mark.skipif(
    shutil.which("shellcheck") is None, reason="shellcheck is not installed"
)
often = settings(max_examples=60)
seldom = settings(max_examples=15)

SHARP = "'\"`$\\!#&;|<>()[]{}*?~=-+^%@:,. \t\n\r\x0b\x1b\x7f“”‘’‚‛„‟′″«»–—−\u00a0\u200b\u2028\u202e\ufeffé字😀"
words = st.text(
    st.one_of(
        st.sampled_from(SHARP), st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    )
)
phrases = st.one_of(
    words,
    st.sampled_from(
        (
            "--",
            "-x",
            "=",
            "==",
            "a=b",
            "$(touch x)",
            "`id`",
            "\\",
            "\\\\'",
            "shellcheck disable=all",
            "}",
        )
    ),
)
notes = st.one_of(
    words,
    st.sampled_from(
        (
            "shellcheck is a program",
            "shellcheck disable=SC2086",
            "!/bin/sh",
            "%s {0}",
            "a\nrm -rf x",
        )
    ),
)
HOSTILE = (
    "",
    " ",
    "two words",
    "it's",
    'say "hi"',
    "$HOME",
    "$(touch /tmp/never)",
    "`id`",
    "back\\slash",
    "\\",
    "\\'",
    "line\nbreak",
    "\n",
    "tab\there",
    "bell\x07",
    "-n",
    "--",
    "#no comment",
    "*",
    "[a-z]",
    "{a,b}",
    "~",
    "!",
    "=",
    "a=b",
    "&& false",
    "; false",
    "| cat",
    "> /dev/full",
    "%s%d",
    "“curly”",
    "‘single’",
    "−minus",
    "\u2028",
    "é字😀",
)


def said(words: tuple[str, ...], file: Path) -> tuple[str, ...]:
    """Return the words of a program that writes the rest of its words, each ended by a NUL, to a file."""
    return ("sh", "-c", 'file=$1; shift; printf "%s\\0" "$@" >>"$file"', "sh", str(file), *words)


def checked(script: str) -> str:
    """Return what shellcheck has to say."""
    done = subprocess.run(
        ("shellcheck", "--shell=sh", "-"), input=script.encode(), capture_output=True, check=False
    )
    return (done.stdout + done.stderr).decode(errors="replace")


def written(*argv: str, note: str = "") -> str:
    """Return the script of a session of one command, in which nothing ran."""
    with Session(Local(), DryRun()) as session:
        if note:
            session.note(note)
        session.exec(*argv)
        session.netns("red").exec(*argv)
        return session.export()


def body(script: str) -> list[str]:
    """Return the lines of the function that builds."""
    return script.partition("up() {\n")[2].partition("\n}\n")[0].splitlines()


@needs_shellcheck
def test_shellcheck_finds_nothing_in_an_empty_script() -> None:
    """A session that did nothing makes a script that does nothing, and is well written."""
    script = shell(Recording())

    assert "" == checked(script)
    assert ["    :"] == body(script)


@needs_shellcheck
def test_shellcheck_finds_nothing_in_a_lab(tmp_path: Path) -> None:
    """The script of a whole lab is well written, reads included or not."""
    recording = recorded(pair, tmp_path / "x.jsonl")

    assert ["", ""] == [checked(shell(recording, reads=reads)) for reads in (False, True)]


@needs_shellcheck
@often
@given(note=notes)
@example(note="shellcheck is a program")
@example(note="shellcheck disable=SC2086")
@example(note="“curly” `ticks` $dollar \\")
def test_shellcheck_finds_nothing_for_any_note(note: str) -> None:
    """Whatever a note says, it is a comment: no directive, and no code."""
    assert "" == checked(written("true", note=note))


@needs_shellcheck
@often
@given(argv=st.lists(phrases, max_size=4))
@example(argv=["="])
@example(argv=["fi", "done", "esac", "then", "do", "in", "{", "}", "if", "!"])
@example(argv=["\\", "'", "$x", "`y`", "“", "‘", "‛"])
def test_shellcheck_finds_nothing_for_any_words(argv: list[str]) -> None:
    """Whatever words a program is given, they are quoted in a way that shellcheck has nothing against."""
    assert "" == checked(written("true", *argv))


@needs_shellcheck
@often
@given(text=words)
@example(text="fi")
@example(text="done")
def test_shellcheck_finds_nothing_for_any_input(text: str) -> None:
    """What a program is given on stdin is quoted as well."""
    with Session(Local(), DryRun()) as session:
        session.exec("cat", stdin=text)

        assert "" == checked(session.export())


@often
@given(note=notes)
def test_a_note_is_never_code(note: str) -> None:
    """Every line of a note is a comment, for the shell and for a person: nothing hides in it."""
    lines = body(written("true", note=note))[:-2]

    assert [] == [line for line in lines if line.strip() and not line.startswith("    #")]
    assert [] == [line for line in lines if not line.replace("\t", "").isprintable()]


@pytest.mark.parametrize("word", HOSTILE)
def test_the_script_runs_the_very_words_that_the_session_ran(word: str, tmp_path: Path) -> None:
    """A program sees the same words in the script as in the session, in the first namespace and in another."""
    file = tmp_path / "words"
    argv = said((word, "end"), file)
    with opened() as session:
        session.ip.netns.add("red")
        session.exec(*argv)
        session.netns("red").exec(*argv)
        script = exported(session.recording, tmp_path / "x.sh")
    in_session = file.read_bytes()
    file.unlink()

    done = sh(script, "--sandbox", "--", "true")

    assert (0, in_session) == (done.returncode, file.read_bytes())
    assert 2 * (word.encode() + b"\0end\0") == in_session


@seldom
@given(argv=st.lists(phrases, min_size=1, max_size=6))
def test_the_script_runs_any_words(
    argv: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A program sees the words that a person gave, whatever they are."""
    folder = tmp_path_factory.mktemp("words")
    with Session(Local(), DryRun()) as session:
        session.exec(*said(tuple(argv), folder / "words"))
        script = exported(session.recording, folder / "x.sh")

    done = sh(script, "--sandbox", "--", "true")

    assert 0 == done.returncode
    assert "".join(f"{word}\0" for word in argv).encode() == (folder / "words").read_bytes()


@seldom
@given(text=words)
@example(text="no last newline")
@example(text="%s\\n\\c\n\n")
@example(text="-n")
def test_the_script_gives_the_same_input(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What the session gave a program on stdin, the script gives it too, to the byte."""
    folder = tmp_path_factory.mktemp("stdin")
    with Session(Local(), DryRun()) as session:
        session.exec("dd", f"of={folder / 'got'}", "status=none", stdin=text)
        script = exported(session.recording, folder / "x.sh")

    done = sh(script, "--sandbox", "--", "true")

    assert (0, text.encode()) == (done.returncode, (folder / "got").read_bytes())


@pytest.mark.parametrize("alias", [word for word in HOSTILE if word])
def test_a_hostile_alias_is_the_same_after_replay_and_script(alias: str, tmp_path: Path) -> None:
    """An alias of any text is built, exported, run and replayed, and is the same text each time."""

    def lab(session: Session) -> None:
        session.ip.link.add("a", Bridge())
        session.ip.link.set("a", alias=alias)

    recording = recorded(lab, tmp_path / "x.jsonl")
    script = exported(recording, tmp_path / "x.sh")
    shown = sh(script, "--sandbox", "--", "cat", "/sys/class/net/a/ifalias")
    with opened() as session:
        found = replay(recording, session)
        (link,) = session.ip.link.show("a")

    assert alias + "\n" == shown.stdout
    assert (True, alias) == (found.same, link.ifalias)


NAMES = (
    "a",
    "up",
    "dev",
    "type",
    "-x",
    "h",
    "help",
    "--",
    "name",
    "$x",
    "a;b",
    "'",
    "*",
    "a@b",
    "peer",
    "é",
    "if1x!",
)


def names_that_are_words(session: Session, name: str) -> None:
    """Use a name in every place that a link's name has."""
    session.ip.link.add(name, Bridge(), up=True)
    session.ip.netns.add("red")
    session.ip.link.add("port", Veth(peer=name, peer_netns="red"), master=name)
    session.ip.link.add("on-top", Macvlan(), link=name)
    session.ip.link.add("tunnel", Vxlan(id=1, dstport=4789, dev=name))
    session.ip.address.add("10.0.0.1/24", dev=name)
    session.ip.route.add("10.1.0.0/16", dev=name)
    session.ip.route.add("10.2.0.0/16", via="10.0.0.9", dev=name)
    session.ip.neigh.add("10.0.0.5", dev=name, lladdr="02:00:00:00:00:05")
    session.bridge.fdb.add("02:00:00:00:00:07", dev="port", master=True)
    session.netns("red").ip.link.set(name, mtu=1400, up=True)
    session.netns("red").ip.link.set(name, name="gone")
    session.netns("red").ip.link.set("gone", name=name)
    assert name in [link.ifname for link in session.ip.link.show(name)]


@pytest.mark.parametrize("name", NAMES)
def test_links_whose_names_are_words_of_iproute2(name: str, tmp_path: Path) -> None:
    """A link called like a word of iproute2, or of the shell, is built, exported, run, replayed and taken away."""
    with opened() as session:
        empty = session.state()
        names_that_are_words(session, name)
        reached = session.state()
        recording = Recording.load(session.recording.save(tmp_path / "x.jsonl"))
    script = exported(recording, tmp_path / "x.sh")

    with opened() as other:
        replayed = replay(recording, other)
    with opened() as place:
        place.exec("sh", str(script))
        by_script = place.state()
        place.exec("sh", str(script), "down")

        assert [] == replayed.differences
        assert [] == differences(reached, by_script, recording)
        assert [] == [
            each for each in differences(empty, place.state(), recording) if "red" not in each
        ]


@pytest.mark.parametrize(
    "name", ["a b", "-x", "help", "$(x)", "it's", "-all", "--", "1", "*", "list", "line\nbreak"]
)
def test_namespaces_whose_names_are_words(name: str, tmp_path: Path) -> None:
    """A namespace called like an option, or like what a shell would expand, is built, run and taken away."""

    def lab(session: Session) -> None:
        session.ip.netns.add(name)
        session.netns(name).ip.link.add("n", Bridge())
        session.netns(name).exec("true")

    recording = recorded(lab, tmp_path / "x.jsonl")
    script = exported(recording, tmp_path / "x.sh")
    with opened() as place:
        empty = place.state()
        place.exec("sh", str(script))
        built = place.netns(name).ip.link.show("n")
        place.exec("sh", str(script), "down")

        assert ["n"] == [link.ifname for link in built]
        assert [] == differences(empty, place.state())


@pytest.mark.parametrize("lab", [pair])
def test_the_script_builds_what_the_session_built(lab: Lab, tmp_path: Path) -> None:
    """The state that the script reaches in an empty place is the one that the session reached."""
    recording = recorded(lab, tmp_path / "x.jsonl")
    script = exported(recording, tmp_path / "x.sh")
    with opened() as place:
        place.exec("sh", str(script), "up")

        assert recording.end is not None
        assert recording.end.state is not None
        assert [] == differences(recording.end.state, place.state(), recording)


def a_bridge(path: Path) -> Path:
    """Write the script of a session that made one bridge."""
    with Session(Local(), DryRun()) as session:
        session.ip.link.add("br0", Bridge())
        return exported(session.recording, path)


def test_the_sandbox_runs_the_command_in_the_place_that_was_built(tmp_path: Path) -> None:
    """`--sandbox -- COMMAND` builds and then runs the command there; its output is stdout's only one."""
    script = a_bridge(tmp_path / "x.sh")

    done = sh(script, "--sandbox", "--", "cat", "/sys/class/net/br0/mtu")

    assert (0, "1500\n", "") == (done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("status", [0, 1, 2, 7, 255])
def test_the_commands_exit_status_is_passed_on(status: int, tmp_path: Path) -> None:
    """The script in a sandbox ends with the status of the command."""
    script = a_bridge(tmp_path / "x.sh")

    assert status == sh(script, "--sandbox", "--", "sh", "-c", f"exit {status}").returncode


def test_a_shell_is_left_in_the_sandbox(tmp_path: Path) -> None:
    """Without a command there is a shell, the user's own, which reads stdin."""
    script = a_bridge(tmp_path / "x.sh")
    done = subprocess.run(
        ("sh", str(script), "--sandbox"),
        input="cat /sys/class/net/br0/mtu; exit 3",
        env={**os.environ, "SHELL": "/bin/sh"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (3, "1500\n") == (done.returncode, done.stdout)


def test_the_sandbox_leaves_the_host_alone(tmp_path: Path) -> None:
    """What is built with --sandbox is gone with it, and was never seen outside."""
    script = a_bridge(tmp_path / "x.sh")

    inside = sh(script, "--sandbox", "--", "readlink", "/proc/self/ns/net").stdout

    assert inside != f"{Path('/proc/self/ns/net').readlink()}\n"
    assert not Path("/sys/class/net/br0").exists()


def test_what_the_lab_prints_goes_to_stderr_in_a_sandbox(tmp_path: Path) -> None:
    """The output of the lab's own programs does not mix with that of the command."""
    with Session(Local(), DryRun()) as session:
        session.exec("printf", "%s", "from the lab")
        script = exported(session.recording, tmp_path / "x.sh")

    done = sh(script, "--sandbox", "--", "printf", "from the command")

    assert ("from the command", "from the lab") == (done.stdout, done.stderr)


def test_the_labs_programs_leave_stdin_to_the_command(tmp_path: Path) -> None:
    """A program that the session gave nothing on stdin gets nothing in the script: stdin is the command's."""
    with opened() as session:
        session.exec("cat")
        script = exported(session.recording, tmp_path / "x.sh")

    done = sh(script, "--sandbox", "--", "cat", stdin="for the command")

    assert (0, "for the command") == (done.returncode, done.stdout)


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("-h",),
        ("--",),
        ("--", "up"),
        ("up", "more"),
        ("down", "more"),
        ("up", "--", "more"),
        ("down", "--", "more"),
        ("--sandbox", "ls"),
    ],
    ids=" ".join,
)
def test_bad_usage_ends_with_2(words: tuple[str, ...], tmp_path: Path) -> None:
    """What the script does not understand it does not do: it says how it is used, and ends with 2."""
    script = a_bridge(tmp_path / "x.sh")
    with opened() as place:
        done = subprocess.run(
            place.place.wrap(("sh", str(script), *words)),
            capture_output=True,
            text=True,
            check=False,
        )

        assert (2, "", "usage: sh") == (done.returncode, done.stdout, done.stderr[:9])
        assert ["lo"] == [link.ifname for link in place.ip.link.show()]


def test_from_a_pipe_there_is_no_sandbox(tmp_path: Path) -> None:
    """`cat x.sh | sh -s -- --sandbox` cannot start itself again, says so, and ends with 2."""
    script = a_bridge(tmp_path / "x.sh")

    done = subprocess.run(
        ("sh", "-s", "--", "--sandbox"),
        input=script.read_text(),
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )

    assert (2, "--sandbox needs the script as a file: sh FILE --sandbox\n") == (
        done.returncode,
        done.stderr,
    )


def test_from_a_pipe_it_builds(tmp_path: Path) -> None:
    """`cat x.sh | sh` builds here, also if one of the lab's programs reads its stdin."""
    with opened() as session:
        session.exec("cat")
        session.ip.link.add("br0", Bridge())
        script = exported(session.recording, tmp_path / "x.sh")
    with opened() as place:
        subprocess.run(place.place.wrap(("sh",)), input=script.read_bytes(), check=True)

        assert ["br0", "lo"] == sorted(link.ifname for link in place.ip.link.show())


def test_down_goes_on_after_a_failure(tmp_path: Path) -> None:
    """What is no longer there is reported, everything else is taken away, and the status is 1."""
    with Session(Local(), DryRun()) as session:
        for name in ("one", "two", "three"):
            session.ip.link.add(name, Bridge())
        script = exported(session.recording, tmp_path / "x.sh")
    with opened() as place:
        place.exec("sh", str(script))
        place.ip.link.delete("two")
        down = place.exec("sh", str(script), "down", check=False)

        assert (1, 'Cannot find device "two"\n') == (down.status, down.stderr)
        assert ["lo"] == [link.ifname for link in place.ip.link.show()]


def tolerant(session: Session) -> None:
    """Fail once, and go on."""
    with pytest.raises(CommandError):
        session.ip.link.delete("nothing")
    session.exec("sh", "-c", "exit 3", check=False)
    session.ip.link.add("br0", Bridge())


def test_a_failure_that_the_session_went_on_after_is_tolerated(tmp_path: Path) -> None:
    """Such a command is in the script, with what it said, and does not end it."""
    recording = recorded(tolerant, tmp_path / "x.jsonl")
    script = exported(recording, tmp_path / "x.sh")

    done = sh(script, "--sandbox", "--", "cat", "/sys/class/net/br0/mtu")

    assert (0, "1500\n") == (done.returncode, done.stdout)
    assert [
        '    # in the session: status 1, Cannot find device "nothing"',
        "    ip link delete dev nothing || true",
        "    # in the session: status 3",
        "    sh -c 'exit 3' || true",
        "    ip link add name br0 type bridge",
    ] == body(script.read_text())


def test_the_failure_that_ended_the_session_ends_the_script(tmp_path: Path) -> None:
    """The command that an uncaught error came from is not tolerated: the script ends there too."""
    path = tmp_path / "x.jsonl"
    with pytest.raises(CommandError), Session(sandbox=True, record=path) as session:
        session.ip.link.add("br0", Bridge())
        session.ip.link.delete("nothing")
    script = exported(Recording.load(path), tmp_path / "x.sh")

    done = sh(script, "--sandbox", "--", "echo", "never")

    assert (1, "") == (done.returncode, done.stdout)
    assert "    ip link delete dev nothing" == body(script.read_text())[-1]


def test_a_program_that_was_missing_is_tolerated_if_the_session_was(tmp_path: Path) -> None:
    """A program that is not there fails with 127, here as in the session."""
    with opened() as session:
        with pytest.raises(ExecutorError):
            session.exec("no-such-program-anywhere")
        session.ip.link.add("br0", Bridge())
        script = exported(session.recording, tmp_path / "x.sh")

    assert 0 == sh(script, "--sandbox", "--", "test", "-e", "/sys/class/net/br0").returncode
    assert "    no-such-program-anywhere || true" in body(script.read_text())


def test_a_timeout_is_a_timeout_in_the_script(tmp_path: Path) -> None:
    """A command that was ended for taking too long is given the same time by the script."""
    with opened() as session:
        with pytest.raises(CommandTimeout):
            session.exec("sleep", "1000", timeout=0.05)
        script = exported(session.recording, tmp_path / "x.sh")

    assert 0 == sh(script, "--sandbox", "--", "true").returncode
    assert "    timeout 0.05 sleep 1000 || true" == body(script.read_text())[-1]


def test_a_timeout_that_was_not_reached_is_not_written(tmp_path: Path) -> None:
    """A command that ended in time is written as it is."""
    with Session(Local(), DryRun()) as session:
        session.exec("true", timeout=10)

        assert ["    true"] == body(session.export())


@pytest.mark.parametrize(
    "argv",
    [
        ("echo", "a\\nb"),
        ("echo", "-e", "x"),
        ("sandbox", "x"),
        ("up",),
        ("A=b",),
        ("exit", "3"),
        ("time", "true"),
    ],
    ids=" ".join,
)
def test_a_program_is_a_program_and_no_builtin(argv: tuple[str, ...], tmp_path: Path) -> None:
    """What the session ran is a program: the script runs that, and not what the shell has under the same name."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / argv[0]
    program.write_text(f'#!/bin/sh\nprintf "%s\\0" "${{0##*/}}" "$@" >>{tmp_path}/said\n')
    program.chmod(0o755)
    with Session(Local(), DryRun()) as session:
        session.exec(*argv)
        script = exported(session.recording, tmp_path / "x.sh")

    done = subprocess.run(
        ("sh", str(script), "--sandbox", "--", "true"),
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "") == (done.returncode, done.stderr)
    assert "".join(f"{word}\0" for word in argv) == (tmp_path / "said").read_text()


def test_what_only_looked_is_left_out(dry: Session) -> None:
    """Reads are not in the script, unless they are asked for."""
    dry.ip.link.show()
    dry.ip.link.add("br0", Bridge())

    assert ["    ip link add name br0 type bridge"] == body(dry.export())
    assert ["    ip -j -d link show", "    ip link add name br0 type bridge"] == body(
        dry.export(reads=True)
    )


def test_a_note_begins_a_paragraph(dry: Session) -> None:
    """Notes are comments above what follows them, with a line between paragraphs."""
    dry.note("One\nof two lines")
    dry.exec("true")
    dry.exec("true", "2")
    dry.note("Two")
    dry.exec("true", "3")

    assert ["# One", "# of two lines", "true", "true 2", "", "# Two", "true 3"] == [
        line.strip() for line in body(dry.export())
    ]


def test_where_nothing_is_done_the_script_is_one(dry: Session) -> None:
    """A function of comments only is none to a shell."""
    dry.note("Only looking, with `ip link`.")
    dry.ip.link.show()
    script = dry.export()

    assert ["    # Only looking, with `ip link`.", "    :"] == body(script)
    assert 0 == subprocess.run(("sh", "-n"), input=script, text=True, check=False).returncode
    assert "shellcheck disable" not in script


def test_a_secret_that_is_needed_is_asked_for_first(dry: Session) -> None:
    """In a paragraph of its own."""
    dry.exec("wg", "set", Secret("sesam", "KEY"))

    assert [
        '    : "${KEY:?is a secret of the session, and has to be set}"',
        "",
        '    wg set "$KEY"',
    ] == body(dry.export())


def test_a_command_that_never_ended_is_marked() -> None:
    """Of a session that was cut short, the last command may or may not have had its effect."""
    with Session(Local(), DryRun()) as session:
        session.exec("true")
        recording = Recording(
            Header(),
            [each for each in session.recording.events if not isinstance(each, ResultEvent)],
        )

    assert ["    # the session was cut short while this ran:", "    true"] == body(shell(recording))


def test_the_head_says_how_the_script_is_called(dry: Session) -> None:
    """The name of the file is in the first lines, so that they can be pasted."""
    assert "#   sh lab.sh --sandbox -- COMMAND..." in shell(dry.recording, name="lab.sh")


@pytest.mark.parametrize("name", ["a\ntouch never", "a\rb", "two words.sh", "$(x).sh", "a\x1b[2Jb"])
def test_the_name_of_the_file_is_no_code(name: str) -> None:
    """Whatever the file is called, the head is comments only."""
    head = shell(Recording(), name=name).partition("set -eu")[0]

    assert [] == [
        line for line in head.splitlines() if not (line.startswith("#") and line.isprintable())
    ]


def test_the_script_is_a_format_of_export(dry: Session) -> None:
    """`session.export()` is this exporter's."""
    dry.exec("true")

    assert shell is FORMATS["sh"]
    assert shell(dry.recording) == dry.export()


def test_the_script_needs_no_python(tmp_path: Path) -> None:
    """The script has nothing of ipwrap in it but its name."""
    script = a_bridge(tmp_path / "x.sh").read_text()

    assert sys.executable not in script
    assert "python" not in script


def test_events_in_any_order_of_results(dry: Session) -> None:
    """Each command is written where it was asked for, whenever its result came."""
    dry.note("First")
    dry.exec("true", "1")
    dry.exec("true", "2")
    asked = [each for each in dry.recording.events if isinstance(each, (Note, CommandEvent))]
    answered = [each for each in dry.recording.events if isinstance(each, ResultEvent)]

    assert body(shell(dry.recording)) == body(
        shell(Recording(Header(), [*asked, *reversed(answered)]))
    )


def test_a_script_of_notes_alone_does_nothing() -> None:
    """A shell takes no function that is empty but for comments."""
    recording = Recording(Header(place="local"), [Note("nothing was done")])

    done = subprocess.run(
        ("sh", "-s"), input=shell(recording), capture_output=True, text=True, check=False
    )

    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)
