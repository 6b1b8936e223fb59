"""`find_links`: the ifindexes of a change's links, by which undo recognises the links.

A name identifies no link after a crash: another link may have the name by then.
"""

from collections.abc import Collection, Iterator
from typing import Any

from attrs import evolve

from ipwrap.command import Command
from ipwrap.errors import (
    CommandError,
    ConnectionLost,
    ExecutorError,
    NotFound,
    OutputError,
    error_for,
)
from ipwrap.places import Place
from ipwrap.places.remote import is_remote
from ipwrap.result import RecordedLink, RecordedNetns
from ipwrap.system.lazy_pattern import lazy_pattern
from ipwrap.system.netns_identity import NETNS_FOLDER, netns_identity
from ipwrap.verbs.runner import Runner, SurveyRunner

__all__ = [
    "LINK_OBJECTS",
    "NETNS_OBJECTS",
    "changed_links",
    "created_namespaces",
    "declared_effects",
    "describe_link",
    "find_links",
    "find_named_link",
    "find_namespaces",
    "find_netns_identity",
    "is_change_of",
    "link_question",
    "netns_question",
]

STAT_FORMAT = "%d:%i:%.9Z"  # of stat(1) of coreutils: device, inode, time of the last change
IDENTITY = lazy_pattern(r"[0-9]+:[0-9]+:[0-9]+")

LINK_OBJECTS = frozenset({"l2tp", "link", "tunnel", "tuntap"})
NETNS_OBJECTS = frozenset({"netns"})

# Kinds whose MAC address follows other links, until somebody sets the address:
# br_stp_recalculate_bridge_id() in net/bridge/br_stp_if.c, bond_enslave() in
# drivers/net/bonding, ipvlan_device_event().
KINDS_WITH_DERIVED_ADDRESS = frozenset({"bond", "bridge", "ipvlan", "ipvtap", "team"})
# Masters that set the addresses of their ports: a port of a bridge keeps its own.
MASTERS_THAT_SET_ADDRESSES = frozenset({"bond", "team"})


def is_change_of(command: Command, objects: Collection[str]) -> bool:
    """Return whether a change may concern objects of `ip`, also with abbreviated object names.

    A verb declares the effects of its commands; for other commands, a parser has to confirm the
    guess.
    """
    has_effects = bool(command.creates or command.deletes or command.renames)
    # The first condition is met by nearly every command: a read, or a verb that sets something.
    if not command.changes or (command.declares_effects and not has_effects):
        return False

    program, *words = command.argv
    if program.rpartition("/")[2] != "ip":
        return False
    if has_effects:
        return True
    # The object of the program that `ip netns exec` runs comes later.
    if words[:2] == ["netns", "exec"]:
        return True
    return any(name.startswith(word) for word in words[:3] if word for name in objects)


def changed_links(command: Command) -> Iterator[tuple[str | None, str]]:
    """Yield the namespaces and names of the links that a command creates, renames or moves."""
    if not is_change_of(command, LINK_OBJECTS):
        return

    command = declared_effects(command)

    for created in command.creates:
        if created.noun == "link":
            yield created.netns, created.name
    if command.renames is not None:
        yield command.renames.netns, command.renames.name


def created_namespaces(command: Command) -> list[str]:
    """Return the names of the namespaces that a command creates."""
    if not is_change_of(command, NETNS_OBJECTS):
        return []

    creates = declared_effects(command).creates
    return [created.name for created in creates if created.noun == "netns"]


def find_namespaces(runner: Runner, command: Command) -> tuple[RecordedNetns, ...] | None:
    """Return the namespaces that a command created on a host; None if it creates no namespace."""
    names = created_namespaces(command)
    if not names:
        return None

    identities = {name: find_netns_identity(runner, name) for name in names}
    return tuple(
        RecordedNetns(name=name, identity=identity)
        for name, identity in identities.items()
        if identity is not None
    )


def find_netns_identity(runner: Runner, name: str) -> str | None:
    """Return the identity of a named namespace of the runner's host; None for a missing name.

    ::

        stat -L -c %d:%i:%.9Z /run/netns/NAME

    See `ipwrap.system.netns_identity`.
    """
    place: Place | None = getattr(runner, "place", None)
    if place is None or not is_remote(place):
        return netns_identity(name)

    try:
        result = runner.run(netns_question(name), check=False)
    except (ConnectionLost, ExecutorError):
        return None
    identity = result.stdout.strip().replace(".", "")
    return identity if result.ok and IDENTITY.fullmatch(identity) else None


def netns_question(name: str) -> Command:
    """Return the command that prints the identity of a named namespace."""
    argv = ("stat", "-L", "-c", STAT_FORMAT, f"{NETNS_FOLDER}/{name}")
    return Command(argv, changes=False)


def declared_effects(command: Command) -> Command:
    """Return a command with effects: a plain command gets the effects declared by the verb."""
    if command.declares_effects or command.creates or command.deletes or command.renames:
        return command

    # Imported late: only commands without a verb need the grammar.
    from ipwrap.objects.effects import EffectReader

    # They are marked as declared, so that nobody parses the line once more.
    return evolve(EffectReader().read(command), declares_effects=True)


def find_links(runner: Runner, command: Command) -> tuple[RecordedLink, ...] | None:
    """Return the links that a command left; None for a command of no link, or without an answer.

    Deleted links are left out.
    """
    locations = [*changed_links(command)]
    if not locations:
        return None

    links = []
    for netns, name in locations:
        try:
            data = find_named_link(runner, netns, name=name)
        except (CommandError, ConnectionLost, ExecutorError, OutputError):
            return None
        if data is not None:
            links.append(describe_link(data, netns))
    return tuple(links)


def find_named_link(runner: Runner, netns: str | None, *, name: str) -> dict[str, Any] | None:
    """Return the JSON that identifies the link of a name; None without such a link.

    ::

        ip -j -d link show dev NAME

    Raises `CommandError` if `ip` has no permission, as in a namespace without root, `ExecutorError`
    and `OutputError`.
    """
    if isinstance(runner, SurveyRunner):
        described = runner.describe_link(netns, name)
        if described is not None:
            return described

    result = runner.run(link_question(netns, name), check=False)
    if not result.ok:
        error = error_for(result)
        if isinstance(error, NotFound):
            return None
        raise error

    links = [data for data in result.json() if data.get("ifname") or data.get("ifindex")]
    return links[0] if links else None


def link_question(netns: str | None, name: str) -> Command:
    """Return the command that prints the identity of the link with a name."""
    argv = ("ip", "-j", "-d", "link", "show", "dev", name)
    return Command(argv, netns, changes=False, batch=True)


def describe_link(data: dict[str, Any], netns: str | None) -> RecordedLink:
    """Return the facts that identify a link, from the JSON of `ip -d link show`."""
    info = data.get("linkinfo") or {}
    kind = info.get("info_kind")

    is_derived = kind in KINDS_WITH_DERIVED_ADDRESS or (
        info.get("info_slave_kind") in MASTERS_THAT_SET_ADDRESSES
    )
    address = data.get("address")
    is_identity = isinstance(address, str) and ":" in address and not set(address) <= set("0:")

    return RecordedLink(
        netns=netns,
        name=str(data.get("ifname")),
        ifindex=int(data.get("ifindex", 0)),
        kind=kind,
        address=address if is_identity and not is_derived else None,
        permaddr=data.get("permaddr"),
    )
