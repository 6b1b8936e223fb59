"""`MadeState`: what a lab has made, beside what it declares."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from attrs import define, field

from ipwrap.lab.hostnames import Hostnames
from ipwrap.lab.ownership import Ownership

if TYPE_CHECKING:
    from ipwrap.background_process import BackgroundProcess
    from ipwrap.lab.parts import LabLink, Node
    from ipwrap.lab.pulling import PortState
    from ipwrap.lab.topology import ProcessSpec

__all__ = ["MadeState"]


@define
class MadeState:
    """What a lab has made and not deleted.

    - ``ownership``: its namespaces, and its files of /etc/netns
    - ``hostnames``: its UTS namespaces, and the files with the names of its nodes
    - ``gateways``: the gateways of its default routes, by the names of nodes
    - ``initial_sysctls``: values from before it wrote them, by the names of nodes and the keys
    - ``pulled``: what the kernel has dropped of the links that are pulled, for `LabLink.plug`
    - ``processes``: the background processes, by the names of nodes
    """

    ownership: Ownership = field(factory=Ownership)
    hostnames: Hostnames = field(factory=Hostnames)
    gateways: dict[str, list[str]] = field(factory=dict)
    initial_sysctls: dict[tuple[str, str], int | str] = field(factory=dict)
    pulled: "dict[LabLink, PortState]" = field(factory=dict)
    processes: "dict[tuple[str, ProcessSpec], BackgroundProcess]" = field(factory=dict)

    def forget(self, nodes: "Iterable[Node]") -> None:
        """Drop what belongs to nodes whose namespaces are deleted, and to their links.

        Hostnames and files are dropped where they are removed.
        """
        deleted = set(nodes)
        names = {node.name for node in deleted}
        self.ownership.forget(deleted)

        self.gateways = {name: via for name, via in self.gateways.items() if name not in names}
        self.initial_sysctls = {
            key: value for key, value in self.initial_sysctls.items() if key[0] not in names
        }
        self.processes = {
            key: process for key, process in self.processes.items() if key[0] not in names
        }
        self.forget_links(
            link for link in list(self.pulled) if any(port.node in deleted for port in link.ports)
        )

    def forget_links(self, links: "Iterable[LabLink]") -> None:
        """Drop what belongs to links that are deleted."""
        for link in links:
            self.pulled.pop(link, None)
