"""The nodes of a lab and the links between them: `Node`, `Switch`, `Router`, `LabLink`."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from attrs import define, evolve, field

from ipwrap import until
from ipwrap.command import IPROUTE2, SEARCH_PATH
from ipwrap.errors import InvalidArgument
from ipwrap.lab.topology import LinkSpec, NodeSpec, PortSpec, Role
from ipwrap.qdiscs.netem import Netem
from ipwrap.sessions.namespace import NamespaceCommands
from ipwrap.system.uts import enter_uts_argv

if TYPE_CHECKING:
    from ipwrap.conditions import Condition
    from ipwrap.ip import Ip
    from ipwrap.lab.lab import Lab
    from ipwrap.session import Namespace, Session

__all__ = [
    "ROUTER_SYSCTLS",
    "LabLink",
    "NetemSetting",
    "Node",
    "Port",
    "Router",
    "Switch",
    "node_class",
]

T = TypeVar("T")
# Of both ends of a link, or one for each; False is none.
NetemSetting = Netem | Literal[False] | tuple[Netem | Literal[False] | None, ...]

ROUTER_SYSCTLS = {"net.ipv4.ip_forward": "1", "net.ipv6.conf.all.forwarding": "1"}


@define(eq=False)
class Node(NamespaceCommands):
    """A node of a lab: a network namespace, with the verbs of ``session.netns(NAME)``.

    `exec`, `spawn`, `wait_for`, `capture`, `ip`, `tc` and the like run in the namespace. The
    programs of a node with a hostname run in its UTS namespace as well: `ip netns exec h1 nsenter
    --uts=/run/utsns/h1 PROGRAM …`. Without one, they have the name of the whole place.
    ``host`` is the name of its host, in a lab over several.
    """

    lab: "Lab" = field(repr=False)
    spec: NodeSpec = field(repr=False)
    host: str = field(default="", repr=False)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name of the node and of its namespace."""
        return self.spec.name

    @property
    def role(self) -> Role:
        """The role of the node: "node", "switch" or "router"."""
        return self.spec.role

    @property
    def session(self) -> "Session":
        """The session of the node's host."""
        return self.lab.sessions[self.host]

    @property
    def _where(self) -> "tuple[Session, str]":
        return self.session, self.name

    @property
    def netns(self) -> "Namespace":
        """The namespace of the node."""
        return self.session.netns(self.name)

    @property
    def links(self) -> "dict[str, LabLink]":
        """The links of the node, by their names in it."""
        return {
            port.name: link for link in self.lab.links for port in link.ports if port.node is self
        }

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses of the links, given and dealt, then those of `lo` or of the bridge.

        Each is a prefix, such as "10.0.0.1/24". Addresses are dealt by `Lab.up`.
        """
        ports = [port for link in self.lab.links for port in link.ports if port.node is self]
        of_links = [address for port in ports for address in port.addresses]
        return (*of_links, *self.spec.addresses)

    @property
    def address(self) -> str:
        """The first address, without the length of its prefix: "10.0.0.1".

        Raises `InvalidArgument` for a node without addresses.
        """
        addresses = self.addresses
        if not addresses:
            raise InvalidArgument(
                f"lab: {self.name} has no address; give addresses=, or Lab(pools=…) and up()"
            )
        return addresses[0].partition("/")[0]

    @property
    def sysctls(self) -> dict[str, str]:
        """The sysctls that the lab sets: a router's forwarding, and those given."""
        of_role = ROUTER_SYSCTLS if self.role == "router" else {}
        return {**of_role, **self.spec.sysctls}

    @property
    def hostname(self) -> str | None:
        """The hostname: the one given, or the name with ``Lab(hostnames=True)``; else None."""
        return self.spec.hostname or (self.name if self.lab.hostnames else None)

    @property
    def uts_argv(self) -> tuple[str, ...]:
        """The arguments before a program that has the hostname of the node; none without one."""
        hostname = self.lab.made.hostnames.made.get(self.name)
        return () if hostname is None else enter_uts_argv(self.name)

    def _entered(
        self, argv: tuple[str, ...], env: Mapping[str, str] | None
    ) -> tuple[tuple[str, ...], Mapping[str, str] | None]:
        """Return a program and its variables, with the hostname of the node."""
        enter = self.uts_argv
        if not enter or not argv or argv[0] in IPROUTE2:
            return argv, env

        # A search path is for the program, and not for nsenter.
        if env is not None and SEARCH_PATH in env:
            argv = ("env", f"{SEARCH_PATH}={env[SEARCH_PATH]}", *argv)
            env = {name: value for name, value in env.items() if name != SEARCH_PATH}
        return (*enter, *argv), env

    def _condition_here(self, condition: "Condition") -> "Condition":
        """Return a condition whose programs have the hostname of the node."""
        enter = self.uts_argv
        if not enter:
            return condition
        if isinstance(condition, until.all_of):
            return until.all_of(*map(self._condition_here, condition.conditions))
        if isinstance(condition, until.succeeds) and condition.program[0] not in IPROUTE2:
            return until.succeeds(*enter, *condition.program)
        return condition

    def call(self, function: Callable[..., T], /, *arguments: Any, **options: Any) -> T:
        """Run a Python function inside the namespace, in a child process, and return its result.

        ::

            def status(url):
                with urllib.request.urlopen(url) as reply:
                    return reply.status

            assert h1.call(status, f"http://{h2.address}:8000") == 200

        The child is a fork of this process, moved into the namespaces of the node: any function
        works, also a nested one, and a failed `assert` of pytest comes back with its message. An
        exception is raised here with a note of the child's traceback; the result has to be
        picklable. What the function changes in Python's objects stays in the child. The recording
        has a note, and no command, so that a script does not repeat what the function did.

        Raises `PlaceError` where this process may not enter: another machine,
        `Session(sudo=True)`, or Linux before 5.8.
        """
        # Imported late: few labs call functions.
        from ipwrap.lab.calls import call_inside

        self.lab.require_up()
        return call_inside(
            self.netns,
            lambda: function(*arguments, **options),
            label=function,
            enter=self.uts_argv,
        )

    def shell(self) -> int:
        """Open the user's shell in the namespace, on the terminal, and return its exit status.

        `ip netns exec NAME $SHELL`. What is typed there is not recorded.
        """
        # Imported late: few labs are explored by hand.
        from ipwrap.places.interactive import run_interactive
        from ipwrap.places.shell_prompt import interactive_shell

        self.lab.require_up()
        shell = interactive_shell(self.name)
        argv = ("ip", "netns", "exec", self.name, *self.uts_argv, *shell.argv)
        return run_interactive(self.session.place, argv, env=shell.env)


