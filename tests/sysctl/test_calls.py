"""Command lines of sysctl(8) as calls of the verbs."""

import pytest

from ipwrap.cmdline.collector import CommandCollector
from ipwrap.sysctl.calls import read_sysctl_call
from ipwrap.sysctl.verbs import Sysctl


@pytest.mark.parametrize(
    ("line", "verb", "arguments"),
    [
        ("sysctl -n net.ipv4.ip_forward", "get", ("net.ipv4.ip_forward",)),
        ("sysctl -w net.ipv4.ip_forward=1", "set", ("net.ipv4.ip_forward", 1)),
        ("sysctl -w net.ipv4.x=01", "set", ("net.ipv4.x", "01")),
        ("sysctl -w net.ipv4.x=-1", "set", ("net.ipv4.x", "-1")),
        ("sysctl -w net/ipv4/conf/a.1/x=bbr", "set", ("net/ipv4/conf/a.1/x", "bbr")),
    ],
)
def test_the_call_runs_the_same_command(
    line: str, verb: str, arguments: tuple[int | str, ...]
) -> None:
    """The very words of the command line come from the verb."""
    call = read_sysctl_call(tuple(line.split()))

    assert (verb, arguments) == call
    runner = CommandCollector("1\n")
    getattr(Sysctl(runner), verb)(*arguments)
    assert line == runner.commands[-1].line


@pytest.mark.parametrize(
    "argv",
    [
        ("sysctl",),
        ("sysctl", "-w", "kernel.panic=1"),
        ("sysctl", "-n", "net.ipv4.x=1"),
        ("sysctl", "-w", "net.ipv4.x"),
        ("sysctl", "-w", "net/ipv4/x=1"),
        ("sysctl", "-w", "net.ipv4.x= 1"),
        ("sysctl", "-w", "net.ipv4.x="),
        ("sysctl", "-q", "net.ipv4.x=1"),
        ("echo", "-w", "net.ipv4.x=1"),
        ("sysctl", "-n", "net.*.x"),
    ],
)
def test_other_command_lines_have_no_verb(argv: tuple[str, ...]) -> None:
    """They stay programs."""
    assert read_sysctl_call(argv) is None
