"""`DeletionPace`: keeps the recorded pause between a namespace's deletion and the next commands.

The kernel destroys a namespace after `ip netns delete` has ended (cleanup_net() in
net/core/net_namespace.c). The name of a deleted link is free a moment later: a worker may reuse the
name too early, unlike the slower process of the recording.
"""

import time

from attrs import define, field

from ipwrap.command import Command
from ipwrap.result import Result

__all__ = ["DeletionPace"]

# Longer than the kernel takes: of a longer interval in the recording, this much.
LONGEST_SECONDS = 1.0


@define
class DeletionPace:
    """Keeps the interval between the deletion of a namespace and the commands behind it."""

    _recorded_end: float | None = field(default=None, init=False)
    _replayed_end: float = field(default=0.0, init=False)

    def note(self, command: Command, recorded: Result | None) -> None:
        """Note that a command has run. The deletion of a namespace begins the interval."""
        is_deletion = any(noun == "netns" for noun, _, _ in command.deletes)
        if is_deletion and recorded is not None and recorded.ok and recorded.started:
            self._recorded_end = recorded.started + recorded.seconds
            self._replayed_end = time.monotonic()

    def wait(self, recorded: Result | None) -> None:
        """Wait until as much time has gone by as before this command in the recording."""
        if self._recorded_end is None or recorded is None or not recorded.started:
            return

        interval = min(recorded.started - self._recorded_end, LONGEST_SECONDS)
        passed = time.monotonic() - self._replayed_end
        if interval > passed:
            time.sleep(interval - passed)
        if passed > LONGEST_SECONDS:
            self._recorded_end = None
