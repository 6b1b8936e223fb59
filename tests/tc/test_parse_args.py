"""The arguments of qdiscs, filters and actions are parsed as the values that they came from."""

from typing import Any

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ipwrap.errors import InvalidArgument
from ipwrap.qdiscs import CLASSES, QDISCS, Cake, Netem, Qdisc, TcKind
from ipwrap.tc import U32, Bits, Flower, Gact, Matchall, Mirred, Police
from tests.strategies import option_values

KINDS: list[type[TcKind]] = [
    *QDISCS.values(),
    *CLASSES.values(),
    Flower,
    Gact,
    Matchall,
    Mirred,
    Police,
    U32,
]


def without_misplaced(cls: type[TcKind], values: dict[str, Any]) -> dict[str, Any]:
    """Return the values without the options whose required preceding option is missing."""
    for name, attribute in attrs.fields_dict(cls).items():
        preceding = attribute.metadata.get("after", ())
        is_misplaced = all(values.get(option) is None for option in preceding)
        if preceding and is_misplaced:
            values.pop(name, None)

    return values


@pytest.mark.parametrize("cls", KINDS, ids=lambda cls: cls.__name__)
@given(data=st.data())
def test_kind_parses_its_own_arguments(cls: type[TcKind], data: st.DataObject) -> None:
    """Parsed arguments format to the same arguments, with options without a keyword too."""
    values = without_misplaced(cls, data.draw(option_values(cls)))
    if cls is Gact:
        values.setdefault("action", "drop")

    try:
        arguments = cls(**values).to_args()
    except InvalidArgument:  # some options exclude each other
        assume(False)

    assert arguments == cls.from_args(arguments).to_args()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("delay 100 10", Netem(delay="100us", jitter="10us")),
        ("loss 1", Netem(loss=1)),
        ("loss random 1% 25%", Netem(loss=1, loss_correlation=25)),
        ("loss state 1% 2%", Netem(loss_state=(1, 2))),
        ("drop 1% duplicate 2%", Netem(loss=1, duplicate=2)),
        ("rate 8000", Netem(rate=8000)),
        (
            "slot distribution pareto 1ms 2ms packets 7",
            Netem(slot_distribution="pareto", slot_delay="1ms", slot_jitter="2ms", slot_packets=7),
        ),
    ],
)
def test_netem_parses_numbers_without_a_unit(arguments: str, expected: Netem) -> None:
    """Numbers without a unit are microseconds, bits a second, percent."""
    assert expected == Netem.from_args(arguments.split())


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("match ip sport 80 0xffff", U32(sport=80)),
        ("match u32 0 0x1 at 8", U32(bits=(Bits("u32", 0, 1, at=8),))),
        ("match ip sport 80 0xff", U32(match=(("ip", "sport", "80", "0xff"),))),
        (
            "match ip6 dst fd00::/8 match u32 0 0 classid 1:7",
            U32(dst6="fd00::/8", match=(("u32", "0", "0"),), flowid="1:7"),
        ),
        (
            "match ip dst 10.0.0.0/8 action drop action pass",
            U32(dst="10.0.0.0/8", action=(Gact("drop"), Gact("pass"))),
        ),
    ],
)
def test_u32_parses_known_and_unknown_fields(arguments: str, expected: U32) -> None:
    """Known fields become options; unknown fields become ``match``."""
    assert expected == U32.from_args(arguments.split())


@pytest.mark.parametrize(
    "arguments", ["match u32 0 0 at", "match u32 0", "match what 0 0", "offset", "delay 1ms"]
)
def test_u32_refuses_unknown_arguments(arguments: str) -> None:
    """An incomplete match, an unknown protocol and an unknown option raise an error."""
    with pytest.raises(InvalidArgument, match="is no word of u32"):
        U32.from_args(arguments.split())


@pytest.mark.parametrize(
    "arguments", ["delay", "loss state", "slot distribution", "rate 1MBps", "delay 1h", "loss 101%"]
)
def test_netem_refuses_invalid_arguments(arguments: str) -> None:
    """A missing value, a rate in bytes, an unknown unit and 101 % raise an error."""
    with pytest.raises(InvalidArgument, match="is no word of netem"):
        Netem.from_args(arguments.split())


def test_kind_without_a_table_is_not_parsed() -> None:
    """Without a table ipwrap does not know which arguments are values."""
    with pytest.raises(InvalidArgument):
        Qdisc.from_args(("bandwidth", "10mbit"))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("bandwidth 20mbit", Cake(bandwidth="20mbit")),
        ("unlimited besteffort", Cake(bandwidth="unlimited", diffserv="besteffort")),
        ("diffserv metro", Cake(diffserv="diffserv4", rtt=0.01)),
        ("rtt 20ms fwmark 0xff", Cake(rtt=0.02, fwmark=255)),
        ("conservative", Cake(atm="atm", overhead=48)),
        ("docsis nat", Cake(atm="noatm", overhead=18, mpu=64, nat=True)),
        ("pppoe-ptm ether-vlan", Cake(atm="ptm", overhead=34)),
        ("ethernet overhead 10 ether-vlan mpu 60", Cake(overhead=14, mpu=60)),
        ("ether-vlan atm via-ethernet", Cake(atm="atm", overhead=4)),
    ],
)
def test_cake_parses_the_names_of_link_layers(arguments: str, expected: Cake) -> None:
    """A name stands for the adaptation, the overhead and the least size of a link layer."""
    assert expected == Cake.from_args(arguments.split())


@pytest.mark.parametrize("arguments", ["docsis overhead", "docsis x", "ack-filter 1"])
def test_cake_refuses_other_arguments(arguments: str) -> None:
    """A missing value and an unknown word are told apart from names."""
    with pytest.raises(InvalidArgument):
        Cake.from_args(arguments.split())
