"""Every text of iproute2 on stderr maps to one class and one errno, and an error is a report."""

import copy
import errno
import json
import os
import pickle
import shlex
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from ipwrap import errors
from ipwrap.command import Command
from ipwrap.errors import (
    CLASS_BY_ERRNO,
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
    is_kernel_refusal,
)
from ipwrap.result import Result

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "cases" / "stderr.json").read_text()
)

ERROR_NAMES = [name for name in errors.__all__ if isinstance(getattr(errors, name), type)]


def failed(
    line: str = "ip link show dev nope",
    status: int = 1,
    *,
    stderr: str = "",
    call_site: str | None = None,
) -> Result:
    """Return the result of a command that failed."""
    return Result(Command(tuple(shlex.split(line))), status, "", stderr, call_site=call_site)


@frozen
class FailedLine:
    """A failed command line, of which nothing else is known."""

    line: str
    netns: str | None = None
    status: int = 3
    stderr: str = ""
    call_site: str | None = None


def failed_case(case: dict[str, Any]) -> Result:
    """Return the failed result that a case of stderr.json describes."""
    return failed(case["line"], case["status"], stderr=case["stderr"])


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case['line']}: {case['stderr'].strip()}"[:90]
)
def test_stderr_means_a_class(case: dict[str, Any]) -> None:
    """Each text becomes the class of its failure."""
    error = error_for(failed_case(case))

    assert getattr(errors, case["class"]) is type(error)


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case['line']}: {case['stderr'].strip()}"[:90]
)
def test_stderr_means_an_errno(case: dict[str, Any]) -> None:
    """Each text becomes the kernel's errno, or the nearest one."""
    error = error_for(failed_case(case))

    assert getattr(errno, case["errno"]) == error.errno


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case['line']}: {case['stderr'].strip()}"[:90]
)
def test_the_reason_is_a_line_of_stderr(case: dict[str, Any]) -> None:
    """The reason is quoted from stderr."""
    assert error_for(failed_case(case)).reason in case["stderr"]


def test_the_last_line_with_an_errno_counts() -> None:
    """Warnings before the failure do not hide the errno."""
    stderr = "vxlan: destination port not specified\nRTNETLINK answers: File exists\n"
    result = failed("ip link add name x type vxlan id 1", 2, stderr=stderr)

    assert AlreadyExists is type(error_for(result))


def test_a_silent_status_2_is_the_kernels_refusal() -> None:
    """`ip` ends with status 2 when the kernel refused."""
    assert RejectedByKernel is type(error_for(failed(status=2)))


def test_a_silent_status_255_is_a_matter_of_usage() -> None:
    """`ip` ends with status 255 for arguments that iproute2 refuses."""
    assert UsageError is type(error_for(failed(status=255)))


def test_an_unknown_answer_of_the_kernel_is_an_invalid_value() -> None:
    """`bridge` ends with status 255 for every failure, so stderr decides who refused."""
    stderr = "RTNETLINK answers: Something new\n"
    result = failed("bridge link set dev v0 cost 5", 255, stderr=stderr)

    assert RejectedByKernel is type(error_for(result))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("RTNETLINK answers: Invalid argument", True),
        ("Error: Unknown device type.", True),
        ('Error: argument "x" is wrong: "mtu" value is invalid', False),
        ('Error: either "dev" is duplicate, or "x" is garbage.', False),
        ('Command line is not complete. Try option "help"', False),
    ],
)
def test_the_kernels_own_lines_are_recognised(line: str, expected: bool) -> None:
    """An errno or an extended acknowledgement is the kernel's; a quoted argument is iproute2's."""
    assert expected is is_kernel_refusal(line)


@pytest.mark.parametrize(
    "line", ["ping -c 1 10.0.0.9", "ip netns exec a false", "ip -n a netns exec b false"]
)
def test_another_program_that_fails_is_a_plain_command_error(line: str) -> None:
    """The status of a program other than iproute2 has no class."""
    assert CommandError is type(error_for(failed(line)))


