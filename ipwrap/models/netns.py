"""What `ip -j netns list`, `list-id`, `identify` and `pids` print."""

from typing import Any

from attrs import field

from ipwrap.models.base import json_key
from ipwrap.models.declaration import model
from ipwrap.system.lazy_pattern import lazy_pattern

__all__ = ["Netns", "NetnsId", "NetnsName", "NetnsProcess"]

PID = lazy_pattern("[0-9]{1,10}")
WORD = lazy_pattern(r"[^\s\[\]{}\"]+")


@model(kw_only=True)
class Netns:
    """A named network namespace; ``id`` is its number in the current namespace, if assigned.

    netns_list() in iproute2's ip/ipnetns.c.
    """

    name: str = ""
    id: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class NetnsId:
    """A namespace number in the current namespace, and its name. print_nsid() in ip/ipnetns.c."""

    nsid: int | None = None
    # absent if the kernel reports a negative number: no id is assigned
    current_nsid: int | None = json_key("current-nsid")
    name: str | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class NetnsName:
    """A name of the network namespace of a process: `ip netns identify` prints lines of text.

    netns_identify_pid() in iproute2's ip/ipnetns.c.
    """

    name: str = ""
    extra: dict[str, Any] = field(factory=dict, hash=False)

    @classmethod
    def from_text(cls, text: str) -> "list[NetnsName] | None":
        """Return the name in each line; None for JSON."""
        lines = _lines(text)
        return None if lines is None else [cls(name=line) for line in lines]


@model(kw_only=True)
class NetnsProcess:
    """A process in a network namespace: `ip netns pids` prints lines of text.

    netns_pids() in iproute2's ip/ipnetns.c.
    """

    pid: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)

    @classmethod
    def from_text(cls, text: str) -> "list[NetnsProcess] | None":
        """Return the number in each line; None for JSON and another text."""
        lines = _lines(text)
        if lines is None or not all(PID.fullmatch(line) for line in lines):
            return None
        return [cls(pid=int(line)) for line in lines]


def _lines(text: str) -> list[str] | None:
    """Return the words of a text with one word a line; None for JSON and other text."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    are_words = all(WORD.fullmatch(line) for line in lines)
    return lines if are_words else None
