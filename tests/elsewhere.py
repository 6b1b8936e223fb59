"""Run a script as on Windows or macOS, without the modules and names that Python lacks there.

``python -P tests/elsewhere.py win32|darwin SCRIPT ARGUMENT…``. The lists are from the
"Availability" notes of Python's documentation.
"""

import os
import runpy
import select
import signal
import socket
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType

__all__ = ["LACKING", "UNIX_MODULES"]

# Packages that look at the platform at import time: loaded before the platform changes.
LOADED_BEFORE = (
    "attrs",
    "click",
    "csv",
    "msgspec",
    "runpy",
    "structlog",
    "subprocess",
    "tabulate",
    "tempfile",
)

UNIX_MODULES = frozenset(
    {"crypt", "curses", "fcntl", "grp", "nis", "ossaudiodev", "posix", "pty", "pwd", "readline"}
)
UNIX_MODULES |= {"resource", "spwd", "syslog", "termios", "tty"}

WINDOWS_LACKS = {
    "os": (
        "chown chroot ctermid fchdir fchmod fchown fork forkpty fpathconf fstatvfs getegid "
        "geteuid getgid getgrouplist getgroups getloadavg getpgid getpgrp getpriority getresgid "
        "getresuid getsid getuid initgroups killpg lchown lockf major makedev minor mkfifo "
        "mknod nice openpty pathconf pipe2 posix_fadvise posix_fallocate posix_spawn "
        "posix_spawnp pread preadv pwrite pwritev readv register_at_fork sendfile setegid "
        "seteuid setgid setgroups setpgid setpriority setregid setresgid setresuid setreuid "
        "setsid setuid statvfs sync sysconf tcgetpgrp tcsetpgrp ttyname uname wait wait3 wait4 "
        "waitid writev get_blocking set_blocking getxattr setxattr listxattr removexattr "
        "sched_yield sched_getaffinity sched_setaffinity memfd_create eventfd pidfd_open setns "
        "unshare getrandom copy_file_range splice WNOHANG WIFEXITED WEXITSTATUS WIFSIGNALED "
        "WTERMSIG O_CLOEXEC O_NONBLOCK O_NOCTTY O_DIRECTORY O_NOFOLLOW O_PATH O_TMPFILE "
        "POSIX_SPAWN_OPEN POSIX_SPAWN_DUP2 POSIX_SPAWN_CLOSE"
    ),
    "signal": (
        "SIGALRM SIGCHLD SIGCONT SIGHUP SIGIO SIGKILL SIGPIPE SIGPOLL SIGPROF SIGPWR SIGQUIT "
        "SIGSTOP SIGSYS SIGTRAP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGUSR1 SIGUSR2 SIGVTALRM "
        "SIGWINCH SIGXCPU SIGXFSZ alarm getitimer pause pidfd_send_signal pthread_kill "
        "pthread_sigmask setitimer siginterrupt sigpending sigtimedwait sigwait"
    ),
    "socket": (
        "AF_UNIX AF_NETLINK AF_PACKET AF_ALG AF_CAN NETLINK_ROUTE SOCK_CLOEXEC SOCK_NONBLOCK "
        "MSG_CMSG_CLOEXEC CMSG_LEN CMSG_SPACE SCM_RIGHTS send_fds recv_fds sethostname"
    ),
    "select": (
        "poll epoll devpoll kqueue PIPE_BUF POLLIN POLLOUT POLLERR POLLHUP POLLNVAL POLLPRI "
        "EPOLLIN EPOLLOUT"
    ),
    "time": (
        "clock_gettime clock_settime clock_getres tzset pthread_getcpuclockid CLOCK_MONOTONIC "
        "CLOCK_BOOTTIME"
    ),
}
MACOS_LACKS = {
    "os": (
        "getresgid getresuid getxattr setxattr listxattr removexattr sched_getaffinity "
        "sched_setaffinity memfd_create eventfd pidfd_open setns unshare getrandom "
        "copy_file_range splice posix_fadvise posix_fallocate pipe2 setresgid setresuid O_PATH "
        "O_TMPFILE"
    ),
    "signal": "SIGPOLL SIGPWR pidfd_send_signal sigtimedwait",
    "socket": (
        "AF_NETLINK AF_PACKET AF_ALG AF_CAN NETLINK_ROUTE SOCK_CLOEXEC SOCK_NONBLOCK "
        "MSG_CMSG_CLOEXEC"
    ),
    "select": "epoll EPOLLIN EPOLLOUT",
    "time": "CLOCK_BOOTTIME",
}
LACKING = {
    platform: {module: frozenset(names.split()) for module, names in lists.items()}
    for platform, lists in (("win32", WINDOWS_LACKS), ("darwin", MACOS_LACKS))
}
MODULES: dict[str, ModuleType] = {
    "os": os,
    "signal": signal,
    "socket": socket,
    "select": select,
    "time": time,
}


class UnixModuleBlocker:
    """An import finder that refuses Unix modules."""

    def find_spec(self, name: str, *_: Sequence[str] | ModuleType | None) -> ModuleSpec | None:
        """Raise `ModuleNotFoundError` for a Unix module; leave other modules to the next finder."""
        if name in UNIX_MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

        return None


def imitate(platform: str) -> None:
    """Remove the modules and names that a platform lacks."""
    for name in LOADED_BEFORE:
        import_module(name)

    for module, names in LACKING[platform].items():
        for name in names:
            MODULES[module].__dict__.pop(name, None)

    os.strerror = "Error {}".format  # every platform has its own texts
    if platform == "win32":
        for name in UNIX_MODULES:
            sys.modules.pop(name, None)

        sys.meta_path.insert(0, UnixModuleBlocker())

    sys.platform = platform


if __name__ == "__main__":
    imitate(sys.argv[1])
    sys.argv = sys.argv[2:]
    runpy.run_path(sys.argv[0], run_name="__main__")
