"""The objects that commands create, one kind per file: see `ipwrap.objects.base`.

`down`, `undo`, comparisons and exporters find everything about an object in `OBJECTS`.
"""

from collections.abc import Iterable, Iterator
from functools import cache

from ipwrap.command import Command, CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.objects.base import Json, ObjectType
from ipwrap.objects.comparison import Item
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.system.lazy import LazyTable

__all__ = [
    "OBJECTS",
    "comparable_items",
    "compared_types",
    "creatable_types",
    "delete_command",
    "object_type",
    "shown_type",
]

OBJECTS: LazyTable[type[ObjectType]] = LazyTable(
    "ipwrap.objects",
    {
        "address": "address:AddressObject",
        "altname": "link:AltnameObject",
        "bucket": "bucket:BucketObject",
        "class": "tc_class:ClassObject",
        "fdb": "fdb:FdbObject",
        "filter": "tc_filter:FilterObject",
        "global vlan settings": "vlan_settings:GlobalVlanSettings",
        "iptables": "firewall:IptablesRule",
        "l3_stats": "stats:HardwareCounters",
        "link": "link:LinkObject",
        "macsec": "macsec:MacsecObject",
        "macsec in use": "macsec:ActiveMacsecKey",
        "maddress": "maddress:MaddressObject",
        "mdb": "mdb:MdbObject",
        "mroute": "mroute:MrouteObject",
        "mst": "mst:MstObject",
        "neigh": "neigh:NeighObject",
        "netns": "netns:NetnsObject",
        "nexthop": "nexthop:NexthopObject",
        "nft": "firewall:NftObject",
        "qdisc": "qdisc:QdiscObject",
        "route": "route:RouteObject",
        "rule": "rule:RuleObject",
        "sysctl": "sysctl:SysctlObject",
        "token": "token:TokenObject",
        "tuntap": "tuntap:TuntapObject",
        "vlan": "vlan:VlanObject",
        "vlan settings": "vlan_settings:VlanSettings",
        "vlan tunnel": "vlan:VlanTunnelObject",
        "vni": "vni:VniObject",
        "vrf": "vrf:VrfObject",
        "was": "link:RestoredLink",
    },
)


def object_type(noun: str) -> ObjectType:
    """Return what ipwrap knows of a kind of object. Raises `InvalidArgument` for another noun."""
    try:
        return OBJECTS[noun]()
    except KeyError:
        raise InvalidArgument(
            f"{noun!r} is no object that ipwrap can delete; there are: {', '.join(OBJECTS)}"
        ) from None


def shown_type(noun: str) -> ObjectType:
    """Return what ipwrap knows of the objects that a snapshot lists under a noun.

    Only objects that a command can create again count. Raises `InvalidArgument` for other nouns.
    """
    kinds = creatable_types()
    if noun not in kinds:
        raise InvalidArgument(
            f"{noun!r}: no command creates what a snapshot lists there; there are: "
            f"{', '.join(kinds)}"
        )
    return kinds[noun]


def creatable_types() -> dict[str, ObjectType]:
    """Return the objects that a command can create again, by their noun in a snapshot."""
    return _creatable_types(tuple(OBJECTS))


@cache
def _creatable_types(nouns: tuple[str, ...]) -> dict[str, ObjectType]:
    """Return the creatable objects among those of the table, in the order of their nouns."""
    kinds: dict[str, ObjectType] = {}
    for noun in nouns:
        kind = object_type(noun)
        if kind.is_creatable:
            kinds |= dict.fromkeys(kind.shown_as, kind)
    return dict(sorted(kinds.items()))


def compared_types() -> dict[str, ObjectType]:
    """Return the objects that take part in comparisons, by the nouns of their listings."""
    return _compared_types(tuple(OBJECTS))


@cache
def _compared_types(nouns: tuple[str, ...]) -> dict[str, ObjectType]:
    """Return the objects among those of the table that some listing shows."""
    kinds: dict[str, ObjectType] = {}
    for noun in nouns:
        kind = object_type(noun)
        kinds |= dict.fromkeys((*kind.shown_as, *kind.listings), kind)
    return kinds


def comparable_items(
    noun: str, objects: Iterable[Json], *, named: MentionedWords
) -> Iterator[Item]:
    """Yield the identity and the comparable fields of the items in the objects of a listing.

    Raises `InvalidArgument` for a noun that no object has.
    """
    kinds = compared_types()
    if noun not in kinds:
        raise InvalidArgument(f"{noun!r} is no listing that ipwrap compares")

    kind = kinds[noun]
    for json_object in kind.compared_objects(noun, objects):
        yield from kind.comparable_items(noun, json_object, named=named)


def delete_command(created: CreatedObject) -> Command:
    """Return the command that deletes a created object, made by the object's verb.

    Raises `InvalidArgument` for an unknown noun and for an identity that does not suit the verb.
    """
    return object_type(created.noun).delete_command(created)
