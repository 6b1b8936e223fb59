"""Make and delete the nodes and links of a lab: the commands, as calls of verbs.

A batch block sends the changes of several namespaces side by side; programs, such as sysctl(8),
wait for the changes before. So what needs programs comes first and last.
"""

import contextlib
import re
import shlex
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from attrs import define, field

from ipwrap import until
from ipwrap.command import IPROUTE2
from ipwrap.errors import AlreadyExists, ConnectionLost, InvalidArgument, NotFound, PlaceError
from ipwrap.kinds.bridge import Bridge
from ipwrap.kinds.link_options import LinkOptions
from ipwrap.kinds.veth import Veth
from ipwrap.lab.dealing import Segment
from ipwrap.lab.files import remove_files, write_files
from ipwrap.lab.hostnames import remove_hostnames
from ipwrap.lab.hosts import group_by_session
from ipwrap.lab.impairments import is_impaired, set_qdisc
from ipwrap.lab.names import BRIDGE
from ipwrap.lab.parts import ROUTER_SYSCTLS, LabLink, Node, Port
from ipwrap.lab.pools import parse_interface
from ipwrap.lab.topology import ProcessSpec
from ipwrap.sessions.cables import add_address
from ipwrap.sessions.typed_line import to_command

if TYPE_CHECKING:
    from ipwrap.lab.lab import Lab

__all__ = [
    "automatic_routes",
    "await_link_locals",
    "declared_routes",
    "default_dev",
    "delete_all",
    "delete_links",
    "delete_nodes",
    "gateway_routes",
    "make_all",
    "restore_sysctls",
    "run_line",
    "set_mtu",
    "set_sysctls",
    "spawn_process",
]

DEFAULT_MTU = 1500
ACCEPT_DAD = "net.ipv6.conf.default.accept_dad"
LINK_LOCAL_SECONDS = 30.0  # for the link-local address of a router, even on the busiest machine
KEY_OF_LINK = re.compile(r"net[./](?:ipv4|ipv6)[./](?:conf|neigh)[./](?!all[./]|default[./])")


def _make_hubs(lab: "Lab", nodes: Sequence[Node]) -> None:
    """Make switches, routers and nodes with sysctls or files, up to what precedes the links."""
    with lab.open_batch():
        for node in nodes:
            node.session.ip.netns.add(node.name)
        for node in nodes:
            node.netns.ip.link.set("lo", up=True)

    # The defaults of links count for links that are made afterwards.
    for node in nodes:
        own = {key: value for key, value in node.sysctls.items() if not KEY_OF_LINK.match(key)}
        set_sysctls(node, own)
        _skip_detection(node)
        write_files(node, node.spec.files)

    with lab.open_batch():
        for node in nodes:
            if node.role == "switch":
                node.netns.ip.link.add(BRIDGE, Bridge(), up=True)
            for address in node.spec.addresses:
                add_address(node.netns.ip, address, dev=default_dev(node))


def default_dev(node: Node) -> str:
    """Return the link of a node's own addresses."""
    return BRIDGE if node.role == "switch" else "lo"


def set_sysctls(node: Node, values: "dict[str, str]") -> None:
    """Write sysctls of a node, and note their initial values, for `restore_sysctls`."""
    initial = node.lab.made.initial_sysctls
    for key, value in values.items():
        if key not in ROUTER_SYSCTLS and (node.name, key) not in initial:
            initial[node.name, key] = node.sysctl.get(key)
        node.sysctl.set(key, value)


def restore_sysctls(node: Node, keys: Iterable[str]) -> None:
    """Write the values of sysctls that they had before the lab wrote them; 0 is forwarding's."""
    for key in keys:
        node.sysctl.set(key, node.lab.made.initial_sysctls.pop((node.name, key), 0))


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
    try:
        with lab.open_batch():
            routes = automatic_routes(lab, leaves, segments=segments)
            _make_leaves(lab, leaves, links=links, routes=routes, progress=progress)
            _make_links(links, progress)
    except AlreadyExists as error:
        # Imported late: most labs have a single host.
        from ipwrap.lab.tunnels import explain_taken_vni

        explain_taken_vni(error)
        raise

    for link in links:
        for port in link.ports:
            if is_impaired(port.spec):
                set_qdisc(lab, port)

    await_link_locals(port for link in links for port in link.ports)
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
        _make_namespace(node)
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


def _make_namespace(node: Node) -> None:
    """Make the namespace of a leaf, with `lo` up."""
    node.session.ip.netns.add(node.name)
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
    """Make the veth pair of a link: in a switch, if it has one, whose worker has most to do.

    A link between two hosts is a VXLAN.
    """
    if link.vni is not None:
        # Imported late: most labs have a single host.
        from ipwrap.lab.tunnels import make_tunnel

        make_tunnel(link)
        return

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

    with lab.open_batch():
        for node in nodes:
            if node not in progress.nodes:
                _add_routes(lab, node, gateways=[])
        # Of all nodes: the first router of a segment may have come with the new ones.
        for node, gateways in automatic_routes(lab, lab.nodes, segments=segments).items():
            _add_gateways(lab, node, gateways=gateways)

    lab.made.hostnames.update(lab)
    _run_programs(nodes)


def _run_programs(nodes: Sequence[Node]) -> None:
    """Start the background processes of all nodes, and then run their commands."""
    for node in nodes:
        for process in node.spec.processes:
            spawn_process(node, process)

    for node in nodes:
        for line in node.spec.commands:
            run_line(node, line)


def _skip_detection(node: Node) -> None:
    """Have the links of an IPv6 router use their own addresses without a search for duplicates."""
    if _forwards_ipv6(node) and ACCEPT_DAD not in node.sysctls and ":" in "".join(node.addresses):
        node.sysctl.set(ACCEPT_DAD, 0)


