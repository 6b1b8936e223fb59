"""Create a deleted link again from the JSON of a snapshot, with the peer of a pair."""

from typing import Any, cast

from attrs import evolve

from ipwrap.cmdline.reader import CommandCollector
from ipwrap.command import Command
from ipwrap.errors import InvalidArgument
from ipwrap.ip.tuntap import TuntapOptions, TuntapVerbs
from ipwrap.kinds import KINDS, LinkKind, Tun
from ipwrap.kinds.link_options import LinkOptions
from ipwrap.kinds.paired import PairedKind
from ipwrap.options.table import options_of
from ipwrap.options.validation import FIRST_NETNS
from ipwrap.undo.link_data import Json, LinkLocation
from ipwrap.undo.link_defaults import ETHERNET_MTU
from ipwrap.undo.link_options import collect_link_command, kind_data

__all__ = ["as_created", "recreate"]

# Kinds created without options: every option can be set later, and a kernel without VLAN filtering,
# say, prints options of a bridge but refuses to take the same options.
KINDS_WITHOUT_CREATION_OPTIONS = frozenset({"bridge"})
CREATION_OPTIONS = ("address", "mtu", "txqueuelen", "numtxqueues", "numrxqueues")
FLAGS_SET_LATER = frozenset({"UP", "LOWER_UP", "PROMISC", "ALLMULTI", "NOARP"})
KEYS_SET_LATER = frozenset({"altnames", "ifalias", "master", "linkinfo"})
# The values that a new link has, for keys whose options are set later.
INITIAL_VALUES = {"group": "default", "linkmode": "DEFAULT", "proto_down": False}


def recreate(
    location: LinkLocation,
    before: Json,
    *,
    peer: tuple[LinkLocation, Json] | None,
    lower: LinkLocation | None = None,
) -> Command:
    """Return the command to create a deleted link, together with ``peer`` for a pair.

    The link gets the former index, if the JSON has an index, and later comparisons recognise the
    link by the index. A link whose ``lower`` link is in another namespace is created from there.
    Raises `InvalidArgument` if no command can create the link.
    """
    netns, name = location
    kind_name, data = kind_data("kind", before)
    cls = KINDS.get(kind_name)

    if cls is None:
        description = _unknown_kind(kind_name)
        raise InvalidArgument(f"{name}: {description} cannot be created again")
    if cls is Tun:
        return _recreate_tuntap(location, data)

    kind = cls() if kind_name in KINDS_WITHOUT_CREATION_OPTIONS else cls.from_json(data)
    if isinstance(kind, PairedKind):
        kind = _with_peer(kind, location, peer=peer)

    options = _creation_options(before)
    lower_link = _lower_link(before, kind)
    if lower is not None and lower[0] != netns:
        lower_link = {"link": lower[1], "netns": netns or FIRST_NETNS}
        netns = lower[0]
    return collect_link_command(
        netns,
        lambda link: link.add(name, kind, **options, **lower_link),
    )


def _unknown_kind(kind_name: str) -> str:
    """Describe a link whose kind has no table of options."""
    if kind_name == "None":
        return "a link without a kind"
    return f"a link of kind {kind_name}, whose options are unknown,"


def _with_peer(
    kind: PairedKind, location: LinkLocation, *, peer: tuple[LinkLocation, Json] | None
) -> PairedKind:
    """Return the kind of a pair with the name, the options and the namespace of the peer."""
    netns, name = location
    if peer is None:
        raise InvalidArgument(
            f"{name}: one end of a pair cannot be created again:"
            " the peer cannot be created at its former location"
        )

    (peer_netns, peer_name), peer_before = peer
    options = _creation_options(peer_before)
    if peer_netns != netns:
        options["netns"] = peer_netns or FIRST_NETNS
    return evolve(kind, peer=peer_name, peer_options=cast("LinkOptions", options))


def _recreate_tuntap(location: LinkLocation, data: Json) -> Command:
    """Return the command to create a persistent TUN or TAP link."""
    netns, name = location
    if not data.get("persist"):
        raise InvalidArgument(
            f"{name}: a link of a program cannot be created again; restart the program"
        )

    options = {}
    for option in options_of(TuntapOptions):
        value = option.codec.from_json(data, str(option.json_key))
        if value:
            options[option.name] = value

    runner = CommandCollector()
    TuntapVerbs(runner, netns or None).add(name, data["type"], **options)
    return runner.commands[-1]


def _lower_link(before: Json, kind: LinkKind) -> dict[str, Any]:
    """Return the link below a link, unless an option of the kind names the link below."""
    lower_link = before.get("link")
    has_option = kind.lower_link or getattr(kind, "dev", None)
    if isinstance(kind, PairedKind) or has_option or not lower_link:
        return {}
    return {"link": lower_link}


def _creation_options(before: Json) -> dict[str, Any]:
    """Return the options to create a link with; queue numbers, say, cannot be set later."""
    table = {option.name: option for option in options_of(LinkOptions)}
    options: dict[str, Any] = {"index": before.get("ifindex")}

    for name in CREATION_OPTIONS:
        option = table[name]
        key = str(option.json_key)
        value = option.codec.from_json(before, key)
        if value is not None:
            options[name] = value

    # A link without Ethernet has an address of another length, or none.
    if before.get("link_type") != "ether":
        options.pop("address", None)

    # A bridge derives the MTU from the ports: br_mtu_auto_adjust() in net/bridge/br_if.c.
    kind_name, _ = kind_data("kind", before)
    if kind_name in KINDS_WITHOUT_CREATION_OPTIONS:
        options.pop("mtu", None)
    return options


def as_created(before: Json, *, is_new: bool = False) -> Json:
    """Return the JSON expected for a link right after `recreate`.

    Values set by later commands are reset to the initial values of a link. The MTU of a new bridge
    is among these values; the MTU of a former bridge may come from its ports.
    """
    link: Json = {}
    for key, value in before.items():
        if key not in KEYS_SET_LATER:
            link[key] = INITIAL_VALUES.get(key, value)

    flags = link.get("flags")
    if flags is not None:
        link["flags"] = [flag for flag in flags if flag not in FLAGS_SET_LATER]

    info = before.get("linkinfo") or {}
    link["linkinfo"] = _info_as_created(info)
    if is_new and info.get("info_kind") in KINDS_WITHOUT_CREATION_OPTIONS:
        link["mtu"] = ETHERNET_MTU
    return link


def _info_as_created(before: Json) -> Json:
    """Return the kind and options of a new link without a master."""
    info = {key: value for key, value in before.items() if "slave" not in key}
    cls = KINDS.get(info.get("info_kind", ""))
    if cls is None:
        return info

    data = dict(info.get("info_data") or {})
    for key in _keys_set_later(cls):
        data.pop(key, None)
    return {**info, "info_data": data}


def _keys_set_later(cls: type[LinkKind]) -> frozenset[str]:
    """Return the JSON keys of a kind's options which `recreate` leaves to later commands."""
    keys: set[str] = set()
    is_created_bare = cls.kind in KINDS_WITHOUT_CREATION_OPTIONS

    for option in options_of(cls):
        is_set_later = option.name in cls.needs_port or (
            is_created_bare and option.default is not None
        )
        if option.json_key and is_set_later:
            keys.update(option.codec.json_keys(option.json_key))
    return frozenset(keys)
