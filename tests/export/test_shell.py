"""A recording as a shell script: clean, exact to the argument, with the state of the session."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given

from ipwrap import CommandError, DryRun, ExecutorError, Local, Recording, Secret, Session
from ipwrap.export import FORMATS
from ipwrap.export.shell import shell
from ipwrap.kinds import Bridge, Macvlan, Veth, Vxlan
from ipwrap.recording import CommandEvent, Header, Note, ResultEvent
from ipwrap.replay import replay, replay_export
from tests.export.shell_scripts import (
    HOSTILE,
    body_lines,
    many_examples,
    needs_shellcheck,
    notes,
    script_of,
    shellcheck_output,
)
from tests.labs import (
    Lab,
    build_pair,
    diff_states,
    open_sandbox,
    record_lab,
    run_script,
    write_script,
)

pytestmark = pytest.mark.live


@needs_shellcheck
def test_shellcheck_finds_nothing_in_an_empty_script() -> None:
    """The script of an empty session does nothing and is clean."""
    script = shell(Recording())

    assert "" == shellcheck_output(script)
    assert ["    :"] == body_lines(script)


@needs_shellcheck
def test_shellcheck_finds_nothing_in_a_lab(tmp_path: Path) -> None:
    """The script of a lab is clean with and without reads."""
    recording = record_lab(build_pair, tmp_path / "x.jsonl")

    assert ["", ""] == [shellcheck_output(shell(recording, reads=reads)) for reads in (False, True)]


@needs_shellcheck
@many_examples
@given(note=notes)
@example(note="shellcheck is a program")
@example(note="shellcheck disable=SC2086")
@example(note="“curly” `ticks` $dollar \\")
def test_shellcheck_finds_nothing_for_any_note(note: str) -> None:
    """Every note is a comment, without directives and without code."""
    assert "" == shellcheck_output(script_of("true", note=note))


@many_examples
@given(note=notes)
def test_a_note_is_never_code(note: str) -> None:
    """Every line of a note is a visible comment, for the shell and for a reader."""
    lines = body_lines(script_of("true", note=note))[:-2]

    assert [] == [line for line in lines if line.strip() and not line.startswith("    #")]
    assert [] == [line for line in lines if not line.replace("\t", "").isprintable()]


@pytest.mark.parametrize("alias", [word for word in HOSTILE if word])
def test_a_hostile_alias_is_the_same_after_replay_and_script(alias: str, tmp_path: Path) -> None:
    """An alias with any characters survives export, script and replay."""

    def lab(session: Session) -> None:
        session.ip.link.add("a", Bridge())
        session.ip.link.set("a", alias=alias)

    recording = record_lab(lab, tmp_path / "x.jsonl")
    script = write_script(recording, tmp_path / "x.sh")
    process = run_script(script, "--sandbox", "--", "cat", "/sys/class/net/a/ifalias")
    with open_sandbox() as session:
        report = replay(recording, session)
        (link,) = session.ip.link.show("a")

    assert alias + "\n" == process.stdout
    assert (True, alias) == (report.is_same, link.ifalias)


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


def use_name_everywhere(session: Session, name: str) -> None:
    """Use a name in every argument for a link's name."""
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
    """A link with a keyword as the name survives export, script, replay and teardown."""
    with open_sandbox() as session:
        empty = session.state()
        use_name_everywhere(session, name)
        reached = session.state()
        recording = Recording.load(session.recording.save(tmp_path / "x.jsonl"))

    script = write_script(recording, tmp_path / "x.sh")

    with open_sandbox() as replay_session:
        replayed = replay(recording, replay_session)

    with open_sandbox() as sandbox_session:
        sandbox_session.exec("sh", str(script))
        by_script = sandbox_session.state()
        sandbox_session.exec("sh", str(script), "down")

        assert [] == replayed.differences
        assert [] == diff_states(reached, by_script, recording)
        assert [] == [
            line
            for line in diff_states(empty, sandbox_session.state(), recording)
            if "red" not in line
        ]