@pytest.mark.parametrize(
    ("line", "status", "stderr"),
    [
        ("ping -c 1 -I 10.99.0.1 10.1.1.1", 2, "ping: bind: Cannot assign requested address\n"),
        ("ping -c 1 10.1.1.1", 2, "ping: connect: Network is unreachable\n"),
        ("ip netns exec a ping 10.1.1.1", 2, "ping: connect: Network is unreachable\n"),
        ("ip netns exec a cat /nope", 1, "cat: /nope: No such file or directory\n"),
        ("cat /nope", 1, "cat: /nope: No such file or directory\n"),
        ("my-tool", 255, 'Cannot open network namespace "a": No such file or directory\n'),
        ("ip netns exec a my-tool", 1, 'exec of "b" failed: Permission denied\n'),
        ("wg show", 1, "Error: the object is not supported.\n"),
    ],
)
def test_another_programs_words_have_no_class(line: str, status: int, stderr: str) -> None:
    """A program's text that looks like iproute2's is not iproute2's."""
    error = error_for(failed(line, status, stderr=stderr))

    assert (CommandError, None) == (type(error), error.errno)
    assert "next:" not in str(error)


@pytest.mark.parametrize(
    ("line", "program"),
    [
        ("false", "false"),
        ("/bin/false", "/bin/false"),
        ("ip netns exec a false", "false"),
        ("ip -n b netns exec a false x", "false"),
        ("ip -n netns netns exec a false", "false"),
        ("/sbin/ip net e a false", "false"),
        ("ip -all netns exec false", "false"),
        ("ip vrf exec a false", "false"),
        ("ip netns exec a ip netns exec b false", "false"),
        ("sudo -n ip netns exec a false", "false"),
        ("sudo -n false", "false"),
        ("'two words' x", "two words"),
        ("it's", "it's"),
    ],
)
def test_the_report_names_the_program_that_ended(line: str, program: str) -> None:
    """`ip netns exec` and sudo run another program, whose status it is."""
    assert f"{program} ended with status 3" == error_for(FailedLine(line)).reason


@pytest.mark.parametrize("line", ["ip netns exec a", "ip netns", "ip -4", "ip '' exec a b", "sudo"])
def test_an_incomplete_command_line_is_its_own_program(line: str) -> None:
    """A line without a program behind `exec` is a failure of the line's first word."""
    assert isinstance(error_for(FailedLine(line)), CommandError)


@pytest.mark.parametrize(
    ("place", "hint"),
    [
        (None, "use Session(sandbox=True), which needs no root, or sudo=True"),
        (
            "sandbox",
            (
                "a sandbox cannot do this, it is left to root of the machine: as root, a "
                "privileged sandbox can, Session(Sandbox(privileged=True))"
            ),
        ),
        ("sudo", "let `sudo -n` run as root without a password, or use Session(sandbox=True)"),
        ("nowhere", None),
    ],
)
def test_the_hint_depends_on_the_place(place: str | None, hint: str | None) -> None:
    """Nobody is sent to a place where the command ran already."""
    error = error_for(failed(status=2, stderr="RTNETLINK answers: Operation not permitted"))
    error.place = place

    next_lines = [line for line in str(error).splitlines() if line.startswith("  next:")]
    assert ([] if hint is None else [f"  next:      {hint}"]) == next_lines


