"""`bridge link`: the words of every option, and each option read back as it was set."""

from typing import Any

import pytest

from ipwrap import (
    Busy,
    CommandError,
    InvalidArgument,
    NotFound,
    NotSupported,
    Session,
    UnknownOption,
    UsageError,
)
from ipwrap.bridge.link import PortOptions
from ipwrap.kinds import Bridge, Veth
from ipwrap.models import Port, dump
from ipwrap.options.table import options_of
from ipwrap.session import Namespace
from tests.labs import too_new

TRUTHS = (
    "guard",
    "hairpin",
    "fastleave",
    "root_block",
    "learning",
    "learning_sync",
    "flood",
    "mcast_flood",
    "bcast_flood",
    "mcast_to_unicast",
    "neigh_suppress",
    "neigh_vlan_suppress",
    "neigh_forward_grat",
    "vlan_tunnel",
    "isolated",
    "locked",
    "mab",
)

OPTIONS: list[tuple[str, Any, str]] = [
    *((name, True, f" {name} on") for name in TRUTHS),
    *((name, False, f" {name} off") for name in TRUTHS),
    *(("mcast_router", value, f" mcast_router {value}") for value in range(4)),
    ("mcast_max_groups", 0, " mcast_max_groups 0"),
    ("cost", 65535, " cost 65535"),
    ("priority", 0, " priority 0"),
    *(
        ("state", state, f" state {state}")
        for state in ("disabled", "listening", "learning", "forwarding", "blocking")
    ),
    ("state", 0, " state 0"),
    ("hwmode", "vepa", " hwmode vepa"),
    ("hwmode", "veb", " hwmode veb"),
    ("backup_port", "v1", " backup_port v1"),
    ("nobackup_port", True, " nobackup_port"),
    ("nobackup_port", False, ""),
    ("backup_nhid", 7, " backup_nhid 7"),
    ("self_", True, " self"),
    ("master", True, " master"),
]


def line(session: Session) -> str:
    """Return the last command."""
    return session.recording.results[-1].line


def port(there: Namespace, dev: str = "v0") -> Port:
    """Return one port."""
    (found,) = there.bridge.link.show(dev)
    return found


def test_every_option_has_a_case() -> None:
    """No option of the table is left untested."""
    assert {row.name for row in options_of(PortOptions)} == {name for name, *_ in OPTIONS}


@pytest.mark.parametrize(("name", "value", "words"), OPTIONS)
def test_option_becomes_words(dry: Session, name: str, value: Any, words: str) -> None:
    """Each option is spelled as iproute2 spells it."""
    dry.bridge.link.set("v0", **{name: value})
    assert f"bridge link set dev v0{words}" == line(dry)


def test_show_becomes_words(dry: Session) -> None:
    """`show` asks for details, and for one port if it is said; one bridge's ports are picked from all."""
    verbs = dry.netns("ns1").bridge.link
    verbs.show()
    assert "bridge -n ns1 -j -d link show" == line(dry)
    verbs.show("v0", stats=True)
    assert "bridge -n ns1 -j -d -s link show dev v0" == line(dry)
    verbs.show(master="br0")
    assert "bridge -n ns1 -j -d link show" == line(dry)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"cost": 0}, InvalidArgument),
        ({"cost": 65536}, InvalidArgument),
        ({"priority": 64}, InvalidArgument),
        ({"mcast_router": 4}, InvalidArgument),
        ({"state": "asleep"}, InvalidArgument),
        ({"state": 5}, InvalidArgument),
        ({"hwmode": "VEPA"}, InvalidArgument),
        ({"hairpin": 1}, InvalidArgument),
        ({"backup_port": "a/b"}, InvalidArgument),
        ({"hair_pin": True}, UnknownOption),
    ],
)
def test_what_iproute2_cannot_take_is_refused(
    dry: Session, options: dict[str, Any], error: type[InvalidArgument]
) -> None:
    """A value or an option that cannot be is refused before anything runs: `bridge` itself takes garbage for 0."""
    with pytest.raises(error):
        dry.bridge.link.set("v0", **options)
    assert [] == dry.recording.commands


SET: list[tuple[str, Any]] = [
    *((name, value) for name in TRUTHS if name != "mab" for value in (True, False)),
    *(("mcast_router", value) for value in range(4)),
    ("mcast_max_groups", 5),
    ("cost", 33),
    ("cost", 65535),
    ("priority", 7),
    ("priority", 0),
    *(("state", state) for state in ("disabled", "listening", "learning", "forwarding")),
    ("hwmode", "vepa"),
    ("backup_port", "v1"),
    ("backup_nhid", 7),
    ("mab", True),
]


