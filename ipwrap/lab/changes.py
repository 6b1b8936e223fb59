"""Change a lab that is up to another topology: only what differs, as calls of verbs.

Nodes are the same by their names and roles. Links are the same by the nodes of their ends and the
names given to these; of several like ones the first is the first.
"""

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import define, field

from ipwrap.errors import AlreadyExists, NotFound
from ipwrap.lab.files import remove_files, write_files
from ipwrap.lab.making import (
    automatic_routes,
    declared_routes,
    default_dev,
    delete_links,
    delete_nodes,
    restore_sysctls,
    run_line,
    set_mtu,
    set_sysctls,
    spawn_process,
)
from ipwrap.lab.parts import LabLink, Node, Port
from ipwrap.lab.shaping import shape_port
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
class Before:
    """The values of what stays: of nodes with their sysctls, of ends with their addresses."""

    nodes: dict[Node, tuple[NodeSpec, dict[str, str]]] = field(factory=dict)
    ports: dict[Port, tuple[PortSpec, tuple[str, ...]]] = field(factory=dict)
    mtus: dict[LabLink, int | None] = field(factory=dict)


def apply_topology(lab: "Lab", topology: Topology) -> None:
    """Change a lab to a topology. Raises `InvalidArgument`, before anything runs.

    Where a command fails, the new topology is declared nevertheless, for `down` and `up`.
    """
    lab.hosts.require_same(topology)
    # A lab that only declares it refuses what is not consistent, and a pool that is too small.
    type(lab).of(topology, lab.hosts.given).deal()
    lab.hosts.follow(topology)

    plan = _make_plan(lab, topology)
    with lab.change():
        _change(lab, topology, plan=plan)


def _change(lab: "Lab", topology: Topology, *, plan: Plan) -> None:
    """Run the commands of a plan."""
    routes = {node: declared_routes(lab, node) for node, _ in plan.kept_nodes}

    _delete_old(lab, plan)
    lab.name, lab.pools, lab.routes = topology.name, topology.pools, topology.routes
    lab.hostnames = topology.hostnames
    before = _redeclare(plan)
    if lab.is_up:
        lab.deal()
        _change_kept(plan, before=before)

    added = lab.declare(plan.new_nodes, plan.new_links)
    _sort(lab, topology, plan=plan, added=added)
    if lab.is_up:
        _finish_kept(lab, plan, before=before, routes=routes)


def _change_kept(plan: Plan, *, before: Before) -> None:
    """Change the nodes and links that stay, as far as new ones may depend on it."""
    for node, _ in plan.kept_nodes:
        spec, sysctls = before.nodes[node]
        _change_node(node, spec, sysctls=sysctls)
    for link, _ in plan.kept_links:
        _change_link(link, before)


def _finish_kept(lab: "Lab", plan: Plan, *, before: Before, routes: dict[Node, list[str]]) -> None:
    """Change what may depend on new nodes and links: qdiscs, routes, processes."""
    _change_shapes(lab, before)

    lab.hostname_state.update(lab)
    nodes = [node for node, _ in plan.kept_nodes]
    gateways = automatic_routes(lab, nodes, segments=lab.deal())
    for node in nodes:
        lab.gateways[node.name] = gateways.get(node, [])
        new = declared_routes(lab, node)
        may_lack = _was_touched(lab, node, before=before)
        _change_routes(node, old=routes[node], new=new, may_lack=may_lack)
        _finish_node(node, before.nodes[node][0])


def _was_touched(lab: "Lab", node: Node, *, before: Before) -> bool:
    """Return whether the kernel may have dropped routes of a node: its links have changed."""
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

    # A link to a node that is deleted or made anew goes with it.
    links: dict[LinkKey, list[LabLink]] = {}
    for link in lab.links:
        if all(port.node.name in kept_names for port in link.ports):
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
    return tuple((end.node, end.link) for end in spec.ends)


def _delete_old(lab: "Lab", plan: Plan) -> None:
    """Delete what is not wanted, links first: those of a deleted namespace go a moment later."""
    if lab.is_up:
        delete_links(lab, plan.old_links)
        delete_nodes(lab, plan.old_nodes)
    lab.forget(plan.old_nodes, plan.old_links)


