"""What counts of rules: all that somebody made."""

import pytest

from ipwrap.state.comparison import comparable_items
from tests.state.comparison.counted import named, one


def test_a_rule_counts_with_all_that_it_says() -> None:
    """But for whether links bear its names now."""
    data = {
        "priority": 7,
        "not": None,
        "src": "10.0.0.0",
        "srclen": 8,
        "iif": "x",
        "iif_detached": None,
        "table": "9",
    }
    identity, out = one("rule", data)
    assert ("priority 7", "src 10.0.0.0", "srclen 8", "iif x", "table 9") == identity
    assert {key: value for key, value in data.items() if key != "iif_detached"} == out


def rules(*places: tuple[int, str]) -> list[dict[str, object]]:
    """Return rules of these priorities and tables."""
    return [{"priority": priority, "src": "all", "table": table} for priority, table in places]


@pytest.mark.parametrize(
    ("noun", "there", "counted"),
    [
        ("rule", [(0, "local"), (32766, "main"), (32767, "default")], 0),
        ("rule", [(0, "local"), (9, "9"), (32766, "main"), (32767, "default")], 1),
        ("rule", [(0, "local"), (32767, "default")], 2),
        ("rule inet6", [(0, "local"), (32766, "main")], 0),
        ("rule inet6", [(0, "local")], 1),
    ],
)
def test_the_rules_that_every_namespace_begins_with_do_not_count(
    noun: str, there: list[tuple[int, str]], counted: int
) -> None:
    """Unless one of them is gone."""
    assert counted == len(list(comparable_items(noun, rules(*there), named())))