def _forwards_ipv6(node: Node) -> bool:
    """Return whether a node is a router of IPv6."""
    return node.sysctls.get("net.ipv6.conf.all.forwarding") == "1"


def await_link_locals(ports: Iterable[Port]) -> None:
    """Wait until the ends in routers of IPv6 can forward.

    A router asks for the neighbour of a forwarded packet by the link-local address of the link, and
    drops the packet where there is none (ndisc_send_ns() in net/ipv6/ndisc.c). The kernel adds the
    address when it notes the carrier, up to a second after the link is up (net/core/link_watch.c).
    """
    for port in ports:
        node = port.node
        has_ipv6 = any(":" in address for address in port.addresses)
        is_own = not any("addr_gen_mode" in key for key in node.sysctls)
        if has_ipv6 and is_own and _forwards_ipv6(node):
            condition = until.address(dev=port.name, scope="link")
            node.wait_for(condition, timeout=LINK_LOCAL_SECONDS)


def _add_routes(lab: "Lab", node: Node, *, gateways: Sequence[str]) -> None:
    """Add the routes of a node, and default routes by gateways."""
    for line in node.spec.routes:
        node.netns.run(f"ip route add {line}")
    _add_gateways(lab, node, gateways=gateways)


def _add_gateways(lab: "Lab", node: Node, *, gateways: Sequence[str]) -> None:
    """Add default routes, where the lab has not done so before.

    A router that comes to an earlier segment takes the place of the one that was the gateway.
    """
    own = lab.made.gateways.setdefault(node.name, [])
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
    return [*node.spec.routes, *gateway_routes(lab.made.gateways.get(node.name, ()))]


def gateway_routes(gateways: Iterable[str]) -> list[str]:
    """Return the default routes by gateways, as arguments of `ip route add`."""
    return [f"default via {gateway}" for gateway in gateways]


def spawn_process(node: Node, process: ProcessSpec) -> None:
    """Start a background process of a node, and wait until its port listens, if it has one."""
    ready = None if process.ready_port is None else until.listening(process.ready_port)
    # It may have run before: no two processes of a session have one name.
    name = None if process.name is None else node.session.free_process_name(process.name)
    spawned = node.spawn(*shlex.split(process.line), name=name, ready=ready)
    node.lab.made.processes[node.name, process] = spawned


def run_line(node: Node, line: str) -> None:
    """Run a line in a node; one that needs a shell by sh(1)."""
    try:
        command = to_command(line, node.name, options={})
    except InvalidArgument:
        node.exec("sh", "-c", line)
        return

    if command.argv[0] in IPROUTE2:
        node.netns.run(command)
    else:
        node.exec(*command.argv)


def delete_all(lab: "Lab") -> None:
    """Delete the namespaces that the lab has made: where `up` has failed, not all are there.

    A host that is lost does not stop the rest. Raises `ConnectionLost` for it in the end, unless a
    new connection has done it.
    """
    failures: list[ConnectionLost] = []
    for _, nodes in group_by_session(lab.made.ownership.nodes):
        try:
            _delete_on_host(lab, nodes, host=nodes[0].host)
        except ConnectionLost as error:
            failures.append(error)

    if failures:
        raise failures[0]


def _delete_on_host(lab: "Lab", nodes: Sequence[Node], *, host: str) -> None:
    """Delete the nodes of a host that are there, over a new connection where that is lost."""
    try:
        _delete_present(lab, nodes)
    except ConnectionLost as error:
        try:
            with lab.hosts.reconnected(host):
                _delete_present(lab, nodes)
        except PlaceError as failure:
            error.add_note(f"a new connection to host {host} was not made: {failure}")
            raise error from None


def _delete_present(lab: "Lab", nodes: Sequence[Node]) -> None:
    """Delete those nodes that are there.

    VXLANs go first: with a namespace they go a moment later, and their numbers are taken until
    then.
    """
    tunnels = [link for link in lab.links if link.vni is not None]
    present = lab.made.ownership.present(nodes) if tunnels else []
    # Where `up` has failed, not all of them are there.
    with contextlib.suppress(NotFound), lab.open_batch():
        for port in (port for link in tunnels for port in link.ports if port.node in present):
            port.ip.link.delete(port.name)

    delete_nodes(lab, nodes)


def delete_nodes(lab: "Lab", nodes: Sequence[Node]) -> None:
    """Delete what the lab has made of nodes: files and namespaces, the last first.

    The kernel deletes the links with the namespaces.
    """
    present = lab.made.ownership.present(nodes)
    remove_hostnames(lab, nodes)
    for node in nodes:
        remove_files(node, list(lab.made.ownership.files.get(node, ())))

    with lab.open_batch():
        for node in reversed(present):
            node.session.ip.netns.delete(node.name)
    lab.made.forget(nodes)


def delete_links(lab: "Lab", links: Sequence[LabLink]) -> None:
    """Delete links: a pair goes with either end, of a VXLAN each host has its own."""
    with lab.open_batch():
        for link in reversed(links):
            for port in link.ports if link.vni is not None else link.ports[:1]:
                port.ip.link.delete(port.name)
    lab.made.forget_links(links)


def set_mtu(link: LabLink) -> None:
    """Set the MTU of both ends; without one, that of a new link."""
    for port in link.ports:
        port.ip.link.set(port.name, mtu=link.mtu or _default_mtu(link))


def _default_mtu(link: LabLink) -> int:
    """Return the MTU of a link that is given none."""
    if link.vni is None:
        return DEFAULT_MTU

    # Imported late: most labs have a single host.
    from ipwrap.lab.tunnels import tunnel_mtu

    return tunnel_mtu(link)
