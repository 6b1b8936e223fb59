"""Multicast memberships in the JSON of iproute2 6.1."""

import json

from ipwrap.models import Maddress, Memberships, dump_all, parse

# Captured from iproute2 6.1; `users` follows print_maddr().
PRINTED = """[
{"ifindex":1,"ifname":"lo","maddr":[{"family":"inet","address":"224.0.0.1"},{"family":"inet6",
"address":"ff02::1"}]},
{"ifindex":3,"ifname":"v0","maddr":[{"link":"33:33:00:00:00:01","users":2},
{"link":"01:00:5e:00:00:99","features":"static"}]}
]"""


def test_memberships_are_read_and_written() -> None:
    """MAC and IP addresses are converted to models, and `dump_all` returns the same JSON."""
    memberships = parse("maddr", PRINTED)

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
    ] == memberships
    assert json.loads(PRINTED) == dump_all(memberships)


def test_unknown_keys_are_kept() -> None:
    """Unknown keys of an address and of its link are in ``extra``."""
    text = '[{"ifname":"lo","maddr":[{"address":"ff02::1","new":1}],"newer":null}]'

    memberships = parse(Memberships, text)

    assert [
        Memberships(
            ifname="lo",
            maddr=(Maddress(address="ff02::1", extra={"new": 1}),),
            extra={"newer": None},
        )
    ] == memberships
