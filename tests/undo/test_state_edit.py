"""A state is predicted without deleted links and objects."""

from typing import Any

import pytest

from ipwrap.command import CreatedObject
from ipwrap.undo.state_edit import drop_link, move_link_home


def state_with_pair(kind: str) -> dict[str, Any]:
    """Return a state with a pair of links; the second link has an address and a route."""
    return {
        "": {
            "link": [
                {"ifname": "v0", "link": "v1", "linkinfo": {"info_kind": kind}},
                {"ifname": "v1", "link": "v0", "linkinfo": {"info_kind": kind}, "flags": ["UP"]},
                {"ifname": "v1.7", "link": "v1", "linkinfo": {"info_kind": "vlan"}},
            ],
            "address": [{"ifname": "v1", "addr_info": [{"local": "10.0.0.1"}]}],
            "route": [{"dst": "10.0.0.0/8", "dev": "v1"}, {"dst": "default", "dev": "v0"}],
        },
        "red": {"link": []},
    }


@pytest.mark.parametrize("kind", ["netkit", "veth", "vxcan"])
def test_a_deleted_pair_loses_both_ends(kind: str) -> None:
    """The kernel deletes the peer with a link, and the addresses and routes of both."""
    state = state_with_pair(kind)

    assert drop_link(state, "", name="v0")
    assert ["v1.7"] == [link["ifname"] for link in state[""]["link"]]
    assert ([], []) == (state[""]["address"], state[""]["route"])


def test_a_link_that_is_not_in_the_state_is_not_deleted() -> None:
    """The state stays as it is."""
    state = state_with_pair("veth")

    assert not drop_link(state, "", name="v9")
    assert state_with_pair("veth") == state


def test_a_renamed_link_is_renamed_in_every_object() -> None:
    """Addresses, routes and the links above refer to a link by name."""
    state = state_with_pair("veth")
    restore = CreatedObject("was", "v1", {"dev": "v1", "name": "eth0"})

    assert move_link_home(state, "", restore=restore)
    assert ["eth0", "eth0"] == [state[""]["link"][0]["link"], state[""]["link"][2]["link"]]
    assert "eth0" == state[""]["address"][0]["ifname"]
    assert ["eth0", "v0"] == [route["dev"] for route in state[""]["route"]]


def test_a_moved_link_arrives_down_and_without_addresses() -> None:
    """The kernel drops the addresses and routes of a link that leaves a namespace."""
    state = state_with_pair("veth")
    restore = CreatedObject("was", "v1", {"dev": "v1", "netns": "red"})

    assert move_link_home(state, "", restore=restore)
    assert ["v0", "v1.7"] == [link["ifname"] for link in state[""]["link"]]
    assert ["default"] == [route["dst"] for route in state[""]["route"]]
    (moved,) = state["red"]["link"]
    assert ("v1", []) == (moved["ifname"], moved["flags"])
