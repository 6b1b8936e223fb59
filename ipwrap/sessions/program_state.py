"""`ProgramState`: the sysctls and packet filters that the programs of a session may change.

Only programs outside iproute2 change sysctls and filters. Therefore a session without such a
program reads neither, unless it asks for a state. Before the first such program, a session reads
the sysctls and filters of the older namespaces, created before the session; at the end, of all
namespaces. A namespace created by the session is compared with a fresh namespace, made for the
comparison: the differing sysctls are listed.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import define, field

from ipwrap.command import Command
from ipwrap.state import State
from ipwrap.sysctl.filters import (
    FILTER_NOUNS,
    LEGACY_NOUNS,
    mentions_filters,
    read_iptables,
    read_nft,
)
from ipwrap.sysctl.keys import default_key, written_settings
from ipwrap.sysctl.reading import NamespaceReading, read_sysctls
from ipwrap.system.lazy import report_shortage
from ipwrap.verbs.runner import Runner

__all__ = ["ProgramState"]

Objects = list[dict[str, Any]]


@define(eq=False)
class ProgramState:
    """Reads the sysctls and packet filters of a place before and after its programs.

    - ``runner``: a runner without a recording
    - ``is_fresh``: the place was made for this session, so that no namespace is older
    - ``has_begun``: a program that may make changes has run
    - ``_older``: the namespaces that are older than the session; None before the first state
    - ``_keys``: the sysctls to read besides the main sysctls, by namespace
    - ``_is_watched``: a recorded state with sysctls is to be compared
    - ``_reads_filters``: a program has named packet filters, so that the filters have to be read
    - ``_fresh_reading``: the sysctls of a fresh namespace; None before the reading
    """

    runner: Runner
    is_fresh: bool = False
    has_begun: bool = False
    _older: tuple[str, ...] | None = None
    _is_watched: bool = False
    _reads_filters: bool = False
    _keys: dict[str, set[str]] = field(factory=dict)
    _fresh_reading: NamespaceReading | None = None

    @property
    def _older_namespaces(self) -> tuple[str, ...]:
        """The namespaces that are older than the session, always with the first namespace."""
        return self._older or ("",)

    def note_namespaces(self, state: State) -> None:
        """Note the namespaces of the state before the session."""
        self._older = tuple(state)

    def watch(self, state: State) -> None:
        """Let later states have the sysctls of a recorded state, and packet filters if recorded.

        For a session that is to be compared with the recorded state.
        """
        for netns, nouns in state.items():
            self._is_watched = self._is_watched or "sysctl" in nouns
            self._watch_keys(netns, (data["key"] for data in nouns.get("sysctl", ())))
            if any(nouns.get(noun) for noun in FILTER_NOUNS):
                self._reads_filters = True
        self._fresh_reading = None  # it may lack the keys

    def begin_watching(self) -> State | None:
        """Return the part of the state before the first change that is also in the watched state.

        Without this part, a change that the session does not repeat would not be compared. None
        without a watched state.
        """
        if not self._is_watched or self.has_begun:
            return None

        self.has_begun = True
        return self._initial_part()

    def prepare(self, command: Command) -> State | None:
        """Return the part of the state before a command that the command may change.

        None if the part is known already, and for a command that changes no sysctl or filter.
        """
        # Loaded late: it reads every command line, and most sessions run no other program.
        with report_shortage():
            from ipwrap.cmdline.program_effects import may_change, program_of

        program = program_of(command)
        if program is None or not may_change(program[0]):
            return None

        argv, netns = program
        keys = [key for key, _ in written_settings(argv)]
        new_keys = self._watch_keys(netns or "", keys)
        wants_filters = mentions_filters((*argv, command.stdin or ""))
        has_new_filters = wants_filters and not self._reads_filters
        self._reads_filters = self._reads_filters or wants_filters

        if not self.has_begun:
            self.has_begun = True
            return self._initial_part()
        if self.is_fresh or (netns or "") not in self._older_namespaces:
            return None
        return self._further_part(netns or "", new_keys, with_filters=has_new_filters)

    def add_to(self, state: State) -> None:
        """Add the sysctls and packet filters to a state that was just read."""
        # Nothing was changed so far, so that all namespaces are older than the session.
        if self._older is None and not self.is_fresh:
            self.note_namespaces(state)

        reading = read_sysctls(
            self.runner,
            {netns: self._keys.get(netns, ()) for netns in state},
            with_fresh=self._fresh_reading is None,
            with_filters=True,
            loads_nft=self._reads_filters,
        )
        if reading is None:
            return
        if self._fresh_reading is None:
            self._fresh_reading = reading.fresh

        for netns, nouns in state.items():
            if netns in reading.namespaces:
                nouns.update(self._listings(netns, reading.namespaces[netns]))

    def _watch_keys(self, netns: str, keys: Iterable[str]) -> list[str]:
        """Add keys to the keys to read of a namespace, and return the new keys."""
        known = self._keys.setdefault(netns, set())
        new_keys = [key for key in keys if key not in known]
        known.update(new_keys)
        return new_keys

    def _initial_part(self) -> State | None:
        """Return the sysctls and packet filters of the older namespaces."""
        empty_listings: dict[str, Objects] = {noun: [] for noun in ("sysctl", *FILTER_NOUNS)}
        if self.is_fresh:
            return {"": empty_listings}

        reading = read_sysctls(
            self.runner,
            {netns: self._keys.get(netns, ()) for netns in self._older_namespaces},
            with_fresh=True,
            with_filters=self._reads_filters,
            loads_nft=True,
        )
        if reading is None:
            self.has_begun = False
            return None

        self._fresh_reading = reading.fresh
        part: State = {
            netns: self._listings(netns, namespace_reading)
            for netns, namespace_reading in reading.namespaces.items()
        }
        part[""] = empty_listings | part.get("", {})
        return part

    def _further_part(self, netns: str, keys: list[str], *, with_filters: bool) -> State | None:
        """Return the values of further keys, and the packet filters if they are wanted now."""
        if not keys and not with_filters:
            return None

        keys_by_netns: Mapping[str, Iterable[str]] = {netns: keys}
        if with_filters:
            keys_by_netns = dict.fromkeys(self._older_namespaces, ()) | {netns: keys}
        reading = read_sysctls(
            self.runner, keys_by_netns, with_filters=with_filters, loads_nft=True, only_keys=True
        )
        if reading is None:
            return None

        return {
            name: self._listings(name, namespace_reading, with_filters=with_filters)
            for name, namespace_reading in reading.namespaces.items()
        }

    def _listings(
        self, netns: str, reading: NamespaceReading, *, with_filters: bool = True
    ) -> dict[str, Objects]:
        """Return the listings of a namespace by noun."""
        is_older = netns in self._older_namespaces and not self.is_fresh
        values = reading.values if is_older else self._changed_values(reading)

        listings: dict[str, Objects] = {}
        if values or not netns:
            listings["sysctl"] = [
                {"key": key, "value": value} for key, value in sorted(values.items())
            ]
        if with_filters and (self._reads_filters or not is_older):
            listings |= self._filter_listings(netns, reading)
        return listings

    def _filter_listings(self, netns: str, reading: NamespaceReading) -> dict[str, Objects]:
        """Return the packet filters of a namespace by noun.

        Only the first namespace has empty listings, which show that the filters were read.
        """
        listings: dict[str, Objects | None] = {"nft": []}
        if reading.has_nft:
            listings["nft"] = read_nft(self.runner, netns or None)
        for family, noun in LEGACY_NOUNS.items():
            listings[noun] = []
            if family in reading.legacy:
                listings[noun] = read_iptables(self.runner, netns or None, family=family)

        return {
            noun: objects
            for noun, objects in listings.items()
            if objects is not None and (objects or not netns)
        }

    def _changed_values(self, reading: NamespaceReading) -> dict[str, str]:
        """Return the values of a namespace that differ from a fresh namespace.

        The values of a link are compared with the values of `default` in the link's namespace.
        """
        fresh_values = {} if self._fresh_reading is None else self._fresh_reading.values

        changed_values = {}
        for key, value in reading.values.items():
            default = default_key(key)
            inherited = None if default is None else reading.values.get(default)
            if value not in (fresh_values.get(key), inherited):
                changed_values[key] = value
        return changed_values
