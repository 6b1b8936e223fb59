"""Hostnames of nodes: a UTS namespace for each, and its /etc/hostname and /etc/hosts.

`hostname` needs CAP_SYS_ADMIN in the UTS namespace, as root has it, and an ordinary user in a
sandbox. What is made here is undone by `Lab.down`; in a sandbox it is gone with the sandbox.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from attrs import define, field

from ipwrap.errors import InvalidArgument
from ipwrap.lab.hosts import group_by_session
from ipwrap.lab.pools import parse_interface
from ipwrap.places.etc_netns import FOLDER as ETC_FOLDER
from ipwrap.system.uts import FOLDER, enter_uts_argv, split_uts_argv, uts_path

if TYPE_CHECKING:
    from ipwrap.command import Command
    from ipwrap.lab.lab import Lab
    from ipwrap.lab.parts import Node
    from ipwrap.session import Session

__all__ = [
    "HOSTNAME_FILES",
    "Hostnames",
    "check_hostname",
    "is_hostname",
    "live_hostnames",
    "recorded_hostnames",
    "remove_hostnames",
]

HOSTNAME_FILES = ("hostname", "hosts")  # of /etc
MAX_HOSTNAME = 64  # HOST_NAME_MAX, sethostname(2)
LABEL = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
HOSTNAME = re.compile(rf"{LABEL}(\.{LABEL})*")  # hostname(7)

LOCALHOST = """\
127.0.0.1 localhost
::1 localhost ip6-localhost ip6-loopback
"""
OWN_ADDRESS = "127.0.1.1"  # of a node without an address, as on Debian


def is_hostname(name: str) -> bool:
    """Return whether a name is a hostname."""
    return len(name) <= MAX_HOSTNAME and HOSTNAME.fullmatch(name) is not None


def check_hostname(name: str) -> str:
    """Return a hostname. Raises `InvalidArgument` for text that is none."""
    if not isinstance(name, str) or not is_hostname(name):
        raise InvalidArgument(
            f"{name!r} is no hostname: at most {MAX_HOSTNAME} letters, digits, '-' and '.', such "
            "as h1.example"
        )
    return name


@define
class Hostnames:
    """The hostnames that a lab has made, by the names of nodes, and the files it has written.

    - ``made``: None where the file of a UTS namespace is there, and perhaps not the namespace
    - ``files``: the texts by path; "" where the file may not be written yet
    - ``in_etc``: the files that can be bound over, by host: those that /etc has there
    """

    made: dict[str, str | None] = field(factory=dict)
    files: dict[str, str] = field(factory=dict)
    in_etc: dict[str, tuple[str, ...]] = field(factory=dict)

    def paths_of(self, node: "Node") -> list[str]:
        """Return the paths of the files that were written for a node."""
        return [path for path in self.files if path.startswith(f"{ETC_FOLDER}/{node.name}/")]

    def update(self, lab: "Lab") -> None:
        """Make, set or remove what the nodes of a lab declare now.

        ::

            touch /run/utsns/h1
            unshare --uts=/run/utsns/h1 hostname h1.example
            tee /etc/netns/h1/hosts
        """
        nodes = {node.name: node for node in lab.nodes}
        wanted = {name: node.hostname for name, node in nodes.items() if node.hostname}
        dropped = [nodes[name] for name in self.made if name not in wanted]
        remove_hostnames(lab, dropped)
        if not wanted:
            return

        self._make([nodes[name] for name in wanted if name not in self.made])
        for name, hostname in wanted.items():
            if self.made[name] != hostname:
                nodes[name].session.exec(*enter_uts_argv(name), "hostname", hostname)
                self.made[name] = hostname

        lines = "".join(map(_lines_of, lab.nodes))
        files: dict[str, str] = {}
        for session, group in group_by_session(nodes[name] for name in wanted):
            files |= self._write_files(session, group, lines=lines)
        self.files = files

    def _make(self, nodes: "Iterable[Node]") -> None:
        """Make UTS namespaces, each with its hostname."""
        for session, group in group_by_session(nodes):
            session.exec("mkdir", "-p", FOLDER)
            session.exec("touch", *(uts_path(node.name) for node in group))
            self.made.update(dict.fromkeys(node.name for node in group))
            for node in group:
                assert node.hostname is not None
                session.exec("unshare", f"--uts={uts_path(node.name)}", "hostname", node.hostname)
                self.made[node.name] = node.hostname

    def _write_files(
        self, session: "Session", nodes: "list[Node]", *, lines: str
    ) -> dict[str, str]:
        """Write what has changed of the files of nodes of one host, and return all files.

        The same text is written to all of them at once. ``lines`` are those of /etc/hosts.
        """
        files = self._wanted_files(session, nodes, lines=lines)
        paths: dict[str, list[str]] = {}
        for path, text in files.items():
            if self.files.get(path) != text:
                paths.setdefault(text, []).append(path)

        changed = [path for group in paths.values() for path in group]
        folders = dict.fromkeys(path.rpartition("/")[0] for path in changed)
        if folders:
            session.exec("mkdir", "-p", *folders)
        # Also where a command fails, `remove_hostnames` has to know of them.
        self.files |= dict.fromkeys(changed, "")
        for text, group in paths.items():
            session.exec("tee", *group, stdin=text)
            self.files |= dict.fromkeys(group, text)
        return files

    def _wanted_files(
        self, session: "Session", nodes: "list[Node]", *, lines: str
    ) -> dict[str, str]:
        """Return the texts of files by path; a file that a node has declared itself is left out."""
        host = nodes[0].host
        if host not in self.in_etc:
            self.in_etc[host] = tuple(
                name
                for name in HOSTNAME_FILES
                if session.exec("test", "-e", f"/etc/{name}", check=False, changes=False).ok
            )

        files = {}
        for node in nodes:
            texts = {"hostname": f"{node.hostname}\n", "hosts": _hosts_text(node, lines)}
            for name in self.in_etc[host]:
                if name not in node.spec.files:
                    files[f"{ETC_FOLDER}/{node.name}/{name}"] = texts[name]
        return files


def _hosts_text(node: "Node", lines: str) -> str:
    """Return /etc/hosts of a node: localhost, and ``lines`` of all nodes with addresses."""
    own = "" if _lines_of(node) else f"{OWN_ADDRESS} {_names_of(node)}\n"
    return LOCALHOST + own + lines


def _lines_of(node: "Node") -> str:
    """Return a line of /etc/hosts for each address of a node by which others may reach it."""
    names = _names_of(node)
    addresses = [parse_interface(text).ip for text in node.addresses]
    return "".join(
        f"{address} {names}\n"
        for address in addresses
        if names and not address.is_loopback and not address.is_link_local
    )


def _names_of(node: "Node") -> str:
    """Return the names of a node: its hostname, the first label of that, and its own."""
    hostname = node.hostname or node.name
    names = dict.fromkeys((hostname, hostname.partition(".")[0], node.name))
    return " ".join(filter(is_hostname, names))


def remove_hostnames(lab: "Lab", nodes: "Iterable[Node]") -> None:
    """Remove the UTS namespaces of nodes, and the files that were written for them."""
    state = lab.made.hostnames
    for session, named in group_by_session(node for node in nodes if node.name in state.made):
        paths = [uts_path(node.name) for node in named]
        is_complete = all(state.made[node.name] is not None for node in named)
        session.exec("umount", *paths, check=is_complete)
        session.exec("rm", *paths)
        for node in named:
            del state.made[node.name]
        if not any(node.name in state.made for node in lab.nodes if node.host == named[0].host):
            session.exec("rmdir", "--ignore-fail-on-non-empty", FOLDER)
        _remove_files(lab, named, session=session)


def _remove_files(lab: "Lab", nodes: "list[Node]", *, session: "Session") -> None:
    """Remove the files that were written for nodes of a host, and folders that are empty then."""
    folders = {f"{ETC_FOLDER}/{node.name}": node for node in nodes}
    gone = []
    for path in list(lab.made.hostnames.files):
        folder, _, name = path.rpartition("/")
        if folder in folders:
            del lab.made.hostnames.files[path]
            # A file that the node declares itself by now has another text already.
            if name not in folders[folder].spec.files:
                gone.append(path)

    if gone:
        session.exec("rm", "-f", *gone)
        session.exec("rmdir", "--ignore-fail-on-non-empty", *folders)


def live_hostnames(session: "Session") -> dict[str, str]:
    """Return the hostnames of the place of a session by namespace: `nsenter … hostname`."""
    listed = session.exec("ls", FOLDER, check=False, changes=False).stdout.split()
    hostnames = {}
    for name in listed:
        printed = session.exec(*enter_uts_argv(name), "hostname", check=False, changes=False)
        if printed.ok:
            hostnames[name] = printed.stdout.strip()
    return hostnames


def recorded_hostnames(commands: "Iterable[Command]") -> dict[str, str]:
    """Return the hostnames that recorded commands have left, by namespace."""
    hostnames: dict[str, str] = {}
    for command in commands:
        name, program = split_uts_argv(command.argv)
        if name is not None and len(program) == 2 and program[0] == "hostname":
            hostnames[name] = program[1]
        elif program[0] == "umount":
            for path in program[1:]:
                hostnames.pop(path.removeprefix(f"{FOLDER}/"), None)
    return hostnames
