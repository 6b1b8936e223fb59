"""`LinkNameCache`: the links of a namespace and their names, kept current by link notifications.

iproute2 caches every name-to-ifindex lookup for the life of the process (lib/ll_map.c). A socket
subscribed to RTNLGRP_LINK receives the notification of a change before the command behind the
change returns (rtnetlink(7)). Reading the socket before every command of a worker therefore shows
every name that was lost (by a rename, a move or a deletion) and that the worker may still cache.
"""

import errno
import os
import re
import select
import socket
import struct
from collections.abc import Iterator
from typing import Any

from attrs import define, field

from ipwrap.executors import helper_process
from ipwrap.executors.link_message import (
    ATTRIBUTE_HEADER,
    IFLA_IFNAME,
    IFLA_INFO_KIND,
    LINK_HEADER,
    align,
    attributes_of,
    describe_link_message,
)
from ipwrap.system.forks import close_in_children
from ipwrap.system.held_descriptor import HeldDescriptor

__all__ = ["EVERYTHING", "LinkNameCache", "NetnsDeletionWatch"]

NLMSG_DONE, RTM_NEWLINK, RTM_DELLINK = 3, 16, 17
IFLA_PROP_LIST, IFLA_ALT_IFNAME = 52, 53
IFLA_LINK_NETNSID = 37
AF_BRIDGE = 7

HEADER = struct.Struct("=IHHII")  # struct nlmsghdr: length, type, flags, sequence, port
INOTIFY_EVENT = struct.Struct("=12xI")  # inotify(7): wd, mask, cookie, len; the name follows
INOTIFY_BYTES = 1 << 16

LIST_BYTES = 1 << 17  # buffer for a part of the list of links
# Buffer for a notification, of a single link. A larger buffer takes long to allocate, per command.
NOTIFICATION_BYTES = 1 << 15

# Headers of attributes, the second with its value. A pair of links is no dependence: each can be
# changed without regard to the other.
LINK_NETNSID_MARK = ATTRIBUTE_HEADER.pack(8, IFLA_LINK_NETNSID)
VETH_MARK = ATTRIBUTE_HEADER.pack(9, IFLA_INFO_KIND) + b"veth\0"

# A regular expression finds two bytes six times as fast as bytes.find() does.
PROP_LIST_MARK = re.compile(re.escape(ATTRIBUTE_HEADER.pack(0, IFLA_PROP_LIST | 0x8000)[2:]))
EVERYTHING = frozenset({"*"})  # compared by identity: a link may be named "*"


@define(eq=False)
class NetnsDeletionWatch(HeldDescriptor):
    """An inotify(7) descriptor on the directory of named namespaces."""

    _poll: "select.poll" = field(factory=lambda: select.poll())

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._poll.register(self.fd, select.POLLIN)

    def deleted_names(self) -> list[str]:
        """Return the names deleted since the last call."""
        if not self._poll.poll(0):
            return []

        names = []
        data = os.read(self.fd, INOTIFY_BYTES)
        while data:
            (size,) = INOTIFY_EVENT.unpack_from(data)
            end = INOTIFY_EVENT.size + size
            name = data[INOTIFY_EVENT.size : end].rstrip(b"\0")
            names.append(os.fsdecode(name))
            data = data[end:]

        return names


