"""The comparison of rules."""

import pytest

from ipwrap.objects import comparable_items
from tests.objects.counted import mentioned, only_item


def test_a_rule_is_compared_by_every_field() -> None:
    """Every field of a rule is compared, except whether the named links exist."""
    data = {
        "priority": 7,
        "not": None,
        "src": "10.0.0.0",
        "srclen": 8,
        "iif": "x",
        "iif_detached": None,
        "table": "9",
    }
    identity, fields = only_item("rule", data)

    assert ("priority 7", "src 10.0.0.0", "srclen 8", "iif x", "table 9") == identity
    assert {key: value for key, value in data.items() if key != "iif_detached"} == fields


def rules(*entries: tuple[int, str]) -> list[dict[str, object]]:
    """Return rules of these priorities and tables."""
    return [{"priority": priority, "src": "all", "table": table} for priority, table in entries]


@pytest.mark.parametrize(
    ("noun", "entries", "counted"),
    [
        ("rule", [(0, "local"), (32766, "main"), (32767, "default")], 0),
        ("rule", [(0, "local"), (9, "9"), (32766, "main"), (32767, "default")], 1),
        ("rule", [(0, "local"), (32767, "default")], 2),
        ("rule inet6", [(0, "local"), (32766, "main")], 0),
        ("rule inet6", [(0, "local")], 1),
    ],
)
def test_default_rules_are_not_compared(
    noun: str,
    entries: list[tuple[int, str]],
    counted: int,
) -> None:
    """Default rules are left out, unless a default rule is missing."""
    assert counted == len(list(comparable_items(noun, rules(*entries), named=mentioned())))
