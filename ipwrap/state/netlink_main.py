"""The helper program inside a place: asks the kernel about many namespaces, all by one process.

`ipwrap.state.many_namespaces` runs it. It imports nothing of ipwrap, and little of Python: it has
to start in milliseconds, and perhaps runs as another user.

Request and reply are records with a NUL behind each; the first character tells the kind. The
request, on stdin::

    i NAME          list the numbers that a namespace has for others; the first namespace of the
                    place has the empty name
    d NAME          compare a namespace with a fresh one

The reply, on stdout::

    n NAME          a namespace that was read
    i NUMBER NAME   a number of it, and the namespace behind; no name for the first one, and for
                    those that nobody has named
    r               its rules of IPv6 are those of a fresh namespace
    q               it has no qdisc that somebody has set
"""

import _socket
import os
import struct
import sys

NETNS_DIR = os.path.realpath("/var/run") + "/netns/"
NETNS_FILES = "/etc/netns/"
HOME = "/proc/self/ns/net"  # the first namespace of the place, which has no name
CLONE_NEWNET = 0x40000000
REPLY_SIZE = 1 << 17
REPLY_SECONDS = 5.0

# rtnetlink(7) and linux/net_namespace.h.
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP, NLM_F_DUMP_INTR = 0x1, 0x4, 0x300, 0x10
RTM_GETRULE, RTM_GETQDISC, RTM_NEWNSID, RTM_GETNSID = 34, 38, 88, 90
NETNSA_NSID, NETNSA_FD, NETNSA_TARGET_NSID, NETNSA_CURRENT_NSID = 1, 3, 4, 5
SOL_NETLINK, NETLINK_GET_STRICT_CHK = 270, 12
AF_INET6 = 10
HEADER = struct.Struct("=IHHII")  # length of the message, type, flags, sequence number, port
RULE_HEADER = struct.Struct("=BBBBBBBBI")  # the first is the family
QDISC_HEADER = struct.Struct("=BxxxiIII")  # family, link, handle, parent, info
NSID_HEADER = struct.Struct("=Bxxx")
NUMBER = struct.Struct("=HHi")  # of an attribute: length, kind, value
ANY_NUMBER = -1


def call_libc(name: str, *arguments: int) -> None:
    """Call a function of the C library that returns 0. Raises `OSError`."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def set_namespace(fd: int) -> None:
    """Enter the network namespace of a descriptor: setns(2)."""
    if sys.version_info >= (3, 12):
        os.setns(fd, CLONE_NEWNET)
    else:
        call_libc("setns", fd, CLONE_NEWNET)


def make_namespace() -> None:
    """Enter a new network namespace: unshare(2)."""
    if sys.version_info >= (3, 12):
        os.unshare(CLONE_NEWNET)
    else:
        call_libc("unshare", CLONE_NEWNET)


def open_namespace(name: str) -> int:
    """Open a namespace by its name. Raises `OSError` for one that is gone."""
    return os.open(NETNS_DIR + name, os.O_RDONLY | os.O_CLOEXEC)


class Kernel:
    """A socket of rtnetlink(7) in the present namespace."""

    def __init__(self) -> None:
        self.socket = _socket.socket(
            _socket.AF_NETLINK, _socket.SOCK_RAW | _socket.SOCK_CLOEXEC, _socket.NETLINK_ROUTE
        )
        self.socket.settimeout(REPLY_SECONDS)

    def ask(self, request: int, payload: bytes, *, flags: int = 0) -> "list[bytes]":
        """Send a request, and return the bodies of the replies. Raises `OSError`."""
        length = HEADER.size + len(payload)
        self.socket.send(HEADER.pack(length, request, NLM_F_REQUEST | flags, 1, 0) + payload)

        bodies: list[bytes] = []
        is_complete = True
        while True:
            for kind, reply_flags, body in split_messages(self.socket.recv(REPLY_SIZE)):
                is_complete = is_complete and not reply_flags & NLM_F_DUMP_INTR
                if kind in (NLMSG_ERROR, NLMSG_DONE):
                    raise_error(body, is_complete=is_complete)
                    return bodies
                bodies.append(body)
            if not flags & NLM_F_DUMP:
                return bodies

    def numbers(self, *attributes: "tuple[int, int]", dump: bool = False) -> "list[dict[int, int]]":
        """Return the attributes of the replies to RTM_GETNSID. Raises `OSError`."""
        body = pack_numbers(*attributes)
        return [
            unpack_numbers(reply)
            for reply in self.ask(RTM_GETNSID, body, flags=NLM_F_DUMP if dump else 0)
        ]

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()


def split_messages(data: bytes) -> "list[tuple[int, int, bytes]]":
    """Return the type, the flags and the body of each message."""
    messages = []
    while data:
        length, kind, flags, _, _ = HEADER.unpack_from(data)
        messages.append((kind, flags, data[HEADER.size : length]))
        data = data[(length + 3) & ~3 :]
    return messages


def raise_error(body: bytes, *, is_complete: bool) -> None:
    """Raise the error of the last message, if it has one: an `OSError`."""
    code = struct.unpack_from("=i", body)[0]
    if code:
        raise OSError(-code, os.strerror(-code))
    if not is_complete:
        raise OSError("the list has changed meanwhile")


def pack_numbers(*attributes: "tuple[int, int]") -> bytes:
    """Return the body of a request about numbers of namespaces."""
    packed = [NUMBER.pack(NUMBER.size, kind, value) for kind, value in attributes]
    return NSID_HEADER.pack(0) + b"".join(packed)


def unpack_numbers(body: bytes) -> "dict[int, int]":
    """Return the attributes of a reply about numbers of namespaces; each is a number."""
    size = NUMBER.size
    starts = range(NSID_HEADER.size, len(body) - size + 1, size)
    attributes = [NUMBER.unpack_from(body, start) for start in starts]
    return {kind: value for _, kind, value in attributes}


class Observer:
    """A fresh namespace, which has a number for each namespace of the place.

    A namespace has numbers for those that its links lead to. `ip netns list-id` opens all names of
    the place in order to name them. Here they are opened once: the kernel translates the numbers of
    any namespace into those of this one.
    """

    def __init__(self, home: int) -> None:
        make_namespace()
        self.kernel = Kernel()
        # Without it, the kernel overlooks what a list is asked for: rtnl_net_dumpid().
        self.kernel.socket.setsockopt(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1)
        self.numbers: dict[str, int] = {}
        self.names: dict[int, str] = {}

        for name in sorted(os.listdir(NETNS_DIR)) if os.path.isdir(NETNS_DIR) else ():
            self.add_name(name)
        self.add("", home)

    def add_name(self, name: str) -> None:
        """Give a number to a namespace by its name, unless it is gone."""
        try:
            fd = open_namespace(name)
        except OSError:
            return

        try:
            self.add(name, fd)
        finally:
            os.close(fd)

    def add(self, name: str, fd: int) -> None:
        """Give a number to a namespace, unless another user's: a second name has the same one."""
        try:
            body = pack_numbers((NETNSA_FD, fd), (NETNSA_NSID, ANY_NUMBER))
            self.kernel.ask(RTM_NEWNSID, body, flags=NLM_F_ACK)
        except OSError:  # it has one
            pass

        try:
            (reply,) = self.kernel.numbers((NETNSA_FD, fd))
        except OSError:
            return
        number = reply.get(NETNSA_NSID, ANY_NUMBER)
        if number != ANY_NUMBER:
            self.numbers[name] = number
            self.names.setdefault(number, name)

    def records(self, name: str) -> "list[str]":
        """Return the records of a namespace. Raises `OSError` for one that cannot be read."""
        if name not in self.numbers:
            raise OSError(f"no namespace {name!r}")

        replies = self.kernel.numbers((NETNSA_TARGET_NSID, self.numbers[name]), dump=True)
        return [
            f"i{reply[NETNSA_NSID]} {self.names.get(reply[NETNSA_CURRENT_NSID], '')}"
            for reply in replies
        ]


