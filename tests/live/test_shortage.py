"""Few descriptors, or no /proc: a session works, or raises a documented error."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.labs import open_sandbox
from tests.waiting import LIMIT

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[2]
RECORDING = "recordings/pods.jsonl"

LAB = """
import resource, sys
from ipwrap import Batch, ExecutorError, PlaceError, Process, RecordingError, Session
from ipwrap.kinds import Veth

_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
for limit in map(int, sys.argv[2].split()):
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    executor = Batch() if sys.argv[1] == "batch" else Process()
    try:
        with Session(sandbox=True, executor=executor, record=sys.argv[3]) as session:
            for number in range(4):
                name = f"n{number}"
                session.ip.netns.add(name)
                session.ip.link.add(f"v{number}", Veth(peer="e0", peer_netns=name))
                assert "e0" in {link.ifname for link in session.netns(name).ip.link.show()}
            with session.ip.monitor("link"):
                session.exec("true")
            with session.batch():
                session.ip.link.set("v1", up=True)
        print(limit, "works")
    except (ExecutorError, PlaceError, RecordingError) as error:
        print(limit, "Too many open files" in str(error) or error)
"""


def run_lab(executor: str, limits: str, folder: Path) -> dict[str, str]:
    """Run sessions with limits of open files, and return what came of each."""
    completed = subprocess.run(
        (sys.executable, "-W", "ignore", "-c", LAB, executor, limits, str(folder / "lab.jsonl")),
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert "" == completed.stderr

    rows = (line.partition(" ") for line in completed.stdout.splitlines())
    return {limit: outcome for limit, _, outcome in rows}


@pytest.mark.parametrize("executor", ["batch", "process"])
def test_few_descriptors_are_enough_or_a_documented_error(executor: str, tmp_path: Path) -> None:
    """Workers make room for each other; below some limit a session tells the limit."""
    with open_sandbox():  # skips the test where none can be made
        pass
    outcomes = run_lab(executor, "40 28 24 18 16 14 13 12 11 10 9 8 7 6", tmp_path)

    assert {"True", "works"} == set(outcomes.values())
    assert "works" == outcomes["28"]
    assert "True" == outcomes["6"]


@pytest.mark.parametrize("limit", [64, 20, 12, 8])
@pytest.mark.parametrize(
    "arguments",
    [
        f"export {RECORDING}",
        f"show {RECORDING}",
        f"replay --check {RECORDING}",
        "sandbox -- true",
        "doctor",
        "parse link",
        "run scripts/veth.py",
        "record --sandbox -o /dev/null -- true",
    ],
)
def test_the_command_line_has_no_traceback(arguments: str, limit: int) -> None:
    """Every command either works or ends with 1 and a message."""
    completed = subprocess.run(
        ("sh", "-c", f'ulimit -S -n {limit}; exec "$0" -m ipwrap {arguments}', sys.executable),
        input="[]",
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )

    assert "Traceback" not in completed.stderr
    assert completed.returncode in (0, 1)


# Every step is the first of its kind: what it needs is imported while no descriptor is free.
WITHOUT_DESCRIPTORS = """
import os, resource, sys
from ipwrap import Batch, IpwrapError, Local, Process, Session

soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
executor = Batch() if sys.argv[1] == "batch" else Process()
session, host, sandbox = Session(sandbox=True, executor=executor), Session(), Session(sandbox=True)
session.open()

steps = {
    "open": host.open,
    "sandbox": sandbox.open,
    "read": lambda: session.ip.link.show("lo"),
    "change": lambda: session.ip.netns.add("red"),
    "bridge": lambda: session.bridge.fdb.show(),
    "tc": lambda: session.tc.qdisc.show(),
    "program": lambda: session.exec("true"),
    "state": session.state,
    "monitor": lambda: session.ip.monitor("link").close(),
    "save": lambda: session.recording.save(sys.argv[2]),
    "export": session.export,
}

def fill(free):
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
    files = []
    while True:
        try:
            files.append(os.open("/dev/null", os.O_RDONLY))
        except OSError:
            break
    for _ in range(free):
        os.close(files.pop())
    return files

for name, step in steps.items():
    files = fill(int(sys.argv[3]))
    try:
        step()
        outcome = "works"
    except IpwrapError as error:
        outcome = "ulimit -n" in str(error) or error
    except OSError as error:
        outcome = repr(error)
    for file in files:
        os.close(file)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    print(name, outcome)
for opened in (session, host, sandbox):
    opened.close()
"""


@pytest.mark.parametrize("free", ["0", "1"])
@pytest.mark.parametrize("executor", ["batch", "process"])
def test_first_use_without_free_descriptors(executor: str, free: str, tmp_path: Path) -> None:
    """Whatever is done first, the error says what to do: that of an import, too."""
    with open_sandbox():  # skips the test where none can be made
        pass
    completed = subprocess.run(
        (
            *(sys.executable, "-W", "ignore", "-c", WITHOUT_DESCRIPTORS),
            *(executor, str(tmp_path / "x.jsonl"), free),
        ),
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(tmp_path)},
    )
    rows = [line.partition(" ") for line in completed.stdout.splitlines()]

    assert "" == completed.stderr
    assert 11 == len(rows)
    assert [] == [(name, outcome) for name, _, outcome in rows if outcome not in ("works", "True")]
    assert {"True"} == {outcome for name, _, outcome in rows if name in ("sandbox", "program")}


WITHOUT_PROC = """
from ipwrap import PlaceError, Process, Session

for options in ({}, {"executor": Process()}):
    with Session(**options) as session:
        session.exec("true")
        session.ip.link.set("lo", up=True)
        print("UP" in session.ip.link.show()[0].flags)
    try:
        with Session(sandbox=True, **options):
            print("open")
    except PlaceError as error:
        print(error)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can unmount /proc")
def test_without_proc_a_host_works_and_a_sandbox_is_refused(tmp_path: Path) -> None:
    """The error of the sandbox tells that /proc is missing, and how to mount it."""
    completed = subprocess.run(
        (
            *("unshare", "-n", "-m", "sh", "-c", 'umount -l /proc; exec "$0" -c "$1"'),
            *(sys.executable, WITHOUT_PROC),
        ),
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(tmp_path)},
    )
    refusal = (
        "a sandbox cannot be made: /proc is not mounted here; mount it: mount -t proc proc /proc"
    )

    assert "" == completed.stderr
    assert ["True", refusal, "True", refusal] == completed.stdout.splitlines()
