"""The commands of a plan: what is left out of them."""

from typing import Any

import pytest

from ipwrap.apply.planning import plan, remaining_differences
from ipwrap.state import State

ROOT_TIMES = {"forward_delay": 1500, "hello_time": 200, "max_age": 2000}


def state_of(**options: Any) -> State:
    """Return the state of a place with a bridge of these options."""
    options = {"ageing_time": 30000, "stp_state": 1, "root_port": 0, **ROOT_TIMES, **options}
    info = {"info_kind": "bridge", "info_data": options}
    link = {"ifindex": 2, "ifname": "br0", "flags": ["UP"], "mtu": 1500, "linkinfo": info}
    return {"": {"link": [link]}}


def lines_between(now: State, wanted: State) -> list[str]:
    """Return the lines of the commands from a state to another one."""
    return [command.line for command in plan(now, wanted).commands]


@pytest.mark.parametrize(
    "passing",
    [
        {"topology_change": 1, "ageing_time": 3000},
        {"root_port": 1, "forward_delay": 1000, "hello_time": 100, "max_age": 600},
    ],
)
def test_times_of_a_spanning_tree_are_not_set(passing: dict[str, int]) -> None:
    """What a bridge uses for a time, in place of its own values, is no difference."""
    ordinary, other = state_of(), state_of(**passing)

    assert ([], []) == (lines_between(other, ordinary), lines_between(ordinary, other))


def test_times_without_a_topology_change_are_set() -> None:
    """Those are the bridge's own."""
    assert ["ip link set dev br0 type bridge ageing_time 30000"] == lines_between(
        state_of(ageing_time=3000), state_of()
    )


def test_the_kernel_chooses_the_port_of_an_entry_for_a_local_address() -> None:
    """A bridge and its port have one address; the entry is of the one that had it first."""
    mac = "02:00:00:00:00:09"
    links = [
        {"ifname": "br0", "address": mac, "linkinfo": {"info_kind": "bridge"}},
        {"ifname": "v0", "address": mac, "master": "br0"},
    ]
    states = [
        {
            "": {
                "link": links,
                "bridge fdb": [{"mac": mac, "ifname": of, "master": "br0", "state": "permanent"}],
            }
        }
        for of in ("br0", "v0")
    ]

    assert [] == remaining_differences(*states)
