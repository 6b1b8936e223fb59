"""`ip stats`: the counters of links, by group. ip-stats(8); iproute2's ip/ipstats.c.

The command needs iproute2 5.19.
"""

from typing import ClassVar, Literal, get_args

from attrs import frozen

from ipwrap import models
from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.options.codecs import Choice, OnOff
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, format_device

__all__ = ["StatsGroup", "StatsSubgroup", "StatsSuite", "StatsVerbs"]

StatsGroup = Literal["link", "xstats", "xstats_slave", "offload", "afstats"]
StatsSubgroup = Literal["cpu_hit", "hw_stats_info", "l3_stats", "bridge", "bond", "mpls"]
StatsSuite = Literal["stp", "mcast", "vlan", "802.3ad"]

# The hierarchy of groups, subgroups and suites: ip/ipstats.c, ip/iplink_bridge.c, ip/iplink_bond.c.
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
    ) -> "list[models.Stats]":
        """Return the counters of a link or of all links.

        ::

            ip -j -d stats show [dev DEV] [group GROUP [subgroup SUBGROUP [suite SUITE]]]

        By default every group is returned; or a group, a subgroup of the group, or a suite of the
        subgroup. The suite "vlan" needs iproute2 6.17. Raises `NotFound` (no such link).
        """
        device = () if dev is None else ("dev", format_device(dev))
        selection = _selection_arguments(group, subgroup=subgroup, suite=suite)

        # do_ipstats() in ip/ipstats.c raises the global `show_stats`, and leaves it raised for
        # later commands of the same process.
        return self._query(
            models.Stats,
            "show",
            *device,
            *selection,
            own_process=True,
        )

    def set(self, dev: str, *, l3_stats: bool) -> Result:
        """Turn on, or off, the hardware counters of packets routed in hardware.

        ::

            ip stats set dev DEV l3_stats { on | off }

        Without capable hardware nothing is counted. Raises `NotFound` (no such link).
        """
        arguments = (
            "dev",
            format_device(dev),
            *OnOff().format_args("l3_stats", l3_stats),
        )
        counters = CreatedObject(
            "l3_stats",
            dev,
            {"dev": dev},
            self.netns,
            (dev,),
        )

        if l3_stats:
            return self._run_change("set", *arguments, creates=(counters,))

        return self._run_change("set", *arguments, deletes=(counters.key,))


def _selection_arguments(
    group: str | None,
    *,
    subgroup: str | None,
    suite: str | None,
) -> tuple[str, ...]:
    """Return the arguments that select counters: group, subgroup and suite."""
    if group is None and subgroup is None and suite is None:
        return ()

    checked_group = Choice(get_args(StatsGroup)).format("group", group)

    if subgroup is None and suite is None:
        return ("group", checked_group)

    subgroups = SUBGROUPS[checked_group]
    checked_subgroup = _check_member(
        f"subgroup of {group}",
        subgroup,
        members=tuple(subgroups),
    )
    arguments = ("group", checked_group, "subgroup", checked_subgroup)

    if suite is None:
        return arguments

    checked_suite = _check_member(
        f"suite of {subgroup}",
        suite,
        members=subgroups[checked_subgroup],
    )
    return (*arguments, "suite", checked_suite)


def _check_member(name: str, value: str | None, *, members: tuple[str, ...]) -> str:
    """Return the value if the group or subgroup has such a member. Raises `InvalidArgument`."""
    if not members:
        raise InvalidArgument(f"{name}: {value!r}, but there is none")

    return Choice(members).format(name, value)
