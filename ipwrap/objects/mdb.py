"""An entry of a multicast database: `bridge mdb`."""

from collections.abc import Iterator
from itertools import product

from ipwrap.command import CreatedObject
from ipwrap.objects.base import Identity, Json, Nouns, ObjectType
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

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare the multicast groups of bridges, without multicast routers."""
        entries = [data] if noun in self.listings else data.get("mdb") or ()
        for entry in entries:
            yield from _compare_group(entry, named)


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
