"""`ip nexthop`: next hops, and groups of next hops, shared by routes. ip-nexthop(8).

Source: iproute2's ip/ipnexthop.c.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypedDict, Unpack

from attrs import frozen

from ipwrap import models
from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.options.codecs import (
    Choice,
    Codec,
    Duration,
    ExistingLink,
    Family,
    Flag,
    Number,
    OnOff,
    Words,
)
from ipwrap.options.converters import IpAddress
from ipwrap.options.table import Option, to_args
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, format_family_flag, single

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["BucketFilter", "BucketVerbs", "NexthopFilter", "NexthopOptions", "NexthopVerbs"]

ID = Number(1)
INDEX = Number(0, 2**16 - 1)
PORT = Number(0, 2**16 - 1)
# parse_nh_group_type_res() in ip/ipnexthop.c sends hundredths of a second, and refuses an overflow.
SECONDS = Duration(0, (2**32 - 1) // 100 - 1)
WEIGHT = Number(1, 2**16 - 1)

RESILIENT_OPTIONS = ("buckets", "idle_timer", "unbalanced_timer")


@frozen
class GroupMembers(Codec):
    """The next hops of a group, with or without weights: `1/2,20`."""

    def format(self, word: str, value: Any) -> str:
        """Return the numbers and weights as a single argument."""
        if isinstance(value, (str, int)) or not value:
            raise InvalidArgument(
                f"{word}: {value!r} is not a list of next hops such as [1, (2, 20)]"
            )

        members = [self._format_member(word, member) for member in value]
        return "/".join(members)

    def _format_member(self, word: str, value: Any) -> str:
        """Return the number of a next hop, with its weight if given."""
        if not isinstance(value, tuple):
            return ID.format(word, value)

        id_, weight = value
        number = ID.format(word, id_)
        weight_text = WEIGHT.format(f"{word}: weight", weight)

        return f"{number},{weight_text}"

    def parse(self, text: str) -> Any:
        """Return a list of numbers, or of pairs of number and weight."""
        members: list[Any] = []

        for member_text in text.split("/"):
            member = tuple(int(number) for number in member_text.split(","))
            members.append(member if len(member) > 1 else member[0])

        return members

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of lists of numbers, and of pairs of a number and a weight."""
        from hypothesis import strategies as st

        numbers = st.integers(1, 2**32 - 1)
        weighted = st.tuples(numbers, st.integers(1, 65535))
        return st.lists(st.one_of(numbers, weighted), min_size=1)


class NexthopOptions(TypedDict, total=False):
    """Keywords of `ip nexthop add` and `replace`.

    A next hop is a gateway (``via``, ``dev``, …), a ``blackhole``, or a ``group``. ``encap`` is the
    words after that keyword. ``group`` is a list of next hop numbers, or of pairs of number and
    weight: ``[1, (2, 20)]``. Weights are 1 to 65535, through iproute2 6.11 to 256. ``fdb`` marks a
    next hop, or a group, of a vxlan's forwarding table, with ``dst_port`` as its UDP port. ``type``
    is mpath by default; a resilient group has ``buckets`` (1 to 65535), rebalanced after
    ``idle_timer`` and ``unbalanced_timer``, in seconds or as a `timedelta`. ``hw_stats`` turns on
    packet counters in hardware.
    """

    encap: Annotated[tuple[str, ...] | None, Option(Words())]
    # `via` precedes `dev`: ipnh_modify() assumes IPv4 at `dev`, unless the family is known already.
    via: Annotated[
        IpAddress | tuple[str, str] | None,
        Option(Family(), json_key="gateway"),
    ]
    dev: Annotated[str | None, Option(ExistingLink())]
    onlink: Annotated[bool | None, Option(Flag(), json_key="flags")]
    blackhole: Annotated[bool | None, Option(Flag())]
    group: Annotated[Sequence[int | tuple[int, int]] | None, Option(GroupMembers())]
    fdb: Annotated[bool | None, Option(Flag(), since="5.9")]
    type: Annotated[Literal["mpath", "resilient"] | None, Option(Choice(), since="5.13")]
    buckets: Annotated[int | None, Option(Number(1, 2**16 - 1), since="5.13")]
    idle_timer: Annotated[int | timedelta | None, Option(SECONDS, since="5.13")]
    unbalanced_timer: Annotated[int | timedelta | None, Option(SECONDS, since="5.13")]
    hw_stats: Annotated[bool | None, Option(OnOff(), since="6.10")]
    dst_port: Annotated[int | None, Option(PORT, since="7.3")]
    protocol: Annotated[str | int | None, Option(Codec())]


class NexthopFilter(TypedDict, total=False):
    """Filters of `ip nexthop show` and `flush`. ``protocol`` is a number.

    ``id`` selects a single next hop and excludes further filters. ``groups`` selects groups only.
    ``master`` and ``vrf`` select next hops whose ``dev`` is a port of the given link.
    """

    id: Annotated[int | None, Option(ID)]
    dev: Annotated[str | None, Option(ExistingLink())]
    master: Annotated[str | None, Option(ExistingLink())]
    vrf: Annotated[str | None, Option(ExistingLink())]
    groups: Annotated[bool | None, Option(Flag())]
    fdb: Annotated[bool | None, Option(Flag(), since="5.9")]
    protocol: Annotated[int | None, Option(Number(0, 255))]


