"""`LinkNameCache`: which link bears which name, kept by hearing of every change, so that no worker acts on a name it remembers.

iproute2 remembers every name that it has looked up (lib/ll_map.c), for as long as the process lives. A socket in the
namespace, subscribed to RTNLGRP_LINK, holds the news of a change before the command that made it returns: rtnetlink(7).
So before a worker is given a command, what has come in is read, and a worker that may remember a name that has since
been broken (renamed, moved, deleted) is thrown away.
"""

import errno
import os
import select
import socket
import struct
from collections.abc import Iterator

from attrs import define, field

__all__ = ["EVERYTHING", "LinkNameCache", "NetnsDeletionWatch"]

NLMSG_DONE, RTM_NEWLINK, RTM_DELLINK = 3, 16, 17
IFLA_IFNAME, IFLA_PROP_LIST, IFLA_ALT_IFNAME = 3, 52, 53
AF_BRIDGE = 7
NESTED = 0x3FFF  # the type of an attribute without its flags

HEADER = struct.Struct("=IHHII")
LINK = struct.Struct("=BxHiII")
ATTRIBUTE = struct.Struct("=HH")
GONE = struct.Struct("=12xI")  # inotify(7): wd, mask, cookie, len; a name follows
LIST = 1 << 17  # bytes of a list of links that are read at once
LINK_MESSAGES = 1 << 15  # bytes of news, which is of one link: a larger buffer takes long to make

PROP_LIST_MARK = ATTRIBUTE.pack(0, IFLA_PROP_LIST | 0x8000)[2:]
EVERYTHING = frozenset({"*"})


@define(eq=False)
class NetnsDeletionWatch:
    """What inotify(7) tells of files that go from the directory of named namespaces."""

    fd: int
    _poll: "select.poll" = field(factory=lambda: select.poll())

    def __attrs_post_init__(self) -> None:
        self._poll.register(self.fd, select.POLLIN)

    def deleted_names(self) -> list[str]:
        """Return the names that have gone since the last call."""
        if not self._poll.poll(0):
            return []
        gone, data = [], os.read(self.fd, 1 << 16)
        while data:
            (size,) = GONE.unpack_from(data)
            name = data[GONE.size : GONE.size + size]
            gone.append(os.fsdecode(name.rstrip(b"\0")))
            data = data[GONE.size + size :]
        return gone

    def close(self) -> None:
        """Stop listening."""
        os.close(self.fd)


@define(eq=False)
class LinkNameCache:
    """The names of all links of one namespace, by index; ``new`` are own names that have appeared of late.

    The kernel tells of every own name. Of the alternative names of a link that is down it does not
    (netdev_state_change()), so only an own name is ever known for sure.
    """

    listener: socket.socket
    by_index: dict[int, frozenset[str]] = field(factory=dict)
    own: dict[int, str] = field(factory=dict)
    index: dict[str, int] = field(factory=dict)
    new: set[str] = field(factory=set)
    _poll: "select.poll" = field(factory=lambda: select.poll())

    def __attrs_post_init__(self) -> None:
        self._poll.register(self.listener, select.POLLIN)

    @classmethod
    def listen(cls, fd: int) -> "LinkNameCache":
        """Take over a socket that is subscribed and about to list all links; read the list."""
        listener = socket.socket(fileno=fd)
        names = cls(listener)
        while not names._read(listener.recv(LIST)):
            pass
        names.new.clear()
        return names

    def _read(self, data: bytes, broken: set[str] | None = None) -> bool:
        """Take note of what messages say. Returns whether a list has ended."""
        ended = False
        for kind, start, end in _messages(data):
            if kind == NLMSG_DONE:
                ended = True
            elif kind in (RTM_NEWLINK, RTM_DELLINK) and data[start] != AF_BRIDGE:
                gone = self._link(kind, data, start, end)
                if broken is not None:
                    broken |= gone
        return ended

    def _link(self, kind: int, data: bytes, start: int, end: int) -> frozenset[str]:
        """Take note of one link. Returns the names that it no longer bears."""
        index = LINK.unpack_from(data, start)[2]
        before = self.by_index.get(index, frozenset())
        if kind == RTM_DELLINK:
            self.by_index.pop(index, None)
            self._remove_link(index)
            return before
        attributes = start + LINK.size
        only = _only_name(data, attributes, end)
        names = (only,) if only is not None else tuple(_names(data, attributes, end))
        if self.own.get(index) != names[0]:
            self._remove_link(index)
            self.own[index] = names[0]
            self.index[names[0]] = index
            self.new.add(names[0])
        now = self.by_index[index] = frozenset(names)
        return before - now if before != now else frozenset()

    def _remove_link(self, index: int) -> None:
        """Forget a link's own name, if no other link has got it meanwhile."""
        name = self.own.pop(index, None)
        if name is not None and self.index.get(name) == index:
            del self.index[name]

    def invalidated(self) -> frozenset[str]:
        """Return the names that links have lost since the last call; `EVERYTHING` if news was lost."""
        broken: set[str] = set()
        while self._poll.poll(0):
            try:
                data = self.listener.recv(LINK_MESSAGES)
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                return EVERYTHING
            if len(data) == LINK_MESSAGES:  # there may have been more of it
                return EVERYTHING
            self._read(data, broken)
        return frozenset(broken)

    def has_altnames(self, name: str) -> bool:
        """Tell whether the link of that name bears others as well."""
        return len(self.by_index.get(self.index.get(name, 0), ())) > 1

    def is_current(self, name: str) -> bool:
        """Tell whether a link bears this as its own name."""
        return name in self.index

    def close(self) -> None:
        """Stop listening."""
        self.listener.close()


def _messages(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the kind, and the start and end of the body, of each message."""
    offset = 0
    while offset + HEADER.size <= len(data):
        length, kind, *_ = HEADER.unpack_from(data, offset)
        yield kind, offset + HEADER.size, offset + length
        offset += (length + 3) & ~3


def _only_name(data: bytes, start: int, end: int) -> str | None:
    """Return the only name of a link, found fast: the kernel puts it first (rtnl_fill_ifinfo()), others far behind."""
    length, kind = ATTRIBUTE.unpack_from(data, start)
    if kind != IFLA_IFNAME or data.find(PROP_LIST_MARK, start, end) >= 0:
        return None
    return data[start + 4 : start + length - 1].decode("utf-8", "surrogateescape")


def _names(data: bytes, start: int, end: int) -> Iterator[str]:
    """Yield the names among the attributes of a link: its own, and its alternative ones."""
    while start + ATTRIBUTE.size <= end:
        length, kind = ATTRIBUTE.unpack_from(data, start)
        kind &= NESTED
        if kind in (IFLA_IFNAME, IFLA_ALT_IFNAME):
            yield data[start + 4 : start + length].rstrip(b"\0").decode("utf-8", "surrogateescape")
        elif kind == IFLA_PROP_LIST:
            yield from _names(data, start + 4, start + length)
        start += max((length + 3) & ~3, 4)
