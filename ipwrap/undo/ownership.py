"""`OwnershipGuard`: check deletions, moves and renames against the kernel's present links.

Between the snapshot and a command, and between the crash and the undo, others may have changed the
host: a name alone proves nothing.
"""

from collections.abc import Iterable

from attrs import define, field

from ipwrap.command import Command, LinkRename
from ipwrap.errors import CommandError, ExecutorError, NotFound, OutputError, error_for
from ipwrap.objects.effects import EffectReader
from ipwrap.recording import State
from ipwrap.sessions.link_query import describe_link, find_named_link
from ipwrap.undo.link_data import Json, LinkLocation, kind_of, links_by_name
from ipwrap.undo.link_identity import LinkTracker
from ipwrap.undo.processes import ForeignProcess, end_processes, processes_in
from ipwrap.undo.tracked_link import FALLBACK_LINKS, format_link, stranger_problem
from ipwrap.verbs.runner import Runner

__all__ = ["OwnershipGuard", "format_location"]


@define
class OwnershipGuard:
    """Checks the commands of undo against the kernel's present state, before they run.

    - ``links``: the identity of links
    - ``kill``: end the processes in a namespace that is to be deleted
    - ``has_unknown_programs``: the session ran programs that may have created links
    - ``departed``: the links that commands of a preview move away or delete
    """

    runner: Runner
    links: LinkTracker
    kill: bool = False
    has_unknown_programs: bool = False
    departed: set[LinkLocation] = field(factory=set, init=False)

    def problem_with(self, command: Command) -> str | None:
        """Return why a command must not run: the link is another one, or the namespace must stay.

        Nothing is changed.
        """
        effects = EffectReader().read(command)
        for noun, netns, name in effects.deletes:
            if noun == "link" and not self._is_own_link((netns or "", name)):
                return self._stranger_problem((netns or "", name))
            if noun == "netns":
                return self._netns_problem(name)

        if effects.renames is not None:
            return self._rename_problem(effects.netns or "", effects.renames)
        return None

    def _rename_problem(self, netns: str, renames: LinkRename) -> str | None:
        """Return why a link must not be renamed or moved."""
        old = (netns, renames.link)
        new = (renames.netns or "", renames.name)
        if not self._is_own_link(old):
            return self._stranger_problem(old)

        occupant = self._live_link(new)
        if new == old or occupant is None or self._live_link(old) is None:
            return None
        return (
            f"{format_location(old)} cannot become {format_location(new)} again: "
            f"{format_link(new, occupant)} has that name now; rename that link, "
            "and run this again"
        )

    def _netns_problem(self, netns: str) -> str | None:
        """Return why a namespace must not be deleted: a link from before, hardware, a process."""
        if netns in self.links.foreign_netns:
            return (
                f"the namespace {netns} is not the one of that name in the recording: left alone, "
                "with all that is in it"
            )
        # Only the name goes: the namespace lives on with the processes that it had before.
        if netns in self.links.attached_netns and processes_in(self.runner, netns):
            return None

        links = self._links_in(netns)
        if links is None:
            return f"the namespace {netns} stays, since its links cannot be read"

        held = [name for name, link in links.items() if self._is_held((netns, name), link)]
        if held:
            names = ", ".join(held)
            return (
                f"the namespace {netns} stays, since it holds {names}; "
                "move that out of it, and run this again"
            )

        processes = processes_in(self.runner, netns)
        if self.kill or not processes:
            return None
        return _process_problem(netns, processes)

    def end_processes(self, command: Command) -> str | None:
        """End the processes in a namespace that a command deletes, with ``kill``.

        Return the reason against running the command: a surviving process.
        """
        for noun, _, name in EffectReader().read(command).deletes:
            if noun != "netns" or not self.kill or name not in self.links.created_netns:
                continue

            processes = processes_in(self.runner, name)
            remaining = end_processes(self.runner, name, processes=processes)
            if remaining:
                return _process_problem(name, remaining)
        return None

    def _is_held(self, location: LinkLocation, link: Json) -> bool:
        """Return whether a link must not be deleted with its namespace.

        These are former links, hardware, which would move to the namespace of process 1, and
        foreign links, moved in from outside, or inside a recreated namespace. A link that no
        command created may belong to a program of the session.
        """
        _, name = location
        if "LOOPBACK" in link.get("flags", ()) or name in FALLBACK_LINKS:
            return False
        if location in self.departed:
            return False

        tracked = self.links.located.get(location)
        if tracked is None:
            return kind_of(link) is None or not self.has_unknown_programs
        return tracked.origin is not None or not tracked.is_same(
            link, location, mentioned=self.links.mentioned
        )

    def _links_in(self, netns: str) -> dict[str, Json] | None:
        """Return the present links of a namespace by name.

        None for an existing namespace with unreadable links.
        """
        command = Command(("ip", "-j", "-d", "link", "show"), netns, changes=False, batch=True)
        try:
            result = self.runner.run(command, check=False)
            if not result.ok:
                return {} if isinstance(error_for(result), NotFound) else None
            return links_by_name({"link": result.json()})
        except (ExecutorError, OutputError):
            return None

    def _is_own_link(self, location: LinkLocation) -> bool:
        """Return whether the link at a location is the recording's; True for a missing link."""
        link = self._live_link(location)
        if link is None:
            return True

        state: State = {location[0]: {"link": [link]}}
        return self.links.is_own(state, location)

    def _live_link(self, location: LinkLocation) -> Json | None:
        """Return the present link at a location.

        None without an answer as well: the following command fails for the same reason.
        """
        netns, name = location
        try:
            return find_named_link(self.runner, netns or None, name=name)
        except (CommandError, ExecutorError, OutputError):
            return None

    def _stranger_problem(self, location: LinkLocation) -> str:
        """Describe a link of others in the place of a link of the recording."""
        return stranger_problem(location, self._live_link(location) or {})

    def expect(self, command: Command) -> None:
        """Note the effects of a preview's command: the links that it moves away or deletes."""
        effects = EffectReader().read(command)
        for noun, netns, name in effects.deletes:
            if noun == "link":
                self.departed.add((netns or "", name))
        if effects.renames is not None:
            self.departed.add((effects.netns or "", effects.renames.link))

    def follow_own(self, command: Command) -> None:
        """Follow the links that undo itself has deleted, renamed or moved."""
        for noun, netns, name in command.deletes:
            if noun == "link":
                self.links.remove((netns or "", name))

        renames = command.renames
        if renames is not None:
            old = (command.netns or "", renames.link)
            new = (renames.netns or "", renames.name)
            data = self._live_link(new)
            facts = None if data is None else describe_link(data, renames.netns)
            self.links.move(old, new, facts=facts)


def _process_problem(netns: str, processes: Iterable[ForeignProcess]) -> str:
    """Describe processes that keep a namespace from being deleted."""
    listed = ", ".join(map(str, processes))
    return (
        f"the namespace {netns} stays, since processes are alive in it: {listed}; "
        "end them, by --kill, and run this again"
    )


def format_location(location: LinkLocation) -> str:
    """Return a link's name, with its namespace."""
    netns, name = location
    return f"{name} in {netns}" if netns else f"{name} outside"
