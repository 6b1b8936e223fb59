"""`ipwrap run`, `ipwrap replay` and `ipwrap sandbox`."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ipwrap import PlaceError, Recording, Sandbox, Session
from ipwrap.cli.group import cli
from ipwrap.cli.lab_script import user_traceback
from ipwrap.command import Command
from ipwrap.recording import CommandEvent, End, Event, Header, ResultEvent, State
from ipwrap.result import Result
from tests.cli.running import run_ipwrap
from tests.labs import build_pair, record_lab, write_script

pytestmark = pytest.mark.live

BUILD = "def main(session):\n    session.ip.netns.add('red')\n"


@pytest.fixture(autouse=True)
def _restored_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restore sys.argv and sys.path, which `ipwrap run` sets for the script."""
    monkeypatch.setattr(sys, "argv", list(sys.argv))
    monkeypatch.setattr(sys, "path", list(sys.path))


@pytest.fixture(autouse=True, scope="module")
def _require_sandbox() -> None:
    """Skip the tests of this module if no sandbox opens."""
    try:
        with Session(sandbox=True):
            pass
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")


def ipwrap(
    *arguments: str, stdin: str = "", env: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run `ipwrap` in a separate process."""
    argv = (sys.executable, "-m", "ipwrap", *arguments)
    return subprocess.run(
        argv,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(env or {})},
    )


def write_lab_script(path: Path, text: str) -> str:
    """Write a script, and return its path."""
    path.write_text(text)
    return str(path)


def test_script_runs_in_a_sandbox(tmp_path: Path) -> None:
    """`ipwrap run lab.py` calls main(session) in a new sandbox."""
    lab = write_lab_script(
        tmp_path / "lab.py",
        BUILD + "    print([netns.name for netns in session.ip.netns.list()])\n",
    )

    result = run_ipwrap("run", lab)

    assert 0 == result.exit_code
    assert "['red']\n" == result.stdout
    assert "" == result.stderr
    assert not Path("/run/netns/red").exists()


def test_run_is_recorded(tmp_path: Path) -> None:
    """`--record FILE` writes the recording."""
    lab = write_lab_script(tmp_path / "lab.py", BUILD)
    path = tmp_path / "x.jsonl"

    result = run_ipwrap("run", "--record", str(path), lab)

    recording = Recording.load(path)
    assert 0 == result.exit_code
    assert ["ip netns add red"] == [result.line for result in recording.results]
    assert "sandbox" == recording.header.place


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        ("main(session)", "none"),
        ("main(session, argv)", "['--pods', '3', 'x']"),
        ("main(session, argv=None)", "['--pods', '3', 'x']"),
        ("main(session, argv, /)", "['--pods', '3', 'x']"),
        ("main(session, *, argv='none')", "none"),
    ],
)
def test_arguments_of_the_script(signature: str, expected: str, tmp_path: Path) -> None:
    """ARGS are sys.argv, and the second parameter of main, if main has one."""
    text = f"import sys\ndef {signature}:\n    print(locals().get('argv', 'none'), sys.argv[1:])\n"

    result = run_ipwrap("run", write_lab_script(tmp_path / "lab.py", text), "--pods", "3", "x")

    assert 0 == result.exit_code
    assert f"{expected} ['--pods', '3', 'x']\n" == result.stdout


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--record", "{record}", "--pods", "3"], ["--pods", "3"]),
        (["--sandbox", "--record", "{record}"], []),
        (["--record", "{record}", "--", "--host"], ["--host"]),
        (["x", "--record", "{record}", "y"], ["x", "y"]),
        (["--record={record}", "x", "--", "--record", "y"], ["x", "--record", "y"]),
        (["--record", "{record}", "-h"], ["-h"]),
        (["--transcript", "--record", "{record}", "a"], ["a"]),
        (["--privileged", "--record", "{record}", "--quick"], ["--quick"]),
    ],
)
def test_options_are_accepted_after_the_script(
    arguments: list[str], expected: list[str], tmp_path: Path
) -> None:
    """Options of `ipwrap run` stand anywhere after the script, up to `--`."""
    lab, record = (
        write_lab_script(tmp_path / "lab.py", "def main(session, argv): print(argv)"),
        tmp_path / "x.jsonl",
    )

    result = run_ipwrap("run", lab, *(argument.format(record=record) for argument in arguments))

    assert 0 == result.exit_code
    assert f"{expected}\n" == result.stdout
    assert record.exists()


def test_record_needs_a_file(tmp_path: Path) -> None:
    """`--record` after the script needs a file, too."""
    result = run_ipwrap("run", write_lab_script(tmp_path / "lab.py", BUILD), "--record")

    assert 2 == result.exit_code
    assert "" == result.stdout
    assert "--record needs a file" in result.stderr


@pytest.mark.parametrize("text", ["", "main = 7\n", "def mian(session): pass\n"])
def test_script_without_main_is_a_usage_error(text: str, tmp_path: Path) -> None:
    """The error names the script and the missing function."""
    lab = write_lab_script(tmp_path / "lab.py", text)

    result = run_ipwrap("run", lab)

    assert 2 == result.exit_code
    assert "" == result.stdout
    assert f"{lab} has no function main(session)" in result.stderr


OWN_SESSION = """
import sys
from ipwrap import Session

print(sys.argv[1:])
with Session(SESSION) as session:
    session.ip.netns.add("red")
    print(session.place.name, [netns.name for netns in session.ip.netns.list()])
"""


def test_script_with_a_session_of_its_own_gets_place_and_recording(tmp_path: Path) -> None:
    """`Session()` in a script gets the sandbox and the recording of the command line."""
    lab = write_lab_script(tmp_path / "lab.py", OWN_SESSION.replace("SESSION", ""))
    path = tmp_path / "x.jsonl"

    result = run_ipwrap("run", lab, "--record", str(path), "--", "x", "--host")

    assert 0 == result.exit_code, result.stderr
    assert "['x', '--host']\nsandbox ['red']\n" == result.stdout
    assert "" == result.stderr
    assert ["ip netns add red"] == [
        line.line for line in Recording.load(path).results if line.command.changes
    ]
    assert not Path("/run/netns/red").exists()


def test_two_sessions_of_a_script_share_the_place(tmp_path: Path) -> None:
    """As on a host, a second session finds what the first one has left."""
    text = OWN_SESSION.replace("SESSION", "")
    text += "with Session() as session:\n    print(len(session.ip.netns.list()))\n"

    result = run_ipwrap("run", write_lab_script(tmp_path / "lab.py", text))

    assert 0 == result.exit_code, result.stderr
    assert "[]\nsandbox ['red']\n1\n" == result.stdout


def test_session_of_a_script_keeps_its_own_recording(tmp_path: Path) -> None:
    """A recording that no session needs is said not to exist."""
    own, offered = tmp_path / "own.jsonl", tmp_path / "offered.jsonl"
    text = OWN_SESSION.replace("SESSION", f"sandbox=True, record={str(own)!r}")

    result = run_ipwrap(
        "run", write_lab_script(tmp_path / "lab.py", text), "--record", str(offered)
    )

    assert 0 == result.exit_code
    assert own.exists()
    assert not offered.exists()
    assert f"nothing was recorded to {offered}" in result.stderr


def test_syntax_error_is_shown_with_its_line(tmp_path: Path) -> None:
    """Nothing runs, and no frame of ipwrap stands above the line."""
    lab = write_lab_script(tmp_path / "lab.py", "print(1)\ndef main(session:\n    pass\n")

    result = run_ipwrap("run", lab)

    assert 1 == result.exit_code
    assert "" == result.stdout
    assert result.stderr.startswith(f"ipwrap: {lab} is no Python script\n")
    assert "line 2" in result.stderr
    assert "Traceback" not in result.stderr


def test_refused_argument_is_shown_with_its_line(tmp_path: Path) -> None:
    """The line of the script that asked stands below the message, once."""
    call = '    session.ip.link.add("br0", "bridge")\n'
    lab = write_lab_script(tmp_path / "lab.py", BUILD + call)
    line = len((BUILD + call).splitlines())

    result = run_ipwrap("run", lab)

    assert 1 == result.exit_code
    assert "ipwrap: kind: 'bridge' is text" in result.stderr
    assert result.stderr.endswith(f"\n  asked at:  {lab}:{line}\n")
    assert 1 == result.stderr.count("asked at")


@pytest.mark.parametrize(
    "text", [BUILD + "    1 / 0\n", OWN_SESSION.replace("SESSION", "") + "    1 / 0\n"]
)
def test_bug_shows_frames_of_the_script_only(text: str, tmp_path: Path) -> None:
    """The traceback begins in the script."""
    lab = write_lab_script(tmp_path / "lab.py", text)

    completed = ipwrap("run", lab)

    assert 1 == completed.returncode
    frames = [line for line in completed.stderr.splitlines() if line.startswith("  File ")]
    assert frames
    assert all(lab in frame for frame in frames)


@pytest.mark.parametrize("record", [True, False])
def test_interruption_tells_where(record: bool, tmp_path: Path) -> None:
    """Ctrl-C ends with status 130, and names the line and the recording."""
    lab = write_lab_script(
        tmp_path / "lab.py", BUILD + "    print('ready', flush=True)\n    session.sleep(1000)\n"
    )
    path = tmp_path / "x.jsonl"
    options = ("--record", str(path)) if record else ()
    argv = (sys.executable, "-m", "ipwrap", "run", lab, *options)

    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert "ready\n" == process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()

    kept = f"; the recording so far: {path}" if record else ""
    assert 130 == process.returncode
    # The signal may come before the next line begins.
    assert errors in [f"ipwrap: interrupted at {lab}:{line}{kept}\n" for line in (3, 4)]


@pytest.mark.parametrize(
    ("text", "option", "message"),
    [
        (BUILD, "--recrod", "no such option: --recrod; did you mean '--record'?"),
        (BUILD, "--pods", "no such option: --pods"),
        (BUILD, "x", "the script takes no arguments"),
        ("def main(session, argv): pass\n", "--hst", "put it behind `--`: -- --hst"),
    ],
)
def test_mistyped_option_is_refused(text: str, option: str, message: str, tmp_path: Path) -> None:
    """Nothing runs, and the option that was probably meant is named."""
    result = run_ipwrap("run", write_lab_script(tmp_path / "lab.py", text), option)

    assert 2 == result.exit_code
    assert message in result.stderr


def test_missing_script_is_a_usage_error(tmp_path: Path) -> None:
    """A missing script is an error before a sandbox opens."""
    assert 2 == run_ipwrap("run", str(tmp_path / "none.py")).exit_code


def test_failing_script_ends_with_1(tmp_path: Path) -> None:
    """An error of the script is printed with a traceback, and recorded as the session's end."""
    lab = write_lab_script(tmp_path / "lab.py", BUILD + "    1 / 0\n")
    path = tmp_path / "x.jsonl"

    completed = ipwrap("run", "--record", str(path), lab)

    end = Recording.load(path).end
    assert 1 == completed.returncode
    assert "" == completed.stdout
    assert "ZeroDivisionError: division by zero" == completed.stderr.splitlines()[-1]
    assert end is not None
    assert "ZeroDivisionError: division by zero" == end.error


def test_failing_command_is_reported_without_traceback(tmp_path: Path) -> None:
    """A failed command is reported with the line of the script, without a traceback."""
    lab = write_lab_script(tmp_path / "lab.py", BUILD + "    session.ip.netns.add('red')\n")

    completed = ipwrap("run", lab)

    assert 1 == completed.returncode
    assert "" == completed.stdout
    assert completed.stderr.startswith("ipwrap: ")
    assert "lab.py:3" in completed.stderr
    assert "Traceback" not in completed.stderr


def test_script_sets_the_exit_code(tmp_path: Path) -> None:
    """`sys.exit(3)` in a script is the exit code of ipwrap."""
    assert (
        3
        == run_ipwrap(
            "run",
            write_lab_script(tmp_path / "lab.py", "import sys\ndef main(session): sys.exit(3)\n"),
        ).exit_code
    )


def test_script_imports_modules_of_its_folder(tmp_path: Path) -> None:
    """A script can import modules from its own folder, as under Python."""
    write_lab_script(tmp_path / "neighbour_of_lab.py", "WORD = 'hello'\n")
    lab = write_lab_script(
        tmp_path / "lab.py", "from neighbour_of_lab import WORD\ndef main(session): print(WORD)\n"
    )

    assert "hello\n" == run_ipwrap("run", lab).stdout


def test_script_does_not_run_as_main(tmp_path: Path) -> None:
    """Code under `if __name__ == "__main__"` does not run."""
    lab = write_lab_script(
        tmp_path / "lab.py", "def main(session): print(1)\nif __name__ == '__main__': print(2)\n"
    )

    assert "1\n" == run_ipwrap("run", lab).stdout


def run_inside(session: Session, *arguments: str) -> None:
    """Run `ipwrap` in a session's place, which replaces this host."""
    subprocess.run(session.place.wrap((sys.executable, "-m", "ipwrap", *arguments)), check=True)


@pytest.mark.parametrize("after_script", [False, True])
def test_run_on_this_host(after_script: bool, session: Session, tmp_path: Path) -> None:
    """`--host`, before or after the script, runs the script on this host."""
    lab = write_lab_script(tmp_path / "lab.py", BUILD)

    run_inside(session, "run", *((lab, "--host") if after_script else ("--host", lab)))

    assert ["red"] == [netns.name for netns in session.ip.netns.list()]


def test_replay_on_this_host(session: Session, tmp_path: Path) -> None:
    """`replay --host` runs the commands of a sandbox's recording on this host."""
    record_lab(lambda session: session.ip.netns.add("red"), tmp_path / "x.jsonl")

    run_inside(session, "replay", "--host", "--yes", "--check", str(tmp_path / "x.jsonl"))

    assert ["red"] == [netns.name for netns in session.ip.netns.list()]


def test_run_leaves_this_host_unchanged(session: Session, tmp_path: Path) -> None:
    """Without `--host`, a script changes nothing on this host."""
    run_inside(session, "run", write_lab_script(tmp_path / "lab.py", BUILD))

    assert [] == session.ip.netns.list()


def test_equal_replay_prints_nothing_on_stdout(tmp_path: Path) -> None:
    """An equal replay has exit code 0, and its summary is printed on stderr."""
    record_lab(build_pair, tmp_path / "x.jsonl")

    result = run_ipwrap("replay", "--check", str(tmp_path / "x.jsonl"))

    assert 0 == result.exit_code
    assert "" == result.stdout
    assert ["no difference"] == result.stderr.splitlines()[1:]


def change_final_mtu(path: Path) -> None:
    """Change the mtu of br0 in the final state of a recording."""
    *lines, last_line = path.read_text().splitlines()
    end = json.loads(last_line)

    for link in end["state"][""]["link"]:
        if link["ifname"] == "br0":
            link["mtu"] = 9

    lines.append(json.dumps(end))
    path.write_text("\n".join(lines) + "\n")


def test_different_replay_ends_with_1(tmp_path: Path) -> None:
    """Every difference is a line on stdout."""
    path = tmp_path / "x.jsonl"
    record_lab(build_pair, path)
    change_final_mtu(path)

    result = run_ipwrap("replay", "--check", str(path))

    assert 1 == result.exit_code
    assert "~ (host)  link br0: mtu 9 -> 1500\n" == result.stdout
    assert "ipwrap: 1 differ\n" == result.stderr


@pytest.mark.parametrize("differs", [False, True])
def test_replay_names_different_releases(differs: bool, tmp_path: Path) -> None:
    """If the releases of iproute2 differ, a line on stderr names both."""
    path = tmp_path / "x.jsonl"
    record_lab(build_pair, path)
    if differs:
        change_final_mtu(path)
    header, _, rest = path.read_text().partition("\n")
    path.write_text(f"{json.dumps(json.loads(header) | {'iproute2': 'ss191125'})}\n{rest}")

    lines = run_ipwrap("replay", "--check", str(path)).stderr.splitlines()

    assert 1 == len(
        [line for line in lines if line.startswith("recorded with iproute2 ss191125 on Linux ")]
    )
    assert ("ipwrap: 1 differ" if differs else "no difference") == lines[-1]


def test_replay_without_check_compares_statuses_only(tmp_path: Path) -> None:
    """A replay without `--check` ignores a different final state."""
    path = tmp_path / "x.jsonl"
    record_lab(build_pair, path)
    change_final_mtu(path)

    assert 0 == run_ipwrap("replay", str(path)).exit_code


def test_replay_is_recorded(tmp_path: Path) -> None:
    """`--record` writes a recording of the replay."""
    record_lab(build_pair, tmp_path / "x.jsonl")

    run_ipwrap("replay", "--record", str(tmp_path / "y.jsonl"), str(tmp_path / "x.jsonl"))

    assert [result.line for result in Recording.load(tmp_path / "x.jsonl").results] == [
        result.line for result in Recording.load(tmp_path / "y.jsonl").results
    ]


def test_script_is_compared_with_a_recording(tmp_path: Path) -> None:
    """`replay --script x.sh x.jsonl` runs the script, and compares the final state."""
    path = tmp_path / "x.jsonl"
    recording = record_lab(build_pair, path)
    script = write_script(recording, tmp_path / "x.sh")

    equal = run_ipwrap("replay", "--script", str(script), str(path))
    script.write_text("exit 0\n")
    different = run_ipwrap("replay", "--script", str(script), str(path))

    assert 0 == equal.exit_code
    assert "" == equal.stdout
    assert 1 == different.exit_code
    assert "- (host)  link br0" in different.stdout.splitlines()


def test_truncated_recording_is_replayed(tmp_path: Path) -> None:
    """A truncated last line is reported on stderr, and the other lines are replayed."""
    path = tmp_path / "x.jsonl"
    record_lab(build_pair, path)
    path.write_bytes(path.read_bytes()[:-9])

    result = run_ipwrap("replay", "--check", str(path))

    assert 0 == result.exit_code
    assert "" == result.stdout
    assert "the last line is torn" in result.stderr.splitlines()[0]


@pytest.mark.parametrize("status", [0, 1, 7, 255])
def test_sandbox_has_the_exit_status_of_its_command(status: int) -> None:
    """`ipwrap sandbox COMMAND` ends with the exit status of COMMAND."""
    assert status == ipwrap("sandbox", "sh", "-c", f"exit {status}").returncode


def test_status_after_a_signal() -> None:
    """After a signal the exit status is 128 plus the number, as in a shell."""
    assert 128 + signal.SIGTERM == ipwrap("sandbox", "sh", "-c", "kill -TERM $$").returncode


def test_interrupt_handler_is_restored() -> None:
    """After the sandbox has ended, the former SIGINT handler is installed again."""
    before = signal.getsignal(signal.SIGINT)

    result = run_ipwrap("sandbox", "true")

    assert 0 == result.exit_code
    assert before == signal.getsignal(signal.SIGINT)


def test_status_of_a_missing_program() -> None:
    """The exit status for a missing program is 127, as in a shell."""
    assert 127 == ipwrap("sandbox", "no-such-program-anywhere").returncode


@pytest.mark.parametrize(
    "arguments", [("-h",), ("--help",), ("-x", "--", "y"), ("--host",), ("",), ("a b",)]
)
def test_options_after_the_command_belong_to_the_command(arguments: tuple[str, ...]) -> None:
    """`ipwrap sandbox ip -h` passes `-h` to ip."""
    completed = ipwrap("sandbox", "sh", "-c", 'printf "<%s>" "$@"', "sh", *arguments)

    assert 0 == completed.returncode
    assert "".join(f"<{argument}>" for argument in arguments) == completed.stdout


def test_sandbox_has_only_lo() -> None:
    """A new sandbox contains only lo, which is up."""
    completed = ipwrap("sandbox", "--", "ip", "-j", "link")

    assert [("lo", True)] == [
        (link["ifname"], "UP" in link["flags"]) for link in json.loads(completed.stdout)
    ]


def test_default_command_is_the_users_shell() -> None:
    """Without a command, the shell in SHELL runs, and reads stdin."""
    completed = ipwrap(
        "sandbox",
        stdin="ip link add br0 type bridge && ls /sys/class/net; exit 4\n",
        env={"SHELL": "/bin/sh"},
    )

    assert 4 == completed.returncode
    assert "br0\nlo\n" == completed.stdout


def test_default_shell_is_sh() -> None:
    """Without SHELL, /bin/sh runs."""
    argv = ("env", "-u", "SHELL", sys.executable, "-m", "ipwrap", "sandbox")
    completed = subprocess.run(
        argv, input="readlink /proc/$$/exe\n", capture_output=True, text=True, check=False
    )

    assert 0 == completed.returncode
    assert f"{Path('/bin/sh').resolve()}\n" == completed.stdout


def test_sandbox_keeps_the_current_directory(tmp_path: Path) -> None:
    """The command runs in the caller's current directory."""
    argv = (sys.executable, "-m", "ipwrap", "sandbox", "pwd")

    assert (
        f"{tmp_path}\n"
        == subprocess.run(argv, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    )


def test_interrupt_reaches_the_command() -> None:
    """The command may handle an interrupt; the sandbox stays open until the command ends."""
    argv = (
        sys.executable,
        "-m",
        "ipwrap",
        "sandbox",
        "sh",
        "-c",
        "trap 'exit 9' INT; echo ready; read line",
    )
    process = subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    with process:
        assert process.stdout is not None
        assert "ready\n" == process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)

        assert 9 == process.wait()


def test_status_after_an_interrupt() -> None:
    """After an interrupt the exit status is 128 plus SIGINT, as in a shell."""
    argv = (sys.executable, "-m", "ipwrap", "sandbox", "sh", "-c", "echo ready; read line")
    process = subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    with process:
        assert process.stdout is not None
        assert "ready\n" == process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)

        assert 128 + signal.SIGINT == process.wait()


