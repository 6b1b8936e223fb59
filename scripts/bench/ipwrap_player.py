"""ipwrap as a player: in a sandbox of its own, with a recording in a file by default."""

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
from scripts.bench.timer import PhaseTimer

__all__ = ["parse_links", "play", "play_executor"]

VERBS: dict[str, Callable[..., object]] = {
    "netns": lambda ns, name: ns.ip.netns.add(name),
    "delete-netns": lambda ns, name: ns.ip.netns.delete(name),
    "bridge": lambda ns, name: ns.ip.link.add(name, Bridge(), up=True),
    "veth": lambda ns, name, peer, netns: ns.ip.link.add(name, Veth(peer=peer, peer_netns=netns)),
    "between": lambda ns, name, netns, peer, peer_netns: ns.ip.link.add(
        name,
        Veth(peer=peer, peer_netns=peer_netns),
        netns=netns,
    ),
    "port": lambda ns, dev, master: ns.ip.link.set(dev, master=master, up=True),
    "up": lambda ns, dev: ns.ip.link.set(dev, up=True),
    "mtu": lambda ns, dev, mtu: ns.ip.link.set(dev, mtu=int(mtu)),
    "delete-link": lambda ns, dev: ns.ip.link.delete(dev),
    "address": lambda ns, address, dev: ns.ip.address.add(address, dev=dev),
    "route": lambda ns, dst, via: ns.ip.route.add(dst, via=via),
    "show": lambda ns, dev: ns.ip.link.show(dev),
    "links": lambda ns: ns.ip.link.show(),
}


def take_steps(session: Session, steps: Sequence[Step]) -> None:
    """Take steps by the methods of a session."""
    for step in steps:
        namespace = session if step.netns is None else session.netns(step.netns)
        VERBS[step.verb](namespace, *step.args)


def _read_each(session: Any, steps: Sequence[Step]) -> None:
    """Read the links of all namespaces by one call."""
    links = session.each([step.netns for step in steps]).ip.link.show()
    if len(links) != len(steps):
        raise RuntimeError(f"read {len(links)} namespaces of {len(steps)}")


def _add_many(session: Any, steps: Sequence[Step]) -> None:
    """Add routes by one call."""
    destinations = [step.args[0] for step in steps]
    session.ip.route.add_many(destinations, via=steps[0].args[1])


# Players that take all steps at once, by a verb for many things.
BULK: dict[str, Callable[[Any, Sequence[Step]], None]] = {
    "each": _read_each,
    "many": _add_many,
}


def _open_sandbox(setup_script: Path, timer: PhaseTimer) -> Sandbox:
    """Open a sandbox and run the setup script there. Only the opening is measured."""
    sandbox = Sandbox()
    with timer.phase("open"):
        sandbox.open()

    if setup_script.exists():
        argv = sandbox.wrap(("bash", str(setup_script)))
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)

    return sandbox


def _open_place(player: str, setup_script: Path, timer: PhaseTimer) -> Place:
    """Return the place of a session: a sandbox, unless the player is in a sandbox already."""
    if player == "process-inside":
        return Local()
    return _open_sandbox(setup_script, timer)


def play(player: str, steps: Sequence[Step], *, warm: int, folder: Path, timer: PhaseTimer) -> None:
    """Take steps in a session: by workers, in a batch block, by processes, or without a file."""
    place = _open_place(player, folder / "setup.sh", timer)
    executor = Process() if player.startswith("process") else Batch()
    record = None if player == "memory" else folder / "recording.jsonl"
    session = Session(place, executor, record=record)

    with timer.phase("open"):
        session.open()
        take_steps(session, steps[:warm])

    steps = steps[warm:]
    block = session.batch() if player == "batch" else contextlib.nullcontext()
    with timer.phase("work"), block:
        take_all = BULK.get(player, take_steps)
        take_all(session, steps)

    with timer.phase("close"):
        session.close()


def play_executor(steps: Sequence[Step], *, warm: int, folder: Path, timer: PhaseTimer) -> None:
    """Run the commands of the steps by the executor, without a session."""
    commands = _commands_of(steps)
    place = _open_sandbox(folder / "setup.sh", timer)
    executor = Batch()

    with timer.phase("open"):
        _run_commands(executor, place, commands[:warm])

    with timer.phase("work"):
        _run_commands(executor, place, commands[warm:])

    with timer.phase("close"):
        executor.close()
        place.close()


def _commands_of(steps: Sequence[Step]) -> list[Command]:
    """Return the commands that a session would run for the steps."""
    with Session(Local(), DryRun()) as session:
        take_steps(session, steps)
        return [event.command for event in session.recording.commands]


def _run_commands(executor: Batch, place: Place, commands: Sequence[Command]) -> None:
    """Run commands in order. Raises `RuntimeError` for a command that fails."""
    for command in commands:
        reply = executor.run(command, place)
        if reply.status:
            raise RuntimeError(f"{command.line}: {reply.stderr}")


def parse_links(text: bytes) -> list[Any]:
    """Parse the output of `ip -j -d link` into models."""
    return read(Link, text.decode("utf-8", "surrogateescape"))
