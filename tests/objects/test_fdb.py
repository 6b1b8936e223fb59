"""Entries of a forwarding table, and the VLANs of their ports."""

import pytest

from ipwrap.errors import InvalidArgument
from ipwrap.objects.fdb import FdbObject
from ipwrap.objects.vlan import VlanObject
from tests.objects.counted import MAC, Json, mentioned


def port_state(vlans: list[Json], entry: Json) -> dict[str, list[Json]]:
    """Return the objects of a bridge whose port has some VLANs and a forwarding entry."""
    return {"bridge vlan": [{"ifname": "p", "vlans": vlans}], "bridge fdb": [entry]}


@pytest.mark.parametrize(
    ("vlans", "is_left"),
    [
        ([{"vlan": 7}], False),
        ([{"vlan": 5, "vlanEnd": 8}], False),
        ([{"vlan": 8, "vlanEnd": 9}], True),
        ([], True),
    ],
)
def test_entry_of_a_vlan_that_the_port_has_left(vlans: list[Json], is_left: bool) -> None:
    """No command makes or deletes the entry, which is compared as others are."""
    entry = {"mac": MAC, "ifname": "p", "master": "br0", "vlan": 7, "state": "static"}
    kind = FdbObject()
    (listed,) = kind.split("bridge fdb", port_state(vlans, entry))

    items = kind.comparable_items("bridge fdb", listed, named=mentioned())
    assert [*kind.comparable_items("bridge fdb", entry, named=mentioned())] == [*items]
    assert entry == kind.as_printed(listed)
    if not is_left:
        assert "7" == str(kind.arguments("bridge fdb", listed)["vlan"])
        return
    with pytest.raises(InvalidArgument, match="p is no longer in VLAN 7"):
        kind.delete_commands("bridge fdb", listed, netns=None)


def test_entry_without_vlans_of_its_port() -> None:
    """Where the VLANs were not read, an entry of a VLAN is like any other."""
    entry = {"mac": MAC, "ifname": "p", "master": "br0", "vlan": 7, "state": "static"}
    kind = FdbObject()

    assert [entry] == [*kind.split("bridge fdb", {"bridge fdb": [entry]})]
    assert kind.rank_of(entry) > VlanObject.creation_rank > kind.rank_of({"mac": MAC})
