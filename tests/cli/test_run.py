"""`ipwrap run`, `ipwrap replay` and `ipwrap sandbox`."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ipwrap import PlaceError, Recording, Session
from ipwrap.cli.group import cli
from tests.labs import exported, pair, recorded

pytestmark = pytest.mark.live

BUILD = "def main(session):\n    session.ip.netns.add('red')\n"


@pytest.fixture(autouse=True)
def _the_process_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take back what `run` does to this process: a script has its own words and its own folder."""
    monkeypatch.setattr(sys, "argv", list(sys.argv))
    monkeypatch.setattr(sys, "path", list(sys.path))


@pytest.fixture(autouse=True, scope="module")
def _sandboxes_open_here() -> None:
    """Skip where there is no sandbox to be had."""
    try:
        with Session(sandbox=True):
            pass
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")


def run(*words: str) -> Result:
    """Run `ipwrap` in this process."""
    return CliRunner().invoke(cli, words)


def ipwrap(
    *words: str, stdin: str = "", env: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run `ipwrap` in a process of its own."""
    argv = (sys.executable, "-m", "ipwrap", *words)
    return subprocess.run(
        argv,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(env or {})},
    )


def script(path: Path, text: str) -> str:
    """Write a script, and return its path."""
    path.write_text(text)
    return str(path)


def test_a_script_is_run_in_a_sandbox(tmp_path: Path) -> None:
    """`ipwrap run lab.py` calls main(session), in a place of its own."""
    lab = script(
        tmp_path / "lab.py", BUILD + "    print([each.name for each in session.ip.netns.list()])\n"
    )

    result = run("run", lab)

    assert (0, "['red']\n", "") == (result.exit_code, result.stdout, result.stderr)
    assert not Path("/run/netns/red").exists()


def test_a_run_is_recorded(tmp_path: Path) -> None:
    """`--record FILE` writes the recording there."""
    lab, record = script(tmp_path / "lab.py", BUILD), tmp_path / "x.jsonl"

    result = run("run", "--record", str(record), lab)

    assert 0 == result.exit_code
    assert ["ip netns add red"] == [each.line for each in Recording.load(record).results]
    assert "sandbox" == Recording.load(record).header.place


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
def test_the_scripts_own_words(signature: str, expected: str, tmp_path: Path) -> None:
    """ARGS are main's second parameter, if it has one, and sys.argv in any case."""
    text = f"import sys\ndef {signature}:\n    print(locals().get('argv', 'none'), sys.argv[1:])\n"

    result = run("run", script(tmp_path / "lab.py", text), "--pods", "3", "x")

    assert (0, f"{expected} ['--pods', '3', 'x']\n") == (result.exit_code, result.stdout)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--record", "{record}", "--pods", "3"], ["--pods", "3"]),
        (["--sandbox", "--record", "{record}"], []),
        (["--record", "{record}", "--", "--host"], ["--host"]),
        (["--record", "{record}", "x", "--record", "y"], ["x", "--record", "y"]),
        (["--record", "{record}", "-h"], ["-h"]),
    ],
)
def test_ipwraps_own_options_may_stand_behind_the_script(
    words: list[str], expected: list[str], tmp_path: Path
) -> None:
    """Up to `--`, or to the first word that is none of them; what follows is the script's."""
    lab, record = (
        script(tmp_path / "lab.py", "def main(session, argv): print(argv)"),
        tmp_path / "x.jsonl",
    )

    result = run("run", lab, *(word.format(record=record) for word in words))

    assert (0, f"{expected}\n") == (result.exit_code, result.stdout)
    assert record.exists()


def test_record_needs_a_file(tmp_path: Path) -> None:
    """Behind the script's name too."""
    result = run("run", script(tmp_path / "lab.py", BUILD), "--record")

    assert (2, "") == (result.exit_code, result.stdout)
    assert "--record needs a file" in result.stderr