class Switch(Node):
    """A switch: a node with a bridge, `br0`, whose ports are the links of the node."""


class Router(Node):
    """A router: a node that forwards packets of IPv4 and IPv6."""


CLASSES: Mapping[Role, type[Node]] = {"node": Node, "switch": Switch, "router": Router}


def node_class(role: Role) -> type[Node]:
    """Return the class of nodes with a role. Raises `InvalidArgument`."""
    if role not in CLASSES:
        raise InvalidArgument(f"lab: role: {role!r} is not one of {', '.join(CLASSES)}")
    return CLASSES[role]


@define(eq=False)
class Port:
    """An end of a link: its node, its name there, what is declared of it, and what is dealt."""

    node: Node
    name: str
    spec: PortSpec = field(repr=False)
    dealt: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.node.name}:{self.name}"

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses of the end: those given, else those dealt."""
        return self.dealt if self.spec.addresses is None else self.spec.addresses

    @property
    def ip(self) -> "Ip":
        """`ip -n NODE …`."""
        return self.node.netns.ip


@define(eq=False)
class LabLink:
    """A link of a lab: a veth pair, or a VXLAN between nodes of two hosts. ``ports`` are its ends.

    ``vni`` is the number of the VXLAN, None for a pair.
    """

    lab: "Lab" = field(repr=False)
    ports: tuple[Port, Port]
    mtu: int | None = None
    vni: int | None = None

    def __str__(self) -> str:
        return " -- ".join(map(str, self.ports))

    def __repr__(self) -> str:
        return f"<LabLink {self}>"

    @property
    def spec(self) -> LinkSpec:
        """The link as declared."""
        first, second = self.ports
        return LinkSpec(ends=(first.spec, second.spec), mtu=self.mtu)

    @property
    def pulled_port(self) -> Port:
        """The end that `pull` sets down: that of a switch, if there is one, else the second."""
        return next((port for port in self.ports if port.node.role == "switch"), self.ports[1])

    def pull(self) -> None:
        """Cut the link: `ip -n NODE link set dev LINK down`, of the end in a switch or the second.

        The other end is up, without a carrier. No end of a veth pair loses its carrier otherwise;
        one on another host is told to: `ip -n NODE link set dev LINK protodown on`. What the kernel
        drops is read before, for `plug`.
        """
        # Imported late, as the verbs are.
        from ipwrap.lab.pulling import read_port

        self.lab.require_up()
        port = self.pulled_port
        if self not in self.lab.made.pulled:
            self.lab.made.pulled[self] = read_port(port)
        port.ip.link.set(port.name, up=False)
        self._set_carrier(is_on=False)

    def plug(self) -> None:
        """Put the link back: `ip -n NODE link set dev LINK up`.

        What the kernel drops of a link that is down comes back as well: the IPv6 addresses of the
        end and the routes of its node, those of the lab, and those that were there at `pull`.
        """
        # Imported late, as the verbs are.
        from ipwrap.lab.pulling import PortState, restore_port

        self.lab.require_up()
        port = self.pulled_port
        port.ip.link.set(port.name, up=True)
        self._set_carrier(is_on=True)
        restore_port(port, self.lab.made.pulled.get(self, PortState()))
        self.lab.made.forget_links([self])

    def _set_carrier(self, *, is_on: bool) -> None:
        """Give the other end of a VXLAN a carrier or none; a veth pair does so by itself."""
        if self.vni is not None:
            from ipwrap.lab.tunnels import set_carrier

            set_carrier(self, is_on=is_on)

    def set(self, *, netem: NetemSetting | None = None, mtu: int | None = None) -> None:
        """Change the link while it runs, or as declared before `Lab.up`.

        ::

            wan.set(netem=Netem(delay="20ms"), mtu=1400)
            wan.set(netem=(Netem(loss=1), None))

        - ``netem``: of what both ends send, or of each; False takes it away, None leaves it.
          `tc -n NODE qdisc replace dev LINK root netem …`
        - ``mtu``: of both ends, in bytes. `ip -n NODE link set dev LINK mtu MTU`

        Raises `InvalidArgument`, and `NotFound` or `NotSupported` where the kernel has no netem
        (CONFIG_NET_SCH_NETEM). After a command that fails the link is declared as before, and the
        lab refuses further changes until `Lab.down`.
        """
        # Imported late, as the verbs are.
        from ipwrap.lab.impairments import check_netem, set_netems
        from ipwrap.lab.making import set_mtu

        self.lab.refuse_failed()
        pairs = list(zip(self.ports, check_netem(netem), strict=True))
        if mtu is not None:
            before, self.mtu = self.mtu, mtu
            try:
                with self.lab.guard_change():
                    if self.lab.is_up:
                        set_mtu(self)
            except BaseException:
                self.mtu = before
                raise

        specs = {
            port: evolve(port.spec, netem=wanted or None)
            for port, wanted in pairs
            if wanted is not None
        }
        set_netems(self.lab, specs)
