"""Create a deleted link again from the JSON that a snapshot holds, with the peer of a pair."""

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
from ipwrap.undo.link_options import collect_link_command, kind_data

__all__ = ["as_created", "recreate"]

# Kinds that are created without options: all options can be set later, and a kernel may show an
# option that it refuses to take.
KINDS_WITHOUT_CREATION_OPTIONS = frozenset({"bridge"})
CREATION_OPTIONS = ("address", "mtu", "txqueuelen", "numtxqueues", "numrxqueues")
FLAGS_SET_LATER = frozenset({"UP", "LOWER_UP", "PROMISC", "ALLMULTI", "NOARP"})
KEYS_SET_LATER = frozenset({"altnames", "ifalias", "master", "linkinfo"})
# The values that a new link has, for keys whose options are set later.
INITIAL_VALUES = {"group": "default", "linkmode": "DEFAULT", "proto_down": False}


def recreate(
    location: LinkLocation, before: Json, peer: tuple[LinkLocation, Json] | None
) -> Command:
    """Return the command that creates a deleted link, together with ``peer`` for a pair.

    The link gets its former index, so that later comparisons recognise it as the link before.
    Raises `InvalidArgument` for a link that no command can create.
    """
    netns, name = location
    kind_name, data = kind_data("kind", before)
    cls = KINDS.get(kind_name)

    if cls is None:
        raise InvalidArgument(f"{name}: {_unknown_kind(kind_name)} cannot be made again")
    if cls is Tun:
        return _recreate_tuntap(location, data)

    kind = cls() if kind_name in KINDS_WITHOUT_CREATION_OPTIONS else cls.from_json(data)
    if isinstance(kind, PairedKind):
        kind = _with_peer(kind, location, peer)

    options = {**_creation_options(before), **_lower_link(before, kind)}
    return collect_link_command(netns, lambda link: link.add(name, kind, **options))


def _unknown_kind(kind_name: str) -> str:
    """Describe a link whose kind has no table of options."""
    if kind_name == "None":
        return "a link with no kind"
    return f"a link with the kind {kind_name}, of which too little is known"


def _with_peer(
    kind: PairedKind, location: LinkLocation, peer: tuple[LinkLocation, Json] | None
) -> PairedKind:
    """Return the kind of a pair with the name, the options and the namespace of the peer."""
    netns, name = location
    if peer is None:
        raise InvalidArgument(
            f"{name}: one end of a pair; the other is not where it could be made again"
        )

    (peer_netns, peer_name), peer_before = peer
    options = _creation_options(peer_before)
    if peer_netns != netns:
        options["netns"] = peer_netns or FIRST_NETNS
    return evolve(kind, peer=peer_name, peer_options=cast("LinkOptions", options))


def _recreate_tuntap(location: LinkLocation, data: Json) -> Command:
    """Return the command that creates a persistent TUN or TAP link."""
    netns, name = location
    if not data.get("persist"):
        raise InvalidArgument(f"{name}: a program made it, and only that can make it again")

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
    names_lower_link = kind.lower_link or getattr(kind, "dev", None)
    if isinstance(kind, PairedKind) or names_lower_link or not before.get("link"):
        return {}
    return {"link": before["link"]}


def _creation_options(before: Json) -> dict[str, Any]:
    """Return the options to create a link with: the kernel ignores or refuses some of them later."""
    codecs = {option.name: option for option in options_of(LinkOptions)}
    options: dict[str, Any] = {"index": before.get("ifindex")}

    for name in CREATION_OPTIONS:
        option = codecs[name]
        value = option.codec.from_json(before, str(option.json_key))
        if value is not None:
            options[name] = value

    if before.get("link_type") != "ether":
        options.pop("address", None)
    if kind_data("kind", before)[0] in KINDS_WITHOUT_CREATION_OPTIONS:
        options.pop("mtu", None)  # a bridge derives its MTU from the ports: br_mtu_auto_adjust()
    return options


def as_created(before: Json) -> Json:
    """Return the JSON that a link is expected to have right after `recreate`.

    The JSON is that of ``before``, without the values that later commands set.
    """
    link = {key: value for key, value in before.items() if key not in KEYS_SET_LATER}

    if "flags" in before:
        link["flags"] = [flag for flag in before["flags"] if flag not in FLAGS_SET_LATER]
    link |= {key: value for key, value in INITIAL_VALUES.items() if key in before}
    link["linkinfo"] = _info_as_created(before.get("linkinfo") or {})
    return link


def _info_as_created(before: Json) -> Json:
    """Return the kind and options of a new link, which is not yet a port of another link."""
    info = {key: value for key, value in before.items() if "slave" not in key}

    cls = KINDS.get(info.get("info_kind", ""))
    if cls is not None:
        keys_set_later = _keys_set_later(cls)
        data = info.get("info_data") or {}
        info["info_data"] = {key: value for key, value in data.items() if key not in keys_set_later}
    return info


def _keys_set_later(cls: type[LinkKind]) -> frozenset[str]:
    """Return the JSON keys of a kind's options that are not given when a link is created."""
    keys: set[str] = set()
    is_created_bare = cls.kind in KINDS_WITHOUT_CREATION_OPTIONS

    for option in options_of(cls):
        is_set_later = option.name in cls.needs_port or (
            is_created_bare and option.default is not None
        )
        if option.json_key and is_set_later:
            keys.update(option.codec.json_keys(option.json_key))
    return frozenset(keys)
