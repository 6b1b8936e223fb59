"""`Netns` and `NetnsId`: what `ip -j netns list` and `list-id` show."""

from typing import Any

from attrs import field, frozen

from ipwrap.models.base import json_key

__all__ = ["Netns", "NetnsId"]


@frozen(kw_only=True, slots=False)
class Netns:
    """A named network namespace; ``id`` is the number that the asking namespace knows it by, if it has one.

    netns_list() in iproute2's ip/ipnetns.c.
    """

    name: str = ""
    id: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@frozen(kw_only=True, slots=False)
class NetnsId:
    """A namespace's number, as the asking namespace knows it, and its name. print_nsid() in iproute2's ip/ipnetns.c."""

    nsid: int | None = None
    current_nsid: int | None = json_key("current-nsid")
    name: str | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)
