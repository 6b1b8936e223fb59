"""Keys of older releases get their later names, and lists of them their later form."""

from typing import Any

import pytest

from ipwrap.errors import OutputError
from ipwrap.models import parse
from ipwrap.models.old_keys import rename_keys

NAMES = {"mac": "address", "dev": "ifname"}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"mac": 1, "x": 2}, {"address": 1, "x": 2}),
        ({"mac": 1, "address": 3}, {"mac": 1, "address": 3}),
        ({"mac": 1, "dev": 2}, {"address": 1, "ifname": 2}),
        ({"x": 2}, {"x": 2}),
    ],
)
def test_old_name_becomes_the_later_one(data: dict[str, Any], expected: dict[str, Any]) -> None:
    """A key that an object has under both names keeps them: nothing is lost."""
    assert list(expected.items()) == list(rename_keys(data, NAMES).items())


@pytest.mark.parametrize("text", ['{"br0":7}', '{"br0":[],"x":{}}'])
def test_other_objects_are_no_lists_of_vlans_by_ports(text: str) -> None:
    """Only an object of lists is what 4.7 to 4.16 print."""
    with pytest.raises(OutputError):
        parse("bridge vlan", text)
