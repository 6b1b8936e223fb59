"""What is to be done, told from two states and the commands that were recorded: no kernel is asked."""

from collections.abc import Iterable
from typing import Any

import pytest

from ipwrap.command import Command
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.undo.affected import AffectedObjects
from ipwrap.undo.plan import Plan
from tests.undo.hosts import calls

Json = dict[str, Any]


def link(name: str, kind: str | None = None, *flags: str, **data: Any) -> Json:
    """Return a link."""
    info: Json = {"info_kind": kind, "info_data": data.pop("of_kind", {})} if kind else {}
    if "port" in data:
        info |= {"info_slave_kind": data.pop("port"), "info_slave_data": {}}
    own = {
        "ifname": name,
        "flags": list(flags),
        "mtu": 1500,
        "txqlen": 1000,
        "link_type": "ether",
        "address": MAC,
    }
    return {**own, **({"linkinfo": info} if info else {}), **data}


VLAN_7 = "id 7 reorder_hdr off"  # what is off by default is left out
MAC = "02:00:00:00:00:01"


def planned(before: Iterable[Json], now: Iterable[Json], lab: str) -> Plan:
    """Return the plan for two states of the first namespace with nothing but links."""
    old, new = ({"": {"link": [*links]}} for links in (before, now))
    touched = AffectedObjects(old)
    for command in calls(lab):
        touched.follow(command, moved=True)
    return Plan(old, new, touched, MentionedWords())


def lines(commands: Iterable[Command]) -> list[str]:
    """Return commands as they are typed."""
    return [each.line for each in commands]


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
    "another's link of the same name": ([], [link("e", mtu=9)], "ip link set dev e mtu 9", []),
    "another's change": (
        [link("e"), link("f")],
        [link("e"), link("f", mtu=9)],
        "ip link set dev e mtu 9",
        [],
    ),
    "words that no verb has": (
        [link("e")],
        [link("e", mtu=9, txqlen=5)],
        "ip link frobnicate e",
        ["ip link set dev e txqueuelen 1000 mtu 1500"],
    ),
}


@pytest.mark.parametrize(("before", "now", "lab", "expected"), CASES.values(), ids=CASES)
def test_links_are_set_as_they_were(
    before: list[Json], now: list[Json], lab: str, expected: list[str]
) -> None:
    """In an order that works."""
    assert expected == lines(planned(before, now, lab).commands())


@pytest.mark.parametrize(
    ("before", "lab", "problem"),
    [
        (
            [link("e", "tun", of_kind={"type": "tap", "persist": False})],
            "ip link delete dev e",
            "e: a program made it, and only that can make it again",
        ),
        ([link("e")], "ip link delete dev e", "e: a link with no kind cannot be made again"),
        (
            [link("e", "strange")],
            "ip link delete dev e",
            "e: a link with the kind strange, of which too little is known cannot be made again",
        ),
        (
            [link("e", "veth", link_index=9)],
            "ip link delete dev e",
            "e: one end of a pair; the other is not where it could be made again",
        ),
    ],
)
def test_what_nothing_makes_is_a_problem(before: list[Json], lab: str, problem: str) -> None:
    """It is said, and all the rest is done."""
    plan = planned(before, [], lab)

    assert ([], [problem], ["- (first)  link e"]) == (
        plan.commands(),
        plan.problems,
        [str(each) for each in plan.remaining()],
    )


def test_a_bridge_gets_its_own_address_back_only_when_the_kernel_has_had_its_time() -> None:
    """It takes that of a port, and gives it back, by itself."""
    before = [link("b", "bridge"), link("p", "veth")]
    plan = planned(
        before,
        [link("b", "bridge", address="02:00:00:00:00:09"), before[1]],
        "ip link set dev p master b",
    )

    first = plan.commands()
    plan.after_settling = True
    assert ([], [f"ip link set dev b address {MAC}"]) == (first, lines(plan.commands()))
