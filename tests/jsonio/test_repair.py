"""Mistakes in the JSON of releases are repaired if the meaning is certain."""

from typing import Any

import pytest

from ipwrap.errors import OutputError, OutputWarning
from ipwrap.jsonio.reader import decode
from ipwrap.jsonio.repair import UNPARSED_KEY


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # 4.17 to 4.20: the type of a route without its key.
        ('[{"local","dst":"10.0.0.1"}]', [{"type": "local", "dst": "10.0.0.1"}]),
        # before 5.12: an erspan without the value of its direction.
        (
            '[{"erspan_ver":2,"erspan_dir":"erspan_hwid":"0x7"}]',
            [{"erspan_ver": 2, "erspan_dir": None, "erspan_hwid": "0x7"}],
        ),
        # 4.20 to 5.4: the VLANs of a port as an object instead of a member.
        (
            (
                '[{"state":9,"cost":2,'
                '{"ifname":"p","vlans":[{"vlan":1,"flags":["PVID"]},{"vlan":2}]}},'
                '{"ifname":"q"}]'
            ),
            [
                {"state": 9, "cost": 2, "vlans": [{"vlan": 1, "flags": ["PVID"]}, {"vlan": 2}]},
                {"ifname": "q"},
            ],
        ),
        # through 4.18: the state of a CAN controller without quotes.
        ('[{"state":ERROR-ACTIVE,"a":1}]', [{"state": "ERROR-ACTIVE", "a": 1}]),
        ('[{"state":STOPPED}]', [{"state": "STOPPED"}]),
        # before 6.1, and before 5.5: options as plain text.
        (
            '[{"options":{fh 800: ht divisor 1 }}]',
            [{"options": {UNPARSED_KEY: "fh 800: ht divisor 1"}}],
        ),
        # present releases: a string without a key.
        (
            '[{"options":{"plus":0," eat ","off":1}}]',
            [{"options": {"plus": 0, "eat": True, "off": 1}}],
        ),
        # 5.10: an empty list of endpoints.
        ("[}\n", []),
        # before 5.1: a list that starts with a key.
        ('["mdb":[{"dev":"br0"}],"router":{}]', [{"mdb": [{"dev": "br0"}], "router": {}}]),
        # a missing comma has one possible position.
        ('[{"a":1}{"b":2}]', [{"a": 1}, {"b": 2}]),
        ('[{"a":"x" "b":[1]}]', [{"a": "x", "b": [1]}]),
        ('[{"a":{"b":1}"c":"\\\'"}]', [{"a": {"b": 1}, "c": "'"}]),
    ],
)
def test_mistake_with_a_certain_meaning_is_repaired(text: str, expected: Any) -> None:
    """A text with a release's mistake is decoded."""
    assert expected == decode(text)


@pytest.mark.parametrize(
    "text",
    [
        '[{"a":x}]',
        '[{"state":active}]',
        '[{"options":{Fh}}]',
        "[1 2]",
        '["a" "b"]',
        '[{"a" 1}]',
        '[{"dst","a":1}]',
        "[" + '{"a":1}' * 30 + "]",
        '[{"options":{a {b}}}]',
        '[{"a":1 b 2}]',
        '[{"dev":"v0" b 2}]',
        '[{"a":{"b":1 c}}]',
        '[{"options":[1 a]}]',
        '["a","vlen":[]]',
        '[{"a":1,"x","b":2}]',
        '[{"dst":"default","flags":[]via v0 weight 1 ,"flags":[]}]',
        '[{"a":"erspan_dir":1}]',
        '["vlans":["tunnel":[1]}',
        '[{"name":"x","vlans":["tunnel":[]}',
        '[{"a":1,{"name":"x","vlans":[]}}]',
        '[{"a":1,}]',
        "[{}",
        '["a":1',
        "[}]",
    ],
)
def test_mistake_without_a_certain_meaning_is_an_error(text: str) -> None:
    """The error has the position in the printed text, not in a repaired text."""
    with pytest.raises(OutputError, match=r"^not JSON at line 1, column \d+: .*there it reads "):
        decode(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1400 1300 10]", {UNPARSED_KEY: "1400 1300 10"}),
        ('[1400 "ecn":null,"rtt":5 10]', {UNPARSED_KEY: "1400 10", "ecn": None, "rtt": 5}),
    ],
)
def test_metrics_without_names_are_kept_and_said(text: str, expected: dict[str, Any]) -> None:
    """The values without a name are text under no name, and a warning tells of them."""
    with pytest.warns(OutputWarning, match=r"metrics of a route without their names: 1400 "):
        (route,) = decode(f'[{{"metrics":{text}}}]')

    assert {"metrics": [expected]} == route


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("{a 1 b 2}", {UNPARSED_KEY: "a 1 b 2"}),
        ("{a 1,2 b}", {UNPARSED_KEY: "a 1,2 b"}),
        ("{a\n  b }", {UNPARSED_KEY: "a\n  b"}),
        ('{a 1"actions":[]}', {UNPARSED_KEY: "a 1", "actions": []}),
        ('{a 1 ,"actions":[]}', {UNPARSED_KEY: "a 1", "actions": []}),
        ('{"x":"0"a 1 ,"y":true}', {"x": "0", UNPARSED_KEY: "a 1", "y": True}),
        ('{"x":1 a "y":{"z":2}b null}', {"x": 1, UNPARSED_KEY: "a b null", "y": {"z": 2}}),
        ('{"flowid":1:20}', {"flowid": "1:20"}),
    ],
)
def test_text_among_the_members_of_options_is_kept(options: str, expected: dict[str, Any]) -> None:
    """The words are under no name, wherever they stand in the object."""
    assert [{"options": expected}] == decode(f'[{{"options":{options}}}]')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[{"order":1 a 2\n}]', [{"order": 1, UNPARSED_KEY: "a 2"}]),
        (
            '[{"kind":"x","qlen":0 1 flows (2)}]',
            [{"kind": "x", "qlen": 0, UNPARSED_KEY: "1 flows (2)"}],
        ),
    ],
)
def test_text_in_an_object_of_tc_is_kept(text: str, expected: Any) -> None:
    """Actions, and the counters of qdiscs, have words among their members as well."""
    assert expected == decode(text)


@pytest.mark.parametrize("text", ['[{"a":1}{"b":2}]', "[}", '["a":1]', '["\\\'"]'])
def test_repair_can_be_switched_off(text: str) -> None:
    """A mistake in a recording is damage, not the output of iproute2."""
    with pytest.raises(OutputError):
        decode(text, repair=False)


def test_strings_are_not_repaired() -> None:
    """A mistake within a string belongs to the name of a link, and stays."""
    text = '[{"ifalias":"\\"state\\":UP, {\\"local\\",\\"x\\":[}","x":"\x01"}]'

    assert [{"ifalias": '"state":UP, {"local","x":[}', "x": "\x01"}] == decode(text)
