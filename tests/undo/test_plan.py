"""Plans are made from two states and the recorded commands, without a kernel."""

from collections.abc import Iterable
from typing import Any

import pytest

from ipwrap.command import Command
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.undo.affected import AffectedTracker
from ipwrap.undo.drift import Drift
from ipwrap.undo.plan import make_plan, remaining_differences
from tests.undo.hosts import parse_lines

Json = dict[str, Any]

MAC = "02:00:00:00:00:01"
VLAN_7 = "id 7 reorder_hdr off"  # options that are off by default are left out


def link(name: str, kind: str | None = None, *flags: str, **data: Any) -> Json:
    """Return the JSON of a link; ``of_kind`` holds its options, ``port`` its kind as a port."""
    info: Json = {"info_kind": kind, "info_data": data.pop("of_kind", {})} if kind else {}
    if "port" in data:
        info |= {"info_slave_kind": data.pop("port"), "info_slave_data": {}}

    json: Json = {
        "ifname": name,
        "flags": list(flags),
        "mtu": 1500,
        "txqlen": 1000,
        "link_type": "ether",
        "address": MAC,
    }
    if info:
        json["linkinfo"] = info
    return {**json, **data}


def compare_links(before: Iterable[Json], now: Iterable[Json], *, lab: str) -> Drift:
    """Return the drift between two states of the first namespace, which hold nothing but links."""
    old_state = {"": {"link": [*before]}}
    new_state = {"": {"link": [*now]}}

    tracker = AffectedTracker(old_state)
    for command in parse_lines(lab):
        tracker.follow(command, is_done=True)
    return Drift(old_state, new_state, tracker.affected, MentionedWords())


def lines(commands: Iterable[Command]) -> list[str]:
    """Return commands as lines."""
    return [command.line for command in commands]


BOND = link("bond0", "bond", "UP", of_kind={"mode": "active-backup"})

CASES: dict[str, tuple[list[Json], list[Json], str, list[str]]] = {
    "a bond takes only ports that are down": (
        [BOND, link("e", None, "UP", master="bond0", port="bond")],
        [BOND, link("e", None, "UP")],
        "ip link set dev e nomaster",
        ["ip link set dev e down", "ip link set dev e master bond0", "ip link set dev e up"],
    ),
    "a VLAN goes down with its link, and is up again after it": (
        [link("v", "vlan", "UP", link="e", of_kind={"id": 7}), link("e", None, "UP")],
        [link("v", "vlan", link="e", of_kind={"id": 7}), link("e")],
        "ip link set dev e down",
        ["ip link set dev e up", "ip link set dev v up"],
    ),
    "a VLAN is made again after its link": (
        [link("v", "vlan", link="e", of_kind={"id": 7, "protocol": "802.1Q"}), link("e", "dummy")],
        [],
        "ip link delete dev e",
        [
            f"ip link add name e address {MAC} txqueuelen 1000 mtu 1500 type dummy",
            f"ip link add name v link e address {MAC} txqueuelen 1000 mtu 1500 type vlan {VLAN_7}",
        ],
    ),
    "a TAP link": (
        [
            link(
                "t",
                "tun",
                of_kind={
                    "type": "tap",
                    "pi": False,
                    "vnet_hdr": True,
                    "persist": True,
                    "user": "nobody",
                },
            )
        ],
        [],
        "ip tuntap delete dev t mode tap",
        ["ip tuntap add dev t mode tap user nobody vnet_hdr"],
    ),
    "no alias": (
        [link("e")],
        [link("e", ifalias="x")],
        "ip link set dev e alias x",
        ["ip link set dev e alias ''"],
    ),
    "by a group": (
        [link("e", group="7"), link("f", group="8")],
        [link("e", group="7", mtu=9), link("f", group="8", mtu=9)],
        "ip link set group 7 mtu 9",
        ["ip link set dev e mtu 1500"],
    ),
    "by an alternative name": (
        [link("e", altnames=["other"])],
        [link("e", altnames=["other"], mtu=1400)],
        "ip link set dev other mtu 1400",
        ["ip link set dev e mtu 1500"],
    ),
    "a new link of another session under the same name": (
        [],
        [link("e", mtu=9)],
        "ip link set dev e mtu 9",
        [],
    ),
    "a change by another session": (
        [link("e"), link("f")],
        [link("e"), link("f", mtu=9)],
        "ip link set dev e mtu 9",
        [],
    ),
    "a command that no verb can express": (
        [link("e")],
        [link("e", mtu=9, txqlen=5)],
        "ip link frobnicate e",
        ["ip link set dev e txqueuelen 1000 mtu 1500"],
    ),
}


@pytest.mark.parametrize(("before", "now", "lab", "expected"), CASES.values(), ids=CASES)
def test_plan_restores_links(
    before: list[Json], now: list[Json], lab: str, expected: list[str]
) -> None:
    """The commands are in an order that the kernel accepts."""
    plan = make_plan(compare_links(before, now, lab=lab), after_settling=False)

    assert expected == lines(plan.commands)


@pytest.mark.parametrize(
    ("before", "lab", "problem"),
    [
        (
            [link("e", "tun", of_kind={"type": "tap", "persist": False})],
            "ip link delete dev e",
            "e: a link of a program cannot be created again; restart the program",
        ),
        ([link("e")], "ip link delete dev e", "e: a link without a kind cannot be created again"),
        (
            [link("e", "strange")],
            "ip link delete dev e",
            "e: a link of kind strange, whose options are unknown, cannot be created again",
        ),
        (
            [link("e", "veth", link_index=9)],
            "ip link delete dev e",
            (
                "e: one end of a pair cannot be created again: "
                "the peer cannot be created at its former location"
            ),
        ),
    ],
)
def test_link_that_no_command_can_create_is_a_problem(
    before: list[Json], lab: str, problem: str
) -> None:
    """The plan reports the link as a problem, and the link remains a difference."""
    drift = compare_links(before, [], lab=lab)
    plan = make_plan(drift, after_settling=False)
    differences = [str(difference) for difference in remaining_differences(drift)]

    assert ((), (problem,)) == (plan.commands, plan.problems)
    assert ["- (host)  link e"] == differences


def test_bridge_address_is_restored_only_after_the_kernel_has_settled() -> None:
    """A bridge takes over the address of a port, and drops that address, by itself."""
    bridge, port = link("b", "bridge"), link("p", "veth")
    changed_bridge = link("b", "bridge", address="02:00:00:00:00:09")
    drift = compare_links([bridge, port], [changed_bridge, port], lab="ip link set dev p master b")

    early_plan = make_plan(drift, after_settling=False)
    late_plan = make_plan(drift, after_settling=True)

    assert [] == lines(early_plan.commands)
    assert [f"ip link set dev b address {MAC}"] == lines(late_plan.commands)
