"""Evidence of where cables end: the commands of a recording, and the kernel's numbers."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from ipwrap.command import Command
from ipwrap.errors import CommandError
from ipwrap.result import Result
from ipwrap.teardown.ledger import Teardown
from ipwrap.views.topology.graph import End
from ipwrap.views.topology.peers import Evidence, NetnsNumber

if TYPE_CHECKING:
    from ipwrap.recording import RecordingView
    from ipwrap.state import State

__all__ = ["read_namespace_numbers", "recorded_evidence"]

LIST_NUMBERS = ("ip", "-j", "netns", "list-id")


def recorded_evidence(
    recording: "RecordingView", names: Mapping[NetnsNumber, str | None] | None = None
) -> Evidence:
    """Return the evidence of a recording: ``names``, and the pairs created by the commands."""

    def find_pairs() -> Iterator[tuple[End, End]]:
        teardown = Teardown.of(recording)
        for _ in teardown.follow(recording.pairs()):
            pass  # the ledger follows the commands

        for (_, netns, name), (_, far_netns, far_name) in teardown.ledger.pairs.items():
            yield End(netns or "", name), End(far_netns or "", far_name)

    return Evidence(names or {}, find_pairs)


def read_namespace_numbers(
    run: Callable[[Command], Result], state: "State"
) -> dict[NetnsNumber, str | None]:
    """Return the namespace of each number in the links' fields, from `ip netns list-id`.

    A number without a name belongs to the place's own namespace, if the links fit, or to an unnamed
    namespace, such as a container's. Unreadable namespaces are left out.
    """
    names: dict[NetnsNumber, str | None] = {}
    for netns, objects in state.items():
        links = objects.get("link", [])
        numbers = {link["link_netnsid"] for link in links if "link_netnsid" in link}
        if not numbers:
            continue

        with contextlib.suppress(CommandError, ValueError):
            result = run(Command(LIST_NUMBERS, netns or None, changes=False, batch=True))
            entries = json.loads(result.stdout or "[]")
            name_by_number = {entry["nsid"]: entry.get("name") for entry in entries}

            nameless = "" if netns else None
            for number in numbers:
                names[netns, number] = name_by_number.get(number) or nameless

    return names
