"""The programs that a replay runs are counted, also those of background processes."""

from typing import Any

from attrs import frozen

from ipwrap import Command, Recording
from ipwrap.conditions import Condition
from ipwrap.recording import ProcessEvent, WaitEvent
from ipwrap.replay import count_programs


@frozen
class RecordedCondition(Condition):
    """A condition with given data in a recording."""

    data: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the data."""
        return self.data


def test_the_programs_of_processes_are_counted() -> None:
    """A background process is announced as a command is."""
    recording = Recording(events=[ProcessEvent(1, Command(("nc", "-l"), "a"), "nc")])

    assert {"nc": 1} == count_programs(recording)


def test_a_program_with_a_hostname_is_counted_by_its_name() -> None:
    """nsenter is only the way to it."""
    command = Command(("nsenter", "--uts=/run/utsns/a", "ping", "10.0.0.2"), "a")

    assert {"ping": 1} == count_programs(Recording(events=[ProcessEvent(1, command, "ping")]))


def test_the_programs_of_waits_are_counted() -> None:
    """A wait that runs a program, perhaps one of several conditions, is announced as well."""
    ping = {"until": "succeeds", "program": ["ping", "-c1", "10.0.0.2"]}
    behind_ip = {"until": "succeeds", "program": ("ip", "netns", "exec", "a", "curl")}
    conditions: list[dict[str, Any]] = [
        ping,
        {"until": "all_of", "conditions": [ping, behind_ip]},
        {"program": []},
    ]
    command = Command(("nc", "-l"), "a")

    recording = Recording(
        events=[
            *(WaitEvent(RecordedCondition(data), None, 1.0) for data in conditions),
            ProcessEvent(1, command, "nc", RecordedCondition(ping), 1.0),
        ]
    )

    assert {"ping": 3, "curl": 1, "nc": 1} == count_programs(recording)
