"""Labs and places that several tests share."""

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from ipwrap import Command, PlaceError, Recording, Session
from ipwrap.export import shell
from ipwrap.kinds import Bridge, Veth
from ipwrap.options.table import Option
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state import State, changed, compare
from ipwrap.system.programs import environment

Lab = Callable[[Session], object]


def kernel() -> tuple[int, ...]:
    """Return the first two numbers of this kernel's release."""
    return tuple(map(int, os.uname().release.split("-")[0].split(".")[:2]))


def too_new(row: Option) -> str | None:
    """Return why this kernel may not know an option: it is older than the iproute2 that came with it."""
    known = row.since is None or tuple(map(int, row.since.split("."))) <= kernel()
    return (
        None
        if known
        else f"this kernel: {os.uname().release}, and the option came with {row.since}"
    )


@contextmanager
def opened() -> Iterator[Session]:
    """Open a session in a sandbox of its own, or skip where there is none to be had."""
    try:
        session = Session(sandbox=True).__enter__()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    try:
        yield session
    finally:
        session.close()


def recorded(lab: Lab, path: Path) -> Recording:
    """Run a lab in a sandbox of its own, and return its recording as it is read from disk."""
    with opened() as session:
        lab(session)
        session.recording.save(path)
    return Recording.load(path)


def exported(recording: Recording, path: Path) -> Path:
    """Write a recording as a shell script and return the script's path."""
    path.write_text(shell(recording), encoding="utf-8", errors="surrogateescape")
    return path


def sh(script: Path, *words: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    """Run a script with sh on this host; say `--sandbox` so that it stays harmless."""
    return subprocess.run(
        ("sh", str(script), *words), input=stdin, capture_output=True, text=True, check=False
    )


def sh_inside(
    session: Session, script: Path, *words: str, env: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a script with sh in a session's place, past its recording. Without ``env`` it has ours."""
    argv = session.place.wrap(("sh", str(script), *words))
    return subprocess.run(argv, input="", capture_output=True, text=True, check=False, env=env)


def differences(before: State, after: State, recording: Recording | None = None) -> list[str]:
    """Return where two states differ, in words; addresses count that were named here or by the recording."""
    commands = [Command(line.split()) for line in FURNITURE.splitlines()]
    named = MentionedWords(
        [*commands, *(asked.command for asked in (recording.commands if recording else ()))]
    )
    return [
        str(each) for each in compare(changed(None, before, named), changed(None, after, named))
    ]


def pair(session: Session) -> None:
    """Build two namespaces on one bridge."""
    session.note("A bridge, and red and blue on it.")
    session.ip.link.add("br0", Bridge(), up=True)
    session.ip.address.add("10.0.0.1/24", dev="br0")
    for number, name in enumerate(("red", "blue"), start=2):
        session.ip.netns.add(name)
        session.ip.link.add(f"to-{name}", Veth(peer="eth0", peer_netns=name), master="br0", up=True)
        inside = session.netns(name)
        inside.ip.address.add(f"10.0.0.{number}/24", dev="eth0")
        inside.ip.link.set("eth0", up=True)
        inside.ip.route.add("default", via="10.0.0.1")


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
def furnished() -> Iterator[Session]:
    """Open a session in a sandbox that is not empty: there are links, addresses, routes, and a namespace."""
    with opened() as before:
        subprocess.run(
            before.place.wrap(("sh", "-e")),
            input=FURNITURE,
            text=True,
            check=True,
            env=environment(),
        )
        with Session(before.place) as session:
            yield session
