"""The list of source addresses has actions of its own."""

from typing import Any

import pytest

from ipwrap.errors import InvalidArgument
from ipwrap.kinds import Macvlan, Macvtap

A, B = "02:00:00:00:00:01", "02:00:00:00:00:02"


@pytest.mark.parametrize("kind", [Macvlan, Macvtap])
@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ({"mode": "bridge"}, "mode bridge"),
        ({"mode": "passthru", "nopromisc": True}, "mode passthru nopromisc"),
        ({"mode": "source", "macaddr": ("set", A, B)}, f"mode source macaddr set {A} {B}"),
        ({"macaddr": ("add", A)}, f"macaddr add {A}"),
        ({"macaddr": ("del", A)}, f"macaddr del {A}"),
        ({"macaddr": ("flush",)}, "macaddr flush"),
        ({"flag": "null"}, "flag null"),
        ({"bcqueuelen": 0, "bclim": -1}, "bcqueuelen 0 bclim -1"),
    ],
)
def test_macvlan_becomes_arguments(
    kind: type[Macvlan], options: dict[str, Any], arguments: str
) -> None:
    """The arguments of both kinds are those of ip-link(8)."""
    expected = tuple(arguments.split())

    assert expected == kind(**options).to_args()


@pytest.mark.parametrize(
    "macaddr",
    [
        ("add",),
        ("add", A, B),
        ("del",),
        ("flush", A),
        ("set",),
        ("replace", A),
        ("add", "x"),
        (),
        "flush",
        5,
    ],
)
def test_action_has_its_number_of_addresses(macaddr: Any) -> None:
    """A number that iproute2 would misread is refused before the command runs."""
    with pytest.raises(InvalidArgument, match=r"macaddr"):
        Macvlan(macaddr=macaddr).to_args()


@pytest.mark.parametrize(
    ("data", "macvlan"),
    [
        (
            {"mode": "source", "macaddr_count": 2, "macaddr_data": [A, B]},
            Macvlan(mode="source", macaddr=("set", A, B)),
        ),
        ({"mode": "source", "macaddr_count": 0}, Macvlan(mode="source")),
        ({"nopromisc": True, "usedbcqueuelen": 1000}, Macvlan(nopromisc=True, usedbcqueuelen=1000)),
    ],
)
def test_json_becomes_a_macvlan(data: dict[str, Any], macvlan: Macvlan) -> None:
    """The list is read as the action that sets it."""
    assert macvlan == Macvlan.from_json(data)


def test_macvtap_differs_from_macvlan() -> None:
    """Kinds with equal options are different."""
    assert Macvtap(mode="bridge") != Macvlan(mode="bridge")
