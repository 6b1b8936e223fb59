"""What releases print that is no JSON is repaired where it can have one meaning, and only there."""

from typing import Any

import pytest

from ipwrap.errors import OutputError
from ipwrap.jsonio.reader import decode
from ipwrap.jsonio.repair import UNPARSED_KEY


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # 4.17 to 4.20: the type of a route without its key.
        ('[{"local","dst":"10.0.0.1"}]', [{"type": "local", "dst": "10.0.0.1"}]),
        # before 5.12: an erspan whose direction went elsewhere.
        (
            '[{"erspan_ver":2,"erspan_dir":"erspan_hwid":"0x7"}]',
            [{"erspan_ver": 2, "erspan_dir": None, "erspan_hwid": "0x7"}],
        ),
        # 4.20 to 5.4: the VLANs of a port as an object of their own.
        (
            '[{"state":9,"cost":2,{"ifname":"p","vlans":[{"vlan":1,"flags":["PVID"]},{"vlan":2}]}},{"ifname":"q"}]',
            [
                {"state": 9, "cost": 2, "vlans": [{"vlan": 1, "flags": ["PVID"]}, {"vlan": 2}]},
                {"ifname": "q"},
            ],
        ),
        # through 4.18: the state of a CAN controller.
        ('[{"state":ERROR-ACTIVE,"a":1}]', [{"state": "ERROR-ACTIVE", "a": 1}]),
        ('[{"state":STOPPED}]', [{"state": "STOPPED"}]),
        # before 6.1, and before 5.5: options as words.
        (
            '[{"options":{fh 800: ht divisor 1 }}]',
            [{"options": {UNPARSED_KEY: "fh 800: ht divisor 1 "}}],
        ),
        # still: a word without a key.
        (
            '[{"options":{"plus":0," eat ","off":1}}]',
            [{"options": {"plus": 0, "eat": True, "off": 1}}],
        ),
        # 5.10: no endpoint at all.
        ("[}\n", []),
        # before 5.1: a list that starts with a key.
        ('["mdb":[{"dev":"br0"}],"router":{}]', [{"mdb": [{"dev": "br0"}], "router": {}}]),
        # a comma that is missing can stand in one place only.
        ('[{"a":1}{"b":2}]', [{"a": 1}, {"b": 2}]),
        ('[{"a":"x" "b":[1]}]', [{"a": "x", "b": [1]}]),
        ('[{"a":{"b":1}"c":"\\\'"}]', [{"a": {"b": 1}, "c": "'"}]),
    ],
)
def test_what_has_one_meaning_is_repaired(text: str, value: Any) -> None:
    """As releases printed it."""
    assert value == decode(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            '[{"a":x}]',
            '[{"state":active}]',
            '[{"options":{Fh}}]',
            "[1 2]",
            '["a" "b"]',
            '[{"a" 1}]',
            '[{"dst","a":1}]',
        ),
        *(
            "[" + '{"a":1}' * 30 + "]",
            '[{"options":{a {b}}}]',
            '[{"a":1,}]',
            "[{}",
            '["a":1',
            "[}]",
        ),
    ],
)
def test_what_has_none_is_an_error(text: str) -> None:
    """The position is that of the text as it was printed."""
    with pytest.raises(OutputError, match=r"^not JSON at line 1, column \d+: .*there it reads "):
        decode(text)


@pytest.mark.parametrize("text", ['[{"a":1}{"b":2}]', "[}", '["a":1]', '["\\\'"]'])
def test_nothing_is_repaired_where_damage_has_to_be_seen(text: str) -> None:
    """A recording is no output of iproute2."""
    with pytest.raises(OutputError):
        decode(text, repair=False)


def test_names_are_not_repaired() -> None:
    """What looks like a mistake within a string is one of its user's."""
    text = '[{"ifalias":"\\"state\\":UP, {\\"local\\",\\"x\\":[}","x":\x01}]'.replace(
        "\x01", '"\x01"'
    )
    assert [{"ifalias": '"state":UP, {"local","x":[}', "x": "\x01"}] == decode(text)
