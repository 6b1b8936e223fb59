"""`bridge fdb`: the arguments of every option, and the entries of a bridge and of a vxlan."""

from typing import Any

import pytest

from ipwrap import (
    AlreadyExists,
    CommandError,
    InvalidArgument,
    NotFound,
    NotPermitted,
    NotSupported,
    OutputError,
    RejectedByKernel,
    Session,
    UnknownOption,
    UsageError,
)
from ipwrap.bridge.fdb import FdbFilter, FdbFlush, FdbGet, FdbOptions
from ipwrap.kinds import Bridge
from ipwrap.models import FdbEntry
from ipwrap.objects import delete_command
from ipwrap.session import Namespace
from tests.model_fields import named_fields
from tests.option_names import case_names, option_names

MAC = "02:00:00:00:00:01"
ALL = "00:00:00:00:00:00"
NEW_OPTIONS = {"activity_notify", "inactive", "norefresh"}  # iproute2 6.17

OPTIONS: list[tuple[str, Any, str]] = [
    ("dst", "10.0.0.2", " dst 10.0.0.2"),
    ("dst", "fd00::2", " dst fd00::2"),
    ("nhid", 7, " nhid 7"),
    ("port", 0, " port 0"),
    ("vni", 2**24 - 1, " vni 16777215"),
    ("src_vni", 0, " src_vni 0"),
    ("via", "v0", " via v0"),
    ("vlan", 4095, " vlan 4095"),
    *(
        (name, True, f" {name.rstrip('_')}")
        for name in (
            *(
                "self_",
                "master",
                "router",
                "local",
                "permanent",
                "static",
                "temp",
                "dynamic",
                "use",
                "extern_learn",
            ),
            *("sticky", "activity_notify", "inactive", "norefresh"),
        )
    ),
    ("static", False, ""),
]

FILTERS: list[tuple[str, Any, str]] = [
    ("br", "br0", " br br0"),
    ("brport", "v0", " brport v0"),
    ("vlan", 5, " vlan 5"),
    ("state", "permanent", " state permanent"),
    ("state", "all", " state all"),
    ("state", 2, " state 2"),
    ("dynamic", True, " dynamic"),
]

GET_OPTIONS: list[tuple[str, Any, str]] = [
    ("dev", "v0", " dev v0"),
    ("br", "br0", " br br0"),
    ("vlan", 5, " vlan 5"),
    ("vni", 5, " vni 5"),
    ("self_", True, " self"),
    ("master", True, " master"),
    ("dynamic", True, " dynamic"),
]

FLUSH_FILTERS: list[tuple[str, Any, str]] = [
    ("brport", "v0", " brport v0"),
    ("vlan", 5, " vlan 5"),
    ("src_vni", 5, " src_vni 5"),
    ("nhid", 5, " nhid 5"),
    ("vni", 5, " vni 5"),
    ("port", 5, " port 5"),
    ("dst", "10.0.0.2", " dst 10.0.0.2"),
    ("self_", True, " self"),
    ("master", True, " master"),
    *(
        (name, yes, f" {'' if yes else 'no'}{name}")
        for name in (
            *(
                "permanent",
                "static",
                "dynamic",
                "added_by_user",
                "extern_learn",
                "sticky",
                "offloaded",
                "router",
            ),
        )
        for yes in (True, False)
    ),
]


@pytest.fixture(scope="module")
def bridge_kind() -> Bridge:
    """A bridge with ports in no VLAN, since the kernel adds an entry for each VLAN of a port."""
    return Bridge(vlan_default_pvid=0)


def last_line(session: Session) -> str:
    """Return the command line of the last command."""
    return session.recording.commands[-1].command.line


def find_entry(netns: Namespace, to: str, *, dev: str) -> FdbEntry:
    """Return the only entry of an address on a link."""
    entries = netns.bridge.fdb.show()
    (found_entry,) = (entry for entry in entries if (entry.mac, entry.ifname) == (to, dev))

    return found_entry


def listed_addresses(netns: Namespace, **filters: Any) -> list[str | None]:
    """Return the sorted addresses of a filtered list, without the kernel's own entries."""
    entries = netns.bridge.fdb.show(**filters)
    addresses = [entry.mac for entry in entries]

    return sorted(
        (mac for mac in addresses if str(mac).startswith(("02:00:00:00:00", ALL))), key=str
    )


