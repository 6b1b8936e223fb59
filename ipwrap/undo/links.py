"""What a link was, set again: its own options, those of its kind, and those as a port, each by its table.

A row of the table reads the value of before and that of now from JSON; where they differ, the same row writes the words
that give the old one back.
"""

from collections.abc import Callable, Iterator
from typing import Any

from attrs import evolve, frozen

from ipwrap.cmdline.reader import CommandCollector
from ipwrap.command import Command
from ipwrap.errors import InvalidArgument
from ipwrap.ip.link import LinkVerbs
from ipwrap.ip.tuntap import TuntapOptions, TuntapVerbs
from ipwrap.kinds import KINDS, LinkKind, Tun
from ipwrap.kinds.link_options import LinkOptions
from ipwrap.kinds.paired import PairedKind
from ipwrap.options.table import Option, options_of
from ipwrap.options.validation import FIRST_NETNS
from ipwrap.undo.to_command import Json

__all__ = [
    "ChangedOption",
    "altnames",
    "as_created",
    "changed_options",
    "recreate",
    "restore_options",
    "set_up",
]

# Never set again: what has no value of before to give, or none that may be given later.
UNRESTORABLE = frozenset(
    {
        *(
            "index",
            "link",
            "link_netnsid",
            "netns",
            "numrxqueues",
            "numtxqueues",
            "parentdev",
            "protodown_reason",
        ),
        *("vf", "vrf", "xdp"),
    }
)
# What gives back that there was none.
CLEARING_OPTIONS: dict[str, dict[str, Any]] = {
    "alias": {"alias": ""},
    "master": {"nomaster": True},
    "port backup_port": {"nobackup_port": True},
}
PARTS = {"kind": ("info_kind", "info_data"), "port": ("info_slave_kind", "info_slave_data")}
# Kinds that are made with no options, since all can be set later, and a kernel shows some that it does not take.
CREATION_DEFAULTS = frozenset({"bridge"})
CREATION_OPTIONS = ("address", "mtu", "txqueuelen", "numtxqueues", "numrxqueues")


@frozen
class ChangedOption:
    """An option of a link that is not what it was: its name (``"kind X"`` and ``"port X"`` are those of its kind)."""

    option: str
    old: Any
    new: Any


def changed_options(before: Json, now: Json, wanted: Callable[[str], bool]) -> list[ChangedOption]:
    """Return which of the wanted options of a link differ."""
    found = [*_diff_table(LinkOptions, "", before, now, wanted)]
    for part in PARTS:
        (kind, old), (other, new) = _part(part, before), _part(part, now)
        if kind in KINDS and (kind == other or part == "port"):
            found += _diff_table(
                KINDS[kind], f"{part} ", old, new if kind == other else old, wanted
            )
    return found


def _part(part: str, link: Json) -> tuple[str, Json]:
    """Return the kind and the options of a link, or those of it as a port."""
    info, (kind, data) = link.get("linkinfo") or {}, PARTS[part]
    end = "_slave" if part == "port" else ""
    return f"{info.get(kind)}{end}", info.get(data) or {}


def _diff_table(
    cls: type, where: str, before: Json, now: Json, wanted: Callable[[str], bool]
) -> Iterator[ChangedOption]:
    """Yield which rows of a table read something else now; of two that read the same key, the first."""
    for row in options_of(cls):
        option = f"{where}{row.name}"
        if row.keyword and row.json_key and option not in UNRESTORABLE and wanted(option):
            old, new = (_value(row, row.json_key, data) for data in (before, now))
            if old != new:
                yield ChangedOption(option, old, new)


def _value(row: Option, key: str, data: Json) -> Any:
    """Return the value of an option: what is not shown has the kernel's default, if that is known."""
    value = row.codec.from_json(data, key)
    return row.default if value is None else value


def restore_options(
    place: tuple[str, str], before: Json, found: list[ChangedOption], *, one_by_one: bool
) -> Iterator[Command]:
    """Yield the commands that give a link its options back: its own, its kind's, its master, and as a port of that."""
    own = [each for each in found if " " not in each.option and each.option not in ("master", "up")]
    master = [each for each in found if each.option == "master"]
    parts = {
        part: [each for each in found if each.option.startswith(part)]
        for part in ("kind ", "port ")
    }
    for some in (own, parts["kind "], master, parts["port "]):
        for each in [[one] for one in some] if one_by_one else [some]:
            if each:
                yield _set(place, before, each)


def _set(place: tuple[str, str], before: Json, found: list[ChangedOption]) -> Command:
    """Return one command that gives some options back, all of the same table."""
    part, said = found[0].option.rpartition(" ")[0], dict[str, Any]()
    for each in found:
        none = each.old is None and each.option in CLEARING_OPTIONS
        said |= (
            CLEARING_OPTIONS[each.option] if none else {each.option.rpartition(" ")[2]: each.old}
        )
    said = {name: value for name, value in said.items() if value is not None}
    if not said:
        raise InvalidArgument(
            f"{place[1]}: {', '.join(each.option for each in found)} cannot be set back to nothing"
        )
    if not part:
        return _collect_command(place[0], lambda link: link.set(place[1], **said))
    cls = KINDS[_part(part, before)[0]]
    return _collect_command(place[0], lambda link: link.set(place[1], cls(**said)))


