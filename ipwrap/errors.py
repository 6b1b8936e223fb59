"""The exceptions of ipwrap, and how iproute2's stderr is translated into a class and an errno.

::

    IpwrapError
    ├─ CommandError(result)       exit status not 0; also an OSError: .errno, str() is a report
    │  ├─ AlreadyExists           EEXIST
    │  ├─ NotFound                ENODEV, ENOENT, ESRCH, ENXIO; EADDRNOTAVAIL of a deletion
    │  ├─ NotPermitted            EPERM, EACCES
    │  ├─ NotSupported            EOPNOTSUPP, ENOSYS, EPROTONOSUPPORT, EAFNOSUPPORT
    │  ├─ Busy                    EBUSY, EAGAIN, EADDRINUSE
    │  ├─ RejectedByKernel        EINVAL, ERANGE, ENETUNREACH, …: the kernel refused the value
    │  ├─ UsageError              iproute2 refused the arguments before it asked the kernel
    │  └─ ProcessEnded            a background process ended before it was ready
    ├─ InvalidArgument            refused before anything ran; also a ValueError
    │  ├─ UnknownOption           no such option; also a TypeError
    │  └─ LabFileError(path, line, column, key)  a file of a lab that does not describe one
    ├─ CommandTimeout             ran longer than allowed and was ended
    │  └─ WaitTimeout             a condition did not hold in time
    ├─ OutputError                not the JSON that was expected; shows the raw text
    ├─ NotBatchable               a command that cannot be written as one batch line
    ├─ NotExportable              a command that no script can repeat, such as `kill PID`
    ├─ ExecutorError              the program is missing, or could not be run at all
    ├─ PlaceError                 the place cannot be opened or is gone
    │  └─ ConnectionLost          the connection to another machine was lost
    └─ RecordingError(path, line) a recording that cannot be read or written
       └─ PlaybackError           a command other than the recorded one

`OutputWarning` is a warning: a release has printed values without their names. `LabFileWarning` is
one, too: a part of a file of a lab has no effect.
"""

import errno
import itertools
import os
import shlex
from functools import partial
from typing import Any, Protocol

from ipwrap.system.lazy_pattern import lazy_pattern

__all__ = [
    "KERNEL_REFUSAL_STATUS",
    "AlreadyExists",
    "Busy",
    "CommandError",
    "CommandTimeout",
    "ConnectionLost",
    "ExecutorError",
    "InvalidArgument",
    "IpwrapError",
    "LabFileError",
    "LabFileWarning",
    "NotBatchable",
    "NotExportable",
    "NotFound",
    "NotPermitted",
    "NotSupported",
    "OutputError",
    "OutputWarning",
    "PlaceError",
    "PlaybackError",
    "ProcessEnded",
    "RecordingError",
    "RejectedByKernel",
    "UnknownOption",
    "UsageError",
    "WaitTimeout",
    "describe_first_namespace",
    "describe_output",
    "error_for",
    "is_kernel_refusal",
]

ASSIGNMENT = lazy_pattern(r"[A-Za-z_][A-Za-z0-9_]*=")  # of a variable, before a command

LAST_LINES = 5  # of an output that a message shows
LINE_WIDTH = 200  # characters of such a line


class ResultLike(Protocol):
    """The part of a `Result` that an error prints."""

    @property
    def line(self) -> str:
        """The command as typed into a shell."""

    @property
    def netns(self) -> str | None:
        """The namespace that the command ran in."""

    @property
    def status(self) -> int:
        """The exit status."""

    @property
    def stderr(self) -> str:
        """The text on stderr."""

    @property
    def call_site(self) -> str | None:
        """File and line of the script that ran the command."""


class ResultWithOutput(ResultLike, Protocol):
    """The part of a `Result` that an error holds for its caller."""

    @property
    def stdout(self) -> str:
        """The text on stdout."""


class IpwrapError(Exception):
    """Base class of every exception that ipwrap raises on purpose."""


