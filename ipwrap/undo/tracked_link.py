"""`TrackedLink`: which link is which, by index, kind and MAC address.

A name is no identity: after a crash another link may have the name.
"""

from attrs import define, field

from ipwrap.recording.mentioned import MentionedWords
from ipwrap.result import RecordedLink
from ipwrap.sessions.link_query import describe_link
from ipwrap.undo.link_data import Json, LinkLocation

__all__ = ["FALLBACK_LINKS", "LOOPBACK_INDEX", "TrackedLink", "format_link", "stranger_problem"]

LOOPBACK_INDEX = 1

# Links that the kernel makes in every namespace, once the module of their kind is loaded:
# ip_tunnel_init_net() in net/ipv4/ip_tunnel.c and its like.
FALLBACK_LINKS = frozenset(
    {
        "erspan0",
        "gre0",
        "gretap0",
        "ip6_vti0",
        "ip6gre0",
        "ip6tnl0",
        "ip_vti0",
        "sit0",
        "tunl0",
    }
)


@define
class TrackedLink:
    """A link from before the session (with the ``origin``), or a link created by the session.

    - ``facts``: the descriptions of the link, the newest last; empty if the result of the creating
      command has no description
    - ``kind``: the kind in the creating command
    - ``path``: the locations that the link has left
    """

    origin: LinkLocation | None
    facts: list[RecordedLink] = field(factory=list)
    kind: str | None = None
    is_identified: bool = True
    path: list[LinkLocation] = field(factory=list)

    def is_same(self, link: Json, location: LinkLocation, *, mentioned: MentionedWords) -> bool:
        """Return whether the link at a location is this link."""
        netns, _ = location
        candidate = describe_link(link, netns or None)

        if not self.is_identified:
            return self.kind is None or self.kind == candidate.kind
        return any(_is_same_link(known, candidate, mentioned=mentioned) for known in self.facts)

    def has_same_hardware(self, candidate: RecordedLink) -> bool:
        """Return whether a link of any namespace is this link, by the hardware address.

        The index may differ: a moved link gets another index if its own is taken.
        """
        return any(_is_same_hardware(known, candidate) for known in self.facts)


def _is_same_link(
    known: RecordedLink, candidate: RecordedLink, *, mentioned: MentionedWords
) -> bool:
    """Return whether a description of a link is of the link at hand."""
    if known.kind != candidate.kind:
        return False
    if known.permaddr is not None and candidate.permaddr is not None:
        return known.permaddr == candidate.permaddr
    if known.ifindex != candidate.ifindex:
        return False

    # A link keeps its index when it moves, but another link may have the index elsewhere.
    if known.netns != candidate.netns and known.address is None:
        return False

    # The session may have set another address; an address that follows other links is no proof.
    if known.address is None or candidate.address is None:
        return True
    return known.address == candidate.address or candidate.address in mentioned


def _is_same_hardware(known: RecordedLink, candidate: RecordedLink) -> bool:
    """Return whether two descriptions, in any namespaces, are of the same link."""
    if known.kind != candidate.kind:
        return False
    if known.permaddr is not None and candidate.permaddr is not None:
        return known.permaddr == candidate.permaddr
    # Every namespace has these from its first moment, and none of them moves.
    if candidate.ifindex == LOOPBACK_INDEX or candidate.name in FALLBACK_LINKS:
        return False
    if known.address is None:
        # Only the index is left to compare: of a tunnel, say.
        return candidate.address is None and known.ifindex == candidate.ifindex
    return known.address == candidate.address


def stranger_problem(location: LinkLocation, link: Json) -> str:
    """Describe a link of others in the place of a link of the recording."""
    return (
        f"{format_link(location, link)} is not the link of that name in the recording: left alone, "
        "with all that is on it"
    )


def format_link(location: LinkLocation, link: Json) -> str:
    """Return a link as a problem names it: the name, namespace, index, kind and MAC address."""
    netns, name = location
    facts = describe_link(link, netns or None)

    details = [f"index {facts.ifindex}"]
    if facts.kind:
        details.append(facts.kind)
    if link.get("address"):
        details.append(str(link["address"]))

    place = f"{name} in {netns}" if netns else name
    return f"{place} ({', '.join(details)})"
