"""`Capture`: the packets of a link, written to a file by tcpdump(8) or dumpcap(1)."""

import re
from types import TracebackType
from typing import Protocol, Self

from attrs import define, field

from ipwrap.background_process import BackgroundProcess
from ipwrap.conditions import Condition
from ipwrap.conditions.idle import Idle
from ipwrap.result import Result

__all__ = ["Capture", "CaptureSession"]

# dumpcap gets packets from the kernel in blocks, at the latest in the second of two periods of 250
# ms: CAP_READ_TIMEOUT in Wireshark, prb_retire_rx_blk_timer_expired() in net/packet/af_packet.c.
DUMPCAP_SECONDS = 1.0
IDLE_SECONDS = 60.0  # for a program to write what it has received, on the busiest machine
END_SECONDS = 60.0

# "3 packets captured" of tcpdump, "Packets captured: 3" of dumpcap.
PACKET_COUNT = re.compile(r"(?:^|[\r\n])(?:(\d+) packets? captured|Packets captured: (\d+))")


class CaptureSession(Protocol):
    """The part of a session that a capture needs."""

    def wait_for_condition(
        self, condition: Condition, netns: str | None, *, timeout: float
    ) -> None:
        """Wait until a condition holds."""

    def sleep(self, seconds: float) -> None:
        """Pause."""


@define(eq=False)
class Capture:
    """A running capture: see ``pod.capture(…)``. It ends with its `with` block, or by `stop`.

    - ``path``: the file with the packets, whole when the capture has ended
    - ``process``: the program that captures
    """

    path: str
    process: BackgroundProcess
    _session: CaptureSession = field(repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def packets(self) -> int | None:
        """The number of packets in the file; None while the capture runs."""
        result = self.process.result
        match = None if result is None else PACKET_COUNT.search(result.stderr)
        return None if match is None else int(match[1] or match[2])

    def wait(self, timeout: float | None = None) -> Result:
        """Wait until ``count`` packets have been captured, and return the program's result.

        ``timeout`` is in seconds. Raises `CommandTimeout`; the capture goes on.
        """
        return self.process.wait(timeout)

    def stop(self) -> Result:
        """End the capture when every packet by now is in the file. A second call does nothing.

        The program gets SIGINT, as by Ctrl-C, when it has handled what the kernel has given to it.
        """
        if self.process.running:
            if self.process.command.argv[0] == "dumpcap":
                self._session.sleep(DUMPCAP_SECONDS)
            idle = Idle(self.process.name)
            self._session.wait_for_condition(idle, None, timeout=IDLE_SECONDS)

            self.process.send_signal("INT")
            self.process.wait(END_SECONDS)

        return self.process.stop()