class CommandError(IpwrapError, OSError):
    """A command ended with a status other than 0.

    Also an `OSError`, so ``error.errno == errno.EEXIST`` works. ``error.result`` is the complete
    `Result`, ``error.place`` the name of the command's place, if known: "local", "sudo" or
    "sandbox".

    The failure of a program other than ip, bridge and tc is a plain `CommandError` without an
    errno, unless the program ran iproute2, and printed the kernel's answer.
    """

    place: str | None = None

    def __init__(self, result: ResultLike, number: int | None = None, *, reason: str = "") -> None:
        OSError.__init__(self, number, reason)
        self.result = result
        self.reason = reason

    def __reduce__(self) -> tuple[Any, ...]:
        rebuild = partial(type(self), reason=self.reason)
        state = None if self.place is None else {"place": self.place}
        return rebuild, (self.result, self.errno), state

    def __repr__(self) -> str:
        reason = self.reason or f"status {self.result.status}"
        return f"{type(self).__name__}({reason!r}, errno={self.errno}, line={self.result.line!r})"

    def __str__(self) -> str:
        result = self.result
        errno_name = _errno_name(self.errno)
        suffix = f" ({errno_name})" if errno_name else ""

        report = [
            f"{self.reason or 'it failed'}{suffix}",
            f"  command:   {result.line}",
            f"  namespace: {result.netns or describe_first_namespace(self.place)}",
            f"  status:    {result.status}",
        ]

        report += self._output_lines()
        if result.call_site:
            report.append(f"  asked at:  {result.call_site}")

        hint = _hint(self)
        if hint:
            report.append(f"  next:      {hint}")

        return "\n".join(report)

    def _output_lines(self) -> list[str]:
        """Return what the command printed, as lines of the report."""
        stderr = self.result.stderr.strip()
        return ["  stderr:    " + stderr.replace("\n", "\n             ")] if stderr else []


class AlreadyExists(CommandError):
    """An object of that name exists already (EEXIST)."""


class NotFound(CommandError):
    """The link, namespace, address or route is missing (ENODEV, ENOENT, ESRCH).

    EADDRNOTAVAIL means so for the deletion of an address.
    """


class NotPermitted(CommandError):
    """The kernel requires more privileges (EPERM, EACCES)."""


class NotSupported(CommandError):
    """The kernel, or the kind of the link, does not support the operation (EOPNOTSUPP)."""


class Busy(CommandError):
    """The object is in use (EBUSY)."""


class RejectedByKernel(CommandError):
    """The kernel refused the value (EINVAL, ERANGE, ENETUNREACH, EADDRNOTAVAIL)."""


class UsageError(CommandError):
    """iproute2 refused the arguments before it asked the kernel (exit status 255 or 1)."""


class ProcessEnded(CommandError):
    """A background process ended before it was ready, whatever the status.

    The message has the last lines of the output or the log: ``printed``.
    """

    def __init__(
        self,
        result: ResultLike,
        number: int | None = None,
        *,
        reason: str = "",
        printed: str = "",
    ) -> None:
        super().__init__(result, number, reason=reason)
        self.printed = printed

    def __reduce__(self) -> tuple[Any, ...]:
        rebuild, arguments, state = super().__reduce__()
        return partial(rebuild, printed=self.printed), arguments, state

    def _output_lines(self) -> list[str]:
        return self.printed.splitlines() if self.printed else super()._output_lines()


class InvalidArgument(IpwrapError, ValueError):
    """A value that iproute2 or the kernel cannot take, refused before anything ran."""


class UnknownOption(InvalidArgument, TypeError):
    """An option that the verb or the kind does not have."""


class LabFileError(InvalidArgument):
    """A file of a lab cannot be read, or is wrong: the message starts with its path and place.

    ``line`` and ``column`` count from 1; ``key`` is the path of the key, as ``links[2].ends``.
    """

    def __init__(
        self,
        problem: str,
        path: str | None = None,
        *,
        line: int | None = None,
        column: int | None = None,
        key: str = "",
    ) -> None:
        self.problem = problem
        self.path = path
        self.line = line
        self.column = column
        self.key = key

        numbers = [str(number) for number in (line, column) if number]
        place = ":".join((path or "lab file", *numbers))
        super().__init__(": ".join(part for part in (place, key, problem) if part))


