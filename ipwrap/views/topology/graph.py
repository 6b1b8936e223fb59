"""The values of a topology: ends, devices, and the cables between them."""

from collections.abc import Mapping, Sequence

from attrs import field, frozen

__all__ = ["PAIRED_KINDS", "Cable", "Device", "End", "Outside", "Topology"]

PAIRED_KINDS = frozenset({"veth", "vxcan", "netkit"})


@frozen
class End:
    """A link as the end of a cable: namespace (empty for the host namespace) and name."""

    netns: str
    link: str


@frozen
class Outside:
    """A far end that the state does not hold: an unnamed namespace, or an address elsewhere."""

    label: str


@frozen(kw_only=True)
class Device:
    """A link of a namespace.

    - ``kind``: the kind of the link, empty for a network card
    - ``details``: the options that distinguish links of the kind: "id 100"
    - ``addresses``: with prefix lengths, without link-local addresses
    - ``master``, ``lower``: the names of links in the same namespace
    - ``vlans``: the VLANs of a port of a bridge: "10 untagged"
    - ``conditions``: reasons why no packet passes: "down", "no carrier", "blocking"
    """

    end: End
    kind: str = ""
    details: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    master: str | None = None
    lower: str | None = None
    vlans: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the link."""
        return self.end.link


@frozen
class Cable:
    """A connection of two ends: a pair of links, a tunnel, or a link on one of another namespace.

    ``kind`` is the kind of the left end; ``label`` has the number of a tunnel: "vxlan 100".
    """

    kind: str
    left: End
    right: End | Outside
    label: str = ""

    @property
    def is_stack(self) -> bool:
        """Whether the left end is a link on top of the right end: a moved macvlan."""
        return not self.label and self.kind not in PAIRED_KINDS


@frozen
class Topology:
    """The devices of each namespace, in the order of the state, and the cables between them."""

    devices: Mapping[str, Sequence[Device]]
    cables: tuple[Cable, ...] = ()
    far_ends: Mapping[End, Sequence[End | Outside]] = field(init=False, repr=False)
    _lower_ends: Mapping[End, End | Outside] = field(init=False, repr=False)

    @far_ends.default
    def _find_far_ends(self) -> Mapping[End, Sequence[End | Outside]]:
        """Return the far ends of the cables of each end."""
        far_ends: dict[End, list[End | Outside]] = {}
        for cable in self.cables:
            far_ends.setdefault(cable.left, []).append(cable.right)
            if isinstance(cable.right, End):
                far_ends.setdefault(cable.right, []).append(cable.left)
        return far_ends

    @_lower_ends.default
    def _find_lower_ends(self) -> Mapping[End, End | Outside]:
        """Return the lower links in other namespaces."""
        return {cable.left: cable.right for cable in self.cables if cable.is_stack}

    def is_on(self, end: End, lower_end: End | Outside) -> bool:
        """Return whether a link is on a link of another namespace."""
        return self._lower_ends.get(end) == lower_end