def test_every_option_has_a_case() -> None:
    """Every option of the tables has a test case."""
    assert option_names(FdbOptions) == case_names(OPTIONS)
    assert option_names(FdbFilter) == case_names(FILTERS)
    assert option_names(FdbGet) == case_names(GET_OPTIONS)
    assert option_names(FdbFlush) == case_names(FLUSH_FILTERS)


@pytest.mark.parametrize("verb", ["add", "append", "replace", "delete"])
@pytest.mark.parametrize(("name", "value", "arguments"), OPTIONS)
def test_option_is_formatted(
    dry_session: Session, verb: str, name: str, value: Any, arguments: str
) -> None:
    """Every verb formats an option as iproute2 expects."""
    run_verb = getattr(dry_session.bridge.fdb, verb)

    run_verb(MAC, "v0", **{name: value})
    assert f"bridge fdb {verb} to {MAC} dev v0{arguments}" == last_line(dry_session)


@pytest.mark.parametrize(("name", "value", "arguments"), FILTERS)
def test_filter_is_formatted(dry_session: Session, name: str, value: Any, arguments: str) -> None:
    """`show` formats a filter as iproute2 expects."""
    dry_session.bridge.fdb.show("v0", **{name: value})
    assert f"bridge -j -d fdb show dev v0{arguments}" == last_line(dry_session)

    dry_session.bridge.fdb.show(stats=True, **{name: value})
    assert f"bridge -j -d -s fdb show{arguments}" == last_line(dry_session)


@pytest.mark.parametrize(("name", "value", "arguments"), GET_OPTIONS)
def test_get_option_is_formatted(
    dry_session: Session, name: str, value: Any, arguments: str
) -> None:
    """`get` formats an option as iproute2 expects, and fails in a dry run."""
    with pytest.raises(OutputError):
        dry_session.netns("ns1").bridge.fdb.get(MAC, **{name: value})

    assert f"bridge -n ns1 -j -d fdb get to {MAC}{arguments}" == last_line(dry_session)


@pytest.mark.parametrize(("name", "value", "arguments"), FLUSH_FILTERS)
def test_flush_filter_is_formatted(
    dry_session: Session, name: str, value: Any, arguments: str
) -> None:
    """`flush` formats a filter as iproute2 expects."""
    dry_session.bridge.fdb.flush("br0", **{name: value})
    assert f"bridge fdb flush dev br0{arguments}" == last_line(dry_session)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"dst": "host"}, InvalidArgument),
        ({"port": 65536}, InvalidArgument),
        ({"vni": 2**24}, InvalidArgument),
        ({"vlan": 4096}, InvalidArgument),
        ({"static": "yes"}, InvalidArgument),
        ({"via": ""}, InvalidArgument),
        ({"selfish": True}, UnknownOption),
    ],
)
def test_invalid_option_is_refused(
    dry_session: Session, options: dict[str, Any], error: type[InvalidArgument]
) -> None:
    """An invalid value or option is refused before a command runs."""
    with pytest.raises(error):
        dry_session.bridge.fdb.add(MAC, "v0", **options)

    assert [] == dry_session.recording.commands


@pytest.mark.parametrize("to", ["", "02:00:00:00:00:0g", "dev", "02-00-00-00-00-01", "self"])
def test_invalid_address_is_refused(dry_session: Session, to: str) -> None:
    """An invalid address is refused: `bridge` takes an unknown argument for the address."""
    verbs = dry_session.bridge.fdb
    for call in (verbs.add, verbs.append, verbs.replace, verbs.delete):
        with pytest.raises(InvalidArgument):
            call(to, "v0")

    with pytest.raises(InvalidArgument):
        verbs.get(to, dev="v0")

    assert [] == dry_session.recording.commands


def test_add_declares_the_created_object(dry_session: Session) -> None:
    """The identity of an entry consists of its key options, in `add` and `delete`."""
    result = dry_session.netns("ns1").bridge.fdb.add(
        MAC,
        "vx0",
        dst="10.0.0.2",
        vni=7,
        static=True,
    )
    (created,) = result.command.creates
    assert ("fdb", "ns1", f"to {MAC} dev vx0 dst 10.0.0.2 vni 7") == created.key
    assert ("bridge", "fdb", "delete", *created.name.split()) == delete_command(created).argv
    assert ("vx0",) == created.depends_on

    deletion = dry_session.netns("ns1").bridge.fdb.delete(
        MAC,
        "vx0",
        dst="10.0.0.2",
        vni=7,
    )
    assert (created.key,) == deletion.command.deletes