class CommandTimeout(IpwrapError, TimeoutError):
    """A command exceeded its timeout and was ended, or an event did not come in time.

    ``result`` is the `Result` of the command with its output by then, None without a command.
    """

    def __init__(self, message: str, result: ResultWithOutput | None = None) -> None:
        TimeoutError.__init__(self, message)
        self.result = result

    @property
    def stdout(self) -> str:
        """What the command printed on stdout by then."""
        return "" if self.result is None else self.result.stdout

    @property
    def stderr(self) -> str:
        """What the command printed on stderr by then."""
        return "" if self.result is None else self.result.stderr

    def __str__(self) -> str:
        report = [*map(str, self.args)]
        for name, text in (("stdout", self.stdout), ("stderr", self.stderr)):
            report += describe_output(name, text)
        return "\n".join(report)


class WaitTimeout(CommandTimeout):
    """A condition did not hold in time.

    ``condition`` is the condition, ``seen`` what was seen last.
    """

    def __init__(self, message: str, condition: object = None, *, seen: str = "") -> None:
        super().__init__(message)
        self.condition = condition
        self.seen = seen

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), seen=self.seen), (str(self), self.condition)


class OutputError(IpwrapError):
    """The output is not the expected JSON."""


class OutputWarning(UserWarning):
    """The output of a release lacks something that later releases print: it is read without."""


class LabFileWarning(OutputWarning):
    """A part of a file of a lab has no effect here, and does no harm."""


class NotExportable(IpwrapError):
    """The recording holds a command that no script can repeat."""


class NotBatchable(IpwrapError):
    """The command cannot be written as one line of a batch."""


class ExecutorError(IpwrapError):
    """The program is missing, or could not be run."""


class PlaceError(IpwrapError):
    """The place where commands should run cannot be opened, or is gone."""


class ConnectionLost(PlaceError):
    """The connection to another machine was lost.

    Of a change under way nobody knows whether it was made: the recording has it without a result,
    and `ipwrap undo` looks.
    """


class RecordingError(IpwrapError):
    """A recording cannot be read or written: the message starts with its path and the line."""

    def __init__(self, message: str, path: str | None = None, *, line: int | None = None) -> None:
        self.path = path
        self.line = line

        if line:
            location = f"{path or 'recording'}:{line}: "
        elif path:
            location = f"{path}: "
        else:
            location = ""

        super().__init__(location + message)


class PlaybackError(RecordingError):
    """A playback mismatch: the command differs from the next recorded one."""

    def __init__(
        self,
        asked: str,
        recorded: str | None,
        *,
        nearest: str | None = None,
        path: str | None = None,
        differs: str | None = None,
    ) -> None:
        self.asked = asked
        self.recorded = recorded
        self.nearest = nearest
        self.differs = differs

        report = [
            "playback mismatch: the session and its recording differ",
            f"  asked:    {asked}",
            f"  recorded: {recorded or 'nothing more'}",
        ]
        if nearest and nearest != recorded:
            report.append(f"  nearest:  {nearest}")
        if differs:
            report.append(f"  differs:  {differs}")
        report.append("  next:     run the script again with record=… to make a new recording")

        super().__init__("\n".join(report), path)

    def __reduce__(self) -> tuple[Any, ...]:
        rebuild = partial(type(self), nearest=self.nearest, path=self.path, differs=self.differs)
        return rebuild, (self.asked, self.recorded)


IPROUTE2 = frozenset({"ip", "bridge", "tc"})