@pytest.mark.parametrize("text", ["", "main = 7\n", "def mian(session): pass\n"])
def test_a_script_without_main_is_wrong_use(text: str, tmp_path: Path) -> None:
    """The message names the script and what it lacks."""
    lab = script(tmp_path / "lab.py", text)

    result = run("run", lab)

    assert (2, "") == (result.exit_code, result.stdout)
    assert f"{lab} has no function main(session)" in result.stderr


def test_a_script_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    """It is said before anything is opened."""
    assert 2 == run("run", str(tmp_path / "none.py")).exit_code


def test_a_script_that_fails_ends_with_1(tmp_path: Path) -> None:
    """Its own error is shown as Python shows it, and is the recording's last word."""
    lab, record = script(tmp_path / "lab.py", BUILD + "    1 / 0\n"), tmp_path / "x.jsonl"

    done = ipwrap("run", "--record", str(record), lab)

    end = Recording.load(record).end
    assert (1, "") == (done.returncode, done.stdout)
    assert "ZeroDivisionError: division by zero" == done.stderr.splitlines()[-1]
    assert end is not None
    assert "ZeroDivisionError: division by zero" == end.error


def test_a_command_that_fails_is_a_report(tmp_path: Path) -> None:
    """What the kernel refused is told with the line of the script that asked, and without a traceback."""
    lab = script(tmp_path / "lab.py", BUILD + "    session.ip.netns.add('red')\n")

    done = ipwrap("run", lab)

    assert (1, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith("ipwrap: ")
    assert "lab.py:3" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_script_may_choose_its_exit_code(tmp_path: Path) -> None:
    """`sys.exit(3)` in a script ends ipwrap with 3."""
    assert (
        3
        == run(
            "run", script(tmp_path / "lab.py", "import sys\ndef main(session): sys.exit(3)\n")
        ).exit_code
    )


def test_a_script_imports_its_neighbours(tmp_path: Path) -> None:
    """What lies beside a script can be imported, as when Python runs it."""
    script(tmp_path / "neighbour_of_lab.py", "WORD = 'hello'\n")
    lab = script(
        tmp_path / "lab.py", "from neighbour_of_lab import WORD\ndef main(session): print(WORD)\n"
    )

    assert "hello\n" == run("run", lab).stdout


def test_a_script_is_not_run_as_main(tmp_path: Path) -> None:
    """What stands under `if __name__ == "__main__"` is for Python alone."""
    lab = script(
        tmp_path / "lab.py", "def main(session): print(1)\nif __name__ == '__main__': print(2)\n"
    )

    assert "1\n" == run("run", lab).stdout


def ipwrap_inside(session: Session, *words: str) -> None:
    """Run `ipwrap` in a session's place, which it takes for this host."""
    subprocess.run(session.place.wrap((sys.executable, "-m", "ipwrap", *words)), check=True)


@pytest.mark.parametrize("behind", [False, True])
def test_on_this_host_for_real(behind: bool, session: Session, tmp_path: Path) -> None:
    """`--host` builds where ipwrap itself runs, before or behind the script's name."""
    lab = script(tmp_path / "lab.py", BUILD)

    ipwrap_inside(session, "run", *((lab, "--host") if behind else ("--host", lab)))

    assert ["red"] == [each.name for each in session.ip.netns.list()]


def test_a_replay_on_this_host_for_real(session: Session, tmp_path: Path) -> None:
    """`replay --host` builds where ipwrap itself runs what was built in a sandbox."""
    recorded(lambda session: session.ip.netns.add("red"), tmp_path / "x.jsonl")

    ipwrap_inside(session, "replay", "--host", "--check", str(tmp_path / "x.jsonl"))

    assert ["red"] == [each.name for each in session.ip.netns.list()]


def test_a_run_leaves_this_host_alone_unless_told(session: Session, tmp_path: Path) -> None:
    """Without `--host` nothing is built where ipwrap itself runs."""
    ipwrap_inside(session, "run", script(tmp_path / "lab.py", BUILD))

    assert [] == session.ip.netns.list()


def test_an_equal_replay_says_nothing_on_stdout(tmp_path: Path) -> None:
    """What was compared is told on stderr; the exit code is 0."""
    recorded(pair, tmp_path / "x.jsonl")

    result = run("replay", "--check", str(tmp_path / "x.jsonl"))

    assert (0, "") == (result.exit_code, result.stdout)
    assert ["no difference"] == result.stderr.splitlines()[1:]


def changed_by_hand(path: Path) -> None:
    """Give the recorded br0 another mtu at the end."""
    lines = path.read_text().splitlines()
    end = json.loads(lines[-1])
    next(link for link in end["state"][""]["link"] if link["ifname"] == "br0")["mtu"] = 9
    path.write_text("\n".join([*lines[:-1], json.dumps(end)]) + "\n")


def test_a_replay_that_differs_ends_with_1(tmp_path: Path) -> None:
    """Each difference is a line on stdout."""
    path = tmp_path / "x.jsonl"
    recorded(pair, path)
    changed_by_hand(path)

    result = run("replay", "--check", str(path))

    assert (1, "~ (first)  link br0: mtu 9 -> 1500\n") == (result.exit_code, result.stdout)
    assert "ipwrap: 1 differ\n" == result.stderr


@pytest.mark.parametrize("differs", [False, True])
def test_a_replay_says_which_releases_met(differs: bool, tmp_path: Path) -> None:
    """A line on stderr names them, whether anything differs or not."""
    path = tmp_path / "x.jsonl"
    recorded(pair, path)
    if differs:
        changed_by_hand(path)
    header, _, rest = path.read_text().partition("\n")
    path.write_text(f"{json.dumps(json.loads(header) | {'iproute2': 'ss191125'})}\n{rest}")

    lines = run("replay", "--check", str(path)).stderr.splitlines()

    assert 1 == len(
        [line for line in lines if line.startswith("recorded with iproute2 ss191125 on Linux ")]
    )
    assert ("ipwrap: 1 differ" if differs else "no difference") == lines[-1]


def test_without_check_only_statuses_are_compared(tmp_path: Path) -> None:
    """A replay without --check runs the commands, and minds how each ends."""
    path = tmp_path / "x.jsonl"
    recorded(pair, path)
    changed_by_hand(path)

    assert 0 == run("replay", str(path)).exit_code


def test_a_replay_is_recorded(tmp_path: Path) -> None:
    """`--record` writes the replay as a recording of its own."""
    recorded(pair, tmp_path / "x.jsonl")

    run("replay", "--record", str(tmp_path / "y.jsonl"), str(tmp_path / "x.jsonl"))

    assert [each.line for each in Recording.load(tmp_path / "x.jsonl").results] == [
        each.line for each in Recording.load(tmp_path / "y.jsonl").results
    ]


def test_a_script_is_compared_with_its_recording(tmp_path: Path) -> None:
    """`replay --script x.sh x.jsonl` runs the script, and compares what it builds."""
    recording = recorded(pair, tmp_path / "x.jsonl")
    sh = exported(recording, tmp_path / "x.sh")

    same = run("replay", "--script", str(sh), str(tmp_path / "x.jsonl"))
    sh.write_text("exit 0\n")
    other = run("replay", "--script", str(sh), str(tmp_path / "x.jsonl"))

    assert (0, "", 1) == (same.exit_code, same.stdout, other.exit_code)
    assert "- (first)  link br0" in other.stdout.splitlines()


def test_a_torn_recording_is_replayed_and_said(tmp_path: Path) -> None:
    """A crash that cut the last line is told on stderr; the rest is replayed."""
    path = tmp_path / "x.jsonl"
    recorded(pair, path)
    path.write_bytes(path.read_bytes()[:-9])

    result = run("replay", "--check", str(path))

    assert (0, "") == (result.exit_code, result.stdout)
    assert "the last line is torn" in result.stderr.splitlines()[0]


@pytest.mark.parametrize("status", [0, 1, 7, 255])
def test_a_sandboxes_exit_status_is_the_commands(status: int) -> None:
    """`ipwrap sandbox COMMAND` ends as the command does."""
    assert status == ipwrap("sandbox", "sh", "-c", f"exit {status}").returncode


def test_a_command_that_a_signal_ended() -> None:
    """The status is 128 and the signal's number, as in a shell."""
    assert 128 + signal.SIGTERM == ipwrap("sandbox", "sh", "-c", "kill -TERM $$").returncode


def test_ctrl_c_means_what_it_did_when_a_sandbox_has_ended() -> None:
    """In a process that goes on, the interrupt's handler is the one that was there."""
    before = signal.getsignal(signal.SIGINT)

    result = run("sandbox", "true")

    assert (0, before) == (result.exit_code, signal.getsignal(signal.SIGINT))


def test_a_program_that_is_not_there() -> None:
    """The status is 127, as in a shell."""
    assert 127 == ipwrap("sandbox", "no-such-program-anywhere").returncode


@pytest.mark.parametrize(
    "words", [("-h",), ("--help",), ("-x", "--", "y"), ("--host",), ("",), ("a b",)]
)
def test_the_commands_own_options_are_the_commands(words: tuple[str, ...]) -> None:
    """What stands behind the command is its own: `ipwrap sandbox ip -h` asks ip for help."""
    done = ipwrap("sandbox", "sh", "-c", 'printf "<%s>" "$@"', "sh", *words)

    assert (0, "".join(f"<{word}>" for word in words)) == (done.returncode, done.stdout)


def test_a_sandbox_is_empty() -> None:
    """Only lo is there, and it is up."""
    done = ipwrap("sandbox", "--", "ip", "-j", "link")

    assert [("lo", True)] == [
        (link["ifname"], "UP" in link["flags"]) for link in json.loads(done.stdout)
    ]


def test_without_a_command_there_is_a_shell() -> None:
    """The user's own, which reads stdin."""
    done = ipwrap(
        "sandbox",
        stdin="ip link add br0 type bridge && ls /sys/class/net; exit 4\n",
        env={"SHELL": "/bin/sh"},
    )

    assert (4, "br0\nlo\n") == (done.returncode, done.stdout)


def test_without_a_shell_of_ones_own_there_is_sh() -> None:
    """Where SHELL is not set, /bin/sh."""
    argv = ("env", "-u", "SHELL", sys.executable, "-m", "ipwrap", "sandbox")
    done = subprocess.run(
        argv, input="readlink /proc/$$/exe\n", capture_output=True, text=True, check=False
    )

    assert (0, f"{Path('/bin/sh').resolve()}\n") == (done.returncode, done.stdout)


def test_a_sandbox_runs_where_one_is(tmp_path: Path) -> None:
    """The command's directory is the caller's."""
    argv = (sys.executable, "-m", "ipwrap", "sandbox", "pwd")

    assert (
        f"{tmp_path}\n"
        == subprocess.run(argv, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    )


def test_ctrl_c_is_for_what_runs_inside() -> None:
    """An interrupt is the command's to take: the sandbox is there until the command ends, and the status is its."""
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


def test_a_command_that_ctrl_c_ended() -> None:
    """The status is 128 and the signal's number, as in a shell."""
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
def test_a_replay_goes_by_what_it_is_exported_as(via: str, tmp_path: Path) -> None:
    """`--via`: run by its own tool, and compared with the state that was recorded."""
    file = tmp_path / "x.jsonl"
    recorded(pair, file)

    result = CliRunner().invoke(cli, ["replay", "--check", "--via", via, str(file)])

    assert (0, "") == (result.exit_code, result.stdout)
    assert "the end state" in result.stderr


def test_a_run_keeps_what_a_person_would_see(tmp_path: Path) -> None:
    """`--transcript`."""
    script, file = tmp_path / "lab.py", tmp_path / "x.jsonl"
    script.write_text("def main(session):\n    session.ip.link.show('lo')\n")

    assert (
        0
        == CliRunner()
        .invoke(cli, ["run", "--transcript", "--record", str(file), str(script)])
        .exit_code
    )
    assert ["1: lo:"] == [str(result.text)[:6] for result in Recording.load(file).results]
