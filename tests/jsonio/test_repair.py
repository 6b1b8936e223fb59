"""Mistakes in the JSON of releases are repaired if the meaning is certain."""

from typing import Any

import pytest

from ipwrap.errors import OutputError
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
            [{"options": {UNPARSED_KEY: "fh 800: ht divisor 1 "}}],
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


@pytest.mark.parametrize("text", ['[{"a":1}{"b":2}]', "[}", '["a":1]', '["\\\'"]'])
def test_repair_can_be_switched_off(text: str) -> None:
    """A mistake in a recording is damage, not the output of iproute2."""
    with pytest.raises(OutputError):
        decode(text, repair=False)


def test_strings_are_not_repaired() -> None:
    """A mistake within a string belongs to the name of a link, and stays."""
    text = '[{"ifalias":"\\"state\\":UP, {\\"local\\",\\"x\\":[}","x":"\x01"}]'

    assert [{"ifalias": '"state":UP, {"local","x":[}', "x": "\x01"}] == decode(text)
