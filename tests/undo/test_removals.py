"""Undo deletes what the commands of a recording created, and nothing that the file only claims."""

from pathlib import Path
from typing import Any

import pytest

from ipwrap import Command, Recording, Session
from ipwrap.qdiscs import Tbf
from ipwrap.recording import CommandEvent, Header, ResultEvent, Snapshot
from ipwrap.recording.events import Event
from ipwrap.result import Result
from ipwrap.teardown.ledger import Teardown
from ipwrap.undo.removals import removals
from tests.labs import open_sandbox
from tests.objects.test_effects import FORGED, forged_recording
from tests.undo.hosts import undo_recording


@pytest.mark.live
@pytest.mark.parametrize("claim", FORGED, ids=lambda claim: f"{claim['noun']} {claim['name']}")
def test_undo_of_a_forged_recording_deletes_nothing(tmp_path: Path, claim: dict[str, Any]) -> None:
    """A link that the recording claims as its own, and a program, are not touched."""
    marker = tmp_path / "x"
    if "undo" in claim and claim["undo"][0] == "sh":
        claim = {**claim, "undo": ["sh", "-c", f"touch {marker}"]}
    recording = forged_recording(tmp_path / "x.jsonl", claim, ["true"])

    with open_sandbox() as host:
        host.run(Command(("ip", "link", "add", "name", "eth0", "type", "bridge")))
        _, commands, _ = undo_recording(host, recording)
        names = [link["ifname"] for link in host.state()[""]["link"]]

    assert "eth0" in names
    assert [] == [command for command in commands if "eth0" in command or "sh" in command]
    assert not marker.exists()


def test_unreadable_changes_are_listed(tmp_path: Path) -> None:
    """A successful change that no table can read is named, since nothing undoes it."""
    state = {"": {"link": [{"ifname": "lo", "ifindex": 1}]}}
    command = Command(("ip", "fou", "add", "port", "5555", "ipproto", "47"))
    path = tmp_path / "x.jsonl"
    events: list[Event] = [
        Snapshot(state),
        CommandEvent(1, command),
        ResultEvent(1, Result(command)),
    ]
    Recording(Header(), events).save(path)

    recording = Recording.load(path)
    teardown = Teardown.of(recording, state)
    for _ in teardown.follow(recording.pairs()):
        pass
    removal = removals(teardown, [])

    assert [command] == teardown.effects.unreadable
    assert [] == removal.commands


@pytest.mark.live
def test_an_added_root_qdisc_is_deleted() -> None:
    """The qdisc that the kernel had there comes back by itself."""
    with open_sandbox() as host:
        host.exec("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1")
        with Session(host.place) as session:
            session.tc.qdisc.add("v0", Tbf(rate="1mbit", burst="10k", latency=0.05))
        is_restored, commands, _ = undo_recording(host, session.recording)

    assert (True, ["tc qdisc delete dev v0 root"]) == (is_restored, commands)
