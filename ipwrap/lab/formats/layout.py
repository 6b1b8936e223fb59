"""The format of a file of a lab, declared once: for reading, for writing, and for its schema."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from attrs import asdict

from ipwrap.lab.formats import checks
from ipwrap.lab.formats.value_schemas import (
    Choice,
    Converted,
    Field,
    Flag,
    Integer,
    ListOf,
    OneOf,
    Record,
    TableOf,
    Text,
    TextTable,
    ValueSchema,
)
from ipwrap.lab.hostnames import check_hostname
from ipwrap.lab.names import check_host_name
from ipwrap.lab.pools import check_underlay
from ipwrap.lab.topology import (
    HostSpec,
    LinkSpec,
    NodeSpec,
    PortSpec,
    ProcessSpec,
    Role,
    RouteMode,
    Topology,
)
from ipwrap.options.table import options_of
from ipwrap.qdiscs.netem import Netem

__all__ = ["LAB", "AnyValue"]

DEALT = "auto"  # addresses that are dealt from the pools
NO_NETEM = "none"
MIN_MTU, MAX_MTU = 68, 65535  # ETH_MIN_MTU and ETH_MAX_MTU, as of a veth
MAX_PORT = 65535

ADDRESS = Text("an address such as 10.0.0.1/24", checks.check_address, ("10.0.0.1/24",))
ADDRESSES = ListOf(ADDRESS)
ROUTE = Text("the words behind `ip route add`", checks.check_route, ("default via 10.0.0.1",))
COMMAND = Text("a line such as ping -c 1 h2", checks.check_command, ("ping -c 1 10.0.0.2",))
HOSTNAME = Text("a hostname such as h1.example", check_hostname, ("h1.example",))
PROGRAM = Text("a line such as sleep 100", checks.check_program, ("sleep 100",))


class AnyValue:
    """A value of any type, for a table whose options check their values."""

    types = (str, int, float, bool, list)

    def read(self, item: Any) -> Any:
        """Return the value; a list becomes a tuple."""
        return tuple(item.value) if isinstance(item.value, list) else item.value

    def write(self, value: Any) -> Any:
        """Return the value."""
        return value

    def json_schema(self) -> dict[str, Any]:
        """Return the JSON Schema."""
        return {"type": ["string", "number", "boolean", "array"]}


# A process: a line, or a table.

PROCESS_RECORD = Record(
    (
        Field("line", PROGRAM, "The program and its arguments.", is_required=True),
        Field("name", Text("a name"), "Its name in lists and recordings."),
        Field(
            "ready_port",
            Integer(minimum=1, maximum=MAX_PORT),
            "The TCP port on which it listens when it is ready.",
        ),
    )
)


def _decode_process(value: str | Mapping[str, Any]) -> ProcessSpec:
    """Return the process of a line, or of a table."""
    return ProcessSpec(line=value) if isinstance(value, str) else ProcessSpec(**value)


PROCESS = Converted(
    OneOf(
        (PROGRAM, PROCESS_RECORD),
        index_for=lambda value: 0 if isinstance(value, str) else 1,
        wanted="a line, or a table with a line",
    ),
    decode=_decode_process,
    encode=lambda spec: asdict(spec) if spec.name or spec.ready_port else spec.line,
)

# A host of a lab over several. Its name is its key.

HOST = Text("the name of a host", examples=("lab1",))
HOST_RECORD = Record(
    (
        Field(
            "ssh",
            Text("a destination of ssh", checks.check_destination, ("root@lab1",)),
            "How it is reached: any destination of ssh(1).",
            is_required=True,
        ),
        Field(
            "underlay",
            Text("an address such as 192.0.2.1", check_underlay, ("192.0.2.1",)),
            "Its address in the network between the hosts, which carries their links.",
        ),
        Field("sudo", Flag(), "Run everything there as root, by `sudo -n`.", default=False),
    )
)
HOSTS: ValueSchema = TableOf(
    Converted(
        HOST_RECORD,
        decode=dict,
        encode=lambda spec: {name: getattr(spec, name) for name in ("ssh", "underlay", "sudo")},
    ),
    check_host_name,
)

# A node. Its name is its key.

NODE_RECORD = Record(
    (
        Field(
            "role",
            Choice(get_args(Role)),
            "A switch has a bridge, whose ports are its links; a router forwards packets.",
            "node",
        ),
        Field("addresses", ADDRESSES, "Of a switch's bridge, or of a node's lo.", ()),
        Field("routes", ListOf(ROUTE), "Routes: the words behind `ip route add`.", ()),
        Field("sysctls", TextTable(checks.check_sysctl), "Sysctls by name.", {}),
        Field("hostname", HOSTNAME, "The hostname, with an /etc/hosts of all nodes."),
        Field("files", TextTable(checks.check_etc_file), "Files of its /etc, by name.", {}),
        Field("commands", ListOf(COMMAND), "Lines that run when all links are up.", ()),
        Field("processes", ListOf(PROCESS), "Background processes.", ()),
        Field("host", HOST, "Its host, in a lab over several; by default that of place."),
    )
)


def _encode_node(node: NodeSpec) -> dict[str, Any]:
    """Return the values of a node by key."""
    return {name: getattr(node, name) for name in (field.name for field in NODE_RECORD.fields)}


# A link. What belongs to an end is a list of two, in the order of the ends.

NETEM_TABLE = Converted(
    Record(
        tuple(Field(option.name, AnyValue(), "An option of netem.") for option in options_of(Netem))
    ),
    decode=lambda values: Netem(**values),
    encode=lambda netem: asdict(netem),
)
NETEM = OneOf(
    (
        Converted(
            Text("words of netem such as 'delay 10ms'", examples=("delay 10ms loss 1%", NO_NETEM)),
            decode=lambda text: None if text == NO_NETEM else checks.parse_netem(text),
            encode=lambda netem: NO_NETEM if netem is None else checks.format_netem(netem),
        ),
        NETEM_TABLE,
    ),
    index_for=lambda _: 0,
    wanted="words such as 'delay 10ms', or a table of options",
)
END_ADDRESSES = OneOf(
    (
        ADDRESSES,
        Converted(
            Text(f"an address, or {DEALT!r}", examples=(DEALT, "10.0.0.1/24")),
            decode=lambda text: None if text == DEALT else (checks.check_address(text),),
            encode=lambda _: DEALT,
        ),
    ),
    index_for=lambda addresses: 0 if addresses is not None else 1,
    wanted=f"a list of addresses, an address, or {DEALT!r}",
)


def _netem_pair(value: Any) -> tuple[Netem | None, ...]:
    """Return netem at both ends: what is given once is for both."""
    return value if isinstance(value, tuple) else (value, value)


def _netem_index(value: Sequence[Any]) -> int:
    """Return the index of the schema that writes netem of two ends: once if it is the same."""
    return 1 if value[0] != value[1] else 0


BOTH_NETEM = Converted(
    OneOf(
        (
            Converted(NETEM, decode=lambda netem: netem, encode=lambda pair: pair[0]),
            ListOf(NETEM, length=2),
        ),
        index_for=_netem_index,
        wanted="words such as 'delay 10ms', or a list of two",
    ),
    decode=_netem_pair,
    encode=lambda pair: pair,
)

LINK_RECORD = Record(
    (
        Field(
            "ends",
            ListOf(
                Text("a node, or node:link", checks.check_end, ("h1", "h1:eth0")),
                length=2,
            ),
            "The two nodes, each with the name of its link behind a colon, or without.",
            is_required=True,
        ),
        Field(
            "addresses",
            ListOf(END_ADDRESSES, length=2),
            f"The addresses of each end; {DEALT!r} deals them from the pools.",
            (None, None),
        ),
        Field("mtu", Integer(minimum=MIN_MTU, maximum=MAX_MTU), "The MTU of both ends, in bytes."),
        Field(
            "netem",
            BOTH_NETEM,
            "What tc's netem does to the packets that leave an end; a list of two is for each end.",
            (None, None),
        ),
        Field(
            "netem_to",
            ListOf(TableOf(NETEM, checks.check_node_name), length=2),
            "As netem, at each end, for what goes to the addresses of a node: by its name.",
            ({}, {}),
        ),
    )
)


def _decode_link(values: Mapping[str, Any]) -> LinkSpec:
    """Return the link of a table."""
    first, second = [
        PortSpec(
            node=node, interface=interface, addresses=addresses, netem=netem, netem_to=netem_to
        )
        for (node, interface), addresses, netem, netem_to in zip(
            map(checks.split_end, values["ends"]),
            values["addresses"],
            values["netem"],
            values["netem_to"],
            strict=True,
        )
    ]
    return LinkSpec(ends=(first, second), mtu=values["mtu"])


def _encode_link(link: LinkSpec) -> dict[str, Any]:
    """Return the values of a link by key."""
    return {
        "ends": [
            end.node if end.interface is None else f"{end.node}:{end.interface}"
            for end in link.ends
        ],
        "addresses": tuple(end.addresses for end in link.ends),
        "mtu": link.mtu,
        "netem": tuple(end.netem for end in link.ends),
        "netem_to": tuple(dict(end.netem_to) for end in link.ends),
    }


LINK = Converted(LINK_RECORD, decode=_decode_link, encode=_encode_link)
NODES: ValueSchema = TableOf(
    Converted(NODE_RECORD, decode=dict, encode=_encode_node), checks.check_node_name
)

# The whole file.

LAB_RECORD = Record(
    (
        Field(
            "name",
            Text("a name", checks.check_lab_name, pattern=r"^[\w+-][\w.+-]*$"),
            "The lab's name; that of the file, if there is none.",
        ),
        Field(
            "pools",
            ListOf(Text("a prefix such as 10.0.0.0/16", checks.check_pool, ("10.0.0.0/16",))),
            "The prefixes from which addresses are dealt, one of each family.",
            (),
        ),
        Field(
            "routes",
            Choice(get_args(RouteMode)),
            "With auto, nodes with dealt addresses have a default route by their one router.",
            "auto",
        ),
        Field("hostnames", Flag(), "Every node has a hostname: its name, if no other.", False),
        Field("hosts", HOSTS, "The hosts of a lab over several, by name.", {}),
        Field(
            "place",
            TableOf(HOST, str),
            "The hosts of nodes that name none: by patterns, of which the first match counts.",
            {},
        ),
        Field("nodes", NODES, "The nodes by name.", {}),
        Field("links", ListOf(LINK), "The links between nodes.", ()),
    ),
    ignored=("$schema",),
)


def _decode_topology(values: Mapping[str, Any]) -> Topology:
    """Return the topology of a file."""
    nodes = tuple(NodeSpec(name=name, **node) for name, node in values["nodes"].items())
    hosts = tuple(HostSpec(name=name, **host) for name, host in values["hosts"].items())
    named = {} if values["name"] is None else {"name": values["name"]}
    return Topology(**(dict(values) | {"nodes": nodes, "hosts": hosts} | named))


def _encode_topology(topology: Topology) -> dict[str, Any]:
    """Return the values of a topology by key."""
    return {
        "name": topology.name,
        "pools": topology.pools,
        "routes": topology.routes,
        "hostnames": topology.hostnames,
        "hosts": {host.name: host for host in topology.hosts},
        "place": topology.place,
        "nodes": {node.name: node for node in topology.nodes},
        "links": topology.links,
    }


LAB = Converted(LAB_RECORD, decode=_decode_topology, encode=_encode_topology)