CREATED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("v0", {}, {"flags": ("self",), "state": "permanent", "master": None}),
    ("v0", {"self_": True}, {"flags": ("self",), "state": "permanent"}),
    ("v0", {"master": True}, {"master": "br0", "state": "permanent"}),
    ("v0", {"master": True, "permanent": True}, {"state": "permanent"}),
    ("v0", {"master": True, "local": True}, {"state": "permanent"}),
    ("v0", {"master": True, "static": True}, {"state": "static"}),
    ("v0", {"master": True, "temp": True}, {"state": "static"}),
    (
        "v0",
        {"master": True, "static": True, "sticky": True},
        {"state": "static", "flags": ("sticky",)},
    ),
    ("v0", {"master": True, "extern_learn": True}, {"flags": ("extern_learn",)}),
    ("v0", {"master": True, "dynamic": True, "activity_notify": True}, {"activity_notify": True}),
    (
        "v0",
        {"master": True, "static": True, "activity_notify": True, "inactive": True},
        {"inactive": True},
    ),
    ("v0", {"master": True, "static": True, "norefresh": True}, {"state": "static"}),
    ("vx0", {"dst": "10.0.0.2"}, {"dst": "10.0.0.2", "flags": ("self",), "state": "permanent"}),
    ("vx0", {"dst": "10.0.0.2", "self_": True}, {"dst": "10.0.0.2", "state": "permanent"}),
    ("vx0", {"dst": "10.0.0.2", "permanent": True}, {"state": "permanent"}),
    ("vx0", {"dst": "10.0.0.2", "static": True}, {"state": "static"}),
    ("vx0", {"dst": "10.0.0.2", "dynamic": True}, {"state": ""}),
    ("vx0", {"dst": "10.0.0.2", "port": 99}, {"dst": "10.0.0.2", "port": 99}),
    ("vx0", {"dst": "10.0.0.2", "vni": 77}, {"vni": 77}),
    ("vx0", {"dst": "10.0.0.2", "via": "v0"}, {"viaIf": "v0"}),
    ("vx0", {"dst": "10.0.0.2", "router": True}, {"flags": ("self", "router")}),
    ("vx0", {"dst": "10.0.0.2", "extern_learn": True}, {"flags": ("self", "extern_learn")}),
]


@pytest.mark.live
@pytest.mark.parametrize("verb", ["add", "replace"])
@pytest.mark.parametrize(("dev", "options", "shown"), CREATED)
def test_entry_is_shown_as_created(
    module_netns: Namespace, verb: str, dev: str, options: dict[str, Any], shown: dict[str, Any]
) -> None:
    """`show` returns the value of every option, and the inverse deletes the entry."""
    run_verb = getattr(module_netns.bridge.fdb, verb)
    try:
        result = run_verb(MAC, dev, **options)
    except UsageError as error:
        if not NEW_OPTIONS & options.keys():
            raise
        pytest.skip(f"this iproute2: {error.reason}")

    found_entry = find_entry(module_netns, MAC, dev=dev)
    (created,) = result.command.creates
    module_netns.exec(*delete_command(created).argv)

    assert [] == listed_addresses(module_netns)

    expected = {**shown, "extra": {}}
    assert expected == named_fields(found_entry, expected)


@pytest.mark.live
@pytest.mark.parametrize("options", [{"dynamic": True}, {"use": True}])
def test_dynamic_entry_is_accepted(bridge_netns: Namespace, options: dict[str, Any]) -> None:
    """A bridge set up accepts a dynamic entry, like a learned entry."""
    bridge_netns.bridge.fdb.replace(MAC, "v0", master=True, **options)
    assert "br0" == find_entry(bridge_netns, MAC, dev="v0").master