# What the namespace without a name is called, where that is not the host's.
FIRST_NAMESPACES: dict[str | None, str] = {"sandbox": "the sandbox's own"}
DOCTOR_HINT = "`ipwrap doctor` lists what this kernel can do"
# Next steps after NotPermitted, by the place.
PERMISSION_HINTS = {
    None: "use Session(sandbox=True), which needs no root, or sudo=True",
    "local": "use Session(sandbox=True), which needs no root, or sudo=True",
    "sandbox": (
        "a sandbox cannot do this, it is left to root of the machine: as root, a privileged "
        "sandbox can, Session(Sandbox(privileged=True))"
    ),
    "sudo": "let `sudo -n` run as root without a password, or use Session(sandbox=True)",
}
SSH_PREFIX = "ssh "
SSH_HINT = "log in as root, or use Ssh(…, sudo=True), where `sudo -n` asks for no password"
ROOT_HINT = "root lacks the right here, as in a container: use Session(sandbox=True)"

# Any other errno stays a plain CommandError.
CLASS_BY_ERRNO: dict[int, type[CommandError]] = {
    errno.EEXIST: AlreadyExists,
    errno.ENODEV: NotFound,
    errno.ENOENT: NotFound,
    errno.ESRCH: NotFound,
    errno.ENXIO: NotFound,
    errno.EADDRNOTAVAIL: RejectedByKernel,
    errno.EPERM: NotPermitted,
    errno.EACCES: NotPermitted,
    errno.EOPNOTSUPP: NotSupported,
    errno.ENOSYS: NotSupported,
    errno.EPROTONOSUPPORT: NotSupported,
    errno.EAFNOSUPPORT: NotSupported,
    errno.EBUSY: Busy,
    errno.EAGAIN: Busy,
    errno.EADDRINUSE: Busy,
    errno.EINVAL: RejectedByKernel,
    errno.ERANGE: RejectedByKernel,
    errno.ENETUNREACH: RejectedByKernel,
    errno.EHOSTUNREACH: RejectedByKernel,
    errno.ENAMETOOLONG: RejectedByKernel,
    errno.EMSGSIZE: RejectedByKernel,
    errno.ENETDOWN: RejectedByKernel,
    errno.ELOOP: RejectedByKernel,
    errno.E2BIG: RejectedByKernel,
}

# glibc's text for each errno that has a class: a recording made on Linux is read with the same
# meaning on systems whose C library words them differently.
GLIBC = {
    "File exists": errno.EEXIST,
    "No such device": errno.ENODEV,
    "No such file or directory": errno.ENOENT,
    "No such process": errno.ESRCH,
    "No such device or address": errno.ENXIO,
    "Cannot assign requested address": errno.EADDRNOTAVAIL,
    "Operation not permitted": errno.EPERM,
    "Permission denied": errno.EACCES,
    "Operation not supported": errno.EOPNOTSUPP,
    "Function not implemented": errno.ENOSYS,
    "Protocol not supported": errno.EPROTONOSUPPORT,
    "Address family not supported by protocol": errno.EAFNOSUPPORT,
    "Device or resource busy": errno.EBUSY,
    "Resource temporarily unavailable": errno.EAGAIN,
    "Address already in use": errno.EADDRINUSE,
    "Invalid argument": errno.EINVAL,
    "Numerical result out of range": errno.ERANGE,
    "Network is unreachable": errno.ENETUNREACH,
    "No route to host": errno.EHOSTUNREACH,
    "File name too long": errno.ENAMETOOLONG,
    "Message too long": errno.EMSGSIZE,
    "Network is down": errno.ENETDOWN,
    "Too many levels of symbolic links": errno.ELOOP,
    "Argument list too long": errno.E2BIG,
}

# The C library's text for each errno, which iproute2 prints after the last colon (LC_ALL=C).
BY_TEXT = {os.strerror(number): number for number in errno.errorcode} | GLIBC

