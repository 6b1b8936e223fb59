"""`bridge mdb`: the arguments of every option, and the groups of a bridge."""

from typing import Any

import pytest

from ipwrap import (
    AlreadyExists,
    InvalidArgument,
    NotFound,
    NotSupported,
    RejectedByKernel,
    Session,
    UnknownOption,
    UsageError,
)
from ipwrap.bridge.mdb import MdbFlush, MdbKey, MdbOptions
from ipwrap.models import MdbEntry, RouterPort
from ipwrap.objects import delete_command
from ipwrap.session import Namespace
from tests.model_fields import named_fields
from tests.option_names import case_names, option_names

GROUP = "239.1.1.1"

OPTIONS: list[tuple[str, Any, str]] = [
    ("src", "10.0.0.9", " src 10.0.0.9"),
    ("permanent", True, " permanent"),
    ("permanent", False, ""),
    ("temp", True, " temp"),
    ("vid", 4094, " vid 4094"),
    ("filter_mode", "include", " filter_mode include"),
    ("filter_mode", "exclude", " filter_mode exclude"),
    ("source_list", ["10.0.0.1"], " source_list 10.0.0.1"),
    ("source_list", ("fd00::1", "fd00::2"), " source_list fd00::1,fd00::2"),
    ("proto", "bgp", " proto bgp"),
    ("proto", 200, " proto 200"),
    ("dst", "10.0.0.5", " dst 10.0.0.5"),
    ("dst", "fd00::5", " dst fd00::5"),
    ("dst_port", 65535, " dst_port 65535"),
    ("vni", 2**24 - 1, " vni 16777215"),
    ("src_vni", 0, " src_vni 0"),
    ("via", "v1", " via v1"),
]

KEYS: list[tuple[str, Any, str]] = [
    ("src", "10.0.0.9", " src 10.0.0.9"),
    ("vid", 7, " vid 7"),
    ("src_vni", 7, " src_vni 7"),
]

FLUSH_FILTERS: list[tuple[str, Any, str]] = [
    ("port", "v0", " port v0"),
    ("vid", 7, " vid 7"),
    ("src_vni", 7, " src_vni 7"),
    ("proto", "bgp", " proto bgp"),
    ("permanent", True, " permanent"),
    ("permanent", False, " nopermanent"),
    ("dst", "10.0.0.5", " dst 10.0.0.5"),
    ("dst_port", 7, " dst_port 7"),
    ("vni", 7, " vni 7"),
]


def last_line(session: Session) -> str:
    """Return the command line of the last command."""
    return session.recording.commands[-1].command.line


def added_entries(netns: Namespace) -> list[MdbEntry]:
    """Return the entries of the test groups, without the kernel's own groups."""
    entries = netns.bridge.mdb.show().mdb
    return [entry for entry in entries if entry.grp in (GROUP, "ff02::99", "01:00:5e:00:00:09")]


def test_every_option_has_a_case() -> None:
    """Every option of the tables has a test case."""
    assert option_names(MdbOptions) == case_names(OPTIONS)
    assert option_names(MdbKey) == case_names(KEYS)
    assert option_names(MdbFlush) == case_names(FLUSH_FILTERS)


@pytest.mark.parametrize("verb", ["add", "replace", "delete"])
@pytest.mark.parametrize(("name", "value", "arguments"), OPTIONS)
def test_option_is_formatted(
    dry_session: Session, verb: str, name: str, value: Any, arguments: str
) -> None:
    """Every verb formats an option as iproute2 expects."""
    run_verb = getattr(dry_session.bridge.mdb, verb)

    run_verb(GROUP, "br0", port="v0", **{name: value})
    assert f"bridge mdb {verb} grp {GROUP} dev br0 port v0{arguments}" == last_line(dry_session)


@pytest.mark.parametrize(("name", "value", "arguments"), KEYS)
def test_get_key_is_formatted(dry_session: Session, name: str, value: Any, arguments: str) -> None:
    """`get` formats a key option as iproute2 expects, and is not batched."""
    assert [] == dry_session.netns("ns1").bridge.mdb.get(GROUP, "br0", **{name: value})
    assert f"bridge -n ns1 -j -d mdb get grp {GROUP} dev br0{arguments}" == last_line(dry_session)
    assert not dry_session.recording.commands[-1].command.batch


@pytest.mark.parametrize(("name", "value", "arguments"), FLUSH_FILTERS)
def test_flush_filter_is_formatted(
    dry_session: Session, name: str, value: Any, arguments: str
) -> None:
    """`flush` formats a filter as iproute2 expects."""
    dry_session.bridge.mdb.flush("br0", **{name: value})
    assert f"bridge mdb flush dev br0{arguments}" == last_line(dry_session)


