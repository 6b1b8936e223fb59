"""Sysctls and packet filters are compared by what somebody set."""

from typing import Any

from ipwrap.objects import comparable_items
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state import Difference, compare_objects

Json = dict[str, Any]


def _rule(port: int, *, handle: int = 1, packets: int = 0, **fields: Any) -> Json:
    """Return a rule of nftables that counts and accepts."""
    match = {"match": {"op": "==", "left": {"payload": {"field": "dport"}}, "right": port}}
    counter = {"counter": {"packets": packets, "bytes": 40 * packets}}
    names = {"family": "inet", "table": "t", "chain": "c", "handle": handle}
    return {"rule": {**names, "expr": [match, counter, {"accept": None}], **fields}}


def _differences(noun: str, left: list[Json], right: list[Json]) -> list[Difference]:
    """Return the differences of two listings."""
    return compare_objects(noun, left, right=right, named=MentionedWords())


def test_values_of_sysctls() -> None:
    """A key that differs, and a new one with its value."""
    left = [{"key": "net.a.b", "value": "0"}]
    right = [{"key": "net.a.b", "value": "1"}, {"key": "net.a.c", "value": "2"}]

    assert ["~ (host)  sysctl net.a.b: value 0 -> 1", "+ (host)  sysctl net.a.c = 2"] == [
        *map(str, _differences("sysctl", left, right))
    ]


def test_counters_and_handles_are_not_compared() -> None:
    """They are the kernel's."""
    left = [{"table": {"family": "inet", "name": "t", "handle": 1}}, _rule(22)]
    right = [
        {"table": {"family": "inet", "name": "t", "handle": 9}},
        _rule(22, handle=4, packets=3),
    ]

    assert [] == _differences("nft", left, right)


def test_a_missing_rule_is_a_difference() -> None:
    """The rule is named with its chain, and what it matches."""
    (missing,) = _differences("nft", [_rule(22), _rule(23)], [_rule(22)])

    assert str(missing).startswith("- (host)  nft rule inet t c ")
    assert '"right": 23' in str(missing)


def test_the_order_of_rules_is_compared() -> None:
    """Packets meet the rules in order."""
    assert _differences("nft", [_rule(22), _rule(23)], [_rule(23), _rule(22)])


def test_equal_rules_are_counted() -> None:
    """The same rule twice is not the rule once."""
    assert _differences("nft", [_rule(22)], [_rule(22), _rule(22)])


def test_a_policy_and_the_elements_of_a_set_are_compared() -> None:
    """Without the times of elements."""
    chain = {"chain": {"family": "ip", "table": "t", "name": "c", "policy": "accept"}}
    dropping = {"chain": {**chain["chain"], "policy": "drop"}}
    elements = {"set": {"family": "ip", "table": "t", "name": "s", "elem": [{"elem": {"val": 1}}]}}
    expiring = {"set": {**elements["set"], "elem": [{"elem": {"val": 1, "expires": 3}}]}}

    (policy,) = _differences("nft", [chain, elements], [dropping, expiring])

    assert "~ (host)  nft chain ip t c: policy accept -> drop" == str(policy)


def test_lines_of_legacy_tables() -> None:
    """A missing rule, in its table."""
    left = [
        {"table": "filter", "line": ":INPUT ACCEPT"},
        {"table": "filter", "line": "-A INPUT -j DROP"},
    ]

    assert ["- (host)  iptables filter -A INPUT -j DROP"] == [
        *map(str, _differences("iptables", left, left[:1]))
    ]
    assert [] == _differences("ip6tables", left, left)


def test_damaged_objects_are_compared_without_an_error() -> None:
    """A recording is no promise of nft's shape."""
    odd: list[Json] = [
        {"rule": 7},
        {"rule": {"expr": 7}},
        {"rule": {}},
        {"table": ["x"]},
        {"": {"name": {"a": [1]}}},
    ]
    assert [*comparable_items("nft", odd, named=MentionedWords())]