@define(eq=False)
class LinkNameCache:
    """The names of all links of a namespace.

    - ``names_by_index``: maps an ifindex to every name of the link
    - ``own_names``: maps an ifindex to IFLA_IFNAME alone; ``index_by_name`` is the inverse
    - ``new_names``: the own names that appeared since the set was last cleared
    - ``dependent_links``: the indexes of links on top of a link in another namespace, such as a
      moved vlan
    - ``messages``: the last messages, from the ifinfomsg on

    The kernel notifies of every own name, but not of the alternative names of a link that is down
    (netdev_state_change() in net/core/dev.c): only own names are reliable.
    """

    listener: socket.socket
    names_by_index: dict[int, frozenset[str]] = field(factory=dict)
    own_names: dict[int, str] = field(factory=dict)
    index_by_name: dict[str, int] = field(factory=dict)
    new_names: set[str] = field(factory=set)
    dependent_links: set[int] = field(factory=set)
    messages: dict[int, bytes] = field(factory=dict)
    _poll: "select.poll" = field(factory=lambda: select.poll())

    def __attrs_post_init__(self) -> None:
        self._poll.register(self.listener, select.POLLIN)
        close_in_children(self)

    @classmethod
    def listen(cls, fd: int) -> "LinkNameCache":
        """Take over a subscribed socket with a pending RTM_GETLINK dump, and read the dump.

        Raises `OSError` for a dump that is incomplete, or that does not come.
        """
        listener = socket.socket(fileno=fd)
        listener.settimeout(helper_process.HELPER_SECONDS)
        names = cls(listener)

        is_complete = False
        while not is_complete:
            is_complete = names._read(listener.recv(LIST_BYTES))

        names.new_names.clear()
        return names

    def _read(self, data: bytes, lost: set[str] | None = None) -> bool:
        """Process the messages of a packet. Return whether a dump has ended.

        The names that links have lost are added to ``lost``.
        """
        has_ended = False
        for message_type, start, end in _messages(data):
            if message_type == NLMSG_DONE:
                has_ended = True
            elif message_type in (RTM_NEWLINK, RTM_DELLINK) and data[start] != AF_BRIDGE:
                lost_names = self._update_link(message_type, data, start=start, end=end)
                if lost_names and lost is not None:
                    lost |= lost_names

        return has_ended

    def _update_link(
        self, message_type: int, data: bytes, *, start: int, end: int
    ) -> frozenset[str]:
        """Process the message of a link. Return the names that the link has lost."""
        index = LINK_HEADER.unpack_from(data, start)[2]
        names_before = self.names_by_index.get(index, frozenset())

        if message_type == RTM_DELLINK:
            self.names_by_index.pop(index, None)
            self._remove_own_name(index)
            self.dependent_links.discard(index)
            self.messages.pop(index, None)
            return names_before

        self.messages[index] = data[start:end]

        # A search by bytes may find a link too many, which costs time only.
        if data.find(LINK_NETNSID_MARK, start, end) < 0 or data.find(VETH_MARK, start, end) >= 0:
            self.dependent_links.discard(index)
        else:
            self.dependent_links.add(index)

        attributes = start + LINK_HEADER.size
        only_name = _only_name(data, attributes, end=end)
        if only_name == self.own_names.get(index) and len(names_before) == 1:
            return frozenset()  # as of nearly every change of a link

        names = [only_name] if only_name is not None else [*_names(data, attributes, end=end)]

        own_name = names[0]
        if self.own_names.get(index) != own_name:
            self._remove_own_name(index)
            self.own_names[index] = own_name
            self.index_by_name[own_name] = index
            self.new_names.add(own_name)

        self.names_by_index[index] = frozenset(names)
        return names_before - self.names_by_index[index]

    def _remove_own_name(self, index: int) -> None:
        """Remove a link's own name, unless another link has taken over the name."""
        name = self.own_names.pop(index, None)
        if name is not None and self.index_by_name.get(name) == index:
            del self.index_by_name[name]

    def invalidated(self) -> frozenset[str]:
        """Return the names lost by links since the last call, `EVERYTHING` after an overflow."""
        lost: set[str] = set()
        while self._poll.poll(0):
            try:
                data = self.listener.recv(NOTIFICATION_BYTES)
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                return EVERYTHING

            if len(data) == NOTIFICATION_BYTES:  # the message may have been cut off
                return EVERYTHING
            self._read(data, lost)

        return frozenset(lost)

    def has_altnames(self, name: str) -> bool:
        """Return whether the link with an own name also has alternative names."""
        index = self.index_by_name.get(name, 0)
        return len(self.names_by_index.get(index, ())) > 1

    def is_current(self, name: str) -> bool:
        """Return whether a name is the own name of a link."""
        return name in self.index_by_name

    def describe(self, name: str) -> dict[str, Any] | None:
        """Return what identifies the link with an own name, None if the link is not known."""
        index = self.index_by_name.get(name)
        return None if index is None else describe_link_message(self.messages[index])

    def close(self) -> None:
        """Close the socket."""
        self.listener.close()

    def close_in_child(self) -> None:
        """Close this child's copy of the socket: it would take the parent's notifications."""
        self.listener.close()


def _messages(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the type, and the start and end of the body, of each netlink message."""
    offset = 0
    while offset + HEADER.size <= len(data):
        length, message_type, *_ = HEADER.unpack_from(data, offset)
        yield message_type, offset + HEADER.size, offset + length
        offset += align(length)


def _only_name(data: bytes, start: int, *, end: int) -> str | None:
    """Return the name of a link without alternative names, None if the attributes must be parsed.

    The kernel writes IFLA_IFNAME first and the list of alternative names far behind
    (rtnl_fill_ifinfo() in net/core/rtnetlink.c): a search for the list's header is much faster than
    a walk over all attributes.
    """
    length, attribute_type = ATTRIBUTE_HEADER.unpack_from(data, start)
    if attribute_type != IFLA_IFNAME or PROP_LIST_MARK.search(data, start, end):
        return None

    return data[start + 4 : start + length - 1].decode("utf-8", "surrogateescape")


def _names(data: bytes, start: int, *, end: int) -> Iterator[str]:
    """Yield the names among the attributes of a link: the own name, then alternative names."""
    for attribute_type, value_start, value_end in attributes_of(data, start, end=end):
        if attribute_type in (IFLA_IFNAME, IFLA_ALT_IFNAME):
            name = data[value_start:value_end].rstrip(b"\0")
            yield name.decode("utf-8", "surrogateescape")
        elif attribute_type == IFLA_PROP_LIST:
            yield from _names(data, value_start, end=value_end)
