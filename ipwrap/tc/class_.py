"""`tc class`: the parts of a qdisc that share what it has. tc(8); iproute2's tc/tc_class.c."""

from typing import Annotated, ClassVar, TypedDict, Unpack

from attrs import frozen

from ipwrap.models import TcClass
from ipwrap.options.table import Option, to_args
from ipwrap.qdiscs import TcKind
from ipwrap.result import Result
from ipwrap.tc.ids import ClassId, Handle, parent_words
from ipwrap.tc.qdisc import Estimator, stats_flags
from ipwrap.verbs.base import ObjectCommands, device_word

__all__ = ["ClassOptions", "ClassVerbs"]

CLASSID = ClassId()
HANDLE = Handle()


class ClassOptions(TypedDict, total=False):
    """Keywords of `tc class add`, `change`, `replace`. ``estimator`` is a pair of times, as of a qdisc."""

    estimator: Annotated[tuple[float | str, float | str] | None, Option(Estimator(), json_key="")]


@frozen
class ClassVerbs(ObjectCommands):
    """Verbs of `tc class`. All are processes of their own: `tc` keeps the names of links, and filters of `show`.

    A class goes with its qdisc, so a script that takes away the qdisc says nothing of it.
    """

    program: ClassVar[str] = "tc"
    words: ClassVar[tuple[str, ...]] = ("class",)

    def add(
        self, dev: str, kind: TcKind, *, classid: str, parent: str, **options: Unpack[ClassOptions]
    ) -> Result:
        """Add a class: `HtbClass(rate="10mbit")`.

        ::

            tc class add dev DEV parent PARENT classid CLASS [estimator …] KIND OPTIONS

        ``classid`` is its number, such as "1:20"; ``parent`` the qdisc ("1:") or the class that it stands in.
        Raises `AlreadyExists`, `NotFound`, `RejectedByKernel`.
        """
        return self._run_change("add", *_words(dev, kind, classid, parent, options), alone=True)

    def replace(
        self, dev: str, kind: TcKind, *, classid: str, parent: str, **options: Unpack[ClassOptions]
    ) -> Result:
        """Add a class, or change it if it is there. `tc class replace …`."""
        return self._run_change("replace", *_words(dev, kind, classid, parent, options), alone=True)

    def change(
        self, dev: str, kind: TcKind, *, classid: str, parent: str, **options: Unpack[ClassOptions]
    ) -> Result:
        """Change a class. `tc class change …`. Raises `NotFound`."""
        return self._run_change("change", *_words(dev, kind, classid, parent, options), alone=True)

    def delete(self, dev: str, *, classid: str) -> Result:
        """Delete a class. `tc class delete dev DEV classid CLASS`.

        Raises `NotFound`, and `Busy` or `RejectedByKernel` for one that has classes of its own.
        """
        return self._run_change(
            "delete",
            "dev",
            device_word(dev),
            "classid",
            CLASSID.format("classid", classid),
            alone=True,
        )

    def show(
        self,
        dev: str,
        *,
        parent: str | None = None,
        classid: str | None = None,
        qdisc: str | None = None,
        stats: bool = False,
    ) -> list[TcClass]:
        """Return the classes of a link. `TcClass.typed` is the kind with its options.

        ::

            tc -j -d [-s] class show dev DEV [root | parent PARENT] [classid CLASS] [qdisc QDISC]

        ``qdisc`` is the number of the qdisc that they are of, such as "1:".

        Before 6.2 iproute2 prints text, which is read too; rates and sizes are rounded there.
        """
        place = () if parent is None else parent_words(parent, "root")
        one = () if classid is None else ("classid", CLASSID.format("classid", classid))
        of = () if qdisc is None else ("qdisc", HANDLE.format("qdisc", qdisc))
        words = ("dev", device_word(dev), *place, *one, *of)
        return self._query(TcClass, "show", *words, flags=stats_flags(stats), alone=True)


def _words(
    dev: str, kind: TcKind, classid: str, parent: str, options: ClassOptions
) -> tuple[str, ...]:
    """Return the words that say a class."""
    place = (*parent_words(parent, "root"), "classid", CLASSID.format("classid", classid))
    return (
        "dev",
        device_word(dev),
        *place,
        *to_args(ClassOptions, options),
        kind.type,
        *kind.to_args(),
    )
