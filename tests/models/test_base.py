"""Models and JSON: nulls, renamed keys, inner objects and unknown keys, in both directions."""

import contextlib
import gc
import json
from collections.abc import Iterator
from typing import Any

import pytest
from attrs import field
from hypothesis import given
from hypothesis import strategies as st

from ipwrap.errors import OutputError
from ipwrap.jsonio.reader import MAX_DEPTH
from ipwrap.models import NOUNS, dump, dump_all, load, read
from ipwrap.models.base import CHUNK_OBJECTS, json_key, nested, null_means, schema_of
from ipwrap.models.declaration import model
from tests.strategies import JSON


@model(kw_only=True)
class Leaf:
    """An inner object."""

    name: str | None = None
    extra: dict[str, Any] = field(factory=dict)


@model(kw_only=True)
class Plain:
    """A model without special fields."""

    number: int | None = None
    extra: dict[str, Any] = field(factory=dict)


@model(kw_only=True)
class Tree:
    """A model with every kind of field."""

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
            Tree(ifname="a", leaves=(Leaf(name="x"),)),  # iproute2 prints {} for filtered objects
        ),
        ({"ifname": "a", "flags": [], "new": None}, Tree(ifname="a", extra={"new": None})),
        (
            {"ifname": "a", "flags": [], "new": {"x": [1]}},
            Tree(ifname="a", extra={"new": {"x": [1]}}),
        ),
        ({"ifname": "a", "flags": [], "extra": 1}, Tree(ifname="a", extra={"extra": 1})),
        ({"ifname": "a", "flags": [], "odd_key": 1}, Tree(ifname="a", extra={"odd_key": 1})),
        (
            {"ifname": "a", "flags": [], "odd-key": 3, "odd_key": 1},
            Tree(ifname="a", odd_key=3, extra={"odd_key": 1}),
        ),
    ],
)
def test_json_becomes_a_model(data: dict[str, Any], model: Tree) -> None:
    """Keys become fields, nulls their meanings, inner objects models; unknown keys are kept."""
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
def test_json_is_preserved(data: dict[str, Any]) -> None:
    """`dump_all` restores nulls, JSON keys and unknown keys."""
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


@given(data=st.lists(TREES, max_size=4), indent=st.sampled_from([None, 1]))
def test_read_and_load_agree(data: list[dict[str, Any]], indent: int | None) -> None:
    """The fast path of `read` and the slow path of `load` return the same models."""
    assert load(Tree, data) == read(Tree, json.dumps(data, indent=indent))


@pytest.mark.parametrize("text", ["", " \n", "[]"])
def test_empty_text_has_no_objects(text: str) -> None:
    """`ip -j netns list` prints nothing without /run/netns."""
    assert [] == read(Tree, text)


@pytest.mark.parametrize(
    ("text", "message"),
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
def test_error_in_a_text_has_its_position(text: str, message: str) -> None:
    """The fast path leaves error messages to the slow path, which has the position."""
    with pytest.raises(OutputError, match=message):
        read(Tree, text)


def test_undecodable_bytes_are_kept() -> None:
    """A name that is not UTF-8 is read with the surrogate escapes of Python."""
    text = '[{"ifname": "\udcff", "new": "a\x01"}]'

    assert [Tree(ifname="\udcff", extra={"new": "a\x01"})] == read(Tree, text)


def test_absent_values_are_not_written() -> None:
    """A field with None, and an empty name, have no key in the JSON."""
    assert {"flags": []} == dump(Tree())


def test_dump_all_takes_a_function() -> None:
    """`dump_all` converts objects with the given function."""
    assert [{"name": "a"}] == dump_all([Tree(ifname="a")], lambda model: {"name": model.ifname})


def test_empty_objects_are_dropped() -> None:
    """iproute2 prints `{}` for every link that a filter excludes."""
    assert [Plain(number=1)] == load(Plain, [{}, {"number": 1}, {}])


@pytest.mark.parametrize(
    ("data", "type_name"), [({}, "dict"), ("x", "str"), (None, "NoneType"), (3, "int")]
)
def test_document_without_a_list_is_refused(data: object, type_name: str) -> None:
    """The message has the expected and the actual type."""
    message = f"^expected a list of Plain, got {type_name}: at `\\$`; there it reads "

    with pytest.raises(OutputError, match=message):
        load(Plain, data)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ([{"number": "x"}], r"Expected `int \| null`, got `str` - at `\$\[0\].number`"),
        ([{"number": 1}, {"number": []}], r"at `\$\[1\].number`"),
        (["x"], r"Expected `object`, got `str` - at `\$\[0\]`"),
        ([[1]], r"Expected `object`, got `array` - at `\$\[0\]`"),
    ],
)
def test_value_of_the_wrong_type_is_refused_with_its_path(data: object, problem: str) -> None:
    """The message has the path of the wrong value."""
    with pytest.raises(OutputError, match=f"^not what `Plain` should look like: .*{problem}"):
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
def test_unknown_keys_are_preserved(cls: type, data: dict[str, Any]) -> None:
    """Keys of a newer iproute2 are in the JSON that `dump_all` returns."""
    fields = schema_of(cls).fields
    unknown = {key: value for key, value in data.items() if key not in fields}

    models: list[Any] = load(cls, [unknown])

    expected = [unknown] if unknown else []  # empty objects are dropped
    assert expected == dump_all(models)