@pytest.mark.parametrize(
    "name",
    ["a b", "-x", "help", "$(x)", "it's", "-all", "--", "1", "*", "list", "line\nbreak"],
)
def test_namespaces_whose_names_are_words(name: str, tmp_path: Path) -> None:
    """A namespace with an option or a shell pattern as its name survives script and teardown."""

    def lab(session: Session) -> None:
        session.ip.netns.add(name)
        session.netns(name).ip.link.add("n", Bridge())
        session.netns(name).exec("true")

    recording = record_lab(lab, tmp_path / "x.jsonl")
    script = write_script(recording, tmp_path / "x.sh")
    with open_sandbox() as sandbox_session:
        empty = sandbox_session.state()
        sandbox_session.exec("sh", str(script))
        built = sandbox_session.netns(name).ip.link.show("n")
        sandbox_session.exec("sh", str(script), "down")

        assert ["n"] == [link.ifname for link in built]
        assert [] == diff_states(empty, sandbox_session.state())


@pytest.mark.parametrize("lab", [build_pair])
def test_the_script_builds_what_the_session_built(lab: Lab, tmp_path: Path) -> None:
    """The script in an empty place builds the state of the session."""
    recording = record_lab(lab, tmp_path / "x.jsonl")
    script = write_script(recording, tmp_path / "x.sh")
    with open_sandbox() as sandbox_session:
        sandbox_session.exec("sh", str(script), "up")

        assert recording.end is not None
        assert recording.end.state is not None
        assert [] == diff_states(recording.end.state, sandbox_session.state(), recording)


def export_bridge(path: Path) -> Path:
    """Write the script of a session with one bridge."""
    with Session(Local(), DryRun()) as session:
        session.ip.link.add("br0", Bridge())
        return write_script(session.recording, path)


def test_the_sandbox_runs_the_command_in_the_place_that_was_built(tmp_path: Path) -> None:
    """`--sandbox -- COMMAND` runs the command in the lab, with only the command's output on
    stdout.
    """
    script = export_bridge(tmp_path / "x.sh")

    process = run_script(script, "--sandbox", "--", "cat", "/sys/class/net/br0/mtu")

    assert (0, "1500\n", "") == (process.returncode, process.stdout, process.stderr)


def test_the_sandbox_works_for_root_without_sys_admin(tmp_path: Path) -> None:
    """Root without CAP_SYS_ADMIN, as in a container, gets a user namespace as others do."""
    if os.geteuid() != 0:
        pytest.skip("only root can give up CAP_SYS_ADMIN")
    script = export_bridge(tmp_path / "x.sh")
    rights = ("setpriv", "--bounding-set=-sys_admin,-net_admin", "--inh-caps=-all")

    process = subprocess.run(
        (*rights, "sh", str(script), "--sandbox", "--", "cat", "/sys/class/net/br0/mtu"),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "1500\n", "") == (process.returncode, process.stdout, process.stderr)


@pytest.mark.parametrize("status", [0, 1, 2, 7, 255])
def test_the_commands_exit_status_is_passed_on(status: int, tmp_path: Path) -> None:
    """A script in a sandbox exits with the status of the command."""
    script = export_bridge(tmp_path / "x.sh")

    assert status == run_script(script, "--sandbox", "--", "sh", "-c", f"exit {status}").returncode


