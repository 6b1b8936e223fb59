"""Look at this machine: iproute2, privileges, the sandbox, kinds of links, programs.

`ipwrap doctor` prints the findings.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from ipwrap.errors import IpwrapError, PlaceError
from ipwrap.kinds import Bridge, Dummy, Ifb, LinkKind, Macvlan, Macvtap, Veth, Vlan, Vxlan
from ipwrap.places.sandbox import forbidden_by
from ipwrap.session import Session
from ipwrap.system.modules import how_to_load
from ipwrap.system.programs import (
    PACKAGES,
    busybox_directories,
    find,
    how_to_install,
    need_linux,
    version_output,
)
from ipwrap.system.release import ADVICE, OLDEST, Release, is_busybox, too_old, version_of
from ipwrap.testing.probe import probe_kind

__all__ = ["BASES", "NEEDED", "OFTEN_WANTED", "PROBES", "Finding", "find_all"]

NEEDED = ("ip", "bridge", "mount", "unshare", "nsenter")
OFTEN_WANTED = ("tc", "ping", "sysctl", "tcpdump", "shellcheck")
ON_A_LINK = {"macvlan", "macvtap", "vlan"}
BASES: tuple[LinkKind, ...] = (
    Veth(peer="base1"),
    Dummy(),
    Bridge(),
)  # what those can be on, whichever comes first
PROBES: tuple[LinkKind, ...] = (
    Bridge(),
    Dummy(),
    Ifb(),
    Macvlan(),
    Macvtap(),
    Veth(),
    Vlan(id=1),
    Vxlan(id=1, dstport=4789),
)


@frozen
class Finding:
    """One thing looked at: what, whether it is well, what was found, what to do."""

    what: str
    ok: bool
    found: str
    remedy: str = ""


def find_all() -> list[Finding]:
    """Return all findings; elsewhere than on Linux, that one only."""
    not_linux = list(_linux())
    if not_linux:
        return not_linux

    programs = [_program(name) for name in (*NEEDED, *OFTEN_WANTED)]
    return [*programs, _iproute2(), *_privileges(), *_kinds()]


def _linux() -> Iterator[Finding]:
    """Yield that this is not Linux, where it is not: then there is nothing else to look at."""
    try:
        need_linux()
    except PlaceError as error:
        yield Finding("linux", False, f"this is {sys.platform}", str(error))


def _program(program: str) -> Finding:
    """Return where a program is; for one that is missing, how to install it."""
    path = find(program)
    if path is None:
        return Finding(program, False, "missing", how_to_install(PACKAGES[program]))
    if program == "ip":
        return _ip(path)
    return Finding(program, True, path)


def _ip(path: str) -> Finding:
    """Return which `ip` is run: BusyBox's is passed over, and will not do where there is no other one."""
    if is_busybox(version_output(path) or ""):
        return Finding("ip", False, f"{path} is BusyBox's", how_to_install("iproute2"))

    hiding = [os.path.join(directory, "ip") for directory in busybox_directories()]
    note = (
        f" ({', '.join(hiding)}, first in PATH, is BusyBox's and is passed over)" if hiding else ""
    )
    return Finding("ip", True, path + note)


def _iproute2() -> Finding:
    """Return the release of iproute2, and whether it is one that will do."""
    path = find("ip")
    output = path and version_output(path)
    if not output or is_busybox(output):
        return Finding(
            "iproute2",
            False,
            f"no answer to `ip -V`{_needed_release()}",
            how_to_install("iproute2"),
        )

    version = version_of(output)
    if version is None:
        return Finding(
            "iproute2", True, f"unknown, by {output.splitlines()[0]!r}{_needed_release()}"
        )
    release = Release.parse(version) or version
    supported = too_old(version) is None
    return Finding(
        "iproute2", supported, f"{release}{_needed_release()}", "" if supported else ADVICE
    )


def _needed_release() -> str:
    """Return the release that is needed, as a remark."""
    return f" ({OLDEST} or later is needed)"


def _privileges() -> Iterator[Finding]:
    """Yield what we may do: as root, or with user namespaces, and whether a sandbox opens."""
    root = os.geteuid() == 0
    yield Finding(
        "root", root, "yes" if root else "no", "" if root else "not needed where a sandbox opens"
    )

    forbidden = forbidden_by()
    most = Path("/proc/sys/user/max_user_namespaces")
    allowed = (
        f"up to {most.read_text(encoding='ascii').strip()}"
        if most.exists()
        else "this kernel has none"
    )
    yield Finding("user namespaces", forbidden is None and most.exists(), forbidden or allowed)

    yield _sandbox()
    yield Finding("kernel", True, os.uname().release)


def _sandbox() -> Finding:
    """Return whether a sandbox opens, and if not, why and what to do."""
    try:
        with Session(sandbox=True):
            return Finding("sandbox", True, "opens")
    except IpwrapError as error:
        first, *others = str(error).splitlines()
        problem, _, advice = (first, "", others[-1].strip()) if others else first.partition("; ")
        return Finding("sandbox", False, problem, advice)


def _kinds() -> Iterator[Finding]:
    """Yield which kinds of links this kernel makes, by making one of each in a sandbox."""
    with (
        contextlib.suppress(IpwrapError),
        Session(sandbox=True) as session,
    ):  # where none opens, that is told above
        base = _base(session)
        for kind in PROBES:
            yield _kind(session, kind, base)


def _base(session: Session) -> str | None:
    """Return the name of a link that others can be on, of the first kind that this kernel makes."""
    for kind in BASES:
        with contextlib.suppress(IpwrapError):
            session.ip.link.add("base", kind)
            return "base"
    return None


def _kind(session: Session, kind: LinkKind, base: str | None) -> Finding:
    """Return whether the kernel makes a kind."""
    what = f"type {kind.type}"
    if kind.type in ON_A_LINK and base is None:
        kinds = ", ".join(each.type for each in BASES)
        return Finding(
            what,
            False,
            f"not tried: it is made on a link, of which none is here ({kinds})",
            how_to_load("veth"),
        )

    try:
        error = probe_kind(session, kind, base if kind.type in ON_A_LINK else None)
    except IpwrapError as failure:
        return Finding(
            what, False, f"not tried: {str(failure).splitlines()[0]}", how_to_load(kind.type)
        )
    if error is not None:
        return Finding(what, False, error.reason, how_to_load(kind.type))
    return Finding(what, True, "made")
