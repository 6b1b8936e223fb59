"""`Lab`: named nodes and the links between them, on top of the verbs of a session."""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define, evolve, field

from ipwrap.errors import InvalidArgument
from ipwrap.lab.files import check_file_name
from ipwrap.lab.hostnames import check_hostname
from ipwrap.lab.hosts import Hosts, LabSessions, Placement, sessions_of
from ipwrap.lab.made import MadeState
from ipwrap.lab.names import check_node_name, check_port_name, choose_port_name
from ipwrap.lab.parts import (
    LabLink,
    NetemSetting,
    Node,
    Port,
    Router,
    Switch,
    node_class,
)
from ipwrap.lab.pools import parse_interface, parse_pools
from ipwrap.lab.topology import (
    LinkSpec,
    NodeSpec,
    PortSpec,
    RouteMode,
    Topology,
)
from ipwrap.qdiscs.netem import Netem
from ipwrap.session import Session
from ipwrap.sessions.cables import EndAddresses, as_texts

if TYPE_CHECKING:
    from ipwrap.lab.dealing import Segment

__all__ = ["Lab"]

T = TypeVar("T")
ROUTE_MODES = ("auto", "none")


@define(eq=False)
class Lab:
    """Nodes and links by name: a lab, as Mininet has it, of plain commands of a session.

    ::

        with Lab(pools="10.0.0.0/16", record="lab.jsonl") as lab:
            h1, h2 = lab.node("h1"), lab.node("h2")
            sw1 = lab.switch("sw1")
            lab.link(h1, sw1)
            lab.link(h2, sw1)
            lab.up()
            h1.exec("ping", "-c", "1", h2.address)

    Nodes and links are declared first, and `up` makes them all. What is declared while the lab is
    up is made at once.

    - ``session``: an open session, in any place; by default one of its own in a sandbox, which the
      end of the `with` block closes. A session that was given stays, with the lab in it. For a lab
      over several hosts, a table of them by the names of the hosts: sessions, or places, such as
      `Ssh`, that get a session of the lab's own
    - ``record``: the path of the recording of the lab's own session; that of a host among several
      has the name of the host in it: lab.jsonl is lab.lab1.jsonl
    - ``underlay``: the addresses of the hosts, by name, in the network between them, by which the
      links between nodes of two hosts go
    - ``place``: the rule for nodes without a host of their own: a function of the node's name, or
      a table of patterns, whose first match counts: ``{"web*": "lab1", "*": "lab2"}``
    - ``pools``: prefixes, at most one of each family, from which the lab deals addresses to the
      links whose addresses are left open: a /30 (/64) for each link between two nodes, a /24 (/64)
      or larger for the links of a switch. The first address is a router's. An end has an address of
      the subnet of the addresses that are given on its segment, if there are some; no address is
      dealt twice, or from a subnet that was given
    - ``routes``: with "auto", a node whose address is dealt has a default route by the router of
      its segment, if there is exactly one; "none" adds no routes. Routes between routers are given,
      by ``routes=`` of the node
    - ``hostnames``: every node has a hostname, as of ``node(…, hostname=…)``: its name, if it has
      no other

    Raises `InvalidArgument`, before anything runs.
    """

    _given: LabSessions = field(default=None, alias="session", repr=False)
    name: str = field(default="lab", kw_only=True)
    record: str | os.PathLike[str] | None = field(default=None, kw_only=True)
    underlay: Mapping[str, str] = field(factory=dict, kw_only=True, repr=False)
    place: Placement | None = field(default=None, kw_only=True, repr=False)
    pools: tuple[str, ...] = field(default=(), kw_only=True, converter=as_texts)
    routes: RouteMode = field(default="auto", kw_only=True)
    hostnames: bool = field(default=False, kw_only=True)
    hosts: Hosts = field(init=False, repr=False)
    links: list[LabLink] = field(factory=list, init=False, repr=False)
    is_up: bool = field(default=False, init=False)
    failure: str | None = field(default=None, init=False, repr=False)
    made: MadeState = field(factory=MadeState, init=False, repr=False)
    _nodes: dict[str, Node] = field(factory=dict, init=False, repr=False)
    _ports: dict[str, set[str]] = field(factory=dict, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        parse_pools(self.pools)
        if self.routes not in ROUTE_MODES:
            raise InvalidArgument(f"lab: routes: {self.routes!r} is not 'auto' or 'none'")
        self.hosts = Hosts.of(
            self._given, underlay=self.underlay, place=self.place, record=self.record
        )

    def __enter__(self) -> Self:
        self.hosts.open()
        return self

    @property
    def session(self) -> Session:
        """The session of a lab on one host. Raises `InvalidArgument` for several: `sessions`."""
        return self.hosts.single

    @property
    def sessions(self) -> dict[str, Session]:
        """The sessions by the names of the hosts; the only host of most labs has none."""
        return self.hosts.sessions

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close(error)

    def close(self, error: BaseException | None = None) -> None:
        """Close the lab's own sessions, and with them a sandbox; nothing of sessions given to it.

        The recording ends with the lab as it was. A second call does nothing.
        """
        if self.hosts.owned:
            self.hosts.close(error)
            self.is_up = False

    @classmethod
    def of(
        cls,
        topology: Topology,
        session: LabSessions = None,
        *,
        record: str | os.PathLike[str] | None = None,
    ) -> Self:
        """Return a lab in which a topology is declared, and that `up` makes.

        ``session`` is as that of a `Lab`; the hosts of a topology are reached by ssh by default.

        Raises `InvalidArgument`, also for a topology that is not consistent.
        """
        hosts = topology.hosts
        lab = cls(
            sessions_of(hosts, session),
            name=topology.name,
            record=record,
            underlay={host.name: host.underlay for host in hosts if host.underlay is not None},
            place=topology.place or None,
            pools=topology.pools,
            routes=topology.routes,
            hostnames=topology.hostnames,
        )
        lab.hosts.specs = hosts or lab.hosts.specs
        lab.declare(topology.nodes, topology.links)
        return lab

    @classmethod
    def build(
        cls,
        topology: Topology,
        session: LabSessions = None,
        *,
        record: str | os.PathLike[str] | None = None,
    ) -> Self:
        """Return a lab of a topology that is up: `of`, and then `up`.

        What was made is deleted again where `up` fails: nobody has the lab then.
        """
        lab = cls.of(topology, session, record=record)
        try:
            lab.up()
        except BaseException as error:
            if not lab.hosts.owned:
                lab._down_after(error)
            lab.close(error)
            raise
        return lab

    @property
    def nodes(self) -> list[Node]:
        """The nodes, switches and routers, in the order of their declaration."""
        return list(self._nodes.values())

    def get(self, name: str) -> Node:
        """Return a node by its name: ``lab.get("h1")``. Raises `InvalidArgument`."""
        node = self._nodes.get(name)
        if node is None:
            known = ", ".join(self._nodes) or "none"
            raise InvalidArgument(f"lab: there is no node {name!r}; the lab has: {known}")
        return node

    def node(
        self,
        name: str,
        *,
        addresses: EndAddresses = (),
        routes: str | Sequence[str] = (),
        sysctls: Mapping[str, str | int] | None = None,
        files: Mapping[str, str] | None = None,
        commands: str | Sequence[str] = (),
        hostname: str | None = None,
        host: str | None = None,
    ) -> Node:
        """Declare a node: a network namespace with `lo` up. `ip netns add NAME`.

        ::

            lab.node("h1", routes="default via 10.0.0.254", files={"hosts": "10.0.0.2 h2"})

        - ``addresses``: of `lo`
        - ``routes``: arguments of `ip route add`
        - ``sysctls``: `sysctl -w KEY=VALUE`, those of links when the links are there
        - ``files``: text by name: /etc/netns/NAME/FILE, which the programs of the node see in /etc.
          The file has to be in /etc as well
        - ``commands``: lines that run in the node when all of the lab is up; sh(1) runs those that
          need a shell
        - ``hostname``: such as "h1.example": `unshare --uts=/run/utsns/h1 hostname h1.example`. The
          programs of the node run behind `nsenter --uts=/run/utsns/h1`, and see an /etc/hostname
          and an /etc/hosts with the names of all nodes, unless ``files`` has these
        - ``host``: the name of its host, in a lab over several; by default that of the rule

        Raises `InvalidArgument` for a name that cannot be, or is taken.
        """
        return self._declare_node(
            NodeSpec(
                name=name,
                addresses=as_texts(addresses),
                routes=as_texts(routes),
                sysctls=_sysctl_texts(sysctls),
                files=dict(files or {}),
                commands=as_texts(commands),
                hostname=hostname,
                host=host,
            )
        )

    def switch(self, name: str, *, addresses: EndAddresses = (), host: str | None = None) -> Switch:
        """Declare a switch: a node with a bridge, `br0`, whose ports are its links.

        ``addresses`` are those of the bridge, ``host`` is as that of `node`. Raises
        `InvalidArgument`.
        """
        spec = NodeSpec(name=name, role="switch", addresses=as_texts(addresses), host=host)
        switch = self._declare_node(spec)
        assert isinstance(switch, Switch)
        return switch

    def router(
        self,
        name: str,
        *,
        addresses: EndAddresses = (),
        routes: str | Sequence[str] = (),
        sysctls: Mapping[str, str | int] | None = None,
        files: Mapping[str, str] | None = None,
        commands: str | Sequence[str] = (),
        hostname: str | None = None,
        host: str | None = None,
    ) -> Router:
        """Declare a router: a node with net.ipv4.ip_forward=1 and net.ipv6.conf.all.forwarding=1.

        The parameters are those of `node`; ``sysctls`` may set these two as well.
        """
        router = self._declare_node(
            NodeSpec(
                name=name,
                role="router",
                addresses=as_texts(addresses),
                routes=as_texts(routes),
                sysctls=_sysctl_texts(sysctls),
                files=dict(files or {}),
                commands=as_texts(commands),
                hostname=hostname,
                host=host,
            )
        )
        assert isinstance(router, Router)
        return router

    def link(
        self,
        first: Node | str,
        second: Node | str,
        *,
        names: tuple[str | None, str | None] = (None, None),
        addresses: tuple[EndAddresses, EndAddresses] = (None, None),
        mtu: int | None = None,
        netem: NetemSetting | None = None,
    ) -> LabLink:
        """Declare a link between two nodes: a veth pair, or a VXLAN between nodes of two hosts.

        ::

            lab.link(h1, sw1, addresses=("10.0.0.1/24", None), mtu=1400)
            lab.link(h2, r1, netem=Netem(delay="20ms"))

        `ip -n sw1 link add name port1 mtu 1400 type veth peer name eth0 mtu 1400 netns h1`, and
        what sets the addresses, makes the end of a switch a port of its bridge, and sets both ends
        up. Between two hosts, on each:
        `ip link add name eth0 netns h1 mtu 1450 type vxlan id VNI local … remote … dstport 14789
        nolearning`.

        - ``names``: of the ends, at most 15 characters. By default `eth0`, `eth1`, … of a node or
          router, and `port1`, `port2`, … of a switch: the first free one
        - ``addresses``: those of each end, a prefix or several. None deals them from the pools
          (never to a switch's own end); `()` is none
        - ``mtu``: of both ends, in bytes. Between two hosts it is 1450 by default, 1430 over IPv6:
          what fits into packets of 1500
        - ``netem``: delay, loss and rate of what both ends send, or a pair, each its own

        Raises `InvalidArgument`.
        """
        # Imported late: few labs have slow links.
        from ipwrap.lab.impairments import check_netem

        nodes = (first, second)
        labels = _check_pair("names", names)
        given = _check_pair("addresses", addresses)
        netems = check_netem(netem)
        ends = [
            PortSpec(
                node=node.name if isinstance(node, Node) else node,
                interface=label,
                addresses=None if own is None else as_texts(own),
                netem=own_netem or None,
            )
            for node, label, own, own_netem in zip(nodes, labels, given, netems, strict=True)
        ]

        return self.declare((), (LinkSpec(ends=(ends[0], ends[1]), mtu=mtu),))[0]

    def _declare_node(self, spec: NodeSpec) -> Node:
        """Declare a single node, and return it."""
        self.declare((spec,), ())
        return self._nodes[spec.name]

    def declare(self, nodes: Sequence[NodeSpec], links: Sequence[LinkSpec]) -> list[LabLink]:
        """Declare nodes and links by their values, make them if the lab is up, return the links.

        Raises `InvalidArgument`, with nothing declared.
        """
        self.refuse_failed()
        added_nodes, added_links = self.add(nodes, links)
        if self.is_up:
            try:
                segments = self.prepare(added_nodes)
            except BaseException:
                self.forget(added_nodes, added_links)
                raise
            with self.guard_change():
                self.make(added_nodes, links=added_links, segments=segments)
        return added_links

    def add(
        self, nodes: Sequence[NodeSpec], links: Sequence[LinkSpec]
    ) -> tuple[list[Node], list[LabLink]]:
        """Declare nodes and links, without a command. Raises `InvalidArgument`, with none added."""
        added_nodes: list[Node] = []
        added_links: list[LabLink] = []
        try:
            added_nodes.extend(map(self._add_node, nodes))
            added_links += self._add_links(links)
        except BaseException:
            self.forget(added_nodes, added_links)
            raise
        return added_nodes, added_links

    def _add_node(self, spec: NodeSpec) -> Node:
        """Note a node. Raises `InvalidArgument`."""
        check_node_name(spec.name, self._nodes)
        for address in spec.addresses:
            parse_interface(address)
        for name in spec.files:
            check_file_name(name, spec.name)
        self._check_hostname(spec)

        host = self.hosts.host_of(spec.name, spec.host)
        if host and not self.hosts.table:  # a function, which no topology has
            spec = evolve(spec, host=host)
        node = node_class(spec.role)(self, spec, host)
        self._nodes[spec.name] = node
        self._ports[spec.name] = set()
        return node

    def _check_hostname(self, spec: NodeSpec) -> None:
        """Raise `InvalidArgument` for a node whose hostname cannot be."""
        hostname = spec.name if spec.hostname is None and self.hostnames else spec.hostname
        if hostname is not None:
            try:
                check_hostname(hostname)
            except InvalidArgument as error:
                raise InvalidArgument(f"lab: {spec.name}: {error}; give hostname=") from None

    def _add_links(self, specs: Sequence[LinkSpec]) -> list[LabLink]:
        """Note links. Names that are given come before those that are chosen."""
        names = self._take_given_names(specs)
        links = []
        for position, spec in enumerate(specs):
            ports = []
            for side, end in enumerate(spec.ends):
                node = self.get(end.node)
                name = names.get((position, side))
                if name is None:
                    name = choose_port_name(node.role, self._ports[end.node])
                    self._take_name(end, name)
                ports.append(Port(node, name, end))
            links.append(LabLink(self, (ports[0], ports[1]), spec.mtu))

        self._number_tunnels(links)
        self.links += links
        return links

    def _number_tunnels(self, links: Sequence[LabLink]) -> None:
        """Give the links between two hosts their numbers."""
        tunnels = [link for link in links if link.ports[0].node.host != link.ports[1].node.host]
        if not tunnels:
            return

        # Imported late: most labs have a single host.
        from ipwrap.lab.tunnels import choose_vni

        taken = {link.vni for link in self.links}
        for link in tunnels:
            link.vni = choose_vni(self.name, taken)
            taken.add(link.vni)

    def _take_given_names(self, specs: Sequence[LinkSpec]) -> dict[tuple[int, int], str]:
        """Take the names that are given to ends, by the positions of these; all, or none."""
        names: dict[tuple[int, int], str] = {}
        try:
            for position, spec in enumerate(specs):
                self._check_hosts(spec)
                for side, end in enumerate(spec.ends):
                    self._check_end(end)
                    if end.interface is not None:
                        names[position, side] = self._take_name(end, end.interface)
        except BaseException:
            for (position, side), name in names.items():
                self._ports[specs[position].ends[side].node].discard(name)
            raise

        return names

    def _check_hosts(self, spec: LinkSpec) -> None:
        """Raise `InvalidArgument` for a link between hosts that have no common underlay."""
        first, second = (self.get(end.node) for end in spec.ends)
        if first.host != second.host:
            # Imported late: most labs have a single host.
            from ipwrap.lab.tunnels import check_same_family

            check_same_family(self.hosts, (first, second))

    def _check_end(self, end: PortSpec) -> None:
        """Raise `InvalidArgument` for an end without a node, or with what is no address."""
        self.get(end.node)
        for name in end.netem_to:
            self.get(name)
        for address in end.addresses or ():
            parse_interface(address)

    def _take_name(self, end: PortSpec, name: str) -> str:
        """Return the name of an end, which is taken from now on. Raises `InvalidArgument`."""
        taken = self._ports[end.node]
        check_port_name(name, end.node, taken=taken)
        taken.add(name)
        return name

    def forget(self, nodes: Sequence[Node], links: Sequence[LabLink]) -> None:
        """Drop nodes and links from the declaration, without a command."""
        for link in links:
            self.links.remove(link)
            for port in link.ports:
                self._ports[port.node.name].discard(port.name)
        for node in nodes:
            del self._nodes[node.name], self._ports[node.name]

    @contextlib.contextmanager
    def declaring(self) -> Iterator[None]:
        """Go back to what was declared before the block, where it fails."""
        settings = (self.name, self.pools, self.routes, self.hostnames, self.hosts.place)
        nodes, links = dict(self._nodes), list(self.links)
        names = {name: set(taken) for name, taken in self._ports.items()}
        node_specs = {node: node.spec for node in self.nodes}
        links_before = {link: (link.mtu, link.vni) for link in links}
        ports = {port: (port.spec, port.dealt) for link in links for port in link.ports}
        try:
            yield
        except BaseException:
            self.name, self.pools, self.routes, self.hostnames, self.hosts.place = settings
            self._nodes, self._ports, self.links = nodes, names, links
            for node, spec in node_specs.items():
                node.spec = spec
            for link, numbers in links_before.items():
                link.mtu, link.vni = numbers
            for port, values in ports.items():
                port.spec, port.dealt = values
            raise

    def reorder(self, names: Sequence[str], links: Sequence[LabLink]) -> None:
        """Bring nodes and links into another order, without a command."""
        self._nodes = {name: self._nodes[name] for name in names}
        self.links = list(links)

    def up(self) -> Self:
        """Make what is declared, and return the lab. A lab that is up stays as it is.

        Switches, routers, and nodes with sysctls or files come first, then the others with their
        links, addresses and routes, then qdiscs, background processes, and commands. Many nodes are
        made side by side, as in `Session.batch`. A lab with routers of IPv6 waits up to a second,
        until each of their links has its link-local address: packets pass when this returns.

        Raises `InvalidArgument`, before anything runs, for a pool with too few addresses and for
        namespaces that are there; and the error of a command that fails: what was made until then
        stays, and `down` deletes it.
        """
        self.refuse_failed()
        if not self.is_up:
            self.hosts.open()
            segments = self.prepare(self.nodes)
            with self.guard_change():
                self.make(self.nodes, links=self.links, segments=segments)
        return self

    @contextlib.contextmanager
    def guard_change(self) -> Iterator[None]:
        """Note a failure of the commands in the block: the lab is not as declared from then on.

        `refuse_failed` refuses further changes then.
        """
        try:
            yield
        except BaseException as error:
            if self.is_up:
                self.failure = str(error).partition("\n")[0] or type(error).__name__
            raise

    def refuse_failed(self) -> None:
        """Raise `InvalidArgument` after a change that has failed: nobody knows what was made."""
        if self.failure is not None:
            raise InvalidArgument(
                f"lab: an earlier change failed: {self.failure}; down() and up() build it anew"
            )

    def prepare(self, nodes: Sequence[Node]) -> "list[Segment]":
        """Deal addresses for what is to be made, and return the segments. Only reads run.

        Raises `InvalidArgument`, with nothing dealt, for a pool with too few addresses, for a netem
        to a node without addresses, and for namespaces of the nodes, or files of any node, that are
        there and not the lab's.
        """
        dealt = {port: port.dealt for link in self.links for port in link.ports}
        try:
            segments = self.deal()
            self._check_paths()
            self.made.ownership.refuse_foreign(nodes, with_files=self.nodes)
        except BaseException:
            for port, addresses in dealt.items():
                port.dealt = addresses
            raise
        return segments

    def _check_paths(self) -> None:
        """Raise `InvalidArgument` for a netem to a node that has no address to filter by."""
        names = {name for link in self.links for port in link.ports for name in port.spec.netem_to}
        if names:
            # Imported late: few labs have slow paths.
            from ipwrap.lab.impairments import destinations

            for name in sorted(names):
                destinations(self, name)

    def make(
        self, nodes: Sequence[Node], *, links: Sequence[LabLink], segments: "Sequence[Segment]"
    ) -> None:
        """Make nodes and links that are declared and prepared."""
        # Imported late: a lab that is only declared needs no verbs.
        from ipwrap.lab.making import make_all

        self.is_up = True
        with self.made.ownership.note(nodes):
            make_all(self, nodes, links=links, segments=segments)

    def open_batch(self) -> contextlib.AbstractContextManager[None]:
        """Return a block that queues changes, as `Session.open_batch`, on all hosts."""
        return self.hosts.open_batch()

    def deal(self) -> "list[Segment]":
        """Set `Port.dealt` of the ends whose addresses are left open, and return the segments.

        It runs no command.
        """
        from ipwrap.lab.dealing import deal_addresses, find_segments
        from ipwrap.lab.pools import Pools

        segments = find_segments(self.nodes, self.links)
        if self.pools:
            deal_addresses(segments, self.nodes, pools=Pools(parse_pools(self.pools)))
        return segments

    def down(self) -> None:
        """Delete the namespaces that the lab has made, and with them the links and processes.

        One that somebody else has made under the same name stays. `up` makes them again. A lab that
        is not up stays as it is. A host whose connection was lost is reached by a new one, which is
        not recorded; where that fails, too, the other hosts are cleaned up before `ConnectionLost`
        is raised.
        """
        from ipwrap.lab.making import delete_all

        if self.is_up:
            # Where a change has failed, not all of them are declared.
            with self.guard_change():
                delete_all(self)
            self.is_up = False
            self.failure = None

    def _down_after(self, error: BaseException) -> None:
        """Take the lab down after an error, which gets a note where that fails, too."""
        try:
            self.down()
        except Exception as failure:
            error.add_note(f"lab: what was made could not be deleted: {failure}")

    def require_up(self) -> None:
        """Raise `InvalidArgument` for a lab that is not up."""
        if not self.is_up:
            raise InvalidArgument("lab: it is not up; call up() first")

    def topology(self) -> Topology:
        """Return what is declared, as a value: ``Lab.of(lab.topology())`` declares the same."""
        return Topology(
            name=self.name,
            nodes=tuple(node.spec for node in self.nodes),
            links=tuple(link.spec for link in self.links),
            pools=self.pools,
            routes=self.routes,
            hostnames=self.hostnames,
            hosts=self.hosts.specs,
            place=self.hosts.table,
        )

    def export(self, format: str = "sh", **options: Any) -> dict[str, str]:  # noqa: A002
        """Return the recording of each host as a script or transcript, by the name of the host.

        ::

            for host, script in lab.export().items():
                Path(f"{host}.sh").write_text(script)

        The parameters are those of `Session.export`. On a single host the name is that of the lab.
        """
        return {
            host or self.name: session.export(format, **options)
            for host, session in self.sessions.items()
        }

    def apply(self, topology: Topology) -> None:
        """Change the lab to another topology: only what differs is deleted, made or set.

        ::

            plan = lab.topology()
            lab.apply(evolve(plan, links=plan.links[:-1]))

        Nodes are the same by their names, links by their nodes and the names given to their ends.
        What stays has its addresses and names. The commands are recorded, like any others. A
        command of a node runs if it was not there before; a sysctl that is no longer listed gets
        the value from before the lab.

        Raises `InvalidArgument`, before anything runs, and the lab is as it was; and the error of a
        command that fails. What was done until then stays, and further changes are refused: `down`
        and `up` build the lab anew, as this topology has it.
        """
        # Imported late: few labs change to another topology.
        from ipwrap.lab.changes import apply_topology

        self.refuse_failed()
        apply_topology(self, topology)

    def set_path(self, first: Node | str, second: Node | str, *, netem: NetemSetting) -> None:
        """Set delay, loss and rate between two nodes, also on a segment with others.

        ::

            lab.set_path(h1, h2, netem=Netem(delay="20ms"))

        Each node's end of the segment gets an htb with a class for the other one, by filters of its
        addresses (u32); what goes to others stays as it is. A pair of netems is that of each way;
        False takes it away.

        Raises `InvalidArgument` for nodes without a common segment or addresses, `NotFound` or
        `NotSupported` where the kernel lacks netem, htb or u32.
        """
        from ipwrap.lab.dealing import find_segments
        from ipwrap.lab.impairments import check_netem, set_netems

        self.refuse_failed()
        nodes = [end if isinstance(end, Node) else self.get(end) for end in (first, second)]
        netems = check_netem(netem)
        segments = find_segments(self.nodes, self.links)
        ports = _common_ports(segments, nodes)

        specs: dict[Port, PortSpec] = {}
        for port, other, wanted in zip(ports, reversed(nodes), netems, strict=True):
            if wanted is None:
                continue
            others = {name: own for name, own in port.spec.netem_to.items() if name != other.name}
            if isinstance(wanted, Netem):
                others[other.name] = wanted
            specs[port] = evolve(port.spec, netem_to=others)
        set_netems(self, specs)


def _common_ports(segments: "Sequence[Segment]", nodes: Sequence[Node]) -> list[Port]:
    """Return the ends of two nodes on the first segment that has both."""
    for segment in segments:
        own = {port.node: port for port in reversed(segment.ports)}
        if all(node in own for node in nodes):
            return [own[node] for node in nodes]

    names = " and ".join(node.name for node in nodes)
    raise InvalidArgument(f"lab: {names} have no segment in common")


def _sysctl_texts(values: Mapping[str, str | int] | None) -> dict[str, str]:
    """Return sysctls as text; True and False are 1 and 0."""
    return {key: str(int(v) if isinstance(v, bool) else v) for key, v in (values or {}).items()}


def _check_pair(label: str, values: Sequence[T]) -> Sequence[T]:
    """Return the values of both ends. Raises `InvalidArgument`."""
    if not isinstance(values, (list, tuple)) or len(values) != 2:
        raise InvalidArgument(
            f"lab: {label}: {values!r} is no pair; give one for each end, None to leave it open"
        )
    return values
