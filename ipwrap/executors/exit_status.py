"""Exit statuses: of a line of `ip -batch`, as if it were a process, and of programs in a shell."""

__all__ = [
    "ENDED_FROM_OUTSIDE",
    "TIMED_OUT",
    "has_kernel_error",
    "status_of_failure",
    "to_shell_status",
]

# The status of a program whose end nobody reports: as by SIGKILL, by which the kernel ends it where
# its helper is killed.
ENDED_FROM_OUTSIDE = 137
TIMED_OUT = 124  # as of timeout(1)

STATUS_USAGE, STATUS_KERNEL = 1, 2  # of `ip`: an error of its own, a refusal by the kernel
STATUS_BRIDGE = 255  # `bridge` exits with -1 on every error

# How lib/libnetlink.c prints a refusal by the kernel, the second with an extended acknowledgement;
# and an error of `ip` itself (invarg() in lib/utils.c) that begins alike.
KERNEL_ERRORS = ("RTNETLINK answers:", "Error: ")
OWN_ERROR = "Error: argument "


def status_of_failure(program: str, stderr: str) -> int:
    """Return the exit status of a failed command from stderr, since `-batch` hides the status."""
    if program == "bridge":
        return STATUS_BRIDGE
    return STATUS_KERNEL if has_kernel_error(stderr) else STATUS_USAGE


def has_kernel_error(stderr: str) -> bool:
    """Return whether stderr holds a refusal by the kernel, as printed by lib/libnetlink.c."""
    lines = stderr.splitlines()
    return any(line.startswith(KERNEL_ERRORS) and not line.startswith(OWN_ERROR) for line in lines)


def to_shell_status(code: int) -> int:
    """Return an exit status as a shell would: 128 + N for an end by signal N."""
    return code if code >= 0 else 128 - code
