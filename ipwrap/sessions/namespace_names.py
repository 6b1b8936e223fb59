"""`NamespaceNames`: which namespaces of a place are watched, and when to read their names again."""

import fnmatch
import os
import time
from collections.abc import Iterable, Sequence

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import PlaceError
from ipwrap.executors.stream import ProcessStream
from ipwrap.executors.stream_helper import StreamHelper
from ipwrap.executors.watched_namespaces import NETNS_DIR, read_netns_names
from ipwrap.places import Place
from ipwrap.sessions.namespace_monitors import Identity, MonitorOutput
from ipwrap.sessions.short_lived_names import ShortLivedNames
from ipwrap.state.snapshot import natural_key

__all__ = ["NamespaceNames"]

MONITOR = Command(("ip", "netns", "monitor"), changes=False)

# Between two polls of the names, in seconds: twice as long after each that has found nothing. The
# monitor of the names hastens the next poll. The file that it tells of may be no namespace yet.
FIRST_PAUSE, LAST_PAUSE = 0.1, 1.0


@define(eq=False)
class NamespaceNames:
    """The names of the namespaces of a place, "" for its own, as polled and as monitored.

    - ``patterns``: which names are watched; None for all
    - ``helper``: runs the monitor
    - ``next_poll``: when the names are to be read again, in seconds of `time.monotonic`
    """

    place: Place
    helper: StreamHelper
    patterns: Sequence[str] | None
    next_poll: float = field(default=0.0, init=False)
    _pause: float = field(default=FIRST_PAUSE, init=False)
    _monitor: MonitorOutput | None = field(default=None, init=False)
    _short_lived: ShortLivedNames = field(factory=ShortLivedNames, init=False)

    def begin(self) -> dict[str, Identity | None]:
        """Start the monitor, and return the present namespaces, as `poll`."""
        self._follow()
        present = self.poll()
        self._short_lived.known.update(present)
        return present

    def poll(self) -> dict[str, Identity | None]:
        """Return the present namespaces that are watched, with the identity of the named ones."""
        present: dict[str, Identity | None] = {}
        for name in ("", *sorted(read_netns_names(self.place) or (), key=natural_key)):
            if self._is_watched(name):
                present[name] = self._identify(name) if name else None
        return present

    def take_short_lived(self) -> list[str]:
        """Return the watched namespaces that came and went since the last call, and no poll found.

        To be called before each poll.
        """
        self._follow()
        lines = [] if self._monitor is None else self._monitor.take_lines()
        return [*filter(self._is_watched, self._short_lived.read(lines))]

    def note_found(self, names: Iterable[str]) -> None:
        """Note the new namespaces that a poll has found."""
        self._short_lived.note_found(names)

    @property
    def descriptor(self) -> int | None:
        """The descriptor that becomes readable when a name came or went; None for none."""
        if self._monitor is None or self._monitor.stream.ended:
            return None
        return self._monitor.stream.fileno()

    def hasten(self) -> None:
        """Poll at once: a name came or went."""
        self.next_poll = time.monotonic()

    def schedule(self, *, has_changed: bool) -> None:
        """Set the time of the next poll, after one that has found a change, or has not."""
        self._pause = FIRST_PAUSE if has_changed else min(self._pause * 2, LAST_PAUSE)
        self.next_poll = time.monotonic() + self._pause

    def close(self) -> None:
        """End the monitor."""
        if self._monitor is not None:
            self._monitor.stream.close()

    def _follow(self) -> None:
        """Start the monitor once there is a folder of namespaces, which it would make."""
        if self._monitor is None and self._has_folder():
            self._monitor = MonitorOutput(
                ProcessStream.open(MONITOR, self.place, helper=self.helper)
            )

    def _has_folder(self) -> bool:
        """Return whether the place has the folder of namespaces: the first one brings it."""
        try:
            return os.path.isdir(self.place.host_path(NETNS_DIR))
        except PlaceError:
            return False

    def _is_watched(self, name: str) -> bool:
        """Return whether a name is one of those that are watched."""
        if self.patterns is None:
            return True
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in self.patterns)

    def _identify(self, name: str) -> Identity | None:
        """Return device and inode of a namespace; None for one that is gone."""
        try:
            status = os.stat(self.place.host_path(f"{NETNS_DIR}/{name}"))
        except (OSError, PlaceError):
            return None
        return status.st_dev, status.st_ino
