"""`tc filter`: the classes and actions for packets. tc(8); iproute2's tc/tc_filter.c."""

from typing import Annotated, ClassVar, TypedDict, Unpack

from attrs import frozen

from ipwrap import models
from ipwrap.errors import InvalidArgument
from ipwrap.options.codecs import Codec, Number
from ipwrap.options.table import Option, to_args
from ipwrap.qdiscs import TcKind
from ipwrap.result import Result
from ipwrap.tc.ids import format_parent
from ipwrap.tc.qdisc import Estimator, stats_flags
from ipwrap.verbs.base import ObjectCommands, format_device

__all__ = ["FilterOptions", "FilterSelector", "FilterVerbs"]

ATTACH_POINTS = ("root", "ingress", "egress")


class FilterOptions(TypedDict, total=False):
    """Keywords of `tc filter add`, `change`, `replace`.

    ``protocol`` is "all" by default, or "ip", "ipv6", "arp", "802.1Q" … Filters with a lower
    ``pref`` come first; the kernel chooses a number by default. ``handle`` is the number of the
    filter, in the notation of its kind.
    """

    protocol: Annotated[str | int | None, Option(Codec())]
    pref: Annotated[int | None, Option(Number(1, 65535))]
    chain: Annotated[int | None, Option(Number())]
    handle: Annotated[str | int | None, Option(Codec(), json_key="")]
    estimator: Annotated[tuple[float | str, float | str] | None, Option(Estimator(), json_key="")]


class FilterSelector(TypedDict, total=False):
    """Conditions by which `tc filter show` and `tc filter delete` choose filters."""

    protocol: Annotated[str | int | None, Option(Codec())]
    pref: Annotated[int | None, Option(Number(1, 65535))]
    chain: Annotated[int | None, Option(Number())]


