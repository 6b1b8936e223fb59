"""Malformed output gives models or an `OutputError` with the position and the text of the error."""

import json
import re
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import attrs
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from ipwrap.cli.group import cli
from ipwrap.errors import OutputError
from ipwrap.jsonio import reader
from ipwrap.models import NOUNS, dump, dump_all, parse
from ipwrap.models.unknown_keys import unknown_keys
from ipwrap.views import table
from tests.models.test_captures import class_of, objects_of, readable

POSITION = re.compile(r"line \d+|at `\$[^`]*`")
DEEP = 20_000

# Texts that no release prints: broken pipes, bugs, attacks.
TEXTS = (
    *(
        "[",
        "]",
        "{",
        "}",
        "{}",
        "null",
        "true",
        "1",
        '"x"',
        "x",
        "[1]",
        "[null]",
        "[[]]",
        "[true]",
        '["x"]',
    ),
    *(
        "[{},null,1]",
        "[{}",
        "[{}]]",
        "[{},]",
        "[{} {}]",
        '[{"a":1}{"b":2}]',
        '[{"a"}]',
        '[{"a":}]',
        '{"a":1}',
        "[}",
    ),
    *(
        "\x00",
        "[\x00]",
        '[{"\x00":"\x00"}]',
        "\ufeff[]",
        "\ufeff",
        '[{"a":"\ud800"}]',
        '[{"a":"\\ud800"}]',
        "\udcff",
    ),
    *(
        "NaN",
        "[NaN]",
        "[-Infinity]",
        '[{"a":NaN}]',
        "[1e999]",
        '[{"a":1e999}]',
        '[{"mtu":1e999}]',
        "[01]",
        "[.5]",
    ),
    *(
        "9" * 5000,
        "[" + "9" * 5000 + "]",
        '[{"mtu":' + "9" * 5000 + "}]",
        '[{"a":' + "9" * 4000 + "}]",
    ),
    *(
        "[" * DEEP,
        "[" * DEEP + "]" * DEEP,
        '[{"a":' * DEEP,
        '[{"a":' * DEEP + "1" + "}]" * DEEP,
        '{"a":' * DEEP,
    ),
    *('[{"a":' + "[" * depth + "]" * depth + "}]" for depth in (90, 101, 300, 600, 990, 1500)),
    *(
        '[{"a":' + '{"a":' * depth + "1" + "}" * depth + "}]"
        for depth in (90, 101, 300, 600, 990, 1500)
    ),
    *(
        '[{"options":' + '{"a": ' * depth + "1 " + "} " * depth + "}]"
        for depth in (90, 101, 300, 600, 990)
    ),
    *(
        '[{"linkinfo":{"info_kind":"vlan","info_data":' + "[" * depth + "]" * depth + "}}]"
        for depth in (90, 101, 600)
    ),
    *(
        '"' * 5000,
        "[" + '"\\' * 5000,
        "[" + "1 " * 5000,
        '[{"a":1}' * 5000,
        "\\" * 5000,
        "[" + "{}," * 5000,
    ),
    *(
        "Usage: ip link",
        "Cannot find device",
        "class",
        "class ",
        "class htb",
        "class htb 1:1 rate",
        '["mdb":[',
    ),
    *(
        "class htb 1:1 rate x",
        "class htb 1:1 prio \ud800",
        "class htb 1:1 burst 9999999999999999999999z",
        "class x y z",
    ),
    *(
        '[{"options":{fh}}]',
        '[{"options":{rate }}]',
        '[{"kind":"tbf","options":{rate}}]',
        '[{"kind":[],"options":{a}}]',
    ),
    *(
        '[{"kind":"u32","options":{match}}]',
        '[{"kind":"u32","options":{order x}}]',
        '[{"kind":"tbf","options":{lat 1}}]',
    ),
    *(
        '[{"ifname":"a","ifname":1}]',
        '[{"match":1,"match":2}]',
        '[{"extra":1}]',
        '[{"":1}]',
        '[{"__class__":1}]',
    ),
)

