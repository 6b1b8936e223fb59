"""A session that is killed: its recording holds all that ran, and nothing of it is left on this machine.

The moments are random. The seed is printed with a failure; IPWRAP_CRASH_SEED=SEED repeats it.
"""

import os
import random
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from ipwrap import PlaceError, Recording, Session
from ipwrap.export import shell
from tests.waiting import until

pytestmark = pytest.mark.live

CRASHES = 20
LAB = """
import sys
from ipwrap import Session
from ipwrap.kinds import Bridge, Veth

record, witness = sys.argv[1:]
with Session(sandbox=True, record=record) as session:
    print(session.exec("readlink", "/proc/self/ns/net", changes=False).stdout, flush=True)
    session.ip.link.add("br0", Bridge(), up=True)
    n = 0
    while True:
        n += 1
        session.note(f"pod {n}")
        session.ip.netns.add(f"pod{n}")
        session.ip.link.add(f"veth{n}", Veth(peer="eth0", peer_netns=f"pod{n}"), master="br0", up=True)
        session.exec("sh", "-c", 'echo "$1" >> "$2"', "sh", f"one {n}", witness)
        with session.batch():
            session.netns(f"pod{n}").ip.address.add(f"10.{n % 256}.0.1/24", dev="eth0")
            session.netns(f"pod{n}").ip.link.set("eth0", up=True)
            session.netns(f"pod{n}").exec("sh", "-c", 'echo "$1" >> "$2"', "sh", f"two {n}", witness)
        session.netns(f"pod{n}").ip.route.show()
"""


@pytest.fixture(autouse=True)
def _a_sandbox_opens_here() -> None:
    """Skip where there is none to be had."""
    try:
        with Session(sandbox=True):
            pass
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")


def bearing(mark: str) -> list[int]:
    """Return the processes that have inherited a mark in their environment, wherever they run."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue  # it ended meanwhile, or is another's
    return found


def inhabitants(netns: str) -> set[tuple[str, str]]:
    """Return the processes that are in a network namespace, each with the time when it started."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str((process / "ns/net").readlink()) == netns:
                found.add(
                    (process.name, (process / "stat").read_text().rpartition(")")[2].split()[19])
                )
        except OSError:
            continue
    return found


def links() -> list[str]:
    """Return this host's links, by name."""
    lines = subprocess.run(
        ("ip", "-o", "link", "show"), capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return sorted(line.split(":")[1].strip() for line in lines)


def crash(folder: Path, after: float) -> tuple[str, str, set[tuple[str, str]]]:
    """Run the lab in a process of its own and kill it at a moment.

    Returns its mark, its network namespace, and who was in it just before.
    """
    mark = f"IPWRAP_TEST_MARK={uuid.uuid4()}"
    name, _, value = mark.partition("=")
    process = subprocess.Popen(
        (sys.executable, "-c", LAB, str(folder / "x.jsonl"), str(folder / "witness")),
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, name: value},
    )
    with process:
        assert process.stdout is not None
        inside = process.stdout.readline().strip()
        time.sleep(after)
        those = inhabitants(inside)
        process.kill()
        assert -signal.SIGKILL == process.wait()
    return mark, inside, those


def gone(mark: str) -> bool:
    """Tell whether the processes that bear a mark are gone; the kernel ends them in its own time."""
    return until(lambda: not bearing(mark))


@pytest.mark.parametrize("number", range(CRASHES))
def test_a_crash_loses_nothing_and_leaves_nothing(number: int, tmp_path: Path) -> None:
    """The recording loads and has every command that ran; no process, no namespace, no link is left."""
    seed = os.environ.get("IPWRAP_CRASH_SEED", str(random.randrange(2**32)))
    after = random.Random(f"{seed} {number}").uniform(0, 0.5)
    sys.stderr.write(f"IPWRAP_CRASH_SEED={seed}: killed {after:.4f} s after the sandbox was open\n")
    before = links()

    mark, inside, those = crash(tmp_path, after)

    assert those
    assert gone(mark)
    assert set() == those & inhabitants(
        inside
    )  # the kernel may have given the number to another namespace by now
    assert inside not in Path("/proc/self/mountinfo").read_text()
    assert before == links()

    recording = Recording.load(tmp_path / "x.jsonl")
    asked = {each.command.argv[-2] for each in recording.commands if each.command.argv[0] == "sh"}
    ran = (
        set((tmp_path / "witness").read_text().splitlines())
        if (tmp_path / "witness").exists()
        else set()
    )
    assert set() == ran - asked
    assert recording.end is None

    checked = subprocess.run(
        ("sh", "-n"), input=shell(recording), capture_output=True, text=True, check=False
    )
    assert (0, "") == (checked.returncode, checked.stderr)


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    """Wherever the last line is cut, what stands before it is read, and it is said that something is missing."""
    crash(tmp_path, 0.2)
    lines = (tmp_path / "x.jsonl").read_bytes().splitlines(keepends=True)
    torn = tmp_path / "torn.jsonl"

    for cut in range(1, len(lines[-2]) - 1, 7):
        torn.write_bytes(b"".join(lines[:-2]) + lines[-2][:cut])
        recording = Recording.load(torn)

        assert recording.truncated_line is not None
        assert len(lines) - 3 == len(recording.events)
