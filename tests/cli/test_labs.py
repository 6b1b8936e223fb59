"""`ipwrap run --keep` and `--shell`, and `ipwrap list`, `enter` and `stop`."""

import ast
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipwrap import PlaceError, Recording, Session
from ipwrap.cli.lab_script import LabScript
from ipwrap.recording import End
from tests.cli.running import run_ipwrap
from tests.processes import alive
from tests.terminals import run_on_terminal
from tests.waiting import until

pytestmark = pytest.mark.live

LAB = """
from ipwrap.kinds import Veth

def main(session):
    session.ip.netns.add("red")
    session.ip.netns.add("blue")
    session.ip.link.add("eth0", Veth(peer="eth0", peer_netns="blue"), netns="red")
    session.netns("red").spawn("sleep", "1000")
"""
OWN_SESSIONS = """
from ipwrap import Session

with Session() as session:
    session.ip.netns.add("red")
    session.netns("red").spawn("sleep", "1000")
with Session() as session:
    session.ip.netns.add("blue")
"""
SLOW = """
import time

def main(session):
    session.ip.netns.add("red")
    print("waits", flush=True)
    time.sleep(1000)
"""


TALKING = """
import threading, time

def talk():
    while True:
        print("from the background", flush=True)
        time.sleep(0.1)

def main(session):
    session.ip.netns.add("red")
    threading.Thread(target=talk, daemon=True).start()
"""


@pytest.fixture(autouse=True, scope="module")
def _require_sandbox() -> None:
    """Skip the tests of this module if no sandbox opens."""
    try:
        with Session(sandbox=True):
            pass
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder; labs are those of this test, and are ended behind it."""
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    ipwrap("stop", "--all")


def ipwrap(*arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    """Run `ipwrap` in a separate process."""
    argv = (sys.executable, "-m", "ipwrap", *arguments)
    return subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False)


def keep(text: str = LAB, *options: str, name: str = "lab.py") -> str:
    """Run a lab with --keep, and return what it says."""
    Path(name).write_text(text)
    process = ipwrap("run", name, "--keep", *options)

    assert 0 == process.returncode, process.stderr
    return process.stderr


def listed() -> list[dict[str, object]]:
    """Return the running labs."""
    labs: list[dict[str, object]] = json.loads(ipwrap("list", "--format", "json").stdout)
    return labs


def test_kept_lab_is_listed_with_its_namespaces() -> None:
    """A kept lab runs when the command has ended, and `list` tells where and since when."""
    message = keep(LAB, "--record", "lab.jsonl")

    (lab,) = listed()
    assert "lab 'lab' stays up, with the namespaces blue, red" in message
    assert ("lab", "sandbox", "kept") == (lab["name"], lab["place"], lab["condition"])
    assert ["blue", "red"] == lab["namespaces"]
    assert str(Path("lab.jsonl").absolute()) == lab["recording"]
    assert alive(str(lab["pid"]))
    assert "blue, red" in ipwrap("list").stdout


def test_programs_run_in_a_kept_lab() -> None:
    """`enter` runs a command in the lab or in a namespace, and passes on its exit status."""
    keep()

    names = ipwrap("enter", "lab", "--", "ip", "netns", "list")
    links = ipwrap("enter", "lab", "red", "--", "ip", "-br", "link")
    status = ipwrap("enter", "--", "sh", "-c", "exit 7")

    assert {"blue", "red"} == {line.split()[0] for line in names.stdout.splitlines()}
    assert "eth0@" in links.stdout
    assert 7 == status.returncode


def test_shell_of_a_kept_lab_knows_where_it_is() -> None:
    """Without a command `enter` opens a shell, in the only lab's namespace by its name alone."""
    keep()

    shell = ipwrap("enter", "red", stdin='echo "$IPWRAP_PROMPT"; ip -br link\n')

    assert shell.stdout.startswith("(red) \n")
    assert "eth0@" in shell.stdout


def test_kept_lab_survives_its_terminal(folder: Path) -> None:
    """A kept lab lets go of the terminal, whose end does not end the lab."""
    Path("lab.py").write_text(LAB)
    line = f"{sys.executable} -m ipwrap run lab.py --keep\nexit\n"

    # Returns when no process holds the terminal any more.
    shown = run_on_terminal(
        ("bash", "--norc", "-i"), line.encode(), env=dict(os.environ), folder=folder
    )

    assert "lab 'lab' stays up" in shown
    assert ["kept"] == [lab["condition"] for lab in listed()]
    assert 0 == ipwrap("enter", "red", "--", "pgrep", "-x", "sleep").returncode


