"""The texts of a drawing, as plain lines; each writer escapes them for its format."""

from collections.abc import Iterator

from attrs import frozen

from ipwrap.jsonio.escape import escape_controls
from ipwrap.views.topology.folding import Box, Bundle, Join
from ipwrap.views.topology.graph import Device, Outside
from ipwrap.views.topology.ranges import format_range

__all__ = ["MASTERS", "Labels", "master_kinds"]

# Kinds that other links are ports of: drawn as one node with a row for each port.
MASTERS = frozenset({"bridge", "bond", "vrf", "team", "hsr", "batadv"})


def master_kinds(box: Box) -> frozenset[str]:
    """Return the names of the masters in a box."""
    names = {bundle.first.name for bundle in box.bundles}
    masters = {bundle.first.master for bundle in box.bundles} & names
    kinds = {bundle.first.name for bundle in box.bundles if bundle.first.kind in MASTERS}
    return frozenset(name for name in masters | kinds if name)


@frozen
class Labels:
    """The texts of a drawing. ``first`` is the label of the namespace without a name."""

    first: str

    def title(self, box: Box) -> str:
        """Return the name of a namespace, or the first and the last of many with their number."""
        names = format_range([self.netns(name) for name in box.names])
        return f"{names} ({len(box.names)} namespaces)" if box.is_folded else names

    def netns(self, name: str) -> str:
        """Return the name of a namespace."""
        return escape_controls(name) or self.first

    def name(self, bundle: Bundle) -> str:
        """Return the name of a link; of several ports, the first and the last."""
        return escape_controls(format_range([device.name for device in bundle.devices]))

    def kind(self, device: Device) -> str:
        """Return the kind of a link with its options; nothing for a plain pair or card."""
        if device.kind == "veth":
            return ""
        words = [device.kind, *device.details]
        if device.lower is not None and device.kind:
            words += ["on", device.lower]
        return escape_controls(" ".join(words))

    def addresses(self, bundle: Bundle) -> Iterator[str]:
        """Yield the addresses of a link; of many, the range of each."""
        rows = [device.addresses for device in bundle.devices]
        for column in zip(*rows, strict=True):
            yield escape_controls(format_range(column))

    def vlans(self, device: Device) -> Iterator[str]:
        """Yield the VLANs of a port."""
        for vlan in device.vlans:
            yield escape_controls(f"VLAN {vlan}")

    def outside(self, outside: Outside) -> str:
        """Return the name of a far end that the state does not hold."""
        return escape_controls(outside.label)

    def cable(self, join: Join) -> str:
        """Return the label of a cable: nothing for a plain one."""
        count = f"{join.count} ×" if join.count > 1 else ""
        return escape_controls(f"{count} {join.label}".strip())
