"""`HostIdentity`: another machine, boot or namespace is told apart."""

import pytest
from attrs import evolve

from ipwrap.system.host_identity import HostIdentity

LAB1 = HostIdentity("lab1", "boot-a", "4:1", "4:2", "4:3")


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({}, None),
        ({"name": "renamed"}, None),
        ({"boot": "boot-b", "name": "lab2"}, "another machine, lab2"),
        ({"boot": "boot-b"}, "started again"),
        ({"net": "4:9", "pid": "4:8"}, "other namespaces now: net, pid"),
    ],
)
def test_a_difference_is_told(changes: dict[str, str], difference: str | None) -> None:
    """The same boot and the same namespaces are the same place."""
    described = LAB1.describe_difference(evolve(LAB1, **changes))
    assert difference is None if described is None else difference in described  # type: ignore[operator]
