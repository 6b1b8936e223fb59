"""Read a topology file of containerlab, as far as namespaces, bridges and links go.

Nodes of kind linux are nodes, bridges are switches, and lines of `exec` are commands. What belongs
to a container and changes nothing in the network is ignored, and told; anything else is refused by
name.
See https://containerlab.dev/manual/topo-def-file/.
"""

import shlex
from collections.abc import Iterator
from typing import Any

from attrs import define, field

from ipwrap.errors import InvalidArgument
from ipwrap.lab.formats import checks
from ipwrap.lab.formats.document import Document, Item
from ipwrap.lab.formats.value_schemas import Integer, TextTable
from ipwrap.lab.hostnames import is_hostname
from ipwrap.lab.topology import LinkSpec, NodeSpec, PortSpec, Role, Topology
from ipwrap.system.suggestions import did_you_mean

__all__ = ["is_containerlab", "read_containerlab"]

KINDS: dict[str, Role] = {"linux": "node", "bridge": "switch", "ovs-bridge": "switch"}
PROGRAMS = frozenset({"ip", "bridge", "tc", "sysctl", "ping", "ping6"})
OUTSIDE = ("host", "mgmt-net", "macvlan")  # ends that lead out of the lab

TOP_IGNORED = frozenset({"prefix", "mgmt", "settings", "debug", "description"})
NODE_READ = frozenset({"kind", "group", "exec", "sysctls", "cmd", "entrypoint"})
NODE_IGNORED = frozenset(
    {
        *("image", "image-pull-policy", "type", "env", "env-files", "ports", "binds", "labels"),
        *("memory", "cpu", "cpu-set", "shm-size", "user", "cap-add", "devices", "restart-policy"),
        *("mgmt-ipv4", "mgmt-ipv6", "network-mode", "dns", "auto-remove", "runtime", "aliases"),
        *("startup-delay", "position", "graph-icon", "graph-level", "graph-posX", "graph-posY"),
    }
)
LINK_READ = frozenset({"endpoints", "mtu", "type"})
LINK_IGNORED = frozenset({"vars", "labels"})
END_READ = frozenset({"node", "interface"})
END_IGNORED = frozenset({"vars"})
# Programs that only keep a container alive: some with arguments, some only without.
IDLE = frozenset({"sleep", "tail"})
IDLE_ALONE = frozenset({"bash", "sh", "ash", "cat"})

MTU = Integer(minimum=68, maximum=65535)
SYSCTLS = TextTable(checks.check_sysctl)
FORWARDING = {"net.ipv4.ip_forward": "1"}


def is_containerlab(document: Document) -> bool:
    """Return whether a document is in containerlab's format: it has a table `topology`."""
    return isinstance(document.data, dict) and "topology" in document.data


def read_containerlab(document: Document) -> tuple[Topology, list[str]]:
    """Return the topology of a document, and a line for each key that has no effect.

    Raises `LabFileError` for what namespaces and links cannot be.
    """
    reader = Reader(document)
    return reader.read(), reader.notes