@pytest.mark.parametrize("noun", sorted(NOUNS))
@given(extra=st.dictionaries(st.sampled_from(["new", "odd-new", "extra"]), JSON, min_size=1))
def test_every_model_keeps_unknown_keys(noun: str, extra: dict[str, Any]) -> None:
    """Every model has unknown keys in ``extra``."""
    models: list[Any] = load(NOUNS[noun], [extra])

    assert extra == models[0].extra


@pytest.fixture
def _collection_restored() -> Iterator[None]:
    """Enable garbage collection again after a test."""
    yield
    gc.enable()


@pytest.mark.usefixtures("_collection_restored")
@pytest.mark.parametrize("is_enabled", [True, False])
@pytest.mark.parametrize("text", ['[{"number": 1}]', '[{"number": "x"}]', "[{"])
def test_garbage_collection_is_as_before(is_enabled: bool, text: str) -> None:
    """After a text and after an error, collection is enabled exactly if the caller had it so."""
    if not is_enabled:
        gc.disable()

    with contextlib.suppress(OutputError):
        read(Plain, text)

    assert is_enabled is gc.isenabled()


class Observed:
    """A class whose text without JSON says whether garbage is collected while it is read."""

    @staticmethod
    def from_text(_: str) -> list[bool]:
        """Return whether collection is enabled."""
        return [gc.isenabled()]


def test_garbage_collection_waits_for_the_text() -> None:
    """No collection walks the objects that are being made."""
    models: list[Any] = read(Observed, "text")
    assert [False] == models


PREPARED = [
    {"number": 1, "new": 2},
    {"ifname": "a", "router": None},
    {"leaf": {"name": "a", "new": [{}]}},
    {"ifname": "[", "flags": ["{"], "odd-key": 3},
    {"ifname": "a", "extra": {"x": 1}},
    {"ifname": "a", "from_": "x"},
]


@pytest.mark.parametrize("odd", PREPARED)
@pytest.mark.parametrize("position", [0, CHUNK_OBJECTS - 1, CHUNK_OBJECTS, 2 * CHUNK_OBJECTS + 2])
def test_object_that_needs_preparation_is_read_in_its_place(
    odd: dict[str, Any], position: int
) -> None:
    """A large text with one odd object has the models that `load` makes, in order."""
    data: list[dict[str, Any]] = [
        {"ifname": f"link{number}", "number": number} for number in range(2 * CHUNK_OBJECTS + 2)
    ]
    data.insert(position, odd)

    assert load(Tree, data) == read(Tree, json.dumps(data))


def test_error_in_a_late_chunk_has_its_index() -> None:
    """The path of a wrong value counts from the first object of the text."""
    data: list[dict[str, Any]] = [{"number": number} for number in range(CHUNK_OBJECTS + 3)]
    data[-1]["number"] = "x"

    with pytest.raises(OutputError, match=rf"at `\$\[{CHUNK_OBJECTS + 2}\].number`; .* '\"x\"'"):
        read(Plain, json.dumps(data))


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
@pytest.mark.parametrize(
    "data", [[{"leaf": {}}, {"number": 1}], [{"leaf": {}, "leaves": [{}, {"name": "a"}]}, {}]]
)
def test_empty_object_is_dropped_from_lists_only(
    data: list[dict[str, Any]], separators: tuple[str, str]
) -> None:
    """`{}` after a key is an object without values; in a list iproute2 has filtered an object."""
    models = read(Tree, json.dumps(data, separators=separators))

    assert load(Tree, data) == models
    assert Leaf() == models[0].leaf


def test_wrong_value_of_a_renamed_key_is_shown() -> None:
    """The path has the key as the text has it, also the key with a dot."""
    with pytest.raises(OutputError, match=r"at `\$\[0\].odd-key`; there it reads '\"x\"'"):
        read(Tree, '[{"odd-key": "x"}]')

    with pytest.raises(OutputError, match=r"at `\$\[0\].802.3ad.name`; there it reads '5'"):
        read(Tree, '[{"802.3ad": {"name": 5}}]')


@pytest.mark.parametrize("excess", [0, 1])
@pytest.mark.parametrize("padding", ["", "x" * 1000])
def test_depth_is_limited(excess: int, padding: str) -> None:
    """A value may be nested `MAX_DEPTH` deep, the list of objects included, however short."""
    levels = MAX_DEPTH - 2 + excess
    text = f'[{{"ifname":"{padding}","new":{"[" * levels}{"]" * levels}}}]'

    if excess:
        with pytest.raises(OutputError, match="nested more than 100 deep"):
            read(Tree, text)
    else:
        assert [padding] == [tree.ifname for tree in read(Tree, text)]
