"""Tests of `Netem` read from JSON: the command that makes it again is one that tc takes."""

from typing import Any

import pytest

from ipwrap.objects import object_type
from tests.labs import open_sandbox

DELAY_ONLY = {"delay": {"delay": 0.04, "jitter": 0, "correlation": 0}, "ecn": False, "gap": 0}
# Options as tc prints them, with the arguments that make them again.
CASES: list[tuple[dict[str, Any], str]] = [
    (DELAY_ONLY, "delay 40ms"),
    (
        {"delay": {"delay": 0.04, "jitter": 0.01, "correlation": 0}, "ecn": False, "gap": 0},
        "delay 40ms 10ms",
    ),
    ({"delay": {"delay": 0.04, "jitter": 0, "correlation": 0.25}}, "delay 40ms 0us 25%"),
    (
        {"loss-random": {"loss": 0.01, "correlation": 0}, "ecn": True, "gap": 0},
        "loss random 1% ecn",
    ),
    (
        {"rate": {"rate": 1250000, "packetoverhead": 0, "cellsize": 0, "celloverhead": 0}},
        "rate 10mbit",
    ),
    (
        {"rate": {"rate": 1250000, "packetoverhead": 0, "cellsize": 48, "celloverhead": 0}},
        "rate 10mbit 0 48",
    ),
    (
        {"slot": {"min-delay": 0.001, "max-delay": 0.002, "packets": 0, "bytes": 0}},
        "slot 1ms 2ms",
    ),
]


def command_line(options: dict[str, Any], *, with_defaults: bool = False) -> str:
    """Return the line that makes a root netem with options as in JSON."""
    data = {"dev": "v0", "kind": "netem", "handle": "8001:", "root": True, "options": options}
    command = object_type("qdisc").create_command(
        "tc qdisc", data, netns=None, with_defaults=with_defaults
    )
    return command.line


@pytest.mark.parametrize(("options", "arguments"), CASES)
@pytest.mark.parametrize("with_defaults", [False, True])
def test_zeros_of_options_that_nobody_set_are_not_written(
    options: dict[str, Any], arguments: str, with_defaults: bool
) -> None:
    """Jitter, correlations and overheads of zero are left out, where no value follows them."""
    line = command_line(options, with_defaults=with_defaults)

    assert f"tc qdisc add dev v0 root netem {arguments}" == line


def test_tc_parses_the_arguments() -> None:
    """The kernel is asked: tc itself has no objection."""
    with open_sandbox() as session:
        for options, _ in CASES:
            words = command_line(options).replace("dev v0", "dev lo").split()
            result = session.exec(*words, check=False)

            assert "Illegal" not in result.stderr
            assert result.status in (0, 2), result.stderr  # 2: this kernel has no netem
