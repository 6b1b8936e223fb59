"""Labs, sandboxes and scripts for several tests."""

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from ipwrap import Command, PlaceError, Recording, Session
from ipwrap.export.shell import shell
from ipwrap.kinds import Bridge, Veth
from ipwrap.options.table import Option
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state import State, changed, compare
from ipwrap.system.programs import command_environment

Lab = Callable[[Session], object]


def kernel_version() -> tuple[int, ...]:
    """Return major and minor number of the running kernel."""
    release = os.uname().release.partition("-")[0]
    return _to_numbers(release)[:2]


def _to_numbers(release: str) -> tuple[int, ...]:
    """Return the numbers of a release."""
    return tuple(map(int, release.split(".")))


def missing_kernel_reason(option: Option) -> str | None:
    """Return why this kernel may lack an option, or None.

    An option appears in iproute2 with the kernel of the same release.
    """
    if option.since is None or _to_numbers(option.since) <= kernel_version():
        return None
    return f"this kernel: {os.uname().release}, and the option came with {option.since}"


@contextmanager
def open_sandbox() -> Iterator[Session]:
    """Open a session in a new sandbox, or skip the test without support for sandboxes."""
    try:
        session = Session(sandbox=True).__enter__()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    try:
        yield session
    finally:
        session.close()


def build_or_skip(session: Session, text: str) -> None:
    """Run a script in a place; skip the test where the kernel or iproute2 lacks a part."""
    result = session.exec("sh", "-ec", text, check=False)
    if not result.ok:
        pytest.skip(f"this kernel or iproute2: {result.stderr.splitlines()[0]}")


def record_lab(lab: Lab, path: Path) -> Recording:
    """Run a lab in a new sandbox, and return the recording, loaded from disk."""
    with open_sandbox() as session:
        lab(session)
        session.recording.save(path)

    return Recording.load(path)


def write_script(recording: Recording, path: Path) -> Path:
    """Write a recording as a shell script and return the script's path."""
    script = shell(recording)
    path.write_text(script, encoding="utf-8", errors="surrogateescape")
    return path


def run_script(
    script: Path, *arguments: str, stdin: str = ""
) -> "subprocess.CompletedProcess[str]":
    """Run a script with sh on this host; the argument `--sandbox` keeps the host unchanged."""
    return subprocess.run(
        ("sh", str(script), *arguments),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def run_script_inside(
    session: Session, script: Path, *arguments: str, env: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a script with sh in a session's place, unrecorded; ``env`` replaces the environment."""
    argv = session.place.wrap(("sh", str(script), *arguments))
    return subprocess.run(argv, input="", capture_output=True, text=True, check=False, env=env)


def diff_states(before: State, after: State, recording: Recording | None = None) -> list[str]:
    """Return the differences of two states as text.

    Addresses that FURNITURE or the recording mentions are compared.
    """
    commands = [Command(line.split()) for line in FURNITURE.splitlines()]
    if recording is not None:
        commands += [event.command for event in recording.commands]

    mentioned = MentionedWords(commands)
    objects_before = changed(None, before, named=mentioned)
    objects_after = changed(None, after, named=mentioned)
    return [str(difference) for difference in compare(objects_before, objects_after)]


def build_pair(session: Session) -> None:
    """Build two namespaces on a bridge."""
    session.note("A bridge, and red and blue on it.")
    session.ip.link.add("br0", Bridge(), up=True)
    session.ip.address.add("10.0.0.1/24", dev="br0")

    for name, address in (("red", "10.0.0.2/24"), ("blue", "10.0.0.3/24")):
        session.ip.netns.add(name)
        port = f"to-{name}"
        session.ip.link.add(port, Veth(peer="eth0", peer_netns=name), master="br0", up=True)

        netns = session.netns(name)
        netns.ip.address.add(address, dev="eth0")
        netns.ip.link.set("eth0", up=True)
        netns.ip.route.add("default", via="10.0.0.1")


FURNITURE = """\
ip netns add oldns
ip link add name keep up type bridge
ip address add local 192.0.2.1/24 dev keep
ip link add name va up type veth peer name vb
ip address add local 198.51.100.1/24 dev va
ip route add to 203.0.113.0/24 via 198.51.100.2 dev va
ip neigh add to 198.51.100.9 dev va lladdr 02:00:00:00:00:09
bridge fdb add to 02:00:00:00:00:08 dev va
ip link property add dev va altname va-by-another-name
ip -n oldns link add name o1 type veth peer name o2
"""


@contextmanager
def open_furnished_sandbox() -> Iterator[Session]:
    """Open a session in a sandbox with links, addresses, routes and a namespace."""
    with open_sandbox() as builder:
        subprocess.run(
            builder.place.wrap(("sh", "-e")),
            input=FURNITURE,
            text=True,
            check=True,
            env=command_environment(),
        )

        with Session(builder.place) as session:
            yield session
