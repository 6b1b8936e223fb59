"""`Everything`: every object of two states counts, where undo minds those of a session."""

from attrs import define, field

from ipwrap.recording import State
from ipwrap.undo.affected import DERIVED_OPTIONS, KERNEL_SET_OPTIONS, AffectedObjects
from ipwrap.undo.link_data import LinkLocation, kind_of, links_by_name, ports_of
from ipwrap.undo.link_defaults import follows_ports
from ipwrap.undo.side_effects import ALL_OPTIONS
from ipwrap.undo.state_objects import StateObject

__all__ = ["Everything"]


@define
class Everything(AffectedObjects):
    """All objects, and all options but those that the kernel sets by itself.

    A master that follows its ports in the wanted state is left to do so, until the kernel had the
    time for it: its address and MTU are ``derived_options``. One whose value is not that of its
    ports now no longer follows them, since somebody has set it: a command brings the wanted value.
    """

    following: dict[LinkLocation, frozenset[str]] = field(factory=dict)

    @classmethod
    def of(cls, wanted: State, present: State) -> "Everything":
        """Return all objects of a wanted state, for a place in its present state."""
        everything = cls()
        for netns, nouns in wanted.items():
            for name in links_by_name(nouns):
                location = (netns, name)
                everything.add_options(location, [ALL_OPTIONS])

                options = _options_of_ports(wanted, location) - _options_by_hand(present, location)
                if options:
                    everything.following[location] = options
                    everything.add_derived_options(location)
        return everything

    def has_object(self, candidate: StateObject) -> bool:
        """Return True: every object of the wanted state is to be there."""
        del candidate
        return True

    def has_option(self, location: LinkLocation, option: str) -> bool:
        """Return whether an option is to have the wanted value."""
        if option in KERNEL_SET_OPTIONS or option in self.following.get(location, ()):
            return False
        return AffectedObjects.has_option(self, location, option)

    def includes_extra(self, candidate: StateObject) -> bool:
        """Return whether an object that is not wanted is to go.

        The kernel's routes go with their addresses.
        """
        return not self.is_derived(candidate)

    def is_derived(self, candidate: StateObject) -> bool:
        """Return whether the kernel adds an object by itself.

        The addresses that it generates are in none of the states: see `ipwrap.apply.derived`.
        """
        kind = candidate.type
        return kind.is_derived(candidate.data) and not kind.is_generated(candidate.data)


def _options_by_hand(present: State, location: LinkLocation) -> frozenset[str]:
    """Return the options of a link that the kernel does not set anew from the ports.

    BROPT_MTU_SET_BY_USER and NET_ADDR_SET cannot be read: another value than that of the ports
    tells. Nothing tells of a link without ports, nor of one that was set to the value of its ports.
    """
    if location[1] not in links_by_name(present.get(location[0], {})):
        return frozenset()
    if not ports_of(present, location):
        return frozenset()
    return DERIVED_OPTIONS - _options_of_ports(present, location)


def _options_of_ports(wanted: State, location: LinkLocation) -> frozenset[str]:
    """Return the options of a link that follow those of its ports."""
    links = links_by_name(wanted[location[0]])
    link = links[location[1]]
    options: set[str] = set()

    if follows_ports(wanted, location):
        options.add("address")
    mtus = [links[port].get("mtu", 0) for _, port in ports_of(wanted, location)]
    # br_mtu_auto_adjust() in net/bridge/br_if.c.
    if kind_of(link) == "bridge" and mtus and link.get("mtu") == min(mtus):
        options.add("mtu")
    return DERIVED_OPTIONS & options
