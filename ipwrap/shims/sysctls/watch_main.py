"""The helper inside a sandbox: prints the sysctls that a script writes, and between which calls.

`ipwrap.shims.sysctls.writes` runs the helper, with the folder of the calls as the argument. The
kernel reports writes to /proc/sys by inotify(7), and also the files that shims create for each
call. A single inotify queue has both, so the order is exact, however late the helper reads the
queue. Like `ipwrap.sysctl.reader_main`, the helper starts in milliseconds, and needs no third-party
package.

The helper ends at the end of its standard input. The output are records, each ended by a NUL::

    r                       ready: a write is not missed from now on
    s NUMBER                a call has started
    e NUMBER                a call has ended
    w TIME NETNS/PATH VALUE a key has been written; NETNS is empty for the first one
    f TIME NETNS/PATH VALUE a key of a new link or namespace had this value when it was first seen
"""

import ctypes
import os
import select
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.abspath(__file__).rpartition("/ipwrap/")[0])

from ipwrap.sysctl.reader_main import (
    NETNS_DIR,
    PROC_SYS,
    enter,
    make_namespace,
    read_key,
    set_namespace,
)

# Not IN_MODIFY, which comes for opening a file by `>` as well, before the value is written.
IN_CLOSE_WRITE = 0x8
IN_CREATE = 0x100
IN_ONLYDIR = 0x01000000
EVENT = struct.Struct("iIII")  # wd, mask, cookie, length of the name
QUEUE_SIZE = 1 << 18

# The folders with a folder for each link.
LINK_FOLDERS = (
    "net/ipv4/conf",
    "net/ipv4/neigh",
    "net/ipv6/conf",
    "net/ipv6/neigh",
    "net/mpls/conf",
)
# The kernel copies these IPv6 values from `default` to a new link; the other values depend on the
# link's kind: ipv6_add_dev() in net/ipv6/addrconf.c.
COPIED_IPV6_KEYS = ("accept_ra", "disable_ipv6", "forwarding", "proxy_ndp")
# The kernel sets these keys of `lo`: inetdev_init() in net/ipv4/devinet.c.
SET_KEYS = ("disable_policy", "disable_xfrm")
# The keys of a new namespace that are compared with the values of a fresh namespace.
FRESH_KEYS = ("net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding")

SCAN_SHARE = 2  # the pause between two scans for links, as a multiple of a scan's time


