"""`ipwrap doctor`: what this machine can do."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from attrs import asdict, frozen

from ipwrap import jsontext
from ipwrap.errors import IpwrapError, PlaceError
from ipwrap.kinds import Bridge, Dummy, Ifb, LinkKind, Macvlan, Macvtap, Veth, Vlan, Vxlan
from ipwrap.places.sandbox import forbidden_by
from ipwrap.probe import refused
from ipwrap.programs import PACKAGES, find, need_linux
from ipwrap.session import Session
from ipwrap.views.table import text_table

__all__ = ["doctor"]

NEEDED = ("ip", "bridge", "unshare", "nsenter")
OFTEN_WANTED = ("tc", "ping", "sysctl", "tcpdump", "shellcheck")
ON_A_LINK = {"macvlan", "macvtap", "vlan"}
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
    well: bool
    found: str
    remedy: str = ""


@click.command()
@click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True)
def doctor(format_: str) -> None:
    """Say what this machine can do: iproute2, privileges, kinds of links, programs. Exit 1 if labs cannot run here."""
    findings = [*_linux()] or [*_programs(), *_privileges(), *_kinds()]
    if format_ == "json":
        click.echo(jsontext.encode([asdict(each) for each in findings]))
    else:
        rows = [("ok" if each.well else "--", each.what, each.found, each.remedy) for each in findings]
        click.echo(text_table(("", "what", "found", "what to do"), rows))
    needed = {*NEEDED, "linux", "sandbox"}
    sys.exit(0 if all(each.well for each in findings if each.what in needed) else 1)


def _linux() -> Iterator[Finding]:
    """Yield that this is not Linux, where it is not: then there is nothing else to look at."""
    try:
        need_linux()
    except PlaceError as error:
        yield Finding("linux", False, f"this is {sys.platform}", str(error))


def _programs() -> Iterator[Finding]:
    """Yield the programs, and for those that are missing their packages."""
    for program in (*NEEDED, *OFTEN_WANTED):
        path = find(program)
        remedy = "" if path else f"apt-get install {PACKAGES[program]}"
        yield Finding(program, path is not None, path or "missing", remedy)


def _privileges() -> Iterator[Finding]:
    """Yield what we may do: as root, or with user namespaces, and whether a sandbox opens."""
    root = os.geteuid() == 0
    yield Finding("root", root, "yes" if root else "no", "" if root else "not needed where a sandbox opens")
    forbidden = forbidden_by()
    most = Path("/proc/sys/user/max_user_namespaces")
    allowed = f"up to {most.read_text(encoding='ascii').strip()}" if most.exists() else "this kernel has none"
    yield Finding("user namespaces", forbidden is None and most.exists(), forbidden or allowed)
    try:
        with Session(sandbox=True) as session:
            version = session.recording.header.iproute2
            yield Finding("sandbox", True, "opens")
            yield Finding("iproute2", True, f"{version} (5.4 or later is needed)")
            yield Finding("kernel", True, os.uname().release)
    except IpwrapError as error:
        lines = str(error).splitlines()
        yield Finding("sandbox", False, lines[0], lines[-1].strip() if len(lines) > 1 else "")


def _kinds() -> Iterator[Finding]:
    """Yield which kinds of links this kernel makes, by making one of each in a sandbox."""
    with contextlib.suppress(PlaceError), Session(sandbox=True) as session:  # where none opens, that is told above
        session.ip.link.add("base", Veth(peer="base1"))
        for kind in PROBES:
            yield _kind(session, kind)


def _kind(session: Session, kind: LinkKind) -> Finding:
    """Return whether the kernel makes a kind."""
    what = f"type {kind.type}"
    error = refused(session, kind, "base" if kind.type in ON_A_LINK else None)
    if error is not None:
        return Finding(what, False, error.reason, f"modprobe {kind.type}, or a kernel that has it")
    return Finding(what, True, "made")
