"""Every option of every kind that this kernel has: built by its word, read back by its key, equal."""

from collections.abc import Iterator
from typing import Any

import attrs
import pytest

from ipwrap import NotSupported, Session
from ipwrap.codecs import Choice, Codec, Device, Flag, Hex, Ip, Mac, Member, No, Number, OnOff, Or, ZeroOne
from ipwrap.errors import CommandError
from ipwrap.kinds import KINDS, Bridge, BridgeSlave, Kind, Veth
from ipwrap.option import Option, table

pytestmark = pytest.mark.live

# What a kind cannot be made without.
NEEDED: dict[str, dict[str, Any]] = {"vxlan": {"id": 7, "dstport": 4789}, "vlan": {"id": 7}}

# What an option cannot be set without.
TOGETHER: dict[tuple[str, str], dict[str, Any]] = {
    ("macvlan", "nopromisc"): {"mode": "passthru"},
    ("macvtap", "nopromisc"): {"mode": "passthru"},
    ("macvlan", "macaddr"): {"mode": "source"},
    ("macvtap", "macaddr"): {"mode": "source"},
    ("vxlan", "group"): {"dev": "base"},
    ("vxlan", "external"): {"id": None},
    ("vxlan", "vnifilter"): {"external": True, "id": None},
    ("vxlan", "df"): {"ttl": 64},
}

# Values where not any will do: within what the kernel takes, and other than what it would choose.
VALUES: dict[tuple[str, str], list[Any]] = {
    ("bridge", "stp_state"): [1, 0],
    ("bridge", "forward_delay"): [200, 3000],
    ("bridge", "hello_time"): [100, 1000],
    ("bridge", "max_age"): [600, 4000],
    ("bridge", "ageing_time"): [0, 6000],
    ("bridge", "group_fwd_mask"): [8, 0],
    ("bridge", "group_address"): ["01:80:c2:00:00:04"],
    ("bridge", "mcast_hash_elasticity"): [16],  # the kernel ignores it since 5.0
    ("bridge", "mcast_hash_max"): [512, 1024],
    ("bridge_slave", "group_fwd_mask"): [8, 0],
    ("bridge_slave", "state"): ["listening", "learning", "forwarding"],  # from the others it moves on by itself
    ("bridge_slave", "backup_port"): ["base"],
    ("vxlan", "dev"): ["base"],
    ("vxlan", "group"): ["239.1.1.1", "ff05::100"],
    ("vxlan", "srcport"): [(10000, 20000)],
    ("vxlan", "label"): [5],
    ("vxlan", "maxaddress"): [100],
    ("vxlan", "tos"): [16],
    ("vxlan", "localbypass"): [False, True],
    ("vxlan", "ttl"): [1, 255],
    ("macvlan", "mode"): ["private", "vepa", "bridge", "passthru", "source"],
    ("macvtap", "mode"): ["private", "vepa", "bridge", "passthru", "source"],
    ("macvlan", "macaddr"): [("set", "02:00:00:00:00:01", "02:00:00:00:00:02")],
    ("macvtap", "macaddr"): [("set", "02:00:00:00:00:01", "02:00:00:00:00:02")],
    ("vlan", "ingress_qos_map"): [{1: 2, 3: 4}],
    ("vlan", "egress_qos_map"): [{1: 2, 3: 4}],
}


def values(kind: str, row: Option) -> list[Any]:
    """Return values to try of an option: those listed, or what its codec suggests."""
    if (kind, row.name) in VALUES:
        return VALUES[kind, row.name]
    if row.name.endswith("_interval"):  # hundredths of a second, kept in jiffies: of a whole second nothing is lost
        return [100, 1000]
    return list(_by_codec(row.codec))


def _by_codec(codec: Codec) -> Iterator[Any]:
    """Yield values that a codec takes."""
    match codec:
        case Flag():
            yield True
        case ZeroOne() | OnOff() | No() | Member():
            yield from (True, False)
        case Choice(choices=choices):
            yield from choices
        case Or(other=other):
            yield from _by_codec(other)
        case Hex(low=low, high=high) | Number(low=low, high=high):
            yield from sorted({max(low, 1), min(high, 100 if high > 100 else high)})
        case Mac():
            yield "02:00:00:00:00:05"
        case Ip():
            yield from ("192.0.2.1", "2001:db8::1")
        case Device():
            yield "base"


