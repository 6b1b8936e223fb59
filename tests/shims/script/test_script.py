"""The lines of a recorded script that made its calls."""

import pytest

from ipwrap.recording import CommandEvent, ResultEvent
from ipwrap.shims.calls.call import Call
from ipwrap.shims.events.to_events import to_events
from ipwrap.shims.script.script import Script
from tests.shims.calls_made import make_call


def test_line_of_the_script() -> None:
    """The call site is the line on which the command ends that bash has read last."""
    script = Script("lab.sh", b"#!/bin/bash\nip link\nip addr\n")
    command_event, result_event = to_events([make_call(1, "ip link", script_offset=20)], script)

    assert isinstance(command_event, CommandEvent)
    assert isinstance(result_event, ResultEvent)
    assert "lab.sh:2" == command_event.call_site
    assert "lab.sh:2" == result_event.result.call_site
    assert script.line_at(None) is None
    assert 3 == script.line_at(999)


@pytest.mark.parametrize(
    ("line", "is_condition"),
    [
        ("until ping -c1 x; do sleep 1; done", True),
        ("while ! ping -c1 x | grep -q ttl; do", True),
        ("until ! ping -c1 x; do", False),
        ("while ping -c1 x; do", False),
        ('until [ "$(ping -c1 x)" ]; do', False),
        ("until true; do ping -c1 x; done", False),
        ("ping -c1 x", False),
    ],
)
def test_condition_of_a_loop(line: str, is_condition: bool) -> None:
    """A loop waits for the success of the program that follows `until` or `while !`."""
    call = Call(1, ("ping", "-c1", "x"), script_offset=len(line))
    script = Script("lab.sh", line.encode()).locate([call])

    assert is_condition == script.is_loop_condition(call)
    assert not script.is_loop_condition(Call(2, call.argv))
