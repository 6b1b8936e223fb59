"""The namespaces and files that a lab has made: it deletes these, and nothing that has their names.

A name is no proof: somebody else may make a namespace of that name before `Lab.up`, or after the
lab's own one is gone. The device, the inode and its time identify a namespace.
"""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import InvalidArgument, IpwrapError
from ipwrap.lab.hostnames import HOSTNAME_FILES
from ipwrap.lab.hosts import group_by_session
from ipwrap.places.etc_netns import FOLDER
from ipwrap.recording.events import ResultEvent
from ipwrap.system.netns_identity import NETNS_FOLDER

if TYPE_CHECKING:
    from ipwrap.lab.parts import Node
    from ipwrap.recording.recording import Recording
    from ipwrap.session import Session

__all__ = ["Ownership"]

MAX_NAMES = 8  # of an error
MAX_ARGUMENTS = 1000  # of a command
STAT_FORMAT = "%d:%i:%.9Z %n"  # of stat(1) of coreutils: device, inode, its time, name


@define
class Ownership:
    """What a lab has made and not deleted: namespaces by node, files of /etc/netns by node.

    The identity of a namespace is None where nobody could tell it: in a dry run.
    """

    _identities: "dict[Node, str | None]" = field(factory=dict)
    files: "dict[Node, dict[str, None]]" = field(factory=dict)

    @property
    def nodes(self) -> "list[Node]":
        """The nodes whose namespaces the lab has made, in this order."""
        return list(self._identities)

    @contextlib.contextmanager
    def note(self, nodes: "Sequence[Node]") -> Iterator[None]:
        """Note nodes that the block makes; where it fails, those that it has made until then."""
        starts = [
            (session.recording, len(session.recording.events), own)
            for session, own in group_by_session(nodes)
        ]
        try:
            yield
        except BaseException:
            with contextlib.suppress(IpwrapError):
                self._note(
                    node
                    for recording, start, own in starts
                    for node in _created(recording, start, nodes=own)
                )
            raise
        self._note(nodes)

    def _note(self, nodes: "Iterable[Node]") -> None:
        """Note that the namespaces of nodes are the lab's."""
        for session, own in group_by_session(nodes):
            # A failed look must not lose what the lab has to delete.
            self._identities.update(dict.fromkeys(own))
            identities = _read_identities(session, [node.name for node in own])
            self._identities.update({node: identities.get(node.name) for node in own})

    def forget(self, nodes: "Iterable[Node]") -> None:
        """Note that the namespaces of nodes are deleted."""
        for node in nodes:
            self._identities.pop(node, None)

    def present(self, nodes: "Iterable[Node]") -> "list[Node]":
        """Return those nodes whose namespaces are there, and are those that the lab has made."""
        own = [node for node in nodes if node in self._identities]
        present = []
        for session, nodes_of_session in group_by_session(_with_present_names(own)):
            identities = _read_identities(session, [node.name for node in nodes_of_session])
            for node in nodes_of_session:
                noted = self._identities[node]
                if noted is None or identities.get(node.name, noted) == noted:
                    present.append(node)
                else:
                    session.note(f"The namespace {node.name} is not that of the lab, and stays.")
        return present

    def refuse_foreign(self, nodes: "Sequence[Node]", *, with_files: "Sequence[Node]") -> None:
        """Raise `InvalidArgument` for what is there already, and not the lab's.

        That is the namespace of one of some nodes, or a file of one of others.
        """
        named = _with_present_names(nodes)
        # A node that is made anew has the name of one that is deleted before.
        alike = {node.name for node in named}
        own = {node.name for node in self.present(n for n in self.nodes if n.name in alike)}
        taken = [node.name for node in named if node.name not in own]
        if taken:
            raise InvalidArgument(
                f"lab: there are namespaces {', '.join(taken[:MAX_NAMES])} already; give the nodes "
                "other names, or delete the namespaces"
            )

        paths = [path for node in with_files for path in self._foreign_files(node)]
        if paths:
            raise InvalidArgument(
                f"lab: there are files {', '.join(paths[:MAX_NAMES])} already; give the nodes "
                "other names, or remove the files"
            )

    def _foreign_files(self, node: "Node") -> list[str]:
        """Return the paths of files of a node that are there, and that the lab has not written."""
        alike = [names for owner, names in self.files.items() if owner.name == node.name]
        own = {name for names in alike for name in names}
        own |= {path.rpartition("/")[2] for path in node.lab.made.hostnames.paths_of(node)}
        names = dict.fromkeys((*node.spec.files, *(HOSTNAME_FILES if node.hostname else ())))
        paths = [f"{FOLDER}/{node.name}/{name}" for name in names if name not in own]
        session = node.netns.session
        if not paths or not session.executor.live:
            return []

        listed = session.run_unrecorded(Command(("ls", "-d", *paths), changes=False), check=False)
        return [path for path in listed.stdout.splitlines() if path in paths]


def _with_present_names(nodes: "Iterable[Node]") -> "list[Node]":
    """Return those nodes with whose names there are namespaces, whoever made them."""
    named = []
    for session, own in group_by_session(nodes):
        names = {str(netns.name) for netns in session.ip.netns.list()}
        named += [node for node in own if node.name in names]
    return named


def _read_identities(session: "Session", names: Sequence[str]) -> dict[str, str]:
    """Return the identities of present namespaces by name; none in a dry run: `stat -L`."""
    identities: dict[str, str] = {}
    if session.executor.live:
        for start in range(0, len(names), MAX_ARGUMENTS):
            part = names[start : start + MAX_ARGUMENTS]
            paths = [f"{NETNS_FOLDER}/{name}" for name in part]
            command = Command(("stat", "-L", "-c", STAT_FORMAT, *paths), changes=False)
            for line in session.run_unrecorded(command, check=False).stdout.splitlines():
                identity, _, path = line.partition(" ")
                identities[path.rpartition("/")[2]] = identity
    return identities


def _created(recording: "Recording", start: int, *, nodes: "Iterable[Node]") -> "list[Node]":
    """Return those nodes whose namespaces have been created since an event of a recording.

    The recording tells it: where a command fails, others of its batch have run, or have not.
    """
    names: set[str] = set()
    for event in islice(recording.events, start, None):
        if isinstance(event, ResultEvent) and event.result.ok:
            created = event.result.command.creates
            names |= {made.name for made in created if made.noun == "netns"}
    return [node for node in nodes if node.name in names]
