"""`bridge monitor`: notifications about bridges. bridge(8); iproute2's bridge/monitor.c."""

import os
from typing import ClassVar, Literal, get_args

from attrs import frozen

from ipwrap.command import Command
from ipwrap.models import event
from ipwrap.models.event import Event
from ipwrap.monitor import Monitor, require_monitor_starter
from ipwrap.options.codecs import Choice
from ipwrap.options.validation import check_argument
from ipwrap.verbs.base import ObjectCommands

__all__ = ["BridgeMonitorVerbs", "BridgeObject"]

BridgeObject = Literal["fdb", "link", "mdb", "vlan", "vni"]
OBJECTS = Choice(get_args(BridgeObject))


@frozen
class BridgeMonitorVerbs(ObjectCommands):
    """`bridge monitor`, a callable: ``session.bridge.monitor("fdb")``."""

    program: ClassVar[str] = "bridge"
    words: ClassVar[tuple[str, ...]] = ("monitor",)

    def __call__(self, *objects: BridgeObject) -> Monitor:
        """Return a running monitor of the given objects of bridges, by default of every object.

        ::

            bridge -t monitor { link | fdb | mdb | vlan | vni | all }

        Only `all` prefixes events with their object; with several objects, the text of the event
        decides. Raises `UsageError` for an object unknown to the installed iproute2.
        """
        # No `-o`: the lines of `vlan` and `mdb` would never end.
        argv = (self.program, "-t", *self.words, *_object_arguments(objects))
        command = Command(argv, self.netns, changes=False)

        return require_monitor_starter(self.runner).start_monitor(command, _event_reader(objects))

    def file(self, path: str | os.PathLike[str], *objects: BridgeObject) -> list[Event]:
        """Return the events of a file written by `rtmon`.

        ::

            bridge monitor { link | fdb | … | all } file PATH
        """
        argv = (
            self.program,
            *self.words,
            *_object_arguments(objects),
            "file",
            check_argument(os.fspath(path), "path"),
        )
        result = self.runner.run(Command(argv, self.netns, changes=False))

        return event.parse_events(result.stdout, event.BRIDGE)


def _object_arguments(objects: tuple[BridgeObject, ...]) -> tuple[str, ...]:
    """Return the names of the objects, or `all`."""
    names = tuple(OBJECTS.format("object", name) for name in objects)
    return names or ("all",)


def _event_reader(objects: tuple[BridgeObject, ...]) -> event.MonitorReader:
    """Return the parser for events of the objects."""
    # do_monitor() in bridge/monitor.c sets prefix_banner for `all` only: the events of a single
    # object have no label.
    unlabelled_object = objects[0] if len(objects) == 1 else None
    return event.reader_for_object(event.BRIDGE, unlabelled_object)
