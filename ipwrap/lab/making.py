"""Make and delete the nodes and links of a lab: the commands, as calls of verbs.

A batch block sends the changes of several namespaces side by side; programs, such as sysctl(8),
wait for the changes before. So what needs programs comes first and last.
"""

import re
import shlex
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from attrs import define, field

from ipwrap import until
from ipwrap.errors import InvalidArgument
from ipwrap.kinds.bridge import Bridge
from ipwrap.kinds.link_options import LinkOptions
from ipwrap.kinds.veth import Veth
from ipwrap.lab.dealing import Segment
from ipwrap.lab.files import remove_files, write_files
from ipwrap.lab.names import BRIDGE
from ipwrap.lab.parts import ROUTER_SYSCTLS, LabLink, Node, Port
from ipwrap.lab.pools import parse_interface
from ipwrap.lab.shaping import is_shaped, shape_port
from ipwrap.lab.topology import ProcessSpec
from ipwrap.sessions.cables import add_address

if TYPE_CHECKING:
    from ipwrap.lab.lab import Lab

__all__ = [
    "automatic_routes",
    "declared_routes",
    "default_dev",
    "delete_links",
    "delete_nodes",
    "gateway_routes",
    "make_all",
    "restore_port",
    "restore_sysctls",
    "run_line",
    "set_mtu",
    "set_sysctls",
    "spawn_process",
]

DEFAULT_MTU = 1500
KEY_OF_LINK = re.compile(r"net[./](?:ipv4|ipv6)[./](?:conf|neigh)[./](?!all[./]|default[./])")


def _make_hubs(lab: "Lab", nodes: Sequence[Node]) -> None:
    """Make switches, routers and nodes with sysctls or files, up to what precedes the links."""
    session = lab.session
    with session.open_batch():
        for node in nodes:
            session.ip.netns.add(node.name)
        for node in nodes:
            node.netns.ip.link.set("lo", up=True)

    # The defaults of links count for links that are made afterwards.
    for node in nodes:
        own = {key: value for key, value in node.sysctls.items() if not KEY_OF_LINK.match(key)}
        set_sysctls(node, own)
        write_files(node, node.spec.files)

    with session.open_batch():
        for node in nodes:
            if node.role == "switch":
                node.netns.ip.link.add(BRIDGE, Bridge(), up=True)
            for address in node.spec.addresses:
                add_address(node.netns.ip, address, dev=default_dev(node))


def default_dev(node: Node) -> str:
    """Return the link of a node's own addresses."""
    return BRIDGE if node.role == "switch" else "lo"


def set_sysctls(node: Node, values: "dict[str, str]") -> None:
    """Write sysctls of a node, and note their first values, for `restore_sysctls`."""
    for key, value in values.items():
        if key not in ROUTER_SYSCTLS and (node.name, key) not in node.lab.first_values:
            node.lab.first_values[node.name, key] = node.sysctl.get(key)
        node.sysctl.set(key, value)


def restore_sysctls(node: Node, keys: Iterable[str]) -> None:
    """Write the values of sysctls that they had before the lab wrote them; 0 is forwarding's."""
    for key in keys:
        node.sysctl.set(key, node.lab.first_values.pop((node.name, key), 0))


@define
class Progress:
    """What has been made on the way: pairs, ends that are up, and nodes that have their routes."""

    pairs: set[LabLink] = field(factory=set)
    ports: set[Port] = field(factory=set)
    nodes: set[Node] = field(factory=set)


def make_all(
    lab: "Lab",
    nodes: Sequence[Node],
    *,
    links: Sequence[LabLink],
    segments: Sequence[Segment],
) -> None:
    """Make nodes and links, and finish the nodes.

    Most nodes of a large lab are leaves, each of which is finished before the next: a worker runs
    in each namespace, and only so many are kept.
    """
    leaves = [node for node in nodes if _is_leaf(node)]
    _make_hubs(lab, [node for node in nodes if not _is_leaf(node)])

    progress = Progress()
    with lab.session.open_batch():
        routes = automatic_routes(lab, leaves, segments=segments)
        _make_leaves(lab, leaves, links=links, routes=routes, progress=progress)
        _make_links(links, progress)

    for link in links:
        for port in link.ports:
            if is_shaped(port.spec):
                shape_port(lab, port)

    _start_nodes(lab, nodes, segments=segments, progress=progress)


def _is_leaf(node: Node) -> bool:
    """Return whether a node has nothing that has to precede its links."""
    return node.role == "node" and not node.sysctls and not node.spec.files