@pytest.mark.parametrize(
    ("selection", "arguments"),
    [
        ({}, "-j -d mdb show"),
        ({"dev": "br0"}, "-j -d mdb show dev br0"),
        ({"vid": 7}, "-j -d mdb show vid 7"),
        ({"dev": "br0", "vid": 7, "stats": True}, "-j -d -s mdb show dev br0 vid 7"),
    ],
)
def test_show_is_formatted(dry_session: Session, selection: dict[str, Any], arguments: str) -> None:
    """`show` passes the requested filters, and a filtered query is not batched."""
    database = dry_session.bridge.mdb.show(**selection)
    assert f"bridge {arguments}" == last_line(dry_session)
    assert dry_session.recording.commands[-1].command.batch is (
        "dev" not in arguments and "vid" not in arguments
    )
    assert () == database.mdb
    assert {} == database.router


@pytest.mark.parametrize(
    "grp", ["", "host", "239.1.1", "01:00:5e:00:00", "01-00-5e-00-00-01", "grp", 7, None]
)
def test_invalid_group_is_refused(dry_session: Session, grp: Any) -> None:
    """An invalid group address is refused before a command runs."""
    verbs = dry_session.bridge.mdb
    for call in (verbs.add, verbs.replace, verbs.delete):
        with pytest.raises(InvalidArgument, match="of a group"):
            call(grp, "br0", port="v0")

    with pytest.raises(InvalidArgument, match="of a group"):
        verbs.get(grp, "br0")

    assert [] == dry_session.recording.commands


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"permanent": True, "temp": True}, InvalidArgument),
        ({"permanent": "yes"}, InvalidArgument),
        ({"vid": 0}, InvalidArgument),
        ({"vid": 4095}, InvalidArgument),
        ({"vid": "seven"}, InvalidArgument),
        ({"filter_mode": "Include"}, InvalidArgument),
        ({"source_list": "10.0.0.1"}, InvalidArgument),
        ({"source_list": []}, InvalidArgument),
        ({"source_list": ["host"]}, InvalidArgument),
        ({"src": "host"}, InvalidArgument),
        ({"proto": ""}, InvalidArgument),
        ({"dst": "host"}, InvalidArgument),
        ({"dst_port": 0}, InvalidArgument),
        ({"dst_port": 65536}, InvalidArgument),
        ({"vni": 2**24}, InvalidArgument),
        ({"src_vni": -1}, InvalidArgument),
        ({"via": ""}, InvalidArgument),
        ({"perm": True}, UnknownOption),
    ],
)
def test_invalid_option_is_refused(
    dry_session: Session, options: dict[str, Any], error: type[InvalidArgument]
) -> None:
    """An invalid value or option is refused before a command runs."""
    with pytest.raises(error):
        dry_session.bridge.mdb.add(GROUP, "br0", port="v0", **options)

    assert [] == dry_session.recording.commands


def test_invalid_filter_is_refused(dry_session: Session) -> None:
    """An unknown filter of `flush` is refused, since bridge would delete too much."""
    filters: Any = {"prot": "bgp"}
    with pytest.raises(UnknownOption):
        dry_session.bridge.mdb.flush("br0", **filters)

    with pytest.raises(InvalidArgument):
        dry_session.bridge.mdb.show(vid=0)

    assert [] == dry_session.recording.commands


def test_add_declares_the_created_object(dry_session: Session) -> None:
    """The identity of an entry consists of its key options, in `add` and `delete`."""
    mdb = dry_session.netns("ns1").bridge.mdb
    result = mdb.add(
        GROUP,
        "vx0",
        port="vx0",
        dst="10.0.0.5",
        vni=7,
        src_vni=8,
        permanent=True,
    )
    (created,) = result.command.creates
    assert ("mdb", "ns1", f"grp {GROUP} dev vx0 port vx0 dst 10.0.0.5 src_vni 8") == created.key
    assert ("bridge", "mdb", "delete", *created.name.split()) == delete_command(created).argv
    assert ("vx0", "vx0") == created.depends_on

    deletion = mdb.delete(
        GROUP,
        "vx0",
        port="vx0",
        dst="10.0.0.5",
        src_vni=8,
    )
    assert (created.key,) == deletion.command.deletes


CREATED: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    (GROUP, "v0", {}, {"state": "temp", "protocol": "static"}),
    (GROUP, "v0", {"temp": True}, {"state": "temp"}),
    (GROUP, "v0", {"permanent": True}, {"state": "permanent", "flags": ()}),
    (GROUP, "br0", {}, {"port": "br0"}),
    (GROUP, "v0", {"src": "10.0.0.9", "permanent": True}, {"src": "10.0.0.9"}),
    ("ff02::99", "v0", {"src": "fd00::9"}, {"src": "fd00::9"}),
    ("01:00:5e:00:00:09", "v0", {"permanent": True}, {"state": "permanent"}),
]


