"""`tc class`: the parts of a qdisc that share its rate. tc(8); iproute2's tc/tc_class.c."""

from typing import Annotated, ClassVar, TypedDict, Unpack

from attrs import frozen

from ipwrap import models
from ipwrap.options.table import Option, to_args
from ipwrap.qdiscs import TcKind
from ipwrap.result import Result
from ipwrap.tc.ids import ClassId, Handle, format_parent
from ipwrap.tc.qdisc import Estimator, check_tc_kind, stats_flags
from ipwrap.verbs.base import ObjectCommands, format_device

__all__ = ["ClassOptions", "ClassVerbs"]

CLASS_ID = ClassId()
HANDLE = Handle()


class ClassOptions(TypedDict, total=False):
    """Keywords of `tc class add`, `change`, `replace`.

    ``estimator`` is a pair of times, as of a qdisc.
    """

    estimator: Annotated[tuple[float | str, float | str] | None, Option(Estimator(), json_key="")]


@frozen
class ClassVerbs(ObjectCommands):
    """Commands of `tc class`.

    Each command is a process of its own: `tc` caches the names of links, and keeps the filters of
    a previous `show`. The kernel deletes a class with its qdisc, so a script that deletes the qdisc
    needs no command for the class.
    """

    program: ClassVar[str] = "tc"
    words: ClassVar[tuple[str, ...]] = ("class",)

    def add(
        self, dev: str, kind: TcKind, *, classid: str, parent: str, **options: Unpack[ClassOptions]
    ) -> Result:
        """Add a class: `HtbClass(rate="10mbit")`.

        ::

            tc class add dev DEV parent PARENT classid CLASS [estimator …] KIND OPTIONS

        ``classid`` is the number of the class, such as "1:20"; ``parent`` the qdisc ("1:") or the
        class above. Raises `AlreadyExists`, `NotFound`, `RejectedByKernel`.

        Options, from `ClassOptions`::

            estimator=tuple[float|str, float|str]
        """
        arguments = _class_arguments(
            dev,
            kind,
            classid=classid,
            parent=parent,
            options=options,
        )
        return self._run_change("add", *arguments, own_process=True)

    def replace(
        self, dev: str, kind: TcKind, *, classid: str, parent: str, **options: Unpack[ClassOptions]
    ) -> Result:
        """Add a class, or change an existing one. `tc class replace …`.

        Options: those of `add`.
        """
        arguments = _class_arguments(
            dev,
            kind,
            classid=classid,
            parent=parent,
            options=options,
        )
        return self._run_change("replace", *arguments, own_process=True)

    def change(
        self, dev: str, kind: TcKind, *, classid: str, parent: str, **options: Unpack[ClassOptions]
    ) -> Result:
        """Change a class. `tc class change …`. Raises `NotFound`.

        Options: those of `add`.
        """
        arguments = _class_arguments(
            dev,
            kind,
            classid=classid,
            parent=parent,
            options=options,
        )
        return self._run_change("change", *arguments, own_process=True)

    def delete(self, dev: str, *, classid: str) -> Result:
        """Delete a class. `tc class delete dev DEV classid CLASS`.

        Raises `NotFound`, and `Busy` or `RejectedByKernel` for a class with child classes.
        """
        arguments = (
            "dev",
            format_device(dev),
            "classid",
            CLASS_ID.format("classid", classid),
        )
        return self._run_change("delete", *arguments, own_process=True)

    def show(
        self,
        dev: str,
        *,
        parent: str | None = None,
        classid: str | None = None,
        qdisc: str | None = None,
        stats: bool = False,
    ) -> "list[models.TcClass]":
        """Return the classes of a link. `TcClass.typed` is the kind with its options.

        ::

            tc -j -d [-s] class show dev DEV [root | parent PARENT] [classid CLASS] [qdisc QDISC]

        ``qdisc`` is the number of the classes' qdisc, such as "1:".

        iproute2 before 6.2 prints text, which is parsed too; rates and sizes are rounded in text.
        """
        arguments = ["dev", format_device(dev)]

        if parent is not None:
            arguments += format_parent(parent, "root")
        if classid is not None:
            arguments += ("classid", CLASS_ID.format("classid", classid))
        if qdisc is not None:
            arguments += ("qdisc", HANDLE.format("qdisc", qdisc))

        return self._query(
            models.TcClass,
            "show",
            *arguments,
            flags=stats_flags(stats),
            own_process=True,
        )


def _class_arguments(
    dev: str, kind: TcKind, *, classid: str, parent: str, options: ClassOptions
) -> tuple[str, ...]:
    """Return the arguments of a command that adds or changes a class."""
    check_tc_kind(kind)
    return (
        "dev",
        format_device(dev),
        *format_parent(parent, "root"),
        "classid",
        CLASS_ID.format("classid", classid),
        *to_args(ClassOptions, options),
        kind.type,
        *kind.to_args(),
    )
