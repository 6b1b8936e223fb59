"""Change a lab that is up to another topology: only what differs, as calls of verbs.

Nodes are the same by their names and roles. Links are the same by the nodes of their ends and the
names given to these; of parallel links the first stays the first.
"""

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import define, field

from ipwrap.errors import AlreadyExists, NotFound
from ipwrap.lab.dealing import Segment, find_segments, take_back
from ipwrap.lab.files import remove_files, write_files
from ipwrap.lab.impairments import set_qdisc
from ipwrap.lab.making import (
    automatic_routes,
    declared_routes,
    default_dev,
    delete_links,
    delete_nodes,
    gateway_routes,
    restore_sysctls,
    run_line,
    set_mtu,
    set_sysctls,
    spawn_process,
)
from ipwrap.lab.parts import LabLink, Node, Port
from ipwrap.lab.pools import parse_interface
from ipwrap.lab.topology import LinkSpec, NodeSpec, PortSpec, Topology
from ipwrap.sessions.cables import add_address

if TYPE_CHECKING:
    from ipwrap.ip import Ip
    from ipwrap.lab.lab import Lab

__all__ = ["apply_topology"]

LinkKey = tuple[tuple[str, str | None], ...]


@define
class Plan:
    """What differs: parts to delete, values to add, and parts that stay, with their new values."""

    old_nodes: list[Node]
    old_links: list[LabLink]
    new_nodes: list[NodeSpec]
    new_links: list[LinkSpec]
    kept_nodes: list[tuple[Node, NodeSpec]]
    kept_links: list[tuple[LabLink, LinkSpec]]


@define
class PreviousValues:
    """The values of what stays: of nodes with their sysctls, of ends with their addresses."""

    nodes: dict[Node, tuple[NodeSpec, dict[str, str]]] = field(factory=dict)
    ports: dict[Port, tuple[PortSpec, tuple[str, ...]]] = field(factory=dict)
    mtus: dict[LabLink, int | None] = field(factory=dict)
    routes: dict[Node, list[str]] = field(factory=dict)


@define
class Change:
    """A change that is declared: its plan, the parts that are new, and the values before."""

    plan: Plan
    before: PreviousValues
    nodes: list[Node]
    links: list[LabLink]
    segments: list[Segment]


def apply_topology(lab: "Lab", topology: Topology) -> None:
    """Change a lab to a topology. Raises `InvalidArgument`, before anything runs.

    All is declared before the first command. Where that is refused, the lab is as it was; where a
    command fails, the new topology stays declared, for `down` and `up`.
    """
    lab.hosts.require_same(topology)
    if not lab.is_up:
        # A lab that only declares it refuses a pool that is too small.
        type(lab).of(topology, lab.hosts.given).deal()

    with lab.declaring():
        change = _declare(lab, topology)
    if lab.is_up:
        with lab.guard_change():
            _run_commands(lab, change)


def _declare(lab: "Lab", topology: Topology) -> Change:
    """Declare a topology, and return what is to be done for it. No command changes a thing."""
    lab.hosts.follow(topology)
    plan = _make_plan(lab, topology)
    before = _redeclare(lab, plan)
    lab.forget(plan.old_nodes, plan.old_links)
    lab.name, lab.pools, lab.routes = topology.name, topology.pools, topology.routes
    lab.hostnames = topology.hostnames

    nodes, links = lab.add(plan.new_nodes, plan.new_links)
    _sort(lab, topology, plan=plan, added=links)
    if not lab.is_up:
        return Change(plan, before, nodes, links, [])

    take_back(find_segments(lab.nodes, lab.links), lab.nodes)
    return Change(plan, before, nodes, links, lab.prepare(nodes))


def _run_commands(lab: "Lab", change: Change) -> None:
    """Run the commands of a change: delete, set what new parts depend on, make, set the rest."""
    plan, before = change.plan, change.before
    delete_links(lab, plan.old_links)
    delete_nodes(lab, plan.old_nodes)

    for node, _ in plan.kept_nodes:
        old_spec, sysctls = before.nodes[node]
        _change_node(node, old_spec, sysctls=sysctls)
    for link, _ in plan.kept_links:
        _change_link(link, before)

    nodes = [node for node, _ in plan.kept_nodes]
    gateways = automatic_routes(lab, nodes, segments=change.segments)
    for node in nodes:
        _drop_routes(node, old=before.routes[node], gateways=gateways.get(node, []))
    lab.make(change.nodes, links=change.links, segments=change.segments)

    _change_qdiscs(lab, before)
    lab.made.hostnames.update(lab)
    for node in nodes:
        _restore_routes(node, change, gateways=gateways.get(node, []))
        _finish_node(node, before.nodes[node][0])


