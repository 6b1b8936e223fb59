"""Every option of every kind that this kernel has: built by its word, read back by its key, equal."""

from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest

from ipwrap import NotSupported, Session
from ipwrap.errors import CommandError
from ipwrap.kinds import KINDS, LinkKind
from ipwrap.options.codecs import (
    Choice,
    ChoiceOr,
    Codec,
    ExistingLink,
    Flag,
    FlagListMember,
    Hex,
    Ip,
    Mac,
    NoPrefixFlag,
    Number,
    OnOff,
    ZeroOne,
)
from ipwrap.options.codecs.wrappers import WrapperCodec
from ipwrap.options.table import Option, options_of
from tests.live.conftest import clear, there
from tests.live.defaults import ways_to_make
from tests.live.making import furnish, make
from tests.live.rounds import ROUNDS

pytestmark = pytest.mark.live


def values(kind: str, row: Option) -> list[Any]:
    """Return values to try of an option: those listed, or what its codec suggests."""
    if row.name in ROUNDS[kind].values:
        return ROUNDS[kind].values[row.name]
    if row.name.endswith(
        "_interval"
    ):  # hundredths of a second, kept in jiffies: of a whole second nothing is lost
        return [100, 1000]
    return list(_by_codec(row.codec))


def _by_codec(codec: Codec) -> Iterator[Any]:
    """Yield values that a codec takes."""
    match codec:
        case Flag():
            yield True
        case ZeroOne() | OnOff() | NoPrefixFlag() | FlagListMember():
            yield from (True, False)
        case Choice(choices=choices):
            yield from choices
        case ChoiceOr(other=other) | WrapperCodec(inner=other):
            yield from _by_codec(other)
        case Hex(low=low, high=high) | Number(low=low, high=high):
            yield from sorted({max(low, 1), min(high, 100 if high > 100 else high)})
        case Mac():
            yield "02:00:00:00:00:05"
        case Ip():
            yield from ("192.0.2.1", "2001:db8::1")
        case ExistingLink():
            yield "base"


CASES = [
    pytest.param(cls, row, value, id=f"{kind}-{row.name}-{value}")
    for kind, cls in KINDS.items()
    for row in options_of(cls)
    if row.keyword and row.json_key
    for value in values(kind, row)
]


UNKNOWN: dict[
    str, str
] = {}  # the kinds that this kernel does not know, with what it says: no option has to try again


@pytest.mark.parametrize(("cls", "row", "value"), CASES)
def test_option_is_read_back_as_it_was_built(
    room: Session,
    cls: type[LinkKind],
    row: Option,
    value: Any,
    record_property: Callable[[str, object], None],
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
    if shown_value is None and value is False and isinstance(row.codec, NoPrefixFlag):
        pytest.skip("before 6.4 iproute2 shows only the truths that are set")
    record_property("read back", shown_value is not None)
    assert value == shown_value
    assert {} == shown.extra
    record_property("equal", True)
    assert settable(shown) == settable(make_again(room, shown, attrs.asdict(built, recurse=False)))


def make_again(room: Session, shown: LinkKind, made_with: dict[str, Any]) -> LinkKind:
    """Make a link anew of what was shown of one, with what is not shown of it, and return what is shown then."""
    clear(room, there(room, "/sys/class/net"))
    furnish(room, ROUNDS[shown.kind])

    not_shown: dict[str, Any] = {
        row.name: made_with.get(row.name)
        for row in options_of(type(shown))
        if getattr(shown, row.name) is None
    }
    return make(room, attrs.evolve(shown, **not_shown))


def settable(kind: LinkKind) -> dict[str, Any]:
    """Return the options of a kind that can be set."""
    return {row.name: getattr(kind, row.name) for row in options_of(type(kind)) if row.keyword}


WAYS = [
    pytest.param(cls, way, id=" ".join((kind, *cls(**way).to_args())))
    for kind, cls in KINDS.items()
    for way in ways_to_make(kind)
]


@pytest.mark.parametrize(("cls", "way"), WAYS)
def test_kind_that_was_shown_can_be_built_again(
    room: Session, cls: type[LinkKind], way: dict[str, Any]
) -> None:
    """What `show` returns of a link, or of a port, builds another one that is shown alike."""
    if cls.kind in UNKNOWN:
        pytest.skip(f"this kernel: {UNKNOWN[cls.kind]}")
    furnish(room, ROUNDS[cls.kind])
    try:
        first = make(room, cls(**way))
    except CommandError as error:
        pytest.skip(f"this kernel or iproute2 refuses: {error.reason}")

    assert settable(first) == settable(make_again(room, first, way))


@pytest.mark.parametrize("kind", sorted(kind for kind, about in ROUNDS.items() if about.master))
def test_port_is_shown_as_one(room: Session, kind: str) -> None:
    """A link that has a master is shown as a port of its kind, and nothing of it has no name."""
    furnish(room, ROUNDS[kind])
    try:
        shown = make(room, KINDS[kind]())
    except CommandError as error:
        pytest.skip(f"this kernel: {error.reason}")
    assert (KINDS[kind], {}) == (type(shown), shown.extra)
