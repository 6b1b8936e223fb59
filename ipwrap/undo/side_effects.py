"""Side effects of link changes: options and objects modified by the kernel along with a link.

A link loses its routes when set down. A deleted link takes the peer, the links above, and all
addresses along. The functions read the state before the session, and return `LinkEffects`.
"""

from collections.abc import Callable, Collection, Iterable

from attrs import define, field

from ipwrap.kinds import LinkKind
from ipwrap.objects.base import Arguments
from ipwrap.options.table import options_of
from ipwrap.recording import State
from ipwrap.undo.link_data import LinkLocation, find_peer, link_at, ports_of, upper_links
from ipwrap.undo.patterns import ADDRESS_NOUNS, Pattern, link_dependents, patterns_on_link

__all__ = ["ALL_OPTIONS", "LinkEffects", "effects_of_deletion", "effects_of_set"]

ALL_OPTIONS = "*"
MIN_IPV6_MTU = 1280  # IPV6_MIN_MTU in the kernel's include/uapi/linux/ipv6.h
# Options set by the kernel when a link becomes or ceases to be a port.
ENSLAVEMENT_OPTIONS = frozenset({"address", "master", "mtu", "port *", "up"})
# Options of a bridge which rewrite the VLANs of every port: net/bridge/br_vlan.c.
VLAN_OPTIONS = frozenset({"vlan_default_pvid", "vlan_filtering", "vlan_protocol"})
MASTER_OPTIONS = frozenset({"master", "nomaster", "vrf"})
NOT_OPTIONS = frozenset({"dev", "kind", "name"})


@define
class LinkEffects:
    """The pre-existing links, options and objects possibly modified by one command.

    ``masters`` are the current locations of links with a new or a lost port.
    """

    options: dict[LinkLocation, set[str]] = field(factory=dict)
    patterns: list[Pattern] = field(factory=list)
    masters: list[LinkLocation] = field(factory=list)

    def add_options(self, location: LinkLocation, names: Iterable[str]) -> None:
        """Add options of a link; ``vrf`` sets the master."""
        options = self.options.setdefault(location, set())
        for name in names:
            options.add("master" if name in MASTER_OPTIONS else name)

    def add_dependents(self, location: LinkLocation, nouns: Iterable[str]) -> None:
        """Add the objects of a link, for the given nouns."""
        self.patterns += patterns_on_link(location, nouns)


def effects_of_deletion(
    before: State, location: LinkLocation, *, is_known: Callable[[LinkLocation], bool]
) -> LinkEffects:
    """Return the effects of deleting a link, or of moving the link to another namespace.

    The peer and the links above are deleted along, the ports become free. ``is_known`` returns
    whether a link is marked as affected in every option already.
    """
    effects = LinkEffects()
    pending = [location]

    while pending:
        lost = pending.pop()
        if ALL_OPTIONS in effects.options.get(lost, ()) or is_known(lost):
            continue

        effects.add_options(lost, [ALL_OPTIONS])
        effects.add_dependents(lost, link_dependents())
        _add_master(effects, lost[0], name=link_at(before, lost).get("master"))

        for port in ports_of(before, lost):
            effects.add_options(port, ENSLAVEMENT_OPTIONS)
            effects.add_dependents(port, link_dependents())

        peer = find_peer(before, lost)
        if peer is not None:
            pending.append(peer)
        pending += upper_links(before, lost)

    return effects


def effects_of_set(
    before: State, location: LinkLocation, *, arguments: Arguments, netns: str
) -> LinkEffects:
    """Return the effects of `ip link set` on a link, currently in ``netns``."""
    effects = LinkEffects()
    given = {name for name, value in arguments.items() if value is not None}
    names = given - NOT_OPTIONS

    kind = arguments.get("kind")
    if kind is not None:
        kind_options = _given_options(kind)
        names |= _with_prefix(kind, kind_options)
        if kind_options & VLAN_OPTIONS:
            _add_vlans(effects, before, bridge=location)

    if names & MASTER_OPTIONS:
        names |= ENSLAVEMENT_OPTIONS
        effects.add_dependents(location, link_dependents())

        new_master = arguments.get("master") or arguments.get("vrf")
        _add_master(effects, netns, name=new_master)
        old_master = link_at(before, location).get("master")
        _add_master(effects, location[0], name=old_master)

    effects.add_options(location, names)
    _add_consequences(effects, before, location=location, arguments=arguments)
    return effects


def _add_vlans(effects: LinkEffects, before: State, *, bridge: LinkLocation) -> None:
    """Add the VLANs of a bridge and of every port."""
    effects.add_dependents(bridge, ["bridge vlan"])
    for port in ports_of(before, bridge):
        effects.add_dependents(port, ["bridge vlan"])


def _add_master(effects: LinkEffects, netns: str, *, name: object) -> None:
    """Add the master of a new or lost port, unless ``name`` is None."""
    if name is not None:
        effects.masters.append((netns, str(name)))


def _given_options(kind: LinkKind) -> set[str]:
    """Return the names of a kind's given options."""
    names = set()
    for option in options_of(type(kind)):
        if getattr(kind, option.name) is not None:
            names.add(option.name)
    return names


def _with_prefix(kind: LinkKind, names: Collection[str]) -> set[str]:
    """Return options of a kind as ``"kind X"`` or ``"port X"``; without names, every option."""
    prefix = "port" if kind.type.endswith("_slave") else "kind"
    if not names:
        return {f"{prefix} *"}
    return {f"{prefix} {name}" for name in names}


def _add_consequences(
    effects: LinkEffects, before: State, *, location: LinkLocation, arguments: Arguments
) -> None:
    """Add the objects lost by a link in `ip link set`, and the options of the links above."""
    if arguments.get("up") is False:
        # Routes and neighbours go: fib_netdev_event() in fib_frontend.c, neigh_ifdown().
        effects.add_dependents(location, link_dependents())
    if arguments.get("name") is not None:
        # A rename changes the labels of addresses, too: inetdev_changename() in devinet.c.
        effects.add_dependents(location, ADDRESS_NOUNS | {"neigh"})
    if "address" in arguments or "arp" in arguments:
        # The kernel flushes the neighbours: neigh_changeaddr() in net/core/neighbour.c.
        effects.add_dependents(location, ["neigh"])

    mtu = arguments.get("mtu")
    if mtu is not None and int(mtu) < MIN_IPV6_MTU:
        # The kernel stops IPv6 on the link: addrconf_notify() in net/ipv6/addrconf.c.
        effects.add_dependents(location, ADDRESS_NOUNS)

    # A VLAN follows the link below up and down, and in its MTU: vlan_device_event().
    if "mtu" in arguments or "up" in arguments:
        for upper in upper_links(before, location):
            effects.add_options(upper, ["mtu", "up"])
            _add_consequences(effects, before, location=upper, arguments=arguments)
