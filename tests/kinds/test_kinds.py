"""What every kind of link promises, tried with random values of its own table."""

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
from tests.strategies import JSON, drop_ambiguous, in_json, printable, said

ALL: dict[str, type] = {**KINDS}


def printed(kind: type) -> st.SearchStrategy[dict[str, Any]]:
    """Return values for some fields of a kind, such as iproute2 can show; of a list of flags, all are known."""
    rows = [row for row in options_of(kind) if row.json_key]
    members = {
        row.name: printable(row.codec) for row in rows if isinstance(row.codec, FlagListMember)
    }
    others = {row.name: printable(row.codec) for row in rows if row.name not in members}
    some = st.fixed_dictionaries({}, optional=others)
    return st.builds(
        lambda one, all_: drop_ambiguous(kind, {**one, **all_}),
        some,
        st.fixed_dictionaries(members),
    )


def as_json(kind: type, values: dict[str, Any]) -> dict[str, Any]:
    """Return the `info_data` that iproute2 would print for the values."""
    data: dict[str, Any] = {}
    for row in options_of(kind):
        for key, value in in_json(row, values[row.name]).items() if row.name in values else ():
            data[key] = _together(data.get(key), value, row.codec)
    return data


def _together(there: Any, new: Any, codec: Codec) -> Any:
    """Return what is printed under a key that several options share: a list of flags, or an object (`encap`)."""
    if isinstance(codec, (FlagListMember, RecentFlag, TdcMode)):
        return [*(there or []), *new]
    if not isinstance(there, dict):
        return new
    return {**there, **{key: _together(there.get(key), value, codec) for key, value in new.items()}}


def _begins(row: Option, words: tuple[str, ...]) -> bool:
    """Tell whether an option's words begin as they have to."""
    known = (
        row.codec.choices
        if isinstance(row.codec, PositionalChoice)
        else (row.keyword, f"no{row.keyword}")
    )
    return words[0] in known


def _one_peer(words: list[str]) -> list[str]:
    """Return the words of options one by one as they stand together: all of the other end after one `peer`."""
    return [
        word for place, word in enumerate(words) if word != "peer" or "peer" not in words[:place]
    ]


@pytest.mark.parametrize("name", sorted(ALL))
@given(data=st.data())
def test_words_are_text_and_none_is_lost(name: str, data: st.DataObject) -> None:
    """All that is said is written, in the order of the table, each option beginning with its own word."""
    values = data.draw(said(ALL[name]))
    words = ALL[name](**values).to_args()
    alone = [
        (row, ALL[name](**{row.name: values[row.name]}).to_args())
        for row in options_of(ALL[name])
        if row.name in values
    ]
    assert _one_peer([part for _, each in alone for part in each]) == list(words)
    assert all(_begins(row, each) for row, each in alone)


@pytest.mark.parametrize("name", sorted(ALL))
@given(data=st.data())
def test_words_can_be_pasted(name: str, data: st.DataObject) -> None:
    """Whatever the values, a shell reads the line as the words."""
    words = (
        "ip",
        "link",
        "add",
        "name",
        "x",
        "type",
        name,
        *ALL[name](**data.draw(said(ALL[name]))).to_args(),
    )
    assert list(words) == shlex.split(Command(words).line)


@pytest.mark.parametrize("name", sorted(ALL))
@given(data=st.data())
def test_what_is_printed_is_read_as_what_was_said(name: str, data: st.DataObject) -> None:
    """A kind, printed as iproute2 prints it, is read as the same kind, and nothing is left over."""
    values = data.draw(printed(ALL[name]))
    assert ALL[name](**values) == kind_from_json(name, as_json(ALL[name], values))


@pytest.mark.parametrize("name", sorted(ALL))
@given(data=st.data())
def test_what_was_read_can_be_built_again(name: str, data: st.DataObject) -> None:
    """Reading and writing gives the words of what can be set; what the kernel only reports is left out."""
    values = data.draw(printed(ALL[name]))
    settable = {
        row.name
        for row in options_of(ALL[name])
        if not isinstance(row.codec, ReadOnly) and row.keyword
    }
    expected = ALL[name](**{key: value for key, value in values.items() if key in settable})
    assert expected.to_args() == KINDS[name].from_json(as_json(ALL[name], values)).to_args()


@pytest.mark.parametrize("name", sorted(ALL))
@given(data=st.dictionaries(st.sampled_from(["new", "odd-new", "extra", "name"]), JSON))
def test_what_is_unknown_is_kept(name: str, data: dict[str, Any]) -> None:
    """Keys of a newer iproute2 are in `extra`."""
    assert data == kind_from_json(name, data).extra


@pytest.mark.parametrize("name", sorted(ALL))
def test_nothing_said_is_nothing_written(name: str) -> None:
    """Every option is optional, and None is not said."""
    assert () == ALL[name]().to_args()


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_kind_is_called_as_its_type(name: str) -> None:
    """The word after `type` is the kind's name."""
    assert name == ALL[name]().type


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_kind_names_its_source(name: str) -> None:
    """The docstring says where in iproute2, and where in the manual, to read more."""
    doc = str(ALL[name].__doc__)
    assert "ip-link(8)" in doc
    assert "; ip/" in doc


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_option_is_typed(name: str) -> None:
    """A field has a type, and None among it for what is not said."""
    hints = get_type_hints(ALL[name])
    assert [] == [
        row.name
        for row in options_of(ALL[name])
        if type(None) not in getattr(hints[row.name], "__args__", ())
    ]


def test_a_kind_can_be_compared_and_hashed() -> None:
    """A kind is a value."""
    assert {Veth(peer="a")} == {Veth(peer="a"), Veth(peer="a")}


def test_a_kind_without_a_table_takes_words() -> None:
    """What ipwrap does not know yet can be said as one types it."""
    new = Kind("new", {"mode": "fast", "id": 7, "on": True, "range": (1, "9"), "not-said": None})
    assert ("new", ("mode", "fast", "id", "7", "on", "range", "1", "9")) == (
        new.type,
        new.to_args(),
    )


@pytest.mark.parametrize(
    ("kind", "said"),
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
def test_what_is_no_word_is_refused(kind: Kind, said: str) -> None:
    """Also in a kind without a table."""
    with pytest.raises(InvalidArgument, match=said):
        kind.to_args()


def test_a_kind_without_a_table_comes_back_as_such() -> None:
    """What was shown of it is what would build it, where its words are its keys."""
    assert Kind("new", {"option": "value"}) == kind_from_json("new", {"option": "value"})
