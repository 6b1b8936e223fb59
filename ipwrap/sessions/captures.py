"""Which program captures packets in a place, and its command line."""

import os

from attrs import frozen

from ipwrap.conditions.output import Output
from ipwrap.errors import ExecutorError, InvalidArgument
from ipwrap.executors import Executor, Playback
from ipwrap.options.validation import check_argument, check_device
from ipwrap.places import Place, Sandbox
from ipwrap.recording import ProcessEvent
from ipwrap.system.programs import find_program, install_advice

__all__ = ["CaptureOptions", "capture_program"]

READY = {
    "tcpdump": "listening on",
    "dumpcap": "^File:",  # printed when the link is open, unlike "Capturing on"
}

ONE_USER = (
    "tcpdump changes its user and cannot do so here, in a user namespace of a single user; install "
    f"dumpcap: {install_advice('wireshark-common')} (or the package uidmap, and give this user a "
    "range of ids in /etc/subuid and /etc/subgid: then tcpdump can)"
)


@frozen(kw_only=True)
class CaptureOptions:
    """What to capture: the options of ``pod.capture(…)``."""

    dev: str
    path: str
    filter: str | None = None
    count: int | None = None

    def __attrs_post_init__(self) -> None:
        # "any" is no link, but all of them: pcap_open_live(3PCAP).
        if self.dev != "any":
            check_device(self.dev)
        check_argument(self.path, "path")
        if self.path == "-":
            raise InvalidArgument("path: '-' is stdout; give the path of a file")
        if self.filter is not None:
            check_argument(self.filter, "filter")
        if self.count is not None and (isinstance(self.count, bool) or self.count < 1):
            raise InvalidArgument(f"count: {self.count!r} is not a number of packets")

    def argv(self, program: str) -> tuple[str, ...]:
        """Return the command line of a program."""
        count = () if self.count is None else ("-c", str(self.count))
        if program == "dumpcap":
            capture_filter = () if self.filter is None else ("-f", self.filter)
            return ("dumpcap", "-q", "-P", "-i", self.dev, "-w", self.path, *count, *capture_filter)

        # Without --immediate-mode the kernel keeps packets back; with -U each is written at once.
        # -Z root: another user might not be allowed to write the file.
        options = ("--immediate-mode", "-U", "-n", "-Z", "root", "-i", self.dev, "-w", self.path)
        capture_filter = () if self.filter is None else ("--", self.filter)
        return ("tcpdump", *options, *count, *capture_filter)

    def ready(self, program: str, process: str) -> Output:
        """Return the condition that a program captures."""
        return Output(process, READY[program])


def capture_program(executor: Executor, place: Place) -> str:
    """Return the program that captures packets in a place: tcpdump where it can, else dumpcap.

    Raises `ExecutorError`, with the package to install, where neither can.
    """
    if isinstance(executor, Playback):
        return _recorded_program(executor)
    if not executor.live:
        return "tcpdump"

    has_tcpdump = find_program("tcpdump") is not None
    if has_tcpdump and has_several_users(place):
        return "tcpdump"
    if find_program("dumpcap") is not None:
        return "dumpcap"
    if has_tcpdump:
        raise ExecutorError(ONE_USER)
    raise ExecutorError(
        f"no program here captures packets; install tcpdump: {install_advice('tcpdump')}"
    )


def _recorded_program(executor: Playback) -> str:
    """Return the program that captured in a recorded session."""
    for event in executor.recording.events:
        if isinstance(event, ProcessEvent) and event.command.argv[0] == "dumpcap":
            return "dumpcap"
    return "tcpdump"


def has_several_users(place: Place) -> bool:
    """Return whether a program in a place may change its user: its namespace has several ones."""
    path = "/proc/self/uid_map"
    if isinstance(place, Sandbox):
        path = f"/proc/{place.pid}/uid_map"

    try:
        with open(path, encoding="ascii") as file:
            sizes = [int(line.split()[2]) for line in file]
    except OSError:
        return os.geteuid() == 0
    return sum(sizes) > 1
