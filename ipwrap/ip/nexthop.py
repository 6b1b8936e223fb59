"""`ip nexthop`: ways, and groups of ways, that routes share. ip-nexthop(8); iproute2's ip/ipnexthop.c."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal, TypedDict, Unpack

from attrs import frozen

from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.models import Nexthop, NexthopBucket
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
from ipwrap.verbs.base import ObjectCommands, family_words, single

__all__ = ["BucketFilter", "BucketVerbs", "NexthopFilter", "NexthopOptions", "NexthopVerbs"]

ID = Number(1)
INDEX = Number(0, 2**16 - 1)
PORT = Number(0, 2**16 - 1)
SECONDS = Duration(0, (2**32 - 1) // 100 - 1)
WEIGHT = Number(1, 2**16 - 1)


@frozen
class Members(Codec):
    """The next hops of a group, each with its weight, or without one: `1/2,20`."""

    def format(self, word: str, value: Any) -> str:
        """Return the numbers and weights as one word."""
        if isinstance(value, (str, int)) or not value:
            raise InvalidArgument(
                f"{word}: {value!r} is not a list of next hops such as [1, (2, 20)]"
            )
        return "/".join(self._member(word, each) for each in value)

    def _member(self, word: str, value: Any) -> str:
        """Return the number of one next hop, and its weight if it is said."""
        if not isinstance(value, tuple):
            return ID.format(word, value)
        id_, weight = value
        return f"{ID.format(word, id_)},{WEIGHT.format(f'{word}: weight', weight)}"

    def parse(self, text: str) -> Any:
        """Return the numbers, each with its weight or without."""
        members = (tuple(int(each) for each in member.split(",")) for member in text.split("/"))
        return [member if len(member) > 1 else member[0] for member in members]


class NexthopOptions(TypedDict, total=False):
    """Keywords of `ip nexthop add` and `replace`: a way (``via``, ``dev``, …), a ``blackhole``, or a ``group``.

    ``encap`` is the words after that keyword. ``group`` is a list of numbers of next hops, or of pairs of a number and
    a weight: ``[1, (2, 20)]``. Weights are 1 to 65535, through iproute2 6.11 to 256. ``fdb`` is a next hop, or a group,
    of a vxlan's forwarding table; ``dst_port`` is the UDP port of such a next hop. ``type`` is mpath by default; a
    resilient group has ``buckets`` (1 to 65535) that move on after ``idle_timer`` and ``unbalanced_timer``, in seconds
    or as a `timedelta`. ``hw_stats`` has hardware count packets.
    """

    encap: Annotated[tuple[str, ...] | None, Option(Words())]
    via: Annotated[
        IpAddress | tuple[str, str] | None, Option(Family(), json_key="gateway")
    ]  # before dev: it says a family
    dev: Annotated[str | None, Option(ExistingLink())]
    onlink: Annotated[bool | None, Option(Flag(), json_key="flags")]
    blackhole: Annotated[bool | None, Option(Flag())]
    group: Annotated[Sequence[int | tuple[int, int]] | None, Option(Members())]
    fdb: Annotated[bool | None, Option(Flag(), since="5.9")]
    type: Annotated[Literal["mpath", "resilient"] | None, Option(Choice(), since="5.13")]
    buckets: Annotated[int | None, Option(Number(1, 2**16 - 1), since="5.13")]
    idle_timer: Annotated[int | timedelta | None, Option(SECONDS, since="5.13")]
    unbalanced_timer: Annotated[int | timedelta | None, Option(SECONDS, since="5.13")]
    hw_stats: Annotated[bool | None, Option(OnOff(), since="6.10")]
    dst_port: Annotated[int | None, Option(PORT, since="7.3")]
    protocol: Annotated[str | int | None, Option(Codec())]


class NexthopFilter(TypedDict, total=False):
    """Which next hops `ip nexthop show` lists and `flush` takes away. ``protocol`` is a number.

    ``id`` is one next hop, and goes with nothing else. ``groups`` are groups only; ``master`` and ``vrf`` those whose
    ``dev`` is a port of that link.
    """

    id: Annotated[int | None, Option(ID)]
    dev: Annotated[str | None, Option(ExistingLink())]
    master: Annotated[str | None, Option(ExistingLink())]
    vrf: Annotated[str | None, Option(ExistingLink())]
    groups: Annotated[bool | None, Option(Flag())]
    fdb: Annotated[bool | None, Option(Flag(), since="5.9")]
    protocol: Annotated[int | None, Option(Number(0, 255))]


class BucketFilter(TypedDict, total=False):
    """Which buckets `ip nexthop bucket show` lists: those of the group ``id``, those that send to ``nhid``, …"""

    id: Annotated[int | None, Option(ID, since="5.13")]
    nhid: Annotated[int | None, Option(ID, since="5.13")]
    dev: Annotated[str | None, Option(ExistingLink(), since="5.13")]
    master: Annotated[str | None, Option(ExistingLink(), since="5.13")]
    vrf: Annotated[str | None, Option(ExistingLink(), since="5.13")]


@frozen
class BucketVerbs(ObjectCommands):
    """Verbs of `ip nexthop bucket`: where a resilient group sends what. They need iproute2 5.13."""

    words: ClassVar[tuple[str, ...]] = ("nexthop", "bucket")

    def show(
        self, *, family: str | None = None, **which: Unpack[BucketFilter]
    ) -> list[NexthopBucket]:
        """Return the buckets of all resilient groups, or those that match.

        ::

            ip -j -d [-4 | -6] nexthop bucket show [id GROUP] [nhid ID] [dev DEV] [master DEV] [vrf DEV]

        ``family`` is "inet" or "inet6". For an ``id`` that is no resilient group it raises `CommandError`.
        """
        words, flags = to_args(BucketFilter, which), ("-d", *family_words(family))
        return self._query(
            NexthopBucket, "show", *words, flags=flags, alone=bool(words)
        )  # ip never forgets a filter

    def get(self, id: int, index: int) -> NexthopBucket:  # noqa: A002 - iproute2's word
        """Return one bucket of a group; ``index`` is 0 to 65535.

        ::

            ip -j -d nexthop bucket get id GROUP index INDEX

        Raises `NotFound`, `CommandError` for what is no resilient group.
        """
        return self._query_one(
            NexthopBucket, "get", "id", ID.format("id", id), "index", INDEX.format("index", index)
        )


@frozen
class NexthopVerbs(ObjectCommands):
    """Verbs of `ip nexthop`. They need iproute2 5.3 and Linux 5.3. A route goes there by ``nhid``: see `ip route`.

    A next hop is known by its number, 1 to 4294967295. The kernel deletes it with its link, and when that goes down;
    with it go the routes that use it, and groups that are left without any.
    """

    words: ClassVar[tuple[str, ...]] = ("nexthop",)

    @property
    def bucket(self) -> BucketVerbs:
        """`ip nexthop bucket`."""
        return BucketVerbs(self.runner, self.netns)

    def add(
        self, id: int, *, family: str | None = None, **options: Unpack[NexthopOptions]
    ) -> Result:
        """Add a next hop, or a group of them.

        ::

            ip [-4 | -6] nexthop add id ID { [encap …] [via ADDRESS] [dev DEV] [onlink] | blackhole } [fdb] …
            ip nexthop add id ID group ID[,WEIGHT]/… [fdb] [type { mpath | resilient [buckets N] … }] [hw_stats …] …

        ``family`` "inet6" makes one of IPv6 that has no ``via`` to tell. Raises `AlreadyExists`, `RejectedByKernel` (no
        such member, or a gateway that cannot be reached), `NotFound` (no such link).
        """
        return self._make("add", id, family, options)

    def replace(
        self, id: int, *, family: str | None = None, **options: Unpack[NexthopOptions]
    ) -> Result:
        """Add a next hop, or change it if it is there: all routes that use it follow. `ip nexthop replace id …`."""
        return self._make("replace", id, family, options)

    def delete(self, id: int) -> Result:  # noqa: A002 - iproute2's word
        """Delete a next hop, and the routes that use it. `ip nexthop delete id ID`. Raises `NotFound`."""
        number = ID.format("id", id)
        return self._run_change("delete", "id", number, drops=(("nexthop", self.netns, number),))

    def show(
        self, *, family: str | None = None, stats: int = 0, **which: Unpack[NexthopFilter]
    ) -> list[Nexthop]:
        """Return the next hops. ``family`` is "inet" or "inet6"; groups are of neither.

        ::

            ip -j -d [-s [-s]] [-4 | -6] nexthop show [id ID | [dev DEV] [master DEV] [groups] [fdb] [protocol N] …]

        ``stats=1`` (or True) counts packets of groups, ``stats=2`` also those in hardware; it needs iproute2 6.10.
        Linux takes ``fdb`` and lists all; the others are left out here. Raises `NotFound` for an ``id`` that is not
        there.
        """
        words, flags = _selector(which), (*_counting(stats), *family_words(family))
        found = self._query(
            Nexthop, "show", *words, flags=flags, alone=bool(words)
        )  # ip never forgets a filter
        return [each for each in found if each.fdb] if which.get("fdb") else found

    def get(self, id: int, *, stats: int = 0) -> Nexthop:  # noqa: A002 - iproute2's word
        """Return one next hop. `ip -j -d [-s [-s]] nexthop get id ID`. ``stats`` is as in `show`. Raises `NotFound`."""
        return single(
            Nexthop, self._query(Nexthop, "get", "id", ID.format("id", id), flags=_counting(stats))
        )

    def flush(self, *, family: str | None = None, **which: Unpack[NexthopFilter]) -> Result:
        """Delete all next hops that match, or all there are; and the routes that use them.

        ::

            ip [-4 | -6] nexthop flush [id ID | [dev DEV] [master DEV] [vrf DEV] [groups] [protocol N]]

        Raises `NotFound` for an ``id`` that is not there. ``fdb`` is refused: Linux would have all of them deleted.
        """
        if which.get("fdb"):
            raise InvalidArgument(
                "fdb: iproute2 would flush those of routes, too; delete what show(fdb=True) lists"
            )
        return self._run_change("flush", *_selector(which), flags=family_words(family), alone=True)

    def _make(self, verb: str, id_: int, family: str | None, options: NexthopOptions) -> Result:
        """Run a verb that makes a next hop."""
        number, dev = ID.format("id", id_), options.get("dev")
        undo = ("ip", "nexthop", "delete", "id", number)
        made = CreatedObject("nexthop", number, undo, self.netns, () if dev is None else (dev,))
        return self._run_change(
            verb, "id", number, *_words(options), flags=family_words(family), makes=(made,)
        )


def _counting(stats: int) -> tuple[str, ...]:
    """Return the global options that ask for details, and for counts of packets."""
    return ("-d", *["-s"] * int(Number(0, 2).format("stats", int(stats))))


def _words(options: NexthopOptions) -> tuple[str, ...]:
    """Return the words that say a next hop."""
    for name in ("buckets", "idle_timer", "unbalanced_timer"):
        if options.get(name) is not None and options.get("type") != "resilient":
            raise InvalidArgument(f'{name}: only a group of type="resilient" has any')
    return to_args(NexthopOptions, options)


def _selector(which: NexthopFilter) -> tuple[str, ...]:
    """Return the words that select next hops."""
    words = to_args(NexthopFilter, which)
    if words[:1] == ("id",) and len(words) > 2:
        raise InvalidArgument("id: iproute2 would not look at the other filters; give it alone")
    return words
