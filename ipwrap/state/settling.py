"""Look again at a state that is still changing: the kernel does some work after a command's end.

`ip netns delete` returns before the namespace is gone: cleanup_net() in net/core/net_namespace.c
deletes its links later, and with them their other ends. IPv6 addresses are checked for duplicates,
and a carrier comes up, within a second or two.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any, TypeVar

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import OutputError
from ipwrap.jsonio.reader import check_objects
from ipwrap.result import Result
from ipwrap.state.snapshot import State
from ipwrap.verbs.runner import Runner, run_reads

__all__ = [
    "SETTLING_SECONDS",
    "Patience",
    "holds_vanishing_links",
    "leads_to_nameless",
    "look_until",
    "look_until_vanished",
]

SETTLING_SECONDS = 5.0  # how long a difference may be a passing one
VANISHING_SECONDS = 30.0  # how long the kernel may take to delete namespaces, on a busy machine
# How long what a process leaves, such as its sockets, may hold a namespace that has lost its name.
NAMELESS_SECONDS = 1.0

FIRST_PAUSE = 0.05  # seconds between two looks; doubled up to the longest pause
LONGEST_PAUSE = 0.5

# What the kernel says of the number of a namespace that is being deleted: rtnl_net_getid() in
# net/core/net_namespace.c.
DELETED_NETNS = "Peer netns reference is invalid"
HAS_NAME = "iproute2 netns name:"  # ip/ipnetns.c

Value = TypeVar("Value")
# A namespace, and the number that it has for the namespace at the other end of a link.
Peer = tuple[str, int]


@define
class Patience:
    """How long to look again, in all: ``seconds`` from the first pause on.

    A pause is as long as the look before it, at least: a busy machine is not loaded further.
    """

    seconds: float = SETTLING_SECONDS
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _deadline: float | None = field(default=None, init=False)
    _pause: float = field(default=FIRST_PAUSE, init=False)

    def wait(self, *, look_seconds: float = 0.0) -> bool:
        """Pause before a further look; return False, without a pause, once the time is up."""
        now = self.clock()
        if self._deadline is None:
            self._deadline = now + self.seconds
        if now >= self._deadline:
            return False

        self._pause = max(self._pause, look_seconds)
        self.sleep(min(self._pause, self._deadline - now))
        self._pause = min(2 * self._pause, LONGEST_PAUSE)
        return True


def look_until(
    look: Callable[[], Value], is_settled: Callable[[Value], bool], *, patience: Patience
) -> Value:
    """Look until a value is settled, or the patience is at its end; return the last value.

    A settled value costs one look and no pause. The last look comes after the time is up.
    """
    while True:
        begin = patience.clock()
        value = look()
        if is_settled(value):
            return value
        if not patience.wait(look_seconds=patience.clock() - begin):
            return value


def look_until_vanished(
    look: Callable[[], State], runner: Runner, *, before: State | None = None
) -> State:
    """Return a state without links that are about to go with a deleted namespace.

    A link of the first namespace whose other end is in a namespace without a name may go as well,
    or stay as long as a process holds that namespace: it is waited for a little, unless the state
    ``before`` has the link.
    """
    begin = time.monotonic()

    def is_settled(state: State) -> bool:
        if holds_vanishing_links(runner, state):
            return False
        return time.monotonic() - begin > NAMELESS_SECONDS or not leads_to_nameless(
            runner, state, before=before
        )

    return look_until(look, is_settled, patience=Patience(VANISHING_SECONDS))


def holds_vanishing_links(runner: Runner, state: State) -> bool:
    """Return whether a link's other end is in a namespace that the kernel is still deleting.

    The kernel gives such a namespace no new number: peernet2id_alloc(), then -1 is shown.
    """
    peers = {
        (netns, link["link_netnsid"])
        for netns, nouns in state.items()
        for link in nouns.get("link", ())
        if "link_netnsid" in link
    }
    if any(number < 0 for _, number in peers):
        return True

    names = _names_of_numbers(runner, peers)
    doubtful = peers - names.keys() - _numbers_of_first(state, names)
    replies = _ask_for_numbers(runner, sorted(doubtful))
    return any(DELETED_NETNS in reply.stderr for reply in replies)


def leads_to_nameless(runner: Runner, state: State, *, before: State | None = None) -> bool:
    """Return whether a link of the first namespace has its other end in one without a name.

    That may be one whose deletion has begun since the last look. Links of the state ``before``,
    such as those of containers, are left out.
    """
    older = {link.get("ifindex") for link in (before or {}).get("", {}).get("link", ())}
    links = [link for link in state.get("", {}).get("link", ()) if link.get("ifindex") not in older]
    peers = {("", link["link_netnsid"]) for link in links if link.get("link_netnsid", -1) >= 0}

    replies = _ask_for_numbers(runner, sorted(peers - _names_of_numbers(runner, peers).keys()))
    return any(_is_nameless(reply) for reply in replies)


def _is_nameless(reply: Result) -> bool:
    """Return whether a reply of `ip netns list-id` is of a namespace without a name."""
    return DELETED_NETNS in reply.stderr or (reply.ok and HAS_NAME not in reply.stdout)


def _names_of_numbers(runner: Runner, peers: Set[Peer]) -> dict[Peer, str]:
    """Return the names that `ip netns list-id` knows for numbers of namespaces.

    A namespace with a name is none that is being deleted. Only where several numbers are in doubt,
    one look spares the questions for each.
    """
    counts = Counter(netns for netns, _ in peers)
    commands = [
        Command(("ip", "-j", "netns", "list-id"), netns or None, changes=False)
        for netns, count in counts.items()
        if count > 1
    ]

    names: dict[Peer, str] = {}
    for result in run_reads(runner, commands):
        for namespace in _read_listing(result):
            if namespace.get("name"):
                names[result.command.netns or "", namespace["nsid"]] = namespace["name"]
    return names


def _read_listing(result: Result) -> list[dict[str, Any]]:
    """Return the namespaces of a listing; none of a listing that failed."""
    try:
        return check_objects(result.json()) if result.ok else []
    except OutputError:
        return []


def _numbers_of_first(state: State, names: Mapping[Peer, str]) -> set[Peer]:
    """Return numbers that named namespaces have for the first namespace, which nobody deletes.

    The ends of a pair of veth know the index of each other: if the one is in the first namespace,
    and leads to an index of a named namespace, the link with that index leads back.
    """
    numbers: set[Peer] = set()
    for link in state.get("", {}).get("link", ()):
        name = names.get(("", link.get("link_netnsid", -1)))
        if name is None or not _is_veth(link):
            continue

        for end in state.get(name, {}).get("link", ()):
            leads_back = (end.get("ifindex"), end.get("link_index")) == (
                link.get("link_index"),
                link.get("ifindex"),
            )
            if leads_back and _is_veth(end) and "link_netnsid" in end:
                numbers.add((name, end["link_netnsid"]))

    return numbers


def _is_veth(link: Mapping[str, Any]) -> bool:
    """Return whether a link is an end of a pair of veth."""
    return bool(link.get("linkinfo", {}).get("info_kind") == "veth")


def _ask_for_numbers(runner: Runner, peers: Iterable[Peer]) -> list[Result]:
    """Return what `ip netns list-id` says of the numbers of namespaces."""
    commands = [
        Command(
            ("ip", "netns", "list-id", "nsid", str(number)),
            netns or None,
            changes=False,
            batch=True,
        )
        for netns, number in peers
    ]
    return run_reads(runner, commands)
