"""A killed session leaves a complete recording, and no processes, namespaces or links.

The moments are random. A failure prints the seed; IPWRAP_CRASH_SEED=SEED repeats the moments.
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
from ipwrap.export.shell import shell
from tests.processes import pids_with_mark
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
        pair = Veth(peer="eth0", peer_netns=f"pod{n}")
        session.ip.link.add(f"veth{n}", pair, master="br0", up=True)
        session.exec("sh", "-c", 'echo "$1" >> "$2"', "sh", f"one {n}", witness)
        with session.batch():
            session.netns(f"pod{n}").ip.address.add(f"10.{n % 256}.0.1/24", dev="eth0")
            session.netns(f"pod{n}").ip.link.set("eth0", up=True)
            append = ("sh", "-c", 'echo "$1" >> "$2"', "sh", f"two {n}", witness)
            session.netns(f"pod{n}").exec(*append)
        session.netns(f"pod{n}").ip.route.show()
"""


@pytest.fixture(autouse=True)
def _skip_without_sandbox() -> None:
    """Skip the tests if no sandbox can be opened."""
    try:
        with Session(sandbox=True):
            pass
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")


def processes_in(netns: str) -> set[tuple[str, str]]:
    """Return the processes in a network namespace, each with the start time."""
    processes = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str((process / "ns/net").readlink()) == netns:
                processes.add(
                    (process.name, (process / "stat").read_text().rpartition(")")[2].split()[19])
                )
        except OSError:
            continue

    return processes


def link_names() -> list[str]:
    """Return the names of the host's links."""
    lines = subprocess.run(
        ("ip", "-o", "link", "show"),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return sorted(line.split(":")[1].strip() for line in lines)


def run_and_kill(folder: Path, after: float) -> tuple[str, str, set[tuple[str, str]]]:
    """Run the lab in a process, and kill the process after some seconds.

    Returns the mark, the network namespace, and the processes inside just before the kill.
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
        netns = process.stdout.readline().strip()
        time.sleep(after)
        processes = processes_in(netns)
        process.kill()

        assert -signal.SIGKILL == process.wait()

    return mark, netns, processes


def are_gone(mark: str) -> bool:
    """Return whether the marked processes end; the kernel may take a while."""
    return until(lambda: not pids_with_mark(mark))


@pytest.mark.parametrize("number", range(CRASHES))
def test_a_killed_session_leaves_only_a_complete_recording(number: int, tmp_path: Path) -> None:
    """The recording has every command that ran, and no process, namespace or link is left."""
    seed = os.environ.get("IPWRAP_CRASH_SEED", str(random.randrange(2**32)))
    after = random.Random(f"{seed} {number}").uniform(0, 0.5)
    sys.stderr.write(f"IPWRAP_CRASH_SEED={seed}: killed {after:.4f} s after the sandbox was open\n")
    before = link_names()

    mark, netns, processes = run_and_kill(tmp_path, after)

    assert processes
    assert are_gone(mark)
    assert set() == processes & processes_in(
        netns
    )  # the kernel may have given the number to another namespace by now
    assert netns not in Path("/proc/self/mountinfo").read_text()
    assert before == link_names()

    recording = Recording.load(tmp_path / "x.jsonl")
    recorded_markers = {
        event.command.argv[-2] for event in recording.commands if event.command.argv[0] == "sh"
    }
    written_markers = (
        set((tmp_path / "witness").read_text().splitlines())
        if (tmp_path / "witness").exists()
        else set()
    )

    assert set() == written_markers - recorded_markers
    assert recording.end is None

    process = subprocess.run(
        ("sh", "-n"),
        input=shell(recording),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "") == (process.returncode, process.stderr)


def test_a_truncated_last_line_is_left_out(tmp_path: Path) -> None:
    """A recording with a truncated last line loads the complete lines."""
    run_and_kill(tmp_path, 0.2)
    lines = (tmp_path / "x.jsonl").read_bytes().splitlines(keepends=True)
    truncated = tmp_path / "torn.jsonl"

    for length in range(1, len(lines[-2]) - 1, 7):
        truncated.write_bytes(b"".join(lines[:-2]) + lines[-2][:length])
        recording = Recording.load(truncated)

        assert recording.truncated_line is not None
        assert len(lines) - 3 == len(recording.events)
