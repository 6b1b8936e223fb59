"""Properties of every kind of link, for random values of its own table."""

import shlex
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipwrap.command import Command
from ipwrap.errors import InvalidArgument
from ipwrap.kinds import KINDS, Kind, Veth, kind_from_json
from ipwrap.kinds.can import RecentFlag, TdcMode
from ipwrap.options.codecs import Codec, FlagListMember, PositionalChoice, ReadOnly
from ipwrap.options.table import Option, options_of
from tests.strategies import JSON, drop_ambiguous, in_json, option_values, printable

ALL: dict[str, type] = {**KINDS}


def printed(kind: type) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy of values for some fields of a kind that iproute2 can print.

    A list of flags determines every flag in the table.
    """
    flags = {}
    fields = {}
    for option in options_of(kind):
        if isinstance(option.codec, FlagListMember):
            flags[option.name] = printable(option.codec)
        elif option.json_key:
            fields[option.name] = printable(option.codec)

    return st.builds(
        lambda field_values, flag_values: drop_ambiguous(kind, {**field_values, **flag_values}),
        st.fixed_dictionaries({}, optional=fields),
        st.fixed_dictionaries(flags),
    )


def as_json(kind: type, values: dict[str, Any]) -> dict[str, Any]:
    """Return the `info_data` that iproute2 prints for the values."""
    data: dict[str, Any] = {}

    for option in options_of(kind):
        if option.name not in values:
            continue

        printed_option = in_json(option, values[option.name])
        for key, value in printed_option.items():
            data[key] = _merge(data.get(key), value, codec=option.codec)

    return data


def _merge(present: Any, added: Any, *, codec: Codec) -> Any:
    """Return the JSON of several options under one key: a list of flags, or an object (`encap`)."""
    if isinstance(codec, (FlagListMember, RecentFlag, TdcMode)):
        return [*(present or []), *added]
    if not isinstance(present, dict):
        return added

    merged = dict(present)
    for key, value in added.items():
        merged[key] = _merge(present.get(key), value, codec=codec)

    return merged


def _has_keyword(option: Option, arguments: tuple[str, ...]) -> bool:
    """Return whether the arguments begin with a keyword of the option."""
    if isinstance(option.codec, PositionalChoice):
        return arguments[0] in option.codec.choices
    return arguments[0] in (option.keyword, f"no{option.keyword}")


def _join_peers(arguments: list[str]) -> list[str]:
    """Return the arguments with only the first `peer`, as netkit joins its peer options."""
    joined: list[str] = []
    for argument in arguments:
        if argument != "peer" or "peer" not in joined:
            joined.append(argument)

    return joined


@pytest.mark.parametrize("name", sorted(ALL))
@given(data=st.data())
def test_every_option_is_written(name: str, data: st.DataObject) -> None:
    """Options are written in the order of the table, and begin with their keyword."""
    kind = ALL[name]
    values = data.draw(option_values(kind))

    separate: list[str] = []
    for option in options_of(kind):
        if option.name not in values:
            continue

        arguments = kind(**{option.name: values[option.name]}).to_args()
        assert _has_keyword(option, arguments)
        separate += arguments

    assert _join_peers(separate) == list(kind(**values).to_args())


@pytest.mark.parametrize("name", sorted(ALL))
@given(data=st.data())
def test_arguments_can_be_pasted(name: str, data: st.DataObject) -> None:
    """A shell splits the line into the same arguments."""
    kind = ALL[name]
    values = data.draw(option_values(kind))
    arguments = kind(**values).to_args()

    argv = ("ip", "link", "add", "name", "x", "type", name, *arguments)
    line = Command(argv).line

    assert list(argv) == shlex.split(line)


@pytest.mark.parametrize("name", sorted(ALL))
@given(data=st.data())
def test_printed_kind_is_read_as_the_same_kind(name: str, data: st.DataObject) -> None:
    """The JSON of a kind is read as the same values, and `extra` is empty."""
    kind = ALL[name]
    values = data.draw(printed(kind))

    info_data = as_json(kind, values)
    read = kind_from_json(name, info_data)

    assert kind(**values) == read


@pytest.mark.parametrize("name", sorted(ALL))
@given(data=st.data())
def test_read_kind_has_the_arguments_of_its_options(name: str, data: st.DataObject) -> None:
    """Read-only fields have no arguments."""
    kind = ALL[name]
    values = data.draw(printed(kind))

    settable = {}
    for option in options_of(kind):
        if not option.keyword or isinstance(option.codec, ReadOnly):
            continue
        if option.name in values:
            settable[option.name] = values[option.name]

    expected = kind(**settable)
    read = kind_from_json(name, as_json(kind, values))
    assert expected.to_args() == read.to_args()


@pytest.mark.parametrize("name", sorted(ALL))
@given(data=st.dictionaries(st.sampled_from(["new", "odd-new", "extra", "name"]), JSON))
def test_unknown_keys_are_kept(name: str, data: dict[str, Any]) -> None:
    """Keys of a newer iproute2 are in `extra`."""
    assert data == kind_from_json(name, data).extra


@pytest.mark.parametrize("name", sorted(ALL))
def test_kind_without_values_has_no_arguments(name: str) -> None:
    """Every option is optional, and None omits it."""
    assert () == ALL[name]().to_args()


@pytest.mark.parametrize("name", sorted(ALL))
def test_type_is_the_name_of_the_kind(name: str) -> None:
    """The argument after `type` is the key of the kind in `KINDS`."""
    assert name == ALL[name]().type


@pytest.mark.parametrize("name", sorted(ALL))
def test_docstring_names_the_source(name: str) -> None:
    """The docstring names the section of the manual and the file of iproute2."""
    doc = str(ALL[name].__doc__)

    assert "ip-link(8)" in doc
    assert "; ip/" in doc


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_option_is_typed(name: str) -> None:
    """The type of a field includes None, for an omitted option."""
    hints = get_type_hints(ALL[name])

    for option in options_of(ALL[name]):
        members = getattr(hints[option.name], "__args__", ())
        assert type(None) in members, option.name


def test_kinds_can_be_compared_and_hashed() -> None:
    """A kind is a value object."""
    assert {Veth(peer="a")} == {Veth(peer="a"), Veth(peer="a")}


def test_kind_without_a_table_accepts_any_option() -> None:
    """A kind unknown to ipwrap has the options that the user writes."""
    options = {
        "mode": "fast",
        "id": 7,
        "on": True,
        "range": (1, "9"),
        "omitted": None,
    }
    new = Kind("new", options)

    assert "new" == new.type
    assert ("mode", "fast", "id", "7", "on", "range", "1", "9") == new.to_args()


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (
            Kind("new", {"on": False}),
            "on: False has no word in a kind without a table; give .* 'noon'",
        ),
        (Kind("new", {"inner": {"x": 1}}), "inner: .* is a dict; give a str"),
        (Kind("new", {"": 1}), "option: an empty word"),
        (Kind("new", {"x": ""}), "x: an empty word"),
    ],
)
def test_invalid_option_without_a_table_is_refused(kind: Kind, message: str) -> None:
    """A kind without a table still checks that a value can be an argument."""
    with pytest.raises(InvalidArgument, match=message):
        kind.to_args()


def test_kind_without_a_table_is_read() -> None:
    """The JSON keys become the options."""
    assert Kind("new", {"option": "value"}) == kind_from_json("new", {"option": "value"})
