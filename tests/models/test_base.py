"""A model holds what JSON says, with nulls, odd keys, inner objects and what is unknown, and gives it back."""

import json
from typing import Any

import pytest
from attrs import field, frozen
from hypothesis import given
from hypothesis import strategies as st

from ipwrap.errors import OutputError
from ipwrap.models import NOUNS, dump, dump_all, load, read
from ipwrap.models.base import json_key, nested, null_means, schema_of
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
    router: bool | None = null_means()
    link: str | None = null_means("NONE")
    odd_key: int | None = json_key("odd-key")
    from_: str | None = json_key("from")
    leaf: Leaf | None = nested(Leaf)
    leaves: tuple[Leaf, ...] | None = nested(Leaf)
    odd_leaf: Leaf | None = nested(Leaf, key="802.3ad")
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
        (
            {"ifname": "a", "flags": [], "leaf": {"name": "x"}},
            Tree(ifname="a", leaf=Leaf(name="x")),
        ),
        (
            {"ifname": "a", "flags": [], "802.3ad": {"x": 1}},
            Tree(ifname="a", odd_leaf=Leaf(extra={"x": 1})),
        ),
        (
            {"ifname": "a", "flags": [], "leaf": {"new": 1}},
            Tree(ifname="a", leaf=Leaf(extra={"new": 1})),
        ),
        ({"ifname": "a", "flags": [], "leaves": []}, Tree(ifname="a", leaves=())),
        (
            {"ifname": "a", "flags": [], "leaves": [{"name": "x"}, {}]},
            Tree(ifname="a", leaves=(Leaf(name="x"),)),  # {} stands for what a filter left out
        ),
        ({"ifname": "a", "flags": [], "new": None}, Tree(ifname="a", extra={"new": None})),
        (
            {"ifname": "a", "flags": [], "new": {"x": [1]}},
            Tree(ifname="a", extra={"new": {"x": [1]}}),
        ),
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
        {
            "ifname": "a",
            "flags": [],
            "leaf": {"name": "x", "new": 2},
            "leaves": [{"name": "y"}],
            "new": None,
        },
        {"ifname": "a", "flags": [], "router": False},
        {"ifname": "a", "flags": [], "extra": {"extra": 1}},
    ],
)
def test_a_model_becomes_the_json_that_it_was(data: dict[str, Any]) -> None:
    """A null is a null again, an odd key odd, and what is unknown in its place."""
    assert [data] == dump_all(load(Tree, [data]))


LEAVES = st.dictionaries(st.sampled_from(["name", "new"]), st.sampled_from(["x", None]))
TREES = st.fixed_dictionaries(
    {},
    optional={
        "ifname": st.text(max_size=3),
        "number": st.sampled_from([0, None, 2**40]),
        "flags": st.lists(st.sampled_from(["UP", "é"]), max_size=2),
        "router": st.sampled_from([True, False, None]),
        "link": st.sampled_from(["b", None]),
        "odd-key": st.integers(0, 3),
        "odd_key": st.integers(0, 3),
        "from": st.just("x"),
        "leaf": LEAVES | st.none(),
        "leaves": st.lists(LEAVES, max_size=3),
        "extra": JSON,
        "new": JSON,
    },
)


@given(data=st.lists(TREES, max_size=4), space=st.sampled_from([None, 1]))
def test_a_text_becomes_the_models_that_its_objects_become(
    data: list[dict[str, Any]], space: int | None
) -> None:
    """The fast way and the slow one agree, whatever needs preparing."""
    assert load(Tree, data) == read(Tree, json.dumps(data, indent=space))


@pytest.mark.parametrize("text", ["", " \n", "[]"])
def test_no_text_is_no_object(text: str) -> None:
    """`ip -j netns list` prints nothing where there is no /run/netns."""
    assert [] == read(Tree, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[{"number": 1}, {"number": "x"}]',
            r"Expected `int \| null`, got `str` - at `\$\[1\].number`",
        ),
        ('[{"new": 1}, {"new": 2, "number": "x"}]', r"at `\$\[1\].number`"),
        ('[{"leaf": {"name": 3}}]', r"at `\$\[0\].leaf.name`"),
        ('{"number": 1}', "^expected a list of Tree, got dict"),
        ('[{"number": 1}', "^not JSON at line 1, column 15"),
    ],
)
def test_what_is_wrong_in_a_text_is_said_with_its_place(text: str, said: str) -> None:
    """The message is that of the slow way, whichever noticed."""
    with pytest.raises(OutputError, match=said):
        read(Tree, text)


def test_bytes_that_are_no_text_survive() -> None:
    """A name that is not UTF-8 is read as what Python makes of such bytes."""
    assert [Tree(ifname="\udcff", extra={"new": "a\x01"})] == read(
        Tree, '[{"ifname": "\udcff", "new": "a\x01"}]'
    )


def test_what_was_not_said_is_not_written() -> None:
    """A field that is None, or a name that is empty, leaves no key."""
    assert {"flags": []} == dump(Tree())


def test_several_are_written_as_one_likes() -> None:
    """Another function may write each object."""
    assert [{"name": "a"}] == dump_all([Tree(ifname="a")], lambda model: {"name": model.ifname})


def test_empty_objects_are_dropped() -> None:
    """iproute2 prints `{}` for each link that a filter leaves out."""
    assert [Plain(number=1)] == load(Plain, [{}, {"number": 1}, {}])


@pytest.mark.parametrize(
    ("data", "said"), [({}, "dict"), ("x", "str"), (None, "NoneType"), (3, "int")]
)
def test_what_is_no_list_is_refused(data: object, said: str) -> None:
    """The message says what was expected and what came."""
    with pytest.raises(
        OutputError, match=f"^expected a list of Plain, got {said}: at `\\$`; there it reads "
    ):
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
        st.text(max_size=8).filter(
            lambda key: key not in ("number", "ifname", "flags", "leaf", "leaves")
        ),
        JSON,
        min_size=1,
    )
)
@pytest.mark.parametrize("cls", [Plain, Leaf])
def test_whatever_is_unknown_survives(cls: type, data: dict[str, Any]) -> None:
    """Keys that a newer iproute2 prints are there again."""
    known = {key: value for key, value in data.items() if key not in schema_of(cls).fields}
    assert [known] * bool(known) == dump_all(load(cls, [known]))


@pytest.mark.parametrize("noun", sorted(NOUNS))
@given(extra=st.dictionaries(st.sampled_from(["new", "odd-new", "extra"]), JSON, min_size=1))
def test_every_model_keeps_what_is_unknown(noun: str, extra: dict[str, Any]) -> None:
    """No object of any noun loses a key."""
    models: list[Any] = load(NOUNS[noun], [extra])
    assert extra == models[0].extra
