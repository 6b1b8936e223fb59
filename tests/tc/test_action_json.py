"""The actions of filters, from their JSON back to the arguments that make them."""

from typing import Any

import pytest

from ipwrap.errors import InvalidArgument
from ipwrap.tc.action_json import actions_from_json

Json = dict[str, Any]

DROP = {"order": 1, "kind": "gact", "control_action": {"type": "drop"}, "index": 1, "ref": 1}
NO_CHANCE = {"random_type": "none", "control_action": {"type": "pass"}, "val": 0}
POLICE = {"kind": "police", "rate": 125_000, "burst": 10_240, "mtu": 2048, "overhead": 0}
PIPE = {"type": "pipe"}
ACTIONS: list[tuple[list[Json], str]] = [
    ([{**DROP, "prob": NO_CHANCE}], "gact drop"),
    ([{**DROP, "control_action": {"type": "goto", "chain": 3}}], "gact goto chain 3"),
    (
        [{**DROP, "prob": {**NO_CHANCE, "random_type": "determ", "val": 5}}],
        "gact drop random determ pass 5",
    ),
    (
        [
            {
                "kind": "mirred",
                "mirred_action": "redirect",
                "direction": "egress",
                "to_dev": "v1",
                "control_action": {"type": "stolen"},
            },
            {
                "kind": "mirred",
                "mirred_action": "mirror",
                "direction": "ingress",
                "to_dev": "v1",
                "control_action": {"type": "drop"},
            },
        ],
        "mirred egress redirect dev v1 mirred ingress mirror dev v1 drop",
    ),
    (
        [{**POLICE, "peakrate": 250_000, "control_action": [{"type": "drop"}, PIPE]}],
        "police rate 1mbit burst 10240 mtu 2048 peakrate 2mbit conform-exceed drop/pipe",
    ),
    (
        [{"kind": "skbedit", "priority": ":3", "mark": 7, "control_action": {"type": "pass"}}],
        "skbedit priority :3 mark 7 pass",
    ),
    (
        [
            {"kind": "vlan", "vlan_action": "push", "id": 5, "control_action": PIPE},
            {"kind": "vlan", "vlan_action": "pop", "control_action": PIPE},
        ],
        "vlan push id 5 vlan pop",
    ),
]


@pytest.mark.parametrize(("listed", "arguments"), ACTIONS)
def test_actions_are_made_from_their_output(listed: list[Json], arguments: str) -> None:
    """The kinds and their arguments are those of the same actions."""
    actions = actions_from_json(listed) or ()
    lines = [" ".join((action.type, *action.to_args())) for action in actions]

    assert arguments == " ".join(lines)


def test_no_action_is_none() -> None:
    """A filter without actions has no option for them."""
    assert actions_from_json(None) is None
    assert actions_from_json([]) is None


@pytest.mark.parametrize(
    ("action", "problem"),
    [
        ({"kind": "pedit"}, "an action of pedit does not tell its options"),
        ("text", "an action of None"),
        ({**DROP, "bind": 2}, "gact: several filters share this action"),
        ({**DROP, "cookie": "ff"}, "gact: no option is made of cookie"),
        ({"kind": "police", "overhead": 0}, "police: `tc` has not shown its rate"),
        ({**DROP, "control_action": {"type": "jump", "jump": 2}}, "no verdict is made of it"),
        (
            {"kind": "vlan", "vlan_action": "pop", "control_action": {"type": "goto", "chain": 1}},
            "goto chain 1: no option",
        ),
    ],
)
def test_an_action_that_is_not_understood_is_refused(action: Any, problem: str) -> None:
    """The error tells what is missing."""
    with pytest.raises(InvalidArgument, match=problem):
        actions_from_json([action])