class BucketFilter(TypedDict, total=False):
    """Filters of `ip nexthop bucket show`: the group ``id``, the next hop ``nhid``, …"""

    id: Annotated[int | None, Option(ID, since="5.13")]
    nhid: Annotated[int | None, Option(ID, since="5.13")]
    dev: Annotated[str | None, Option(ExistingLink(), since="5.13")]
    master: Annotated[str | None, Option(ExistingLink(), since="5.13")]
    vrf: Annotated[str | None, Option(ExistingLink(), since="5.13")]


@frozen
class BucketVerbs(ObjectCommands):
    """Verbs of `ip nexthop bucket`: the hash buckets of resilient groups. Needs iproute2 5.13."""

    words: ClassVar[tuple[str, ...]] = ("nexthop", "bucket")

    def show(
        self,
        *,
        family: str | None = None,
        **filters: Unpack[BucketFilter],
    ) -> "list[models.NexthopBucket]":
        """Return the buckets of all resilient groups, or the matching buckets.

        ::

            ip -j -d [-4 | -6] nexthop bucket show
                [id GROUP] [nhid ID] [dev DEV] [master DEV] [vrf DEV]

        ``family`` is "inet" or "inet6". Raises `CommandError` for an ``id`` without a resilient
        group.

        Options, from `BucketFilter`::

            id=1..4294967295 (5.13+), nhid=1..4294967295 (5.13+), dev=LINK (5.13+),
            master=LINK (5.13+), vrf=LINK (5.13+)
        """
        arguments = to_args(BucketFilter, filters)
        flags = ("-d", *format_family_flag(family))

        # `filter` in ip/ipnexthop.c is static and never reset: a reused process would apply it
        # again.
        return self._query(
            models.NexthopBucket,
            "show",
            *arguments,
            flags=flags,
            own_process=bool(arguments),
        )

    def get(self, id: int, index: int) -> models.NexthopBucket:  # noqa: A002 - iproute2's word
        """Return a single bucket of a group; ``index`` is 0 to 65535.

        ::

            ip -j -d nexthop bucket get id GROUP index INDEX

        Raises `NotFound`, `CommandError` (not a resilient group).
        """
        return self._query_one(
            models.NexthopBucket,
            "get",
            "id",
            ID.format("id", id),
            "index",
            INDEX.format("index", index),
        )