def test_output_of_a_kept_lab_is_shown_at_its_end() -> None:
    """What a thread of the script prints in the background comes with `stop`."""
    Path("lab.py").write_text(TALKING)
    assert 0 == ipwrap("run", "lab.py", "--keep").returncode
    log = Path("runtime/ipwrap/labs/lab.log")
    assert until(lambda: "from the background" in log.read_text())

    stopped = ipwrap("stop")

    assert "from the background" in stopped.stderr
    assert not log.exists()


def test_lab_ends_with_its_sandbox() -> None:
    """A kept lab whose sandbox was killed is not listed for long."""
    keep()
    (entry,) = Path("runtime/ipwrap/labs").glob("*.json")
    holder = json.loads(entry.read_bytes())["holder"]["pid"]

    os.kill(holder, signal.SIGKILL)

    assert until(lambda: not listed())


def test_stopped_lab_leaves_a_whole_recording_and_no_process() -> None:
    """`stop` ends the servers and the sandbox, and the recording has its end."""
    keep(LAB, "--record", "lab.jsonl")
    (lab,) = listed()

    stopped = ipwrap("stop")

    last_event = Recording.load("lab.jsonl").events[-1]
    assert 0 == stopped.returncode
    assert "lab 'lab' has ended; recorded in" in stopped.stderr
    assert isinstance(last_event, End)
    assert last_event.error is None
    assert not alive(str(lab["pid"]))
    assert [] == listed()
    assert 0 == ipwrap("replay", "--check", "lab.jsonl").returncode


def test_sessions_that_a_script_makes_stay_open() -> None:
    """A kept script's own sessions stay open, with their servers, behind their blocks."""
    keep(OWN_SESSIONS, "--record", "own.jsonl", name="own.py")

    sleeping = ipwrap("enter", "red", "--", "pgrep", "-x", "sleep")
    assert 0 == sleeping.returncode
    assert ["blue", "red"] == listed()[0]["namespaces"]
    assert 0 == ipwrap("stop", "own").returncode
    assert isinstance(Recording.load("own.jsonl").events[-1], End)


def test_labs_of_one_name_get_numbers() -> None:
    """A second lab of a script has a number, and several labs have to be named."""
    keep()
    keep()

    assert ["lab", "lab-2"] == [lab["name"] for lab in listed()]
    assert "several labs run: lab, lab-2" in ipwrap("enter", "--", "true").stderr
    assert "'red' is a namespace of lab and of lab-2; name the lab before it: lab red" in (
        ipwrap("enter", "red", "--", "true").stderr
    )
    assert "neither a lab nor a namespace of lab or lab-2; did you mean 'red'?" in (
        ipwrap("exec", "rde", "--", "true").stderr
    )
    assert 0 == ipwrap("stop", "--all").returncode
    assert [] == listed()


def test_a_namespace_names_the_only_lab_that_has_it() -> None:
    """With several labs, a namespace of one of them is enough."""
    keep()
    keep(LAB.replace("red", "green"), name="other.py")

    green = ipwrap("exec", "green", "--", "ip", "netns", "identify")
    assert (0, "green") == (green.returncode, green.stdout.strip()), green.stderr
    assert 0 == ipwrap("enter", "red", "--", "true").returncode
    assert 0 == ipwrap("stop", "--all").returncode


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("enter", "rde"), "neither a lab nor a namespace of lab; did you mean 'red'?"),
        (("enter", "lba", "red"), "no lab 'lba' runs; did you mean 'lab'?"),
        (("enter", "lab", "bleu"), "has no namespace 'bleu'; did you mean 'blue'?"),
        (("stop", "other"), "no lab 'other' runs; these run: lab"),
    ],
)
def test_wrong_names_get_a_suggestion(arguments: tuple[str, ...], message: str) -> None:
    """A mistyped lab or namespace is an error with the name that was probably meant."""
    keep()

    process = ipwrap(*arguments)

    assert 1 == process.returncode
    assert message in process.stderr


def test_without_a_lab_the_way_to_one_is_named() -> None:
    """`enter` and `stop` fail without a lab, and `list` says that none runs."""
    assert "no lab runs; `ipwrap run FILE --keep`" in ipwrap("enter").stderr
    assert 1 == ipwrap("stop").returncode
    assert 0 == ipwrap("list").returncode
    assert 2 == ipwrap("stop", "--all", "lab").returncode


