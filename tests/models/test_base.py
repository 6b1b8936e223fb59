"""A model holds what JSON says, with nulls, odd keys, inner objects and what is unknown, and gives it back."""

from typing import Any

import pytest
from attrs import field, frozen
from hypothesis import given
from hypothesis import strategies as st

from ipwrap.errors import OutputError
from ipwrap.models import NOUNS, dump, dump_all, load
from ipwrap.models.base import nested, null, renamed, shape
from tests.strategies import JSON


@frozen(kw_only=True)
class Leaf:
    """An inner object."""

    name: str | None = None
    extra: dict[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class Plain:
    """A model without anything special."""

    number: int | None = None
    extra: dict[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class Tree:
    """A model with everything special."""

    ifname: str = ""
    number: int | None = None
    flags: tuple[str, ...] = ()
    router: bool | None = null()
    link: str | None = null("NONE")
    odd_key: int | None = renamed("odd-key")
    from_: str | None = renamed("from")
    leaf: Leaf | None = nested(Leaf)
    leaves: tuple[Leaf, ...] | None = nested(Leaf)
    extra: dict[str, Any] = field(factory=dict)


@pytest.mark.parametrize(
    ("data", "model"),
    [
        ({"ifname": "a", "number": 0, "flags": ["UP"]}, Tree(ifname="a", number=0, flags=("UP",))),
        ({"ifname": "a", "flags": [], "router": None}, Tree(ifname="a", router=True)),
        ({"ifname": "a", "flags": [], "router": True}, Tree(ifname="a", router=True)),
        ({"ifname": "a", "flags": [], "router": False}, Tree(ifname="a", router=False)),
        ({"ifname": "a", "flags": [], "link": None}, Tree(ifname="a", link="NONE")),
        ({"ifname": "a", "flags": [], "link": "b"}, Tree(ifname="a", link="b")),
        ({"ifname": "a", "flags": [], "odd-key": 3}, Tree(ifname="a", odd_key=3)),
        ({"ifname": "a", "flags": [], "from": "x"}, Tree(ifname="a", from_="x")),
        ({"ifname": "a", "flags": [], "leaf": {"name": "x"}}, Tree(ifname="a", leaf=Leaf(name="x"))),
        ({"ifname": "a", "flags": [], "leaf": {"new": 1}}, Tree(ifname="a", leaf=Leaf(extra={"new": 1}))),
        ({"ifname": "a", "flags": [], "leaves": []}, Tree(ifname="a", leaves=())),
        (
            {"ifname": "a", "flags": [], "leaves": [{"name": "x"}, {}]},
            Tree(ifname="a", leaves=(Leaf(name="x"),)),  # {} stands for what a filter left out
        ),
        ({"ifname": "a", "flags": [], "new": None}, Tree(ifname="a", extra={"new": None})),
        ({"ifname": "a", "flags": [], "new": {"x": [1]}}, Tree(ifname="a", extra={"new": {"x": [1]}})),
        ({"ifname": "a", "flags": [], "extra": 1}, Tree(ifname="a", extra={"extra": 1})),
        ({"ifname": "a", "flags": [], "odd_key": 1}, Tree(ifname="a", extra={"odd_key": 1})),
    ],
)
def test_json_becomes_a_model(data: dict[str, Any], model: Tree) -> None:
    """Keys become fields; a null is what it means; an inner object is a model; what is unknown is kept."""
    assert [model] == load(Tree, [data])


@pytest.mark.parametrize(
    "data",
    [
        {"ifname": "a", "number": 0, "flags": ["UP"]},
        {"ifname": "a", "flags": [], "router": None, "link": None, "odd-key": 1, "from": "x"},
        {"ifname": "a", "flags": [], "leaf": {"name": "x", "new": 2}, "leaves": [{"name": "y"}], "new": None},
        {"ifname": "a", "flags": [], "router": False},
        {"ifname": "a", "flags": [], "extra": {"extra": 1}},
    ],
)
def test_a_model_becomes_the_json_that_it_was(data: dict[str, Any]) -> None:
    """A null is a null again, an odd key odd, and what is unknown in its place."""
    assert [data] == dump_all(load(Tree, [data]))


def test_what_was_not_said_is_not_written() -> None:
    """A field that is None, or a name that is empty, leaves no key."""
    assert {"flags": []} == dump(Tree())


def test_several_are_written_as_one_likes() -> None:
    """Another function may write each object."""
    assert [{"name": "a"}] == dump_all([Tree(ifname="a")], lambda model: {"name": model.ifname})


def test_empty_objects_are_dropped() -> None:
    """iproute2 prints `{}` for each link that a filter leaves out."""
    assert [Plain(number=1)] == load(Plain, [{}, {"number": 1}, {}])


@pytest.mark.parametrize(("data", "said"), [({}, "dict"), ("x", "str"), (None, "NoneType"), (3, "int")])
def test_what_is_no_list_is_refused(data: object, said: str) -> None:
    """The message says what was expected and what came."""
    with pytest.raises(OutputError, match=f"^expected a list of Plain, got {said}: "):
        load(Plain, data)


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ([{"number": "x"}], r"Expected `int \| null`, got `str` - at `\$\[0\].number`"),
        ([{"number": 1}, {"number": []}], r"at `\$\[1\].number`"),
        (["x"], r"Expected `object`, got `str` - at `\$\[0\]`"),
        ([[1]], r"Expected `object`, got `array` - at `\$\[0\]`"),
    ],
)
def test_a_value_of_another_type_is_refused_with_its_path(data: object, where: str) -> None:
    """The message says which value of which object."""
    with pytest.raises(OutputError, match=f"^not what `Plain` should look like: .*{where}"):
        load(Plain, data)


@given(
    data=st.dictionaries(
        st.text(max_size=8).filter(lambda key: key not in ("number", "ifname", "flags", "leaf", "leaves")),
        JSON,
        min_size=1,
    )
)
@pytest.mark.parametrize("cls", [Plain, Leaf])
def test_whatever_is_unknown_survives(cls: type, data: dict[str, Any]) -> None:
    """Keys that a newer iproute2 prints are there again."""
    known = {key: value for key, value in data.items() if key not in shape(cls).fields}
    assert [known] * bool(known) == dump_all(load(cls, [known]))


@pytest.mark.parametrize("noun", sorted(NOUNS))
@given(extra=st.dictionaries(st.sampled_from(["new", "odd-new", "extra"]), JSON, min_size=1))
def test_every_model_keeps_what_is_unknown(noun: str, extra: dict[str, Any]) -> None:
    """No object of any noun loses a key."""
    models: list[Any] = load(NOUNS[noun], [extra])
    assert extra == models[0].extra
