"""Examine this machine: iproute2, privileges, the sandbox, link kinds, programs.

`ipwrap doctor` prints the findings.
"""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from ipwrap.errors import IpwrapError, PlaceError
from ipwrap.kinds import Bridge, Dummy, Ifb, LinkKind, Macvlan, Macvtap, Veth, Vlan, Vxlan
from ipwrap.places.sandbox import Sandbox, forbidden_by
from ipwrap.session import Session
from ipwrap.system.modules import load_advice
from ipwrap.system.programs import (
    PACKAGES,
    busybox_directories,
    find_program,
    install_advice,
    require_linux,
    version_output,
)
from ipwrap.system.release import (
    OLDEST_RELEASE,
    UPGRADE_ADVICE,
    Release,
    is_busybox,
    parse_version,
    release_problem,
)
from ipwrap.testing.probe import probe_kind
from ipwrap.views.drawing.graphviz import ADVICE, layout_program

__all__ = ["BASES", "NEEDED", "OFTEN_WANTED", "PROBES", "Finding", "collect_findings"]

NEEDED = ("ip", "bridge", "mount", "unshare", "nsenter", "setpriv")
OFTEN_WANTED = ("tc", "ping", "sysctl", "tcpdump", "shellcheck")

# Sends a packet to nobody.
SEND_PACKET = "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))"
CAPTURE_SECONDS = 20.0

# These kinds need a lower link (`ip link add … link DEV type macvlan`).
NEEDS_LOWER_LINK = {"macvlan", "macvtap", "vlan"}

# Candidates for the lower link. A kernel may lack some of these kinds: the first to work is used.
BASES: tuple[LinkKind, ...] = (
    Veth(peer="base1"),
    Dummy(),
    Bridge(),
)
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
    """The result of one check: its topic, whether the check passed, the detail, and the remedy."""

    topic: str
    ok: bool
    detail: str
    remedy: str = ""

    def to_json(self) -> dict[str, str | bool]:
        """Return the object that `ipwrap doctor --format json` prints."""
        return {
            "what": self.topic,
            "ok": self.ok,
            "found": self.detail,
            "remedy": self.remedy,
        }

    def to_row(self) -> tuple[str, str, str, str]:
        """Return the row of the table that `ipwrap doctor` prints."""
        mark = "ok" if self.ok else "--"
        return (mark, self.topic, self.detail, self.remedy)


def collect_findings() -> list[Finding]:
    """Run every check. On a system other than Linux, return a single finding with that result."""
    not_linux = list(_check_linux())
    if not_linux:
        return not_linux

    programs = [_check_program(program) for program in (*NEEDED, *OFTEN_WANTED)]
    return [
        *programs,
        _check_iproute2_release(),
        *_check_privileges(),
        *_check_capture(),
        _check_drawings(),
        *_check_kinds(),
    ]


def _check_linux() -> Iterator[Finding]:
    """Yield a failed finding on a system other than Linux, and nothing on Linux."""
    try:
        require_linux()
    except PlaceError as error:
        yield Finding("linux", False, f"this is {sys.platform}", str(error))


def _check_program(program: str) -> Finding:
    """Return the path of a program. For a missing program, the remedy is the package to install."""
    path = find_program(program)
    if path is None:
        return Finding(program, False, "missing", install_advice(PACKAGES[program]))

    if program == "ip":
        return _check_ip(path)

    return Finding(program, True, path)


def _check_ip(path: str) -> Finding:
    """Return the path of iproute2's `ip`. The check fails where only BusyBox provides `ip`."""
    if is_busybox(version_output(path) or ""):
        return Finding("ip", False, f"{path} is BusyBox's", install_advice("iproute2"))

    # `find` skips the applets of BusyBox: report the skipped paths, which a shell would run.
    skipped = [os.path.join(directory, "ip") for directory in busybox_directories()]
    note = ""
    if skipped:
        note = f" ({', '.join(skipped)}, first in PATH, is BusyBox's and is passed over)"

    return Finding("ip", True, path + note)


def _check_iproute2_release() -> Finding:
    """Return the release of iproute2, and whether ipwrap supports that release.

    A vendor's own version string passes: the release is unknown, and not too old.
    """
    needed = f" ({OLDEST_RELEASE} or later is needed)"

    path = find_program("ip")
    output = path and version_output(path)
    if not output or is_busybox(output):
        detail = f"no answer to `ip -V`{needed}"
        return Finding("iproute2", False, detail, install_advice("iproute2"))

    version = parse_version(output)
    if version is None:
        first_line = output.splitlines()[0]
        return Finding("iproute2", True, f"unknown, by {first_line!r}{needed}")

    release = Release.parse(version) or version
    is_supported = release_problem(version) is None
    remedy = "" if is_supported else UPGRADE_ADVICE
    return Finding("iproute2", is_supported, f"{release}{needed}", remedy)