# Values of wrong types and sizes, to replace valid values.
VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        2**63,
        10**400,
        1.5,
        -0.0,
        1e308,
        "",
        "0xzz",
        "zz",
        "x" * 300,
        "\x00",
        "\ud800",
    ),
    *(
        [],
        [1],
        [None],
        [[]],
        [{}],
        ["x", 1],
        {},
        {"": None},
        {"a": 1},
        "1e999",
        "-",
        "0x",
        "9" * 5000,
        "10Zb/0",
        "/",
    ),
)
STRIDE = 6

# What may stand around objects, and between them.
CONTAINERS = ("[{0},{0}]", "{0}", "{0}\n{0}\n", "[{0}]\n[{0}]\n", "$ ip -j x\n[{0},\n{0}]\n$ ")

TC_OUTPUTS = Path(__file__).parents[1] / "cases" / "tc.json"
OBJECTS = Path(__file__).parents[1] / "cases" / "nouns.json"
NOUN_OF = {cls: noun for noun, cls in NOUNS.items()}


def check_reading(noun: str, text: str, *, is_partial: bool = False) -> None:
    """Read a text; fail for an error without a position or without an excerpt."""
    error = reading_error(noun, text, is_partial=is_partial)

    assert error is None or POSITION.search(error), f"no position: {error}"
    assert error is None or "there it reads " in error, f"no excerpt: {error}"


def reading_error(noun: str, text: str, *, is_partial: bool) -> str | None:
    """Read a text with every derived output; return the message of an `OutputError`, or None."""
    try:
        models: list[Any] = parse(noun, text, partial=is_partial)
        for model in models:
            read_properties(model)
        repr(models)
        reader.encode(dump_all(models))
        reader.encode(dump_all(models, partial(dump, typed=True)))
        table.format_object_table(noun, models)
        table.format_csv(models, noun=noun)
        unknown_keys(models)
    except OutputError as error:
        return str(error)
    return None


def read_properties(model: Any) -> None:
    """Compute the properties of a model, which convert options when they are read."""
    for name, attribute in vars(type(model)).items():
        if isinstance(attribute, property):
            repr(getattr(model, name))


@cache
def samples() -> list[tuple[str, dict[str, Any]]]:
    """Return the longest captured object of every object type and kind, with the type."""
    longest: dict[tuple[Any, ...], dict[str, Any]] = {}

    for name in readable():
        noun = NOUN_OF[class_of(name)]
        for data in objects_of(name):
            key = (noun, *kinds_of(data))
            old_length = len(json.dumps(longest.get(key, {})))
            if len(json.dumps(data)) > old_length:
                longest[key] = data

    outputs = json.loads(TC_OUTPUTS.read_text())
    for command, text in outputs["6.15"].items():
        command_object = command.split(" show")[0]
        noun = command_object.split()[-1]
        for data in json.loads(text):
            longest[f"tc {noun}", data.get("kind"), data.get("pref")] = data

    for noun, objects in json.loads(OBJECTS.read_text()).items():
        for number, data in enumerate(objects):
            longest[noun, number] = data

    return [(str(key[0]), data) for key, data in longest.items()]


def kinds_of(data: dict[str, Any]) -> tuple[Any, ...]:
    """Return the values that determine the options of an object."""
    info = data.get("linkinfo", {})
    return (
        info.get("info_kind"),
        info.get("info_slave_kind"),
        data.get("kind"),
        data.get("class"),
    )