@pytest.mark.live
@pytest.mark.parametrize(("name", "value"), SET)
def test_option_is_read_back_as_it_was_set(kept: Namespace, name: str, value: Any) -> None:
    """What `set` says of a port is what its codec reads of it afterwards."""
    together: dict[str, Any] = {"mab": {"locked": True, "learning": True}}.get(name, {})
    (row,) = (each for each in options_of(PortOptions) if each.name == name)
    try:
        kept.bridge.link.set("v0", **{**together, name: value})
    except (NotSupported, UsageError) as error:
        pytest.skip(f"this kernel or iproute2: {error.reason.splitlines()[0]}")
    assert row.json_key
    shown = row.codec.from_json(dump(port(kept)), row.json_key)
    if shown is None and name == "learning_sync":
        pytest.skip("a bridge in software has no learning_sync: it shows none")
    if shown is None and (reason := too_new(row)):
        pytest.skip(reason)
    assert value == shown


@pytest.mark.live
def test_state_is_set_by_number(kept: Namespace) -> None:
    """A number is taken for the state of that number."""
    kept.bridge.link.set("v0", state=0)
    assert "disabled" == port(kept).state


@pytest.mark.live
def test_backup_port_is_taken_back(kept: Namespace) -> None:
    """`nobackup_port` takes the backup port away."""
    kept.bridge.link.set("v0", backup_port="v1")
    kept.bridge.link.set("v0", nobackup_port=True)
    assert port(kept).backup_port is None


@pytest.mark.live
def test_master_is_the_default(kept: Namespace) -> None:
    """`master` speaks to the bridge, as without it; `self` to the device, which a veth has no answer for."""
    kept.bridge.link.set("v0", cost=33, master=True)
    assert 33 == port(kept).cost
    with pytest.raises(NotSupported):
        kept.bridge.link.set("v0", cost=34, self_=True)


@pytest.mark.live
def test_show_lists_the_ports(there: Namespace) -> None:
    """All ports, one port, or those of one bridge; a link that is no port is not listed."""
    there.ip.link.add("br1", Bridge())
    there.ip.link.add("w0", Veth(peer="w1"), master="br1")
    verbs = there.bridge.link
    assert ["v0", "v1", "w0"] == sorted(each.ifname for each in verbs.show())
    assert ["v0"] == [each.ifname for each in verbs.show("v0")]
    assert ["w0"] == [each.ifname for each in verbs.show(master="br1")]
    assert [] == verbs.show("w1")
    assert [] == verbs.show("v0", master="br1")
    assert ["v0", "v1"] == sorted(each.ifname for each in verbs.show(master="br0", stats=True))
    assert {"br0"} == {each.master for each in verbs.show(master="br0")}
    assert [{}, {}, {}] == [each.extra for each in verbs.show()]


@pytest.mark.live
@pytest.mark.parametrize(
    ("dev", "options", "error"),
    [
        ("nope", {"cost": 3}, NotFound),
        ("lo", {"cost": 3}, NotSupported),
        ("v0", {"backup_port": "nope"}, CommandError),
        ("v0", {"backup_port": "lo"}, NotFound),
    ],
)
def test_set_that_fails_says_why(
    kept: Namespace, dev: str, options: dict[str, Any], error: type[CommandError]
) -> None:
    """Each refusal is its own class."""
    with pytest.raises(error):
        kept.bridge.link.set(dev, **options)


@pytest.mark.live
def test_state_under_stp_is_busy(there: Namespace) -> None:
    """Where the kernel runs the spanning tree, a port's state is its own."""
    there.ip.link.set("br0", Bridge(stp_state=1))
    with pytest.raises(Busy):
        there.bridge.link.set("v0", state="disabled")


@pytest.mark.live
def test_link_that_is_not_there_is_not_found(kept: Namespace) -> None:
    """`show` of a link that is not there says so."""
    with pytest.raises(NotFound, match="nope"):
        kept.bridge.link.show("nope")


@pytest.mark.live
def test_verbs_work_in_the_first_namespace(session: Session) -> None:
    """Without a namespace the verbs are the place's own."""
    session.ip.link.add("br0", Bridge())
    session.ip.link.add("v0", Veth(peer="v1"), master="br0")
    session.bridge.link.set("v0", cost=33)
    assert [("v0", 33)] == [(each.ifname, each.cost) for each in session.bridge.link.show()]
