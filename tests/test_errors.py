"""Every text that iproute2 says on stderr means one class and one errno, and an error is a small report."""

import copy
import errno
import json
import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from ipwrap import errors
from ipwrap.command import Command
from ipwrap.errors import (
    BY_ERRNO,
    GLIBC,
    AlreadyExists,
    CommandError,
    CommandTimeout,
    InvalidArgument,
    IpwrapError,
    NotSupported,
    PlaybackError,
    RecordingError,
    RejectedByKernel,
    UnknownOption,
    UsageError,
    error_for,
)
from ipwrap.result import Result

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "cases" / "stderr.json").read_text()
)


def failed(
    line: str = "ip link show dev nope", status: int = 1, stderr: str = "", at: str | None = None
) -> Result:
    """Return the result of a command that failed."""
    return Result(Command(tuple(line.split())), status, "", stderr, call_site=at)


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case['line']}: {case['stderr'].strip()}"[:90]
)
def test_stderr_means_a_class(case: dict[str, Any]) -> None:
    """Each text becomes the class that says what went wrong."""
    assert getattr(errors, case["class"]) is type(
        error_for(failed(case["line"], case["status"], case["stderr"]))
    )


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case['line']}: {case['stderr'].strip()}"[:90]
)
def test_stderr_means_an_errno(case: dict[str, Any]) -> None:
    """Each text becomes the errno that the kernel gave, or that fits best."""
    assert (
        getattr(errno, case["errno"])
        == error_for(failed(case["line"], case["status"], case["stderr"])).errno
    )


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case['line']}: {case['stderr'].strip()}"[:90]
)
def test_the_reason_is_a_line_of_stderr(case: dict[str, Any]) -> None:
    """The reason is quoted, not made up."""
    assert error_for(failed(case["line"], case["status"], case["stderr"])).reason in case["stderr"]


def test_the_last_line_that_says_an_errno_counts() -> None:
    """Warnings before the failure do not hide it."""
    said = "vxlan: destination port not specified\nRTNETLINK answers: File exists\n"
    assert AlreadyExists is type(error_for(failed("ip link add name x type vxlan id 1", 2, said)))


def test_a_silent_status_2_is_the_kernels_refusal() -> None:
    """`ip` ends with 2 when the kernel refused."""
    assert RejectedByKernel is type(error_for(failed(status=2)))


def test_a_silent_status_255_is_a_matter_of_usage() -> None:
    """`ip` ends with 255 for words that it does not take."""
    assert UsageError is type(error_for(failed(status=255)))


def test_an_unknown_answer_of_the_kernel_is_an_invalid_value() -> None:
    """`bridge` ends with 255 for everything, so its words tell who refused."""
    said = "RTNETLINK answers: Something new\n"
    assert RejectedByKernel is type(error_for(failed("bridge link set dev v0 cost 5", 255, said)))


@pytest.mark.parametrize(
    "line", ["ping -c 1 10.0.0.9", "ip netns exec a false", "ip -n a netns exec b false"]
)
def test_another_program_that_fails_is_a_plain_command_error(line: str) -> None:
    """What another program's status means is not for us to say."""
    assert CommandError is type(error_for(failed(line, 1, "")))


def test_another_programs_failure_has_no_errno() -> None:
    """An errno that nobody gave is not made up."""
    assert error_for(failed("ping -c 1 10.0.0.9", 1, "")).errno is None


def test_another_programs_failure_names_program_and_status() -> None:
    """The reason says which program ended how."""
    assert error_for(failed("ping -c 1 10.0.0.9", 3, "")).reason == "ping ended with status 3"


def test_the_report_is_complete() -> None:
    """`str()` says what was meant, the command, its namespace and status, its words, who asked, and a hint."""
    command = Command(("ip", "link", "set", "dev", "v 0", "up"), "ns1")
    stderr = "first line\nRTNETLINK answers: Operation not permitted\n"
    report = """\
RTNETLINK answers: Operation not permitted (EPERM)
  command:   ip -n ns1 link set dev 'v 0' up
  namespace: ns1
  status:    2
  it said:   first line
             RTNETLINK answers: Operation not permitted
  asked at:  lab.py:7
  next:      use Session(sandbox=True), which needs no root, or sudo=True"""
    assert report == str(error_for(Result(command, 2, "", stderr, call_site="lab.py:7")))


def test_the_report_leaves_out_what_is_not_known() -> None:
    """Without words, without a caller and without a hint the report is short."""
    report = """\
false ended with status 1
  command:   false
  namespace: the first one of this place
  status:    1"""
    assert report == str(error_for(failed("false")))