def _drop_routes(node: Node, *, old: Sequence[str], gateways: Sequence[str]) -> None:
    """Delete the routes of a node that are not wanted: new ones may have their destinations."""
    wanted = [*node.spec.routes, *gateway_routes(gateways)]
    for line in old:
        if line not in wanted:
            # The kernel may have dropped it with a link.
            with contextlib.suppress(NotFound):
                node.netns.run(f"ip route delete {line}")

    own = node.lab.made.gateways.get(node.name, [])
    node.lab.made.gateways[node.name] = [via for via in own if via in gateways]


def _restore_routes(node: Node, change: Change, *, gateways: Sequence[str]) -> None:
    """Add the routes that a node lacks: those that are new, or that the kernel may have dropped."""
    lab, before = node.lab, change.before
    # Gateways have been added with the new parts.
    present = {*before.routes[node], *gateway_routes(lab.made.gateways[node.name])}
    has_lost_link = any(port.node is node for link in change.plan.old_links for port in link.ports)
    may_lack = has_lost_link or _was_touched(lab, node, before=before)

    for line in (*node.spec.routes, *gateway_routes(gateways)):
        if may_lack or line not in present:
            with contextlib.suppress(AlreadyExists):
                node.netns.run(f"ip route add {line}")
    lab.made.gateways[node.name] = [*gateways]


def _was_touched(lab: "Lab", node: Node, *, before: PreviousValues) -> bool:
    """Return whether the kernel may have dropped routes of a node: its addresses have changed."""
    if set(before.nodes[node][0].addresses) - set(node.spec.addresses):
        return True
    ports = [port for link in lab.links for port in link.ports if port.node is node]
    return any(
        port not in before.ports or before.ports[port][1] != port.addresses for port in ports
    )


def _make_plan(lab: "Lab", topology: Topology) -> Plan:
    """Return what differs between a lab and a topology."""
    nodes = {node.name: node for node in lab.nodes}
    kept_nodes = [
        (nodes[spec.name], spec)
        for spec in topology.nodes
        if spec.name in nodes and _is_same_node(nodes[spec.name], spec)
    ]
    kept_names = {spec.name for _, spec in kept_nodes}

    # A link to a node that is deleted or made anew goes with it. One whose chosen name is given to
    # another end is made anew, with another name.
    given = {(end.node, end.interface) for link in topology.links for end in link.ends}
    links: dict[LinkKey, list[LabLink]] = {}
    for link in lab.links:
        names = {(port.node.name, port.name) for port in link.ports if port.spec.interface is None}
        if not names & given and all(port.node.name in kept_names for port in link.ports):
            links.setdefault(_key(link.spec), []).append(link)

    kept_links, new_links = [], []
    for link_spec in topology.links:
        same = links.get(_key(link_spec))
        if same:
            kept_links.append((same.pop(0), link_spec))
        else:
            new_links.append(link_spec)

    kept = {id(link) for link, _ in kept_links}
    return Plan(
        old_nodes=[node for node in lab.nodes if node.name not in kept_names],
        old_links=[link for link in lab.links if id(link) not in kept],
        new_nodes=[spec for spec in topology.nodes if spec.name not in kept_names],
        new_links=new_links,
        kept_nodes=kept_nodes,
        kept_links=kept_links,
    )


def _is_same_node(node: Node, spec: NodeSpec) -> bool:
    """Return whether a node stays: in its role, on its host."""
    host = node.lab.hosts.host_of(spec.name, spec.host)
    return node.role == spec.role and node.host == host


def _key(spec: LinkSpec) -> LinkKey:
    """Return what identifies a link."""
    return tuple((end.node, end.interface) for end in spec.ends)


