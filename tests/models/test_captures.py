"""What six releases of iproute2 really print is read as models and written again, and nothing is lost.

``cases/captures/real`` is the state of one machine, shown by each release; ``synthetic`` are made-up links and bridges
with every attribute set.
"""

import json
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

# By a part of the file's name: what a command shows. The longer of two that begin alike is first.
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

# What not every release here has: by its model, the first one that does.
YOUNG = {
    AfStats: "v6.1",
    GlobalVlans: "v6.1",
    Stats: "v6.1",
    VxlanVnis: "v6.1",
    MdbEntry: "v6.12",
    PortMsts: "v6.12",
}

FLAGS = {"j", "d", "s", "o", "br", "4", "6", "c", "compressvlans"}

# What old releases printed, and failing commands print still, is no JSON: the position where it stops being some.
BROKEN = {
    "real/v5.4/ip_j_vrf_show.json": "line 1, column 1",  # text; `ipwrap.ip.vrf` reads it
    "real/v6.1/bridge_j_d_vlan_show.json": "line 1, column 2",  # the kernel refused, `[` was out already
    "real/v6.6/bridge_j_d_vlan_show.json": "line 1, column 2",
    "real/v6.12/bridge_j_d_vlan_show.json": "line 1, column 2",
    "real/v7.1/bridge_j_d_vlan_show.json": "line 1, column 2",
    "real/v6.1/bridge_j_vlan_global_show.json": "line 1, column 2",
    "real/v6.6/bridge_j_vlan_global_show.json": "line 1, column 2",
    "real/v6.12/bridge_j_vlan_global_show.json": "line 1, column 2",
    "real/v7.1/bridge_j_vlan_global_show.json": "line 1, column 2",
    "real/v6.12/bridge_j_mst_show.json": "line 1, column 2",
    "synthetic/v5.4/bridge_vlan_tunnelshow.json": "line 1, column 35",  # it died after this; good by 5.10
}

# What is printed as words, though JSON was asked for: through these releases.
IN_WORDS = {
    "real/v5.4/tc_j_class_show_dev_v0.json",
    "real/v5.4/tc_j_s_class_show_dev_v0.json",
    "real/v5.10/tc_j_class_show_dev_v0.json",
    "real/v5.10/tc_j_s_class_show_dev_v0.json",
    "real/v6.1/tc_j_class_show_dev_v0.json",
    "real/v6.1/tc_j_s_class_show_dev_v0.json",
}

# Keys that a model writes, empty, though the command did not print them.
GAINED = {
    "ip_j_o_addr_show.json": "flags",
    "ip_j_br_addr_show.json": "flags",
    "bridge_vlan_tunnelshow.json": "vlans",
}


def names_of_captures() -> list[str]:
    """Return the captures by their paths."""
    return sorted(str(path.relative_to(CAPTURES)) for path in CAPTURES.rglob("*.json"))


def readable() -> list[str]:
    """Return those of the captures that hold JSON, or what can be repaired to be some."""
    return [name for name in names_of_captures() if name not in BROKEN and name not in IN_WORDS]


def class_of(name: str) -> type:
    """Return the model of what a capture shows."""
    words = Path(name).stem.split("_")
    program, *rest = (word for word in words if word not in FLAGS)
    command = "_".join((program, *rest))
    return next(cls for part, cls in CLASSES.items() if command.startswith(part))


def text_of(name: str) -> str:
    """Return what a release printed."""
    return (CAPTURES / name).read_text(errors="surrogateescape")


def number_of(release: str) -> tuple[int, ...]:
    """Return a release as what can be compared: 6.12 is later than 6.6."""
    return tuple(map(int, release.removeprefix("v").split(".")))


def objects_of(name: str) -> list[Any]:
    """Return the objects that a release printed, repaired as its model has them."""
    cls: Any = class_of(name)
    found = decode(text_of(name), repeated=getattr(cls, "repeated", ()))
    return [cls.in_json(each) if hasattr(cls, "in_json") else each for each in found if each]


def _extras(model: Any) -> Iterator[tuple[str, list[str]]]:
    """Yield what a model, and the models within, have no field for."""
    if isinstance(model, (list, tuple, dict)):
        for each in model.values() if isinstance(model, dict) else model:
            yield from _extras(each)
    elif attrs.has(type(model)):
        if getattr(model, "extra", None) and not isinstance(model, Kind):
            yield type(model).__name__, sorted(model.extra)
        for each in attrs.fields(type(model)):
            yield from _extras(getattr(model, each.name))


