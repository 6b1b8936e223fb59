"""Rules of the routing policy in the JSON of iproute2 6.1 and 6.15."""

import json
from typing import Any

import pytest

from ipwrap.models import Rule, dump_all, parse

# What iproute2 6.1 printed.
REAL = """[
{"priority":0,"src":"all","table":"local","protocol":"kernel"},
{"priority":100,"src":"10.0.0.0","srclen":8,"dst":"10.1.2.3","tos":"0x10","fwmark":"0x1",
"fwmask":"0xff","iif":"v0",
"oif":"nope","oif_detached":null,"table":"100","flow_from":"1","flow_to":"2","protocol":"unspec"},
{"priority":101,"src":"all","l3mdev":null,"protocol":"unspec"},
{"priority":102,"not":null,"src":"10.0.0.0","srclen":8,"goto":300,"unresolved":null,
"protocol":"unspec"},
{"priority":103,"src":"all","nop":null,"protocol":"unspec"},
{"priority":104,"src":"all","action":"blackhole","protocol":"unspec"},
{"priority":107,"src":"all","tun_id":7,"table":"main","protocol":"unspec"},
{"priority":108,"src":"all","table":"main","masquerade":null,"protocol":"unspec"},
{"priority":60,"src":"all","ipproto":"tcp","sport":65534,"dport_start":3,"dport_end":9,
"table":"main"},
{"priority":61,"src":"all","uid_start":0,"uid_end":0,"sport_start":1,"sport_end":100,
"table":"main"},
{"priority":91,"src":"all","table":"main","suppress_prefixlen":3,"suppress_ifgroup":"3",
"protocol":"unspec"}
]"""

# Made after print_rule() of 7.1.
MADE_UP: list[tuple[dict[str, Any], Rule]] = [
    (
        {
            "priority": 1,
            "src": "all",
            "sport": 80,
            "sport_mask": "0xfff0",
            "dport": 80,
            "dport_mask": "0xffff",
        },
        Rule(priority=1, src="all", sport=80, sport_mask="0xfff0", dport=80, dport_mask="0xffff"),
    ),
    (
        {
            "priority": 1,
            "src": "0",
            "srclen": 4,
            "dst": "0",
            "dstlen": 4,
            "dscp": "CS1",
            "dscp_mask": "0x38",
        },
        Rule(priority=1, src="0", srclen=4, dst="0", dstlen=4, dscp="CS1", dscp_mask="0x38"),
    ),
    (
        {"priority": 1, "src": "all", "flowlabel": "0x1", "flowlabel_mask": "0xf", "goto": "none"},
        Rule(priority=1, src="all", flowlabel="0x1", flowlabel_mask="0xf", goto="none"),
    ),
    (
        {"priority": 1, "src": "all", "nat_gateway": "10.0.0.1"},
        Rule(priority=1, src="all", nat_gateway="10.0.0.1"),
    ),
    (
        {"priority": 1, "not": None, "iif": "v0", "iif_detached": None},
        Rule(priority=1, not_=True, iif="v0", iif_detached=True),
    ),
    ({"priority": 1, "new": None}, Rule(priority=1, extra={"new": None})),
]


def test_json_is_preserved() -> None:
    """Every key of a captured rule has a field, and `dump_all` returns the same JSON."""
    rules = parse(Rule, REAL)

    assert json.loads(REAL) == dump_all(rules)
    assert [{}] * len(rules) == [rule.extra for rule in rules]


@pytest.mark.parametrize(("printed", "rule"), MADE_UP)
def test_rule_is_read_and_written(printed: dict[str, Any], rule: Rule) -> None:
    """Numbers, text, and flags without a value are converted in both directions."""
    assert [rule] == parse(Rule, json.dumps([printed]))
    assert [printed] == dump_all([rule])


def test_keyword_of_python_with_null() -> None:
    """The flag `not` is the attribute ``not_``: True for null, None without the key."""
    (inverted_rule,) = parse("rule", '[{"priority": 1, "not": null}]')
    (plain_rule,) = parse("rule", '[{"priority": 1}]')

    assert (True, None) == (inverted_rule.not_, plain_rule.not_)


def test_multicast_rules() -> None:
    """`ip mrule` prints rules with the function of `ip rule`."""
    assert [Rule(priority=32767, src="all", table="default")] == parse(
        "mrule", '[{"priority":32767,"src":"all","table":"default"}]'
    )