# Texts of iproute2 and of the kernel's extended acknowledgements, which carry no errno.
# The first match counts, so that the specific ones come first.
# (lib/utils.c nodev(), ip/ipaddress.c, ip/iptoken.c, bridge/*.c; net/ipv4/devinet.c,
# net/core/rtnetlink.c, net/ipv4/fib_*.c, net/sched/sch_api.c, cls_api.c, act_api.c)
ERRNO_PATTERNS = (
    (r"Cannot find (?:(?:bridge|network|vxlan) )?device", errno.ENODEV),
    (r"Device .*does not exist|dev is invalid", errno.ENODEV),
    (r"Invalid \"(?:link-)?netns\" value", errno.ENOENT),
    (r"(?:Invalid|Not a valid) VRF|VRF does not exist", errno.ENODEV),
    (r"No link dev|Link (?:.* )?does not exist", errno.ENODEV),
    (r"Unknown device type|not supported|does not support", errno.EOPNOTSUPP),
    (r"Operation not supported", errno.EOPNOTSUPP),
    (r"qdisc kind is unknown|TC classifier not found|load TC action module", errno.EOPNOTSUPP),
    (r"(?:Failed to|Cannot|Did not) find|doesn't exist|qdisc with handle of zero", errno.ENOENT),
    (r"Exclusivity flag on", errno.EEXIST),
    (r"already (?:assigned|exists|enslaved|in use|has|joined|taken)|exists", errno.EEXIST),
    (r"(?:not found|does not exist|No such)", errno.ENOENT),
    (r"(?:is busy|in use)", errno.EBUSY),
    (r"(?:not permitted|ermission denied|a password is required|must be owner)", errno.EPERM),
)
BY_PATTERN = tuple((lazy_pattern(pattern), number) for pattern, number in ERRNO_PATTERNS)

# Lines of any other start may be a program's output, whose words mean nothing here.
ERROR_PREFIXES = ("RTNETLINK answers", "Error:", "Cannot", "Device", "No such", "sudo:")

# iproute2 quotes arguments of the user; a link named "exists" must not match a pattern.
QUOTED_ARGUMENT = lazy_pattern(r"(argument |or |duplicate )\"[^\"]*\"")

# `ip` ends with 2 where rtnl_talk() failed (`return -2`, negated by do_cmd() in ip/ip.c), and with
# 1 or 255 where iproute2 itself refused the arguments. `bridge` ends with 255 in both cases.
KERNEL_REFUSAL_STATUS = 2

# lib/libnetlink.c prints the kernel's errno behind "RTNETLINK answers", or the text of its extended
# acknowledgement behind "Error: ", with a full stop (print_ext_ack_msg()). invarg(), missarg() and
# duparg() of lib/utils.c begin with "Error: " as well, but quote an argument of the user.
# Options of `ip`, `bridge` and `tc` that are followed by a value: main() of each.
OPTIONS_WITH_VALUE = frozenset(
    {"n", "net", "netns", "f", "family", "l", "loops", "rc", "rcvbuf", "b", "batch", "cf", "conf"}
)

# The texts of ip/ipvrf.c, lib/namespace.c and lib/exec.c for a program that was not run, and the
# status of `ip` then.
EXEC_FAILURES = (
    "Cannot open network namespace",
    "Invalid VRF name",
    'exec of "',
    "setting the network namespace",
)
EXEC_FAILURE_STATUS = 255

# The statuses of shells and coreutils for a program that was not run, and their words:
# `sh: 1: x: not found`, `timeout: failed to run command 'x': No such file or directory`.
NOT_RUN_STATUSES = frozenset({126, 127})
NOT_RUN = lazy_pattern(
    r"(?:exec of|(?:\S+: )?(?:line )?(?:[0-9]+: )?(?:(?:failed to|cannot) \w+(?: command)?)?) ?"
    r"""['"‘]?(?P<program>[^\s'"‘’:]+)['"’]?(?: failed)?: (?:command )?"""
    r"(?P<problem>not found|No such file or directory|Permission denied)$"
)

_KERNEL_REFUSAL = lazy_pattern(r'RTNETLINK answers|Error: [^"]*\.$')


def is_kernel_refusal(line: str) -> bool:
    """Return whether a line of stderr is the kernel's refusal, and not iproute2's own message."""
    return _KERNEL_REFUSAL.match(line) is not None


