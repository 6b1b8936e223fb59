"""pyroute2 as two players: `IPRoute` with a `NetNS` for each namespace, and `NDB`."""

import contextlib
import importlib
from collections.abc import Callable, Sequence
from typing import Any

from attrs import define, field

from scripts.bench.labs import BRIDGE
from scripts.bench.steps import Step
from scripts.bench.timer import PhaseTimer

__all__ = ["play", "play_ndb"]

# The interface index of the bridge. NDB takes a port of a bridge for a port of any link with the
# bridge's index, in whichever namespace, and loops: so no other link may have the index.
UNIQUE_INDEX = 1_000_000


@define
class Sockets:
    """The netlink sockets into the first namespace and into the last named namespace.

    ``indexes`` caches the interface indexes, by namespace and link name.
    """

    pyroute2: Any
    first: Any
    stack: contextlib.ExitStack = field(factory=contextlib.ExitStack)
    netns: str | None = None
    current: Any = None
    indexes: dict[tuple[str | None, str], int] = field(factory=dict)

    def enter(self, netns: str | None) -> None:
        """Make a namespace the current one.

        The socket into a named namespace stays open until another named namespace is entered.
        """
        if netns is None:
            self.current = self.first
            return

        if netns != self.netns:
            self.stack.close()
            self.current = self.stack.enter_context(self.pyroute2.NetNS(netns))

        self.netns = netns

    def index(self, dev: str) -> int:
        """Return the index of a link in the current namespace; look the link up once."""
        netns = None if self.current is self.first else self.netns
        key = (netns, dev)

        if key not in self.indexes:
            (self.indexes[key],) = self.current.link_lookup(ifname=dev)

        return self.indexes[key]

    def add_veth(self, name: str, *, peer: str, peer_netns: str, netns: str | None = None) -> None:
        """Create a veth pair from the current namespace."""
        options = {"net_ns_fd": netns} if netns else {}
        peer_options = {"ifname": peer, "net_ns_fd": peer_netns}
        self.current.link("add", ifname=name, kind="veth", peer=peer_options, **options)

    def set_link(self, dev: str, **options: object) -> None:
        """Set options of a link in the current namespace."""
        self.current.link("set", index=self.index(dev), **options)

    def add_address(self, prefix: str, dev: str) -> None:
        """Add an address with its prefix length."""
        address, _, length = prefix.partition("/")
        self.current.addr("add", index=self.index(dev), address=address, prefixlen=int(length))


VERBS: dict[str, Callable[..., object]] = {
    "netns": lambda sockets, name: sockets.pyroute2.netns.create(name),
    "delete-netns": lambda sockets, name: sockets.pyroute2.netns.remove(name),
    "bridge": lambda sockets, name: sockets.current.link(
        "add",
        ifname=name,
        kind="bridge",
        state="up",
    ),
    "veth": lambda sockets, name, peer, peer_netns: sockets.add_veth(
        name,
        peer=peer,
        peer_netns=peer_netns,
    ),
    "between": lambda sockets, name, netns, peer, peer_netns: sockets.add_veth(
        name,
        peer=peer,
        peer_netns=peer_netns,
        netns=netns,
    ),
    "port": lambda sockets, dev, master: sockets.set_link(
        dev,
        master=sockets.index(master),
        state="up",
    ),
    "up": lambda sockets, dev: sockets.set_link(dev, state="up"),
    "mtu": lambda sockets, dev, mtu: sockets.set_link(dev, mtu=int(mtu)),
    "delete-link": lambda sockets, dev: sockets.current.link("del", index=sockets.index(dev)),
    "address": lambda sockets, prefix, dev: sockets.add_address(prefix, dev),
    "route": lambda sockets, dst, via: sockets.current.route("add", dst=dst, gateway=via),
    "show": lambda sockets, dev: list(sockets.current.get_links(ifname=dev)),
    "links": lambda sockets: list(sockets.current.get_links()),
}


def play(steps: Sequence[Step], *, warm: int, timer: PhaseTimer) -> None:
    """Take steps by netlink."""
    pyroute2 = importlib.import_module("pyroute2")

    with timer.phase("open"):
        sockets = Sockets(pyroute2, pyroute2.IPRoute())
        _take_steps(sockets, steps[:warm])

    with timer.phase("work"):
        _take_steps(sockets, steps[warm:])

    with timer.phase("close"):
        sockets.stack.close()
        sockets.first.close()


def _take_steps(sockets: Sockets, steps: Sequence[Step]) -> None:
    """Take each step in its namespace."""
    for step in steps:
        sockets.enter(step.netns)
        VERBS[step.verb](sockets, *step.args)


def play_ndb(steps: Sequence[Step], *, timer: PhaseTimer) -> None:
    """Take the steps of the pods by NDB, pyroute2's database of every added namespace.

    NDB waits a second for the address of a link in the state down, as every link of this lab is.
    """
    pyroute2 = importlib.import_module("pyroute2")

    with timer.phase("open"):
        ndb = pyroute2.NDB(log="off")

    with timer.phase("work"):
        for step in steps:
            NDB_VERBS[step.verb](pyroute2, ndb, step.netns, *step.args)

    with timer.phase("close"):
        ndb.close()


def _ndb_netns(pyroute2: Any, ndb: Any, _: None, /, name: str) -> None:
    """Create a namespace and add it to the database."""
    pyroute2.netns.create(name)
    ndb.sources.add(netns=name)


def _ndb_bridge(_: Any, ndb: Any, __: None, /, name: str) -> None:
    """Create a bridge."""
    bridge = ndb.interfaces.create(ifname=name, kind="bridge", index=UNIQUE_INDEX, state="up")
    bridge.commit()


def _ndb_veth(_: Any, ndb: Any, __: None, /, name: str, peer: str, netns: str) -> None:
    """Create a veth pair, and wait until the database contains the peer."""
    peer_options = {"ifname": peer, "net_ns_fd": netns}
    ndb.interfaces.create(ifname=name, kind="veth", peer=peer_options).commit()
    ndb.interfaces.wait(target=netns, ifname=peer)


def _ndb_port(_: Any, ndb: Any, netns: str | None, /, dev: str, __: str) -> None:
    """Make a link a port of the bridge, and set it up."""
    link = _ndb_link(ndb, netns, dev)
    bridge = _ndb_link(ndb, None, BRIDGE)
    link.set("master", bridge["index"]).set("state", "up").commit()


def _ndb_up(_: Any, ndb: Any, netns: str | None, /, dev: str) -> None:
    """Set a link up."""
    _ndb_link(ndb, netns, dev).set("state", "up").commit()


def _ndb_address(_: Any, ndb: Any, netns: str | None, /, prefix: str, dev: str) -> None:
    """Add an address to a link."""
    _ndb_link(ndb, netns, dev).add_ip(prefix).commit()


def _ndb_route(_: Any, ndb: Any, netns: str | None, /, dst: str, via: str) -> None:
    """Add a route."""
    ndb.routes.create(target=netns or "localhost", dst=dst, gateway=via).commit()


def _ndb_link(ndb: Any, netns: str | None, /, name: str) -> Any:
    """Return a link of the database."""
    return ndb.interfaces[{"target": netns or "localhost", "ifname": name}]


NDB_VERBS: dict[str, Callable[..., object]] = {
    "netns": _ndb_netns,
    "bridge": _ndb_bridge,
    "veth": _ndb_veth,
    "port": _ndb_port,
    "up": _ndb_up,
    "address": _ndb_address,
    "route": _ndb_route,
}