class Watcher:
    """Watches the folders of sysctls in every namespace, and the folder of the calls.

    - ``keys``: the namespace and the path of each watched folder, by watch number
    - ``links``: the inode and the watch number of each link's folder: by namespace and parent
      folder, then by link name
    - ``namespaces``: the inodes of the files of the watched namespaces
    - ``pending``: the namespaces in which a call may have made links
    """

    def __init__(self, calls: str) -> None:
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.queue = self.libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        if self.queue < 0:
            raise OSError(ctypes.get_errno(), "inotify_init1")

        self.home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self.calls = calls
        self.keys: dict[int, tuple[str, str]] = {}
        self.links: dict[tuple[str, str], dict[str, tuple[int, int]]] = {}
        self.namespaces: dict[str, int] = {}
        self.pending: set[str] = set()
        self.next_scan = 0.0
        self.fresh = self.read_fresh()
        self.common_folders = list(find_common_folders())
        self.calls_watch = self.add_watch(calls, IN_CREATE)

    def read_fresh(self) -> "dict[str, str]":
        """Return the values of a fresh namespace."""
        try:
            make_namespace()
            values = {path: read_key(path) for path in FRESH_KEYS}
        except OSError:
            return {}
        finally:
            set_namespace(self.home)
        return {path: value for path, value in values.items() if value is not None}

    def add_watch(self, path: str, mask: int) -> int:
        """Watch a folder, and return the watch number; -1 on failure."""
        number: int = self.libc.inotify_add_watch(self.queue, os.fsencode(path), mask | IN_ONLYDIR)
        return number

    def watch_folder(self, netns: str, path: str) -> int:
        """Watch a folder of keys of the present namespace, and return the watch number."""
        number = self.add_watch(PROC_SYS + path, IN_CLOSE_WRITE)
        if number >= 0:
            self.keys[number] = (netns, path)
        return number

    def forget(self, number: int) -> None:
        """Stop watching a deleted folder, since the kernel does not report the deletion."""
        self.keys.pop(number, None)
        self.libc.inotify_rm_watch(self.queue, number)

    def scan(self, netns: str) -> None:
        """Watch the new folders of a namespace, and print the keys that were written before."""
        try:
            inode = os.stat(NETNS_DIR + netns).st_ino if netns else 0
            enter(netns, self.home)
        except OSError:
            self.forget_namespace(netns)
            return

        if netns and self.namespaces.get(netns, inode) != inode:
            self.forget_namespace(netns)
        is_new = netns not in self.namespaces
        self.namespaces[netns] = inode
        if is_new:
            self.scan_common(netns)
        for folder in LINK_FOLDERS:
            self.scan_links(netns, folder, is_new=is_new)
        set_namespace(self.home)

    def scan_common(self, netns: str) -> None:
        """Watch the folders that belong to no link, in a new namespace."""
        for folder in self.common_folders:
            self.watch_folder(netns, folder)

        for path, value in self.fresh.items() if netns else ():
            present_value = read_key(path)
            if present_value not in (None, value):
                report("f", f"{netns}/{path}", value=present_value)

    def scan_links(self, netns: str, folder: str, *, is_new: bool) -> None:
        """Watch the folders of the new links."""
        try:
            with os.scandir(PROC_SYS + folder) as entries:
                inodes = {entry.name: entry.inode() for entry in entries}
        except OSError:
            return

        # A link with the name of a deleted link has another folder.
        watched = self.links.setdefault((netns, folder), {})
        for name, (inode, number) in list(watched.items()):
            if inodes.get(name) != inode:
                del watched[name]
                self.forget(number)

        for name in inodes.keys() - watched.keys():
            number = self.watch_folder(netns, f"{folder}/{name}")
            if number < 0:
                continue
            watched[name] = (inodes[name], number)
            # The script has not written the values of the first namespace at the start.
            if (netns or not is_new) and name not in ("all", "default"):
                self.report_differing(netns, folder, link=name)

    def report_differing(self, netns: str, folder: str, *, link: str) -> None:
        """Print the keys of a link whose values differ from `default`, which the kernel copies."""
        names = list(COPIED_IPV6_KEYS) if folder == "net/ipv6/conf" else None
        if names is None:
            try:
                names = os.listdir(f"{PROC_SYS}{folder}/{link}")
            except OSError:
                return

        for name in names:
            default = read_key(f"{folder}/default/{name}")
            value = read_key(f"{folder}/{link}/{name}")
            if name not in SET_KEYS and None not in (value, default) and value != default:
                report("f", f"{netns}/{folder}/{link}/{name}", value=value)

    def forget_namespace(self, netns: str) -> None:
        """Stop watching a deleted namespace."""
        self.namespaces.pop(netns, None)
        for key in [key for key in self.links if key[0] == netns]:
            del self.links[key]
        for number, (name, _) in list(self.keys.items()):
            if name == netns:
                self.forget(number)

    def scan_pending(self) -> None:
        """Scan the namespaces in which calls may have created links, with pauses between scans."""
        start = time.monotonic()
        if not self.pending or start < self.next_scan:
            return

        for netns in self.pending:
            self.scan(netns)
        self.pending.clear()

        end = time.monotonic()
        self.next_scan = end + SCAN_SHARE * (end - start)

    def note_namespaces(self, call: str) -> None:
        """Note the namespaces that a call names, and the first one, for the next scan."""
        try:
            with open(f"{self.calls}/{call}", encoding="utf-8", errors="surrogateescape") as file:
                words = {word.rpartition("/")[2] for word in file.read().split("\0")}
        except OSError:
            return
        self.pending.update(("", *words.intersection(list_namespaces())))

    def read_events(self) -> bool:
        """Print the events since the last call of this method; return whether there were events."""
        try:
            data = os.read(self.queue, QUEUE_SIZE)
        except BlockingIOError:
            return False

        ended: list[str] = []
        position = 0
        while position < len(data):
            number, mask, _, length = EVENT.unpack_from(data, position)
            position += EVENT.size + length
            name = os.fsdecode(data[position - length : position].rstrip(b"\0"))

            if number == self.calls_watch:
                call, _, suffix = name.partition(".")
                if call.isdecimal() and suffix in ("", "done"):
                    write_record(("e" if suffix else "s") + call)
                    ended += [call] if suffix else []
            elif mask & IN_CLOSE_WRITE and number in self.keys:
                netns, folder = self.keys[number]
                self.report_written(netns, f"{folder}/{name}")

        for call in ended:
            self.note_namespaces(call)
        self.scan_pending()
        return True

    def report_written(self, netns: str, path: str) -> None:
        """Print a written key with its present value."""
        try:
            enter(netns, self.home)
        except OSError:
            return
        value = read_key(path)
        set_namespace(self.home)
        if value is not None:
            report("w", f"{netns}/{path}", value=value)

    def run(self) -> None:
        """Print events until the standard input ends."""
        for netns in ("", *list_namespaces()):
            self.scan(netns)
        write_record("r")
        sys.stdout.buffer.flush()

        poll = select.poll()
        poll.register(self.queue, select.POLLIN)
        poll.register(0, select.POLLIN | select.POLLHUP)
        is_over = False
        while not is_over:
            timeout = 1000 * (self.next_scan - time.monotonic()) if self.pending else None
            ready = poll.poll(None if timeout is None else max(1.0, timeout))
            is_over = any(descriptor == 0 for descriptor, _ in ready)
            if not self.read_events():
                self.scan_pending()

        while self.read_events():
            pass
        for netns in ("", *list_namespaces()):
            self.scan(netns)
        sys.stdout.buffer.flush()


def list_namespaces() -> "list[str]":
    """Return the names of the namespaces."""
    try:
        return os.listdir(NETNS_DIR)
    except OSError:
        return []


def find_common_folders() -> "list[str]":
    """Return the folders of network sysctls that belong to no link."""
    folders = []
    for path, names, _ in os.walk(PROC_SYS + "net"):
        folder = path[len(PROC_SYS) :]
        folders.append(folder)
        if folder in LINK_FOLDERS:
            names.clear()
    return folders


def report(kind: str, key: str, *, value: "str | None") -> None:
    """Print the value of a key, as NETNS/PATH."""
    write_record(f"{kind}{time.time():.6f} {key} {value}")


def write_record(record: str) -> None:
    """Print a record."""
    sys.stdout.buffer.write(record.encode("utf-8", "surrogateescape") + b"\0")


def main(calls: str) -> None:
    """Watch in a second thread: `ip netns pids` of a script only looks at the first thread."""
    thread = threading.Thread(target=lambda: Watcher(calls).run())
    thread.start()
    thread.join()


if __name__ == "__main__":
    main(sys.argv[1])
