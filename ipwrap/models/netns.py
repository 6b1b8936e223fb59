"""`Netns` and `NetnsId`: the objects of `ip -j netns list` and `list-id`."""

from typing import Any

from attrs import field

from ipwrap.models.base import json_key
from ipwrap.models.declaration import model

__all__ = ["Netns", "NetnsId"]


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