def _check_privileges() -> Iterator[Finding]:
    """Yield the privileges of this process: root, user namespaces, the sandbox; and the kernel."""
    if os.geteuid() == 0:
        yield Finding("root", True, "yes")
    else:
        yield Finding("root", False, "no", "not needed where a sandbox opens")

    # A kernel without CONFIG_USER_NS has no such file; a limit of 0 disables user namespaces.
    limit = Path("/proc/sys/user/max_user_namespaces")
    has_user_namespaces = limit.exists()
    forbidden = forbidden_by()
    if forbidden:
        detail = forbidden
    elif has_user_namespaces:
        detail = f"up to {limit.read_text(encoding='ascii').strip()}"
    else:
        detail = "this kernel has none"
    yield Finding("user namespaces", forbidden is None and has_user_namespaces, detail)

    yield _check_sandbox()
    yield Finding("kernel", True, os.uname().release)


def _check_sandbox() -> Finding:
    """Return whether a sandbox opens; if not, the reason and the remedy from the error's text."""
    try:
        with Session(place := Sandbox()):
            return Finding("sandbox", True, f"opens, with {place.confinement}")
    except IpwrapError as error:
        problem, *further_lines = str(error).splitlines()

    if further_lines:
        return Finding("sandbox", False, problem, further_lines[-1].strip())

    problem, _, remedy = problem.partition("; ")
    return Finding("sandbox", False, problem, remedy)


def _check_drawings() -> Finding:
    """Return what lays out drawings as svg and png."""
    program = layout_program()
    if program is None:
        return Finding("drawings", False, "as mermaid and dot only", ADVICE)
    return Finding("drawings", True, f"by {program}")


def _check_capture() -> Iterator[Finding]:
    """Capture a packet in a sandbox. Yield nothing where no sandbox opens."""
    with (
        tempfile.TemporaryDirectory(prefix="ipwrap-") as folder,
        contextlib.suppress(IpwrapError),
        Session(sandbox=True) as session,
    ):
        yield _try_capture(session, os.path.join(folder, "lo.pcap"))


def _try_capture(session: Session, path: str) -> Finding:
    """Return whether the packet of a program on `lo` is captured, and by which program."""
    try:
        with session.capture("lo", path, count=1) as capture:
            session.exec(sys.executable, "-c", SEND_PACKET)
            capture.wait(CAPTURE_SECONDS)
    except IpwrapError as error:
        problem, _, remedy = str(error).splitlines()[0].partition("; ")
        return Finding("capture", False, problem, remedy)

    program = capture.process.command.argv[0]
    return Finding("capture", True, f"by {program}")


def _check_kinds() -> Iterator[Finding]:
    """Create a link of each kind in a sandbox, and yield the kernel's answers.

    Yield nothing where no sandbox opens: the finding "sandbox" reports that failure already.
    """
    with contextlib.suppress(IpwrapError), Session(sandbox=True) as session:
        base = _create_base(session)
        for kind in PROBES:
            yield _check_kind(session, kind, base=base)


def _create_base(session: Session) -> str | None:
    """Create a lower link of the first kind in `BASES` that works, and return its name."""
    for kind in BASES:
        with contextlib.suppress(IpwrapError):
            session.ip.link.add("base", kind)
            return "base"

    return None


def _check_kind(session: Session, kind: LinkKind, *, base: str | None) -> Finding:
    """Return whether the kernel creates links of a kind."""
    topic = f"type {kind.type}"
    needs_lower_link = kind.type in NEEDS_LOWER_LINK

    if needs_lower_link and base is None:
        candidates = ", ".join(candidate.type for candidate in BASES)
        # The remedy is about the first candidate for the lower link.
        detail = f"not tried: needs a lower link, and the kernel creates none of: {candidates}"
        return Finding(topic, False, detail, load_advice("veth"))

    try:
        error = probe_kind(session, kind, link=base if needs_lower_link else None)
    except IpwrapError as failure:
        detail = f"not tried: {str(failure).splitlines()[0]}"
        return Finding(topic, False, detail, load_advice(kind.type))

    if error is not None:
        return Finding(topic, False, error.reason, load_advice(kind.type))

    return Finding(topic, True, "made")