def test_entry_of_a_killed_lab_is_removed() -> None:
    """A lab whose process was killed is not listed, and its sandbox is gone."""
    keep()
    (lab,) = listed()
    os.kill(int(str(lab["pid"])), signal.SIGKILL)
    assert until(lambda: not alive(str(lab["pid"])))

    assert [] == listed()
    assert [] == list(Path("runtime/ipwrap/labs").glob("*.json"))


def test_failed_script_keeps_nothing() -> None:
    """A script that fails ends as ever, with its exit status."""
    Path("lab.py").write_text("def main(session):\n    session.ip.netns.add('red')\n    1 / 0\n")

    process = ipwrap("run", "--keep", "lab.py")

    assert 1 == process.returncode
    assert "ZeroDivisionError" in process.stderr
    assert [] == listed()


def test_script_without_a_session_keeps_nothing() -> None:
    """A script that makes no session after all is refused."""
    Path("lab.py").write_text("from ipwrap import Session\n")

    process = ipwrap("run", "--keep", "lab.py")

    assert 1 == process.returncode
    assert "has made no session" in process.stderr


def test_shell_is_left_in_the_lab() -> None:
    """`--shell` opens a shell behind the script, and the lab ends with the shell."""
    Path("lab.py").write_text(LAB)

    shell = ipwrap("run", "lab.py", "--shell", stdin="ip netns list; exit 3\n")

    assert 0 == shell.returncode
    assert {"blue", "red"} == {line.split()[0] for line in shell.stdout.splitlines()}
    assert [] == listed()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_signal_ends_a_run_with_a_whole_recording(number: signal.Signals, status: int) -> None:
    """SIGTERM closes the session, as Ctrl-C does, and names the line that ran."""
    Path("lab.py").write_text(SLOW)
    argv = (sys.executable, "-m", "ipwrap", "run", "lab.py", "--record", "lab.jsonl")
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert "waits\n" == process.stdout.readline()
    assert ["running"] == [lab["condition"] for lab in listed()]

    process.send_signal(number)
    _, message = process.communicate()

    assert status == process.returncode
    assert "lab.py:7; the recording so far: lab.jsonl" in message
    assert isinstance(Recording.load("lab.jsonl").events[-1], End)


def test_signal_to_the_command_ends_a_lab_that_is_not_up_yet() -> None:
    """SIGTERM to `ipwrap run --keep` ends the script that it waits for."""
    Path("lab.py").write_text(SLOW)
    argv = (sys.executable, "-m", "ipwrap", "run", "lab.py", "--keep")
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    assert "waits\n" == process.stdout.readline()

    process.terminate()
    process.communicate()

    assert 143 == process.returncode
    assert [] == listed()


def test_shell_of_a_sandbox_is_listed() -> None:
    """A program of `ipwrap sandbox` runs in a lab of the list."""
    process = ipwrap("sandbox", sys.executable, "-m", "ipwrap", "list", "--format", "json")

    assert ["sandbox"] == [lab["name"] for lab in json.loads(process.stdout)]
    assert [] == listed()


@pytest.mark.skipif(os.geteuid() != 0, reason="namespaces of a host need root")
def test_lab_on_a_host_leaves_its_namespaces(folder: Path) -> None:
    """A kept lab on a host is entered without a sandbox, and `stop` says how to undo it."""
    Path("lab.py").write_text("def main(session):\n    session.ip.netns.add('red')\n")
    commands = f"""
        mount -t tmpfs none /run
        export XDG_RUNTIME_DIR={folder}/runtime
        ipwrap="{sys.executable} -m ipwrap"
        $ipwrap run lab.py --host --keep --record lab.jsonl
        $ipwrap enter red -- ip -br link
        $ipwrap stop
        ip netns list
    """

    process = subprocess.run(
        ("unshare", "--net", "--mount", "sh", "-ec", commands), capture_output=True, text=True
    )

    assert 0 == process.returncode, process.stderr
    assert process.stdout.startswith("lo ")
    assert process.stdout.endswith("red\n")
    assert f"its namespaces stay on this host: ipwrap undo {folder}/lab.jsonl" in process.stderr


@pytest.mark.parametrize(("path", "name"), [("a b$.py", "a-b-"), ("x/pods.py", "pods")])
def test_name_of_a_lab_is_one_word(path: str, name: str) -> None:
    """A lab is named as its script, with other characters replaced."""
    assert name == LabScript(path, ast.parse("")).lab_name


def test_list_runs_in_this_process() -> None:
    """`list` without labs prints nothing on stdout."""
    result = run_ipwrap("list")

    assert ("", 0) == (result.stdout, result.exit_code)
