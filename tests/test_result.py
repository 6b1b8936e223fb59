"""A result is a value; its status and its JSON are looked at when asked for."""

import pytest

from ipwrap.command import Command
from ipwrap.errors import AlreadyExists, OutputError
from ipwrap.result import Result

COMMAND = Command(("ip", "-j", "link"), "ns1")


def test_a_good_result_checks_as_itself() -> None:
    """`check()` can be chained."""
    result = Result(COMMAND)
    assert result is result.check()


def test_a_failed_result_raises_what_it_means() -> None:
    """`check()` turns stderr into a class."""
    with pytest.raises(AlreadyExists):
        Result(COMMAND, 2, "", "RTNETLINK answers: File exists\n").check()


@pytest.mark.parametrize(("status", "ok"), [(0, True), (1, False), (255, False), (-9, False)])
def test_only_zero_is_ok(status: int, ok: bool) -> None:
    """A program that was ended by a signal has failed too."""
    assert ok is Result(COMMAND, status).ok


def test_a_result_knows_its_commands_line() -> None:
    """The line is the command's."""
    assert Result(COMMAND).line == "ip -n ns1 -j link"


def test_a_result_knows_its_namespace() -> None:
    """The namespace is the command's."""
    assert Result(COMMAND).netns == "ns1"


def test_stdout_is_read_as_json() -> None:
    """`json()` gives plain values."""
    assert [{"ifname": "lo"}] == Result(COMMAND, 0, '[{"ifname":"lo"}]\n').json()


@pytest.mark.parametrize("stdout", ["", "\n", "  \n"])
def test_nothing_at_all_is_an_empty_list(stdout: str) -> None:
    """`ip -j netns list` prints nothing where there is no /run/netns."""
    assert [] == Result(COMMAND, 0, stdout).json()


def test_what_is_no_json_says_which_command_printed_it() -> None:
    """The message has the command, the line and the column."""
    with pytest.raises(OutputError, match=r"^ip -n ns1 -j link: not JSON at line 2, column 2: "):
        Result(COMMAND, 0, "[\n{x}]").json()


def test_results_are_equal_by_what_came_back() -> None:
    """When it ran, how long it took and who asked are no parts of what came back."""
    assert Result(COMMAND, 0, "x", "", 1.0, 2.0, "a.py:1") == Result(
        COMMAND, 0, "x", "", 3.0, 4.0, "b.py:2"
    )


@pytest.mark.parametrize(
    "other",
    [
        Result(COMMAND, 1, "x"),
        Result(COMMAND, 0, "y"),
        Result(COMMAND, 0, "x", "z"),
        Result(COMMAND, 0, "x", timed_out=True),
    ],
)
def test_results_differ_by_what_came_back(other: Result) -> None:
    """Status, output and error are what came back."""
    assert other != Result(COMMAND, 0, "x")


def test_a_long_output_is_not_in_the_repr() -> None:
    """A repr fits on a screen."""
    assert "x" * 100 not in repr(Result(COMMAND, 0, "x" * 1000))
