"""Fold like namespaces into a single box, and the ports that lead to the box into a single port.

Namespaces are alike if the links have the same names, options and conditions, and lead to the same
place: fifty pods on a bridge. Trees and drawings show boxes of one or many namespaces.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from ipwrap.state.snapshot import natural_key
from ipwrap.views.topology.graph import Cable, Device, End, Outside, Topology

if TYPE_CHECKING:
    from ipwrap.state import State

__all__ = ["MOST_SHOWN", "Box", "Bundle", "Join", "Plan", "fold", "without_repetitions"]

MOST_SHOWN = 8  # more namespaces that are alike are folded


@frozen(eq=False)
class Bundle:
    """A device, or like devices: one of each namespace of a folded box, or the ports to the box.

    Bundles are compared by identity, since a bundle is the key of the cables that end there.
    """

    devices: tuple[Device, ...]

    @property
    def first(self) -> Device:
        """The first device, which represents the bundle."""
        return self.devices[0]

    @property
    def is_folded(self) -> bool:
        """Whether the bundle has more than one device."""
        return len(self.devices) > 1


@frozen
class Box:
    """A namespace, or like namespaces, with bundles of the links."""

    names: tuple[str, ...]
    bundles: tuple[Bundle, ...]

    @property
    def is_folded(self) -> bool:
        """Whether the box has more than one namespace."""
        return len(self.names) > 1


@frozen
class Join:
    """Cables between the same two bundles: their kind and label, and how many they are."""

    kind: str
    label: str
    left: Bundle
    right: Bundle | Outside
    count: int


@frozen
class Plan:
    """The boxes of a topology and the cables between their bundles."""

    topology: Topology
    boxes: tuple[Box, ...]
    joins: tuple[Join, ...]


def fold(topology: Topology, *, most: int | None = MOST_SHOWN) -> Plan:
    """Return the boxes of a topology: more than ``most`` like namespaces become one box.

    None folds nothing.
    """
    groups = _Groups.of(topology, most=most)
    boxes = tuple(groups.boxes())
    return Plan(topology, boxes, tuple(_joins(topology.cables, boxes)))


def without_repetitions(state: "State", plan: Plan) -> "State":
    """Return the links and addresses of a state; of like namespaces, only the first's."""
    repeated_namespaces = {name for box in plan.boxes for name in box.names[1:]}
    repeated_links = {
        device.end for box in plan.boxes for bundle in box.bundles for device in bundle.devices[1:]
    }

    kept: State = {}
    for netns, objects in state.items():
        if netns in repeated_namespaces:
            continue
        kept[netns] = {}
        for noun in ("link", "address"):
            kept[netns][noun] = [
                json_object
                for json_object in objects.get(noun, [])
                if End(netns, json_object.get("ifname", "")) not in repeated_links
            ]
    return kept


@define
class _Groups:
    """The namespaces of a topology that are alike."""

    topology: Topology
    members: Mapping[str, Sequence[str]]  # of the group of a namespace
    _devices: dict[End, Device] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._devices = _by_end(self.topology)

    @classmethod
    def of(cls, topology: Topology, *, most: int | None) -> "_Groups":
        """Return the groups of more than ``most`` namespaces."""
        by_signature: dict[Hashable, list[str]] = {}
        by_end = _by_end(topology)
        for netns in topology.devices:
            signature = _signature(topology, netns, by_end=by_end)
            by_signature.setdefault(signature, []).append(netns)

        members = {}
        for names in by_signature.values():
            if most is not None and len(names) > most and "" not in names:
                names.sort(key=natural_key)
                members.update(dict.fromkeys(names, names))
        return cls(topology, members)

    def boxes(self) -> Iterator[Box]:
        """Yield a box for each namespace; a group's box comes in the place of the first name."""
        for netns, devices in self.topology.devices.items():
            names = self.members.get(netns)
            if names is None:
                yield Box((netns,), tuple(self._bundle_ports(devices)))
            elif netns == names[0]:
                yield Box(tuple(names), tuple(self._bundle_members(names)))

    def _bundle_members(self, names: Sequence[str]) -> Iterator[Bundle]:
        """Yield a bundle for each device name of like namespaces."""
        for device in self.topology.devices[names[0]]:
            ends = [End(netns, device.name) for netns in names]
            yield Bundle(tuple(self._devices[end] for end in ends))

    def _bundle_ports(self, devices: Sequence[Device]) -> Iterator[Bundle]:
        """Yield the devices of a namespace; the devices that lead to a folded box form a bundle."""
        bundles: dict[Hashable, list[Device]] = {}
        for device in devices:
            bundles.setdefault(self._port_key(device), []).append(device)

        for bundle in bundles.values():
            yield Bundle(tuple(sorted(bundle, key=self._far_name)))

    def _port_key(self, device: Device) -> Hashable:
        """Return the key that ports of a bundle share; for other devices, the device's end."""
        far_ends = self.topology.far_ends.get(device.end, ())
        if len(far_ends) != 1 or not isinstance(far_ends[0], End):
            return device.end

        far_end = far_ends[0]
        members = self.members.get(far_end.netns)
        if members is None:
            return device.end
        return (
            *(members[0], far_end.link, device.kind, device.master),
            *(device.details, device.vlans, device.conditions, len(device.addresses)),
        )

    def _far_name(self, device: Device) -> list[tuple[int, str]]:
        """Return a sort key: the namespace to which a port leads."""
        far_ends = self.topology.far_ends.get(device.end, ())
        if far_ends and isinstance(far_ends[0], End):
            return natural_key(far_ends[0].netns)
        return natural_key("")


def _by_end(topology: Topology) -> dict[End, Device]:
    """Return all devices by their ends."""
    return {device.end: device for devices in topology.devices.values() for device in devices}


def _signature(topology: Topology, netns: str, *, by_end: Mapping[End, Device]) -> Hashable:
    """Return a key that is equal for like namespaces."""
    signature: list[Hashable] = []
    for device in topology.devices[netns]:
        far_ends = topology.far_ends.get(device.end, ())
        signature.append(
            (
                *(device.name, device.kind, device.details, len(device.addresses)),
                *(device.master, device.lower, device.vlans, device.conditions),
                tuple(_far_signature(far_end, netns, by_end=by_end) for far_end in far_ends),
            )
        )
    return tuple(sorted(signature, key=repr))


def _far_signature(far_end: End | Outside, netns: str, *, by_end: Mapping[End, Device]) -> Hashable:
    """Return the goal of a cable: the far namespace, and the master or kind of the far end."""
    if isinstance(far_end, Outside):
        return far_end
    if far_end.netns == netns:
        return far_end.link

    device = by_end.get(far_end)
    if device is None:
        return far_end.netns
    return far_end.netns, device.master or device.kind, device.vlans, device.conditions


def _joins(cables: Sequence[Cable], boxes: Sequence[Box]) -> Iterator[Join]:
    """Yield the cables between bundles."""
    bundles = {}
    for box in boxes:
        for bundle in box.bundles:
            bundles.update({device.end: bundle for device in bundle.devices})

    counts: dict[tuple[str, str, Bundle, Bundle | Outside], int] = {}

    for cable in cables:
        left = bundles.get(cable.left)
        right = cable.right if isinstance(cable.right, Outside) else bundles.get(cable.right)
        if left is not None and right is not None:
            key = (cable.kind, cable.label, left, right)
            counts[key] = counts.get(key, 0) + 1

    for (kind, label, left, right), count in counts.items():
        yield Join(kind, label, left, right, count)
