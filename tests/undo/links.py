"""Links of a state, and recorded commands with the links of their results."""

from typing import Any

from ipwrap import Command
from ipwrap.recording import CommandEvent, Pair
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.result import RecordedLink, Result
from ipwrap.undo.interrupted import interrupted_links
from ipwrap.undo.link_identity import LinkTracker
from tests.undo.hosts import parse_lines

MAC = "02:00:00:00:00:10"


def link(
    name: str, ifindex: int, *, mac: str = MAC, kind: str | None = "veth", **more: Any
) -> dict[str, Any]:
    """Return the JSON of a link."""
    info = {} if kind is None else {"linkinfo": {"info_kind": kind}}
    return {"ifname": name, "ifindex": ifindex, "address": mac, **info, **more}


def state(**links: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a state by namespaces; ``host`` is the one without a name."""
    return {("" if netns == "host" else netns): {"link": data} for netns, data in links.items()}


def pairs(lines: str, *results: tuple[RecordedLink, ...] | None) -> list[Pair]:
    """Return commands with results that have these links; the rest of the commands has none."""
    commands = [*parse_lines(lines)]
    answers: list[Result | None] = [
        Result(command, links=links) for command, links in zip(commands, results, strict=False)
    ]
    answers += [None] * (len(commands) - len(answers))
    return [
        (CommandEvent(number, command), answer)
        for number, (command, answer) in enumerate(zip(commands, answers, strict=True))
    ]


def track(
    before: dict[str, Any], now: dict[str, Any], events: list[Pair]
) -> tuple[LinkTracker, list[Command]]:
    """Return the tracker behind the events, and the commands that it lets through."""
    tracker = LinkTracker(before, now, MentionedWords(), interrupted_links(events))
    commands = [
        event.command for event, _ in tracker.follow(events) if isinstance(event, CommandEvent)
    ]
    return tracker, commands


NIC = RecordedLink(netns=None, name="nic0", ifindex=2, kind="veth", address=MAC)
