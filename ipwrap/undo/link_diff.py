"""Find the missing links of a `Drift`, and the links with altered options."""

from collections.abc import Collection, Iterator
from functools import partial

from attrs import frozen

from ipwrap.objects.link import passing_bridge_options
from ipwrap.undo.drift import Drift
from ipwrap.undo.link_creation import as_created
from ipwrap.undo.link_data import Json, LinkLocation, link_at, links_by_name, nesting_depth
from ipwrap.undo.link_options import ChangedOption, changed_options, kind_data

__all__ = [
    "AlteredLink",
    "altered_links",
    "carrier_seconds",
    "links_without_carrier",
    "missing_links",
]

CENTISECONDS = 100  # of a second: the unit of a bridge's times


@frozen
class AlteredLink:
    """An affected link: the JSON before and now, and the altered options."""

    location: LinkLocation
    before: Json
    now: Json
    changes: tuple[ChangedOption, ...]

    def change_of(self, option: str) -> ChangedOption | None:
        """Return the change of an option; None for an option with the value before."""
        for change in self.changes:
            if change.option == option:
                return change
        return None


def missing_links(drift: Drift, *, after_settling: bool) -> list[LinkLocation]:
    """Return the affected links without a link of the same name now, lower links first."""
    missing = []
    for location, _ in _affected_links(drift, after_settling=after_settling):
        if not link_at(drift.now, location):
            missing.append(location)
    return missing


def altered_links(
    drift: Drift, *, recreated: Collection[LinkLocation], after_settling: bool
) -> list[AlteredLink]:
    """Return the affected links with the altered options, lower links first.

    Links in ``recreated`` are compared as expected right after creation. Missing links outside
    ``recreated`` are left out.
    """
    links = []

    for location, before in _affected_links(drift, after_settling=after_settling):
        now = link_at(drift.now, location)
        if not now and location in recreated:
            now = as_created(before, is_new=drift.makes_new_links)
        if not now:
            continue

        is_wanted = partial(drift.is_wanted, location, after_settling=after_settling)
        changes = changed_options(
            before, now, is_wanted=is_wanted, is_new_port=drift.makes_new_links
        )
        # Commands of a session say what it has set; here nobody knows the values behind these.
        passing = _passing_options(before, now) if drift.makes_new_links else frozenset[str]()
        changes = [change for change in changes if change.option not in passing]
        links.append(AlteredLink(location, before, now, tuple(changes)))
    return links


def _passing_options(*states: Json) -> frozenset[str]:
    """Return the options of a bridge in whose place a spanning tree uses other values."""
    names: set[str] = set()
    for link in states:
        kind, options = kind_data("kind", link)
        if kind == "bridge":
            names.update(passing_bridge_options(options))
    return frozenset(f"kind {name}" for name in names)


def links_without_carrier(drift: Drift) -> list[LinkLocation]:
    """Return the affected links that had a carrier, and are up again without a carrier so far.

    Addresses and routes come with the carrier, up to a second later: linkwatch_run_queue() in
    net/core/link_watch.c. Until then, the link has LOWER_UP and NO-CARRIER both.
    """
    locations = []
    for location, before in _affected_links(drift, after_settling=True):
        flags = link_at(drift.now, location).get("flags", ())
        if _has_carrier(before.get("flags", ())) and "UP" in flags and not _has_carrier(flags):
            locations.append(location)
    return locations


def _has_carrier(flags: Collection[str]) -> bool:
    """Return whether a link has a carrier that the kernel has announced to IPv6."""
    return "LOWER_UP" in flags and "NO-CARRIER" not in flags


def carrier_seconds(drift: Drift) -> float:
    """Return the seconds that the carrier of an affected link may take.

    A bridge with a spanning tree has a carrier once a port forwards: twice the forward delay.
    """
    seconds = 0.0
    for _, before in _affected_links(drift, after_settling=True):
        options = before.get("linkinfo", {}).get("info_data", {})
        if options.get("stp_state"):
            seconds = max(seconds, 2 * options.get("forward_delay", 0) / CENTISECONDS)
    return seconds


def _affected_links(drift: Drift, *, after_settling: bool) -> Iterator[tuple[LinkLocation, Json]]:
    """Yield the affected links whose namespace still exists, lower links first."""
    for netns, nouns in drift.before.items():
        if netns not in drift.now:
            continue

        # A VLAN cannot be created, or set up, before the link below.
        links = links_by_name(nouns)
        for name in sorted(links, key=partial(nesting_depth, links)):
            location = (netns, name)
            is_derived = after_settling and location in drift.affected.derived_options
            if location in drift.affected.options or is_derived:
                yield location, links[name]
