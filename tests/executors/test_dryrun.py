"""`DryRun`: nothing runs."""

from pathlib import Path

import pytest

from ipwrap import Command, DryRun, Local, Session
from ipwrap.executors import Reply
from ipwrap.kinds import Bridge


@pytest.mark.parametrize(
    ("argv", "stdout"),
    [
        (("ip", "link", "add", "name", "x", "type", "bridge"), ""),
        (("ip", "-j", "link", "show"), "[]\n"),
        (("ip", "netns", "identify"), ""),
        (("no-such-program",), ""),
    ],
)
def test_every_command_ends_well(argv: tuple[str, ...], stdout: str) -> None:
    """A change says nothing, a read in JSON says that there is nothing, and no program has to be there."""
    assert Reply(0, stdout) == DryRun().run(Command(argv), Local())


def test_nothing_runs(tmp_path: Path) -> None:
    """A program that would leave something does not run."""
    DryRun().run(Command(("touch", str(tmp_path / "x"))), Local())
    assert [] == list(tmp_path.iterdir())


def test_no_kernel_is_asked() -> None:
    """A dry run has no state to tell, and can be closed as often as one likes."""
    executor = DryRun()
    executor.close()
    executor.close()
    assert not executor.live


def test_script_comes_out_of_a_dry_run(dry: Session) -> None:
    """What would have run is recorded, and can be exported."""
    dry.ip.link.add("br0", Bridge())
    dry.netns("ns1").exec("true")
    assert ["ip link add name br0 type bridge", "ip netns exec ns1 true"] == [
        result.line for result in dry.recording.results
    ]
    assert "ip link add name br0 type bridge" in dry.export()
    assert dry.recording.header.iproute2 is None
