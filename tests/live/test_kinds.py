"""Every option of every kind that this kernel has: built by its word, read back by its key, equal."""

from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest

from ipwrap import NotSupported, Session
from ipwrap.codecs import Choice, Codec, Device, Flag, Hex, Ip, Mac, Member, No, Number, OnOff, Or, ZeroOne
from ipwrap.errors import CommandError
from ipwrap.kinds import KINDS, Bridge, BridgeSlave, LinkKind, Veth
from ipwrap.kinds.tunnel import Around
from ipwrap.option import Option, table
from tests.live.rounds import ROUNDS
from tests.live.rounds.base import Round

pytestmark = pytest.mark.live


def values(kind: str, row: Option) -> list[Any]:
    """Return values to try of an option: those listed, or what its codec suggests."""
    if row.name in ROUNDS[kind].values:
        return ROUNDS[kind].values[row.name]
    if row.name.endswith("_interval"):  # hundredths of a second, kept in jiffies: of a whole second nothing is lost
        return [100, 1000]
    return list(_by_codec(row.codec))


def _by_codec(codec: Codec) -> Iterator[Any]:
    """Yield values that a codec takes."""
    match codec:
        case Flag():
            yield True
        case ZeroOne() | OnOff() | No() | Member():
            yield from (True, False)
        case Choice(choices=choices):
            yield from choices
        case Or(other=other) | Around(other=other):
            yield from _by_codec(other)
        case Hex(low=low, high=high) | Number(low=low, high=high):
            yield from sorted({max(low, 1), min(high, 100 if high > 100 else high)})
        case Mac():
            yield "02:00:00:00:00:05"
        case Ip():
            yield from ("192.0.2.1", "2001:db8::1")
        case Device():
            yield "base"


CASES = [
    pytest.param(cls, row, value, id=f"{kind}-{row.name}-{value}")
    for kind, cls in KINDS.items()
    for row in table(cls)
    if row.word and row.key
    for value in values(kind, row)
]


UNKNOWN: dict[str, str] = {}  # the kinds that this kernel does not know, with what it says: no option has to try again


@pytest.mark.parametrize(("cls", "row", "value"), CASES)
def test_option_is_read_back_as_it_was_built(
    room: Session, cls: type[LinkKind], row: Option, value: Any, record_property: Callable[[str, object], None]
) -> None:
    """A kind built with one option shows it with the same value."""
    record_property("round trip", f"{cls.kind} {row.name}")
    about = ROUNDS[cls.kind]
    if cls.kind in UNKNOWN:
        pytest.skip(f"this kernel: {UNKNOWN[cls.kind]}")
    built = cls(**{**about.needed, **about.together.get(row.name, {}), row.name: value})
    furnish(room, about)
    try:
        shown = make(room, built)
    except NotSupported as error:
        if "Unknown device type" in error.reason:
            UNKNOWN[cls.kind] = error.reason
        pytest.skip(f"this kernel: {error.reason}")
    except CommandError as error:
        pytest.skip(f"this kernel or iproute2 refuses: {error.reason}")
    record_property("built", True)
    shown_value = getattr(shown, row.name)
    if shown_value is None and row.since:
        pytest.skip(f"not shown by this iproute2 or kernel: the option came with {row.since}")
    if shown_value is None and row.name in about.shown_since:
        pytest.skip(f"this iproute2 does not show it: {about.shown_since[row.name]} does")
    if shown_value is None and row.name in about.config:
        pytest.skip(f"this kernel: it has no {about.config[row.name]}")
    if shown_value is None and value is False and isinstance(row.codec, No):
        pytest.skip("before 6.4 iproute2 shows only the truths that are set")
    record_property("read back", shown_value is not None)
    assert value == shown_value
    assert {} == shown.extra
    record_property("equal", True)


def furnish(room: Session, about: Round) -> None:
    """Make the links that a kind's round trip needs: `base`, and those beside it."""
    for each in ("base", *about.beside):
        room.ip.link.add(each, Veth(peer=f"{each}1"))


def make(room: Session, built: LinkKind) -> LinkKind:
    """Make a link of the kind, or a port with the options, and return what is shown of it."""
    about = ROUNDS[built.kind]
    if about.master is not None:
        return make_port(room, built, about.master)
    if isinstance(built, BridgeSlave):
        room.ip.link.add("br", Bridge(), up=True)
        for end in ("base1", "base"):  # with a carrier before it is a port: the kernel moves a port's state with it
            room.ip.link.set(end, up=True)
        room.ip.link.set("base", master="br")
        if built.backup_port is not None:
            room.ip.link.add("port", Veth(peer="port1"), master="br", up=True)
            room.ip.link.set("port", built)
            return port(room, "port")
        room.ip.link.set("base", built)
        return port(room, "base")
    later = {name: getattr(built, name) for name in about.with_port if getattr(built, name) is not None}
    unsaid: dict[str, Any] = dict.fromkeys(later)
    room.ip.link.add("new", attrs.evolve(built, **unsaid), link="base" if about.on_base else None)
    if later:
        room.ip.link.set("base1", up=True)
        room.ip.link.set("base", master="new")
        room.ip.link.set("new", up=True)
        room.ip.link.set("new", type(built)(**later))
    (link,) = room.ip.link.show("new")
    assert link.kind is not None
    return link.kind


def make_port(room: Session, built: LinkKind, master: LinkKind) -> LinkKind:
    """Make a port of a link, set its options, and return what is shown of it."""
    room.ip.link.add("new", master)
    room.ip.link.set("base", master="new")
    if built.words():
        room.ip.link.set("base", built)
    return port(room, "base")


def port(room: Session, name: str) -> LinkKind:
    """Return what is shown of a port."""
    (link,) = room.ip.link.show(name)
    assert link.port is not None
    return link.port


@pytest.mark.parametrize("cls", KINDS.values(), ids=KINDS)
def test_kind_that_was_shown_can_be_built_again(room: Session, cls: type[LinkKind]) -> None:
    """What `show` returns of a link builds another one that is shown alike."""
    about = ROUNDS[cls.kind]
    built = cls(**about.needed)
    if cls.kind in ("bridge_slave", "veth") or about.master:
        pytest.skip("a port is no link of its own; a veth shows nothing of itself")
    furnish(room, about)
    try:
        first = make(room, built)
    except CommandError as error:
        pytest.skip(f"this kernel: {error.reason}")
    room.ip.link.delete("new")
    settable = {row.name: getattr(first, row.name) for row in table(cls) if row.word and row.name not in about.again}
    again = make(room, attrs.evolve(built, **settable))
    changing = ("bridge_id", "root_id", "gc_timer", "hello_timer")
    assert settable == {name: getattr(again, name) for name in settable if name not in changing}


@pytest.mark.parametrize("kind", sorted(kind for kind, about in ROUNDS.items() if about.master))
def test_port_is_shown_as_one(room: Session, kind: str) -> None:
    """A link that has a master is shown as a port of its kind, and nothing of it has no name."""
    furnish(room, ROUNDS[kind])
    try:
        shown = make(room, KINDS[kind]())
    except CommandError as error:
        pytest.skip(f"this kernel: {error.reason}")
    assert (KINDS[kind], {}) == (type(shown), shown.extra)