@pytest.mark.parametrize(
    ("user", "hint"),
    [
        (0, "root lacks the right here, as in a container: use Session(sandbox=True)"),
        (1000, "use Session(sandbox=True), which needs no root, or sudo=True"),
    ],
)
def test_root_is_not_sent_to_sudo(user: int, hint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the host the hint depends on the user."""
    monkeypatch.setattr(os, "geteuid", lambda: user)
    error = error_for(failed(status=2, stderr="RTNETLINK answers: Operation not permitted"))
    error.place = "local"

    assert f"  next:      {hint}" == str(error).splitlines()[-1]


def test_an_error_keeps_its_place_in_another_process() -> None:
    """A copy of an error has the same hint."""
    error = error_for(failed(status=2, stderr="RTNETLINK answers: Operation not permitted"))
    error.place = "sandbox"

    assert "sandbox" == pickle.loads(pickle.dumps(error)).place


def test_another_programs_failure_has_no_errno() -> None:
    """The errno of a program without a known text is None."""
    assert error_for(failed("ping -c 1 10.0.0.9")).errno is None


@pytest.mark.parametrize(
    ("line", "status", "stderr", "reason"),
    [
        ("sh -c 'nope -x'", 127, "sh: 1: nope: not found", "nope: no such program: sh ended"),
        ("bash x.sh", 127, "x.sh: line 3: nope: command not found", "nope: no such program: bash"),
        (
            "ip netns exec red timeout 5 nope",
            127,
            "timeout: failed to run command 'nope': No such file or directory",
            "nope: no such program: timeout ended with status 127",
        ),
        (
            "nice nope",
            127,
            "nice: ‘nope’: No such file or directory",
            "nope: no such program: nice",
        ),
        (
            "ip netns exec red nope",
            1,
            'exec of "nope" failed: No such file or directory',
            "nope: no such program: nope ended with status 1",
        ),
        ("sh -c ./x", 126, "sh: 1: ./x: Permission denied", "./x: not allowed to run it: sh ended"),
        ("cat x", 1, "cat: x: No such file or directory", "cat ended with status 1"),
        ("sh -c 'exit 127'", 127, "", "sh ended with status 127"),
    ],
)
def test_the_program_that_was_not_run_is_named(
    line: str, status: int, stderr: str, reason: str
) -> None:
    """A shell or a wrapper ends with 127 for a program of the script, and not for itself."""
    error = error_for(failed(line, status, stderr=stderr))

    assert type(error) is CommandError
    assert error.reason.startswith(reason)


def test_the_first_namespace_of_a_sandbox_is_not_the_hosts() -> None:
    """The report says whose namespace it was, where the place is known."""
    error = error_for(failed("ip link add x type dummy", 2))
    assert "namespace: the host namespace" in str(error)

    error.place = "sandbox"
    assert "namespace: the sandbox's own" in str(error)


def test_another_programs_failure_names_program_and_status() -> None:
    """The reason holds the program and its exit status."""
    assert error_for(failed("ping -c 1 10.0.0.9", 3)).reason == "ping ended with status 3"


def test_the_report_is_complete() -> None:
    """`str()` holds reason, command, namespace, status, stderr, call site and a hint."""
    command = Command(("ip", "link", "set", "dev", "v 0", "up"), "ns1")
    stderr = "first line\nRTNETLINK answers: Operation not permitted\n"
    report = """\
RTNETLINK answers: Operation not permitted (EPERM)
  command:   ip -n ns1 link set dev 'v 0' up
  namespace: ns1
  status:    2
  stderr:    first line
             RTNETLINK answers: Operation not permitted
  asked at:  lab.py:7
  next:      use Session(sandbox=True), which needs no root, or sudo=True"""

    assert report == str(error_for(Result(command, 2, "", stderr, call_site="lab.py:7")))


def test_the_report_leaves_out_unknown_fields() -> None:
    """Without stderr, call site and hint the report is short."""
    report = """\
false ended with status 1
  command:   false
  namespace: the host namespace
  status:    1"""

    assert report == str(error_for(failed("false")))


def test_an_error_without_a_reason_has_a_first_line() -> None:
    """The first line is never empty."""
    report = str(CommandError(failed()))

    assert report.startswith("it failed\n  command:   ip link show dev nope\n")


def test_not_supported_points_to_the_doctor() -> None:
    """The report of an unsupported operation names the command that lists supported ones."""
    assert "`ipwrap doctor`" in str(NotSupported(failed(), errno.EOPNOTSUPP, reason="no"))


def test_a_command_error_is_an_os_error() -> None:
    """`except OSError` and `.errno` work as with Python's own errors."""
    error: OSError = error_for(failed(stderr="RTNETLINK answers: File exists\n"))

    assert errno.EEXIST == error.errno


def test_a_command_error_holds_its_result() -> None:
    """The result is available as an attribute."""
    result = failed(stderr="RTNETLINK answers: File exists\n")

    assert result is error_for(result).result


@pytest.mark.parametrize(
    "error",
    [
        error_for(failed(stderr="RTNETLINK answers: File exists\n", call_site="lab.py:3")),
        error_for(failed("false")),
        UnknownOption("no such option"),
        CommandTimeout("ended after 1 s"),
        RecordingError("damaged", "a.jsonl", line=3),
        PlaybackError(
            "ip link",
            "ip addr",
            nearest="ip link show",
            path="a.jsonl",
            differs="ip [-addr-]{+link+}",
        ),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize(
    "duplicate",
    [lambda error: pickle.loads(pickle.dumps(error)), copy.copy],
    ids=["pickle", "copy"],
)
def test_errors_survive_a_process_boundary(error: IpwrapError, duplicate: Any) -> None:
    """An error from a worker process keeps its class, text and attributes."""
    copied = duplicate(error)

    assert type(error) is type(copied)
    assert str(error) == str(copied)
    assert vars(error) == vars(copied)


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
    """Handlers of Python's own classes catch ipwrap's errors."""
    assert issubclass(error, base)


@pytest.mark.parametrize("name", ERROR_NAMES)
def test_every_error_is_an_ipwrap_error(name: str) -> None:
    """One `except IpwrapError` catches every error raised on purpose."""
    assert issubclass(getattr(errors, name), (IpwrapError, UserWarning))


@pytest.mark.parametrize("name", ERROR_NAMES)
def test_every_error_is_in_the_tree(name: str) -> None:
    """The module's docstring shows every exported class."""
    assert name in str(errors.__doc__)


@pytest.mark.parametrize(
    ("path", "line", "message"),
    [
        ("a.jsonl", 3, "a.jsonl:3: damaged"),
        ("a.jsonl", None, "a.jsonl: damaged"),
        (None, 3, "recording:3: damaged"),
        (None, None, "damaged"),
    ],
)
def test_a_recording_error_starts_with_its_location(
    path: str | None, line: int | None, message: str
) -> None:
    """Path and line come first, as in messages of compilers."""
    assert message == str(RecordingError("damaged", path, line=line))


def test_a_playback_error_shows_the_asked_and_the_recorded_command() -> None:
    """The nearest recorded command helps to see the difference."""
    report = """\
a.jsonl: playback mismatch: the session and its recording differ
  asked:    ip link show
  recorded: ip address show
  nearest:  ip link list
  next:     run the script again with record=… to make a new recording"""
    error = PlaybackError("ip link show", "ip address show", nearest="ip link list", path="a.jsonl")

    assert report == str(error)


def test_a_playback_error_does_not_repeat_itself() -> None:
    """The nearest command is left out where it equals the recorded one."""
    error = PlaybackError("ip link show", "ip link list", nearest="ip link list")

    assert "nearest" not in str(error)


def test_a_playback_error_behind_the_last_command() -> None:
    """Behind the last recorded command the report shows that nothing more was recorded."""
    assert "recorded: nothing more" in str(PlaybackError("ip link show", None))


def test_a_playback_error_shows_the_differing_arguments() -> None:
    """A diff of the arguments follows the commands."""
    error = PlaybackError("ip b", "ip a", differs="ip [-a-]{+b+}")

    assert "  differs:  ip [-a-]{+b+}\n" in str(error)


def test_glibcs_texts_are_those_of_this_system() -> None:
    """Every errno with a class is in the table, under this system's number."""
    assert {os.strerror(number): number for number in CLASS_BY_ERRNO} == GLIBC


def test_a_timeout_carries_its_result() -> None:
    """The output by then is an attribute, its end is in the message; neither is there without."""
    result = Result(Command(("x",)), 124, "\n".join(map(str, range(1, 8))), "b" * 300 + "\n")
    error = CommandTimeout("x: ended after 1 s", result)

    assert (result.stdout, result.stderr) == (error.stdout, error.stderr)
    assert [
        "x: ended after 1 s",
        "  stdout:    … (2 lines before)",
        *(f"             {number}" for number in range(3, 8)),
        "  stderr:    " + "b" * 200,
    ] == str(error).splitlines()
    assert ("", "", "late") == (
        CommandTimeout("late").stdout,
        CommandTimeout("late").stderr,
        str(CommandTimeout("late")),
    )


@pytest.mark.parametrize(
    "command",
    [
        Command(("ip", "link", "add", "v0"), env={"A": "it's"}, cwd="/a b"),
        Command(("ip", "link", "add", "v0"), "red", env={"PATH": "/x"}),
        Command(("ip", "netns", "exec", "red", "ip", "link"), cwd="-x"),
        Command(("/sbin/ip", "link"), "red", env={"PATH": "/x"}),
    ],
    ids=str,
)
def test_variables_and_directory_hide_no_program(command: Command) -> None:
    """The error of iproute2 is known behind the settings of its line."""
    assert isinstance(
        error_for(Result(command, 2, "", "RTNETLINK answers: File exists\n")), AlreadyExists
    )
    usage = error_for(Result(command, 255, "", 'Error: argument "x" is wrong: y\n'))
    assert isinstance(usage, UsageError)


def test_another_program_behind_settings_is_named() -> None:
    """The program is named, and not a variable or a directory."""
    for options in ({"env": {"A": "b"}}, {"cwd": "/"}, {"env": {"PATH": "/x"}, "cwd": "/"}):
        command = Command(("false",), "red", **options)
        assert "false ended with status 1" == error_for(Result(command, 1)).reason
