"""The defaults that the tables declare, against what this kernel takes where nothing is said."""

from typing import Any

import pytest

from ipwrap import Session
from ipwrap.errors import CommandError
from ipwrap.kinds import KINDS, LinkKind
from tests.live.defaults import measure, ways_to_make

pytestmark = pytest.mark.live

WAYS = [
    pytest.param(cls, way, id=" ".join((kind, *cls(**way).to_args())))
    for kind, cls in KINDS.items()
    for way in ways_to_make(kind)
]


@pytest.mark.parametrize(("cls", "way"), WAYS)
def test_omitted_option_is_shown_with_its_declared_default_or_not_at_all(
    room: Session, cls: type[LinkKind], way: dict[str, Any]
) -> None:
    """A link made with the least words shows of each option that has a default just that."""
    try:
        measured = measure(room, cls, way)
    except CommandError as error:
        pytest.skip(f"this kernel or iproute2 refuses: {error.reason}")

    declared = [
        each for each in measured if each.row.default is not None and each.value is not None
    ]
    assert {each.row.name: each.row.default for each in declared} == {
        each.row.name: each.value for each in declared
    }
    assert [] == [each.row.name for each in declared if each.mark]
