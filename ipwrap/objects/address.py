"""An address of a link: `ip address`."""

from collections.abc import Collection, Iterator

from ipwrap.command import CreatedObject
from ipwrap.objects.base import (
    Arguments,
    Dependents,
    Identity,
    IdentityKeys,
    IsSame,
    Json,
    Nouns,
    ObjectType,
    parse_json,
)
from ipwrap.objects.comparison import Item, comparable_fields
from ipwrap.options.canonical import canonical_address, network_of, parse_interface
from ipwrap.options.converters import FOREVER
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["AddressObject"]

# State of duplicate address detection and of the remaining lifetime. The detection ends the
# optimistic state as well: addrconf_dad_completed() in net/ipv6/addrconf.c.
KERNEL_ADDRESS_STATE = (
    "tentative",
    "optimistic",
    "dadfailed",
    "deprecated",
    "protocol",
    "valid_life_time",
    "preferred_life_time",
)

LIFETIMES = frozenset({"valid_lft", "preferred_lft"})
# The compared values that `ip address replace` modifies.
REPLACEABLE_KEYS = frozenset({"metric", "noprefixroute", "valid"})


class AddressObject(ObjectType):
    """An address: the link and the prefix identify it."""

    noun = "address"
    path = ("ip", "address")
    shown_as = ("address",)
    has_identities = True
    goes_with_link = True
    is_creatable = True
    replacing_verb = "replace"
    text_list = ("ip", "-o", "address", "show")

    def identity_of(self, created: CreatedObject, dev: str | None) -> Identity:
        """Return the link and the prefix."""
        return dev, canonical_address(created.identity["local"])

    def identities_in(self, nouns: Nouns) -> Iterator[Identity]:
        """Yield link and prefix of every address."""
        for link in nouns.get("address", ()):
            for address in link["addr_info"]:
                local = address.get("local")
                length = address.get("prefixlen")
                yield link.get("ifname"), canonical_address(f"{local}/{length}")

    def split(self, noun: str, nouns: Nouns) -> Iterator[Json]:
        """Yield addresses, without temporary addresses of IPv6 privacy extensions."""
        for link in nouns.get("address", ()):
            for address in link["addr_info"]:
                if not address.get("temporary"):
                    yield {**address, "ifname": link["ifname"]}

    def as_printed(self, data: Json) -> Json:
        """Return an address below its link."""
        return {"ifname": data["ifname"], "addr_info": [data]}

    def host_addresses(self, nouns: Nouns) -> Iterator[str]:
        """Yield the addresses."""
        for link in nouns.get("address", ()):
            for address in link["addr_info"]:
                if "local" in address:
                    yield address["local"].lower()

    def remove_from(self, nouns: Nouns, noun: str, *, is_same: IsSame) -> bool:
        """Remove an address from its link, and return whether it was there."""
        was_present = False
        links = []

        for link in nouns.get(noun, ()):
            kept = []
            for address in link["addr_info"]:
                if is_same(noun, {**link, "addr_info": [address]}):
                    was_present = True
                else:
                    kept.append(address)
            links.append({**link, "addr_info": kept})

        nouns[noun] = links
        return was_present

    def keys_of(self, noun: str, data: Json) -> dict[str, set[str]]:
        """Return the address and its network."""
        local = data.get("local")
        length = data["prefixlen"]
        return {
            "local": {canonical_address(local)},
            "network": {network_of(f"{local}/{length}")},
        }

    def keys_of_call(self, verb: str, arguments: Arguments) -> dict[str, set[str]]:
        """Return the address of a call."""
        if verb == "flush":
            return {}

        address = str(arguments["local"]).partition("/")[0]
        return {"local": {canonical_address(address)}}

    def dependents(self, keys: IdentityKeys, arguments: Arguments) -> Dependents:
        """Return the secondary addresses, the routes and the neighbours."""
        link_keys = {"dev": keys["dev"]} if "dev" in keys else {}

        # The secondary addresses of the network go with the primary one: __inet_del_ifa() in
        # devinet.c.
        network_keys = {}
        if "local" in arguments:
            network_keys["network"] = frozenset({network_of(arguments["local"])})

        return [
            ("address", {**link_keys, **network_keys}),
            ("route", link_keys),
            # With the last address the kernel drops all neighbours: inetdev_destroy() in devinet.c.
            ("neigh", link_keys),
        ]

    def arguments(self, noun: str, data: Json) -> Arguments:
        """Return the arguments of `ip address add`.

        Lifetimes are given only if finite, the label only if different from the link's name, and
        the scope only if different from iproute2's default.
        """
        from ipwrap.ip.address import AddressOptions

        local = data["local"]
        length = data["prefixlen"]
        address = f"{local}/{length}"

        lifetimes = {}
        for key in ("valid_life_time", "preferred_life_time"):
            seconds = data.get(key)
            lifetimes[key] = "forever" if seconds == FOREVER else seconds
        options = parse_json(AddressOptions, data, replacements=lifetimes)

        # The kernel derives the scope of an IPv6 address: ipv6_addr_scope().
        if options.get("scope") == "global" or ":" in local:
            options.pop("scope", None)
        if options.get("label") == data["ifname"]:
            del options["label"]

        given_lifetimes = {options.get(name, "forever") for name in LIFETIMES}
        if given_lifetimes == {"forever"}:
            for name in LIFETIMES:
                options.pop(name, None)

        # With a peer, the prefix length belongs to the peer: `10.99.0.1 peer 10.99.0.2/32`.
        peer = data.get("address", local)
        if peer != local:
            address = local
            options["peer"] = f"{peer}/{length}"

        return {
            "local": address,
            "dev": data["ifname"],
            **options,
        }

    def canonical_arguments(self, arguments: Arguments) -> Arguments:
        """Return the arguments with the broadcast address of ``+`` or ``-``.

        ipaddr_modify() in ip/ipaddress.c.
        """
        sign = arguments.get("broadcast")
        interface = parse_interface(arguments.get("peer", arguments.get("local")))
        if sign not in ("+", "-") or interface is None:
            return arguments

        network = interface.network
        broadcast = network.broadcast_address if sign == "+" else network.network_address
        return {**arguments, "broadcast": str(broadcast)}

    def can_replace(self, keys: Collection[str], data: Json) -> bool:
        """Return whether `ip address replace` modifies all of these values."""
        return REPLACEABLE_KEYS.issuperset(keys)

    def is_generated(self, data: Json) -> bool:
        """Return whether an address is of the kind generated when a link goes up.

        The kernel generates such an address from the MAC address: addrconf_addr_gen() in
        addrconf.c.
        """
        return data.get("family") == "inet6" and data.get("scope") == "link"

    def adds_routes(self, data: Json) -> bool:
        """Return whether the kernel adds routes for an address: for all but generated ones."""
        return not self.is_generated(data)

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare every address of a link, except addresses that the kernel added."""
        for address in data.get("addr_info") or ():
            if _is_automatic(address, named):
                continue

            fields = comparable_fields(address, named, *KERNEL_ADDRESS_STATE)

            # The remaining seconds differ between readings: only the kind of lifetime counts.
            lifetime = address.get("valid_life_time", FOREVER)
            fields["valid"] = "forever" if lifetime == FOREVER else "limited"

            ifname = data.get("ifname", address.get("dev", "?"))
            local, length = address.get("local", "?"), address.get("prefixlen")
            yield (ifname, f"{local}/{length}"), fields


def _is_automatic(address: Json, named: MentionedWords) -> bool:
    """Return whether the kernel added an address: link-local, or from a router's advertisement."""
    if address.get("family") != "inet6" or address.get("local") in named:
        return False

    # addrconf_addr_gen() and addrconf_prefix_rcv() in net/ipv6/addrconf.c.
    return address.get("scope") == "link" or address.get("dynamic", False)