@frozen
class FilterVerbs(ObjectCommands):
    """Commands of `tc filter`.

    Each command is a process of its own: `tc` caches the names of links, and keeps the conditions
    of a previous `show`. The kernel deletes a filter with its qdisc, so a script that deletes the
    qdisc needs no command for the filter.

    ``dev`` and ``parent`` choose the attach point: "ingress" or "egress" (of `Clsact`), or a qdisc
    or class such as "1:"; by default the root qdisc of the link. A ``block`` replaces both.
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

            tc filter add { dev DEV [ingress | parent …] | block N }
                          [protocol P] [pref N] [chain N] [handle H] KIND …

        Raises `AlreadyExists`, `NotFound` (no such link or qdisc, or a kind that this kernel
        lacks), `RejectedByKernel`.

        Options, from `FilterOptions`::

            protocol=str|int, pref=1..65535, chain=int, handle=str|int,
            estimator=tuple[float|str, float|str]
        """
        arguments = _filter_arguments(
            dev,
            kind,
            parent=parent,
            block=block,
            options=options,
        )
        return self._run_change("add", *arguments, own_process=True)

    def replace(
        self,
        dev: str | None,
        kind: TcKind,
        *,
        parent: str | None = None,
        block: int | None = None,
        **options: Unpack[FilterOptions],
    ) -> Result:
        """Add a filter, or change the filter with this ``pref`` and ``handle``.

        `tc filter replace …`.

        Options: those of `add`.
        """
        arguments = _filter_arguments(
            dev,
            kind,
            parent=parent,
            block=block,
            options=options,
        )
        return self._run_change("replace", *arguments, own_process=True)

    def change(
        self,
        dev: str | None,
        kind: TcKind,
        *,
        parent: str | None = None,
        block: int | None = None,
        **options: Unpack[FilterOptions],
    ) -> Result:
        """Change the filter with this ``protocol``, ``pref`` and ``handle``. `tc filter change …`.

        Raises `NotFound`.

        Options: those of `add`.
        """
        arguments = _filter_arguments(
            dev,
            kind,
            parent=parent,
            block=block,
            options=options,
        )
        return self._run_change("change", *arguments, own_process=True)

    def delete(
        self,
        dev: str | None,
        *,
        parent: str | None = None,
        block: int | None = None,
        kind: str | None = None,
        handle: str | int | None = None,
        **conditions: Unpack[FilterSelector],
    ) -> Result:
        """Delete the filters that match; without conditions, all filters of the attach point.

        ::

            tc filter delete { dev DEV [ingress | parent …] | block N } [protocol P] [pref N]
                             [chain N] [handle H KIND]

        ``handle`` needs ``kind``, such as "flower". Raises `NotFound`, `RejectedByKernel`.

        Options, from `FilterSelector`::

            protocol=str|int, pref=1..65535, chain=int
        """
        # Each kind parses the handle in a notation of its own: parse_fopt() in tc/tc_filter.c.
        if handle is not None and kind is None:
            raise InvalidArgument(
                f"handle: {handle!r} needs the kind of the filter; give kind='flower', for example"
            )

        arguments = [*_attach_point_arguments(dev, parent, block=block)]
        arguments += to_args(FilterSelector, conditions)

        if handle is not None:
            arguments += ("handle", Codec().format("handle", handle))
        if kind is not None:
            arguments.append(Codec().format("kind", kind))

        return self._run_change("delete", *arguments, own_process=True)

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
    ) -> "models.TcFilter":
        """Return one filter.

        ::

            tc -j -d filter get { dev DEV [ingress | parent …] | block N }
                                protocol P pref N [chain N] handle H KIND

        Raises `NotFound`, `RejectedByKernel`.
        """
        identity: FilterOptions = {
            "protocol": protocol,
            "pref": pref,
            "chain": chain,
            "handle": handle,
        }
        arguments = (
            *_attach_point_arguments(dev, parent, block=block),
            *to_args(FilterOptions, identity),
            Codec().format("kind", kind),
        )
        return self._query_one(models.TcFilter, "get", *arguments, own_process=True)

    def show(
        self,
        dev: str | None,
        *,
        parent: str | None = None,
        block: int | None = None,
        stats: bool = False,
        **conditions: Unpack[FilterSelector],
    ) -> "list[models.TcFilter]":
        """Return the filters of one attach point.

        ::

            tc -j -d [-s] filter show { dev DEV [ingress | parent …] | block N }
                                      [protocol P] [pref N] [chain N]

        Options: those of `delete`.
        """
        arguments = (
            *_attach_point_arguments(dev, parent, block=block),
            *to_args(FilterSelector, conditions),
        )
        return self._query(
            models.TcFilter,
            "show",
            *arguments,
            flags=stats_flags(stats),
            own_process=True,
        )


def _attach_point_arguments(
    dev: str | None, parent: str | None, *, block: int | None
) -> tuple[str, ...]:
    """Return the arguments for an attach point: a parent on a link, or a shared block."""
    has_one_target = (dev is None) is not (block is None)
    has_parent_beside_block = block is not None and parent is not None
    if not has_one_target or has_parent_beside_block:
        raise InvalidArgument(
            f"dev {dev!r}, parent {parent!r}, block {block!r}:"
            " give a link, with or without a parent, or else a block"
        )

    # A block is not part of a link: tc_filter_modify() refuses `dev` beside `block`.
    if dev is None:
        return ("block", Number(1).format("block", block))

    device = ("dev", format_device(dev))
    if parent is None:
        return device

    return (*device, *format_parent(parent, *ATTACH_POINTS))


def _filter_arguments(
    dev: str | None,
    kind: TcKind,
    *,
    parent: str | None,
    block: int | None,
    options: FilterOptions,
) -> tuple[str, ...]:
    """Return the arguments of a command that adds or changes a filter."""
    return (
        *_attach_point_arguments(dev, parent, block=block),
        *to_args(FilterOptions, options),
        kind.type,
        *kind.to_args(),
    )