@define
class Reader:
    """Reads a document; ``notes`` has a line for each key that has no effect."""

    document: Document
    notes: list[str] = field(factory=list)
    _ignored: dict[str, list[str]] = field(factory=dict)

    def read(self) -> Topology:
        """Return the topology."""
        root = self.document.root
        self._check_keys(root, {"name", "topology"}, ignored=TOP_IGNORED)
        body = _table(root.member("topology"))
        self._check_keys(body, {"nodes", "links", "kinds", "defaults", "groups"})

        links = tuple(self._read_link(item) for item in _members(body, "links"))
        nodes = tuple(self._read_node(item, body, links=links) for item in _members(body, "nodes"))
        self._note_ignored()
        return Topology(name=self._read_name(root), nodes=nodes, links=links)

    def _read_name(self, root: Item) -> str:
        """Return the name of the lab."""
        name = root.get("name")
        if name is None:
            return Topology().name
        try:
            return checks.check_lab_name(str(name.value))
        except InvalidArgument as error:
            raise name.error(str(error)) from error

    def _check_keys(
        self,
        item: Item,
        known: "set[str] | frozenset[str]",
        *,
        ignored: frozenset[str] = frozenset(),
    ) -> None:
        """Collect the keys that have no effect. Raises `LabFileError` for an unknown one."""
        for member in _table(item).members():
            key = str(member.path[-1])
            if key in ignored:
                self._ignored.setdefault(key, []).append(str(item.path[-1]) if item.path else "")
            elif key not in known:
                suggestion = did_you_mean(key, known | ignored)
                raise member.error(f"{key!r} has no counterpart in a lab of ipwrap{suggestion}")

    def _note_ignored(self) -> None:
        """Make a line for each key that has no effect."""
        for key, owners in self._ignored.items():
            names = ", ".join(dict.fromkeys(name for name in owners if name))
            where = f" ({names})" if names else ""
            self.notes.append(f"{self.document.name}: {key} has no effect here{where}")

    # Nodes.

    def _read_node(self, item: Item, body: Item, *, links: tuple[LinkSpec, ...]) -> NodeSpec:
        """Return a node, with what its group, its kind and the defaults say."""
        name = str(item.path[-1])
        try:
            checks.check_node_name(name)
        except InvalidArgument as error:
            raise item.error(str(error)) from error

        tables = self._inherited(item, body)
        role = _read_role(name, tables, item=item)
        for table in tables:
            self._check_keys(table, NODE_READ, ignored=NODE_IGNORED)
        _check_idle(name, tables)
        _check_network(name, tables)

        sysctls = _joined_sysctls(tables)
        # A container forwards, where Docker has made the host do so.
        if role == "node" and _count_ends(name, links) > 1:
            sysctls = FORWARDING | sysctls
        # The hostname of a container is the node's name.
        hostname = name if role == "node" and is_hostname(name) else None
        commands = _commands(name, tables)
        return NodeSpec(name=name, role=role, sysctls=sysctls, commands=commands, hostname=hostname)

    def _inherited(self, item: Item, body: Item) -> list[Item]:
        """Return the tables of a node, most specific first: node, group, kind, defaults."""
        tables = [] if item.value is None else [_table(item)]
        group = _first(tables, "group")
        if group is not None:
            tables += _named_table(body, "groups", name=str(group.value))

        defaults = body.get("defaults")
        defaults_tables = [] if defaults is None else [_table(defaults)]
        kind = _first([*tables, *defaults_tables], "kind")
        if kind is not None:
            tables += _named_table(body, "kinds", name=str(kind.value))
        return tables + defaults_tables

    # Links.

    def _read_link(self, item: Item) -> LinkSpec:
        """Return a link: a veth pair."""
        self._check_keys(item, LINK_READ, ignored=LINK_IGNORED)
        kind = item.get("type")
        if kind is not None and kind.value != "veth":
            raise kind.error(
                f"a link of type {kind.value!r} leads out of the lab; only veth can be"
            )

        ends = item.get("endpoints")
        if ends is None:
            raise item.error("the key endpoints is missing: the two ends of the link")
        if not isinstance(ends.value, list) or len(ends.value) != 2:
            raise ends.error("is no list of two ends such as ['h1:eth1', 'h2:eth1']")

        first, second = [self._read_end(end) for end in ends.members()]
        mtu = item.get("mtu")
        return LinkSpec(ends=(first, second), mtu=None if mtu is None else MTU.read(mtu))

    def _read_end(self, item: Item) -> PortSpec:
        """Return an end: "h1:eth1", or a table of node and interface.

        It has no addresses: the commands of the nodes add them.
        """
        value: Any = item.value
        if isinstance(value, dict):
            self._check_keys(item, END_READ, ignored=END_IGNORED)
            value = f"{value.get('node')}:{value.get('interface')}"
        try:
            node, interface = checks.split_end(checks.check_end(str(value)))
        except InvalidArgument as error:
            raise item.error(str(error)) from error

        if node in OUTSIDE:
            raise item.error(f"{value!r} leads out of the lab; a lab of ipwrap ends at its nodes")
        return PortSpec(node=node, interface=interface, addresses=())