@pytest.mark.live
def test_entry_is_created_in_every_vlan_of_its_port(bridge_netns: Namespace) -> None:
    """A command without a VLAN creates, and its inverse deletes, an entry in every VLAN."""
    try:
        bridge_netns.bridge.vlan.add((5, 6), "v0")
    except NotSupported as error:
        pytest.skip(f"this kernel: {error.reason}")

    result = bridge_netns.bridge.fdb.add(MAC, "v0", master=True)
    (created,) = result.command.creates

    entries = bridge_netns.bridge.fdb.show("v0")
    vids = {entry.vlan for entry in entries if entry.mac == MAC}
    assert {None, 5, 6} == vids

    bridge_netns.exec(*delete_command(created).argv)
    assert [] == listed_addresses(bridge_netns)


@pytest.mark.live
def test_external_vxlan_entry_has_a_source_vni(bridge_netns: Namespace) -> None:
    """`src_vni` distinguishes the tunnels of a device."""
    bridge_netns.exec("ip", "link", "add", "vx1", "type", "vxlan", "dstport", "4790", "external")
    for number in (8, 9):
        bridge_netns.bridge.fdb.add(
            MAC,
            "vx1",
            dst="10.0.0.3",
            src_vni=number,
            vni=7,
        )

    entries = bridge_netns.bridge.fdb.show("vx1")
    shown = [(entry.src_vni, entry.vni) for entry in entries if entry.mac == MAC]
    assert [(8, 7), (9, 7)] == sorted(shown, key=str)


@pytest.mark.live
def test_append_adds_destinations(bridge_netns: Namespace) -> None:
    """`append` adds a destination once, and `delete` deletes a single destination."""
    verbs = bridge_netns.bridge.fdb
    for dst in ("10.0.0.2", "10.0.0.3", "10.0.0.3"):
        verbs.append(ALL, "vx0", dst=dst)

    entries = verbs.show("vx0")
    destinations = sorted(str(entry.dst) for entry in entries)
    assert ["10.0.0.2", "10.0.0.3"] == destinations

    verbs.delete(ALL, "vx0", dst="10.0.0.2")

    entries = verbs.show("vx0")
    listed_destinations = [entry.dst for entry in entries]
    assert ["10.0.0.3"] == listed_destinations


@pytest.mark.live
def test_replace_changes_the_destination(bridge_netns: Namespace) -> None:
    """`replace` changes the destination of an address."""
    bridge_netns.bridge.fdb.add(MAC, "vx0", dst="10.0.0.2")
    bridge_netns.bridge.fdb.replace(MAC, "vx0", dst="10.0.0.3")
    assert "10.0.0.3" == find_entry(bridge_netns, MAC, dev="vx0").dst


@pytest.mark.live
@pytest.mark.parametrize(
    ("dev", "options"), [("v0", {"master": True}), ("vx0", {"dst": "10.0.0.2"})]
)
def test_duplicate_add_already_exists(
    bridge_netns: Namespace, dev: str, options: dict[str, Any]
) -> None:
    """Adding an existing object raises `AlreadyExists`."""
    bridge_netns.bridge.fdb.add(MAC, dev, **options)
    with pytest.raises(AlreadyExists):
        bridge_netns.bridge.fdb.add(MAC, dev, **options)


@pytest.mark.live
@pytest.mark.parametrize(
    ("dev", "options"), [("v0", {"master": True}), ("vx0", {"dst": "10.0.0.2"})]
)
def test_delete_of_a_missing_entry_is_not_found(
    module_netns: Namespace, dev: str, options: dict[str, Any]
) -> None:
    """`delete` of a missing entry raises `NotFound`."""
    with pytest.raises(NotFound):
        module_netns.bridge.fdb.delete(MAC, dev, **options)


LISTED: list[tuple[dict[str, Any], list[str]]] = [
    ({}, [ALL, "02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03", "02:00:00:00:00:04"]),
    ({"dev": "vx0"}, [ALL]),
    ({"dev": "v0"}, ["02:00:00:00:00:01", "02:00:00:00:00:02"]),
    (
        {"br": "br0"},
        ["02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03", "02:00:00:00:00:04"],
    ),
    ({"brport": "v1"}, ["02:00:00:00:00:03", "02:00:00:00:00:04"]),
    ({"state": "static", "br": "br0"}, ["02:00:00:00:00:02", "02:00:00:00:00:03"]),
    ({"state": "permanent", "brport": "v0"}, ["02:00:00:00:00:01"]),
    ({"state": "all", "brport": "v0"}, ["02:00:00:00:00:01", "02:00:00:00:00:02"]),
    ({"vlan": 5}, []),
    ({"dynamic": True, "brport": "v1"}, ["02:00:00:00:00:03", "02:00:00:00:00:04"]),
    ({"stats": True, "dev": "vx0"}, [ALL]),
]


