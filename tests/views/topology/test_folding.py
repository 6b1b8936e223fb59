"""Like namespaces as one box."""

import pytest

from ipwrap.views.topology.folding import MOST_SHOWN, Box, Plan, fold, without_repetitions
from ipwrap.views.topology.graph import Outside
from ipwrap.views.topology.read import read_topology
from tests.views.topology.states import Json, link, pair_end, state_of

Links = dict[str, list[Json]]


def pods(count: int) -> Links:
    """Return pods on a bridge."""
    links: Links = {"": [link("br0", "bridge")]}
    for number in range(1, count + 1):
        port = pair_end(f"veth{number}", 10 + number, peer=2, number=number, master="br0")
        links[""].append(port)
        links[f"pod{number}"] = [pair_end("eth0", 2, peer=10 + number)]
    return links


def plan_of(links: Links, most: int | None = MOST_SHOWN) -> Plan:
    """Return the folded topology of links, with an address for each pod."""
    addresses = {
        name: {"eth0": f"10.0.0.{number}/24"}
        for number, name in enumerate(links, start=1)
        if name.startswith("pod")
    }
    return fold(read_topology(state_of(links, addresses)), most=most)


def names_of(box: Box) -> list[list[str]]:
    """Return the names of the devices of each bundle."""
    return [[device.name for device in bundle.devices] for bundle in box.bundles]


def test_many_like_namespaces_are_one_box() -> None:
    """More than 8 pods on a bridge are one box, their ports one bundle, the cables one join."""
    plan = plan_of(pods(9))

    host, group = plan.boxes
    ports = [f"veth{number}" for number in range(1, 10)]
    assert tuple(f"pod{number}" for number in range(1, 10)) == group.names
    assert [["br0"], ports] == names_of(host)
    assert [["eth0"] * 9] == names_of(group)
    assert [9] == [join.count for join in plan.joins]
    assert (group.is_folded, host.is_folded) == (True, False)


def test_natural_order() -> None:
    """The members are in natural order, and their ports in that of the members."""
    links = pods(12)
    links[""].reverse()

    group, host = plan_of(dict(reversed(links.items()))).boxes

    assert ("pod1", "pod2", "pod3") == group.names[:3]
    ports = next(bundle for bundle in host.bundles if bundle.is_folded)
    assert ["veth1", "veth2", "veth3"] == [device.name for device in ports.devices[:3]]


@pytest.mark.parametrize(("count", "most"), [(8, MOST_SHOWN), (9, None)])
def test_few_namespaces_are_boxes_each(count: int, most: int | None) -> None:
    """8 pods are shown, and any number if all are asked for."""
    plan = plan_of(pods(count), most)

    assert count + 1 == len(plan.boxes)
    assert [1] * count == [join.count for join in plan.joins]


@pytest.mark.parametrize(
    "difference",
    [{"flags": ["UP", "NO-CARRIER"]}, {"ifname": "eth1"}, {"master": "br1"}],
    ids=str,
)
def test_namespace_with_a_difference_is_shown(difference: Json) -> None:
    """A pod that differs is a box of its own, beside that of the others."""
    links = pods(10)
    links["pod5"][0] |= difference

    plan = plan_of(links)

    assert [1, 1, 9] == sorted(len(box.names) for box in plan.boxes)


def test_pod_whose_port_is_down_is_shown() -> None:
    """The other end of the cable counts as well."""
    links = pods(10)
    links[""][5]["flags"] = []

    names = [box.names for box in plan_of(links).boxes]

    assert ("pod5",) in names


def test_namespaces_behind_containers_are_folded() -> None:
    """Links to unnamed namespaces, and namespaces with nothing but `lo`, are alike."""
    links: Links = {f"ns{number}": [pair_end("eth0", 2, peer=99)] for number in range(9)}
    links |= {f"empty{number}": [link("lo", index=1)] for number in range(9)}

    plan = plan_of(links)

    assert [9, 9] == [len(box.names) for box in plan.boxes]
    assert all(isinstance(join.right, Outside) for join in plan.joins)


def test_repetitions_are_left_out_of_a_state() -> None:
    """Of like namespaces the first is kept, and of the ports to them the first."""
    state = state_of(pods(9))
    plan = fold(read_topology(state))

    kept = without_repetitions(state, plan)

    assert ["", "pod1"] == list(kept)
    assert ["br0", "veth1"] == [json_object["ifname"] for json_object in kept[""]["link"]]
