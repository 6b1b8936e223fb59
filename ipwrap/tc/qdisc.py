"""`tc qdisc`: how packets queue on a link. tc(8); iproute2's tc/tc_qdisc.c."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypedDict, Unpack

from attrs import field, frozen

from ipwrap import models
from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.options.codecs import Choice, Codec, Number
from ipwrap.options.table import Option, option, parse_args, to_args
from ipwrap.qdiscs import QDISCS, TcKind
from ipwrap.qdiscs.base import option_metadata
from ipwrap.qdiscs.units import Seconds, Size, to_bytes
from ipwrap.result import Result
from ipwrap.tc.ids import Handle, format_parent
from ipwrap.verbs.base import ObjectCommands, format_device
from ipwrap.verbs.hints import check_kind, class_names

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Estimator", "QdiscOptions", "QdiscVerbs", "Stab"]

ATTACH_POINTS = ("root", "ingress", "clsact")


@frozen(kw_only=True)
class Stab:
    """A size table: the bytes for which a packet counts, with the overhead of the wire.

    tc-stab(8); tc/tc_stab.c, tc/tc_util.c. ``tsize`` is the number of slots; the other numbers are
    in bytes.
    """

    mtu: int | None = field(default=None, converter=to_bytes, metadata=option_metadata(Size()))
    tsize: int | None = option(Number())
    mpu: int | None = field(default=None, converter=to_bytes, metadata=option_metadata(Size()))
    overhead: int | None = option(Number(-(2**31), 2**31 - 1))
    linklayer: Literal["ethernet", "atm"] | None = option(Choice())


@frozen
class StabCodec(Codec):
    """The options of a `Stab` after the keyword `stab`."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the keyword and the options."""
        if not isinstance(value, Stab):
            raise InvalidArgument(
                f"{keyword}: {value!r} is not a Stab such as Stab(overhead=20, linklayer='atm')"
            )

        return (keyword, *to_args(Stab, value))

    def parse_args(self, _keyword: str, args: Sequence[str]) -> tuple[Any, int]:
        """Return the `Stab`."""
        options, count = parse_args(Stab, args[1:])
        return Stab(**options), count + 1

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of size tables."""
        from hypothesis import strategies as st

        return st.builds(
            Stab,
            overhead=st.integers(-99, 99),
            linklayer=st.sampled_from(("atm", "ethernet")),
        )


@frozen
class Estimator(Codec):
    """The interval at which a rate is measured, and the time over which the kernel averages.

    `estimator 1s 8s`. tc/tc_estimator.c.
    """

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the keyword and both times."""
        if not isinstance(value, tuple) or len(value) != 2:
            raise InvalidArgument(f"{keyword}: {value!r} is not a pair of times such as (1, 8)")

        # tc counts these times in microseconds: TIME_UNITS_PER_SEC in tc/tc_estimator.c.
        seconds = Seconds(resolution="us")
        interval, average = value
        return (
            keyword,
            seconds.format(keyword, interval),
            seconds.format(keyword, average),
        )

    def parse_args(self, _keyword: str, args: Sequence[str]) -> tuple[Any, int]:
        """Return both times."""
        return (args[1], args[2]), 3

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of pairs of durations."""
        from hypothesis import strategies as st

        return st.sampled_from((("1s", "8s"), (1, 8)))


class QdiscOptions(TypedDict, total=False):
    """Keywords of `tc qdisc add`, `change`, `replace`.

    ``handle`` is the number by which classes and filters name the qdisc, such as "1:".
    ``estimator`` is a pair of times; `-s` shows the result as ``rate``. ``ingress_block`` and
    ``egress_block`` (of `Ingress` and `Clsact`) share filters.
    """

    handle: Annotated[str | None, Option(Handle())]
    estimator: Annotated[tuple[float | str, float | str] | None, Option(Estimator(), json_key="")]
    stab: Annotated[Stab | None, Option(StabCodec())]
    ingress_block: Annotated[int | None, Option(Number(1))]
    egress_block: Annotated[int | None, Option(Number(1))]


@frozen
class QdiscVerbs(ObjectCommands):
    """Commands of `tc qdisc`.

    A change is a process of its own: with the first change `tc` reads the names of the links, and
    keeps them (ll_init_map() in tc_qdisc_modify()).
    """

    program: ClassVar[str] = "tc"
    words: ClassVar[tuple[str, ...]] = ("qdisc",)

    def add(
        self, dev: str, kind: TcKind, *, parent: str | None = None, **options: Unpack[QdiscOptions]
    ) -> Result:
        """Add a qdisc to a link: `Netem(delay="100ms", loss=1.5)`, for example.

        ::

            tc qdisc add dev DEV { root | parent CLASS } [handle H] [estimator …] [stab …] KIND …
            tc qdisc add dev DEV [ingress_block N] [egress_block N] { ingress | clsact }

        ``parent`` is "root" by default, or the class above, such as "1:20". A script deletes a root
        qdisc, `Ingress` and `Clsact` at its end; the kernel deletes the qdiscs and classes below.

        Raises `AlreadyExists`, `NotFound` (no such link, or a kind that this kernel lacks),
        `RejectedByKernel`.

        Options, from `QdiscOptions`::

            handle=str, estimator=tuple[float|str, float|str], stab=Stab,
            ingress_block=1..4294967295, egress_block=1..4294967295
        """
        return self._create(
            "add",
            dev,
            kind=kind,
            parent=parent,
            options=options,
        )

    def ensure(
        self, dev: str, kind: TcKind, *, parent: str | None = None, **options: Unpack[QdiscOptions]
    ) -> bool:
        """Add a qdisc, or change it, if needed; return whether anything changed.

        ::

            tc.qdisc.ensure("eth0", Netem(delay="10ms"))

        What is not given counts as it is. Raises as `add`.

        Options: those of `add`.
        """
        return self._ensure(dev, kind, parent=parent, **options)

    def replace(
        self, dev: str, kind: TcKind, *, parent: str | None = None, **options: Unpack[QdiscOptions]
    ) -> Result:
        """Replace the present qdisc with a new one. `tc qdisc replace …`.

        Options: those of `add`.
        """
        return self._create(
            "replace",
            dev,
            kind=kind,
            parent=parent,
            options=options,
        )

    def change(
        self, dev: str, kind: TcKind, *, parent: str | None = None, **options: Unpack[QdiscOptions]
    ) -> Result:
        """Change the options of the present qdisc. `tc qdisc change …`.

        Omitted options keep their value or not, by the kind: netem resets them.
        Raises `RejectedByKernel`, `NotFound`.

        Options: those of `add`.
        """
        arguments = _qdisc_arguments(dev, kind, parent=parent, options=options)
        return self._run_change(
            "change",
            *arguments,
            *kind.to_args(),
            own_process=True,
        )

    def delete(self, dev: str, *, parent: str = "root", handle: str | None = None) -> Result:
        """Delete a qdisc, with the qdiscs and classes below.

        ::

            tc qdisc delete dev DEV { root | ingress | … } [handle H]

        ``parent`` is "root", "ingress", "clsact", or a class. Raises `NotFound`,
        `RejectedByKernel`.
        """
        arguments = (
            "dev",
            format_device(dev),
            *_handle_arguments(handle),
            *format_parent(parent, *ATTACH_POINTS),
        )
        deleted = ("qdisc", self.netns, f"{dev} {parent}")
        return self._run_change("delete", *arguments, deletes=(deleted,), own_process=True)

    def show(
        self,
        dev: str | None = None,
        *,
        parent: str | None = None,
        handle: str | None = None,
        invisible: bool = False,
        stats: bool = False,
    ) -> "list[models.TcQdisc]":
        """Return the qdiscs of a link, or of the whole namespace. `TcQdisc.typed` has the options.

        ::

            tc -j -d [-s] qdisc show [dev DEV] [root | ingress | parent CLASS] [handle H]
                                     [invisible]

        ``stats`` adds the counters of sent and dropped packets. ``invisible`` adds the qdiscs that
        the kernel created and hides.
        """
        arguments: list[str] = []

        if dev is not None:
            arguments += ("dev", format_device(dev))
        if parent is not None:
            arguments += format_parent(parent, *ATTACH_POINTS)
        arguments += _handle_arguments(handle)
        if invisible:
            arguments.append("invisible")

        # tc keeps its filters (filter_ifindex and the like in tc/tc_qdisc.c): within a batch, a
        # filtered show would narrow down the next one.
        needs_own_process = bool(arguments)
        return self._query(
            models.TcQdisc,
            "show",
            *arguments,
            flags=stats_flags(stats),
            own_process=needs_own_process,
        )

    def _create(
        self, verb: str, dev: str, *, kind: TcKind, parent: str | None, options: QdiscOptions
    ) -> Result:
        """Run a verb that creates a qdisc."""
        check_tc_kind(kind)
        attach_point = parent or kind.attach_point

        # A qdisc below a class goes with the root qdisc: only the attach points need a deletion.
        created: list[CreatedObject] = []
        if attach_point in ATTACH_POINTS:
            qdisc = CreatedObject(
                "qdisc",
                f"{dev} {attach_point}",
                {"dev": dev, "parent": attach_point},
                self.netns,
                (dev,),
            )
            created.append(qdisc)

        kind_arguments = kind.args_to_add() if verb == "add" else kind.to_args()
        arguments = _qdisc_arguments(dev, kind, parent=parent, options=options)
        return self._run_change(
            verb,
            *arguments,
            *kind_arguments,
            creates=created,
            own_process=True,
        )


def stats_flags(stats: bool) -> tuple[str, ...]:
    """Return the global options of a show."""
    if stats:
        return ("-d", "-s")

    return ("-d",)


def check_tc_kind(kind: TcKind) -> None:
    """Raise `InvalidArgument` for what is no kind of qdisc or class, such as its name as text."""
    if not isinstance(kind, TcKind):
        check_kind(kind, TcKind, classes=class_names(QDISCS), package="ipwrap.qdiscs")


def _handle_arguments(handle: str | None) -> tuple[str, ...]:
    """Return the arguments that name a qdisc by its number."""
    if handle is None:
        return ()

    return ("handle", Handle().format("handle", handle))


def _qdisc_arguments(
    dev: str, kind: TcKind, *, parent: str | None, options: QdiscOptions
) -> tuple[str, ...]:
    """Return the arguments of a qdisc up to its kind."""
    check_tc_kind(kind)
    parent_arguments: tuple[str, ...] = ()

    # `ingress` and `clsact` are kind and parent in one: tc_qdisc_modify() sets tcm_parent, too.
    if kind.attach_point != kind.type:
        parent_arguments = format_parent(parent or kind.attach_point, "root")
    elif parent not in (None, kind.attach_point):
        raise InvalidArgument(
            f"parent: {parent!r} is not the attach point of {kind.type}; omit the parent"
        )

    return (
        "dev",
        format_device(dev),
        *parent_arguments,
        *to_args(QdiscOptions, options),
        kind.type,
    )