@frozen
class NexthopVerbs(ObjectCommands):
    """Verbs of `ip nexthop`. They need iproute2 5.3 and Linux 5.3.

    A route refers to a next hop by ``nhid``: see `ip route`. The identity of a next hop is its
    number, 1 to 4294967295. The kernel deletes a next hop with its link, or when the link goes
    down; the routes through the next hop, and groups left empty, are deleted along with it.
    """

    words: ClassVar[tuple[str, ...]] = ("nexthop",)

    @property
    def bucket(self) -> BucketVerbs:
        """`ip nexthop bucket`."""
        return BucketVerbs(self.runner, self.netns)

    def add(
        self,
        id: int,  # noqa: A002 - iproute2's word
        *,
        family: str | None = None,
        **options: Unpack[NexthopOptions],
    ) -> Result:
        """Add a next hop, or a group of next hops.

        ::

            ip [-4 | -6] nexthop add id ID
                { [encap …] [via ADDRESS] [dev DEV] [onlink] | blackhole } [fdb] …
            ip nexthop add id ID group ID[,WEIGHT]/… [fdb]
                [type { mpath | resilient [buckets N] … }] [hw_stats …] …

        ``family`` "inet6" makes an IPv6 next hop without a ``via``. Raises `AlreadyExists`,
        `RejectedByKernel` (no such member, or an unreachable gateway), `NotFound` (no such link).

        Options, from `NexthopOptions`::

            encap=tuple[str, ...], via=ADDRESS|tuple[str, str], dev=LINK, onlink=True,
            blackhole=True, group=Sequence[int|tuple[int, int]], fdb=True (5.9+),
            type="mpath"|"resilient" (5.13+), buckets=1..65535 (5.13+),
            idle_timer=0..42949671 seconds|timedelta (5.13+),
            unbalanced_timer=0..42949671 seconds|timedelta (5.13+), hw_stats=True|False (6.10+),
            dst_port=0..65535 (7.3+), protocol=str|int
        """
        return self._create("add", id, family=family, options=options)

    def ensure(
        self,
        id: int,  # noqa: A002 - iproute2's word
        *,
        family: str | None = None,
        **options: Unpack[NexthopOptions],
    ) -> bool:
        """Add a next hop, or change it, if needed; return whether anything changed.

        ::

            ip.nexthop.ensure(1, via="10.0.0.2", dev="br0")

        What is not given counts as it is. Raises as `add`.

        Options: those of `add`.
        """
        return self._ensure(id, family=family, **options)

    def replace(
        self,
        id: int,  # noqa: A002 - iproute2's word
        *,
        family: str | None = None,
        **options: Unpack[NexthopOptions],
    ) -> Result:
        """Add a next hop, or change an existing next hop for all its routes.

        ::

            ip nexthop replace id ID …

        Options: those of `add`.
        """
        return self._create("replace", id, family=family, options=options)

    def delete(self, id: int) -> Result:  # noqa: A002 - iproute2's word
        """Delete a next hop and its routes. `ip nexthop delete id ID`. Raises `NotFound`."""
        number = ID.format("id", id)
        deleted = ("nexthop", self.netns, number)

        return self._run_change("delete", "id", number, deletes=(deleted,))

    def show(
        self,
        *,
        family: str | None = None,
        stats: int = 0,
        **filters: Unpack[NexthopFilter],
    ) -> "list[models.Nexthop]":
        """Return the next hops. ``family`` is "inet" or "inet6"; groups belong to neither.

        ::

            ip -j -d [-s [-s]] [-4 | -6] nexthop show
                [id ID | [dev DEV] [master DEV] [groups] [fdb] [protocol N] …]

        ``stats=1`` (or True) adds packet counters of groups, ``stats=2`` also hardware counters;
        needs iproute2 6.10. ipwrap itself applies ``fdb``, since Linux ignores the filter. Raises
        `NotFound` for a missing ``id``.

        Options, from `NexthopFilter`::

            id=1..4294967295, dev=LINK, master=LINK, vrf=LINK, groups=True, fdb=True (5.9+),
            protocol=0..255
        """
        arguments = _filter_arguments(filters)
        flags = (*_detail_flags(stats), *format_family_flag(family))

        # `filter` in ip/ipnexthop.c is static and never reset: a reused process would apply it
        # again.
        nexthops = self._query(
            models.Nexthop,
            "show",
            *arguments,
            flags=flags,
            own_process=bool(arguments),
        )

        # Linux accepts NHA_FDB in a dump request, and dumps every next hop.
        if filters.get("fdb"):
            return [nexthop for nexthop in nexthops if nexthop.fdb]

        return nexthops

    def get(self, id: int, *, stats: int = 0) -> models.Nexthop:  # noqa: A002 - iproute2's word
        """Return a single next hop. Raises `NotFound`. ``stats`` is as in `show`.

        ::

            ip -j -d [-s [-s]] nexthop get id ID
        """
        number = ID.format("id", id)
        nexthops = self._query(models.Nexthop, "get", "id", number, flags=_detail_flags(stats))

        return single(models.Nexthop, nexthops)

    def flush(self, *, family: str | None = None, **filters: Unpack[NexthopFilter]) -> Result:
        """Delete the matching next hops, or every next hop; and their routes.

        ::

            ip [-4 | -6] nexthop flush
                [id ID | [dev DEV] [master DEV] [vrf DEV] [groups] [protocol N]]

        Raises `NotFound` for a missing ``id``, `InvalidArgument` for ``fdb``: Linux ignores the
        filter, and iproute2 would delete every next hop.

        Options: those of `show`.
        """
        if filters.get("fdb"):
            raise InvalidArgument(
                "fdb: Linux ignores this filter, so iproute2 would flush every next hop; "
                "delete the next hops of show(fdb=True) instead"
            )

        return self._run_change(
            "flush",
            *_filter_arguments(filters),
            flags=format_family_flag(family),
        )

    def _create(
        self,
        verb: str,
        id_: int,
        *,
        family: str | None,
        options: NexthopOptions,
    ) -> Result:
        """Run `add` or `replace`, and declare the created next hop."""
        number = ID.format("id", id_)
        dev = options.get("dev")

        created = CreatedObject(
            "nexthop",
            number,
            {"id": number},
            self.netns,
            () if dev is None else (dev,),
        )

        return self._run_change(
            verb,
            "id",
            number,
            *_option_arguments(options),
            flags=format_family_flag(family),
            creates=(created,),
        )


def _detail_flags(stats: int) -> tuple[str, ...]:
    """Return the global options for details (`-d`) and packet counters (`-s`, up to twice)."""
    count = int(Number(0, 2).format("stats", int(stats)))
    return ("-d", *["-s"] * count)


def _option_arguments(options: NexthopOptions) -> tuple[str, ...]:
    """Return the arguments of a next hop. Refuses options of a resilient group elsewhere."""
    for name in RESILIENT_OPTIONS:
        if options.get(name) is not None and options.get("type") != "resilient":
            raise InvalidArgument(f'{name}: only a group of type="resilient" has any')

    return to_args(NexthopOptions, options)


def _filter_arguments(filters: NexthopFilter) -> tuple[str, ...]:
    """Return the arguments that select next hops. Refuses `id` together with further filters."""
    arguments = to_args(NexthopFilter, filters)

    # ipnh_list_flush() returns at `id`, and ignores the remaining arguments.
    if arguments[:1] == ("id",) and len(arguments) > 2:
        raise InvalidArgument("id: iproute2 ignores further filters beside id; give id alone")

    return arguments