def error_for(result: ResultLike) -> CommandError:
    """Return the exception for a failed command, by program, stderr and status.

    The text after the last colon of a line names an errno, or else a few known sentences do.
    Without either, status 2 means that the kernel refused the value, and 1 and 255 of `ip` and
    `bridge` mean wrong arguments. Errors of other programs have an errno only if the program ran
    iproute2, and printed the kernel's answer, or if `ip netns exec` failed to run the program.
    """
    stripped = (line.strip() for line in result.stderr.splitlines())
    lines = [line for line in stripped if line]

    words = _split(result.line)
    program_words = _program_words(words)
    is_iproute2 = _is_iproute2(program_words)

    # Warnings come before the failure.
    for line in reversed(lines):
        if not is_iproute2 and not _is_of_iproute2(line, words, status=result.status):
            continue

        number = _find_errno(line)
        if number is not None:
            error_class = _class_of(number, program_words)
            return error_class(result, number, reason=line)

    if not is_iproute2:
        # The status of any other program has a meaning of its own.
        reason = f"{program_words[0]} ended with status {result.status}"
        problem = _describe_not_run(lines, result.status)
        return CommandError(result, reason=f"{problem}: {reason}" if problem else reason)

    return _error_by_status(result, lines[0] if lines else "")


def _describe_not_run(lines: list[str], status: int) -> str | None:
    """Return which program could not be run, of a shell, a wrapper such as timeout, or `ip`."""
    for line in reversed(lines):
        match = NOT_RUN.match(line)
        is_of_ip = line.startswith('exec of "')  # lib/exec.c; its status depends on the release
        if match is None or not (is_of_ip or status in NOT_RUN_STATUSES):
            continue

        is_refused = match["problem"] == "Permission denied"
        return f"{match['program']}: {'not allowed to run it' if is_refused else 'no such program'}"
    return None


def _split(line: str) -> list[str]:
    """Return the arguments of a command line, without its directory and its variables."""
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()

    # `(cd DIRECTORY && NAME=VALUE PROGRAM)`
    if words[:1] == ["(cd"] and "&&" in words:
        words = words[words.index("&&") + 1 :]
        words[-1] = words[-1].removesuffix(")")
    return _behind_assignments(words) or words or [line]


def _behind_assignments(words: list[str]) -> list[str]:
    """Return the words behind the variables that are set for a command."""
    return list(itertools.dropwhile(ASSIGNMENT.match, words))


def _program_words(words: list[str]) -> list[str]:
    """Return the innermost program with its arguments, such as the program of `ip netns exec`."""
    while True:
        inner_words = _behind_sudo(words) or _behind_env(words) or _inner_words(words)
        if not inner_words:
            return words
        words = inner_words


def _behind_sudo(words: list[str]) -> list[str]:
    """Return the command that `sudo -n` runs; empty for another command."""
    if words[0].rpartition("/")[2] != "sudo":
        return []

    position = 1
    while position < len(words) and words[position].startswith("-"):
        position += 1
    return words[position:]


def _behind_env(words: list[str]) -> list[str]:
    """Return the command that `env NAME=VALUE` runs; empty for another command."""
    if words[0] != "env" or len(words) < 2 or not ASSIGNMENT.match(words[1]):
        return []
    return _behind_assignments(words[1:])


def _inner_words(words: list[str]) -> list[str]:
    """Return the command that `ip netns exec` or `ip vrf exec` runs; empty for another command.

    The object and `exec` may be abbreviated: matches() in lib/utils.c.
    """
    if not _is_iproute2(words):
        return []

    position = 1
    is_for_all = False
    while position < len(words) and words[position].startswith("-"):
        option = words[position]
        is_for_all = is_for_all or option in ("-a", "-all", "--all")
        position += 2 if option.lstrip("-") in OPTIONS_WITH_VALUE else 1

    object_and_verb = words[position : position + 2]
    if len(object_and_verb) < 2 or not all(object_and_verb):
        return []

    noun, verb = object_and_verb
    if not "exec".startswith(verb) or not ("netns".startswith(noun) or "vrf".startswith(noun)):
        return []

    # With -all there is no name of a namespace.
    return words[position + (2 if is_for_all else 3) :]


