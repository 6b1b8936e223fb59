"""`start_uplink`: a way out of a sandbox, by pasta(1) of the package passt; no root needed.

pasta gives the sandbox a tap link with the addresses and routes of the host, and forwards the
traffic of the link by sockets of the host. pasta runs in the pid namespace of the sandbox: at the
sandbox's end, whatever the cause, the kernel ends pasta, too.
"""

import ipaddress
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from ipwrap.errors import PlaceError
from ipwrap.places.holder import PRIVILEGED, Holder
from ipwrap.system.programs import command_environment, find_program

__all__ = ["require_pasta", "resolver_text", "start_uplink"]

TUN = "/dev/net/tun"
RESOLVER = "169.254.1.1"  # what pasta forwards to the name server of the machine

READY_SECONDS = 20.0  # for the default route, even on a busy machine
LOOK_SECONDS = 0.05


def require_pasta() -> str:
    """Return the path of pasta. Raises `PlaceError`, with the package, if pasta is missing.

    Raises `PlaceError` with the remedy, too, if this user may not open the device of tap links.
    """
    path = find_program("pasta")
    if path is None:
        raise PlaceError(
            "a sandbox with uplink=True needs the program pasta, which is missing; install the "
            "package passt (apt install passt, dnf install passt), or leave uplink=True out"
        )
    if not os.access(TUN, os.R_OK | os.W_OK):
        raise PlaceError(
            f"a sandbox with uplink=True needs {TUN}, which this user may not open: as root, "
            f"modprobe tun && chmod 666 {TUN}; a container needs --device {TUN}"
        )
    return path


def resolver_text(path: str = "/etc/resolv.conf") -> str | None:
    """Return the resolv.conf(5) of a sandbox; None if the machine's file works inside.

    A name server on the machine's loopback is unreachable inside: pasta forwards queries. A file
    below /run, as of systemd-resolved, is hidden inside.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None

    is_hidden = os.path.realpath(path).startswith(os.path.realpath("/var/run") + "/")
    servers = [line.split()[1] for line in lines if line.split()[:1] == ["nameserver"]]
    if servers and all(map(_is_loopback, servers)):
        others = [line for line in lines if line.split()[:1] != ["nameserver"]]
        lines = [f"nameserver {RESOLVER}", *others]
    elif not is_hidden:
        return None
    return "".join(f"{line}\n" for line in lines)


def _is_loopback(server: str) -> bool:
    """Return whether a name server has an address of the loopback."""
    try:
        return ipaddress.ip_address(server.partition("%")[0]).is_loopback
    except ValueError:
        return False


def start_uplink(holder: Holder) -> "subprocess.Popen[bytes]":
    """Start pasta for a sandbox, and return it when the sandbox has a default route.

    Raises `PlaceError` with the output of pasta.
    """
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            _pasta_argv(holder),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=command_environment(),
            start_new_session=True,  # a terminal's Ctrl-C does not reach it
        )
        deadline = time.monotonic() + READY_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            if _has_default_route(holder):
                return process
            time.sleep(LOOK_SECONDS)

        process.kill()
        process.wait()
        log.seek(0)
        printed = log.read().decode(errors="replace").strip()
    raise PlaceError(f"the sandbox has no way out by pasta: {printed or 'no default route came'}")


def _pasta_argv(holder: Holder) -> tuple[str, ...]:
    """Return the argv of pasta, from outside the network of the sandbox and in its processes."""
    confinement, inner = holder.confinement, f"/proc/{holder.init}/ns"
    enter = ["nsenter", f"--pid={inner}/pid"]
    if confinement.has_outer_user_namespace:
        enter += [f"--user=/proc/{holder.pid}/ns/user", "--preserve-credentials"]

    # pasta of root becomes nobody, who may not enter the namespaces of root's sandbox.
    user = ("--runas", "0:0") if os.geteuid() == 0 else ()
    has_user_namespace = confinement.has_user_namespaces and confinement != PRIVILEGED
    userns = ("--userns", f"{inner}/user") if has_user_namespace else ("--netns-only",)
    options = ("--foreground", "--quiet", "--config-net", "--dns-forward", RESOLVER)
    return (*enter, "--", require_pasta(), *options, *user, *userns, "--netns", f"{inner}/net")


def _has_default_route(holder: Holder) -> bool:
    """Return whether the sandbox has a default route."""
    argv = (*holder.enter_argv, "ip", "-j", "route", "show", "default")
    done = subprocess.run(argv, capture_output=True, check=False, env=command_environment())
    return done.returncode == 0 and bool(json.loads(done.stdout or b"[]"))