@pytest.mark.parametrize("via", ["sh", "plain", "batch", "python", "session"])
def test_replay_via_an_export(via: str, tmp_path: Path) -> None:
    """`--via` runs the export with its tool, and compares the final state."""
    file = tmp_path / "x.jsonl"
    record_lab(build_pair, file)

    result = CliRunner().invoke(cli, ["replay", "--check", "--via", via, str(file)])

    assert 0 == result.exit_code
    assert "" == result.stdout
    assert "the end state" in result.stderr


def test_run_records_a_transcript(tmp_path: Path) -> None:
    """`--transcript` records the text output of reads, too."""
    script, file = tmp_path / "lab.py", tmp_path / "x.jsonl"
    script.write_text("def main(session):\n    session.ip.link.show('lo')\n")

    assert (
        0
        == CliRunner()
        .invoke(cli, ["run", "--transcript", "--record", str(file), str(script)])
        .exit_code
    )
    assert ["1: lo:"] == [str(result.text)[:6] for result in Recording.load(file).results]


ESCAPES = "\x1b[2J\x9b31m\u202etxt"


def save_commands(path: Path, *commands: Command, end: State | None = None) -> Path:
    """Write the recording of a sandbox in which the commands succeeded."""
    events: list[Event] = []
    for number, command in enumerate(commands, start=1):
        events += [CommandEvent(number, command), ResultEvent(number, Result(command))]

    return Recording(Header(place="sandbox"), [*events, End(state=end)]).save(path)


