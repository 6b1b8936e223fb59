"""Check that kinds can be read: malformed options of a link or qdisc are an error of the text.

iproute2 prints no options with values of other types. So the options of one kind with values of the
same types are read once: to read all of them would take longer than the parser does.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from ipwrap.errors import OutputError

if TYPE_CHECKING:
    from ipwrap.models.link import Link
    from ipwrap.models.qdisc import TcQdisc

__all__ = ["CHECKS"]

LINKINFO = attrgetter("linkinfo")


def _check_links(links: "Sequence[Link]") -> None:
    """Raise `OutputError` if the options of a kind, or of a port, cannot be read."""
    known: set[Hashable] = set()

    for position, info in enumerate(map(LINKINFO, links)):
        if info is None:
            continue

        data, port_data = info.info_data, info.info_slave_data
        form = (
            info.info_kind,
            tuple(map(type, data.values())) if data else None,
            tuple(map(type, port_data.values())) if port_data else None,
        )
        if form not in known:
            known.add(form)
            _read(links[position], ("kind", "port"), path=f"$[{position}]")


def _check_qdiscs(qdiscs: "Sequence[TcQdisc]") -> None:
    """Raise `OutputError` if the options of a qdisc cannot be read."""
    known: set[Hashable] = set()

    for position, qdisc in enumerate(qdiscs):
        options = qdisc.options or {}
        form = (qdisc.kind, tuple(map(type, options.values())))
        if form not in known:
            known.add(form)
            _read(qdisc, ("typed",), path=f"$[{position}]")


def _read(model: Any, names: tuple[str, ...], *, path: str) -> None:
    """Read typed attributes of a model. Raises `OutputError` with the path in the whole text."""
    try:
        attrgetter(*names)(model)
    except OutputError as error:
        raise OutputError(str(error).replace("at `$", f"at `{path}", 1)) from error


# The checks of the objects of a noun.
CHECKS: Mapping[str, Callable[[Sequence[Any]], None]] = {
    "address": _check_links,
    "link": _check_links,
    "tc qdisc": _check_qdiscs,
}
