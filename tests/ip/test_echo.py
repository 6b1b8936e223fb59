"""`-echo` prints what the kernel made of a change, and `parse` reads it."""

import json
import subprocess

import pytest

from ipwrap import Session, parse
from ipwrap.kinds import Veth

pytestmark = pytest.mark.live

CHANGES = (
    ("address", "address add 10.1.1.1/24 dev v0"),
    ("route", "route add 10.5.0.0/24 via 10.1.1.2"),
    ("route", "route delete 10.5.0.0/24 via 10.1.1.2"),
    ("rule", "rule add fwmark 0x1 table 5"),
    ("rule", "rule delete fwmark 0x1 table 5"),
    ("neigh", "neigh add 10.1.1.9 lladdr 02:00:00:00:00:01 dev v0"),
    ("nexthop", "nexthop add id 7 via 10.1.1.2 dev v0"),
    ("nexthop", "nexthop delete id 7"),
    ("address", "address delete 10.1.1.1/24 dev v0"),
    ("link", "link add v1 type veth"),
    ("link", "link delete v1"),
)


def test_echo_is_read(session: Session) -> None:
    """Every key has a field, in both directions, and a deletion is told."""
    session.ip.link.add("v0", Veth(peer="p0"), up=True)
    session.ip.link.set("p0", up=True)

    deleted = []
    for noun, change in CHANGES:
        argv = session.place.wrap(("ip", "-j", "-echo", *change.split()))
        reply = subprocess.run(argv, capture_output=True, text=True, check=False)
        if 'Option "-echo" is unknown' in reply.stderr:
            pytest.skip("this iproute2 has no -echo")
        assert "" == reply.stderr
        if not reply.stdout.strip():
            continue  # this release echoes other objects

        for model in parse(noun, reply.stdout):
            objects = getattr(model, "addr_info", None) or [model]
            assert {} == model.extra, json.dumps(model.extra)
            deleted += [bool(member.deleted) for member in objects]
        assert "delete" not in change or deleted[-1]

    assert True in deleted
    assert False in deleted
