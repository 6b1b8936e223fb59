"""pyroute2 as a player: an `IPRoute`, and a `NetNS` for each namespace while its steps are taken.

And its `NDB`.
"""

import contextlib
import importlib
from collections.abc import Callable, Sequence
from typing import Any

from attrs import define, field

from scripts.bench.labs import BRIDGE
from scripts.bench.steps import Step
from scripts.bench.watch import Watch

__all__ = ["play", "play_ndb"]

# NDB takes a port of a bridge for one of any link with that index, in whichever namespace, and
# loops
FAR = 1_000_000


@define
class Kernel:
    """The sockets into the first namespace and into the one that was spoken of last, and the
    indexes learnt there.
    """

    pyroute2: Any
    first: Any
    stack: contextlib.ExitStack = field(factory=contextlib.ExitStack)
    inside: str | None = None
    at: Any = None
    indexes: dict[tuple[str | None, str], int] = field(factory=dict)

    def enter(self, netns: str | None) -> None:
        """Speak to a namespace from here on.

        The socket into a named one is closed when another is entered.
        """
        if netns is None:
            self.at = self.first
        elif netns != self.inside:
            self.stack.close()
            self.at = self.stack.enter_context(self.pyroute2.NetNS(netns))
        self.inside = self.inside if netns is None else netns

    def index(self, dev: str) -> int:
        """Return a link's index, asking for it once."""
        key = (None if self.at is self.first else self.inside, dev)
        if key not in self.indexes:
            (self.indexes[key],) = self.at.link_lookup(ifname=dev)
        return self.indexes[key]

    def add_address(self, prefix: str, dev: str) -> None:
        """Add an address with its prefix length."""
        address, _, length = prefix.partition("/")
        self.at.addr("add", index=self.index(dev), address=address, prefixlen=int(length))


VERBS: dict[str, Callable[..., object]] = {
    "netns": lambda k, name: k.pyroute2.netns.create(name),
    "gone": lambda k, name: k.pyroute2.netns.remove(name),
    "bridge": lambda k, name: k.at.link("add", ifname=name, kind="bridge", state="up"),
    "veth": lambda k, name, peer, netns: k.at.link(
        "add", ifname=name, kind="veth", peer={"ifname": peer, "net_ns_fd": netns}
    ),
    "between": lambda k, a, left, b, right: k.at.link(
        "add", ifname=a, kind="veth", net_ns_fd=left, peer={"ifname": b, "net_ns_fd": right}
    ),
    "port": lambda k, dev, master: k.at.link(
        "set", index=k.index(dev), master=k.index(master), state="up"
    ),
    "up": lambda k, dev: k.at.link("set", index=k.index(dev), state="up"),
    "mtu": lambda k, dev, mtu: k.at.link("set", index=k.index(dev), mtu=int(mtu)),
    "unlink": lambda k, dev: k.at.link("del", index=k.index(dev)),
    "address": lambda k, prefix, dev: k.add_address(prefix, dev),
    "route": lambda k, dst, via: k.at.route("add", dst=dst, gateway=via),
    "show": lambda k, dev: list(k.at.get_links(ifname=dev)),
    "links": lambda k: list(k.at.get_links()),
}


def play(steps: Sequence[Step], warm: int, watch: Watch) -> None:
    """Take steps by netlink."""
    pyroute2 = importlib.import_module("pyroute2")
    with watch.on("open"):
        kernel = Kernel(pyroute2, pyroute2.IPRoute())
        _take(kernel, steps[:warm])
    with watch.on("work"):
        _take(kernel, steps[warm:])
    with watch.on("close"):
        kernel.stack.close()
        kernel.first.close()


def _take(kernel: Kernel, steps: Sequence[Step]) -> None:
    """Take steps, each in its namespace."""
    for step in steps:
        kernel.enter(step.netns)
        VERBS[step.verb](kernel, *step.args)


def play_ndb(steps: Sequence[Step], watch: Watch) -> None:
    """Take the steps of the pods by pyroute2's database, which reads every namespace that it is
    told of.

    It waits a second for the address of a link that is down, as all links are here when they are
    given theirs.
    """
    pyroute2 = importlib.import_module("pyroute2")
    with watch.on("open"):
        ndb = pyroute2.NDB(log="off")
    with watch.on("work"):
        for step in steps:
            NDB_VERBS[step.verb](pyroute2, ndb, step.netns, *step.args)
    with watch.on("close"):
        ndb.close()


def _ndb_netns(pyroute2: Any, ndb: Any, _: None, name: str) -> None:
    """Make a namespace and have the database follow it."""
    pyroute2.netns.create(name)
    ndb.sources.add(netns=name)


def _ndb_veth(_: Any, ndb: Any, __: None, name: str, peer: str, netns: str) -> None:
    """Make a cable, and wait until the database has heard of its far end."""
    ndb.interfaces.create(
        ifname=name, kind="veth", peer={"ifname": peer, "net_ns_fd": netns}
    ).commit()
    ndb.interfaces.wait(target=netns, ifname=peer)


def _link(ndb: Any, netns: str | None, name: str) -> Any:
    """Return a link of the database."""
    return ndb.interfaces[{"target": netns or "localhost", "ifname": name}]


def _ndb_route(_: Any, ndb: Any, netns: str | None, dst: str, via: str) -> None:
    """Add a route."""
    ndb.routes.create(target=netns or "localhost", dst=dst, gateway=via).commit()


NDB_VERBS: dict[str, Callable[..., object]] = {
    "netns": _ndb_netns,
    "bridge": lambda _, ndb, __, name: ndb.interfaces.create(
        ifname=name, kind="bridge", index=FAR, state="up"
    ).commit(),
    "veth": _ndb_veth,
    "port": lambda _, ndb, netns, dev, __: (
        _link(ndb, netns, dev)
        .set("master", _link(ndb, None, BRIDGE)["index"])
        .set("state", "up")
        .commit()
    ),
    "up": lambda _, ndb, netns, dev: _link(ndb, netns, dev).set("state", "up").commit(),
    "address": lambda _, ndb, netns, prefix, dev: _link(ndb, netns, dev).add_ip(prefix).commit(),
    "route": _ndb_route,
}
