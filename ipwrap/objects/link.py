"""A link, a link to restore, and an alternative name: `ip link`."""

from collections.abc import Iterator
from functools import cache

import attrs
from attrs import evolve

from ipwrap.cmdline.collector import CommandCollector
from ipwrap.command import Command, CreatedObject
from ipwrap.objects.base import Identity, Json, Nouns, ObjectType
from ipwrap.objects.comparison import (
    CARRIER,
    PASSING,
    Item,
    comparable_fields,
    comparable_flags,
    ifname_of,
    without_keys,
)
from ipwrap.options.table import read_only_keys
from ipwrap.options.validation import FIRST_NETNS
from ipwrap.recording.mentioned import MentionedWords

__all__ = [
    "AltnameObject",
    "LinkObject",
    "RestoredLink",
    "option_key",
    "passing_bridge_options",
    "rename_link",
    "restored_link",
]

ROOT_TIMES = ("forward_delay", "hello_time", "max_age")  # of a spanning tree
PORT = "bridge link"  # the noun of links as ports of bridges in a snapshot


class LinkObject(ObjectType):
    """A link: the name identifies it in its namespace."""

    noun = "link"
    path = ("ip", "link")
    shown_as = ("link", PORT)
    listings = ("link afstats", "link xstats")
    has_identities = True
    is_link = True
    has_own_identity = True
    moves_with_link = True

    def identity_of(self, created: CreatedObject, dev: str | None) -> Identity:
        """Return the name."""
        return (created.name,)

    def identities_in(self, nouns: Nouns) -> Iterator[Identity]:
        """Yield the name of every link."""
        for link in nouns["link"]:
            yield (link.get("ifname"),)

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare a link, its options as a port, or the existence of its counters."""
        if noun == PORT:
            return _compare_port(data, named)
        if noun == self.noun:
            return _compare_link(data, named)
        return iter([((ifname_of(data),), {})])


def rename_link(created: CreatedObject, name: str, *, netns: str | None) -> CreatedObject:
    """Return a created link with the name and in the namespace that it has by now."""
    return evolve(created, name=name, netns=netns, identity={"dev": name})


class AltnameObject(ObjectType):
    """An alternative name of a link, which a snapshot lists in the JSON of the link."""

    noun = "altname"
    path = ("ip", "link")
    has_identities = True
    moves_with_link = True

    def _build_delete_command(self, created: CreatedObject) -> Command:
        """Return the command that deletes the name."""
        from ipwrap.ip.link import LinkVerbs

        fields = created.identity
        collector = CommandCollector()
        LinkVerbs(collector, created.netns).property_del(fields["dev"], fields["altname"])
        return collector.commands[-1]

    def identity_of(self, created: CreatedObject, dev: str | None) -> Identity:
        """Return the alternative name."""
        return (created.identity["altname"],)

    def identities_in(self, nouns: Nouns) -> Iterator[Identity]:
        """Yield the alternative names of every link."""
        for link in nouns["link"]:
            for altname in link.get("altnames", ()):
                yield (altname,)


class RestoredLink(ObjectType):
    """A pre-existing link that has another name or namespace: its inverse moves the link home."""

    noun = "was"
    path = ("ip", "link")
    inverse = "set"
    is_restoration = True


def restored_link(
    name: str, netns: str | None, *, old_name: str, old_netns: str | None
) -> CreatedObject:
    """Return the entry whose inverse gives a pre-existing link its name and namespace back."""
    identity = {"dev": name}
    if name != old_name:
        identity["name"] = old_name
    if netns != old_netns:
        identity["netns"] = old_netns or FIRST_NETNS

    return CreatedObject(RestoredLink.noun, name, identity, netns)


def _compare_link(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare a link with the kind, the options of the kind, and the options of a port."""
    fields = comparable_fields(data, named, "linkinfo", "addr_info")
    fields["flags"] = comparable_flags(data, CARRIER)
    if "address" in data:
        fields["address"] = named.mask_mac(data["address"])

    fields |= _kind_fields(data.get("linkinfo") or {}, named)
    yield (ifname_of(data),), fields


def _kind_fields(info: Json, named: MentionedWords) -> Json:
    """Return the comparable kind of a link, the options of the kind, and the port options."""
    fields: Json = {}
    for key in ("info_kind", "info_slave_kind"):
        if key in info:
            fields[key] = info[key]

    kind = info.get("info_kind")
    kind_options = _settable_options(kind, info.get("info_data") or {})
    if kind == "bridge":
        kind_options |= passing_bridge_options(info.get("info_data") or {})
    for key, value in comparable_fields(kind_options, named).items():
        fields[option_key(kind, key)] = value

    # The id of a vlan or vxlan comes from a command, unlike other ids.
    if "id" in kind_options:
        fields[option_key(kind, "id")] = kind_options["id"]

    port_kind = f"{info.get('info_slave_kind')}_slave"
    port_options = _settable_options(port_kind, info.get("info_slave_data") or {})
    for key, value in comparable_fields(port_options, named).items():
        fields[f"port {key}"] = value

    return fields


def _settable_options(kind: str | None, options: Json) -> Json:
    """Return the options of a kind without those that its table marks as read-only."""
    from ipwrap.kinds import KINDS

    return without_keys(options, read_only_keys(KINDS.get(kind or "")))


def passing_bridge_options(options: Json) -> Json:
    """Return the options of a bridge in whose place the spanning tree uses other values.

    - A topology change shortens the ageing time: __br_set_topology_change() in net/bridge/br_stp.c.
    - A bridge that is not the root uses the times of the root: br_record_config_timeout_values().
    """
    keys: list[str] = []
    if options.get("stp_state"):
        if options.get("topology_change"):
            keys.append("ageing_time")
        if options.get("root_port"):
            keys += ROOT_TIMES

    return {key: PASSING for key in keys if key in options}


def option_key(kind: str | None, key: str) -> str:
    """Return the key of a kind's option among the keys of the link.

    An option with the name of a link's key gets the kind as a prefix: `vlan flags`.
    """
    return f"{kind} {key}" if key in _link_keys() else key


@cache
def _link_keys() -> frozenset[str]:
    """Return the keys of a link in JSON."""
    from ipwrap.models import Link

    return frozenset(attrs.fields_dict(Link))


def _compare_port(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare a bridge's port with the port options.

    ``link`` is excluded: `bridge` looks the name up in the wrong namespace. Releases through 5.10
    list a bridge as a port of itself, which is skipped.
    """
    if data.get("master") == data.get("ifname"):
        return

    fields = comparable_fields(data, named, "link")
    fields["flags"] = comparable_flags(data, CARRIER)
    yield (ifname_of(data),), fields
