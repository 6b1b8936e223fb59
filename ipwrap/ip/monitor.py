"""`ip monitor`: a stream of kernel notifications.

ip-monitor(8); iproute2's ip/ipmonitor.c, rtnl_listen() in lib/libnetlink.c.
"""

import os
from typing import ClassVar, Literal, get_args

from attrs import frozen

from ipwrap.command import Command
from ipwrap.models import event
from ipwrap.models.event import Event
from ipwrap.monitor import Monitor, require_monitor_starter
from ipwrap.options.codecs import Choice
from ipwrap.options.validation import check_argument
from ipwrap.verbs.base import ObjectCommands, format_device, format_family_flag

__all__ = ["MonitorObject", "MonitorVerbs"]

MonitorObject = Literal[
    "acaddress",
    "address",
    "link",
    "maddress",
    "mroute",
    "neigh",
    "netconf",
    "nexthop",
    "nsid",
    "prefix",
    "route",
    "rule",
    "stats",
]
OBJECTS = Choice(get_args(MonitorObject))


@frozen
class MonitorVerbs(ObjectCommands):
    """`ip monitor`, a callable: ``session.ip.monitor("link")``."""

    words: ClassVar[tuple[str, ...]] = ("monitor",)

    def __call__(
        self,
        *objects: MonitorObject,
        dev: str | None = None,
        family: str | None = None,
        all_nsid: bool = False,
    ) -> Monitor:
        """Return a monitor of the named objects; without names, of every object.

        The monitor receives every event from the moment of the return.

        ::

            ip -o -ts [-4 | -6] monitor [link] [address] [route] … label [all-nsid] [dev DEV]

        ``dev`` restricts the events to one link; ``family`` is "inet" or "inet6". ``all_nsid`` adds
        the events of every namespace that has an id (nsid) in this namespace. Raises `UsageError`
        for a missing link, and for an object unknown to the installed iproute2 (`acaddress` and
        `maddress` are recent).
        """
        arguments = [*_format_objects(objects), "label"]
        if all_nsid:
            arguments.append("all-nsid")
        if dev is not None:
            arguments += ("dev", format_device(dev))
        self._reject_ifindex_lookalike(arguments)

        # One event a line (-o), with a label and a time stamp: the reader of events needs the
        # three.
        argv = ("ip", "-o", "-ts", *format_family_flag(family), *self.words, *arguments)
        command = Command(argv, self.netns, changes=False)

        return require_monitor_starter(self.runner).start_monitor(command, event.IP_HEADED)

    def file(self, path: str | os.PathLike[str], *objects: MonitorObject) -> list[Event]:
        """Return the events in a file written by `rtmon`.

        ::

            ip -o monitor [link] [address] … label file PATH
        """
        argv = (
            "ip",
            "-o",
            *self.words,
            *_format_objects(objects),
            "label",
            "file",
            check_argument(os.fspath(path), "path"),
        )
        result = self.runner.run(Command(argv, self.netns, changes=False))

        return event.parse_events(result.stdout, event.IP_HEADED)


def _format_objects(objects: tuple[MonitorObject, ...]) -> tuple[str, ...]:
    """Return the names of objects as arguments. Raises `InvalidArgument` for an unknown object."""
    return tuple(OBJECTS.format("object", name) for name in objects)
