"""What an older iproute2 would ignore without a word is refused, where its release is known."""

from typing import Any

import pytest
from attrs import frozen

from ipwrap import BadOption, Command, Result, Session
from ipwrap.bridge import BridgeProgram
from ipwrap.bridge.heeded import heeded
from ipwrap.bridge.mdb import MdbOptions
from ipwrap.quiet import version_of


@frozen
class Aged:
    """A runner with an iproute2 of some release."""

    iproute2: str | None

    def run(self, command: Command, *, check: bool = True) -> Result:  # noqa: ARG002 - as a runner has it
        """Return that a command went well."""
        return Result(command)


@pytest.mark.parametrize("release", ["6.4", "6.4.0", "6.15.0", "7.1.0-rc1", "10.0", "ss190708", None])
def test_what_is_known_is_said(release: str | None) -> None:
    """With the release that brought it, a later one, and one that says nothing of its age."""
    assert ("dst", "10.0.0.5") == heeded(Aged(release), MdbOptions, {"dst": "10.0.0.5"})


@pytest.mark.parametrize("release", ["5.4.0", "6.1.0", "6.3"])
def test_what_is_unknown_is_refused(release: str) -> None:
    """With the release that it takes; what is older is said."""
    with pytest.raises(BadOption, match=r"^dst: it came with iproute2 6.4; the one here, \d.\d, would ignore it"):
        heeded(Aged(release), MdbOptions, {"vid": 3, "dst": "10.0.0.5"})
    assert ("vid", "3") == heeded(Aged(release), MdbOptions, {"vid": 3, "dst": None})


@pytest.mark.parametrize(
    ("verb", "options"),
    [
        (lambda bridge: bridge.mdb.add, {"grp": "239.1.1.1", "dev": "vx0", "port": "vx0", "dst": "10.0.0.5"}),
        (lambda bridge: bridge.mdb.delete, {"grp": "239.1.1.1", "dev": "vx0", "port": "vx0", "dst": "10.0.0.5"}),
        (lambda bridge: bridge.vlan.set, {"vid": 7, "dev": "v0", "neigh_suppress": True}),
        (lambda bridge: bridge.vlan.global_.set, {"vid": 7, "dev": "br0", "msti": 3}),
    ],
)
def test_verbs_ask_for_the_release(verb: Any, options: dict[str, Any]) -> None:
    """Those whose words an older iproute2 would ignore."""
    verb(BridgeProgram(Aged("6.15")))(**options)
    with pytest.raises(BadOption):
        verb(BridgeProgram(Aged("6.1")))(**options)


def test_a_dry_run_has_no_iproute2(dry: Session) -> None:
    """So all is said."""
    assert dry.iproute2 is None
    dry.bridge.vlan.set(7, "v0", neigh_forward_grat=True)
    assert "neigh_forward_grat" in dry.recording.commands[-1].command.argv


@pytest.mark.live
def test_a_session_knows_its_iproute2(session: Session) -> None:
    """As `ip -V` says it."""
    assert version_of(session.exec("ip", "-V").stdout) == session.iproute2
