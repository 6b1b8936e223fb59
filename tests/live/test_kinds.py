"""Every option of the kinds of this kernel is built and read back as equal."""

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
from tests.live.conftest import delete_links, list_names
from tests.live.defaults import minimal_options
from tests.live.making import add_base_links, build_kind
from tests.live.rounds import ROUNDS
from tests.live.rounds.base import Round

pytestmark = pytest.mark.live


def values_to_test(kind: str, option: Option) -> list[Any]:
    """Return the values to test for an option: listed values, or values for the codec."""
    if option.name in ROUNDS[kind].values:
        return ROUNDS[kind].values[option.name]
    # The kernel keeps these hundredths of a second in jiffies, which are exact for whole seconds.
    if option.name.endswith("_interval"):
        return [100, 1000]

    return list(_by_codec(option.codec))


def _by_codec(codec: Codec) -> Iterator[Any]:
    """Yield values that a codec accepts."""
    match codec:
        case Flag():
            yield True
        case ZeroOne() | OnOff() | NoPrefixFlag() | FlagListMember():
            yield from (True, False)
        case Choice(choices=choices):
            yield from choices
        case ChoiceOr(other=inner) | WrapperCodec(inner=inner):
            yield from _by_codec(inner)
        case Hex(low=low, high=high) | Number(low=low, high=high):
            yield from sorted({max(low, 1), min(high, 100 if high > 100 else high)})
        case Mac():
            yield "02:00:00:00:00:05"
        case Ip():
            yield from ("192.0.2.1", "2001:db8::1")
        case ExistingLink():
            yield "base"


CASES = [
    pytest.param(cls, option, value, id=f"{kind}-{option.name}-{value}")
    for kind, cls in KINDS.items()
    for option in options_of(cls)
    if option.keyword and option.json_key
    for value in values_to_test(kind, option)
]


# The kinds that this kernel does not know, with the error: further options are skipped at once.
UNKNOWN: dict[str, str] = {}


@pytest.mark.parametrize(("cls", "option", "value"), CASES)
def test_option_is_read_back_as_it_was_built(
    sandbox_session: Session,
    cls: type[LinkKind],
    option: Option,
    value: Any,
    record_property: Callable[[str, object], None],
) -> None:
    """A kind with one option shows the same value of the option."""
    record_property("round trip", f"{cls.kind} {option.name}")
    round_trip = ROUNDS[cls.kind]
    if cls.kind in UNKNOWN:
        pytest.skip(f"this kernel: {UNKNOWN[cls.kind]}")

    options = dict(round_trip.needed)
    options |= round_trip.requires.get(option.name, {})
    options[option.name] = value
    built = cls(**options)

    add_base_links(sandbox_session, round_trip)
    try:
        shown = build_kind(sandbox_session, built)
    except NotSupported as error:
        if "Unknown device type" in error.reason:
            UNKNOWN[cls.kind] = error.reason
        pytest.skip(f"this kernel: {error.reason}")
    except CommandError as error:
        pytest.skip(f"this kernel or iproute2 refuses: {error.reason}")

    record_property("built", True)
    shown_value = getattr(shown, option.name)
    if shown_value is None:
        skip_hidden_option(option, value, round_trip=round_trip)

    record_property("read back", shown_value is not None)

    assert value == shown_value
    assert {} == shown.extra
    record_property("equal", True)

    rebuilt = rebuild(sandbox_session, shown, attrs.asdict(built, recurse=False))

    assert settable_options(shown) == settable_options(rebuilt)


def skip_hidden_option(option: Option, value: Any, *, round_trip: Round) -> None:
    """Skip a missing option if a reason is known."""
    if option.since:
        pytest.skip(f"not shown by this iproute2 or kernel: the option came with {option.since}")

    if option.name in round_trip.shown_since:
        release = round_trip.shown_since[option.name]
        pytest.skip(f"this iproute2 does not show the option: {release} does")

    if option.name in round_trip.shown_to_root:
        pytest.skip("the kernel shows the option to root of the machine only, and to no sandbox")

    if option.name in round_trip.config:
        pytest.skip(f"this kernel: it has no {round_trip.config[option.name]}")

    if value is False and isinstance(option.codec, NoPrefixFlag):
        pytest.skip("iproute2 before 6.4 shows only flags that are set")


def rebuild(session: Session, shown: LinkKind, built_options: dict[str, Any]) -> LinkKind:
    """Rebuild a link from shown and hidden options, and return the newly shown options."""
    delete_links(session, list_names(session, "/sys/class/net"))
    add_base_links(session, ROUNDS[shown.kind])

    hidden_options: dict[str, Any] = {}
    for option in options_of(type(shown)):
        if getattr(shown, option.name) is None:
            hidden_options[option.name] = built_options.get(option.name)

    return build_kind(session, attrs.evolve(shown, **hidden_options))


def settable_options(kind: LinkKind) -> dict[str, Any]:
    """Return the settable options of a kind."""
    return {
        option.name: getattr(kind, option.name)
        for option in options_of(type(kind))
        if option.keyword
    }


OPTION_SETS = [
    pytest.param(cls, options, id=" ".join((kind, *cls(**options).to_args())))
    for kind, cls in KINDS.items()
    for options in minimal_options(kind)
]


@pytest.mark.parametrize(("cls", "options"), OPTION_SETS)
def test_kind_that_was_shown_can_be_built_again(
    sandbox_session: Session,
    cls: type[LinkKind],
    options: dict[str, Any],
) -> None:
    """A link or port with the shown options is shown with the same options."""
    if cls.kind in UNKNOWN:
        pytest.skip(f"this kernel: {UNKNOWN[cls.kind]}")

    add_base_links(sandbox_session, ROUNDS[cls.kind])
    try:
        first = build_kind(sandbox_session, cls(**options))
    except CommandError as error:
        pytest.skip(f"this kernel or iproute2 refuses: {error.reason}")

    assert settable_options(first) == settable_options(rebuild(sandbox_session, first, options))


@pytest.mark.parametrize(
    "kind", sorted(kind for kind, round_trip in ROUNDS.items() if round_trip.master)
)
def test_port_is_shown_as_port(sandbox_session: Session, kind: str) -> None:
    """A link with a master is shown as a port of the kind, without unknown keys."""
    add_base_links(sandbox_session, ROUNDS[kind])
    try:
        shown = build_kind(sandbox_session, KINDS[kind]())
    except CommandError as error:
        pytest.skip(f"this kernel: {error.reason}")

    assert (KINDS[kind], {}) == (type(shown), shown.extra)
