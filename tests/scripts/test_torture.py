"""The trials of `nox -s torture` at tiny sizes, and the mutations."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from ipwrap import PlaceError, Sandbox
from scripts.torture.command_line import command_lines
from scripts.torture.crashes import crashes
from scripts.torture.endurance import endurance
from scripts.torture.host import difference, open_stand_in
from scripts.torture.mutation import MUTATIONS, mutate
from scripts.torture.outcome import Outcome
from scripts.torture.signals import signals
from scripts.torture.states import states

RECORDING = Path(__file__).resolve().parents[2] / "recordings" / "veth.jsonl"


@pytest.fixture
def _sandbox() -> None:
    """Skip where no namespaces can be made."""
    try:
        with_sandbox = Sandbox()
        with_sandbox.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")

    with_sandbox.close()


@pytest.mark.live
@pytest.mark.usefixtures("_sandbox")
@pytest.mark.parametrize(
    ("trial", "runs"),
    [(command_lines, 12), (crashes, 1), (endurance, 200), (signals, 2), (states, 1)],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_small_trial_finds_nothing(
    trial: Callable[..., Outcome], runs: int, tmp_path: Path
) -> None:
    """Each trial runs to its end, and finds no failure."""
    outcome = trial(tmp_path / "trial", runs=runs, seed=1)

    assert [] == outcome.failures
    assert runs == outcome.runs


@pytest.mark.live
@pytest.mark.usefixtures("_sandbox")
def test_a_changed_host_is_a_difference(tmp_path: Path) -> None:
    """A trial sees an address that was lost, and a link that was left."""
    with open_stand_in(tmp_path / "host") as host:
        before = host.state()
        assert [] == difference(before, host.state())

        host.run("ip", "address", "del", "192.168.7.1/24", "dev", "br0")
        host.run("ip", "link", "add", "left0", "type", "bridge")
        lines = difference(before, host.state())

    assert any("192.168.7.1" in line and "lost" in line for line in lines)
    assert any("left0" in line and "new" in line for line in lines)


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_mutation_takes_any_lines(
    mutation: Callable[[list[bytes], random.Random], list[bytes]],
) -> None:
    """A mutation takes a file that is empty, no JSON, or of other JSON."""
    for lines in ([], [b"\xff\n"], [b"3\n", b"[]\n"], [b'{"argv": []}\n']):
        mutation(list(lines), random.Random(1))


def test_a_seed_repeats_a_mutation() -> None:
    """The same seed gives the same mutation, and most seeds alter the file."""
    recording = RECORDING.read_bytes()

    mutated = [mutate(recording, random.Random(seed)) for seed in range(40)]

    assert mutated == [mutate(recording, random.Random(seed)) for seed in range(40)]
    assert sum(text != recording for text in mutated) > 30
