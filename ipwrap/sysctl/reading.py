"""Read the sysctls, and the presence of packet filters, of several namespaces by one program."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
from attrs import define, field
from msgspec import Struct

from ipwrap.command import Command
from ipwrap.errors import IpwrapError
from ipwrap.places.helper_argv import helper_argv
from ipwrap.sysctl.keys import LINK_KEYS, MAIN_KEYS, default_key, key_of_path, path_of_key
from ipwrap.verbs.runner import Runner

__all__ = ["NamespaceReading", "PlaceReading", "read_sysctls"]

PROGRAM = str(Path(__file__).with_name("reader_main.py"))
READ_SECONDS = 60.0


@define
class NamespaceReading:
    """The sysctls of a namespace by key, and whether it has packet filters.

    - ``values``: the main keys, those asked for, and those of the links that differ from `default`
    - ``has_nft``: whether it has tables of nftables
    - ``legacy``: the families, "ip" and "ip6", with legacy tables of iptables
    """

    values: dict[str, str] = field(factory=dict)
    has_nft: bool = False
    legacy: set[str] = field(factory=set)


class PlaceReading(Struct, frozen=True):
    """The readings of namespaces by name, and of a fresh one; None if that was not asked for."""

    namespaces: Mapping[str, NamespaceReading] = msgspec.field(default_factory=dict)
    fresh: NamespaceReading | None = None


def read_sysctls(
    runner: Runner,
    keys: Mapping[str, Iterable[str]],
    *,
    with_fresh: bool = False,
    with_filters: bool = False,
    loads_nft: bool = False,
    only_keys: bool = False,
    all_links: bool = False,
) -> PlaceReading | None:
    """Return the main sysctls of namespaces, and further ones; None if the helper cannot run.

    - ``keys``: the further keys by namespace, "" for the first one; a path is a namespace, too
    - ``with_fresh``: read a fresh namespace as well, which is made for it
    - ``with_filters``: look for packet filters
    - ``loads_nft``: look for nftables even if that loads its module into the kernel, as after a
      program that has used packet filters
    - ``only_keys``: read the further keys only
    - ``all_links``: the values of links also where they are those of `default`
    """
    flags = ["f"] if with_fresh else []
    if all_links:
        flags.append("a")
    if with_filters:
        flags.append("P" if loads_nft else "p")
    request = _format_request(keys, flags=flags, only_keys=only_keys)
    command = Command(
        helper_argv(runner, PROGRAM),
        stdin=request,
        changes=False,
        timeout=READ_SECONDS,
    )

    try:
        result = runner.run(command)
    except IpwrapError:
        return None
    return _parse_reply(result.stdout)


def _format_request(
    keys: Mapping[str, Iterable[str]], *, flags: Iterable[str], only_keys: bool
) -> str:
    """Return the records of a request: see `ipwrap.sysctl.reader_main`."""
    records = [*flags]
    if not only_keys:
        records += [f"m{path}" for path in MAIN_KEYS]
        records += [f"l{family} {name}" for family, names in LINK_KEYS.items() for name in names]

    for netns, further_keys in keys.items():
        records.append(f"n{netns}")
        records += [f"k{path}" for path in sorted(_paths(further_keys))]
    return "".join(f"{record}\0" for record in records)


def _parse_reply(reply: str) -> PlaceReading:
    """Return the readings of a reply."""
    namespaces: dict[str, NamespaceReading] = {}
    fresh = None
    reading = NamespaceReading()

    for record in reply.split("\0"):
        kind, rest = record[:1], record[1:]
        if kind == "n":
            reading = namespaces[rest] = NamespaceReading()
        elif kind == "f":
            reading = fresh = NamespaceReading()
        elif kind == "v":
            path, _, value = rest.partition(" ")
            reading.values[key_of_path(path)] = value
        elif kind == "t":
            reading.has_nft = True
        elif kind == "y":
            reading.legacy.add(rest)
    return PlaceReading(namespaces, fresh)


def _paths(keys: Iterable[str]) -> set[str]:
    """Return the paths of keys and, of a link's key, that of the key of `default`.

    A value is compared with that of `default`, which a new link gets.
    """
    paths = set()
    for key in keys:
        paths.add(path_of_key(key))
        default = default_key(key)
        if default is not None:
            paths.add(path_of_key(default))
    return paths