def _redeclare(plan: Plan) -> Before:
    """Declare the new values of what stays, and return the values before."""
    before = Before()
    for node, spec in plan.kept_nodes:
        before.nodes[node], node.spec = (node.spec, dict(node.sysctls)), spec

    for link, link_spec in plan.kept_links:
        before.mtus[link], link.mtu = link.mtu, link_spec.mtu
        for port, end in zip(link.ports, link_spec.ends, strict=True):
            before.ports[port] = (port.spec, port.addresses)
            port.spec = end
            if end.addresses is not None:
                port.dealt = ()
    return before


def _change_node(node: Node, spec: NodeSpec, *, sysctls: dict[str, str]) -> None:
    """Change a node that had other values: sysctls, files and addresses."""
    gone = [key for key in sysctls if key not in node.sysctls]
    restore_sysctls(node, gone)
    changed = {key: value for key, value in node.sysctls.items() if sysctls.get(key) != value}
    set_sysctls(node, changed)

    files = spec.files
    remove_files(node, [name for name in files if name not in node.spec.files])
    new_files = {name: text for name, text in node.spec.files.items() if files.get(name) != text}
    write_files(node, new_files)

    old, new = spec.addresses, node.spec.addresses
    _change_addresses(node.netns.ip, default_dev(node), old=old, new=new)


def _change_link(link: LabLink, before: Before) -> None:
    """Change a link that had other values: MTU and addresses."""
    if link.mtu != before.mtus[link]:
        set_mtu(link)

    for port in link.ports:
        _, old = before.ports[port]
        _change_addresses(port.ip, port.name, old=old, new=port.addresses)


def _change_addresses(ip: "Ip", dev: str, *, old: Sequence[str], new: Sequence[str]) -> None:
    """Delete the addresses of a link that are not wanted, and add those that are missing."""
    for address in old:
        if address not in new:
            ip.address.delete(address, dev)
    for address in new:
        if address not in old:
            add_address(ip, address, dev=dev)


def _change_shapes(lab: "Lab", before: Before) -> None:
    """Change the qdiscs of ends that had others, also by the addresses of other nodes."""
    for port, (spec, _) in before.ports.items():
        is_same = (spec.netem, spec.netem_to) == (port.spec.netem, port.spec.netem_to)
        if not is_same or any(_has_moved(lab, name, before=before) for name in port.spec.netem_to):
            shape_port(lab, port, before=spec)


def _has_moved(lab: "Lab", name: str, *, before: Before) -> bool:
    """Return whether a node may have other addresses than before."""
    node = lab.get(name)
    if node not in before.nodes:
        return True
    if node.spec.addresses != before.nodes[node][0].addresses:
        return True

    ports = [port for link in lab.links for port in link.ports if port.node is node]
    return any(
        port not in before.ports or before.ports[port][1] != port.addresses for port in ports
    )


def _change_routes(node: Node, *, old: Sequence[str], new: Sequence[str], may_lack: bool) -> None:
    """Delete the routes of a node that are not wanted, and add those that are missing.

    Where links have changed, old ones may be gone: the kernel has dropped them, or has not.
    """
    for line in old:
        if line not in new:
            with contextlib.suppress(NotFound):
                node.netns.run(f"ip route delete {line}")

    for line in new:
        if may_lack or line not in old:
            with contextlib.suppress(AlreadyExists):
                node.netns.run(f"ip route add {line}")


def _finish_node(node: Node, spec: NodeSpec) -> None:
    """Stop and start processes of a node that had other values, and run its new commands."""
    for process in spec.processes:
        running = node.lab.running.pop((node.name, process), None)
        if process in node.spec.processes and running is not None and running.running:
            node.lab.running[node.name, process] = running
        elif running is not None:
            running.stop()

    for process in node.spec.processes:
        if (node.name, process) not in node.lab.running:
            spawn_process(node, process)
    for line in node.spec.commands:
        if line not in spec.commands:
            run_line(node, line)


def _sort(lab: "Lab", topology: Topology, *, plan: Plan, added: Sequence[LabLink]) -> None:
    """Bring nodes and links into the order of the topology."""
    by_spec = [*((spec, link) for link, spec in plan.kept_links)]
    by_spec += zip(plan.new_links, added, strict=True)
    by_id = {id(spec): link for spec, link in by_spec}

    lab.reorder(
        [spec.name for spec in topology.nodes],
        [by_id[id(spec)] for spec in topology.links],
    )