@pytest.mark.parametrize("arguments", [(), ("--via", "sh"), ("--via", "python")])
def test_a_replay_names_its_programs_before_it_starts(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    """The programs besides ip, bridge and tc are on stderr, with their numbers."""
    path = save_commands(
        tmp_path / "x.jsonl",
        Command(("ip", "netns", "add", "red")),
        Command(("true",), "red"),
        Command(("ip", "netns", "exec", "red", "true")),
        Command(("env", f"X={ESCAPES}", "sh", "-c", "echo started >&2")),
    )

    lines = run_ipwrap("replay", *arguments, str(path)).stderr.splitlines()

    assert "ipwrap: runs besides ip, bridge and tc: true (2), env (1)" == lines[0]


def test_a_replay_of_iproute2_alone_names_no_programs(tmp_path: Path) -> None:
    """A recording of ip, bridge and tc has nothing to name."""
    path = save_commands(tmp_path / "x.jsonl", Command(("ip", "netns", "add", "red")))

    assert "besides" not in run_ipwrap("replay", str(path)).stderr


def test_a_script_to_be_run_is_named(tmp_path: Path) -> None:
    """With `--script` it is the script that runs."""
    path = save_commands(tmp_path / "x.jsonl", Command(("true",)))
    script = tmp_path / "x.sh"
    script.write_text("true\n")

    result = run_ipwrap("replay", "--script", str(script), str(path))

    assert f"ipwrap: runs sh {script}" == result.stderr.splitlines()[0]


def test_a_replay_on_this_host_needs_a_confirmation(session: Session, tmp_path: Path) -> None:
    """Without a terminal and without `--yes`, `replay --host` refuses and runs nothing."""
    path = save_commands(tmp_path / "x.jsonl", Command(("ip", "netns", "add", "red")))
    argv = (sys.executable, "-m", "ipwrap", "replay", "--host", str(path))

    result = session.exec(*argv, check=False)

    assert 2 == result.status
    assert "add --yes if you trust the recording" in result.stderr
    assert [] == session.ip.netns.list()


@pytest.mark.parametrize(("answer", "status", "names"), [("n\n", 1, []), ("y\n", 0, ["red"])])
def test_a_replay_on_this_host_asks_on_a_terminal(
    answer: str, status: int, names: list[str], session: Session, tmp_path: Path
) -> None:
    """On a terminal it asks, and runs the recording only after a yes."""
    path = save_commands(tmp_path / "x.jsonl", Command(("ip", "netns", "add", "red")))
    argv = ("sys.executable", "-m", "ipwrap", "replay", "--host", str(path))
    program = (
        "import os, pty, sys\n"
        f"os.environ['COLUMNS'] = '500'\n"
        f"argv = (sys.executable, *{argv[1:]!r})\n"
        "child, terminal = pty.fork()\n"
        "if child == 0: os.execv(argv[0], argv)\n"
        f"os.write(terminal, {answer.encode()!r})\n"
        "try:\n"
        "    while piece := os.read(terminal, 4096): os.write(1, piece)\n"
        "except OSError: pass\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )

    result = session.exec(sys.executable, "-c", program, check=False)

    assert status == result.status
    assert f"run {path} on this host, with real effect?" in result.stdout
    assert names == [netns.name for netns in session.ip.netns.list()]


def test_differences_of_a_replay_are_printable_lines(tmp_path: Path) -> None:
    """No escape of a recording reaches the terminal, and each difference is one line."""
    state: State = {"": {"link": [{"ifname": f"a{ESCAPES}\nb"}]}}
    path = save_commands(
        tmp_path / "x.jsonl", Command(("sh", "-c", f"printf '{ESCAPES}' >&2; exit 3")), end=state
    )

    result = run_ipwrap("-v", "replay", "--check", str(path))

    shown = f"{result.stdout}{result.stderr}"
    assert 1 == result.exit_code
    assert [] == [line for line in shown.split("\n") if not line.isprintable()]
    assert 2 == len(result.stdout.splitlines())


@pytest.mark.parametrize(
    "line",
    [
        {"event": ESCAPES},
        {"event": "note", "text": {ESCAPES: 1}},
        {"event": "command", "n": 1, "argv": ["ip"], "netns": f"/{ESCAPES}", "changes": True},
        {"event": "snapshot", "state": {ESCAPES: {"link": [{}]}}},
    ],
)
def test_errors_about_a_recording_are_printable(line: Any, tmp_path: Path) -> None:
    """A message that quotes the file is escaped."""
    path = save_commands(tmp_path / "x.jsonl")
    path.write_text(f"{path.read_text()}{json.dumps(line)}\n", encoding="utf-8")

    result = run_ipwrap("replay", str(path))

    assert 1 == result.exit_code
    assert result.stderr.rstrip("\n").isprintable()


def test_a_forged_script_in_python_does_not_run_in_this_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Even if text of a recording became code, it would run in the sandbox and not here."""
    marker = tmp_path / "pid"
    code = f"import os\n\ndef main(session):\n    open({str(marker)!r}, 'w').write(NAMESPACE)\n"
    code = code.replace("NAMESPACE", "f'{os.getppid()} {os.readlink(\"/proc/self/ns/net\")}'")
    monkeypatch.setattr("ipwrap.export.python.exporter.python.iter_text", lambda *_: iter([code]))

    path = save_commands(tmp_path / "x.jsonl")
    result = run_ipwrap("replay", "--via", "python", str(path))

    _, namespace = marker.read_text().split()
    assert 0 == result.exit_code
    assert os.readlink("/proc/self/ns/net") != namespace


def test_replayed_programs_do_not_see_tokens(tmp_path: Path) -> None:
    """A program that a recording runs sees no variable but the public ones."""
    path = tmp_path / "x.jsonl"
    with Session(sandbox=True, record=path) as session:
        session.exec("sh", "-c", 'test -z "$MY_TOKEN"')
        session.ip.netns.add("red")
        session.netns("red").exec("sh", "-c", 'test -z "$MY_TOKEN" && test -n "$PATH"')

    replayed = ipwrap("replay", "--check", str(path), env={"MY_TOKEN": "sesame"})

    assert (0, "") == (replayed.returncode, replayed.stdout)


def test_replay_says_what_a_sandbox_does_not_hold() -> None:
    """The help says in one line that files are shared, and that a sandbox is no jail."""
    for command in ("replay", "sandbox"):
        text = " ".join(run_ipwrap(command, "--help").stdout.split())

        assert "Files are shared: a sandbox keeps networks apart, and is no jail" in text


def test_replay_names_the_need_for_privileges(tmp_path: Path) -> None:
    """A recording of a privileged sandbox is replayed with a hint, or with `--privileged`."""
    path = tmp_path / "x.jsonl"
    if os.geteuid() != 0:
        pytest.skip("only root has privileged sandboxes")
    read = ("readlink", "/proc/self/ns/uts")
    with Session(Sandbox(privileged=True), record=path) as session:
        session.exec("test", session.exec(*read).stdout.strip(), "=", os.readlink(read[1]))

    hinted = ipwrap("replay", str(path))
    privileged = ipwrap("replay", "--privileged", "--check", str(path))

    assert "recorded in a privileged sandbox" in hinted.stderr
    assert "ipwrap replay --privileged" in hinted.stderr
    assert (0, "") == (privileged.returncode, privileged.stdout)
    assert "recorded in a privileged sandbox" not in privileged.stderr


def test_privileged_needs_a_sandbox(tmp_path: Path) -> None:
    """`--host --privileged` is a usage error."""
    result = run_ipwrap("run", "--host", "--privileged", write_lab_script(tmp_path / "x.py", BUILD))

    assert 2 == result.exit_code
    assert "--privileged is for a sandbox" in result.stderr


def test_privileged_sandbox_on_the_command_line() -> None:
    """`ipwrap sandbox --privileged` keeps the user namespace of root."""
    if os.geteuid() != 0:
        pytest.skip("only root has privileged sandboxes")

    inside = ipwrap("sandbox", "--privileged", "readlink", "/proc/self/ns/user")

    assert f"{os.readlink('/proc/self/ns/user')}\n" == inside.stdout


def test_frames_of_the_program_are_left_out() -> None:
    """The program `ipwrap` itself is no frame of the user's."""
    code = compile("1 / 0", "/usr/local/bin/ipwrap", "exec")

    with pytest.raises(ZeroDivisionError) as caught:
        exec(code)

    assert "bin/ipwrap" not in user_traceback(caught.value)