def _is_iproute2(words: list[str]) -> bool:
    """Return whether a command line runs ip, bridge or tc."""
    return words[0].rpartition("/")[2] in IPROUTE2


def _is_of_iproute2(line: str, words: list[str], *, status: int) -> bool:
    """Return whether a line that another program's command printed comes from iproute2 all the
    same.
    """
    if line.startswith("RTNETLINK answers: "):
        return True

    # `ip netns exec` ends with 255 where it could not run the program.
    is_exec = _is_iproute2(words) and status == EXEC_FAILURE_STATUS
    return is_exec and line.startswith(EXEC_FAILURES)


def _class_of(number: int, words: list[str]) -> type[CommandError]:
    """Return the class of an errno, for a command of iproute2."""
    # inet_rtm_deladdr() in net/ipv4/devinet.c: the address to delete is not there. Any other
    # command named an address that the kernel cannot use: a multicast MAC, another host's source.
    is_deletion = any(len(word) >= 3 and "delete".startswith(word) for word in words[1:])
    if number == errno.EADDRNOTAVAIL and is_deletion:
        return NotFound
    return CLASS_BY_ERRNO.get(number, CommandError)


def describe_first_namespace(place: str | None) -> str:
    """Return what the namespace without a name is called in reports, by the name of the place."""
    if place is not None and place.startswith(SSH_PREFIX):
        return f"the host namespace of {place.removeprefix(SSH_PREFIX)}"
    return FIRST_NAMESPACES.get(place, "the host namespace")


def describe_output(name: str, text: str) -> list[str]:
    """Return the last lines of an output, named and indented; none of an empty one."""
    lines = text.rstrip().splitlines()
    if not lines:
        return []

    shown = [line[:LINE_WIDTH] for line in lines[-LAST_LINES:]]
    if len(lines) > LAST_LINES:
        shown.insert(0, f"… ({len(lines) - LAST_LINES} lines before)")
    first, *others = shown
    label = f"{name}:".ljust(len("  namespace: ") - 2)
    return [f"  {label}{first}", *(f"{' ' * (len(label) + 2)}{line}" for line in others)]


def _hint(error: CommandError) -> str | None:
    """Return the next step after an error of iproute2, for the place where the command ran."""
    if not _is_iproute2(_program_words(_split(error.result.line))):
        return None
    if isinstance(error, NotSupported):
        return DOCTOR_HINT
    if not isinstance(error, NotPermitted):
        return None

    if error.place == "local" and os.geteuid() == 0:
        return ROOT_HINT
    if error.place is not None and error.place.startswith(SSH_PREFIX):
        return SSH_HINT
    return PERMISSION_HINTS.get(error.place)


def _errno_name(number: int | None) -> str | None:
    """Return the symbolic name of an errno; None for an unknown one."""
    # On Linux ENOTSUP has the same number, and errno.errorcode has its name.
    if number == errno.EOPNOTSUPP:
        return "EOPNOTSUPP"
    return errno.errorcode.get(number or 0)


def _find_errno(line: str) -> int | None:
    """Return the errno that a line of stderr names, by the C library's text or a known sentence."""
    text = line.rpartition(": ")[2].rstrip(".")
    if text in BY_TEXT:
        return BY_TEXT[text]

    if not line.startswith(ERROR_PREFIXES):
        return None

    without_arguments = QUOTED_ARGUMENT.sub(r'\1""', line)
    for pattern, number in BY_PATTERN:
        if pattern.search(without_arguments):
            return number
    return None


def _error_by_status(result: ResultLike, first_line: str) -> CommandError:
    """Return the exception for a command whose stderr names no errno."""
    # Only the first line is examined: the reason that the report shows.
    if result.status == KERNEL_REFUSAL_STATUS or is_kernel_refusal(first_line):
        return RejectedByKernel(result, errno.EINVAL, reason=first_line)
    return UsageError(result, errno.EINVAL, reason=first_line)