def _redeclare(lab: "Lab", plan: Plan) -> PreviousValues:
    """Declare the new values of what stays, and return the values before."""
    before = PreviousValues()
    for node, spec in plan.kept_nodes:
        before.routes[node] = declared_routes(lab, node)
        before.nodes[node] = (node.spec, dict(node.sysctls))
        node.spec = spec

    for link, link_spec in plan.kept_links:
        before.mtus[link] = link.mtu
        link.mtu = link_spec.mtu
        for port, end in zip(link.ports, link_spec.ends, strict=True):
            before.ports[port] = (port.spec, port.addresses)
            port.spec = end
            if end.addresses is not None:
                port.dealt = ()
    return before


def _change_node(node: Node, old_spec: NodeSpec, *, sysctls: dict[str, str]) -> None:
    """Change a node that had other values: sysctls, files and addresses."""
    new_spec = node.spec
    gone = [key for key in sysctls if key not in node.sysctls]
    restore_sysctls(node, gone)
    changed = {key: value for key, value in node.sysctls.items() if sysctls.get(key) != value}
    set_sysctls(node, changed)

    old_files, new_files = old_spec.files, new_spec.files
    remove_files(node, [name for name in old_files if name not in new_files])
    write_files(node, {name: t for name, t in new_files.items() if old_files.get(name) != t})

    old, new = old_spec.addresses, new_spec.addresses
    _change_addresses(node.netns.ip, default_dev(node), old=old, new=new)


def _change_link(link: LabLink, before: PreviousValues) -> None:
    """Change a link that had other values: MTU and addresses."""
    if link.mtu != before.mtus[link]:
        set_mtu(link)

    for port in link.ports:
        _, old = before.ports[port]
        _change_addresses(port.ip, port.name, old=old, new=port.addresses)


def _change_addresses(ip: "Ip", dev: str, *, old: Sequence[str], new: Sequence[str]) -> None:
    """Delete the addresses of a link that are not wanted, and add those that are missing.

    With the first IPv4 address of a subnet the kernel drops the others of it, unless the sysctl
    promote_secondaries is set: __inet_del_ifa() in devinet.c.
    """
    gone = [address for address in old if address not in new]
    for address in gone:
        # It may have gone with another one.
        with contextlib.suppress(NotFound):
            ip.address.delete(address, dev)

    subnets = {parse_interface(address).network for address in gone}
    for address in new:
        if address not in old:
            add_address(ip, address, dev=dev)
        elif ":" not in address and parse_interface(address).network in subnets:
            ip.address.ensure(address, dev)


def _change_qdiscs(lab: "Lab", before: PreviousValues) -> None:
    """Change the qdiscs of ends that had others, also by the addresses of other nodes."""
    for port, (old_spec, _) in before.ports.items():
        new_spec = port.spec
        is_same = (old_spec.netem, old_spec.netem_to) == (new_spec.netem, new_spec.netem_to)
        if not is_same or any(_has_moved(lab, name, before=before) for name in new_spec.netem_to):
            set_qdisc(lab, port, before=old_spec)


def _has_moved(lab: "Lab", name: str, *, before: PreviousValues) -> bool:
    """Return whether a node may have other addresses than before."""
    node = lab.get(name)
    if node not in before.nodes or node.spec.addresses != before.nodes[node][0].addresses:
        return True
    return _was_touched(lab, node, before=before)


def _finish_node(node: Node, old_spec: NodeSpec) -> None:
    """Stop and start processes of a node that had other values, and run its new commands."""
    processes, new_spec = node.lab.made.processes, node.spec
    for process in old_spec.processes:
        spawned = processes.get((node.name, process))
        if spawned is not None and (process not in new_spec.processes or not spawned.running):
            del processes[node.name, process]
            spawned.stop()

    for process in new_spec.processes:
        if (node.name, process) not in processes:
            spawn_process(node, process)
    for line in new_spec.commands:
        if line not in old_spec.commands:
            run_line(node, line)


def _sort(lab: "Lab", topology: Topology, *, plan: Plan, added: Sequence[LabLink]) -> None:
    """Bring nodes and links into the order of the topology."""
    by_spec = [*((spec, link) for link, spec in plan.kept_links)]
    by_spec += zip(plan.new_links, added, strict=True)
    by_id: dict[int, list[LabLink]] = {}
    for spec, link in by_spec:
        by_id.setdefault(id(spec), []).append(link)

    lab.reorder(
        [spec.name for spec in topology.nodes],
        # A specification that is there twice is that of parallel links.
        [by_id[id(spec)].pop(0) for spec in topology.links],
    )