@pytest.mark.live
@pytest.mark.parametrize(("grp", "port", "options", "shown"), CREATED)
def test_entry_is_shown_as_created(
    module_netns: Namespace, grp: str, port: str, options: dict[str, Any], shown: dict[str, Any]
) -> None:
    """`show` returns the value of every option, and the inverse deletes the entry."""
    result = module_netns.bridge.mdb.add(grp, "br0", port=port, **options)
    (created,) = result.command.creates
    (found_entry,) = added_entries(module_netns)
    module_netns.exec(*delete_command(created).argv)

    assert [] == added_entries(module_netns)

    expected = {"dev": "br0", "port": port, "grp": grp, **shown, "extra": {}}
    assert expected == named_fields(found_entry, expected)


@pytest.mark.live
def test_show_lists_the_matching_entries(bridge_netns: Namespace) -> None:
    """A filter affects a single query, and `-s` adds timers."""
    verbs = bridge_netns.bridge.mdb

    verbs.add(GROUP, "br0", port="v0")
    verbs.add(GROUP, "br0", port="v1", permanent=True)

    entries = verbs.show("br0").mdb
    devices = {entry.dev for entry in entries}
    assert {"br0"} == devices

    entries = verbs.show(vid=7).mdb
    matching_entries = [entry for entry in entries if entry.grp == GROUP]
    assert [] == matching_entries

    entries = verbs.show(stats=True).mdb
    timers = {entry.port: entry.timer for entry in entries if entry.grp == GROUP}
    assert 0 == float(str(timers["v1"])) < float(str(timers["v0"]))

    entries_without_timers = added_entries(bridge_netns)
    listed_timers = [entry.timer for entry in entries_without_timers]
    assert [None, None] == listed_timers


@pytest.mark.live
def test_router_ports_are_shown(bridge_netns: Namespace) -> None:
    """Router ports are shown by bridge, and `-s` adds their type."""
    bridge_netns.bridge.link.show("v0")
    bridge_netns.exec("ip", "link", "set", "dev", "v0", "type", "bridge_slave", "mcast_router", "2")
    assert {"br0": (RouterPort(port="v0"),)} == bridge_netns.bridge.mdb.show().router

    (port,) = bridge_netns.bridge.mdb.show("br0", stats=True).router["br0"]
    assert "permanent" == port.type


@pytest.mark.live
def test_refusals_raise_their_errors(bridge_netns: Namespace) -> None:
    """Every refusal raises its own error class."""
    mdb = bridge_netns.bridge.mdb

    mdb.add(GROUP, "br0", port="v0", permanent=True)
    with pytest.raises(AlreadyExists):
        mdb.add(GROUP, "br0", port="v0", permanent=True)

    for dev, port in (("nope", "v0"), ("br0", "nope")):
        with pytest.raises(NotFound):
            mdb.add(GROUP, dev, port=port)

    with pytest.raises((RejectedByKernel, NotFound)):
        mdb.delete("239.1.1.2", "br0", port="v0")

    with pytest.raises(RejectedByKernel):
        mdb.add("10.1.1.1", "br0", port="v0")

    with pytest.raises(RejectedByKernel):
        mdb.add(GROUP, "br0", port="p0")

    with pytest.raises((NotSupported, RejectedByKernel)):
        mdb.add(GROUP, "v0", port="v0")

    with pytest.raises(NotFound):
        mdb.show("nope")


@pytest.mark.live
def test_get_returns_the_entries_of_a_group(bridge_netns: Namespace) -> None:
    """`get` returns an entry for each port, and raises `NotFound` for an empty group."""
    verbs = bridge_netns.bridge.mdb
    for port in ("v0", "v1"):
        verbs.add(GROUP, "br0", port=port, permanent=True)

    try:
        entries = verbs.get(GROUP, "br0")
    except UsageError as error:
        pytest.skip(f"this kernel or iproute2: {error.reason}")

    listed_entries = sorted((str(entry.grp), str(entry.port)) for entry in entries)
    assert [(GROUP, "v0"), (GROUP, "v1")] == listed_entries
    with pytest.raises(NotFound):
        verbs.get("239.1.1.2", "br0")


@pytest.mark.live
def test_flush_deletes_the_matching_objects(bridge_netns: Namespace) -> None:
    """`flush` of a port keeps the entries of further ports."""
    verbs = bridge_netns.bridge.mdb
    for port in ("v0", "v1"):
        verbs.add(GROUP, "br0", port=port, permanent=True)

    try:
        verbs.flush("br0", port="v0", permanent=False)
    except (UsageError, NotSupported) as error:
        pytest.skip(f"this kernel or iproute2: {error.reason}")

    entries = added_entries(bridge_netns)
    port_names = sorted(str(entry.port) for entry in entries)
    assert ["v0", "v1"] == port_names

    verbs.flush("br0", port="v0")

    entries = added_entries(bridge_netns)
    listed_port_names = [entry.port for entry in entries]
    assert ["v1"] == listed_port_names
