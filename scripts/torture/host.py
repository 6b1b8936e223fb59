"""`StandIn`: network and mount namespaces of their own that stand for a host in use.

Sessions inside change "this host" (place `local`), and `ipwrap clean` finds their crashes, without
any effect on the machine.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import field, frozen

from ipwrap.places.holder import HOLDER
from ipwrap.system.programs import command_environment

__all__ = ["StandIn", "difference", "open_stand_in"]

REPOSITORY = Path(__file__).resolve().parents[2]
LIMIT = 120.0  # seconds for one command: only a hang takes as long

# A host with a bridge, a port, addresses, a default route, an alias and a namespace of its own.
HOST_IN_USE = """
set -e
ip link add br0 address 02:00:00:00:07:01 type bridge
ip link add nic0 address 02:00:00:00:07:02 type veth peer name uplink address 02:00:00:00:07:03
ip link property add dev nic0 altname enp7s0
ip link set nic0 master br0 mtu 1400
ip address add 192.168.7.1/24 dev br0
ip address add 2001:db8:7::1/64 dev br0 nodad
ip link set br0 up
ip link set nic0 up
ip link set uplink up
ip route add default via 192.168.7.254 dev br0
ip route add 198.51.100.0/24 via 192.168.7.253 dev br0 metric 50
ip rule add from 192.0.2.0/24 table 77 priority 1007
ip neigh add 192.168.7.9 lladdr 02:00:00:00:07:09 dev br0
ip netns add work
ip link add work0 type veth peer name eth0 netns work
ip -n work address add 10.7.0.2/24 dev eth0
ip -n work link set eth0 up
ip link set work0 up
"""

# Values that change by themselves, or with every new link.
VOLATILE_KEYS = frozenset(
    {
        *("carrier_changes", "carrier_up_count", "carrier_down_count", "stats", "stats64"),
        *("hello_timer", "tcn_timer", "topology_change_timer", "gc_timer", "group_fwd_timer"),
        *("message_age_timer", "forward_delay_timer", "hold_timer", "topology_change"),
        *("topology_change_detected", "root_id", "designated_root", "designated_bridge"),
        *("ifi_flags", "cacheinfo", "used", "confirmed", "updated"),
    }
)
READS = (
    ("ip", "-j", "-d", "link", "show"),
    ("ip", "-j", "address", "show"),
    ("ip", "-j", "-4", "route", "show"),
    ("ip", "-j", "-6", "route", "show"),
    ("ip", "-j", "-4", "rule", "show"),
    ("ip", "-j", "neigh", "show", "nud", "permanent"),
    ("ip", "-j", "netns", "list"),
    ("ip", "-n", "work", "-j", "-d", "link", "show"),
    ("ip", "-n", "work", "-j", "-4", "route", "show"),
)


@frozen
class StandIn:
    """A stand-in for a host. ``folder`` keeps the user's state and the temporary files."""

    holder: "subprocess.Popen[bytes]" = field(repr=False)
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment of programs inside: home, state and temporary folders of their own."""
        return {
            **command_environment(),
            "HOME": str(self.folder),
            "XDG_STATE_HOME": str(self.state_folder),
            "TMPDIR": str(self.temporary_folder),
            "PYTHONPATH": str(REPOSITORY),
            "PYTHONHASHSEED": "0",
        }

    @property
    def state_folder(self) -> Path:
        """The folder for the recordings that `ipwrap clean` finds."""
        return self.folder / "state"

    @property
    def temporary_folder(self) -> Path:
        """The folder for temporary files: empty when nothing runs."""
        return self.folder / "tmp"

    def wrap(self, argv: Sequence[str]) -> tuple[str, ...]:
        """Return the argv that runs a program inside."""
        namespaces = f"/proc/{self.holder.pid}/ns"
        user = () if os.geteuid() == 0 else (f"--user={namespaces}/user", "--preserve-credentials")
        entered = (f"--net={namespaces}/net", f"--mount={namespaces}/mnt")
        return ("nsenter", *user, *entered, "--", "env", f"--chdir={self.folder}", *argv)

    def run(
        self, *argv: str, stdin: str | None = None, environment: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run a program inside, and return its status and output."""
        return subprocess.run(
            self.wrap(argv),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            env={**self.environment, **(environment or {})},
            timeout=LIMIT,
            check=False,
        )

    def ipwrap(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run the command line of ipwrap inside."""
        return self.run(sys.executable, "-m", "ipwrap", *arguments)

    def state(self) -> dict[str, Any]:
        """Return the state of the host: the objects that each read prints."""
        return {" ".join(argv): _stable(self._read(argv)) for argv in READS}

    def _read(self, argv: tuple[str, ...]) -> Any:
        """Return what a read prints; its error, if the read fails."""
        process = self.run(*argv)
        if process.returncode != 0:
            return process.stderr
        return json.loads(process.stdout or "[]")


def _stable(value: Any) -> Any:
    """Return JSON without the values that change by themselves."""
    if isinstance(value, list):
        objects = [_stable(entry) for entry in value if not _is_link_local(entry)]
        return sorted(objects, key=lambda entry: json.dumps(entry, sort_keys=True))

    if isinstance(value, dict):
        return {
            key: _stable(entry)
            for key, entry in value.items()
            if key not in VOLATILE_KEYS and not key.endswith("_timer")
        }
    return value


def _is_link_local(value: Any) -> bool:
    """Return whether an object is an IPv6 address that the kernel made, or a route to one."""
    if not isinstance(value, dict):
        return False
    if value.get("scope") == "link" and value.get("family") == "inet6":
        return True
    return str(value.get("dst", "")).startswith("fe80::")


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the reads that differ, with the objects that only one state has."""
    lines = []

    for read, objects in before.items():
        if objects == after[read]:
            continue
        if not isinstance(objects, list) or not isinstance(after[read], list):
            lines.append(f"{read}: {objects!r} -> {after[read]!r}")
            continue

        lost = [json.dumps(entry) for entry in objects if entry not in after[read]]
        new = [json.dumps(entry) for entry in after[read] if entry not in objects]
        lines += [f"{read}: lost {text}" for text in lost]
        lines += [f"{read}: new {text}" for text in new]

    return lines


def _wait_until_links_are_settled(stand_in: StandIn) -> None:
    """Return when the kernel has told every link with a carrier that it is up.

    The kernel does so up to a second later (net/core/link_watch.c).
    """
    end = time.monotonic() + LIMIT
    reads = (("ip", "-j", "link", "show", "up"), ("ip", "-n", "work", "-j", "link", "show", "up"))

    while any(_has_unsettled_link(stand_in.run(*argv).stdout) for argv in reads):
        if time.monotonic() > end:
            raise SystemExit(f"the stand-in's links are not up after {LIMIT:.0f} s")
        time.sleep(0.02)


def _has_unsettled_link(text: str) -> bool:
    """Return whether a link that `ip -j link show up` prints is not yet up.

    iproute2 prints an empty object for a link that is not shown.
    """
    links = [link for link in json.loads(text or "[]") if link]
    return any(link["operstate"] not in ("UP", "UNKNOWN") for link in links)


@contextmanager
def open_stand_in(folder: Path, *, in_use: bool = True) -> Iterator[StandIn]:
    """Open a stand-in for a host, and close it at the end.

    - ``folder``: keeps its files, and is made
    - ``in_use``: with links, addresses and routes of its own
    """
    user = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    holder = subprocess.Popen(
        ("unshare", *user, "--net", "--mount", "--fork", "--kill-child", "sh", "-c", HOLDER),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        env=command_environment(),
    )
    assert holder.stdin is not None
    assert holder.stdout is not None

    try:
        if holder.stdout.readline() != b"ready\n":
            raise SystemExit("no stand-in for a host can be made here: unshare is forbidden")

        stand_in = StandIn(holder, folder)
        for made in (folder, stand_in.state_folder, stand_in.temporary_folder):
            made.mkdir(parents=True, exist_ok=True)

        if in_use:
            built = stand_in.run("sh", "-c", HOST_IN_USE)
            if built.returncode != 0:
                raise SystemExit(f"the stand-in cannot be built: {built.stderr}")

            _wait_until_links_are_settled(stand_in)

        yield stand_in
    finally:
        holder.stdin.close()
        holder.stdout.close()
        holder.wait()
