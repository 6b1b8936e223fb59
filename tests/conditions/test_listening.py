"""A socket listens on a port."""

import pytest

from ipwrap import InvalidArgument, until
from ipwrap.conditions import Condition
from tests.conditions.agreement import OTHER, POD, Lab, check_agreement, pytest_id

CASES: list[tuple[Condition, bool, str | None]] = [
    (until.listening(8000), True, POD),
    (until.listening(8000), False, None),
    (until.listening(8000), False, OTHER),
    (until.listening(8000, host="127.0.0.1"), True, POD),
    (until.listening(8000, host="127.0.0.2"), False, POD),
    (until.listening(8000, udp=True), False, POD),
    (until.listening(800), False, POD),
    (until.listening(8001), True, POD),
    (until.listening(8001, host="::1"), True, POD),
    (until.listening(8001, host="::"), False, POD),
    (until.listening(8002), False, POD),
    (until.listening(8002, udp=True), True, POD),
    (until.listening(8002, udp=True, host="0.0.0.0"), True, POD),
    (until.listening(65535), False, POD),
]


@pytest.mark.parametrize(("condition", "expected", "netns"), CASES, ids=pytest_id)
def test_look_and_script_agree(
    lab: Lab, condition: Condition, expected: bool, netns: str | None
) -> None:
    """A look and a script find the same."""
    check_agreement(lab, condition, expected, netns)


@pytest.mark.parametrize(
    ("port", "options", "message"),
    [
        (0, {}, "port: 0 is not a number from 1 to 65535"),
        (65536, {}, "port: 65536 is not"),
        (True, {}, "port: True is not"),
        ("80", {}, "port: '80' is not"),
        (80, {"host": "localhost"}, "host: 'localhost' is not an IP address"),
        (80, {"udp": 1}, "udp: 1 is neither"),
    ],
)
def test_refused_values(port: int, options: dict[str, object], message: str) -> None:
    """A value that no socket can have is refused with its name."""
    with pytest.raises(InvalidArgument, match=message):
        until.listening(port, **options)  # type: ignore[arg-type]


def test_plain_english() -> None:
    """A condition prints itself in plain English."""
    assert "a TCP socket listens on port 80" == str(until.listening(80))
    condition = until.listening(53, host="::1", udp=True)
    assert "a UDP socket listens on ::1 on port 53" == str(condition)