CASES = [
    pytest.param(cls, row, value, id=f"{kind}-{row.name}-{value}")
    for kind, cls in KINDS.items()
    for row in table(cls)
    if row.word and row.key and kind != "veth"
    for value in values(kind, row)
]


@pytest.mark.parametrize(("cls", "row", "value"), CASES)
def test_option_is_read_back_as_it_was_built(session: Session, cls: type[Kind], row: Option, value: Any) -> None:
    """A kind built with one option shows it with the same value."""
    together = TOGETHER.get((cls.kind, row.name), {})
    built = cls(**{**NEEDED.get(cls.kind, {}), **together, row.name: value})
    session.ip.link.add("base", Veth(peer="base1"))
    try:
        shown = make(session, built)
    except NotSupported as error:
        pytest.skip(f"this kernel: {error.reason}")
    except CommandError as error:
        pytest.skip(f"this kernel or iproute2 refuses: {error.reason}")
    shown_value = getattr(shown, row.name)
    if shown_value is None and (row.since or row.name.startswith("vlan_")):
        since = f"the option came with {row.since}" if row.since else "it has no CONFIG_BRIDGE_VLAN_FILTERING"
        pytest.skip(f"not shown by this iproute2 or kernel: {since}")
    if shown_value is None and value is False and isinstance(row.codec, No):
        pytest.skip("before 6.4 iproute2 shows only the truths that are set")
    assert value == shown_value
    assert {} == shown.extra


def make(session: Session, built: Kind) -> Kind:
    """Make a link of the kind, or a port with the options, and return what is shown of it."""
    if isinstance(built, BridgeSlave):
        session.ip.link.add("br", Bridge(), up=True)
        for end in ("base1", "base"):  # with a carrier before it is a port: the kernel moves a port's state with it
            session.ip.link.set(end, up=True)
        session.ip.link.set("base", master="br")
        if built.backup_port is not None:
            session.ip.link.add("port", Veth(peer="port1"), master="br", up=True)
            session.ip.link.set("port", built)
            return port(session, "port")
        session.ip.link.set("base", built)
        return port(session, "base")
    on = "base" if built.kind in ("macvlan", "macvtap", "vlan") else None
    session.ip.link.add("new", built, link=on)
    (link,) = session.ip.link.show("new")
    assert link.kind is not None
    return link.kind


def port(session: Session, name: str) -> Kind:
    """Return what is shown of a port."""
    (link,) = session.ip.link.show(name)
    assert link.port is not None
    return link.port


@pytest.mark.parametrize("cls", KINDS.values(), ids=KINDS)
def test_kind_that_was_shown_can_be_built_again(session: Session, cls: type[Kind]) -> None:
    """What `show` returns of a link builds another one that is shown alike."""
    session.ip.link.add("base", Veth(peer="base1"))
    built = cls(**NEEDED.get(cls.kind, {}))
    if cls.kind in ("bridge_slave", "veth"):
        pytest.skip("a port is no link of its own; a veth shows nothing of itself")
    try:
        first = make(session, built)
        session.ip.link.delete("new")
        settable = {row.name: getattr(first, row.name) for row in table(cls) if row.word and row.word != "flag"}
        again = make(session, attrs.evolve(built, **_without_refused(settable)))
    except CommandError as error:
        pytest.skip(f"this kernel: {error.reason}")
    changing = ("bridge_id", "root_id", "gc_timer", "hello_timer")
    assert settable == {name: getattr(again, name) for name in settable if name not in changing}


def _without_refused(values: dict[str, Any]) -> dict[str, Any]:
    """Leave out what shows a default that cannot be set as such, and what this kernel shows but cannot set."""
    refused = ("vlan_filtering", "vlan_protocol", "vlan_default_pvid", "vlan_stats_enabled", "vlan_stats_per_port")
    return {name: value for name, value in values.items() if name not in refused and value not in ("0.0.0.0",)}
