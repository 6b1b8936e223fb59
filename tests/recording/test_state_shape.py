"""The shape of a state: what readers look into is checked, all other keys are free."""

from typing import Any

import pytest

from ipwrap.recording.state_shape import find_state_damage

CLASS = {"class": "htb", "dev": "v0", "handle": "1:1", "rate": 1000}
FILTER: dict[str, Any] = {
    "kind": "u32",
    "dev": "v0",
    "parent": "1:",
    "protocol": "ip",
    "pref": 5,
    "options": {"fh": "800::801", "actions": [{"kind": "gact"}]},
}


@pytest.mark.parametrize(
    ("noun", "data"),
    [
        ("tc class", CLASS),
        ("tc filter", FILTER),
        ("tc filter", {**FILTER, "options": {"fh": "1:"}}),
        ("tc filter", {**FILTER, "options": {"handle": 1, "keys": {}}}),
        ("bridge vlan tunnelshow", {"ifname": "v0", "tunnels": [{"vlan": 2, "tunid": 20}]}),
    ],
)
def test_a_listing_is_read(noun: str, data: dict[str, Any]) -> None:
    """What `tc` and `bridge` print has the shape."""
    assert find_state_damage({"": {noun: [data]}}) is None


@pytest.mark.parametrize(
    ("noun", "data"),
    [
        ("tc class", {**CLASS, "handle": 7}),
        ("tc class", {"class": "htb"}),
        ("tc filter", {**FILTER, "pref": "5"}),
        ("tc filter", {**FILTER, "options": {"fh": "no handle"}}),
        ("tc filter", {**FILTER, "options": {"actions": ["gact"]}}),
        ("bridge vlan tunnelshow", {"ifname": "v0", "tunnels": [{"vlan": 2, "tunid": "x"}]}),
        ("bridge vlan tunnelshow", {"ifname": "v0", "tunnels": [{"vlan": 2, "vlanEnd": 99999}]}),
    ],
)
def test_damage_is_named(noun: str, data: dict[str, Any]) -> None:
    """A state is untrusted: what is not of the shape is told with its place."""
    damage = find_state_damage({"": {noun: [data]}})

    assert damage is not None
    assert damage.startswith("$.state")
