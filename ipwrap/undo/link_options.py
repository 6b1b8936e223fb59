"""Compare the options of a link with a snapshot, and restore altered options.

Three tables of options apply to a link: `LinkOptions`, the table of the link's kind, and the table
of the link as a port. An option reads the value before and the value now from JSON. For different
values, the same option writes the arguments to restore the value before.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from attrs import frozen

from ipwrap.cmdline.reader import CommandCollector
from ipwrap.command import Command
from ipwrap.errors import InvalidArgument
from ipwrap.ip.link import LinkVerbs
from ipwrap.kinds import KINDS
from ipwrap.kinds.link_options import LinkOptions
from ipwrap.options.table import Option, options_of
from ipwrap.undo.link_data import Json, LinkLocation

__all__ = [
    "ChangedOption",
    "changed_options",
    "collect_link_command",
    "kind_data",
    "restore_altnames",
    "restore_options",
    "set_up",
]

# Options without a value to restore, and options which only a new link can be given.
UNRESTORABLE = frozenset(
    {
        "index",
        "link",
        "link_netnsid",
        "netns",
        "numrxqueues",
        "numtxqueues",
        "parentdev",
        "protodown_reason",
        "vf",
        "vrf",
        "xdp",
    }
)
# The arguments to clear an option without a value before.
CLEARING_ARGUMENTS: dict[str, dict[str, Any]] = {
    "alias": {"alias": ""},
    "master": {"nomaster": True},
    "port backup_port": {"nobackup_port": True},
}
# The keys of `linkinfo` with the name and with the options of a kind.
INFO_KEYS = {"kind": ("info_kind", "info_data"), "port": ("info_slave_kind", "info_slave_data")}
COST_OF_VETH = 2
COST_WITHOUT_SPEED = 100


@frozen
class ChangedOption:
    """An option with an altered value; ``"kind X"`` and ``"port X"`` are options of kinds."""

    option: str
    old: Any
    new: Any

    @property
    def table(self) -> str:
        """The table of the option: "kind", "port", or "" for `LinkOptions`."""
        return self.option.rpartition(" ")[0]

    @property
    def keyword(self) -> str:
        """The name of the option in the table."""
        return self.option.rpartition(" ")[2]


def changed_options(
    before: Json, now: Json, *, is_wanted: Callable[[str], bool], is_new_port: bool = False
) -> list[ChangedOption]:
    """Return the wanted options of a link whose values differ.

    Options as a port are compared only while the link has a master of the same kind: once the
    master is restored, the next round compares the options. With ``is_new_port``, the options of a
    link that will get its master are compared with the options of a new port.
    """
    changes = _compare_table(LinkOptions, "", before=before, now=now, is_wanted=is_wanted)

    for table in INFO_KEYS:
        old_kind, old_data = kind_data(table, before)
        new_kind, new_data = kind_data(table, now)
        if table == "port" and is_new_port and before.get("master") != now.get("master"):
            new_kind, new_data = old_kind, _new_port_data(before)
        if old_kind != new_kind or old_kind not in KINDS:
            continue

        changes += _compare_table(
            KINDS[old_kind],
            f"{table} ",
            before=old_data,
            now=new_data,
            is_wanted=is_wanted,
        )
    return changes


def _new_port_data(link: Json) -> Json:
    """Return the options of a new port whose default depends on the link.

    port_cost() in net/bridge/br_if.c: a veth claims 10 Gbit/s, and most others no speed.
    """
    kind_name, _ = kind_data("kind", link)
    return {"cost": COST_OF_VETH if kind_name == "veth" else COST_WITHOUT_SPEED}


def kind_data(table: str, link: Json) -> tuple[str, Json]:
    """Return the name and the options of a link's kind, or of the link's kind as a port."""
    info = link.get("linkinfo") or {}
    name_key, data_key = INFO_KEYS[table]
    data = info.get(data_key) or {}

    name = str(info.get(name_key))
    if table == "port":
        name = f"{name}_slave"
    return name, data


def _compare_table(
    cls: type, prefix: str, *, before: Json, now: Json, is_wanted: Callable[[str], bool]
) -> list[ChangedOption]:
    """Return the options of a table whose values differ."""
    changes = []

    for option in options_of(cls):
        name = f"{prefix}{option.name}"
        # An option without a keyword is read-only, and one without a key is never printed.
        if not option.keyword or not option.json_key:
            continue
        if name in UNRESTORABLE or not is_wanted(name):
            continue

        old = _read_value(option, option.json_key, data=before)
        new = _read_value(option, option.json_key, data=now)
        if old != new:
            changes.append(ChangedOption(name, old, new))
    return changes


def _read_value(option: Option, key: str, *, data: Json) -> Any:
    """Return the value of an option; for a missing key, the kernel's default if known."""
    value = option.codec.from_json(data, key)
    return option.default if value is None else value


def restore_options(
    location: LinkLocation,
    before: Json,
    *,
    changes: Sequence[ChangedOption],
    one_by_one: bool,
) -> list[Command]:
    """Return the commands to restore the options of a link, except for `up`.

    The order is: link options, options of the kind, the master, and options as a port of the
    master. ``one_by_one`` writes a command per option: a refused option stops no other option.
    Raises `InvalidArgument` for an option that had no value, and that no argument clears.
    """
    groups: dict[str, list[ChangedOption]] = {"": [], "kind": [], "master": [], "port": []}
    for change in changes:
        if change.option == "master":
            groups["master"].append(change)
        elif change.option != "up":
            groups[change.table].append(change)

    commands = []
    for group in groups.values():
        if one_by_one:
            commands += [_restore_together(location, before, changes=[change]) for change in group]
        elif group:
            commands.append(_restore_together(location, before, changes=group))
    return commands


def _restore_together(
    location: LinkLocation, before: Json, *, changes: Sequence[ChangedOption]
) -> Command:
    """Return one command to restore some options of the same table."""
    arguments: dict[str, Any] = {}

    for change in changes:
        if change.old is None:
            arguments |= CLEARING_ARGUMENTS.get(change.option, {})
        else:
            arguments[change.keyword] = change.old

    netns, name = location
    if not arguments:
        options = ", ".join(change.option for change in changes)
        raise InvalidArgument(f"{name}: no argument clears {options}, which had no value before")

    table = changes[0].table
    if not table:
        return collect_link_command(
            netns,
            lambda link: link.set(name, **arguments),
        )

    kind_name, _ = kind_data(table, before)
    kind = KINDS[kind_name](**arguments)
    return collect_link_command(
        netns,
        lambda link: link.set(name, kind),
    )


def set_up(location: LinkLocation, up: bool) -> Command:
    """Return the command to set a link up, or down."""
    netns, name = location
    return collect_link_command(netns, lambda link: link.set(name, up=up))


def restore_altnames(location: LinkLocation, before: Json, *, now: Json) -> Iterator[Command]:
    """Yield the command to restore the missing alternative names of a link."""
    netns, name = location
    altnames = before.get("altnames", ())
    current_altnames = now.get("altnames", ())

    missing = [altname for altname in altnames if altname not in current_altnames]
    if missing:
        yield collect_link_command(netns, lambda link: link.property_add(name, *missing))


def collect_link_command(netns: str, build_command: Callable[[LinkVerbs], Any]) -> Command:
    """Return the command of a verb of `ip link` in a namespace."""
    runner = CommandCollector()
    build_command(LinkVerbs(runner, netns or None))
    return runner.commands[-1]