@pytest.mark.live
@pytest.mark.parametrize(("filters", "expected"), LISTED)
def test_show_lists_the_matching_entries(
    bridge_netns: Namespace, filters: dict[str, Any], expected: list[str]
) -> None:
    """A filter lists exactly the matching entries, for a single query only."""
    verbs = bridge_netns.bridge.fdb

    verbs.add("02:00:00:00:00:01", "v0", master=True)
    verbs.add("02:00:00:00:00:02", "v0", master=True, static=True)
    verbs.add("02:00:00:00:00:03", "v1", master=True, static=True)
    verbs.add("02:00:00:00:00:04", "v1", master=True, extern_learn=True)
    verbs.append(ALL, "vx0", dst="10.0.0.2")

    assert expected == listed_addresses(bridge_netns, **filters)
    assert 5 == len(listed_addresses(bridge_netns))


@pytest.mark.live
def test_counters_are_optional(bridge_netns: Namespace) -> None:
    """`stats=True` adds the times of the last use and update."""
    bridge_netns.bridge.fdb.add(MAC, "v0", master=True)

    entries = bridge_netns.bridge.fdb.show("v0", stats=True)
    (found_entry,) = (entry for entry in entries if entry.mac == MAC)
    assert (found_entry.used, found_entry.updated) != (None, None)


@pytest.mark.live
@pytest.mark.parametrize(
    ("to", "key", "shown"),
    [
        (MAC, {"br": "br0"}, {"ifname": "v0", "master": "br0", "state": "static"}),
        (MAC, {"dev": "v0", "master": True}, {"master": "br0"}),
        (MAC, {"dev": "v0"}, {"master": "br0"}),
        (MAC, {"br": "br0", "dynamic": True}, {"master": "br0"}),
        ("02:00:00:00:00:02", {"dev": "vx0", "self_": True}, {"dst": "10.0.0.2", "ifname": "vx0"}),
        ("02:00:00:00:00:02", {"dev": "vx0", "self_": True, "vni": 42}, {"dst": "10.0.0.2"}),
    ],
)
def test_get_returns_the_entry(
    bridge_netns: Namespace, to: str, key: dict[str, Any], shown: dict[str, Any]
) -> None:
    """`get` returns an entry of a bridge or of the device itself."""
    verbs = bridge_netns.bridge.fdb

    verbs.add(MAC, "v0", master=True, static=True)
    verbs.add("02:00:00:00:00:02", "vx0", dst="10.0.0.2")

    found_entry = verbs.get(to, **key)
    expected = {**shown, "mac": to}
    assert expected == named_fields(found_entry, expected)


@pytest.mark.live
@pytest.mark.parametrize(
    ("key", "error"),
    [
        ({"br": "br0"}, NotFound),
        ({"br": "br0", "vlan": 4}, NotFound),
        ({"dev": "vx0", "self_": True}, NotFound),
        ({"dev": "nope"}, NotFound),
        ({"dev": "vx0"}, RejectedByKernel),
        ({}, UsageError),
    ],
)
def test_failed_get_raises_its_error(
    module_netns: Namespace, key: dict[str, Any], error: type[CommandError]
) -> None:
    """`get` distinguishes a missing entry from refusals of the kernel and of iproute2."""
    with pytest.raises(error):
        module_netns.bridge.fdb.get(MAC, **key)


LEARNED = "02:00:00:00:00:04"

FLUSHED: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"brport": "v0"}, ["02:00:00:00:00:03", "02:00:00:00:00:04"]),
    ({"permanent": True}, ["02:00:00:00:00:02", "02:00:00:00:00:03", "02:00:00:00:00:04"]),
    ({"permanent": False}, ["02:00:00:00:00:01"]),
    ({"static": True, "permanent": False}, ["02:00:00:00:00:01", "02:00:00:00:00:04"]),
    ({"extern_learn": True}, ["02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03"]),
    ({"extern_learn": False}, ["02:00:00:00:00:04"]),
    ({"added_by_user": True}, []),
    ({"sticky": True}, ["02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:04"]),
    (
        {"offloaded": True},
        ["02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03", "02:00:00:00:00:04"],
    ),
    (
        {"dynamic": True, "brport": "v0"},
        ["02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03", LEARNED],
    ),
    (
        {"vlan": 5},
        ["02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03", "02:00:00:00:00:04"],
    ),
    ({"self_": True}, []),
]


