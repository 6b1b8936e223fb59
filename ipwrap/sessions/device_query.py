"""`DeviceQuery`: the links of new routes and next hops, by which undo recognises the objects.

The kernel chooses the link of a route by the gateway. After the deletion of the link, and with it
of the route, a foreign route through another link may have the same destination and gateway.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from attrs import define, evolve, field

from ipwrap.command import Command, CreatedObject
from ipwrap.errors import CommandError, ConnectionLost, ExecutorError, OutputError
from ipwrap.result import RecordedLink, RecordedNetns
from ipwrap.sessions.link_query import (
    declared_effects,
    describe_link,
    find_named_link,
    find_netns_identity,
    is_change_of,
)

if TYPE_CHECKING:
    from ipwrap.verbs.runner import Runner

__all__ = ["ROUTED_OBJECTS", "DeviceQuery", "may_need_devices"]

ROUTED_OBJECTS = frozenset({"nexthop", "route"})

# From so many routes on, one list of all costs less than a question for each.
MIN_LISTED = 20


def may_need_devices(command: Command) -> bool:
    """Return whether a command creates routes or next hops."""
    if not is_change_of(command, ROUTED_OBJECTS):
        return False
    creates = declared_effects(command).creates
    return any(created.noun in ROUTED_OBJECTS for created in creates)


@define
class DeviceQuery:
    """Finds the links of new routes and next hops, right behind the changes.

    ``expected`` is the number of changes: for many changes, a list replaces single queries.
    ``own_netns`` are the namespaces created by the session, with identities: routes inside need no
    query, since undo deletes the whole namespace.
    """

    runner: "Runner"
    expected: int = 1
    own_netns: dict[str, str] = field(factory=dict)
    _lists: dict[tuple[str | None, ...], Any] = field(factory=dict, init=False, repr=False)
    _links: dict[tuple[str | None, str], RecordedLink | None] = field(
        factory=dict, init=False, repr=False
    )

    def find(self, command: Command) -> tuple[RecordedLink, ...] | None:
        """Return the links of the objects created by a command.

        None if the deletion identifies the object by itself, and without an answer.
        """
        if not may_need_devices(command):
            return None

        names: dict[tuple[str | None, str], None] = {}
        is_found = False
        try:
            for created in declared_effects(command).creates:
                if self._is_own(created.netns):
                    continue
                for shown in self._show(created):
                    is_found = True
                    names.update(dict.fromkeys((created.netns, name) for name in shown))
            links = [self._describe(netns, name) for netns, name in names]
        except (CommandError, ConnectionLost, ExecutorError, OutputError):
            return None

        if not is_found:
            return None
        return tuple(link for link in links if link is not None)

    def note_namespaces(self, command: Command, namespaces: Iterable[RecordedNetns]) -> None:
        """Note the namespaces created by a command, not the namespaces that it only names."""
        if command.argv[1:3] == ("netns", "add"):
            self.own_netns.update((netns.name, netns.identity) for netns in namespaces)

    def _is_own(self, netns: str | None) -> bool:
        """Return whether the session has created a namespace."""
        if netns is None or netns not in self.own_netns:
            return False
        return self.own_netns[netns] == find_netns_identity(self.runner, netns)

    def _show(self, created: CreatedObject) -> Iterator[list[str]]:
        """Yield the names of the links of a new object, if its deletion does not name them."""
        # Imported late: a session need not load the objects.
        from ipwrap.objects import object_type
        from ipwrap.objects.base import links_of

        command = object_type(created.noun).show_command(created)
        if command is None:
            return

        objects = self._find_objects(created, command)
        # Without a metric, the deletion hits the first one.
        for data in objects[:1]:
            yield sorted(links_of(data))

    def _find_objects(self, created: CreatedObject, command: Command) -> list[dict[str, Any]]:
        """Return the JSON of the objects that the deletion of an object may hit."""
        from ipwrap.teardown.presence import SnapshotIndex

        if self.expected < MIN_LISTED:
            return self._read(command)

        options = command.argv[1 : command.argv.index("show")]
        key = (created.netns, created.noun, *options)
        if key not in self._lists:
            netns = created.netns or ""
            words = ("table", "all") if created.noun == "route" else ()
            listing = Command(("ip", *options, "show", *words), created.netns, changes=False)
            state = {netns: {"link": [], created.noun: self._read(listing)}}
            self._lists[key] = SnapshotIndex(state)
        objects: list[dict[str, Any]] = self._lists[key].find_objects(created)
        return objects

    def _read(self, command: Command) -> list[dict[str, Any]]:
        """Return the objects that a command shows, read as JSON; [] if the command fails."""
        argv = tuple("-j" if word == "-o" else word for word in command.argv)
        result = self.runner.run(evolve(command, argv=argv, batch=True), check=False)
        if not result.ok:
            return []
        return [data for data in result.json() if isinstance(data, dict) and data]

    def _describe(self, netns: str | None, name: str) -> RecordedLink | None:
        """Return the facts that identify a link; None for a deleted link."""
        location = (netns, name)
        if location not in self._links:
            data = find_named_link(self.runner, netns, name=name)
            self._links[location] = None if data is None else describe_link(data, netns)
        return self._links[location]
