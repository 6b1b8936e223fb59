"""A rule of the routing policy: `ip rule`."""

from collections.abc import Iterable, Iterator
from typing import Any

from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.objects.base import Arguments, Json, ObjectType, parse_json
from ipwrap.objects.comparison import Item, comparable_fields
from ipwrap.options.canonical import canonical_address, network_of
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["RuleObject"]

# Rules of every new namespace: fib_default_rules_init() in net/ipv4/fib_rules.c. IPv6 has the
# first two: fib6_rules_net_init() in net/ipv6/fib6_rules.c.
DEFAULT_RULES = frozenset({(0, "local"), (32766, "main"), (32767, "default")})

IDENTITY_KEYS = (
    "priority",
    "src",
    "srclen",
    "dst",
    "dstlen",
    "iif",
    "oif",
    "fwmark",
    "table",
    "action",
    "goto",
)

# The spellings of the network of all addresses: get_prefix_1() in lib/utils.c.
EVERYWHERE = frozenset({"0/0", "0.0.0.0/0", "::/0", "all", "any", "default"})

INET6 = "rule inet6"  # the noun of the rules for IPv6 in a snapshot


class RuleObject(ObjectType):
    """A rule: all its arguments and the family identify it."""

    noun = "rule"
    path = ("ip", "rule")
    shown_as = ("rule", INET6)
    is_creatable = True
    creation_rank = 3

    def snapshot_noun(self, created: CreatedObject) -> str:
        """Return the noun of the family: `ip rule show` lists the rules of one family only."""
        return INET6 if created.identity.get("family") == "inet6" else "rule"

    def has_fields_of(self, candidate: CreatedObject, created: CreatedObject) -> bool:
        """Return whether a rule has all fields of a created rule; the kernel may add a priority."""
        return created.identity.items() <= candidate.identity.items()

    def keys_of(self, noun: str, data: Json) -> dict[str, set[str]]:
        """Return every argument; none of a rule that no command creates."""
        try:
            arguments = self.arguments(noun, data)
        except InvalidArgument:
            return {}
        return {name: {canonical_address(value)} for name, value in arguments.items()}

    def keys_of_call(self, verb: str, arguments: Arguments) -> dict[str, set[str]]:
        """Return every argument."""
        names = arguments.keys() - {"family"}
        return {name: {canonical_address(arguments[name])} for name in names}

    def arguments(self, noun: str, data: Json) -> Arguments:
        """Return the arguments of `ip rule add`, or of `ip -6 rule add`."""
        from ipwrap.ip.rule import RuleOptions

        replacements: Json = {
            "uid_start": _range(data, "uid"),
            "flow_to": _rule_realms(data),
            "fwmark": _masked(data, "fwmark", mask_key="fwmask"),
        }
        for key in ("sport", "dport", "dscp", "flowlabel"):
            replacements[key] = _masked(data, key, mask_key=f"{key}_mask")
        for key in ("sport", "dport"):
            if f"{key}_start" in data:
                replacements[key] = _range(data, key)
        for key in ("src", "dst"):
            replacements[key] = _rule_prefix(data, key)

        options = parse_json(RuleOptions, data, replacements=replacements)
        if options.get("protocol") == "unspec":
            del options["protocol"]
        if noun == INET6:
            return {"family": "inet6", **options}
        return options

    def canonical_arguments(self, arguments: Arguments) -> Arguments:
        """Return the arguments with the networks that count, and without those of all packets."""
        canonical = {**arguments}
        for name in ("from_", "to"):
            if name not in arguments:
                continue
            network = network_of(arguments[name])
            if network in EVERYWHERE:
                del canonical[name]
            else:
                canonical[name] = network
        return canonical

    def compared_objects(self, noun: str, objects: Iterable[Json]) -> Iterable[Json]:
        """Return rules without those of a new namespace, unless one of these is missing."""
        rules = list(objects)
        added_rules = [rule for rule in rules if not _is_default(rule)]

        default_count = len(DEFAULT_RULES)
        if noun.endswith(INET6):
            default_count -= 1

        is_complete = len(rules) - len(added_rules) == default_count
        return added_rules if is_complete else rules

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare a rule with every field, except the existence of named links."""
        # `iif_detached` and `oif_detached` follow from the links: fib_rules_event() in
        # net/core/fib_rules.c.
        fields = comparable_fields(data, named, "iif_detached", "oif_detached")

        present_keys = [key for key in IDENTITY_KEYS if key in data]
        identity = tuple(f"{key} {data[key]}" for key in present_keys)
        yield identity, fields


def _rule_realms(data: Json) -> str | None:
    """Return the realms of a rule: ``1/2``."""
    realms = [str(data[key]) for key in ("flow_from", "flow_to") if key in data]
    return "/".join(realms) or None


def _range(data: Json, key: str) -> tuple[int, int] | None:
    """Return the first and the last number of a range of ports or users."""
    if f"{key}_start" not in data:
        return None
    return data[f"{key}_start"], data[f"{key}_end"]


def _masked(data: Json, key: str, *, mask_key: str) -> Any:
    """Return a number with a mask, if shown with a mask. The name of a DSCP stays a name."""
    from ipwrap.ip.rule import Masked

    value = data.get(key)
    if isinstance(value, str) and value[:1].isdigit():
        value = int(value, 0)
    if value is None or mask_key not in data:
        return value
    return Masked(value, int(data[mask_key], 0))


def _rule_prefix(data: Json, key: str) -> str | None:
    """Return the source or destination prefix of a rule; None for all packets.

    iproute2 prints the IPv4 address 0.0.0.0 as ``0``: print_rule() in ip/iprule.c.
    """
    address = data.get(key)
    length = data.get(f"{key}len")
    if address in (None, "all"):
        return None
    if length is None:
        return str(address)

    host = "0.0.0.0" if address == "0" else address
    return f"{host}/{length}"


def _is_default(rule: Json) -> bool:
    """Return whether a rule has the priority and table of a default rule."""
    return (rule.get("priority"), rule.get("table")) in DEFAULT_RULES