@pytest.mark.live
@pytest.mark.parametrize(("filters", "left"), FLUSHED)
def test_flush_deletes_the_matching_objects(
    bridge_netns: Namespace, filters: dict[str, Any], left: list[str]
) -> None:
    """`flush` of a bridge keeps the entries without a match."""
    verbs = bridge_netns.bridge.fdb

    verbs.add("02:00:00:00:00:01", "v0", master=True)
    verbs.add("02:00:00:00:00:02", "v0", master=True, static=True)
    verbs.add(
        "02:00:00:00:00:03",
        "v1",
        master=True,
        static=True,
        sticky=True,
    )
    verbs.add("02:00:00:00:00:04", "v1", master=True, extern_learn=True)

    try:
        verbs.flush("br0", **filters)
    except UsageError as error:
        pytest.skip(f"this iproute2: {error.reason}")

    assert left == listed_addresses(bridge_netns)


@pytest.mark.live
def test_flush_of_a_vxlan(bridge_netns: Namespace) -> None:
    """`flush` of a vxlan deletes its own entries."""
    bridge_netns.bridge.fdb.add(MAC, "vx0", dst="10.0.0.2")
    try:
        bridge_netns.bridge.fdb.flush("vx0")
    except NotSupported as error:
        pytest.skip(f"this kernel: {error.reason}")

    assert [] == listed_addresses(bridge_netns)


@pytest.mark.live
@pytest.mark.parametrize(
    ("dev", "options", "error"),
    [
        ("nope", {}, NotFound),
        ("lo", {"master": True}, RejectedByKernel),
        ("v0", {"master": True, "vlan": 0}, RejectedByKernel),
        ("v0", {"master": True, "vlan": 5}, RejectedByKernel),
        ("vx0", {"dst": "fd00::5"}, NotSupported),
        ("vx0", {"dst": "10.0.0.2", "via": "nope"}, NotFound),
    ],
)
def test_failed_add_raises_its_error(
    module_netns: Namespace, dev: str, options: dict[str, Any], error: type[CommandError]
) -> None:
    """Every refusal of `add` raises its own error class, and creates no object."""
    with pytest.raises(error):
        module_netns.bridge.fdb.add(MAC, dev, **options)

    assert [] == listed_addresses(module_netns)


@pytest.mark.live
def test_dynamic_entry_on_a_disabled_port_is_not_permitted(bridge_netns: Namespace) -> None:
    """A port that neither learns nor forwards accepts no dynamic entry."""
    bridge_netns.ip.link.set("br0", up=False)
    with pytest.raises(NotPermitted):
        bridge_netns.bridge.fdb.add(MAC, "v0", master=True, dynamic=True)


@pytest.mark.live
def test_missing_link_is_not_found(module_netns: Namespace) -> None:
    """Every verb raises `NotFound` for a missing link."""
    verbs = module_netns.bridge.fdb
    for call in (
        lambda: verbs.add(MAC, "nope"),
        lambda: verbs.append(MAC, "nope", dst="10.0.0.2"),
        lambda: verbs.replace(MAC, "nope"),
        lambda: verbs.delete(MAC, "nope"),
        lambda: verbs.flush("nope"),
        lambda: verbs.show("nope"),
        lambda: verbs.show(br="nope"),
        lambda: verbs.show(brport="nope"),
    ):
        with pytest.raises(NotFound):
            call()


@pytest.mark.live
def test_verbs_work_in_the_host_namespace(session: Session) -> None:
    """Verbs without a namespace act on the place's own namespace."""
    verbs = session.bridge.fdb

    session.exec("ip", "link", "add", "vx0", "type", "vxlan", "id", "42", "dstport", "4789")
    verbs.add(MAC, "vx0", dst="10.0.0.2")

    entries = verbs.show("vx0")
    listed_entries = [(entry.mac, entry.dst) for entry in entries]
    assert [(MAC, "10.0.0.2")] == listed_entries

    verbs.delete(MAC, "vx0", dst="10.0.0.2")
    assert [] == verbs.show("vx0")
