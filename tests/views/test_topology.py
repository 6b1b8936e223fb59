"""A state drawn as a tree."""

from typing import Any

import pytest

from ipwrap import Session
from ipwrap.kinds import Macvlan, Veth
from ipwrap.views.topology import tree
from tests.labs import pair


@pytest.mark.live
def test_a_lab_as_a_tree(session: Session) -> None:
    """Namespaces one after the other, ports below their bridge, kinds, addresses, and what is down."""
    pair(session)
    session.ip.link.add("v0", Veth(peer="v1"))
    session.ip.link.add("mv", Macvlan(), link="v0")

    assert [
        "(first namespace)",
        "├─ lo 127.0.0.1/8 ::1/128",
        "├─ br0 (bridge) 10.0.0.1/24",
        "│  ├─ to-red (veth)",
        "│  └─ to-blue (veth)",
        "├─ v0 (veth @ v1) down",
        "├─ v1 (veth @ v0) down",
        "└─ mv (macvlan @ v0) down",
        "blue",
        "├─ lo down",
        "└─ eth0 (veth) 10.0.0.3/24",
        "red",
        "├─ lo down",
        "└─ eth0 (veth) 10.0.0.2/24",
    ] == sorted_as_listed(tree(session.state()))


def sorted_as_listed(text: str) -> list[str]:
    """Return a tree's lines, the pair of v0 and v1 in order: the kernel numbers a peer first."""
    lines = [line[3:] if line[:1] in "├└" else line for line in text.splitlines()]
    swapped = {
        "v1 (veth @ v0) down": "v0 (veth @ v1) down",
        "v0 (veth @ v1) down": "v1 (veth @ v0) down",
    }
    if lines.index("v1 (veth @ v0) down") < lines.index("v0 (veth @ v1) down"):
        return [
            line[:3] + swapped[line[3:]] if line[3:] in swapped else line
            for line in text.splitlines()
        ]
    return text.splitlines()


def test_ports_may_have_ports() -> None:
    """A bridge in a vrf has its own ports below it, and the lines of the upper ones go on."""
    links: list[dict[str, Any]] = [
        {"ifname": "vrf", "flags": ["UP"], "linkinfo": {"info_kind": "vrf"}},
        {"ifname": "br", "flags": ["UP"], "master": "vrf"},
        {"ifname": "p", "flags": ["UP"], "master": "br"},
        {"ifname": "q", "flags": ["UP"], "master": "vrf"},
    ]

    assert ["here", "└─ vrf (vrf)", "   ├─ br", "   │  └─ p", "   └─ q"] == tree(
        {"": {"link": links}}, first="here"
    ).splitlines()


def test_an_address_of_another_link_is_not_shown() -> None:
    """Each link has its own addresses; link-local ones are every link's, and left out."""
    infos = [
        {"ifname": "b", "addr_info": [{"local": "10.0.0.1", "prefixlen": 24, "scope": "global"}]},
        {
            "ifname": "a",
            "addr_info": [
                {"local": "fe80::1", "prefixlen": 64, "scope": "link"},
                {"local": "10.0.0.2", "prefixlen": 24, "scope": "global"},
            ],
        },
    ]
    state: dict[str, dict[str, list[dict[str, Any]]]] = {
        "red": {"link": [{"ifname": "a", "flags": ["UP"]}], "address": infos}
    }

    assert ["red", "└─ a 10.0.0.2/24"] == tree(state).splitlines()


def test_a_link_without_flags_is_down() -> None:
    """What does not say that it is up is not."""
    assert "red\n└─ a down" == tree({"red": {"link": [{"ifname": "a", "linkinfo": None}]}})


def test_a_namespace_that_could_not_be_read_is_a_line() -> None:
    """Its name is there, and nothing below it."""
    assert "(first namespace)\nbroken" == tree({"": {}, "broken": {}})


def test_no_name_disturbs_the_terminal() -> None:
    """A link or a namespace may be called by what moves a cursor; the tree shows it escaped."""
    state = {"red\x1b[2J\n": {"link": [{"ifname": "a\x07", "flags": ["UP"]}]}}

    assert ["red\\x1b[2J\\n", "└─ a\\x07"] == tree(state).split("\n")
