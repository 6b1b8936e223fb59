"""The words of qdiscs, filters and actions are read as what wrote them."""

from typing import Any

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ipwrap.errors import InvalidArgument
from ipwrap.qdiscs import CLASSES, QDISCS, Netem, Qdisc, TcKind
from ipwrap.tc import U32, Bits, Flower, Gact, Matchall, Mirred, Police
from tests.strategies import said

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


def placed(cls: type[TcKind], values: dict[str, Any]) -> dict[str, Any]:
    """Return the values without those that stand behind one that is missing."""
    for name, about in attrs.fields_dict(cls).items():
        after = about.metadata.get("after", ())
        if after and all(values.get(each) is None for each in after):
            values.pop(name, None)
    return values


@pytest.mark.parametrize("cls", KINDS, ids=lambda cls: cls.__name__)
@given(data=st.data())
def test_what_a_kind_writes_it_reads(cls: type[TcKind], data: st.DataObject) -> None:
    """All its options, those without a keyword too."""
    values = placed(cls, data.draw(said(cls)))
    try:
        words = cls(**({"action": "drop"} if cls is Gact else {}) | values).to_args()
    except InvalidArgument:  # some options exclude each other
        assume(False)

    assert words == cls.from_args(words).to_args()


@pytest.mark.parametrize(
    ("words", "expected"),
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
def test_netem_as_a_person_types_it(words: str, expected: Netem) -> None:
    """Numbers without a unit are microseconds, bits a second, percent."""
    assert expected == Netem.from_args(words.split())


@pytest.mark.parametrize(
    ("words", "expected"),
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
def test_u32_as_a_person_types_it(words: str, expected: U32) -> None:
    """Known fields are options, others are matches."""
    assert expected == U32.from_args(words.split())


@pytest.mark.parametrize(
    "words", ["match u32 0 0 at", "match u32 0", "match what 0 0", "offset", "delay 1ms"]
)
def test_u32_reads_no_more_than_it_writes(words: str) -> None:
    """What stands at a place of its own, and what it has no option for, is refused."""
    with pytest.raises(InvalidArgument, match="is no word of u32"):
        U32.from_args(words.split())


@pytest.mark.parametrize(
    "words", ["delay", "loss state", "slot distribution", "rate 1MBps", "delay 1h", "loss 101%"]
)
def test_netem_reads_no_more_than_it_writes(words: str) -> None:
    """A word without its value, a rate in bytes, a time of a unit that tc has not, too much of a percentage."""
    with pytest.raises(InvalidArgument, match="is no word of netem"):
        Netem.from_args(words.split())


def test_a_kind_without_a_table_is_not_read() -> None:
    """Nobody knows which of its words have a value."""
    with pytest.raises(InvalidArgument):
        Qdisc.from_args(("bandwidth", "10mbit"))
