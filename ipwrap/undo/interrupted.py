"""The effects of commands that a crash interrupted: which of the links found are theirs.

A crash came before, during or after the last command, which has no result. Nothing but the state
after the crash tells whether the command ran.
"""

from collections.abc import Collection, Iterable

from attrs import define, evolve, field

from ipwrap.command import Command, CreatedObject, LinkRename
from ipwrap.recording import CommandEvent, Pair
from ipwrap.result import RecordedLink
from ipwrap.sessions.link_query import describe_link
from ipwrap.undo.link_data import LinkLocation, link_at, links_by_name
from ipwrap.undo.located_links import LocatedLinks
from ipwrap.undo.tracked_link import format_link

__all__ = ["InterruptedCommands", "interrupted_links", "kind_of_command"]

# The kinds of the modes of `ip tunnel`: ip/iptunnel.c and ip/ip6tunnel.c of iproute2.
TUNNEL_KINDS = {"gre": "gre", "ipip": "ipip", "isatap": "sit", "sit": "sit", "vti": "vti"}
TUNNEL_KINDS_6 = {
    "any": "ip6tnl",
    "ip6gre": "ip6gre",
    "ip6ip6": "ip6tnl",
    "ipip6": "ip6tnl",
    "vti6": "vti6",
}


def interrupted_links(pairs: Iterable[Pair]) -> set[LinkLocation]:
    """Return the links that commands without a result would have created."""
    locations = set()
    for event, result in pairs:
        if result is not None or not isinstance(event, CommandEvent):
            continue
        for created in event.command.creates:
            if created.noun == "link":
                locations.add((created.netns or "", created.name))
    return locations


@define
class InterruptedCommands:
    """Judges the effects of interrupted commands.

    - ``links``: the links as the commands before have left them
    - ``created``: the links that commands without a result would have created
    - ``problems``: messages about links of unknown origin
    """

    links: LocatedLinks
    created: Collection[LinkLocation] = ()
    problems: list[str] = field(factory=list)

    def certain_effects(self, command: Command) -> Command:
        """Return an interrupted command with only the certain effects on links."""
        creates = [created for created in command.creates if self._has_created(command, created)]

        renames = command.renames
        if renames is not None and not self._has_moved(command.netns or "", renames):
            renames = None
        return evolve(command, creates=tuple(creates), renames=renames)

    def _has_moved(self, netns: str, rename: LinkRename) -> bool:
        """Return whether an interrupted command has renamed or moved its link."""
        old = self.links.find(netns, rename.link)
        if old is None:
            return False

        tracked = self.links.located[old]
        name = old[1] if rename.name == rename.link else rename.name
        new = (rename.netns or "", name)
        link = link_at(self.links.now, new)
        old_link = link_at(self.links.now, old)

        if not link or new == old:
            return False
        if old_link and tracked.is_same(old_link, old, mentioned=self.links.mentioned):
            return False
        if new[0] == old[0]:
            return tracked.is_same(link, old, mentioned=self.links.mentioned)
        return self.links.has_arrived(tracked, new)

    def _has_created(self, command: Command, created: CreatedObject) -> bool:
        """Return whether an interrupted command has created a link, as far as can be known.

        The name was free before, kind and address match the command, and no other program has
        created a link in the namespace since the last recorded link: the link has the next index,
        or is the only new link. Otherwise the link becomes a problem to report. (It is impossible
        to know whether the command ran, or another program created exactly the same link.)
        """
        netns = created.netns or ""
        location = (netns, created.name)
        link = link_at(self.links.now, location)
        if created.noun != "link" or not link or netns in self.links.created_netns:
            return True

        candidate = describe_link(link, created.netns)
        known = self.links.located.get(location)
        if known is not None and known.is_same(link, location, mentioned=self.links.mentioned):
            return False

        doubt = self._doubt_creation(command, created, candidate=candidate)
        if doubt is not None:
            self.problems.append(
                f"{format_link(location, link)} is left alone: the session was interrupted in "
                f"`{command.line}`, and {doubt}; look at `{_show_line(location)}`, and delete it "
                "if it is the session's"
            )
        return doubt is None

    def _doubt_creation(
        self, command: Command, created: CreatedObject, *, candidate: RecordedLink
    ) -> str | None:
        """Return why a link may be foreign; None for a link made by the interrupted command."""
        netns = created.netns or ""
        if (netns, created.name) in self.links.located:
            return "a link of that name stood there before"

        kind = kind_of_command(command)
        if kind is None:
            return "the command does not say of which kind its link is"
        if kind != candidate.kind:
            return f"its link would be of kind {kind}"

        address = _address_of_command(command)
        is_first = created is command.creates[0]
        if is_first and None not in (address, candidate.address) and address != candidate.address:
            return f"its link would have the address {address}"

        highest = self.links.highest_index(netns)
        new_names = {
            name
            for name, other in links_by_name(self.links.now.get(netns, {})).items()
            if int(other.get("ifindex", 0)) > highest
        }
        own_names = {name for other_netns, name in self.created if other_netns == netns}

        is_next = 0 < candidate.ifindex - highest <= len(command.creates)
        is_only_new = created.name in new_names and new_names <= own_names
        return None if is_next or is_only_new else "others have made links since"


def kind_of_command(command: Command) -> str | None:
    """Return the kind of the links that a command creates; None for a command without a kind."""
    argv = command.argv
    if "tuntap" in argv[1:4]:
        return "tun"
    if "tunnel" in argv[1:4] and "mode" in argv[:-1]:
        kinds = TUNNEL_KINDS_6 if "-6" in command.flags else TUNNEL_KINDS
        return kinds.get(argv[argv.index("mode") + 1])
    if "link" not in argv[1:4] or "type" not in argv[:-1]:
        return None
    return argv[argv.index("type") + 1]


def _address_of_command(command: Command) -> str | None:
    """Return the MAC address that a command sets on the link itself, not on the peer."""
    words = command.argv
    if "type" in words:
        words = words[: words.index("type")]
    if "address" not in words[:-1]:
        return None
    return words[words.index("address") + 1].lower()


def _show_line(location: LinkLocation) -> str:
    """Return the command to look at a link."""
    netns, name = location
    return Command(("ip", "-d", "link", "show", "dev", name), netns or None).line