def set_up(place: tuple[str, str], up: bool) -> Command:
    """Return the command that sets a link up, or down."""
    return _collect_command(place[0], lambda link: link.set(place[1], up=up))


def altnames(place: tuple[str, str], before: Json, now: Json) -> Iterator[Command]:
    """Yield the command that gives a link back the alternative names that it lacks."""
    there = now.get("altnames", ())
    missing = [each for each in before.get("altnames", ()) if each not in there]
    if missing:
        yield _collect_command(place[0], lambda link: link.property_add(place[1], *missing))


def _collect_command(netns: str, call: Callable[[LinkVerbs], Any]) -> Command:
    """Return the command that a verb would run."""
    runner = CommandCollector()
    call(LinkVerbs(runner, netns or None))
    return runner.commands[-1]


def recreate(
    place: tuple[str, str], before: Json, peer: tuple[tuple[str, str], Json] | None
) -> Command:
    """Return the command that makes a link again that is gone, with its peer. Raises `InvalidArgument` for what nothing makes.

    It gets its number back, too, so that it is known as the one that was there.
    """
    name, data = _part("kind", before)
    cls = KINDS.get(name)
    if cls is None:
        what = "no kind" if name == "None" else f"the kind {name}, of which too little is known"
        raise InvalidArgument(f"{place[1]}: a link with {what} cannot be made again")
    if cls is Tun:
        return _tuntap(place, data)
    kind = cls() if name in CREATION_DEFAULTS else cls.from_json(data)
    if isinstance(kind, PairedKind):
        if peer is None:
            raise InvalidArgument(
                f"{place[1]}: one end of a pair; the other is not where it could be made again"
            )
        kind = evolve(kind, peer=peer[0][1], peer_options=_peer_options(place, *peer))
    lower = _lower(before, kind)
    return _collect_command(
        place[0], lambda link: link.add(place[1], kind, **_creation_options(before), **lower)
    )


def _tuntap(place: tuple[str, str], data: Json) -> Command:
    """Return the command that makes a TUN or TAP link again, if it is one that stays without a program."""
    if not data.get("persist"):
        raise InvalidArgument(f"{place[1]}: a program made it, and only that can make it again")
    runner, mode = CommandCollector(), data["type"]
    said = {
        row.name: row.codec.from_json(data, str(row.json_key)) for row in options_of(TuntapOptions)
    }
    TuntapVerbs(runner, place[0] or None).add(
        place[1], mode, **{key: each for key, each in said.items() if each}
    )
    return runner.commands[-1]


def _lower(before: Json, kind: LinkKind) -> dict[str, Any]:
    """Return the link that one stands on, unless its kind's own options name it."""
    if (
        isinstance(kind, PairedKind)
        or kind.lower_link
        or not before.get("link")
        or getattr(kind, "dev", None)
    ):
        return {}
    return {"link": before["link"]}


def _peer_options(place: tuple[str, str], where: tuple[str, str], peer: Json) -> LinkOptions:
    """Return the options of the other end: those of before, and its namespace."""
    said: Any = {"netns": where[0] or FIRST_NETNS} if where[0] != place[0] else {}
    return {**_creation_options(peer), **said}  # type: ignore[typeddict-item]


def _creation_options(before: Json) -> dict[str, Any]:
    """Return the options that a link is made with: some have to be said then."""
    rows = {row.name: row for row in options_of(LinkOptions)}
    said = {
        name: rows[name].codec.from_json(before, str(rows[name].json_key))
        for name in CREATION_OPTIONS
    }
    if before.get("link_type") != "ether":
        del said["address"]
    if _part("kind", before)[0] in CREATION_DEFAULTS:
        del said["mtu"]  # which follows its ports
    return {
        "index": before.get("ifindex"),
        **{name: value for name, value in said.items() if value is not None},
    }


def as_created(before: Json) -> Json:
    """Return what a link is expected to be when it was just made: as before, without what is set later."""
    gone = frozenset({"UP", "LOWER_UP", "PROMISC", "ALLMULTI", "NOARP"})
    info = {
        key: value for key, value in (before.get("linkinfo") or {}).items() if "slave" not in key
    }
    kept = {
        key: value
        for key, value in before.items()
        if key not in ("altnames", "ifalias", "master", "linkinfo")
    }
    flags = [flag for flag in before.get("flags", ()) if flag not in gone]
    plain: dict[str, Any] = {
        "flags": flags,
        "group": "default",
        "linkmode": "DEFAULT",
        "proto_down": False,
    }
    if info.get("info_kind") in KINDS:
        later = _set_later(KINDS[info["info_kind"]])
        info["info_data"] = {
            key: value for key, value in (info.get("info_data") or {}).items() if key not in later
        }
    return {**kept, **{key: plain[key] for key in plain if key in before}, "linkinfo": info}


def _set_later(cls: type[LinkKind]) -> frozenset[str]:
    """Return the keys of a kind's options that a link is not made with."""
    keys: set[str] = set()

    for row in options_of(cls):
        if row.json_key and (
            row.name in cls.needs_port
            or (cls.kind in CREATION_DEFAULTS and row.default is not None)
        ):
            keys.update(row.codec.json_keys(row.json_key))
    return frozenset(keys)
