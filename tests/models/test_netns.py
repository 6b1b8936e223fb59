"""Names and processes of network namespaces, which iproute2 prints as text."""

import pytest

from ipwrap import OutputError, parse
from ipwrap.models import NetnsName, NetnsProcess


def test_names_of_a_process() -> None:
    """`ip netns identify` prints a name a line, or an empty line."""
    assert [NetnsName(name="red"), NetnsName(name="blue")] == parse("netns identify", "red\nblue\n")
    assert [] == parse("netns identify", "\n")


def test_processes_of_a_namespace() -> None:
    """`ip netns pids` prints a number a line."""
    assert [NetnsProcess(pid=7), NetnsProcess(pid=12)] == parse("ip netns pids red", "7\n12\n")
    with pytest.raises(OutputError):
        parse("netns pids", "7\nred\n")


def test_json_of_ipwrap_is_read() -> None:
    """What `ipwrap parse --format json` makes of the text is read, too."""
    assert [NetnsName(name="red")] == parse("netns identify", '[{"name":"red"}]')