def _make_leaves(
    lab: "Lab",
    leaves: Sequence[Node],
    *,
    links: Sequence[LabLink],
    routes: dict[Node, list[str]],
    progress: Progress,
) -> None:
    """Make the leaves one after the other, each with its links to nodes that are there."""
    links_of: dict[Node, list[LabLink]] = {node: [] for node in leaves}
    for link in links:
        for node in {port.node for port in link.ports}:
            if node in links_of:
                links_of[node].append(link)

    missing = set(leaves)
    for node in leaves:
        _make_namespace(lab, node)
        missing.remove(node)
        own = [link for link in links_of[node] if not missing & {p.node for p in link.ports}]

        for link in own:
            _make_pair(link)
        progress.pairs.update(own)
        for port in (port for link in own for port in link.ports if port.node is node):
            _configure(port)
            progress.ports.add(port)

        if own == links_of[node]:
            _add_routes(lab, node, gateways=routes.get(node, []))
            progress.nodes.add(node)


def _make_namespace(lab: "Lab", node: Node) -> None:
    """Make the namespace of a leaf, with `lo` up."""
    lab.session.ip.netns.add(node.name)
    ip = node.netns.ip
    ip.link.set("lo", up=True)
    for address in node.spec.addresses:
        add_address(ip, address, dev="lo")


def _make_links(links: Sequence[LabLink], progress: Progress) -> None:
    """Make the pairs that are missing, and then what is set of ends, namespace by namespace."""
    for link in links:
        if link not in progress.pairs:
            _make_pair(link)
    for port in _sorted_by_node(links):
        if port not in progress.ports:
            _configure(port)


def _make_pair(link: LabLink) -> None:
    """Make the veth pair of a link: in a switch, if it has one, whose worker has most to do."""
    options: LinkOptions = {} if link.mtu is None else {"mtu": link.mtu}
    near = link.pulled_port
    far = next(port for port in link.ports if port is not near)

    peer_netns = None if far.node is near.node else far.node.name
    pair = Veth(peer=far.name, peer_netns=peer_netns, peer_options=options)
    near.ip.link.add(near.name, pair, **options)


def _sorted_by_node(links: Sequence[LabLink]) -> list[Port]:
    """Return the ends of links, those of a node together, in the order of the links."""
    ports: dict[Node, list[Port]] = {}
    for link in links:
        for port in link.ports:
            ports.setdefault(port.node, []).append(port)

    return [port for own in ports.values() for port in own]


def _configure(port: Port) -> None:
    """Make the end of a switch a port of its bridge, add the addresses, and set the end up."""
    ip = port.ip
    if port.node.role == "switch":
        ip.link.set(port.name, master=BRIDGE)
    for address in port.addresses:
        add_address(ip, address, dev=port.name)
    ip.link.set(port.name, up=True)


def _start_nodes(
    lab: "Lab", nodes: Sequence[Node], *, segments: Sequence[Segment], progress: Progress
) -> None:
    """Finish nodes whose links are up: sysctls of links, routes, processes, commands."""
    for node in nodes:
        own = {key: value for key, value in node.sysctls.items() if KEY_OF_LINK.match(key)}
        set_sysctls(node, own)

    with lab.session.open_batch():
        for node in nodes:
            if node not in progress.nodes:
                _add_routes(lab, node, gateways=[])
        # Of all nodes: the first router of a segment may have come with the new ones.
        for node, gateways in automatic_routes(lab, lab.nodes, segments=segments).items():
            _add_gateways(lab, node, gateways=gateways)

    _run_programs(nodes)


def _run_programs(nodes: Sequence[Node]) -> None:
    """Start the background processes of all nodes, and then run their commands."""
    for node in nodes:
        for process in node.spec.processes:
            spawn_process(node, process)

    for node in nodes:
        for line in node.spec.commands:
            run_line(node, line)


def _add_routes(lab: "Lab", node: Node, *, gateways: Sequence[str]) -> None:
    """Add the routes of a node, and default routes by gateways."""
    for line in node.spec.routes:
        node.netns.run(f"ip route add {line}")
    _add_gateways(lab, node, gateways=gateways)


def _add_gateways(lab: "Lab", node: Node, *, gateways: Sequence[str]) -> None:
    """Add default routes, where the lab has not done so before.

    A router that comes to an earlier segment takes the place of the one that was the gateway.
    """
    own = lab.gateways.setdefault(node.name, [])
    for gateway in gateways:
        if gateway in own:
            continue
        others = [other for other in own if (":" in other) == (":" in gateway)]
        route = node.netns.ip.route
        (route.replace if others else route.add)("default", via=gateway)
        own[:] = [*(other for other in own if other not in others), gateway]


