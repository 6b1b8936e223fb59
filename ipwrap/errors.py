"""What can go wrong, and how iproute2's words on stderr become a class and an errno.

::

    IpwrapError
    ├─ CommandError(result)       exit status not 0; also an OSError: .errno, and str() is a small report
    │  ├─ AlreadyExists           EEXIST
    │  ├─ NotFound                ENODEV, ENOENT, ESRCH, ENXIO, EADDRNOTAVAIL
    │  ├─ NotPermitted            EPERM, EACCES
    │  ├─ NotSupported            EOPNOTSUPP, ENOSYS, EPROTONOSUPPORT, EAFNOSUPPORT
    │  ├─ Busy                    EBUSY, EAGAIN, EADDRINUSE
    │  ├─ RejectedByKernel            EINVAL, ERANGE, ENETUNREACH, …: the kernel refused the value
    │  └─ UsageError              iproute2 refused the words before it asked the kernel
    ├─ InvalidArgument                   refused before anything ran; also a ValueError
    │  └─ UnknownOption               no such option; also a TypeError
    ├─ CommandTimeout             ran longer than allowed and was ended
    ├─ OutputError                not the JSON that was expected; shows the raw text
    ├─ NotBatchable               a command that cannot be said as one batch line
    ├─ ExecutorError              the program is missing, or could not be run at all
    ├─ PlaceError                 the place cannot be opened or is gone
    └─ RecordingError(path, line) a recording that cannot be read
       └─ PlaybackError           asked for another command than the one recorded
"""

import errno
import os
import re
from typing import Any, Protocol

__all__ = [
    "AlreadyExists",
    "Busy",
    "CommandError",
    "CommandTimeout",
    "ExecutorError",
    "InvalidArgument",
    "IpwrapError",
    "NotBatchable",
    "NotFound",
    "NotPermitted",
    "NotSupported",
    "OutputError",
    "PlaceError",
    "PlaybackError",
    "RecordingError",
    "RejectedByKernel",
    "UnknownOption",
    "UsageError",
    "error_for",
]


class ResultLike(Protocol):
    """What an error needs to know of the command that failed: the part of a `Result` that it prints."""

    @property
    def line(self) -> str:
        """The command as one would type it."""

    @property
    def netns(self) -> str | None:
        """The namespace it ran in."""

    @property
    def status(self) -> int:
        """Its exit status."""

    @property
    def stderr(self) -> str:
        """What it said."""

    @property
    def call_site(self) -> str | None:
        """File and line of the script that asked for it."""


class IpwrapError(Exception):
    """The base of everything that ipwrap raises on purpose."""


class CommandError(IpwrapError, OSError):
    """A command ended with a status other than 0.

    It is an `OSError` too, so ``error.errno == errno.EEXIST`` works; ``error.result`` is the whole `Result`.
    """

    def __init__(self, result: ResultLike, number: int | None = None, reason: str = "") -> None:
        OSError.__init__(self, number, reason)
        self.result = result
        self.reason = reason

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.result, self.errno, self.reason)

    def __str__(self) -> str:
        name = (
            "EOPNOTSUPP" if self.errno == errno.EOPNOTSUPP else errno.errorcode.get(self.errno or 0)
        )
        code = f" ({name})" if name else ""
        report = [f"{self.reason or 'it failed'}{code}", f"  command:   {self.result.line}"]
        report.append(f"  namespace: {self.result.netns or 'the first one of this place'}")
        report.append(f"  status:    {self.result.status}")
        if said := self.result.stderr.strip():
            report.append("  it said:   " + said.replace("\n", "\n             "))
        if self.result.call_site:
            report.append(f"  asked at:  {self.result.call_site}")
        if hint := HINTS.get(type(self)):
            report.append(f"  next:      {hint}")
        return "\n".join(report)


class AlreadyExists(CommandError):
    """There is one of that name already (EEXIST)."""


class NotFound(CommandError):
    """The link, namespace, address or route is not there (ENODEV, ENOENT, ESRCH, EADDRNOTAVAIL)."""


class NotPermitted(CommandError):
    """The kernel wants more privileges (EPERM, EACCES)."""


class NotSupported(CommandError):
    """This kernel, or this kind of link, cannot do that (EOPNOTSUPP)."""


class Busy(CommandError):
    """It is in use (EBUSY)."""


class RejectedByKernel(CommandError):
    """The kernel refused the value (EINVAL, ERANGE, ENETUNREACH)."""


class UsageError(CommandError):
    """iproute2 refused the words before it asked the kernel (exit status 255 or 1)."""


class InvalidArgument(IpwrapError, ValueError):
    """A value that iproute2 or the kernel cannot take, refused before anything ran."""


class UnknownOption(InvalidArgument, TypeError):
    """An option that the verb or the kind does not have."""


class CommandTimeout(IpwrapError, TimeoutError):
    """A command ran longer than it may and was ended."""


class OutputError(IpwrapError):
    """The output is not the JSON that was expected."""


class NotBatchable(IpwrapError):
    """The command cannot be written as one line of a batch."""


class ExecutorError(IpwrapError):
    """The program is missing, or could not be run."""


class PlaceError(IpwrapError):
    """The place where commands should run cannot be opened, or is gone."""


class RecordingError(IpwrapError):
    """A recording that cannot be read: says the path and the line."""

    def __init__(self, message: str, path: str | None = None, line: int | None = None) -> None:
        self.path = path
        self.line = line
        where = f"{path or 'recording'}:{line}: " if line else f"{path}: " if path else ""
        super().__init__(where + message)


