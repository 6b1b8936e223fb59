"""Test this machine's support for labs: whether a sandbox opens, and which kinds the kernel has."""

from functools import cache

from ipwrap.errors import CommandError, ExecutorError, NotSupported, PlaceError
from ipwrap.kinds import KINDS, Kind, LinkKind
from ipwrap.session import Session

__all__ = ["kind_problem", "probe_kind", "sandbox_problem"]

# The kernel refuses to create `tun` links by netlink, although the kind exists:
# "tun/tap creation via rtnetlink is not supported." (tun_validate() in drivers/net/tun.c).
NOT_BY_NETLINK = "via rtnetlink"


def probe_kind(session: Session, kind: LinkKind, *, link: str | None = None) -> CommandError | None:
    """Create and delete a link of a kind. Return the kernel's error, or None for success."""
    try:
        session.ip.link.add("probe", kind, link=link)
    except CommandError as error:
        return error

    session.ip.link.delete("probe")
    return None


@cache
def sandbox_problem() -> str | None:
    """Return why no sandbox opens on this machine, or None if a sandbox opens.

    The first call tries to open a sandbox; later calls return the same result.
    """
    try:
        with Session(sandbox=True):
            return None
    except (ExecutorError, PlaceError) as error:  # ExecutorError: such as without iproute2
        return f"no sandbox here: {error}"


@cache
def kind_problem(kind: str) -> str | None:
    """Return why this kernel has no links of a kind, or None if the kernel has the kind.

    The first call for a kind creates such a link in a sandbox. Raises `PlaceError` if no sandbox
    opens.
    """
    link_kind = KINDS[kind]() if kind in KINDS else Kind(kind, {})

    with Session(sandbox=True) as session:
        error = probe_kind(session, link_kind)

    if not isinstance(error, NotSupported):
        # No error, or an error about missing options: the kernel has the kind.
        return None

    if NOT_BY_NETLINK in error.result.stderr:
        return None

    return f"this kernel makes no links of type {kind}: {error.reason}"
