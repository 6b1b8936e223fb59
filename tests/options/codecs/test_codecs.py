"""Every codec formats a value for iproute2, reads the JSON, and refuses invalid values."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipwrap.errors import InvalidArgument
from ipwrap.kinds.bridge_slave import State
from ipwrap.kinds.link_options import Reason, Vf, VfCodec, Xdp, XdpCodec
from ipwrap.kinds.macvlan import Macaddr
from ipwrap.kinds.vlan import QosMap
from ipwrap.kinds.vxlan import Group, PortRange
from ipwrap.options import codecs
from ipwrap.options.codecs import (
    Altnames,
    Choice,
    ChoiceOr,
    Codec,
    Dsfield,
    ExistingLink,
    Family,
    Flag,
    FlagListMember,
    Hex,
    Ip,
    KeywordPair,
    Mac,
    Netns,
    NewName,
    NoPrefixFlag,
    Number,
    OnOff,
    Prefix,
    ReadOnly,
    Text,
    Words,
    ZeroOne,
)
from ipwrap.options.table import Option
from tests.strategies import in_json, printable, values

ALL: list[Codec] = [
    Altnames(),
    Choice(("a", "b")),
    Choice(("default", "dormant"), upper=True),
    Codec(),
    ExistingLink(),
    Family(),
    Flag(),
    KeywordPair("up", "down", "UP"),
    Hex(0, 255),
    Ip("x6"),
    Mac(),
    FlagListMember("ARP"),
    FlagListMember("NOARP", inverted=True),
    Netns(),
    NewName(),
    NoPrefixFlag(),
    Number(),
    Number(-5, 5),
    OnOff(),
    ChoiceOr(("auto",), Number(0, 255)),
    Prefix(),
    ReadOnly(),
    Text(),
    Text(max_length=240),
    Words(),
    ZeroOne(),
    State(),
    Reason(),
    VfCodec(),
    XdpCodec(),
    Macaddr(),
    QosMap(),
    Group("x6"),
    PortRange(),
    Dsfield(),
]
READABLE: list[Codec] = [
    Choice(("a", "b")),
    Codec(),
    ExistingLink(),
    Flag(),
    KeywordPair("up", "down", "UP"),
    Hex(0, 2**64 - 1),
    Ip("x6"),
    Mac(),
    FlagListMember("ARP"),
    FlagListMember("NOARP", inverted=True),
    NoPrefixFlag(),
    Number(),
    OnOff(),
    ChoiceOr(("auto",), Number(0, 255)),
    ReadOnly(),
    ChoiceOr(("inherit",), Hex(0, 255)),
    Text(),
    ZeroOne(),
    State(),
    Macaddr(),
    QosMap(),
    Group("x6"),
    PortRange(),
    Dsfield(),
    ChoiceOr(("inherit",), Dsfield()),
]


def case_id(codec: Codec) -> str:
    """Return the name of a test case."""
    return repr(codec)[:60]


@pytest.mark.parametrize(
    ("codec", "value", "arguments"),
    [
        (Codec(), "x", ("k", "x")),
        (Codec(), 100, ("k", "100")),
        (Text(), "", ("k", "")),
        (Text(max_length=4), "éé", ("k", "éé")),
        (Number(), 0, ("k", "0")),
        (Number(0, 9), 9, ("k", "9")),
        (Number(-5, 5), -5, ("k", "-5")),
        (Hex(0, 255), 255, ("k", "255")),
        (Dsfield(), 16, ("k", "0x10")),
        (Dsfield(), 0, ("k", "0x0")),
        (Dsfield(), "AF11", ("k", "AF11")),
        (ZeroOne(), True, ("k", "1")),
        (ZeroOne(), False, ("k", "0")),
        (OnOff(), True, ("k", "on")),
        (OnOff(), False, ("k", "off")),
        (Flag(), True, ("k",)),
        (Flag(), False, ()),
        (NoPrefixFlag(), True, ("k",)),
        (NoPrefixFlag(), False, ("nok",)),
        (KeywordPair("up", "down"), True, ("up",)),
        (KeywordPair("up", "down"), False, ("down",)),
        (FlagListMember("NOARP", inverted=True), True, ("k", "on")),
        (FlagListMember("NOARP", inverted=True), False, ("k", "off")),
        (Choice(("a", "b")), "b", ("k", "b")),
        (Choice(("default", "dormant"), upper=True), "dormant", ("k", "dormant")),
        (ChoiceOr(("auto",), Number(0, 255)), "auto", ("k", "auto")),
        (ChoiceOr(("auto",), Number(0, 255)), 64, ("k", "64")),
        (ExistingLink(), "eth0", ("k", "eth0")),
        (ExistingLink(), "a-name-of-more-than-15-bytes", ("k", "a-name-of-more-than-15-bytes")),
        (NewName(), "eth0", ("k", "eth0")),
        (Altnames(), "one", ("k", "one")),
        (Altnames(), ("one", "two"), ("k", "one", "k", "two")),
        (Netns(), "ns1", ("k", "ns1")),
        (Netns(), "1", ("k", "1")),
        (Netns(), 1234, ("k", "1234")),
        (Netns(), "/proc/1/ns/net", ("k", "/proc/1/ns/net")),
        (Mac(), "02:00:00:00:00:01", ("k", "02:00:00:00:00:01")),
        (Ip(), "10.0.0.1", ("k", "10.0.0.1")),
        (Ip("x6"), "fd00::1", ("k", "fd00::1")),
        (Prefix(), "10.0.0.0/8", ("k", "10.0.0.0/8")),
        (Words(), "one", ("k", "one")),
        (Words(), 1, ("k", "1")),
        (Words(), ("one", 2), ("k", "one", "2")),
        (Family(), "10.0.0.1", ("k", "10.0.0.1")),
        (Family(), ("inet6", "fe80::1"), ("k", "inet6", "fe80::1")),
    ],
)
def test_value_becomes_arguments(codec: Codec, value: object, arguments: tuple[str, ...]) -> None:
    """The arguments are those that a person types."""
    assert arguments == codec.format_args("k", value)


@pytest.mark.parametrize(
    ("codec", "data", "value"),
    [
        (Codec(), {"k": "x"}, "x"),
        (Codec(), {}, None),
        (Hex(), {"k": "0x1f"}, 31),
        (Hex(), {"k": "1f"}, 31),
        (Hex(), {"k": "0"}, 0),
        (Hex(), {"k": 31}, 31),
        (Hex(), {}, None),
        (Dsfield(), {"k": "0x10"}, 16),
        (Dsfield(), {"k": "AF11"}, "AF11"),
        (Dsfield(), {}, None),
        (ZeroOne(), {"k": 1}, True),
        (ZeroOne(), {"k": 0}, False),
        (ZeroOne(), {"k": 2}, 2),
        (ZeroOne(), {}, None),
        (OnOff(), {"k": True}, True),
        (OnOff(), {"k": False}, False),
        (OnOff(), {"k": "on"}, True),
        (OnOff(), {"k": "off"}, False),
        (OnOff(), {"k": "auto"}, "auto"),
        (OnOff(), {}, None),
        (Flag(), {"k": None}, True),
        (Flag(), {"k": True}, True),
        (Flag(), {"k": False}, False),
        (Flag(), {}, None),
        (NoPrefixFlag(), {"k": False}, False),
        (KeywordPair("up", "down", "UP"), {"k": ["UP"]}, True),
        (KeywordPair("up", "down", "UP"), {"k": []}, False),
        (KeywordPair("up", "down", "UP"), {}, None),
        (FlagListMember("MULTICAST"), {"k": ["MULTICAST"]}, True),
        (FlagListMember("MULTICAST"), {"k": []}, False),
        (FlagListMember("NOARP", inverted=True), {"k": ["NOARP"]}, False),
        (FlagListMember("NOARP", inverted=True), {"k": []}, True),
        (FlagListMember("NOARP", inverted=True), {}, None),
        (FlagListMember("GVRP", absent=False), {}, False),
        (FlagListMember("GVRP", absent=False), {"k": ["GVRP"]}, True),
        (Choice(("default",), upper=True), {"k": "DEFAULT"}, "default"),
        (Choice(("default",), upper=True), {"k": 7}, 7),
        (Choice(("802.1Q",)), {"k": "802.1Q"}, "802.1Q"),
        (ChoiceOr(("inherit",), Hex(0, 255)), {"k": "0x10"}, 16),
        (Ip("k6"), {"k": "10.0.0.1"}, "10.0.0.1"),
        (Ip("k6"), {"k6": "fd00::1"}, "fd00::1"),
        (Ip("k6"), {}, None),
        (Ip(), {}, None),
    ],
)
def test_json_becomes_a_value(codec: Codec, data: dict[str, Any], value: object) -> None:
    """A missing key is read as None."""
    read = codec.from_json(data, "k")

    # 1 == True, so the types count.
    assert value == read
    assert type(value) is type(read)


@pytest.mark.parametrize(
    ("codec", "keys"),
    [
        (Number(), ("k",)),
        (Ip(), ("k",)),
        (Ip("k6"), ("k", "k6")),
        (ChoiceOr(("any",), Ip("k6")), ("k", "k6")),
    ],
)
def test_codec_names_its_keys(codec: Codec, keys: tuple[str, ...]) -> None:
    """The keys of a codec are not left in `extra`."""
    assert keys == codec.json_keys("k")


@pytest.mark.parametrize(
    ("codec", "value"),
    [
        (Codec(), ""),
        (Codec(), True),
        (Text(), 5),
        (Text(max_length=3), "éé"),
        (Text(), "a\0b"),
        (Number(), True),
        (Number(), "5"),
        (Number(), 5.0),
        (Number(1, 5), 0),
        (Number(1, 5), 6),
        (ZeroOne(), 1),
        (ZeroOne(), 0),
        (OnOff(), "on"),
        (OnOff(), 1),
        (Flag(), "yes"),
        (Flag(), 0),
        (NoPrefixFlag(), 1),
        (KeywordPair("up", "down"), "up"),
        (Choice(("a", "b")), "A"),
        (ChoiceOr(("auto",), Number(0, 255)), "automatic"),
        (ChoiceOr(("auto",), Number(0, 255)), 256),
        (ExistingLink(), "a b"),
        (NewName(), "x" * 16),
        (Altnames(), ("ok", "not ok")),
        (Netns(), 0),
        (Netns(), -1),
        (Netns(), True),
        (Netns(), "a/b"),
        (Netns(), "../a"),
        (Mac(), "x"),
        (Ip(), "10.0.0.0/8"),
        (Prefix(), "x"),
        (Words(), ("a", "")),
        (Dsfield(), 256),
        (Dsfield(), True),
        (Dsfield(), ""),
        (Family(), ("ipx", "fe80::1")),
        (Family(), "x"),
    ],
)
def test_invalid_value_is_refused(codec: Codec, value: object) -> None:
    """The message names the option."""
    with pytest.raises(InvalidArgument, match=r"\bkey\b"):
        codec.format_args("key", value)


@given(data=st.data())
@pytest.mark.parametrize("codec", ALL, ids=case_id)
def test_valid_values_become_arguments(codec: Codec, data: st.DataObject) -> None:
    """The arguments are text, and begin with the keyword."""
    value = data.draw(values(codec))
    arguments = codec.format_args("k", value)

    assert all(isinstance(argument, str) for argument in arguments)
    assert arguments[0] in ("k", "nok", "up", "down")


@given(data=st.data())
@pytest.mark.parametrize("codec", READABLE, ids=case_id)
def test_printed_value_is_read_as_the_same_value(codec: Codec, data: st.DataObject) -> None:
    """Formatting and reading are inverse to each other."""
    value = data.draw(printable(codec))
    printed = in_json(Option(codec, "k", "k"), value)

    assert value == codec.from_json(printed, "k")


@given(data=st.data())
@pytest.mark.parametrize("codec", READABLE, ids=case_id)
def test_printed_keys_are_known(codec: Codec, data: st.DataObject) -> None:
    """Every printed key is a key of the codec."""
    value = data.draw(printable(codec))
    printed = in_json(Option(codec, "k", "k"), value)

    assert set() == printed.keys() - set(codec.json_keys("k"))


@pytest.mark.parametrize(
    ("codec", "value", "arguments"),
    [
        (Reason(), (3, True), ("k", "3", "on")),
        (Reason(), ("linkdown", False), ("k", "linkdown", "off")),
        (VfCodec(), Vf(num=0, mac="02:00:00:00:00:01"), ("k", "0", "mac", "02:00:00:00:00:01")),
        (
            VfCodec(),
            (Vf(num=1, trust=True), Vf(num=2, vlan=5, qos=2)),
            ("k", "1", "trust", "on", "k", "2", "vlan", "5", "qos", "2"),
        ),
        (XdpCodec(), "off", ("k", "off")),
        (XdpCodec(), Xdp(object="a.o", section="x"), ("k", "object", "a.o", "section", "x")),
        (XdpCodec(), Xdp(pinned="/sys/fs/bpf/x"), ("k", "pinned", "/sys/fs/bpf/x")),
    ],
)
def test_nested_options_become_arguments(
    codec: Codec, value: object, arguments: tuple[str, ...]
) -> None:
    """Virtual functions, programs and reasons have options of their own."""
    assert arguments == codec.format_args("k", value)


@pytest.mark.parametrize("name", codecs.__all__)
def test_every_codec_has_a_docstring(name: str) -> None:
    """A person who writes a table reads the docstrings."""
    assert getattr(codecs, name).__doc__