def test_an_error_without_a_reason_still_says_something() -> None:
    """The first line is never empty."""
    assert str(CommandError(failed())).startswith("it failed\n  command:   ip link show dev nope\n")


def test_not_supported_points_to_the_doctor() -> None:
    """Who misses a kind is told how to see which there are."""
    assert "`ipwrap doctor`" in str(NotSupported(failed(), errno.EOPNOTSUPP, "no"))


def test_a_command_error_is_an_os_error() -> None:
    """`except OSError` and `.errno` work as with Python's own."""
    error: OSError = error_for(failed(stderr="RTNETLINK answers: File exists\n"))
    assert errno.EEXIST == error.errno


def test_a_command_error_holds_its_result() -> None:
    """All of it can be looked at."""
    result = failed(stderr="RTNETLINK answers: File exists\n")
    assert result is error_for(result).result


@pytest.mark.parametrize(
    "error",
    [
        error_for(failed(stderr="RTNETLINK answers: File exists\n", at="lab.py:3")),
        error_for(failed("false")),
        UnknownOption("no such option"),
        CommandTimeout("ended after 1 s"),
        RecordingError("damaged", "a.jsonl", 3),
        PlaybackError("ip link", "ip addr", "ip link show", "a.jsonl", "ip [-addr-]{+link+}"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize(
    "copied", [lambda each: pickle.loads(pickle.dumps(each)), copy.copy], ids=["pickle", "copy"]
)
def test_errors_survive_a_process_boundary(error: IpwrapError, copied: Any) -> None:
    """An error from a worker process says the same as here, and holds the same."""
    again = copied(error)
    assert (type(error), str(error), vars(error)) == (type(again), str(again), vars(again))


@pytest.mark.parametrize(
    ("error", "base"),
    [
        (InvalidArgument, ValueError),
        (UnknownOption, TypeError),
        (UnknownOption, ValueError),
        (CommandTimeout, TimeoutError),
    ],
)
def test_errors_are_pythons_too(error: type[Exception], base: type[Exception]) -> None:
    """Who knows Python's classes need not know ours."""
    assert issubclass(error, base)


@pytest.mark.parametrize("name", [name for name in errors.__all__ if name[0].isupper()])
def test_every_error_is_an_ipwrap_error(name: str) -> None:
    """One `except` catches all that is raised on purpose."""
    assert issubclass(getattr(errors, name), IpwrapError)


@pytest.mark.parametrize("name", [name for name in errors.__all__ if name[0].isupper()])
def test_every_error_is_in_the_tree(name: str) -> None:
    """The module's docstring shows all of them."""
    assert name in str(errors.__doc__)


@pytest.mark.parametrize(
    ("path", "line", "said"),
    [
        ("a.jsonl", 3, "a.jsonl:3: damaged"),
        ("a.jsonl", None, "a.jsonl: damaged"),
        (None, 3, "recording:3: damaged"),
        (None, None, "damaged"),
    ],
)
def test_a_recording_error_says_where(path: str | None, line: int | None, said: str) -> None:
    """Path and line come first, as compilers say them."""
    assert said == str(RecordingError("damaged", path, line))


def test_a_playback_error_shows_what_was_asked_and_what_was_recorded() -> None:
    """The nearest recorded command helps to see what changed."""
    report = """\
a.jsonl: the session and its recording go apart
  asked:    ip link show
  recorded: ip address show
  nearest:  ip link list
  next:     run the script again with record=… to make a new recording"""
    assert report == str(
        PlaybackError("ip link show", "ip address show", "ip link list", "a.jsonl")
    )


def test_a_playback_error_does_not_repeat_itself() -> None:
    """The nearest command is left out where it is the recorded one."""
    assert "nearest" not in str(PlaybackError("ip link show", "ip link list", "ip link list"))


def test_a_playback_error_at_the_end_says_so() -> None:
    """There may be nothing more to play."""
    assert "recorded: nothing more" in str(PlaybackError("ip link show", None, None))


def test_a_playback_error_shows_where_the_words_differ() -> None:
    """A diff of words stands below the commands."""
    assert "  differs:  ip [-a-]{+b+}\n" in str(
        PlaybackError("ip b", "ip a", None, None, "ip [-a-]{+b+}")
    )


def test_glibcs_texts_are_those_of_this_system() -> None:
    """Each that has a class is in the table, under the number that it has here."""
    assert {os.strerror(number): number for number in BY_ERRNO} == GLIBC
