"""A link waits for its carrier, with which the kernel adds an address."""

import json
import subprocess
from typing import Any

import pytest

from ipwrap import Command, Session
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.undo.affected import AffectedTracker
from ipwrap.undo.drift import Drift
from ipwrap.undo.link_diff import carrier_seconds, links_without_carrier
from ipwrap.undo.object_diff import awaits_generated_address
from tests.labs import open_sandbox
from tests.undo.hosts import undo_recording
from tests.waiting import until

Json = dict[str, Any]

MAC = "02:00:00:00:00:01"
OF_MAC = "fe80::ff:fe00:1"  # the address that the kernel generates from it
RUNNING = ["UP", "LOWER_UP"]


def drift_of(
    flags: list[str], *, address: str, mac: str = MAC, options: Json | None = None
) -> Drift:
    """Return the drift of a bridge that was running, and was set down."""
    info = {"info_kind": "bridge", "info_data": options or {}}
    link = {"ifname": "br0", "address": mac, "linkinfo": info}
    entry = {"family": "inet6", "local": address, "prefixlen": 64, "scope": "link"}
    before = {
        "": {
            "link": [{**link, "flags": RUNNING}],
            "address": [{"ifname": "br0", "addr_info": [entry]}],
        }
    }
    now = {"": {"link": [{**link, "flags": flags}]}}

    tracker = AffectedTracker(before)
    tracker.follow(Command(("ip", "link", "set", "dev", "br0", "down")), is_done=True)
    return Drift(before, now, tracker.affected, MentionedWords())


@pytest.mark.parametrize(
    ("flags", "is_without"),
    [
        (RUNNING, False),
        (["UP"], True),
        (["UP", "NO-CARRIER"], True),
        # The carrier is there, and the kernel's event of it still to come.
        (["UP", "LOWER_UP", "NO-CARRIER"], True),
        (["NO-CARRIER"], False),
    ],
)
def test_a_link_is_without_carrier_until_its_event(flags: list[str], is_without: bool) -> None:
    """With the event of the carrier, and no earlier, the kernel adds an address."""
    assert [("", "br0")] * is_without == links_without_carrier(drift_of(flags, address=OF_MAC))


@pytest.mark.parametrize(
    ("flags", "address", "mac", "is_awaited"),
    [
        (["UP"], OF_MAC, MAC, False),
        (["UP"], "fe80::1", MAC, True),
        (RUNNING, "fe80::1", MAC, False),
        (["UP"], "fe80::1", "10.0.0.1", True),
    ],
)
def test_an_address_is_awaited_if_the_link_had_another_one(
    flags: list[str], address: str, mac: str, is_awaited: bool
) -> None:
    """Nothing is to be waited for where the kernel generates the address of before."""
    assert is_awaited == awaits_generated_address(drift_of(flags, address=address, mac=mac))


@pytest.mark.parametrize(
    ("options", "seconds"),
    [
        ({"stp_state": 1, "forward_delay": 1500}, 30.0),
        ({"stp_state": 0, "forward_delay": 1500}, 0.0),
        ({}, 0.0),
    ],
)
def test_a_spanning_tree_delays_the_carrier(options: dict[str, int], seconds: float) -> None:
    """A port listens and learns, each for the forward delay, before the bridge has a carrier."""
    assert seconds == carrier_seconds(drift_of(["UP"], address=OF_MAC, options=options))


BRIDGE = """\
ip link add br0 type bridge
ip link set br0 up
for second in $(seq 600); do
    [ -n "$(ip -6 -o address show br0)" ] && break
    sleep .1
done
ip link set br0 type bridge {options}
ip link add p0 type veth peer name q0
ip link set p0 master br0
ip link set p0 up
ip link set q0 up
"""


def addresses_of_bridge(session: Session) -> list[str]:
    """Return the IPv6 addresses of the bridge."""
    shown = session.ip.address.show("br0")
    return sorted(str(address.local) for link in shown for address in link.addr_info)


def has_carrier(session: Session) -> bool:
    """Return whether the kernel has told IPv6 of the bridge's carrier."""
    argv = session.place.wrap(("ip", "-j", "link", "show", "br0"))
    (link,) = json.loads(subprocess.check_output(argv))
    return "LOWER_UP" in link["flags"] and "NO-CARRIER" not in link["flags"]


@pytest.mark.live
@pytest.mark.parametrize("options", ["stp_state 0", "stp_state 1 forward_delay 200"])
@pytest.mark.parametrize("is_up_again", [False, True], ids=["down", "down and up"])
def test_undo_restores_the_addresses_of_a_bridge(options: str, is_up_again: bool) -> None:
    """The bridge has the address of its first MAC address, and would get one of its port's."""
    with open_sandbox() as host:
        if not host.exec("sh", "-ec", BRIDGE.format(options=options), check=False).ok:
            pytest.skip(f"this kernel has no bridge with {options}")
        assert until(lambda: has_carrier(host))
        addresses = addresses_of_bridge(host)
        assert addresses

        with Session(host.place) as session:
            session.ip.link.set("br0", up=False)
            if is_up_again:
                session.ip.link.set("br0", up=True)
        is_restored, _, warnings = undo_recording(host, session.recording)

        assert (True, []) == (is_restored, warnings)
        assert until(lambda: has_carrier(host))
        assert addresses == addresses_of_bridge(host)
