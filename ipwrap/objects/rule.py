"""A rule of the routing policy: `ip rule`."""

from typing import Any

from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.objects.base import Arguments, Json, ObjectType, parse_json
from ipwrap.options.canonical import canonical_address

__all__ = ["RuleObject"]

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

    def keys_of_call(self, verb: str, arguments: Arguments) -> dict[str, set[str]]:  # noqa: ARG002
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
