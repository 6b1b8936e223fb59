"""A neighbour or proxy entry: `ip neigh`."""

from collections.abc import Iterator

from ipwrap.command import Command, CreatedObject
from ipwrap.objects.base import (
    Arguments,
    Identity,
    Json,
    Nouns,
    ObjectType,
    canonical_values,
    is_unicast_mac,
    parse_json,
)
from ipwrap.objects.comparison import Item, comparable_fields
from ipwrap.options.canonical import canonical_address
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["NeighObject"]

# Neighbour states without a timer: the kernel leaves these states as they are, and changes others.
SET_STATES = ("PERMANENT", "NOARP")
SET_FLAGS = frozenset({"proxy", "managed", "extern_learn"})


class NeighObject(ObjectType):
    """A neighbour: address, link, and whether the entry is a proxy identify it."""

    noun = "neigh"
    path = ("ip", "neigh")
    shown_as = ("neigh",)
    has_identities = True
    goes_with_link = True
    is_creatable = True
    creation_rank = 4
    replacing_verb = "replace"
    text_list = ("ip", "-o", "neigh", "show", "nud", "all")

    def list_command(self, created: CreatedObject) -> Command | None:
        """Return the command that lists neighbours, or proxy entries: two lists."""
        if "proxy" not in created.identity:
            return super().list_command(created)

        argv = ("ip", "-o", "neigh", "show", "proxy", "dev", created.depends_on[0])
        return Command(argv, created.netns, changes=False)

    def identity_of(self, created: CreatedObject, dev: str | None) -> Identity:
        """Return address, link and kind of entry."""
        address = canonical_address(created.identity["to"])
        return address, dev, "proxy" in created.identity

    def identities_in(self, nouns: Nouns) -> Iterator[Identity]:
        """Yield address, link and kind of every entry."""
        for neighbour in nouns.get("neigh", ()):
            address = canonical_address(neighbour.get("dst"))
            yield address, neighbour.get("dev"), "proxy" in neighbour

    def host_addresses(self, nouns: Nouns) -> Iterator[str]:
        """Yield the MAC addresses of hosts."""
        for neighbour in nouns.get("neigh", ()):
            mac = neighbour.get("lladdr", "")
            if is_unicast_mac(mac):
                yield mac.lower()

    def keys_of(self, noun: str, data: Json) -> dict[str, set[str]]:
        """Return the address."""
        return canonical_values(data, "dst")

    def keys_of_call(self, verb: str, arguments: Arguments) -> dict[str, set[str]]:
        """Return the address of a call."""
        if verb == "flush":
            return {}
        return {"dst": {canonical_address(arguments["to"]).lower()}}

    def arguments(self, noun: str, data: Json) -> Arguments:
        """Return the arguments of `ip neigh add`, for a neighbour or a proxy entry."""
        from ipwrap.ip.neigh import NEIGH_STATES, NeighOptions

        replacements: Json = {"state": None}
        for state in data.get("state") or ():
            if state.lower() in NEIGH_STATES:
                replacements["state"] = state.lower()
                break

        options = parse_json(NeighOptions, data, replacements=replacements)
        return {
            "to": data["dst"],
            "dev": data["dev"],
            **options,
        }

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare a neighbour that a command set.

        Permanent, proxied and managed neighbours are compared, and those without ARP that a command
        about neighbours named.
        """
        if not _is_set_by_command(data, named):
            return

        fields = comparable_fields(data, named)
        states = data.get("state") or ()
        fields["state"] = [state for state in states if state in SET_STATES]
        fields.pop("lladdr", None)
        # Of an entry that the kernel keeps up to date, the address is there once it is resolved.
        if "lladdr" in data and (fields["state"] or data["lladdr"] in named):
            fields["lladdr"] = named.mask_mac(data["lladdr"])

        identity: Identity = (data.get("dst", "?"), data.get("dev", ""))
        if "proxy" in data:
            identity += ("proxy",)
        yield identity, fields


def _is_set_by_command(
    neighbour: Json,
    named: MentionedWords,
) -> bool:
    """Return whether a command set a neighbour."""
    states = neighbour.get("state") or ()
    if "PERMANENT" in states or not SET_FLAGS.isdisjoint(neighbour):
        return True

    # The kernel adds neighbours without ARP for multicast and loopback addresses, and on links
    # without ARP.
    return "NOARP" in states and named.names_neighbour(neighbour.get("dst"))
