"""Multicast addresses are read as iproute2 6.1 prints them."""

import json

from ipwrap.models import Maddress, Memberships, dump_all, parse

# What iproute2 6.1 printed; users are made after print_maddr().
PRINTED = """[
{"ifindex":1,"ifname":"lo","maddr":[{"family":"inet","address":"224.0.0.1"},{"family":"inet6","address":"ff02::1"}]},
{"ifindex":3,"ifname":"v0","maddr":[{"link":"33:33:00:00:00:01","users":2},
{"link":"01:00:5e:00:00:99","features":"static"}]}
]"""


def test_memberships_are_read_and_written() -> None:
    """Of the link layer and of the families, and nothing is lost."""
    found = parse("maddr", PRINTED)
    assert [
        Memberships(
            ifindex=1,
            ifname="lo",
            maddr=(
                Maddress(family="inet", address="224.0.0.1"),
                Maddress(family="inet6", address="ff02::1"),
            ),
        ),
        Memberships(
            ifindex=3,
            ifname="v0",
            maddr=(
                Maddress(link="33:33:00:00:00:01", users=2),
                Maddress(link="01:00:5e:00:00:99", features="static"),
            ),
        ),
    ] == found
    assert json.loads(PRINTED) == dump_all(found)


def test_what_is_new_is_kept() -> None:
    """In the address, and in the link."""
    found = parse(
        Memberships, '[{"ifname":"lo","maddr":[{"address":"ff02::1","new":1}],"newer":null}]'
    )
    assert [
        Memberships(
            ifname="lo",
            maddr=(Maddress(address="ff02::1", extra={"new": 1}),),
            extra={"newer": None},
        )
    ] == found
