"""A next hop or a group of next hops: `ip nexthop`."""

from collections.abc import Iterator

from ipwrap.command import Command, CreatedObject
from ipwrap.objects.base import (
    Arguments,
    Dependents,
    Identity,
    IdentityKeys,
    Json,
    Nouns,
    ObjectType,
    canonical_values,
    parse_json,
)
from ipwrap.objects.comparison import (
    ROUTE_STATE,
    Item,
    comparable_fields,
    comparable_flags,
    mask_link_local,
)
from ipwrap.options.canonical import canonical_address
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["NexthopObject"]


class NexthopObject(ObjectType):
    """A next hop: the number identifies it."""

    noun = "nexthop"
    path = ("ip", "nexthop")
    shown_as = ("nexthop",)
    has_identities = True
    may_be_unread = True
    goes_with_link = True
    is_creatable = True
    creation_rank = 1
    replacing_verb = "replace"
    text_list = ("ip", "-o", "nexthop", "show")
    is_listed_by_link = False

    def identity_of(self, created: CreatedObject, dev: str | None) -> Identity:
        """Return the number."""
        return (created.name,)

    def identities_in(self, nouns: Nouns) -> Iterator[Identity]:
        """Yield the number of every next hop."""
        for nexthop in nouns["nexthop"]:
            yield (str(nexthop.get("id")),)

    def show_command(self, created: CreatedObject) -> Command | None:
        """Return the command that shows the next hop: its deletion names the number only."""
        argv = ("ip", "-o", "nexthop", "show", "id", created.name)
        return Command(argv, created.netns, changes=False)

    def keys_of(self, noun: str, data: Json) -> dict[str, set[str]]:
        """Return the number."""
        return canonical_values(data, "id")

    def keys_of_call(self, verb: str, arguments: Arguments) -> dict[str, set[str]]:
        """Return the number of a call."""
        if verb == "flush":
            return {}
        return {"id": {canonical_address(arguments["id"]).lower()}}

    def dependents(self, keys: IdentityKeys, arguments: Arguments) -> Dependents:
        """Return the routes through a next hop, and the groups with it as a member.

        remove_nexthop() in net/ipv4/nexthop.c.
        """
        route_keys = {"nhid": keys["id"]} if "id" in keys else {}
        return [("route", route_keys), ("nexthop", {})]

    def arguments(self, noun: str, data: Json) -> Arguments:
        """Return the arguments of `ip nexthop add`, for a next hop or a group of next hops."""
        from ipwrap.ip.nexthop import NexthopOptions

        group = []
        for member in data.get("group") or ():
            weight = member.get("weight")
            group.append((member["id"], weight) if weight else member["id"])

        replacements = {
            **_resilient_options(data),
            "flags": "onlink" in data.get("flags", ()) or None,
            "group": group or None,
            "hw_stats": None,
        }
        options = parse_json(NexthopOptions, data, replacements=replacements)

        # The protocol is printed as "unspec" where none was given.
        given = {name: value for name, value in options.items() if value != "unspec"}
        return {"id": data["id"], **given}

    def creation_level(self, data: Json) -> bool:
        """Return whether a next hop is a group, whose members are created first."""
        return "group" in data

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare a next hop with the number, without packets and the time out of balance."""
        fields = comparable_fields(data, named, "group_stats")
        fields["flags"] = comparable_flags(data, ROUTE_STATE)

        if "resilient_args" in fields:
            resilient_args = dict(fields["resilient_args"])
            resilient_args.pop("unbalanced_time", None)
            fields["resilient_args"] = resilient_args

        mask_link_local(fields, "gateway", named=named)
        yield (str(data.get("id", "?")),), fields


def _resilient_options(data: Json) -> Json:
    """Return the options of a resilient group; the keywords take times in whole seconds."""
    options = {}
    for key, value in (data.get("resilient_args") or {}).items():
        number = int(value)
        if key != "unbalanced_time":
            options[key] = number
    return options