class Comparison:
    """What the kernel lists in a fresh namespace, for a comparison with others."""

    def __init__(self, home: int) -> None:
        self.home = home
        make_namespace()
        kernel = Kernel()
        try:
            self.rules = list_rules(kernel)
        finally:
            kernel.close()

    def records(self, name: str) -> "list[str]":
        """Return the records of a namespace. Raises `OSError` for one that is gone."""
        # `ip -n` would print other words for numbers there: netns_switch() in lib/namespace.c.
        if name and os.path.isdir(NETNS_FILES + name):
            return []

        fd = open_namespace(name) if name else os.dup(self.home)
        try:
            set_namespace(fd)
        finally:
            os.close(fd)

        kernel = Kernel()
        try:
            records = ["r"] if self.rules is not None and self.rules == list_rules(kernel) else []
            return records if has_qdiscs(kernel) else [*records, "q"]
        finally:
            kernel.close()


def list_rules(kernel: Kernel) -> "list[bytes] | None":
    """Return the rules of IPv6; None where the kernel does not list them."""
    try:
        header = RULE_HEADER.pack(AF_INET6, *[0] * 8)
        return kernel.ask(RTM_GETRULE, header, flags=NLM_F_DUMP)
    except OSError:
        return None


def has_qdiscs(kernel: Kernel) -> bool:
    """Return whether there may be a qdisc with a handle: the kernel gives its own ones none."""
    try:
        qdiscs = kernel.ask(RTM_GETQDISC, QDISC_HEADER.pack(*[0] * 5), flags=NLM_F_DUMP)
    except OSError:
        return True
    return any(QDISC_HEADER.unpack_from(qdisc)[2] >> 16 for qdisc in qdiscs)


def main() -> None:
    """Read a request, and print the reply."""
    request = sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
    home = os.open(HOME, os.O_RDONLY | os.O_CLOEXEC)
    sources: dict[str, Observer | Comparison] = {}
    reply = ""

    for record in request.split("\0")[:-1]:
        kind, name = record[0], record[1:]
        if kind not in sources:
            set_namespace(home)
            sources[kind] = Observer(home) if kind == "i" else Comparison(home)
        try:
            records = sources[kind].records(name)
        except OSError:  # the namespace is gone, or another user's
            continue
        reply += "".join(f"{record}\0" for record in [f"n{name}", *records])

    sys.stdout.buffer.write(reply.encode("utf-8", "surrogateescape"))


if __name__ == "__main__":
    main()
