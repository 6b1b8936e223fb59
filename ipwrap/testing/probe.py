"""What this machine can do, tried and not guessed: whether a sandbox opens, which kinds of links its kernel makes."""

from functools import cache

from ipwrap.errors import CommandError, ExecutorError, NotSupported, PlaceError
from ipwrap.kinds import KINDS, Kind, LinkKind
from ipwrap.session import Session

__all__ = ["forbidden", "kind_problem", "probe_kind"]

KNOWN = "via rtnetlink"  # what a kernel says of `tun`, which is made in another way


def probe_kind(session: Session, kind: LinkKind, link: str | None = None) -> CommandError | None:
    """Return the error with which the kernel refuses to make a link of a kind; None where it makes one."""
    try:
        session.ip.link.add("probe", kind, link=link)
    except CommandError as error:
        return error
    session.ip.link.delete("probe")
    return None


@cache
def forbidden() -> str | None:
    """Return why no sandbox can be opened here, or None where one can. It is tried once."""
    try:
        with Session(sandbox=True):
            return None
    except (ExecutorError, PlaceError) as error:  # such as without iproute2
        return f"no sandbox here: {error}"


@cache
def kind_problem(kind: str) -> str | None:
    """Return why this kernel has no such kind of links, or None where it has it. A sandbox tells, once for each kind.

    Raises `PlaceError` where there is no sandbox to be had.
    """
    with Session(sandbox=True) as session:
        error = probe_kind(session, KINDS[kind]() if kind in KINDS else Kind(kind, {}))
    if (
        not isinstance(error, NotSupported) or KNOWN in error.result.stderr
    ):  # else it lacks options: the kind is there
        return None
    return f"this kernel makes no links of type {kind}: {error.reason}"
