"""A result is a value with a status, output, and JSON on request."""

import pytest

from ipwrap.command import Command
from ipwrap.errors import AlreadyExists, OutputError
from ipwrap.result import Result

COMMAND = Command(("ip", "-j", "link"), "ns1")


def test_check_returns_a_successful_result() -> None:
    """`check()` can be chained."""
    result = Result(COMMAND)

    assert result is result.check()


def test_check_raises_the_error_of_a_failed_result() -> None:
    """`check()` turns stderr into an exception class."""
    with pytest.raises(AlreadyExists):
        Result(COMMAND, 2, "", "RTNETLINK answers: File exists\n").check()


@pytest.mark.parametrize(("status", "ok"), [(0, True), (1, False), (255, False), (-9, False)])
def test_only_zero_is_ok(status: int, ok: bool) -> None:
    """A program that was killed by a signal has failed as well."""
    assert ok is Result(COMMAND, status).ok


def test_a_result_has_the_line_of_its_command() -> None:
    """The line is the command's."""
    assert Result(COMMAND).line == "ip -n ns1 -j link"


def test_a_result_has_the_namespace_of_its_command() -> None:
    """The namespace is the command's."""
    assert Result(COMMAND).netns == "ns1"


def test_stdout_is_read_as_json() -> None:
    """`json()` returns plain values."""
    assert [{"ifname": "lo"}] == Result(COMMAND, 0, '[{"ifname":"lo"}]\n').json()


@pytest.mark.parametrize("stdout", ["", "\n", "  \n"])
def test_empty_output_is_an_empty_list(stdout: str) -> None:
    """`ip -j netns list` prints nothing where there is no /run/netns."""
    assert [] == Result(COMMAND, 0, stdout).json()


def test_an_output_error_names_the_command() -> None:
    """The message has the command, the line and the column."""
    with pytest.raises(OutputError, match=r"^ip -n ns1 -j link: not JSON at line 2, column 2: "):
        Result(COMMAND, 0, "[\n{x}]").json()


def test_results_are_equal_without_times_and_call_site() -> None:
    """Start, duration and call site do not count for equality."""
    assert Result(COMMAND, 0, "x", "", 1.0, 2.0, "a.py:1") == Result(
        COMMAND, 0, "x", "", 3.0, 4.0, "b.py:2"
    )


@pytest.mark.parametrize(
    "result",
    [
        Result(COMMAND, 1, "x"),
        Result(COMMAND, 0, "y"),
        Result(COMMAND, 0, "x", "z"),
        Result(COMMAND, 0, "x", timed_out=True),
    ],
)
def test_results_differ_by_status_and_output(result: Result) -> None:
    """Status, output and timeout count for equality."""
    assert result != Result(COMMAND, 0, "x")


def test_a_long_output_is_not_in_the_repr() -> None:
    """A repr fits on a screen."""
    assert "x" * 100 not in repr(Result(COMMAND, 0, "x" * 1000))