def test_a_sandbox_without_command_runs_the_users_shell(tmp_path: Path) -> None:
    """Without a command, the sandbox runs the user's shell, which reads stdin."""
    script = export_bridge(tmp_path / "x.sh")
    process = subprocess.run(
        ("sh", str(script), "--sandbox"),
        input="cat /sys/class/net/br0/mtu; exit 3",
        env={**os.environ, "SHELL": "/bin/sh"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (3, "1500\n") == (process.returncode, process.stdout)


def test_the_sandbox_leaves_the_host_alone(tmp_path: Path) -> None:
    """A lab in a sandbox is invisible on the host during and after the script."""
    script = export_bridge(tmp_path / "x.sh")

    inside = run_script(script, "--sandbox", "--", "readlink", "/proc/self/ns/net").stdout

    assert inside != f"{Path('/proc/self/ns/net').readlink()}\n"
    assert not Path("/sys/class/net/br0").exists()


def test_what_the_lab_prints_goes_to_stderr_in_a_sandbox(tmp_path: Path) -> None:
    """In a sandbox, the output of the lab's programs goes to stderr."""
    with Session(Local(), DryRun()) as session:
        session.exec("printf", "%s", "from the lab")
        script = write_script(session.recording, tmp_path / "x.sh")

    process = run_script(script, "--sandbox", "--", "printf", "from the command")

    assert ("from the command", "from the lab") == (process.stdout, process.stderr)


def test_the_labs_programs_leave_stdin_to_the_command(tmp_path: Path) -> None:
    """A program without recorded stdin reads nothing, and the command reads the script's stdin."""
    with open_sandbox() as session:
        session.exec("cat")
        script = write_script(session.recording, tmp_path / "x.sh")

    process = run_script(script, "--sandbox", "--", "cat", stdin="for the command")

    assert (0, "for the command") == (process.returncode, process.stdout)


@pytest.mark.parametrize(
    "arguments",
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
def test_bad_usage_ends_with_2(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """Bad usage prints the usage, changes nothing and exits with 2."""
    script = export_bridge(tmp_path / "x.sh")
    with open_sandbox() as sandbox_session:
        process = subprocess.run(
            sandbox_session.place.wrap(("sh", str(script), *arguments)),
            capture_output=True,
            text=True,
            check=False,
        )

        assert (2, "", "usage: sh") == (process.returncode, process.stdout, process.stderr[:9])
        assert ["lo"] == [link.ifname for link in sandbox_session.ip.link.show()]


def test_from_a_pipe_there_is_no_sandbox(tmp_path: Path) -> None:
    """A script from a pipe cannot start itself in a sandbox and exits with 2."""
    script = export_bridge(tmp_path / "x.sh")

    process = subprocess.run(
        ("sh", "-s", "--", "--sandbox"),
        input=script.read_text(),
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )

    assert (2, "--sandbox needs the script as a file: sh FILE --sandbox\n") == (
        process.returncode,
        process.stderr,
    )


def test_a_script_from_a_pipe_builds_the_lab(tmp_path: Path) -> None:
    """A script from a pipe builds the lab, also with a program that reads stdin."""
    with open_sandbox() as session:
        session.exec("cat")
        session.ip.link.add("br0", Bridge())
        script = write_script(session.recording, tmp_path / "x.sh")

    with open_sandbox() as sandbox_session:
        subprocess.run(sandbox_session.place.wrap(("sh",)), input=script.read_bytes(), check=True)

        assert ["br0", "lo"] == sorted(link.ifname for link in sandbox_session.ip.link.show())


def test_down_goes_on_after_a_failure(tmp_path: Path) -> None:
    """`down` reports a missing link, deletes the remaining links and exits with 1."""
    with Session(Local(), DryRun()) as session:
        for name in ("one", "two", "three"):
            session.ip.link.add(name, Bridge())

        script = write_script(session.recording, tmp_path / "x.sh")

    with open_sandbox() as sandbox_session:
        sandbox_session.exec("sh", str(script))
        sandbox_session.ip.link.delete("two")
        down = sandbox_session.exec("sh", str(script), "down", check=False)

        assert (
            1,
            f"sh {script}: dev two is gone, or is not the one that this script made: left alone\n",
        ) == (down.status, down.stderr)
        assert ["lo"] == [link.ifname for link in sandbox_session.ip.link.show()]


def tolerate_failures(session: Session) -> None:
    """Run two failing commands and continue."""
    with pytest.raises(CommandError):
        session.ip.link.delete("nothing")

    session.exec("sh", "-c", "exit 3", check=False)
    session.ip.link.add("br0", Bridge())


def test_a_tolerated_failure_is_tolerated_in_the_script(tmp_path: Path) -> None:
    """A tolerated failure does not end the script, and the error is a comment."""
    recording = record_lab(tolerate_failures, tmp_path / "x.jsonl")
    script = write_script(recording, tmp_path / "x.sh")

    process = run_script(script, "--sandbox", "--", "cat", "/sys/class/net/br0/mtu")

    assert (0, "1500\n") == (process.returncode, process.stdout)
    assert [
        '    # in the session: status 1, Cannot find device "nothing"',
        "    ip link del nothing || true",
        "    # in the session: status 3",
        "    sh -c 'exit 3' || true",
        "    ip link add br0 type bridge",
    ] == body_lines(script.read_text())


def test_the_failure_that_ended_the_session_ends_the_script(tmp_path: Path) -> None:
    """The command of an uncaught error ends the script."""
    path = tmp_path / "x.jsonl"
    with pytest.raises(CommandError), Session(sandbox=True, record=path) as session:
        session.ip.link.add("br0", Bridge())
        session.ip.link.delete("nothing")

    script = write_script(Recording.load(path), tmp_path / "x.sh")

    process = run_script(script, "--sandbox", "--", "echo", "never")

    assert (1, "") == (process.returncode, process.stdout)
    assert "    ip link del nothing" == body_lines(script.read_text())[-1]


def test_a_missing_program_is_tolerated(tmp_path: Path) -> None:
    """A missing program exits with 127 in the script and is tolerated as in the session."""
    with open_sandbox() as session:
        with pytest.raises(ExecutorError):
            session.exec("no-such-program-anywhere")

        session.ip.link.add("br0", Bridge())
        script = write_script(session.recording, tmp_path / "x.sh")

    assert 0 == run_script(script, "--sandbox", "--", "test", "-e", "/sys/class/net/br0").returncode
    assert "    no-such-program-anywhere || true" in body_lines(script.read_text())


def test_reads_are_left_out(dry_session: Session) -> None:
    """Read-only commands are in the script only by option."""
    dry_session.ip.link.show()
    dry_session.ip.link.add("br0", Bridge())

    assert ["    ip link add br0 type bridge"] == body_lines(dry_session.export())
    assert ["    ip -j -d link show", "    ip link add br0 type bridge"] == body_lines(
        dry_session.export(reads=True)
    )


def test_a_note_begins_a_paragraph(dry_session: Session) -> None:
    """A note is a comment above the following commands, after an empty line."""
    dry_session.note("One\nof two lines")
    dry_session.exec("true")
    dry_session.exec("true", "2")
    dry_session.note("Two")
    dry_session.exec("true", "3")

    assert ["# One", "# of two lines", "true", "true 2", "", "# Two", "true 3"] == [
        line.strip() for line in body_lines(dry_session.export())
    ]


def test_a_script_without_changes_is_valid(dry_session: Session) -> None:
    """A function with comments only gets a `:` for a valid script."""
    dry_session.note("Only looking, with `ip link`.")
    dry_session.ip.link.show()
    script = dry_session.export()

    assert ["    # Only looking, with `ip link`.", "    :"] == body_lines(script)
    assert 0 == subprocess.run(("sh", "-n"), input=script, text=True, check=False).returncode
    assert "shellcheck disable" not in script


def test_a_required_secret_is_checked_first(dry_session: Session) -> None:
    """A script checks for required secrets in the first paragraph."""
    dry_session.exec("wg", "set", Secret("sesam", "KEY"))

    assert [
        '    : "${KEY:?is a secret of the session, and has to be set}"',
        "",
        '    wg set "$KEY"',
    ] == body_lines(dry_session.export())


def run_with_ip_written_down(
    script: str, tmp_path: Path, environ: dict[str, str]
) -> tuple[str, str]:
    """Run a script with an `ip` that only writes down its arguments and stdin; return them."""
    program = tmp_path / "ip"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >{tmp_path}/argv\ncat >{tmp_path}/stdin\n')
    program.chmod(0o755)

    path = f"{tmp_path}:{os.environ['PATH']}"
    subprocess.run(
        ("sh", "-s"),
        input=script,
        text=True,
        check=True,
        env={**os.environ, **environ, "PATH": path},
    )
    return (tmp_path / "argv").read_text(), (tmp_path / "stdin").read_text()


@pytest.mark.parametrize("format", ["sh", "plain", "batch"])
@pytest.mark.parametrize(
    ("dev", "word"), [("m0", "m0"), ("100%s", "100%s"), ("a\\n", "a\\n"), ("a'b", "a'b")]
)
def test_a_secret_of_ip_comes_by_stdin(
    format: str,  # noqa: A002 - the user's word
    dev: str,
    word: str,
    tmp_path: Path,
    dry_session: Session,
) -> None:
    """A script passes a key on stdin: every user could read it among the arguments of `ip`."""
    argv = ("macsec", "add", dev, "tx", "sa", "0", "pn", "1", "key", "01", Secret(None, "KEY"))
    dry_session.netns("red").exec("ip", *argv)
    script = dry_session.export(format)

    assert "" == shellcheck_output(script)
    assert ("-n red -batch -\n", f'macsec add {word} tx sa 0 pn 1 key 01 "0a 0b"') == (
        run_with_ip_written_down(script, tmp_path, {"KEY": "0a 0b"})
    )


def test_a_secret_of_ip_is_readable(dry_session: Session) -> None:
    """The line shows the command, and where the key stands in it."""
    dry_session.ip.macsec.add("m0", "tx", sa=0, pn=1, key=("01", Secret(None, "KEY")))

    assert (
        '    printf \'macsec add m0 tx sa 0 pn 1 key 01 "%s"\' "$KEY" | ip -batch -'
        == body_lines(dry_session.export())[-1]
    )


def test_a_line_that_no_batch_holds_stays_an_argument(dry_session: Session) -> None:
    """A name with `#` cannot come by stdin."""
    dry_session.exec("ip", "macsec", "add", "m#0", "tx", "key", "01", Secret(None, "KEY"))

    assert "    ip macsec add 'm#0' tx key 01 \"$KEY\"" == body_lines(dry_session.export())[-1]


def test_an_unfinished_command_is_marked() -> None:
    """The last command of an interrupted session has a comment."""
    with Session(Local(), DryRun()) as session:
        session.exec("true")
        recording = Recording(
            Header(),
            [event for event in session.recording.events if not isinstance(event, ResultEvent)],
        )

    assert ["    # the session was cut short while this ran:", "    true"] == body_lines(
        shell(recording)
    )


def test_the_header_shows_the_usage(dry_session: Session) -> None:
    """The first lines show the usage with the name of the file."""
    assert "#   sh lab.sh --sandbox -- COMMAND..." in shell(dry_session.recording, name="lab.sh")


@pytest.mark.parametrize("name", ["a\ntouch never", "a\rb", "two words.sh", "$(x).sh", "a\x1b[2Jb"])
def test_the_name_of_the_file_is_no_code(name: str) -> None:
    """Every file name stays inside the comments of the header."""
    head = shell(Recording(), name=name).partition("set -eu")[0]

    assert [] == [
        line for line in head.splitlines() if not (line.startswith("#") and line.isprintable())
    ]


def test_the_script_is_a_format_of_export(dry_session: Session) -> None:
    """`session.export()` returns the text of the shell exporter."""
    dry_session.exec("true")

    assert shell is FORMATS["sh"]
    assert shell(dry_session.recording) == dry_session.export()


def test_the_script_needs_no_python(tmp_path: Path) -> None:
    """The script runs neither Python nor ipwrap."""
    script = export_bridge(tmp_path / "x.sh").read_text()

    assert sys.executable not in script
    assert "python" not in script


def test_events_in_any_order_of_results(dry_session: Session) -> None:
    """Commands are written in their own order, whatever the order of the results."""
    dry_session.note("First")
    dry_session.exec("ip", "link", "add", "br1", "type", "bridge")
    dry_session.exec("ip", "link", "add", "br2", "type", "bridge")
    commands = [
        event for event in dry_session.recording.events if isinstance(event, (Note, CommandEvent))
    ]
    results = [event for event in dry_session.recording.events if isinstance(event, ResultEvent)]

    assert body_lines(shell(dry_session.recording)) == body_lines(
        shell(Recording(Header(), [*commands, *reversed(results)]))
    )


def test_a_script_of_notes_alone_does_nothing() -> None:
    """A script of a recording without commands runs without output."""
    recording = Recording(Header(place="local"), [Note("nothing was done")])

    process = subprocess.run(
        ("sh", "-s"),
        input=shell(recording),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "", "") == (process.returncode, process.stdout, process.stderr)


@needs_shellcheck
@pytest.mark.parametrize(
    "env",
    [
        {"A": "it's", "B": "", "C": "a b", "D": "$HOME `id`", "fi": "done"},
        {"A": Secret("x", "KEY")},
        {"KEY": Secret("x", "KEY"), "B": Secret("x", "KEY")},
        {"KEY": "plain", "A": Secret("x", "KEY")},
        {"PATH": "/a b:/c"},
    ],
)
@pytest.mark.parametrize("cwd", [None, "/a b", "-", "it's", "fi"])
def test_shellcheck_finds_nothing_in_variables_and_directories(
    env: dict[str, str], cwd: str | None
) -> None:
    """Values and directories of any kind are quoted, and secrets are expanded."""
    with Session(Local(), DryRun()) as session:
        for namespace in (session, session.netns("red")):
            namespace.exec("true", env=env, cwd=cwd)
            namespace.exec("cat", Secret("x", "KEY"), stdin="x", env=env, cwd=cwd)
        session.exec("ip", "link", "set", "lo", "up", env=env, cwd=cwd)

        assert "" == shellcheck_output(session.export())


def exec_in_all_ways(session: Session, folder: Path) -> None:
    """Run programs with variables and directories, which write both into a file."""
    show = f'printf "%s|" "$PWD" "$A" "${{B-}}" "$@" >>{folder}/seen'
    secret = Secret("a-very-secret-value", "B")
    session.ip.netns.add("red")

    for namespace in (session, session.netns("red")):
        namespace.exec("sh", "-c", show, "sh", env={"A": "it's $HOME", "B": secret})
        namespace.exec("sh", "-c", show, "sh", "x", env={"B": "plain", "A": secret}, cwd="/usr")
        namespace.exec("sh", "-c", f"cat >>{folder}/seen", stdin="in\n", cwd=folder)
        namespace.exec("tool", "x", env={"PATH": f"{folder}/bin:/usr/bin:/bin", "A": "1"}, cwd="/")
    session.exec("ip", "link", "add", "br0", "type", "bridge", env={"A": "b"})


@pytest.fixture
def lab_with_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Recording, Path, str]:
    """A recording of programs with variables, the file that they write, and what they wrote."""
    (tmp_path / "bin").mkdir()
    tool = tmp_path / "bin" / "tool"
    tool.write_text(f'#!/bin/sh\necho "$A $PWD $PATH" >>{tmp_path}/seen\n')
    tool.chmod(0o755)

    recording = record_lab(lambda session: exec_in_all_ways(session, tmp_path), tmp_path / "lab")
    assert "a-very-secret-value" not in (tmp_path / "lab").read_text()

    # Scripts, and a session with a recording of this one, ask the environment.
    monkeypatch.setenv("B", "a-very-secret-value")
    seen = tmp_path / "seen"
    text = seen.read_text()
    seen.unlink()
    return recording, seen, text


@pytest.mark.parametrize("export_format", ["sh", "plain", "batch", "python", None])
def test_programs_get_the_same_variables_again(
    export_format: str | None, lab_with_variables: tuple[Recording, Path, str]
) -> None:
    """Whatever repeats a session gives its programs the same variables and directories."""
    recording, seen, text = lab_with_variables

    with open_sandbox() as session:
        if export_format is None:
            report = replay(recording, session)
        else:
            report = replay_export(recording, session, export_format=export_format)
    assert [] == report.differences
    assert text == seen.read_text()


@pytest.mark.parametrize("shell_argv", [("dash",), ("bash",), ("busybox", "sh")], ids=" ".join)
def test_every_shell_gives_programs_the_same_variables(
    shell_argv: tuple[str, ...], lab_with_variables: tuple[Recording, Path, str], tmp_path: Path
) -> None:
    """Functions of the script, which stand for `ip`, keep no variable from it."""
    if shutil.which(shell_argv[0]) is None:
        pytest.skip("the shell is not installed")

    recording, seen, text = lab_with_variables
    script = write_script(recording, tmp_path / "lab.sh")
    with open_sandbox() as session:
        argv = session.place.wrap(("env", *shell_argv, str(script)))
        completed = subprocess.run(argv, capture_output=True, text=True, check=False)

    assert 0 == completed.returncode, completed.stderr
    assert text == seen.read_text()
