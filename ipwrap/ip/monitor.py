"""`ip monitor`: what changes, as it changes. ip-monitor(8); iproute2's ip/ipmonitor.c, rtnl_listen() in its library."""

import os
from typing import ClassVar, Literal, get_args

from attrs import frozen

from ipwrap.command import Command
from ipwrap.models import event
from ipwrap.models.event import Event
from ipwrap.monitor import Monitor, listener
from ipwrap.options.codecs import Choice
from ipwrap.options.validation import check_argument
from ipwrap.verbs.base import ObjectCommands, device_word, family_words

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
    """`ip monitor`, called by that name: ``session.ip.monitor("link")``."""

    words: ClassVar[tuple[str, ...]] = ("monitor",)

    def __call__(
        self,
        *objects: MonitorObject,
        dev: str | None = None,
        family: str | None = None,
        all_nsid: bool = False,
    ) -> Monitor:
        """Return a monitor of some objects, or of all. It listens when this returns: nothing is missed from then on.

        ::

            ip -o -ts [-4 | -6] monitor [link] [address] [route] … label [all-nsid] [dev DEV]

        ``dev`` leaves out what is about other links; ``family`` is "inet" or "inet6". ``all_nsid`` tells of every
        namespace to which this one has given a number, too. Raises `UsageError` where this iproute2 does not know a
        word (`acaddress` and `maddress` are young), and where there is no such link.
        """
        words = (*_objects(objects), "label", *(("all-nsid",) if all_nsid else ()))
        only = () if dev is None else ("dev", device_word(dev))
        self._reject_ifindex_lookalike(only)
        argv = ("ip", "-o", "-ts", *family_words(family), *self.words, *words, *only)
        return listener(self.runner).start_monitor(
            Command(argv, self.netns, changes=False), event.IP_HEADED
        )

    def file(self, path: str | os.PathLike[str], *objects: MonitorObject) -> list[Event]:
        """Return the events that `rtmon` wrote to a file.

        ::

            ip -o monitor [link] [address] … label file PATH
        """
        argv = (
            "ip",
            "-o",
            *self.words,
            *_objects(objects),
            "label",
            "file",
            check_argument(os.fspath(path), "path"),
        )
        said = self.runner.run(Command(argv, self.netns, changes=False)).stdout
        return event.events(said, event.IP_HEADED)


def _objects(objects: tuple[MonitorObject, ...]) -> tuple[str, ...]:
    """Return the words for objects."""
    return tuple(OBJECTS.format("object", each) for each in objects)
