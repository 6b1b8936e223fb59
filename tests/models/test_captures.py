"""The captured output of six releases of iproute2 is read and written without loss.

``cases/captures/real`` is the state of one machine in the output of every release; ``synthetic``
has artificial links and bridges with every attribute set.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from ipwrap.errors import OutputError
from ipwrap.jsonio.reader import decode
from ipwrap.kinds import Kind
from ipwrap.models import (
    AfStats,
    FdbEntry,
    GlobalVlans,
    Interface,
    Link,
    Mdb,
    MdbEntry,
    Memberships,
    Mroute,
    Neigh,
    Netns,
    NetnsId,
    Nexthop,
    Port,
    PortMsts,
    PortVlans,
    Route,
    Rule,
    Stats,
    TcClass,
    TcFilter,
    TcQdisc,
    Token,
    Tuntap,
    VrfTable,
    VxlanVnis,
    Xstats,
    dump_all,
    load,
    read,
)

CAPTURES = Path(__file__).parents[1] / "cases" / "captures"

# The class for the beginning of a file name. The longer of two names with the same beginning is
# first.
CLASSES: dict[str, type] = {
    "bridge_fdb": FdbEntry,
    "bridge_link": Port,
    "bridge_mdb_get": MdbEntry,
    "bridge_mdb": Mdb,
    "bridge_mst": PortMsts,
    "bridge_vlan_global": GlobalVlans,
    "bridge_vlan": PortVlans,
    "bridge_vni": VxlanVnis,
    "ip_addr": Interface,
    "ip_link_afstats": AfStats,
    "ip_link_xstats": Xstats,
    "ip_link": Link,
    "ip_maddr": Memberships,
    "ip_mroute": Mroute,
    "ip_neigh": Neigh,
    "ip_netns_listid": NetnsId,
    "ip_netns_list": Netns,
    "ip_nexthop": Nexthop,
    "ip_route": Route,
    "ip_rule": Rule,
    "ip_stats": Stats,
    "ip_token": Token,
    "ip_tuntap": Tuntap,
    "ip_vrf": VrfTable,
    "tc_class": TcClass,
    "tc_filter": TcFilter,
    "tc_qdisc": TcQdisc,
}

# The first release that prints an object, for objects that not every release prints.
ADDED_IN = {
    AfStats: "v6.1",
    GlobalVlans: "v6.1",
    Stats: "v6.1",
    VxlanVnis: "v6.1",
    MdbEntry: "v6.12",
    PortMsts: "v6.12",
}

COMMAND_FLAGS = {"j", "d", "s", "o", "br", "4", "6", "c", "compressvlans"}

# Output that is not valid JSON, of old releases and of failing commands: the position of the error.
BROKEN = {
    "real/v5.4/ip_j_vrf_show.json": "line 1, column 1",  # text, read by `VrfTable.from_text`
    # the kernel refused, after `[` was printed
    "real/v6.1/bridge_j_d_vlan_show.json": "line 1, column 2",
    "real/v6.6/bridge_j_d_vlan_show.json": "line 1, column 2",
    "real/v6.12/bridge_j_d_vlan_show.json": "line 1, column 2",
    "real/v7.1/bridge_j_d_vlan_show.json": "line 1, column 2",
    "real/v6.1/bridge_j_vlan_global_show.json": "line 1, column 2",
    "real/v6.6/bridge_j_vlan_global_show.json": "line 1, column 2",
    "real/v6.12/bridge_j_vlan_global_show.json": "line 1, column 2",
    "real/v7.1/bridge_j_vlan_global_show.json": "line 1, column 2",
    "real/v6.12/bridge_j_mst_show.json": "line 1, column 2",
}

# Text output in spite of -j.
TEXT_OUTPUT = {
    "real/v5.4/tc_j_class_show_dev_v0.json",
    "real/v5.4/tc_j_s_class_show_dev_v0.json",
    "real/v5.10/tc_j_class_show_dev_v0.json",
    "real/v5.10/tc_j_s_class_show_dev_v0.json",
    "real/v6.1/tc_j_class_show_dev_v0.json",
    "real/v6.1/tc_j_s_class_show_dev_v0.json",
}

# Keys that a model writes, empty, although the command did not print them.
GAINED = {
    "ip_j_o_addr_show.json": "flags",
    "ip_j_br_addr_show.json": "flags",
    "bridge_vlan_tunnelshow.json": "vlans",
}


def names_of_captures() -> list[str]:
    """Return the captures, as relative paths."""
    return sorted(str(path.relative_to(CAPTURES)) for path in CAPTURES.rglob("*.json"))


def readable() -> list[str]:
    """Return the captures with JSON, valid or repairable."""
    return [name for name in names_of_captures() if name not in BROKEN and name not in TEXT_OUTPUT]


def class_of(name: str) -> type:
    """Return the model class of a capture."""
    words = Path(name).stem.split("_")
    command = "_".join(word for word in words if word not in COMMAND_FLAGS)

    for prefix, cls in CLASSES.items():
        if command.startswith(prefix):
            return cls
    raise LookupError(name)


def text_of(name: str) -> str:
    """Return the captured output."""
    return (CAPTURES / name).read_text(errors="surrogateescape")


def number_of(release: str) -> tuple[int, ...]:
    """Return a release as comparable numbers: 6.12 is later than 6.6."""
    return tuple(map(int, release.removeprefix("v").split(".")))


def objects_of(name: str) -> list[Any]:
    """Return the captured objects, without empty ones, in the layout of the newest release."""
    cls: Any = class_of(name)
    objects = decode(text_of(name), repeated=getattr(cls, "repeated", ()))
    objects = [data for data in objects if data]

    if hasattr(cls, "in_json"):
        return [cls.in_json(data) for data in objects]
    return objects


def _extras(model: Any) -> Iterator[tuple[str, list[str]]]:
    """Yield the class and the unknown keys of a model and its inner models."""
    if isinstance(model, dict):
        yield from _extras(list(model.values()))
    elif isinstance(model, (list, tuple)):
        for item in model:
            yield from _extras(item)
    elif attrs.has(type(model)):
        if getattr(model, "extra", None) and not isinstance(model, Kind):
            yield type(model).__name__, sorted(model.extra)
        for attribute in attrs.fields(type(model)):
            yield from _extras(getattr(model, attribute.name))


@pytest.mark.parametrize("name", readable())
def test_json_is_preserved(name: str) -> None:
    """`dump_all` returns the captured JSON, except for empty objects and empty lists."""
    captured = objects_of(name)
    gained_key = GAINED.get(Path(name).name)

    written = dump_all(load(class_of(name), captured))

    for old, new in zip(captured, written, strict=True):
        if gained_key and not new.get(gained_key) and gained_key not in old:
            new.pop(gained_key, None)
    assert captured == written


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_invalid_json_is_refused_with_its_position(name: str) -> None:
    """The message has line and column, and no part of the output is read."""
    with pytest.raises(OutputError, match=f"^not JSON at {BROKEN[name]}: "):
        decode(text_of(name))


@pytest.mark.parametrize("name", [name for name in readable() if "/v7.1/" in name])
def test_every_key_of_the_newest_release_has_a_field(name: str) -> None:
    """Every key of iproute2 7.1 has a typed field."""
    assert [] == list(_extras(load(class_of(name), objects_of(name))))


@pytest.mark.parametrize(
    "name", [name for name in names_of_captures() if "/v7.1/" in name and class_of(name) is Link]
)
def test_every_option_of_the_newest_release_has_a_field(name: str) -> None:
    """Every option of iproute2 7.1, for kinds with a table, has a typed field."""
    for link in load(Link, decode(text_of(name))):
        assert [] == list(_extras(link.kind))
        assert [] == list(_extras(link.port))


@pytest.mark.parametrize("name", [name for name in readable() if class_of(name) is Link])
def test_every_kind_can_be_read(name: str) -> None:
    """The typed kind of a link has the captured name, in every release."""
    for link in load(Link, decode(text_of(name))):
        if link.linkinfo and link.linkinfo.info_kind:
            assert link.kind is not None
            assert link.linkinfo.info_kind == link.kind.type


@pytest.mark.parametrize("release", sorted({name.split("/")[1] for name in names_of_captures()}))
def test_every_object_was_captured(release: str) -> None:
    """Every release has a capture of every object, so the tests above are not empty."""
    supported = set()
    for cls in CLASSES.values():
        if number_of(ADDED_IN.get(cls, release)) <= number_of(release):
            supported.add(cls)

    assert supported == {class_of(name) for name in names_of_captures() if f"/{release}/" in name}


def test_broken_captures_exist() -> None:
    """Every exception for invalid JSON has a capture."""
    assert set() == BROKEN.keys() - set(names_of_captures())


@pytest.mark.parametrize("name", sorted(TEXT_OUTPUT))
def test_text_output_is_read(name: str) -> None:
    """The text of classes is read, with counters if the command had `-s`."""
    classes = read(TcClass, text_of(name))

    assert [("1:1", 1_250_000, 2_500_000), ("1:20", 125_000_000, 125_000_000)] == [
        (tc_class.handle, tc_class.rate, tc_class.ceil) for tc_class in classes
    ]
    assert [("_s_" in name)] * 2 == [tc_class.stats is not None for tc_class in classes]


@pytest.mark.parametrize(
    ("old", "new", "file"),
    [
        ("5.10", "6.1", "tc_j_d_filter_show_dev_v0.json"),
        ("5.4", "5.10", "tc_j_s_d_qdisc_show.json"),
    ],
)
def test_text_within_json_is_read(old: str, new: str, file: str) -> None:
    """The text of a u32 before 6.1, and of a tbf of 5.4, becomes the JSON of the next release."""
    old_name = f"real/v{old}/{file}"
    new_name = f"real/v{new}/{file}"
    cls = class_of(old_name)

    assert read(cls, text_of(old_name)) == read(cls, text_of(new_name))


def test_ports_of_old_releases_are_repaired() -> None:
    """`bridge -d link` of 5.4 prints VLANs as an object without a key."""
    ports = read(Port, text_of("synthetic/v5.4/bridge_d_link_show.json"))

    assert ["br0", "eth2", "eth0"] == [port.ifname for port in ports]
    assert [9, "forwarding"] == [port.state for port in ports[1:]]


@pytest.mark.parametrize("release", ["v5.4", "v5.10"])
def test_links_of_old_releases_are_repaired(release: str) -> None:
    """Before 5.12 the direction of an erspan of version 2 is missing; its other keys are read."""
    links = read(Link, text_of(f"synthetic/{release}/ip_j_d_link_show.json"))
    all_options = [_kind_options(link) for link in links]

    (erspan,) = [options for options in all_options if options.get("erspan_hwid") == "0x7"]

    assert {"erspan_dir": None, "erspan_hwid": "0x7", "erspan_ver": 2}.items() <= erspan.items()


def _kind_options(link: Link) -> dict[str, Any]:
    """Return the captured options of a link's kind."""
    return (link.linkinfo and link.linkinfo.info_data) or {}
