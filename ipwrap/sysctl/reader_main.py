"""The helper program inside a place: reads the sysctls of namespaces, all by one process.

`ipwrap.sysctl.reading` runs it. It imports nothing of ipwrap, and little of Python: it has to start
in milliseconds, and perhaps runs as another user. /proc/sys/net shows the namespace of the thread
that opens a file (net/sysctl_net.c of Linux), so that entering a namespace is enough.

Keys are paths below /proc/sys. Request and reply are records with a NUL behind each; the first
character tells the kind. The request, on stdin::

    m PATH          a key to read in every namespace
    l FAMILY NAME   a key of every link
    a               list the keys of links also where they have the value of `default`
    n NAME          a namespace, or the path of one; the empty name is the first one
    k PATH          a further key of that namespace
    f               make a fresh namespace, and read it with all keys
    p               look for packet filters, unless that loads the module of nftables
    P               look for packet filters in any case: a program has used them

The reply, on stdout::

    n NAME          a namespace that was read
    f               the fresh one
    v PATH VALUE    a key of it
    t               it has tables of nftables
    y FAMILY        it has legacy tables of iptables
"""

import os
import sys

NETNS_DIR = os.path.realpath("/var/run") + "/netns/"
PROC_SYS = "/proc/sys/"
CLONE_NEWNET = 0x40000000
NETLINK_NETFILTER = 12
NFT_GETTABLE, NFT_NEWTABLE = 0x0A01, 0x0A00  # NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_…
NLM_F_REQUEST_DUMP = 0x301
REPLY_SIZE = 1 << 16
VALUE_SIZE = 1 << 16  # more than the kernel prints of any key
REPLY_SECONDS = 5.0
# They exist where the module is loaded, and list the tables of the namespace.
LEGACY_LISTS = {"ip": "/proc/self/net/ip_tables_names", "ip6": "/proc/self/net/ip6_tables_names"}


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


