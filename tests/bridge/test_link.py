"""`bridge link`: the arguments of every option, and the options of a port in the kernel."""

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
from tests.labs import missing_kernel_reason
from tests.option_names import case_names, option_names

BOOLEANS = (
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
    *((name, True, f" {name} on") for name in BOOLEANS),
    *((name, False, f" {name} off") for name in BOOLEANS),
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


def last_line(session: Session) -> str:
    """Return the command line of the last command."""
    return session.recording.results[-1].line


def read_port(netns: Namespace, dev: str = "v0") -> Port:
    """Return a single port."""
    (found_port,) = netns.bridge.link.show(dev)
    return found_port


def test_every_option_has_a_case() -> None:
    """Every option of the tables has a test case."""
    assert option_names(PortOptions) == case_names(OPTIONS)


@pytest.mark.parametrize(("name", "value", "arguments"), OPTIONS)
def test_option_is_formatted(dry_session: Session, name: str, value: Any, arguments: str) -> None:
    """`set` formats an option as iproute2 expects."""
    dry_session.bridge.link.set("v0", **{name: value})
    assert f"bridge link set dev v0{arguments}" == last_line(dry_session)


def test_show_is_formatted(dry_session: Session) -> None:
    """`show` asks for details, and ipwrap applies `master` itself."""
    verbs = dry_session.netns("ns1").bridge.link

    verbs.show()
    assert "bridge -n ns1 -j -d link show" == last_line(dry_session)

    verbs.show("v0", stats=True)
    assert "bridge -n ns1 -j -d -s link show dev v0" == last_line(dry_session)

    verbs.show(master="br0")
    assert "bridge -n ns1 -j -d link show" == last_line(dry_session)


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
def test_invalid_option_is_refused(
    dry_session: Session, options: dict[str, Any], error: type[InvalidArgument]
) -> None:
    """An invalid value or option is refused before a command runs."""
    with pytest.raises(error):
        dry_session.bridge.link.set("v0", **options)

    assert [] == dry_session.recording.commands


SET: list[tuple[str, Any]] = [
    *((name, value) for name in BOOLEANS if name != "mab" for value in (True, False)),
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
def test_option_is_shown_as_set(module_netns: Namespace, name: str, value: Any) -> None:
    """`show` returns the value of every option."""
    (option,) = (port_option for port_option in options_of(PortOptions) if port_option.name == name)
    settings: dict[str, Any] = {name: value}

    if name == "mab":  # the kernel accepts mab only on a locked port
        settings = {"locked": True, "learning": True, **settings}

    try:
        module_netns.bridge.link.set("v0", **settings)
    except (NotSupported, UsageError) as error:
        pytest.skip(f"this kernel or iproute2: {error.reason.splitlines()[0]}")

    assert option.json_key

    port_json = dump(read_port(module_netns))
    shown = option.codec.from_json(port_json, option.json_key)

    if shown is None and name == "learning_sync":
        pytest.skip("a bridge in software has no learning_sync: it shows none")

    reason = missing_kernel_reason(option)

    if shown is None and reason:
        pytest.skip(reason)

    assert value == shown


@pytest.mark.live
def test_state_is_set_by_number(module_netns: Namespace) -> None:
    """A state number sets the state with the number."""
    module_netns.bridge.link.set("v0", state=0)
    assert "disabled" == read_port(module_netns).state


@pytest.mark.live
def test_backup_port_is_removed(module_netns: Namespace) -> None:
    """`nobackup_port` removes the backup port."""
    module_netns.bridge.link.set("v0", backup_port="v1")
    module_netns.bridge.link.set("v0", nobackup_port=True)
    assert read_port(module_netns).backup_port is None


@pytest.mark.live
def test_master_is_the_default(module_netns: Namespace) -> None:
    """`master` configures the bridge port by default, and a veth refuses `self`."""
    module_netns.bridge.link.set("v0", cost=33, master=True)
    assert 33 == read_port(module_netns).cost
    with pytest.raises(NotSupported):
        module_netns.bridge.link.set("v0", cost=34, self_=True)


@pytest.mark.live
def test_show_lists_the_ports(bridge_netns: Namespace) -> None:
    """`show` lists every port, a single port, or the ports of a bridge."""
    bridge_netns.ip.link.add("br1", Bridge())
    bridge_netns.ip.link.add("w0", Veth(peer="w1"), master="br1")

    verbs = bridge_netns.bridge.link
    ports = verbs.show()
    names = sorted(port.ifname for port in ports)
    assert ["v0", "v1", "w0"] == names

    ports = verbs.show("v0")
    listed_names = [port.ifname for port in ports]
    assert ["v0"] == listed_names

    ports = verbs.show(master="br1")
    assert ["w0"] == [port.ifname for port in ports]
    assert [] == verbs.show("w1")
    assert [] == verbs.show("v0", master="br1")

    ports = verbs.show(master="br0", stats=True)
    assert ["v0", "v1"] == sorted(port.ifname for port in ports)

    ports = verbs.show(master="br0")
    masters = {port.master for port in ports}
    assert {"br0"} == masters

    ports = verbs.show()
    extras = [port.extra for port in ports]
    assert [{}, {}, {}] == extras


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
def test_refusals_raise_their_errors(
    module_netns: Namespace, dev: str, options: dict[str, Any], error: type[CommandError]
) -> None:
    """Every refusal of `set` raises its own error class."""
    with pytest.raises(error):
        module_netns.bridge.link.set(dev, **options)


@pytest.mark.live
def test_state_under_stp_is_busy(bridge_netns: Namespace) -> None:
    """A port's state is read-only under the kernel's spanning tree."""
    bridge_netns.ip.link.set("br0", Bridge(stp_state=1))
    with pytest.raises(Busy):
        bridge_netns.bridge.link.set("v0", state="disabled")


@pytest.mark.live
def test_missing_link_is_not_found(module_netns: Namespace) -> None:
    """`show` raises `NotFound` for a missing link."""
    with pytest.raises(NotFound, match="nope"):
        module_netns.bridge.link.show("nope")


@pytest.mark.live
def test_verbs_work_in_the_host_namespace(session: Session) -> None:
    """Verbs without a namespace act on the place's own namespace."""
    session.ip.link.add("br0", Bridge())
    session.ip.link.add("v0", Veth(peer="v1"), master="br0")
    session.bridge.link.set("v0", cost=33)

    ports = session.bridge.link.show()
    listed_ports = [(port.ifname, port.cost) for port in ports]
    assert [("v0", 33)] == listed_ports
