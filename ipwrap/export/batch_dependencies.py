"""Which lines of a batch a command depends on: by the namespaces, and the names of links."""

from collections.abc import Iterator
from itertools import pairwise

from attrs import define, field

from ipwrap.command import Command

__all__ = ["NamespaceDependencies", "new_link_names"]

# Keywords whose value is a namespace; iplink_parse() in ip/iplink.c takes `netns` shortened.
LINK_NETNS = "link-netns"
SHORTEST_NETNS = "ne"

# Keywords by which a command reaches a namespace that its arguments do not name.
NUMBERED_NETNS = frozenset({"link-netnsid", "nsid", "target-nsid"})


@define
class NamespaceDependencies:
    """The namespaces that a command depends on. `find` has to get every command, in order.

    A link on top of another link, such as a vlan, can be in another namespace than the lower link,
    which has to be up first: the lines of both namespaces keep their order from then on.
    """

    _upper_links: set[tuple[str | None, str]] = field(factory=set)
    _connected: dict[str | None, set[str | None]] = field(factory=dict)

    def find(self, command: Command) -> set[str | None] | None:
        """Return the namespaces, with None for the place's own namespace; None for all namespaces.

        ``command`` has its effects (see `ipwrap.objects.effects`).
        """
        self._note_upper_links(command)
        if _reaches_any_namespace(command):
            return None

        namespaces: set[str | None] = {command.netns}
        namespaces.update(_namespaces_by_keyword(command))
        namespaces.update(created.netns for created in command.creates)

        arguments = _arguments(command)
        if arguments[:1] == ("netns",):
            namespaces.update(arguments[2:])

        for netns in tuple(namespaces):
            namespaces |= self._connected.get(netns, set())
        return namespaces

    def _note_upper_links(self, command: Command) -> None:
        """Note the links on top of other links, and the namespaces that such links connect."""
        if "link" in _arguments(command)[2:]:
            for created in command.creates:
                if created.noun == "link":
                    self._upper_links.add((created.netns, created.name))
                    self._connect(command.netns, created.netns)

        rename = command.renames
        if rename is not None and (command.netns, rename.link) in self._upper_links:
            self._upper_links.add((rename.netns, rename.name))
            self._connect(command.netns, rename.netns)

    def _connect(self, first: str | None, second: str | None) -> None:
        """Note that the lines of two namespaces keep their order."""
        if first == second:
            return

        # Of a link that is moved on and on, the link below is in the first of the namespaces.
        connected = {first, second}
        connected |= self._connected.get(first, set()) | self._connected.get(second, set())
        for netns in connected:
            self._connected[netns] = connected


def new_link_names(command: Command) -> Iterator[str]:
    """Yield the names that a command gives to links, alternative names included.

    `ip` caches the link of a name (lib/ll_map.c), and does not notice that the link was deleted
    with its peer, or was found by an alternative name.
    """
    for created in command.creates:
        if created.noun == "link":
            yield created.name
    if command.renames is not None:
        yield command.renames.name

    arguments = _arguments(command)
    if arguments[:2] == ("link", "property"):
        yield from (name for keyword, name in pairwise(arguments) if keyword == "altname")


def _arguments(command: Command) -> tuple[str, ...]:
    """Return the arguments behind the global options."""
    return command.argv[1 + len(command.flags) :]


def _namespaces_by_keyword(command: Command) -> Iterator[str]:
    """Yield the values of the keywords for namespaces."""
    for keyword, value in pairwise(_arguments(command)[1:]):
        if _is_netns_keyword(keyword):
            yield value


def _is_netns_keyword(word: str) -> bool:
    """Return whether a word may be a keyword for a namespace, perhaps shortened."""
    is_shortened = word.startswith(SHORTEST_NETNS) and "netns".startswith(word)
    return word == LINK_NETNS or is_shortened


def _reaches_any_namespace(command: Command) -> bool:
    """Return whether a command may reach links in any namespace.

    The deletion of a link deletes the peer, and the deletion of a namespace the links inside, with
    their peers. A command may name a namespace by path, by number, or by a process.
    """
    if any(noun in ("link", "netns") for noun, _, _ in command.deletes):
        return True

    arguments = _arguments(command)
    if "-all" in command.flags or arguments[:2] in (("netns", "delete"), ("netns", "attach")):
        return True
    if any("/" in flag for flag in command.flags):
        return True  # `-n PATH`
    if arguments[:2] == ("link", "delete") or NUMBERED_NETNS.intersection(arguments):
        return True

    return any(value.isdigit() or "/" in value for value in _namespaces_by_keyword(command))
