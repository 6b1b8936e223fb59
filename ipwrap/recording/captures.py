"""Captures of packets: their options, as the command line of a program and read back from it."""

from collections.abc import Sequence

from attrs import evolve, frozen

from ipwrap.conditions.idle import Idle
from ipwrap.conditions.output import Output
from ipwrap.errors import InvalidArgument
from ipwrap.options.validation import check_argument, check_device
from ipwrap.recording.events import ProcessAction, ProcessEvent, Sleep, WaitEvent

__all__ = ["CAPTURE_PROGRAMS", "CaptureOptions", "CaptureProgram", "RecordedCapture"]

# dumpcap gets packets from the kernel in blocks, at the latest in the second of two periods of 250
# ms: CAP_READ_TIMEOUT in Wireshark, prb_retire_rx_blk_timer_expired() in net/packet/af_packet.c.
DUMPCAP_SECONDS = 1.0
IDLE_SECONDS = 60.0  # for a program to write what it has received, on the busiest machine
END_SECONDS = 60.0
READY_SECONDS = 10.0  # the limit of `spawn`

EndStep = Sleep | WaitEvent | ProcessAction


@frozen(kw_only=True)
class CaptureOptions:
    """The options of ``pod.capture(…)``."""

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


@frozen(kw_only=True)
class CaptureProgram:
    """A capturing program: the declaration by which arguments are written and read.

    - ``name``: the program
    - ``fixed``: the arguments of every capture
    - ``filter_keyword``: the argument before a filter
    - ``ready``: the pattern of the output once the program captures
    - ``end_seconds``: how long the kernel keeps packets back from the program
    """

    name: str
    fixed: tuple[str, ...]
    filter_keyword: str
    ready: str
    end_seconds: float = 0.0

    def argv(self, options: CaptureOptions) -> tuple[str, ...]:
        """Return the command line that captures."""
        words = [self.name, *self.fixed, "-i", options.dev, "-w", options.path]
        if options.count is not None:
            words += ["-c", str(options.count)]
        if options.filter is not None:
            words += [self.filter_keyword, options.filter]
        return tuple(words)

    def parse_argv(self, argv: Sequence[str]) -> CaptureOptions | None:
        """Return the options of a command line written by `argv`; None for another command line."""
        words = list(argv[1 + len(self.fixed) :])
        values = dict(zip(words[::2], words[1::2], strict=False))
        count = values.get("-c", "")
        try:
            options = CaptureOptions(
                dev=values.get("-i", ""),
                path=values.get("-w", ""),
                filter=values.get(self.filter_keyword),
                count=int(count) if count.isdecimal() else None,
            )
        except (InvalidArgument, ValueError):
            return None
        return options if self.argv(options) == tuple(argv) else None

    def readiness(self, process: str) -> Output:
        """Return the condition that a process captures."""
        return Output(process, self.ready)

    def end_steps(self, process: str, number: int) -> tuple[EndStep, ...]:
        """Return the steps that end a capture, after which the file has every packet so far."""
        steps: tuple[EndStep, ...] = (
            WaitEvent(Idle(process), None, IDLE_SECONDS),
            ProcessAction(number, "signal", "INT"),
            ProcessAction(number, "wait", seconds=END_SECONDS),
        )
        return (Sleep(self.end_seconds), *steps) if self.end_seconds else steps


CAPTURE_PROGRAMS = {
    # Without --immediate-mode the kernel keeps packets back; with -U each is written at once.
    # -Z root: another user might not be allowed to write the file. In immediate mode, each packet
    # takes a frame as large as the longest: 262144 bytes in a buffer of 2 MiB are 8 packets, more
    # than which are lost in a burst (create_ring() in libpcap's pcap-linux.c). With 66000 bytes,
    # as many as a packet of `lo` has, 8192 KiB are 127 packets.
    "tcpdump": CaptureProgram(
        name="tcpdump",
        fixed=("--immediate-mode", "-B", "8192", "-s", "66000", "-U", "-n", "-Z", "root"),
        filter_keyword="--",
        ready="listening on",
    ),
    "dumpcap": CaptureProgram(
        name="dumpcap",
        fixed=("-q", "-P"),
        filter_keyword="-f",
        ready="^File:",  # printed when the link is open, unlike "Capturing on"
        end_seconds=DUMPCAP_SECONDS,
    ),
}


@frozen
class RecordedCapture:
    """A background process of a recording that is a capture."""

    event: ProcessEvent
    program: CaptureProgram
    options: CaptureOptions

    @classmethod
    def of(cls, event: ProcessEvent) -> "RecordedCapture | None":
        """Return the capture that a process is; None for another process, also of tcpdump."""
        program = CAPTURE_PROGRAMS.get(event.command.argv[0])
        if program is None:
            return None

        command = event.command
        settings = (command.env, command.cwd, command.stdin, event.log)
        has_settings = any(setting is not None for setting in settings)
        if has_settings or event.ready_timeout not in (None, READY_SECONDS):
            return None
        if event.ready != program.readiness(event.name):
            return None

        options = program.parse_argv(command.argv)
        return None if options is None else cls(event, program, options)

    def count_end_steps(self, steps: Sequence[object]) -> int:
        """Return how many steps at the end of these are the end of the capture; 0 for none."""
        end = self.program.end_steps(self.event.name, self.event.number)
        if len(steps) < len(end):
            return 0

        last_steps = [_without_measures(step) for step in steps[-len(end) :]]
        return len(end) if last_steps == list(end) else 0


def _without_measures(step: object) -> object:
    """Return a step without measured values, which differ between runs."""
    if isinstance(step, WaitEvent):
        return evolve(step, seconds=0.0, seen="", call_site=None)
    if isinstance(step, (Sleep, ProcessAction)):
        return evolve(step, call_site=None)
    return step
