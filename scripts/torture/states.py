"""Random topologies: saved and built again, brought from one to another, and brought back."""

import random
import statistics
import time
from pathlib import Path

from attrs import define, field

from ipwrap import IpwrapError, Session
from ipwrap.apply import remaining_differences, save
from ipwrap.apply.saving import build_commands
from ipwrap.state import State
from scripts.torture.outcome import Outcome
from scripts.torture.topologies import build, draw_topology, drift_lines

__all__ = ["states"]

SETTLING_SECONDS = 10.0
PAUSE = 0.1


@define
class _Trial:
    """What is found, and how many commands brought each changed topology back, of all."""

    outcome: Outcome
    shares: list[float] = field(factory=list)

    def run(self, seed: int) -> None:
        """Build two topologies; save the first, apply the second to it, change that, go back."""
        choices = random.Random(seed)
        lines, others = (draw_topology(choices.randint) for _ in range(2))
        repeat = f"--only states --runs 1 --seed {seed}"
        with Session(sandbox=True) as session:
            build(session, lines)
            saved = dict(session.snapshot().state)
        self._check_saved(saved, repeat)

        with Session(sandbox=True) as session:
            build(session, others)
            wanted = dict(session.snapshot().state)
        with Session(sandbox=True) as session:
            build(session, lines)
            self._check_applied(session, wanted, f"{repeat}: from one topology to another")

            wanted = dict(session.snapshot().state)
            build(session, drift_lines(wanted, choices))
            count = self._check_applied(session, wanted, f"{repeat}: back")
            self.shares.append(count / max(1, len(build_commands(wanted).commands)))

    def _check_saved(self, wanted: State, repeat: str) -> None:
        """Run the saved commands in a new sandbox, and compare."""
        script = save(wanted, format="plain")
        with Session(sandbox=True) as session:
            result = session.exec("sh", "-c", script, check=False)
            differences = _settled_differences(session, wanted)
        if result.stderr or differences:
            self.outcome.fail("\n".join((f"{repeat}: saved", result.stderr, *differences[:9])))

    def _check_applied(self, session: Session, wanted: State, repeat: str) -> int:
        """Apply a state twice, and return how many commands ran the first time."""
        try:
            first = session.apply(wanted)
            second = session.apply(wanted)
        except IpwrapError as error:
            self.outcome.fail(f"{repeat}: {error}")
            return 0
        if second.commands:
            again = [command.line for command in second.commands]
            self.outcome.fail("\n".join((f"{repeat}: the second time", *again)))
        return len(first.commands)


def states(folder: Path, *, runs: int, seed: int) -> Outcome:
    """Save, apply and bring back ``runs`` topologies, each of a seed of its own."""
    del folder  # nothing is written
    trial = _Trial(Outcome("states"))
    for number in range(runs):
        trial.run(seed + number)
        trial.outcome.runs += 1

    if trial.shares:
        share = statistics.median(trial.shares)
        trial.outcome.figures["commands to go back, of all"] = f"{share:.0%}"
    return trial.outcome


def _settled_differences(session: Session, wanted: State) -> list[str]:
    """Return what differs from a state, once the kernel had the time for its own part."""
    end = time.monotonic() + SETTLING_SECONDS
    while True:
        state = session.snapshot().state
        differences = [str(line) for line in remaining_differences(state, wanted)]
        if not differences or time.monotonic() > end:
            return differences
        time.sleep(PAUSE)
