"""`ip stats`: what links count, by group. ip-stats(8); iproute2's ip/ipstats.c. It needs iproute2 5.19."""

from typing import ClassVar, Literal, get_args

from attrs import frozen

from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.models import Stats
from ipwrap.options.codecs import Choice, OnOff
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, device_word

__all__ = ["StatsGroup", "StatsSubgroup", "StatsSuite", "StatsVerbs"]

StatsGroup = Literal["link", "xstats", "xstats_slave", "offload", "afstats"]
StatsSubgroup = Literal["cpu_hit", "hw_stats_info", "l3_stats", "bridge", "bond", "mpls"]
StatsSuite = Literal["stp", "mcast", "vlan", "802.3ad"]

# What is within what: ip/ipstats.c, ip/iplink_bridge.c, ip/iplink_bond.c.
XSTATS = {"bridge": ("stp", "mcast", "vlan"), "bond": ("802.3ad",)}
SUBGROUPS: dict[str, dict[str, tuple[str, ...]]] = {
    "link": {},
    "xstats": XSTATS,
    "xstats_slave": XSTATS,
    "offload": {"cpu_hit": (), "hw_stats_info": (), "l3_stats": ()},
    "afstats": {"mpls": ()},
}


@frozen
class StatsVerbs(ObjectCommands):
    """Verbs of `ip stats`."""

    words: ClassVar[tuple[str, ...]] = ("stats",)

    def show(
        self,
        dev: str | None = None,
        *,
        group: StatsGroup | None = None,
        subgroup: StatsSubgroup | None = None,
        suite: StatsSuite | None = None,
    ) -> list[Stats]:
        """Return what all links, or one, count: of all groups, of one, of a subgroup in it, or of a suite in that.

        ::

            ip -j -d stats show [dev DEV] [group GROUP [subgroup SUBGROUP [suite SUITE]]]

        The suite "vlan" needs iproute2 6.17. Raises `NotFound` (no such link).
        """
        one = () if dev is None else ("dev", device_word(dev))
        return self._query(
            Stats, "show", *one, *_selected(group, subgroup, suite), alone=True
        )  # -s stays set

    def set(self, dev: str, *, l3_stats: bool) -> Result:
        """Have hardware count the packets that it routes by itself, or no longer.

        ::

            ip stats set dev DEV l3_stats { on | off }

        Where there is no such hardware, nothing is counted. Raises `NotFound` (no such link).
        """
        words = ("dev", device_word(dev), *OnOff().format_args("l3_stats", l3_stats))
        made = CreatedObject(
            "l3_stats",
            dev,
            ("ip", "stats", "set", "dev", dev, "l3_stats", "off"),
            self.netns,
            (dev,),
        )
        makes, drops = ((made,), ()) if l3_stats else ((), (made.key,))
        return self._run_change("set", *words, makes=makes, drops=drops)


def _selected(group: str | None, subgroup: str | None, suite: str | None) -> tuple[str, ...]:
    """Return the words that select what is counted; each of them is within the one before."""
    if group is None and subgroup is None and suite is None:
        return ()
    chosen = Choice(get_args(StatsGroup)).format("group", group)
    if subgroup is None and suite is None:
        return ("group", chosen)
    within = SUBGROUPS[chosen]
    part = _part(f"subgroup of {group}", subgroup, tuple(within))
    words = ("group", chosen, "subgroup", part)
    return (
        words
        if suite is None
        else (*words, "suite", _part(f"suite of {subgroup}", suite, within[part]))
    )


def _part(what: str, value: str | None, parts: tuple[str, ...]) -> str:
    """Return a part of a group, if it has such a part."""
    if not parts:
        raise InvalidArgument(f"{what}: {value!r}, but there is none")
    return Choice(parts).format(what, value)