@pytest.mark.parametrize("name", readable())
def test_nothing_is_lost(name: str) -> None:
    """Read and written again, each object is as it was printed, but for empty objects and empty lists."""
    printed = objects_of(name)
    gained = GAINED.get(Path(name).name)
    written = dump_all(load(class_of(name), printed))
    assert printed == [
        {key: value for key, value in new.items() if key != gained or value or key in old}
        for old, new in zip(printed, written, strict=True)
    ]


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_what_is_no_json_is_refused_with_its_place(name: str) -> None:
    """Line and column are said: nothing is read by halves."""
    with pytest.raises(OutputError, match=f"^not JSON at {BROKEN[name]}: "):
        decode(text_of(name))


@pytest.mark.parametrize("name", [name for name in readable() if "/v7.1/" in name])
def test_every_key_of_the_newest_release_has_a_field(name: str) -> None:
    """All that iproute2 7.1 prints has a typed name."""
    assert [] == list(_extras(load(class_of(name), objects_of(name))))


@pytest.mark.parametrize(
    "name", [name for name in names_of_captures() if "/v7.1/" in name and class_of(name) is Link]
)
def test_every_option_of_the_newest_release_has_a_field(name: str) -> None:
    """All that iproute2 7.1 prints of the kinds that have a table has a typed name."""
    links = load(Link, decode(text_of(name)))
    assert [] == list(_extras([each for link in links for each in (link.kind, link.port) if each]))


@pytest.mark.parametrize("name", [name for name in readable() if class_of(name) is Link])
def test_every_kind_can_be_read(name: str) -> None:
    """Whatever the release, a link's kind is known by its name."""
    links = [
        link
        for link in load(Link, decode(text_of(name)))
        if link.linkinfo and link.linkinfo.info_kind
    ]
    assert [link.linkinfo and link.linkinfo.info_kind for link in links] == [
        link.kind and link.kind.type for link in links
    ]


@pytest.mark.parametrize("release", sorted({name.split("/")[1] for name in names_of_captures()}))
def test_every_object_was_captured(release: str) -> None:
    """Each release shows each object that it has: the tests above do not pass for want of captures."""
    had = {
        cls for cls in CLASSES.values() if number_of(YOUNG.get(cls, release)) <= number_of(release)
    }
    assert had == {class_of(name) for name in names_of_captures() if f"/{release}/" in name}


def test_the_broken_ones_are_there() -> None:
    """An exception that has become idle is taken off the list."""
    assert set() == BROKEN.keys() - set(names_of_captures())


@pytest.mark.parametrize("name", sorted(IN_WORDS))
def test_what_is_told_in_words_is_read(name: str) -> None:
    """As classes, with what they have sent where that was asked for."""
    found = read(TcClass, text_of(name))
    assert [("1:1", 1_250_000, 2_500_000), ("1:20", 125_000_000, 125_000_000)] == [
        (each.handle, each.rate, each.ceil) for each in found
    ]
    assert [("_s_" in name)] * 2 == [each.stats is not None for each in found]


def test_words_among_json_are_read() -> None:
    """A u32 of 6.0 and before, and a tbf of 5.4, are what later releases print."""
    for old, new, file in (
        ("5.10", "6.1", "tc_j_d_filter_show_dev_v0"),
        ("5.4", "5.10", "tc_j_s_d_qdisc_show"),
    ):
        names = [f"real/v{release}/{file}.json" for release in (old, new)]
        before, after = (dump_all(read(class_of(name), text_of(name))) for name in names)
        assert before == after


def test_the_ports_of_old_releases_are_repaired() -> None:
    """`bridge -d link` of 5.4 shows their VLANs as an object among the members."""
    ports = read(Port, text_of("synthetic/v5.4/bridge_d_link_show.json"))
    assert ["br0", "eth2", "eth0"] == [port.ifname for port in ports]
    assert [9, "forwarding"] == [port.state for port in ports[1:]]


@pytest.mark.parametrize("release", ["v5.4", "v5.10"])
def test_the_links_of_old_releases_are_repaired(release: str) -> None:
    """The direction of an erspan, version 2, is not told before 5.12; all else is there."""
    links = read(Link, text_of(f"synthetic/{release}/ip_j_d_link_show.json"))
    (kind,) = [
        link.kind
        for link in links
        if link.kind and '"erspan_hwid": "0x7"' in json.dumps(_data(link))
    ]
    assert {"erspan_dir": None, "erspan_hwid": "0x7", "erspan_ver": 2}.items() <= _data(
        next(link for link in links if link.kind == kind)
    ).items()


def _data(link: Link) -> dict[str, Any]:
    """Return a link's options as they were printed."""
    return (link.linkinfo and link.linkinfo.info_data) or {}
