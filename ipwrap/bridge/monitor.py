"""`bridge monitor`: what changes of bridges, as it changes. bridge(8); iproute2's bridge/monitor.c."""

import os
from typing import ClassVar, Literal, get_args

from attrs import frozen

from ipwrap.command import Command
from ipwrap.models import event
from ipwrap.models.event import Event
from ipwrap.monitor import Monitor, listener
from ipwrap.options.codecs import Choice
from ipwrap.options.validation import check_argument
from ipwrap.verbs.base import ObjectCommands

__all__ = ["BridgeMonitorVerbs", "BridgeObject"]

BridgeObject = Literal["fdb", "link", "mdb", "vlan", "vni"]
OBJECTS = Choice(get_args(BridgeObject))


@frozen
class BridgeMonitorVerbs(ObjectCommands):
    """`bridge monitor`, called by that name: ``session.bridge.monitor("fdb")``."""

    program: ClassVar[str] = "bridge"
    words: ClassVar[tuple[str, ...]] = ("monitor",)

    def __call__(self, *objects: BridgeObject) -> Monitor:
        """Return a monitor of some objects of bridges, or of all. It listens when this returns.

        ::

            bridge -t monitor { link | fdb | mdb | vlan | vni | all }

        Without `-o`, with which the lines of `vlan` and `mdb` never end. Only `all` says of what each event is; where
        several objects are named, the text has to tell. Raises `UsageError` where this iproute2 does not know a word.
        """
        argv = (self.program, "-t", *self.words, *_objects(objects))
        return listener(self.runner).start_monitor(
            Command(argv, self.netns, changes=False), _reader(objects)
        )

    def file(self, path: str | os.PathLike[str], *objects: BridgeObject) -> list[Event]:
        """Return the events that `rtmon` wrote to a file.

        ::

            bridge monitor { link | fdb | … | all } file PATH
        """
        argv = (
            self.program,
            *self.words,
            *_objects(objects),
            "file",
            check_argument(os.fspath(path), "path"),
        )
        said = self.runner.run(Command(argv, self.netns, changes=False)).stdout
        return event.events(said, event.BRIDGE)


def _objects(objects: tuple[BridgeObject, ...]) -> tuple[str, ...]:
    """Return the words for objects."""
    return tuple(OBJECTS.format("object", each) for each in objects) or ("all",)


def _reader(objects: tuple[BridgeObject, ...]) -> event.Reader:
    """Return what reads the events of some objects."""
    return event.reader_for_object(event.BRIDGE, objects[0] if len(objects) == 1 else None)
