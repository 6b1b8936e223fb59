"""The programs that a replay runs are counted, also those of background processes."""

from ipwrap import Command, Recording
from ipwrap.recording import ProcessEvent
from ipwrap.replay import count_programs


def test_the_programs_of_processes_are_counted() -> None:
    """A background process is announced as a command is."""
    recording = Recording(events=[ProcessEvent(1, Command(("nc", "-l"), "a"), "nc")])

    assert {"nc": 1} == count_programs(recording)