def automatic_routes(
    lab: "Lab", nodes: Iterable[Node], *, segments: Iterable[Segment]
) -> dict[Node, list[str]]:
    """Return the gateways of nodes: at most one of each family, of the first link that has one.

    A node has one where its address is dealt, no route of its own is a default one, and exactly one
    router is on the segment.
    """
    if lab.routes != "auto":
        return {}

    names = {node.name for node in nodes}
    gateways: dict[Node, dict[int, str]] = {}
    for segment in segments:
        routers = segment.routers
        if len(routers) != 1:
            continue
        for port in segment.ports:
            if port.node.name in names and _wants_gateway(port):
                _note_gateways(gateways.setdefault(port.node, {}), port, router=routers[0])

    return {node: list(own.values()) for node, own in gateways.items()}


def _wants_gateway(port: Port) -> bool:
    """Return whether the node of an end is to have a default route by it."""
    has_own = any(line.split()[:1] == ["default"] for line in port.node.spec.routes)
    return port.node.role == "node" and bool(port.dealt) and not has_own


def _note_gateways(gateways: dict[int, str], port: Port, *, router: Port) -> None:
    """Add the addresses of a router to the gateways of an end, unless there are some."""
    networks = [parse_interface(text).network for text in port.dealt]
    for text in router.addresses:
        gateway = parse_interface(text)
        if any(gateway.ip in network for network in networks):
            gateways.setdefault(gateway.version, str(gateway.ip))


def declared_routes(lab: "Lab", node: Node) -> list[str]:
    """Return the routes of a node that the lab has added, as arguments of `ip route add`."""
    return [*node.spec.routes, *gateway_routes(lab.gateways.get(node.name, ()))]


def gateway_routes(gateways: Iterable[str]) -> list[str]:
    """Return the default routes by gateways, as arguments of `ip route add`."""
    return [f"default via {gateway}" for gateway in gateways]


def spawn_process(node: Node, process: ProcessSpec) -> None:
    """Start a background process of a node, and wait until its port listens, if it has one."""
    ready = None if process.ready_port is None else until.listening(process.ready_port)
    name = None if process.name is None else _free_name(node.lab, process.name)
    running = node.spawn(*shlex.split(process.line), name=name, ready=ready)
    node.lab.running[node.name, process] = running


def _free_name(lab: "Lab", name: str) -> str:
    """Return the name of a process that is started again: no two of a session are the same."""
    lab.started[name] = lab.started.get(name, 0) + 1
    return name if lab.started[name] == 1 else f"{name}_{lab.started[name]}"


def run_line(node: Node, line: str) -> None:
    """Run a line in a node; one that needs a shell by sh(1)."""
    try:
        node.netns.run(line)
    except InvalidArgument:
        node.exec("sh", "-c", line)


def delete_nodes(lab: "Lab", nodes: Sequence[Node]) -> None:
    """Delete what the lab has made of nodes: files and namespaces, the last first.

    The kernel deletes the links with the namespaces.
    """
    present = lab.owned.present(nodes)
    for node in nodes:
        remove_files(node, list(lab.owned.files.get(node, ())))
        lab.gateways.pop(node.name, None)

    with lab.session.open_batch():
        for node in reversed(present):
            lab.session.ip.netns.delete(node.name)
    lab.owned.forget(nodes)

    names = {node.name for node in nodes}
    lab.running = {key: value for key, value in lab.running.items() if key[0] not in names}
    first_values = lab.first_values.items()
    lab.first_values = {key: value for key, value in first_values if key[0] not in names}


def delete_links(lab: "Lab", links: Sequence[LabLink]) -> None:
    """Delete links: each goes with either end."""
    with lab.session.open_batch():
        for link in reversed(links):
            port = link.ports[0]
            port.ip.link.delete(port.name)


def set_mtu(link: LabLink) -> None:
    """Set the MTU of both ends; without one, that of a new veth."""
    for port in link.ports:
        port.ip.link.set(port.name, mtu=link.mtu or DEFAULT_MTU)


def restore_port(lab: "Lab", port: Port) -> None:
    """Add what the kernel has dropped of a link that was down: IPv6 addresses and routes."""
    ip = port.ip
    for address in port.addresses:
        if ":" in address:
            ip.address.ensure(address, dev=port.name, nodad=True)

    present = {
        (route.dst, route.gateway) for route in (*ip.route.show(), *ip.route.show(family="inet6"))
    }
    for line in declared_routes(lab, port.node):
        if _destination(line) not in present:
            port.node.netns.run(f"ip route add {line}")


def _destination(line: str) -> tuple[str, str | None]:
    """Return the destination and the gateway of a route, as arguments of `ip route add`."""
    words = line.split()
    gateway = words[words.index("via") + 1] if "via" in words[:-1] else None
    return words[0], gateway
