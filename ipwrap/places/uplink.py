"""`start_uplink`: a way out of a sandbox, by pasta(1) of the package passt; no root needed.

pasta gives the sandbox a tap link with the addresses and routes of the host, and passes on what is
sent there by sockets of the host. It runs in the pid namespace of the sandbox, so that the kernel
ends it together with the sandbox, however that ends.
"""

import json
import os
import subprocess
import tempfile
import time

from ipwrap.errors import PlaceError
from ipwrap.places.holder import PRIVILEGED, Holder
from ipwrap.system.programs import command_environment, find_program

__all__ = ["require_pasta", "start_uplink"]

READY_SECONDS = 20.0  # for the default route, even on a busy machine
LOOK_SECONDS = 0.05


def require_pasta() -> str:
    """Return the path of pasta. Raises `PlaceError`, with the package, where it is missing."""
    path = find_program("pasta")
    if path is None:
        raise PlaceError(
            "a sandbox with uplink=True needs the program pasta, which is missing; install the "
            "package passt (apt install passt, dnf install passt), or leave uplink=True out"
        )
    return path


def start_uplink(holder: Holder) -> "subprocess.Popen[bytes]":
    """Start pasta for a sandbox, and return it when the sandbox has a default route.

    Raises `PlaceError` with what pasta has printed.
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
    options = ("--foreground", "--quiet", "--config-net", *user, *userns)
    return (*enter, "--", require_pasta(), *options, "--netns", f"{inner}/net")


def _has_default_route(holder: Holder) -> bool:
    """Return whether the sandbox has a default route."""
    argv = (*holder.enter_argv, "ip", "-j", "route", "show", "default")
    done = subprocess.run(argv, capture_output=True, check=False, env=command_environment())
    return done.returncode == 0 and bool(json.loads(done.stdout or b"[]"))
