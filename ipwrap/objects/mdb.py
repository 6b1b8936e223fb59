"""An entry of a multicast database: `bridge mdb`."""

from collections.abc import Collection, Iterable, Iterator
from itertools import product
from typing import Any

from ipwrap.command import CreatedObject
from ipwrap.objects.base import (
    Arguments,
    Identity,
    IsSame,
    Json,
    Nouns,
    ObjectType,
    parse_json,
    remove_listed,
)
from ipwrap.objects.comparison import Item, comparable_fields, comparable_flags, identity_of
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["MdbObject"]

OFFLOADED = frozenset({"offload", "offload_failed"})


class MdbObject(ObjectType):
    """A group: bridge, port, group, source, destination, VLAN and tunnel identify it."""

    noun = "mdb"
    path = ("bridge", "mdb")
    shown_as = ("bridge mdb",)
    listings = ("bridge mdb get",)
    has_identities = True
    goes_with_link = True
    is_creatable = True
    creation_rank = 7
    replacing_verb = "replace"
    text_list = ("bridge", "mdb", "show")

    def identity_of(self, created: CreatedObject, dev: str | None) -> Identity:
        """Return the identity; ``dev`` is the name of the bridge."""
        fields = created.identity
        return (
            dev,
            fields["port"],
            fields["grp"].lower(),
            fields.get("src"),
            fields.get("dst"),
            fields.get("vid"),
            fields.get("src_vni"),
        )

    def identities_in(self, nouns: Nouns) -> Iterator[Identity]:
        """Yield the identities of the groups in a namespace.

        A command may name the port by an alternative name, and may omit the VLAN and the tunnel:
        every variant is an identity.
        """
        altnames = {link.get("ifname"): link.get("altnames", ()) for link in nouns.get("link", ())}

        for answer in nouns.get("bridge mdb", ()):
            for entry in answer.get("mdb", ()):
                ports = (entry.get("port"), *altnames.get(entry.get("port"), ()))
                vids = _variants(entry, "vid")
                tunnels = _variants(entry, "src_vni")

                for port, vid, tunnel in product(ports, vids, tunnels):
                    yield (
                        entry.get("dev"),
                        port,
                        str(entry.get("grp")).lower(),
                        entry.get("src"),
                        entry.get("dst"),
                        vid,
                        tunnel,
                    )

    def split(self, noun: str, nouns: Nouns) -> Iterator[Json]:
        """Yield the groups that a command may have made, without those that follow from a list.

        The kernel adds a group for each source in the list of another one, and deletes it with
        that: br_mdb_add_group_src() in net/bridge/br_mdb.c.
        """
        for answer in nouns.get(noun, ()):
            entries = answer.get("mdb") or ()
            listed = {
                (*_key_of(entry), source.get("address"))
                for entry in entries
                for source in entry.get("source_list") or ()
            }
            for entry in entries:
                if "src" not in entry or (*_key_of(entry), entry["src"]) not in listed:
                    yield entry

    def as_printed(self, data: Json) -> Json:
        """Return a group in a listing."""
        return {"mdb": [data]}

    def remove_from(self, nouns: Nouns, noun: str, *, is_same: IsSame) -> bool:
        """Remove a group from its bridge, and return whether it was there."""
        if noun not in nouns:
            return super().remove_from(nouns, noun, is_same=is_same)
        return remove_listed(
            nouns, noun, key="mdb", is_removed=lambda _, entry: is_same(noun, {"mdb": [entry]})
        )

    def other_links_of(self, data: Json) -> Iterable[str]:
        """Return the port: it takes its groups along."""
        return (str(data["port"]),)

    def keys_of(self, noun: str, data: Json) -> dict[str, set[str]]:
        """Return the group."""
        return {"grp": {str(data.get("grp")).lower()}}

    def keys_of_call(self, verb: str, arguments: Arguments) -> dict[str, set[str]]:
        """Return the group of a call."""
        return {} if verb == "flush" else {"grp": {str(arguments["grp"]).lower()}}

    def can_replace(self, keys: Collection[str], data: Json) -> bool:
        """Return False: `replace` came with iproute2 6.3, and `add` needs the group to be gone."""
        return False

    def arguments(self, noun: str, data: Json) -> Arguments:
        """Return the arguments of `bridge mdb add`."""
        from ipwrap.bridge.mdb import MdbOptions

        sources = tuple(source["address"] for source in data.get("source_list") or ())
        replacements: Json = {"source_list": sources or None}
        if data.get("protocol") in ("static", "kernel"):
            replacements["protocol"] = None
        if not sources:
            # The kernel's default: br_mdb_config_init() in net/bridge/br_mdb.c.
            replacements["filter_mode"] = None

        options = parse_json(MdbOptions, data, replacements=replacements)
        return {
            "grp": data["grp"],
            "dev": data["dev"],
            "port": data["port"],
            "temp" if data.get("state") == "temp" else "permanent": True,
            **options,
        }

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare the multicast groups of bridges, without multicast routers."""
        entries = [data] if noun in self.listings else data.get("mdb") or ()
        for entry in entries:
            yield from _compare_group(entry, named)


def _key_of(entry: Json) -> tuple[Any, ...]:
    """Return what identifies a group but for its source."""
    return tuple(entry.get(key) for key in ("dev", "port", "grp", "vid", "dst", "src_vni"))


def _variants(entry: Json, key: str) -> tuple[str | None, ...]:
    """Return the possible values of an optional keyword in a command."""
    if key not in entry:
        return (None,)
    return None, str(entry[key])


def _compare_group(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare a multicast group if the entry is permanent or a command named the group.

    Temporary entries come and go with the hosts of the group.
    """
    if data.get("state") != "permanent" and data.get("grp") not in named:
        return

    fields = comparable_fields(data, named, "index", "timer")
    fields["state"] = data.get("state")
    fields["flags"] = comparable_flags(data, OFFLOADED)
    if "source_list" in fields:
        sources = fields["source_list"]
        fields["source_list"] = sorted(str(source.get("address")) for source in sources)

    yield identity_of(data, "dev", "port", "grp", "src", "vid", "dst", "src_vni"), fields