def paths_in(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of a value and of its inner values; of a list the first two."""
    yield path

    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths_in(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value[:2]):
            yield from paths_in(inner, (*path, index))


def replace_at(value: Any, path: tuple[Any, ...], *, replacement: Any) -> Any:
    """Return a copy of a value with a replacement at a path."""
    if not path:
        return replacement

    first, *rest = path
    inner = replace_at(value[first], tuple(rest), replacement=replacement)
    if isinstance(value, dict):
        return {**value, first: inner}
    return [*value[:first], inner, *value[first + 1 :]]


@pytest.mark.parametrize("noun", sorted(NOUNS))
@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_malformed_text_is_read_or_an_output_error(noun: str, text: str) -> None:
    """A malformed text raises no other exception, for every object."""
    check_reading(noun, text)


@pytest.mark.parametrize("noun", sorted(NOUNS))
def test_wrong_value_is_read_or_an_output_error(noun: str) -> None:
    """A wrong value at any path of a captured object raises no other exception."""
    captured = [data for sample_noun, data in samples() if sample_noun == noun]
    if not captured:
        pytest.skip("only empty lists were captured")

    for number, data in enumerate(captured):
        for place, path in enumerate(paths_in(data)):
            # Every path gets a part of the values, in turn: the full product takes too long.
            first = (number + place) % STRIDE
            for value in VALUES[first::STRIDE]:
                damaged = replace_at(data, path, replacement=value)
                check_reading(noun, json.dumps([damaged]))


def mutations(text: str) -> st.SearchStrategy[str]:
    """Return damaged variants of a text: cut off, replaced, doubled, or without a part."""
    places = st.integers(0, len(text))
    scraps = st.sampled_from(
        [*'{}[],:"\\\x00\n0-e.', "null", "NaN", "\ufeff", "\udcff", '"a":', "1e999", "'", "\\'", ""]
    )
    lengths = st.integers(0, 4)

    def cut_off(place: int) -> str:
        return text[:place]

    def replace_part(place: int, scrap: str, length: int) -> str:
        rest = text[place + length :]
        return text[:place] + scrap + rest

    def double_part(place: int, length: int) -> str:
        end = place + length
        part = text[place:end]
        return text[:place] + part + part + text[end:]

    def splice(end: int, start: int) -> str:
        return text[:end] + text[start:]

    return st.one_of(
        st.builds(cut_off, places),
        st.builds(replace_part, places, scraps, lengths),
        st.builds(double_part, places, lengths),
        st.builds(splice, places, places),
    )


@given(data=st.data())
def test_damaged_text_is_read_or_an_output_error(data: st.DataObject) -> None:
    """A damaged text of captured objects raises no other exception."""
    noun, sample = data.draw(st.sampled_from(samples()))
    text = data.draw(st.sampled_from(CONTAINERS)).format(json.dumps(sample, separators=(",", ":")))

    rounds = data.draw(st.integers(1, 3))
    for _ in range(rounds):
        text = data.draw(mutations(text))

    # Most texts are read as the captured object, the rest as any object.
    nouns = [noun, noun, noun, *sorted(NOUNS)]
    check_reading(data.draw(st.sampled_from(nouns)), text, is_partial=data.draw(st.booleans()))


@pytest.mark.parametrize(
    "arguments", [(), ("--unknown",), ("--format", "csv"), ("--format", "jsonl")]
)
@pytest.mark.parametrize(
    "text", ['[{"ifname":"a"', '[{"mtu":"x"}]', '[{"linkinfo":{"info_kind":"vlan","info_data":1}}]']
)
def test_command_line_reports_the_position(arguments: tuple[str, ...], text: str) -> None:
    """`ipwrap parse` exits with status 1 and prints the position, without a traceback."""
    result = CliRunner().invoke(cli, ["parse", *arguments, "link"], input=text)

    assert 1 == result.exit_code
    assert POSITION.search(result.output)
    assert "Traceback" not in result.output


def test_samples_cover_kinds_and_objects() -> None:
    """The samples have more than 30 kinds, and every object except those without captures."""
    infos = [data.get("linkinfo", {}) for _, data in samples()]
    kinds = {info["info_kind"] for info in infos if "info_kind" in info}
    without_captures = {
        "bridge mst",
        "bridge vlan",
        "link afstats",
        "mroute",
        "macsec",
        "netns list-id",
        "nexthop bucket",
        "vrf",
    }

    assert len(kinds) > 30
    assert without_captures >= NOUNS.keys() - {noun for noun, _ in samples()}
    assert all(attrs.has(cls) for cls in NOUNS.values())
