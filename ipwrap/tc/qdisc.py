"""`tc qdisc`: how packets queue on a link. tc(8); iproute2's tc/tc_qdisc.c."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal, TypedDict, Unpack

from attrs import field, frozen

from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.models import TcQdisc
from ipwrap.options.codecs import Choice, Codec, Number
from ipwrap.options.table import Option, option, parse_args, to_args
from ipwrap.qdiscs import TcKind
from ipwrap.qdiscs.base import option_metadata
from ipwrap.qdiscs.units import Seconds, Size, to_bytes
from ipwrap.result import Result
from ipwrap.tc.ids import Handle, parent_words
from ipwrap.verbs.base import ObjectCommands, device_word

__all__ = ["Estimator", "QdiscOptions", "QdiscVerbs", "Stab"]

PLACES = ("root", "ingress", "clsact")


@frozen(kw_only=True)
class Stab:
    """What packets count for, where the wire adds to them. tc-stab(8); tc/tc_stab.c, tc/tc_util.c.

    All is in bytes but ``tsize``.
    """

    mtu: int | None = field(default=None, converter=to_bytes, metadata=option_metadata(Size()))
    tsize: int | None = option(Number())
    mpu: int | None = field(default=None, converter=to_bytes, metadata=option_metadata(Size()))
    overhead: int | None = option(Number(-(2**31), 2**31 - 1))
    linklayer: Literal["ethernet", "atm"] | None = option(Choice())


@frozen
class StabCodec(Codec):
    """The words of a `Stab` behind `stab`."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words."""
        if not isinstance(value, Stab):
            raise InvalidArgument(
                f"{word}: {value!r} is not a Stab such as Stab(overhead=20, linklayer='atm')"
            )
        return (word, *to_args(Stab, value))

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the `Stab`."""
        said, count = parse_args(Stab, words[1:])
        return Stab(**said), count + 1


@frozen
class Estimator(Codec):
    """How often a rate is measured, and over what time it is averaged: `estimator 1s 8s`. tc/tc_estimator.c."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words."""
        if not isinstance(value, tuple) or len(value) != 2:
            raise InvalidArgument(f"{word}: {value!r} is not a pair of times such as (1, 8)")
        return (word, *(Seconds(step="us").format(word, each) for each in value))

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the pair."""
        return (words[1], words[2]), 3


class QdiscOptions(TypedDict, total=False):
    """Keywords of `tc qdisc add`, `change`, `replace`.

    ``handle`` is the number by which classes and filters name it, such as "1:". ``estimator`` is a pair of times,
    shown as ``rate`` with `-s`. ``ingress_block`` and ``egress_block`` (of `Ingress` and `Clsact`) share filters.
    """

    handle: Annotated[str | None, Option(Handle())]
    estimator: Annotated[tuple[float | str, float | str] | None, Option(Estimator(), json_key="")]
    stab: Annotated[Stab | None, Option(StabCodec())]
    ingress_block: Annotated[int | None, Option(Number(1))]
    egress_block: Annotated[int | None, Option(Number(1))]


@frozen
class QdiscVerbs(ObjectCommands):
    """Verbs of `tc qdisc`.

    Changes are processes of their own: with its first one `tc` learns the names of all links, and keeps them
    (ll_init_map() in tc_qdisc_modify()).
    """

    program: ClassVar[str] = "tc"
    words: ClassVar[tuple[str, ...]] = ("qdisc",)

    def add(
        self, dev: str, kind: TcKind, *, parent: str | None = None, **options: Unpack[QdiscOptions]
    ) -> Result:
        """Add a qdisc to a link: `Netem(delay="100ms", loss=1.5)`, for example.

        ::

            tc qdisc add dev DEV { root | parent CLASS } [handle H] [estimator …] [stab …] KIND OPTIONS
            tc qdisc add dev DEV [ingress_block N] [egress_block N] { ingress | clsact }

        ``parent`` is "root" by default, or the class that it stands in, such as "1:20". A script takes it away if it
        stands at the root (or is `Ingress` or `Clsact`): what stands in it goes along.

        Raises `AlreadyExists`, `NotFound` (no such link, or a kind that this kernel lacks), `RejectedByKernel`.
        """
        return self._make("add", dev, kind, parent, options)

    def replace(
        self, dev: str, kind: TcKind, *, parent: str | None = None, **options: Unpack[QdiscOptions]
    ) -> Result:
        """Put a qdisc in the place of the one that is there. `tc qdisc replace …`."""
        return self._make("replace", dev, kind, parent, options)

    def change(
        self, dev: str, kind: TcKind, *, parent: str | None = None, **options: Unpack[QdiscOptions]
    ) -> Result:
        """Change the options of the qdisc that is there. `tc qdisc change …`. Raises `RejectedByKernel`, `NotFound`.

        Options that are not said are kept or not, by the kind: netem goes back to none.
        """
        return self._run_change(
            "change", *_words(dev, kind, parent, options), *kind.to_args(), alone=True
        )

    def delete(self, dev: str, *, parent: str = "root", handle: str | None = None) -> Result:
        """Delete a qdisc, and all that stands in it. `tc qdisc delete dev DEV { root | ingress | … } [handle H]`.

        ``parent`` is "root", "ingress", "clsact", or a class. Raises `NotFound`, `RejectedByKernel`.
        """
        words = ("dev", device_word(dev), *_handle(handle), *parent_words(parent, *PLACES))
        return self._run_change(
            "delete", *words, drops=(("qdisc", self.netns, f"{dev} {parent}"),), alone=True
        )

    def show(
        self,
        dev: str | None = None,
        *,
        parent: str | None = None,
        handle: str | None = None,
        invisible: bool = False,
        stats: bool = False,
    ) -> list[TcQdisc]:
        """Return the qdiscs of all links, or of one. `TcQdisc.typed` is the kind with its options.

        ::

            tc -j -d [-s] qdisc show [dev DEV] [root | ingress | parent CLASS] [handle H] [invisible]

        ``stats`` adds what was sent and dropped. ``invisible`` shows those that the kernel made and hides.
        """
        one = () if dev is None else ("dev", device_word(dev))
        place = () if parent is None else parent_words(parent, *PLACES)
        words = (*one, *place, *_handle(handle), *(("invisible",) if invisible else ()))
        return self._query(
            TcQdisc, "show", *words, flags=stats_flags(stats), alone=bool(words)
        )  # tc keeps its filters

    def _make(
        self, verb: str, dev: str, kind: TcKind, parent: str | None, options: QdiscOptions
    ) -> Result:
        """Run a verb that makes a qdisc."""
        place = parent or kind.attach_point
        made = CreatedObject(
            "qdisc",
            f"{dev} {place}",
            ("tc", "qdisc", "delete", "dev", dev, place),
            self.netns,
            (dev,),
        )
        makes = (made,) if place in PLACES else ()
        words = kind.words_to_add() if verb == "add" else kind.to_args()
        return self._run_change(
            verb, *_words(dev, kind, parent, options), *words, makes=makes, alone=True
        )


def stats_flags(stats: bool) -> tuple[str, ...]:
    """Return the global options of a show."""
    return ("-d", "-s") if stats else ("-d",)


def _handle(handle: str | None) -> tuple[str, ...]:
    """Return the words that name a qdisc by its number."""
    return () if handle is None else ("handle", Handle().format("handle", handle))


def _words(dev: str, kind: TcKind, parent: str | None, options: QdiscOptions) -> tuple[str, ...]:
    """Return the words that say a qdisc. Of `ingress` and `clsact` the kind's word says the place, too."""
    place = (
        () if kind.attach_point == kind.type else parent_words(parent or kind.attach_point, "root")
    )
    if not place and parent not in (None, kind.attach_point):
        raise InvalidArgument(f"parent: {parent!r}; {kind.type} has a place of its own")
    return ("dev", device_word(dev), *place, *to_args(QdiscOptions, options), kind.type)