def call_libc(name: str, *arguments: int) -> None:
    """Call a function of the C library that returns 0. Raises `OSError`."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def read_key(path: str, *, folder: "int | None" = None) -> "str | None":
    """Return the value of a key; None for one that is missing, or that cannot be read.

    With the descriptor of a ``folder``, the path is relative to it.
    """
    # Not by open(), which takes twice as long: a thousand namespaces have a hundred keys each.
    flags = os.O_RDONLY | os.O_CLOEXEC
    try:
        fd = os.open(PROC_SYS + path if folder is None else path, flags, dir_fd=folder)
    except OSError:
        return None

    try:
        value = os.read(fd, VALUE_SIZE)
    except OSError:
        return None
    finally:
        os.close(fd)
    return " ".join(value.decode("utf-8", "surrogateescape").split())


class Folders:
    """The folders below /proc/sys of the present namespace that have folders inside, opened once.

    The kernel keeps one list of the entries `net/ipv4` of all namespaces, and walks through it for
    each path that leads there: proc_sys_compare() in fs/proc/proc_sysctl.c. With a thousand
    namespaces that takes longer than all the rest.
    """

    def __init__(self) -> None:
        self.descriptors: dict[str, int] = {}

    def parent(self, path: str) -> "int | None":
        """Return the descriptor of the folder that a path is in; None for /proc/sys itself.

        Raises `OSError` for a missing folder.
        """
        folder = path.rpartition("/")[0]
        if folder and folder not in self.descriptors:
            self.descriptors[folder] = self.open(folder)
        return self.descriptors.get(folder)

    def open(self, path: str) -> int:
        """Open a folder. Raises `OSError` for a missing one."""
        parent = self.parent(path)
        name = PROC_SYS + path if parent is None else path.rpartition("/")[2]
        return os.open(name, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY, dir_fd=parent)

    def read(self, path: str, names: "list[str]") -> "dict[str, str]":
        """Return the values of the keys in a folder that can be read, by path."""
        is_kept = path in self.descriptors
        try:
            folder = self.descriptors[path] if is_kept else self.open(path)
        except OSError:
            return {}

        values = {f"{path}/{name}": read_key(name, folder=folder) for name in names}
        if not is_kept:
            os.close(folder)
        return {key: value for key, value in values.items() if value is not None}

    def links(self, path: str) -> "list[str]":
        """Return the names of the links that have a folder in this one."""
        try:
            names = os.listdir(self.parent(f"{path}/all"))
        except OSError:
            return []
        return sorted(set(names) - {"all", "default"})

    def close(self) -> None:
        """Close all folders."""
        for descriptor in self.descriptors.values():
            os.close(descriptor)
        self.descriptors.clear()


def read_keys(paths: "list[str]", *, folders: Folders) -> "dict[str, str]":
    """Return the values of those keys that can be read."""
    values = {}
    for path in paths:
        folder, _, name = path.rpartition("/")
        values.update(folders.read(folder, [name]))
    return values


def read_links(
    family: str, names: "list[str]", *, folders: Folders, all_links: bool = False
) -> "dict[str, str]":
    """Return the keys of `all` and `default`, and of each link those that differ from `default`.

    With ``all_links``, all keys of each link.
    """
    folder = f"net/{family}/conf"
    values = {}
    for group in ("all", "default"):
        values.update(folders.read(f"{folder}/{group}", names))

    for link in folders.links(folder):
        link_values = folders.read(f"{folder}/{link}", names)
        for name in names:
            value = link_values.get(f"{folder}/{link}/{name}")
            default_value = values.get(f"{folder}/default/{name}")
            if value is not None and (all_links or value != default_value):
                values[f"{folder}/{link}/{name}"] = value
    return values


def has_nft_module() -> bool:
    """Return whether the module of nftables is loaded, or the kernel has no modules at all."""
    if os.path.exists("/sys/module/nf_tables"):
        return True
    try:
        with open("/proc/modules", "rb") as file:
            return not file.read(1)
    except OSError:
        return True


def has_nft_tables() -> bool:
    """Return whether the present namespace has a table of nftables; loads the module."""
    import socket
    import struct

    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as sock:
            sock.settimeout(REPLY_SECONDS)
            # struct nlmsghdr: the length of the message, type, flags, sequence number, port.
            header = struct.pack("=IHHII", 20, NFT_GETTABLE, NLM_F_REQUEST_DUMP, 1, 0)
            any_family = bytes(4)  # struct nfgenmsg
            sock.send(header + any_family)
            reply = sock.recv(REPLY_SIZE)
    except OSError:
        return False
    # The first message is a table, the end of the list, or an error: bytes 4 and 5 are its type.
    return len(reply) >= 6 and int.from_bytes(reply[4:6], sys.byteorder) == NFT_NEWTABLE


def legacy_families() -> "list[str]":
    """Return the families with legacy tables of iptables in the present namespace."""
    families = []
    for family, path in LEGACY_LISTS.items():
        try:
            with open(path, encoding="ascii") as file:
                names = file.read()
        except OSError:
            continue
        if names.strip():
            families.append(family)
    return families


def read_namespace(
    keys: "list[str]",
    links: "dict[str, list[str]]",
    *,
    all_links: bool = False,
    nft: bool = False,
    legacy: bool = False,
) -> str:
    """Return the records of the present namespace.

    ``all_links``: see `read_links`. ``nft`` and ``legacy``: look for tables of nftables, for legacy
    tables of iptables.
    """
    folders = Folders()
    try:
        values = {}
        for family, names in links.items():
            values.update(read_links(family, names, folders=folders, all_links=all_links))
        values.update(read_keys(keys, folders=folders))
    finally:
        folders.close()

    records = [f"v{path} {value}" for path, value in values.items()]
    if nft and has_nft_tables():
        records.append("t")
    if legacy:
        records += [f"y{family}" for family in legacy_families()]
    return "".join(f"{record}\0" for record in records)


def read_request(request: str) -> "tuple[list[str], dict[str, list[str]], dict[str, list[str]]]":
    """Return the keys of every namespace, those of links by family, and those by namespace."""
    main_keys: list[str] = []
    links: dict[str, list[str]] = {}
    namespaces: dict[str, list[str]] = {}

    keys = main_keys  # of the last namespace, once there is one
    for record in request.split("\0"):
        kind, rest = record[:1], record[1:]
        if kind == "m":
            main_keys.append(rest)
        elif kind == "l":
            family, _, name = rest.partition(" ")
            links.setdefault(family, []).append(name)
        elif kind == "n":
            keys = namespaces.setdefault(rest, [])
        elif kind == "k":
            keys.append(rest)
    return main_keys, links, namespaces


def enter(name: str, home: int) -> None:
    """Enter a namespace by its name. Raises `OSError` for one that is gone, or of another user."""
    if not name:
        set_namespace(home)
        return

    fd = os.open(os.path.join(NETNS_DIR, name), os.O_RDONLY | os.O_CLOEXEC)
    try:
        set_namespace(fd)
    finally:
        os.close(fd)


def main() -> None:
    """Read a request, and print the reply."""
    request = sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
    main_keys, links, namespaces = read_request(request)
    flags = request.split("\0")
    loads_nft = "P" in flags
    legacy = loads_nft or "p" in flags
    nft = loads_nft or (legacy and has_nft_module())
    reply = ""

    home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    for name, keys in namespaces.items():
        try:
            enter(name, home)
        except OSError:
            continue
        reply += f"n{name}\0" + read_namespace(
            main_keys + keys, links, all_links="a" in flags, nft=nft, legacy=legacy
        )

    if "f" in flags:
        set_namespace(home)
        make_namespace()
        further_keys = set().union(*namespaces.values())
        reply += "f\0" + read_namespace(main_keys + sorted(further_keys), links)

    sys.stdout.buffer.write(reply.encode("utf-8", "surrogateescape"))


if __name__ == "__main__":
    main()
