"""`tc filter`: which packets go to which class, or what else becomes of them. tc(8); iproute2's tc/tc_filter.c."""

from typing import Annotated, ClassVar, TypedDict, Unpack

from attrs import frozen

from ipwrap.errors import InvalidArgument
from ipwrap.models import TcFilter
from ipwrap.options.codecs import Codec, Number
from ipwrap.options.table import Option, to_args
from ipwrap.qdiscs import TcKind
from ipwrap.result import Result
from ipwrap.tc.ids import parent_words
from ipwrap.tc.qdisc import Estimator, stats_flags
from ipwrap.verbs.base import ObjectCommands, device_word

__all__ = ["FilterOptions", "FilterSelector", "FilterVerbs"]

PLACES = ("root", "ingress", "egress")


class FilterOptions(TypedDict, total=False):
    """Keywords of `tc filter add`, `change`, `replace`.

    ``protocol`` is "all" by default, or "ip", "ipv6", "arp", "802.1Q" …; filters with a lower ``pref`` come first, and
    without one the kernel gives a number. ``handle`` is the filter's own number, as its kind writes it.
    """

    protocol: Annotated[str | int | None, Option(Codec())]
    pref: Annotated[int | None, Option(Number(1, 65535))]
    chain: Annotated[int | None, Option(Number())]
    handle: Annotated[str | int | None, Option(Codec(), json_key="")]
    estimator: Annotated[tuple[float | str, float | str] | None, Option(Estimator(), json_key="")]


class FilterSelector(TypedDict, total=False):
    """Which filters `tc filter show` lists and `delete` takes away."""

    protocol: Annotated[str | int | None, Option(Codec())]
    pref: Annotated[int | None, Option(Number(1, 65535))]
    chain: Annotated[int | None, Option(Number())]


@frozen
class FilterVerbs(ObjectCommands):
    """Verbs of `tc filter`. All are processes of their own: `tc` keeps the names of links, and filters of `show`.

    A filter goes with its qdisc, so a script that takes away the qdisc says nothing of it. Where it stands is said by
    ``dev`` and ``parent``: "ingress" or "egress" (of `Clsact`), or a qdisc or class such as "1:", the link's own qdisc
    where it is not said; or by the number of a ``block`` in place of both.
    """

    program: ClassVar[str] = "tc"
    words: ClassVar[tuple[str, ...]] = ("filter",)

    def add(
        self,
        dev: str | None,
        kind: TcKind,
        *,
        parent: str | None = None,
        block: int | None = None,
        **options: Unpack[FilterOptions],
    ) -> Result:
        """Add a filter: `Matchall(action=Mirred(dev="v1"))` with ``parent="ingress"``, for example.

        ::

            tc filter add { dev DEV [ingress | parent …] | block N } [protocol P] [pref N] [chain N] [handle H] KIND …

        Raises `AlreadyExists`, `NotFound` (no such link or qdisc, or a kind that this kernel lacks), `RejectedByKernel`.
        """
        return self._run_change("add", *_words(dev, kind, parent, block, options), alone=True)

    def replace(
        self,
        dev: str | None,
        kind: TcKind,
        *,
        parent: str | None = None,
        block: int | None = None,
        **options: Unpack[FilterOptions],
    ) -> Result:
        """Add a filter, or change the one with this ``pref`` and ``handle``. `tc filter replace …`."""
        return self._run_change("replace", *_words(dev, kind, parent, block, options), alone=True)

    def change(
        self,
        dev: str | None,
        kind: TcKind,
        *,
        parent: str | None = None,
        block: int | None = None,
        **options: Unpack[FilterOptions],
    ) -> Result:
        """Change the filter of this ``protocol``, ``pref`` and ``handle``. `tc filter change …`. Raises `NotFound`."""
        return self._run_change("change", *_words(dev, kind, parent, block, options), alone=True)

    def delete(
        self,
        dev: str | None,
        *,
        parent: str | None = None,
        block: int | None = None,
        kind: str | None = None,
        handle: str | int | None = None,
        **which: Unpack[FilterSelector],
    ) -> Result:
        """Delete the filters that match, all of that place if nothing else is said.

        ::

            tc filter delete { dev DEV [ingress | parent …] | block N } [protocol P] [pref N] [chain N]
                             [handle H KIND]

        ``handle`` needs ``kind``, such as "flower". Raises `NotFound`, `RejectedByKernel`.
        """
        if handle is not None and kind is None:
            raise InvalidArgument(
                f"handle: {handle!r} of which kind? say kind='flower', for example"
            )
        own = () if handle is None else ("handle", Codec().format("handle", handle))
        name = () if kind is None else (Codec().format("kind", kind),)
        return self._run_change(
            "delete",
            *_place(dev, parent, block),
            *to_args(FilterSelector, which),
            *own,
            *name,
            alone=True,
        )

    def get(
        self,
        dev: str | None,
        *,
        protocol: str | int,
        pref: int,
        handle: str | int,
        kind: str,
        parent: str | None = None,
        block: int | None = None,
        chain: int | None = None,
    ) -> TcFilter:
        """Return one filter.

        ::

            tc -j -d filter get { dev DEV [ingress | parent …] | block N } protocol P pref N [chain N] handle H KIND

        Raises `NotFound`, `RejectedByKernel`.
        """
        which: FilterOptions = {
            "protocol": protocol,
            "pref": pref,
            "chain": chain,
            "handle": handle,
        }
        words = (
            *_place(dev, parent, block),
            *to_args(FilterOptions, which),
            Codec().format("kind", kind),
        )
        return self._query_one(TcFilter, "get", *words, alone=True)

    def show(
        self,
        dev: str | None,
        *,
        parent: str | None = None,
        block: int | None = None,
        stats: bool = False,
        **which: Unpack[FilterSelector],
    ) -> list[TcFilter]:
        """Return the filters of one place.

        ::

            tc -j -d [-s] filter show { dev DEV [ingress | parent …] | block N } [protocol P] [pref N] [chain N]
        """
        words = (*_place(dev, parent, block), *to_args(FilterSelector, which))
        return self._query(TcFilter, "show", *words, flags=stats_flags(stats), alone=True)


def _place(dev: str | None, parent: str | None, block: int | None) -> tuple[str, ...]:
    """Return the words for where filters stand."""
    if (dev is None) is (block is None) or (block is not None and parent is not None):
        raise InvalidArgument(
            f"dev {dev!r}, parent {parent!r}, block {block!r}: give a link, and what of it, or a block"
        )
    if dev is None:
        return ("block", Number(1).format("block", block))
    return ("dev", device_word(dev), *(() if parent is None else parent_words(parent, *PLACES)))


def _words(
    dev: str | None, kind: TcKind, parent: str | None, block: int | None, options: FilterOptions
) -> tuple[str, ...]:
    """Return the words that say a filter."""
    return (
        *_place(dev, parent, block),
        *to_args(FilterOptions, options),
        kind.type,
        *kind.to_args(),
    )