def _table(item: Item) -> Item:
    """Return an item that is a table. Raises `LabFileError` for another one."""
    if not isinstance(item.value, dict):
        raise item.error(f"is {item.kind}, and should be a table")
    return item


def _members(body: Item, key: str) -> Iterator[Item]:
    """Yield the members of `nodes` or of `links`; none where there is no such key."""
    item = body.get(key)
    if item is None:
        return
    if not isinstance(item.value, (dict, list)):
        raise item.error(f"is {item.kind}, and should be a table or a list")
    yield from item.members()


def _named_table(body: Item, section: str, *, name: str) -> list[Item]:
    """Return the table of a kind or a group, if there is one."""
    tables = body.get(section)
    table = None if tables is None else _table(tables).get(name)
    return [] if table is None else [_table(table)]


def _first(tables: list[Item], key: str) -> Item | None:
    """Return the value of a key in the first table that has it."""
    values = (table.get(key) for table in tables)
    return next((value for value in values if value is not None), None)


def _read_role(name: str, tables: list[Item], *, item: Item) -> Role:
    """Return the role of a node, by its kind."""
    kind = _first(tables, "kind")
    if kind is None:
        raise item.error(f"node {name}: the key kind is missing; there are {', '.join(KINDS)}")
    if kind.value not in KINDS:
        raise kind.error(
            f"node {name}: kind {kind.value!r} is a container image, and a lab of ipwrap has "
            f"none; there are the kinds {', '.join(KINDS)}"
        )
    return KINDS[kind.value]


def _check_idle(name: str, tables: list[Item]) -> None:
    """Raise `LabFileError` for a program that the container would run, such as /sbin/init."""
    for key in ("cmd", "entrypoint"):
        command = _first(tables, key)
        if command is None:
            continue
        program, *arguments = str(command.value).split() or ["sleep"]
        name_of_program = program.rpartition("/")[2]
        is_idle = name_of_program in IDLE or (name_of_program in IDLE_ALONE and not arguments)
        if not is_idle:
            raise command.error(
                f"node {name}: {command.value!r} is a program of the container's image, and a lab "
                "of ipwrap has none"
            )


def _check_network(name: str, tables: list[Item]) -> None:
    """Raise `LabFileError` for a node without a network namespace of its own."""
    mode = _first(tables, "network-mode")
    if mode is not None and str(mode.value).partition(":")[0] in ("host", "container"):
        raise mode.error(
            f"node {name}: network-mode {mode.value!r} is the network of another one; each node of "
            "a lab of ipwrap has its own"
        )


def _joined_sysctls(tables: list[Item]) -> dict[str, str]:
    """Return the sysctls of a node; those of more specific tables override others."""
    sysctls: dict[str, str] = {}
    for table in reversed(tables):
        item = table.get("sysctls")
        if item is not None:
            sysctls |= SYSCTLS.read(item)
    return sysctls


def _count_ends(name: str, links: tuple[LinkSpec, ...]) -> int:
    """Return the number of a node's links."""
    return sum(end.node == name for link in links for end in link.ends)


def _commands(name: str, tables: list[Item]) -> tuple[str, ...]:
    """Return the lines that run in a node: those of the defaults come first."""
    lines: list[str] = []
    for table in reversed(tables):
        item = table.get("exec")
        if item is None:
            continue
        if not isinstance(item.value, list):
            raise item.error(f"is {item.kind}, and should be a list of lines")
        lines += [_read_command(line, name) for line in item.members()]
    return tuple(lines)


def _read_command(item: Item, name: str) -> str:
    """Return a line of `exec`. Raises `LabFileError` for a program that an image would have."""
    line = str(item.value).strip()
    try:
        checks.check_program(line)
    except InvalidArgument as error:
        raise item.error(f"node {name}: {error}") from error

    program = shlex.split(line)[0]
    if program not in PROGRAMS:
        raise item.error(
            f"node {name}: {line!r} runs a program of the container's image; only "
            f"{', '.join(sorted(PROGRAMS))} are run"
        )
    return line
