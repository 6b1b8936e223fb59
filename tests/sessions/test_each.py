"""``session.each("pod*").ip.link.show()``: a read verb in many namespaces at once."""

from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from ipwrap import (
    CommandError,
    DryRun,
    InvalidArgument,
    IpwrapError,
    Local,
    Process,
    Session,
)
from ipwrap.executors import Batch
from ipwrap.kinds import Veth
from ipwrap.models import Link
from ipwrap.recording import CommandEvent, ResultEvent
from ipwrap.sessions.each import EachCommands
from ipwrap.verbs.runner import Runner
from tests.labs import open_sandbox

NAMES = ["pod2", "pod10", "web"]


@frozen
class SilentProgram:
    """A program with a verb that runs no command."""

    runner: Runner
    netns: str

    def say(self) -> str:
        """Return a word."""
        return "nothing"


def build(session: Session) -> None:
    """Build three namespaces, two of which have a pair of links."""
    for number, name in enumerate(NAMES):
        session.ip.netns.add(name)
        if number:
            session.netns(name).ip.link.add("v0", Veth(peer="v1"))


def link_names(links: list[Link]) -> set[str]:
    """Return the names of links."""
    return {link.ifname for link in links}


@pytest.mark.live
@pytest.mark.parametrize("executor", [Batch, Process])
def test_a_verb_returns_a_dict_by_namespace(executor: type[Any]) -> None:
    """In natural order, each value as the verb of that namespace returns it."""
    with open_sandbox() as builder:
        build(builder)
        with Session(builder.place, executor()) as session:
            links = session.each("*").ip.link.show()
            addresses = session.each("pod*").ip.address.show("lo", stats=True)

            assert NAMES == [*links]
            assert [{"lo"}, {"lo", "v0", "v1"}, {"lo", "v0", "v1"}] == [
                *map(link_names, links.values())
            ]
            assert ["pod2", "pod10"] == [*addresses]
            assert links == {name: session.netns(name).ip.link.show() for name in NAMES}


@pytest.mark.live
def test_names_are_taken_in_their_order_and_once() -> None:
    """A list needs no look at the names, and no name need match a pattern."""
    with open_sandbox() as session:
        build(session)
        count = len(list(session.recording.commands))

        assert ["web", "pod2"] == [*session.each(["web", "pod2", "web"]).ip.rule.show()]
        assert 2 == len(list(session.recording.commands)) - count
        assert {} == session.each("nothing*").ip.link.show()
        assert {} == session.each([]).ip.link.show()


@pytest.mark.live
def test_every_program_can_be_asked() -> None:
    """Also an object below another, and a read that must not be a line of a batch."""
    with open_sandbox() as session:
        build(session)
        each = session.each("pod*")

        assert ["pod2", "pod10"] == [*each.bridge.fdb.show()]
        assert {"pod2": [], "pod10": []} == each.ip.nexthop.bucket.show()
        assert {"pod2": [], "pod10": []} == each.ip.tuntap.show()
        assert ["pod2", "pod10"] == [*each.tc.qdisc.show()]


@pytest.mark.live
def test_reads_are_recorded_one_after_the_other(tmp_path: Path) -> None:
    """Each command is followed by its result, with its time and the line that asked; playback
    finds them.
    """
    path = tmp_path / "each.jsonl"
    with open_sandbox() as builder, Session(builder.place, record=path) as session:
        build(builder)
        asked = session.each("*").ip.link.show()
        events = [event for event in session.recording.events if not hasattr(event, "state")]

    commands = [event for event in events if isinstance(event, CommandEvent)]
    results = [event for event in events if isinstance(event, ResultEvent)]
    assert ["ip -j netns list", *(f"ip -n {name} -j -d link show" for name in NAMES)] == [
        event.command.line for event in commands
    ]
    assert [event.number for event in commands] == [event.number for event in results]
    assert [CommandEvent, ResultEvent] * 4 == [type(event) for event in events[:8]]
    assert not any(event.command.changes for event in commands)
    for event in results:
        assert event.result.seconds > 0
        assert 0 <= event.result.started - session.recording.header.started < 3600
        assert "test_each.py" in str(event.result.call_site)

    with Session.playback(path) as played:
        assert asked == played.each("*").ip.link.show()
        assert [] == played.unplayed


@pytest.mark.live
def test_the_first_failure_is_raised_when_all_have_run() -> None:
    """The error names the namespace; the recording has every result."""
    with open_sandbox() as session:
        build(session)
        with pytest.raises(CommandError, match="v0") as caught:
            session.each("*").ip.link.show("v0")

        assert "pod2" == caught.value.result.netns
        statuses = [result.status for result in list(session.recording.results)[-3:]]
        assert [1, 0, 0] == statuses


@pytest.mark.live
def test_a_missing_namespace_is_an_error_of_ip() -> None:
    """A name of a list need not exist; the words are those of a process."""
    with open_sandbox() as session, pytest.raises(CommandError, match="nowhere"):
        session.each(["nowhere"]).ip.link.show()


@pytest.mark.live
def test_a_verb_with_a_further_command_runs_it_in_the_session() -> None:
    """A name that looks like the index of a link is looked up first, in every namespace."""
    with open_sandbox() as session:
        session.ip.netns.add("red")
        session.netns("red").ip.link.add("if7", Veth(peer="v1"))
        links = session.each("red").ip.link.show("if7")

        assert ["if7"] == [link.ifname for link in links["red"]]


@pytest.mark.live
def test_queued_changes_come_before() -> None:
    """In a batch block, a read sees the changes before it."""
    with open_sandbox() as session, session.batch():
        session.ip.netns.add("red")

        assert ["red"] == [*session.each("*").ip.link.show()]


@pytest.mark.live
def test_a_transcript_keeps_the_text() -> None:
    """As of any read."""
    with open_sandbox() as builder, Session(builder.place, transcript=True) as session:
        builder.ip.netns.add("red")
        session.each("*").ip.link.show()
        result = list(session.recording.results)[-1]

        assert "1: lo: <LOOPBACK>" in str(result.text)


def test_changes_are_refused() -> None:
    """Before anything runs: a loop, or a batch block, is the way."""
    with Session(Local(), DryRun()) as session:
        each: Any = session.each(["red"])
        with pytest.raises(InvalidArgument, match="each\\(\\) reads only"):
            each.ip.link.set("lo", up=True)

        assert [] == list(session.recording.commands)


def test_verbs_without_a_command_are_refused() -> None:
    """Streams of events, and what is no verb."""
    with Session(Local(), DryRun()) as session:
        each: Any = session.each(["red"])
        with pytest.raises(IpwrapError, match="monitor"):
            each.ip.monitor("link")
        with pytest.raises(InvalidArgument, match="runs no command"):
            EachCommands(each, (SilentProgram,)).say()
        with pytest.raises(AttributeError):
            each.ip.nonsense  # noqa: B018
        with pytest.raises(AttributeError):
            each.ip._runner  # noqa: B018


def test_a_dry_run_has_no_objects() -> None:
    """The commands are recorded, and no namespace has a name."""
    with Session(Local(), DryRun()) as session:
        assert {} == session.each("*").ip.link.show()
        assert {"red": []} == session.each(["red"]).ip.link.show()


def test_a_wrong_name_is_refused() -> None:
    """As by `netns`."""
    with pytest.raises(InvalidArgument):
        Session(Local(), DryRun()).each(["a/b"])