class PlaybackError(RecordingError):
    """A playback was asked for a command other than the next recorded one."""

    def __init__(
        self,
        asked: str,
        recorded: str | None,
        nearest: str | None,
        path: str | None = None,
        differs: str | None = None,
    ) -> None:
        self.asked = asked
        self.recorded = recorded
        self.nearest = nearest
        self.differs = differs
        lines = ["the session and its recording go apart", f"  asked:    {asked}"]
        lines.append(f"  recorded: {recorded or 'nothing more'}")
        if nearest and nearest != recorded:
            lines.append(f"  nearest:  {nearest}")
        if differs:
            lines.append(f"  differs:  {differs}")
        lines.append("  next:     run the script again with record=… to make a new recording")
        super().__init__("\n".join(lines), path)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.asked, self.recorded, self.nearest, self.path, self.differs)


HINTS = {
    NotPermitted: "use Session(sandbox=True), which needs no root, or sudo=True",
    NotSupported: "`ipwrap doctor` lists what this kernel can do",
}

# errno -> class. Anything else stays a plain CommandError.
BY_ERRNO: dict[int, type[CommandError]] = {
    number: cls
    for cls, numbers in (
        (AlreadyExists, (errno.EEXIST,)),
        (NotFound, (errno.ENODEV, errno.ENOENT, errno.ESRCH, errno.ENXIO, errno.EADDRNOTAVAIL)),
        (NotPermitted, (errno.EPERM, errno.EACCES)),
        (NotSupported, (errno.EOPNOTSUPP, errno.ENOSYS, errno.EPROTONOSUPPORT, errno.EAFNOSUPPORT)),
        (Busy, (errno.EBUSY, errno.EAGAIN, errno.EADDRINUSE)),
        (
            RejectedByKernel,
            (
                *(
                    errno.EINVAL,
                    errno.ERANGE,
                    errno.ENETUNREACH,
                    errno.EHOSTUNREACH,
                    errno.ENAMETOOLONG,
                ),
                *(errno.EMSGSIZE, errno.ENETDOWN, errno.ELOOP, errno.E2BIG),
            ),
        ),
    )
    for number in numbers
}

QUOTED = re.compile(
    r"(argument |or |duplicate )\"[^\"]*\""
)  # words of the user's, which mean nothing here

# glibc's text for each errno that has a class: what was recorded on Linux means the same where texts are others.
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
# (lib/utils.c nodev(), ip/ipaddress.c, ip/iptoken.c, bridge/*.c; net/ipv4/devinet.c, net/core/rtnetlink.c,
# net/ipv4/fib_*.c, net/sched/sch_api.c, cls_api.c, act_api.c)
BY_PATTERN: tuple[tuple[re.Pattern[str], int], ...] = tuple(
    (re.compile(pattern), number)
    for pattern, number in (
        (r"Cannot find (?:(?:bridge|network|vxlan) )?device", errno.ENODEV),
        (r"Device .*does not exist|dev is invalid", errno.ENODEV),
        (r"Invalid \"(?:link-)?netns\" value", errno.ENOENT),
        (r"No link dev|Link (?:.* )?does not exist", errno.ENODEV),
        (
            r"Unknown device type|not supported|does not support|Operation not supported",
            errno.EOPNOTSUPP,
        ),
        (r"qdisc kind is unknown|TC classifier not found|load TC action module", errno.EOPNOTSUPP),
        (
            r"(?:Failed to|Cannot|Did not) find|doesn't exist|qdisc with handle of zero",
            errno.ENOENT,
        ),
        (r"Exclusivity flag on", errno.EEXIST),
        (r"already (?:assigned|exists|enslaved|in use|has|joined|taken)|exists", errno.EEXIST),
        (r"(?:not found|does not exist|No such)", errno.ENOENT),
        (r"(?:is busy|in use)", errno.EBUSY),
        (r"(?:not permitted|ermission denied|a password is required|must be owner)", errno.EPERM),
    )
)


def error_for(result: ResultLike) -> CommandError:
    """Return the exception that says what this failed command's stderr means.

    The text after the last colon of a line names an errno; failing that, a few known sentences do; failing that,
    status 2 means that the kernel refused the value, 1 and 255 of `ip` and `bridge` that the words were wrong.
    """
    lines = [line.strip() for line in result.stderr.splitlines() if line.strip()]
    for line in reversed(lines):
        number = _errno_in(line)
        if number is not None:
            cls = BY_ERRNO.get(number, CommandError)
            return cls(result, number, line)
    return _class_by_status(result, lines[0] if lines else "")


def _errno_in(line: str) -> int | None:
    """Return the errno that a line of stderr names, by the C library's text or by a known sentence."""
    text = line.rpartition(": ")[2].rstrip(".")
    if text in BY_TEXT:
        return BY_TEXT[text]
    if not line.startswith(("RTNETLINK answers", "Error:", "Cannot", "Device", "No such", "sudo:")):
        return None
    said = QUOTED.sub(r'\1""', line)
    return next((number for pattern, number in BY_PATTERN if pattern.search(said)), None)


KERNEL_PREFIXES = re.compile(
    r'Error: [^"]*\.'
)  # an extended acknowledgement; iproute2's own quote a word of the user


def _class_by_status(result: ResultLike, said: str) -> CommandError:
    """Return an error for a command whose words on stderr name no errno."""
    program = result.line.partition(" ")[0]
    if program not in ("ip", "bridge", "tc") or " netns exec " in f" {result.line} ":
        return CommandError(result, None, f"{program} ended with status {result.status}")
    if (
        result.status == 2
        or said.startswith("RTNETLINK answers")
        or KERNEL_PREFIXES.fullmatch(said)
    ):
        return RejectedByKernel(result, errno.EINVAL, said)
    return UsageError(result, errno.EINVAL, said)
