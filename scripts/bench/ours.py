"""ipwrap as a player.

In a sandbox that it makes itself, recorded to a file unless said otherwise.
"""

import contextlib
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ipwrap import Command, DryRun, Local, Process, Sandbox, Session
from ipwrap.executors import Batch
from ipwrap.kinds import Bridge, Veth
from ipwrap.models import Link, read
from ipwrap.places import Place
from scripts.bench.steps import Step
from scripts.bench.watch import Watch

__all__ = ["executor_alone", "play", "typed"]

VERBS: dict[str, Callable[..., object]] = {
    "netns": lambda at, name: at.ip.netns.add(name),
    "gone": lambda at, name: at.ip.netns.delete(name),
    "bridge": lambda at, name: at.ip.link.add(name, Bridge(), up=True),
    "veth": lambda at, name, peer, netns: at.ip.link.add(name, Veth(peer=peer, peer_netns=netns)),
    "between": lambda at, a, left, b, right: at.ip.link.add(
        a, Veth(peer=b, peer_netns=right), netns=left
    ),
    "port": lambda at, dev, master: at.ip.link.set(dev, master=master, up=True),
    "up": lambda at, dev: at.ip.link.set(dev, up=True),
    "mtu": lambda at, dev, mtu: at.ip.link.set(dev, mtu=int(mtu)),
    "unlink": lambda at, dev: at.ip.link.delete(dev),
    "address": lambda at, address, dev: at.ip.address.add(address, dev=dev),
    "route": lambda at, dst, via: at.ip.route.add(dst, via=via),
    "show": lambda at, dev: at.ip.link.show(dev),
    "links": lambda at: at.ip.link.show(),
}


def take(session: Session, steps: Sequence[Step]) -> None:
    """Take steps by the verbs of a session."""
    for step in steps:
        at = session if step.netns is None else session.netns(step.netns)
        VERBS[step.verb](at, *step.args)


def _furnished(furniture: Path, watch: Watch) -> Sandbox:
    """Return a sandbox with what has to be there; making that does not count."""
    place = Sandbox()
    with watch.on("open"):
        place.open()
    if furniture.exists():
        subprocess.run(place.wrap(("bash", str(furniture))), check=True, stdout=subprocess.DEVNULL)
    return place


def play(how: str, steps: Sequence[Step], warm: int, folder: Path, watch: Watch) -> None:
    """Take steps in a session: by workers, in one block, by processes, or without a file."""
    place: Place = (
        Local() if how == "process-inside" else _furnished(folder / "furniture.sh", watch)
    )
    executor = Process() if how.startswith("process") else Batch()
    session = Session(
        place, executor, record=None if how == "memory" else folder / "recording.jsonl"
    )
    with watch.on("open"):
        session.open()
        take(session, steps[:warm])
    with watch.on("work"), session.batch() if how == "batch" else contextlib.nullcontext():
        take(session, steps[warm:])
    with watch.on("close"):
        session.close()


def executor_alone(steps: Sequence[Step], warm: int, folder: Path, watch: Watch) -> None:
    """Run the commands of the steps by the executor, without a session."""
    commands = _commands(steps)
    place, executor = _furnished(folder / "furniture.sh", watch), Batch()
    with watch.on("open"):
        _run(executor, place, commands[:warm])
    with watch.on("work"):
        _run(executor, place, commands[warm:])
    with watch.on("close"):
        executor.close()
        place.close()


def _commands(steps: Sequence[Step]) -> list[Command]:
    """Return the commands that a session would run for steps."""
    with Session(Local(), DryRun()) as session:
        take(session, steps)
        return [asked.command for asked in session.recording.commands]


def _run(executor: Batch, place: Place, commands: Sequence[Command]) -> None:
    """Run commands one after the other, each of which has to succeed."""
    for command in commands:
        reply = executor.run(command, place)
        if reply.status:
            raise RuntimeError(f"{command.line}: {reply.stderr}")


def typed(text: bytes) -> list[Any]:
    """Return what a read makes of what `ip -j -d link` printed."""
    return read(Link, text.decode("utf-8", "surrogateescape"))
