"""The commands that read a recording need the same memory for a small and for a large one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ipwrap import Command, Recording, Result
from ipwrap.export import FORMATS
from ipwrap.recording import Header, Note, ResultEvent, Snapshot
from ipwrap.recording.events import CommandEvent
from tests.labs import open_sandbox

SMALL, LARGE = 3_000, 30_000
GROWTH = 10  # MiB; a list of the events of the large recording takes 30
STATE = {"": {"link": [{"ifindex": 1, "ifname": "lo", "flags": ["LOOPBACK"], "link_type": "x"}]}}

COMMANDS = [
    ("show",),
    # A transcript runs the commands again if their output as text is not recorded.
    *(("export", "--no-rerun", "--format", name) for name in FORMATS),
    ("undo", "--here", "--dry-run"),
]


def write_recording(path: Path, count: int) -> Path:
    """Write a recording of so many commands on the same few objects, as a poller makes it."""
    recording = Recording.start(Header(place="local", kernel="6.1", iproute2="6.1.0"), path)
    recording.append(Snapshot(STATE))

    for number in range(1, count + 1):
        command = command_of(number)
        result = Result(command, stdout="[]\n" if not command.changes else "")
        recording.append(CommandEvent(number, command, "lab.py:7"), at_once=False)
        recording.append(ResultEvent(number, result), at_once=number % 500 == 0)

        if number % 1000 == 0:
            recording.append(Note(f"after {number} commands"))

    recording.close()
    return path


def command_of(number: int) -> Command:
    """Return a change of `lo` or a read."""
    if number % 2:
        mtu = str(1500 + number % 7)
        return Command(("ip", "link", "set", "dev", "lo", "mtu", mtu))
    return Command(("ip", "-j", "-d", "link", "show", "dev", "lo"), changes=False)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A small and a large recording."""
    folder = tmp_path_factory.mktemp("memory")
    return (
        write_recording(folder / "small.jsonl", SMALL),
        write_recording(folder / "large.jsonl", LARGE),
    )


# A program begins with the peak memory of the process that starts it (see scripts/bench/launch.py):
# a small one starts it here, and not pytest.
STARTER = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""


def peak_mib(argv: tuple[str, ...]) -> float:
    """Run a program and return its peak memory."""
    starter = (sys.executable, "-I", "-c", STARTER, *argv)
    process = subprocess.run(
        ("env", "-i", f"PATH={os.environ['PATH']}", *starter),
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == process.returncode, process.stderr
    return int(process.stdout) / 1024


@pytest.mark.live
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux")
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_memory_does_not_grow_with_the_events(
    recordings: tuple[Path, Path], arguments: tuple[str, ...]
) -> None:
    """Ten times the events take a few MiB more at most, and less than 100 MiB in all."""
    with open_sandbox() as session:
        small, large = (
            peak_mib(session.place.wrap((sys.executable, "-m", "ipwrap", *arguments, str(path))))
            for path in recordings
        )

    assert large < 100
    assert large - small < GROWTH
