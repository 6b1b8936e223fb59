"""Whatever is printed, either models come of it or an `OutputError`, which says where it is wrong and what is there."""

import json
import re
from collections.abc import Iterator
from functools import cache
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
from ipwrap.models import NOUNS, dump_all, parse
from ipwrap.models.unknown_keys import unknown_keys
from ipwrap.views import table
from tests.models.test_captures import class_of, objects_of, readable

PLACE = re.compile(r"line \d+|at `\$[^`]*`")
DEEP = 20_000

# What no release prints, and a broken pipe, a bug or a bad joke does.
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

# What may stand where something else should.
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


def touch(noun: str, text: str) -> None:
    """Read a text; look that what is wrong is said with its place, and shown."""
    error = wrong_with(noun, text)
    assert error is None or PLACE.search(error), f"no place: {error}"
    assert error is None or "there it reads " in error, f"nothing is shown: {error}"


def wrong_with(noun: str, text: str) -> str | None:
    """Read a text, and all that is computed when it is asked for; return what the error says, if there is one."""
    try:
        models: list[Any] = parse(noun, text)
        for model in models:
            repr(
                [
                    getattr(model, name)
                    for name, each in vars(type(model)).items()
                    if isinstance(each, property)
                ]
            )
        repr(models)
        reader.encode(dump_all(models))
        table.noun_table(noun, models)
        table.as_csv(models)
        unknown_keys(models)
    except OutputError as error:
        return str(error)
    return None


@cache
def samples() -> list[tuple[str, dict[str, Any]]]:
    """Return an object of each sort that was captured: of each noun and kind, the one with the most keys."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    nouns = {cls: noun for noun, cls in NOUNS.items()}
    for name in readable():
        for each in objects_of(name):
            noun = nouns[class_of(name)]
            info = each.get("linkinfo", {})
            sort = (
                noun,
                info.get("info_kind"),
                info.get("info_slave_kind"),
                each.get("kind"),
                each.get("class"),
            )
            if len(json.dumps(each)) > len(json.dumps(found.get(sort, {}))):
                found[sort] = each
    printed = json.loads((Path(__file__).parents[1] / "cases" / "tc.json").read_text())
    for command, text in printed["6.15"].items():
        for each in json.loads(text):
            found[
                (
                    " ".join(("tc", command.split(" show")[0].split()[-1])),
                    each.get("kind"),
                    each.get("pref"),
                )
            ] = each
    return [(str(sort[0]), each) for sort, each in found.items()]


def steps(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything in a value."""
    yield path
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value[:2])
        if isinstance(value, list)
        else ()
    )
    for key, each in inner:
        yield from steps(each, (*path, key))


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Return a value with another one at a path."""
    if not path:
        return new
    first, *rest = path
    if isinstance(value, dict):
        return {**value, first: put(value[first], tuple(rest), new)}
    return [put(each, tuple(rest), new) if n == first else each for n, each in enumerate(value)]


@pytest.mark.parametrize("noun", sorted(NOUNS))
@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_nonsense_is_an_output_error(noun: str, text: str) -> None:
    """Of every noun."""
    touch(noun, text)


@pytest.mark.parametrize("noun", sorted(NOUNS))
def test_any_value_may_stand_anywhere(noun: str) -> None:
    """In an object of each kind that was captured, in the place of each thing in it; by turns."""
    found = [each for name, each in samples() if name == noun]
    if not found:
        pytest.skip("nothing but empty lists was captured")
    for number, each in enumerate(found):
        for place, path in enumerate(steps(each)):
            for value in VALUES[(number + place) % STRIDE :: STRIDE]:
                touch(noun, json.dumps([put(each, path, value)]))


def mutations(text: str) -> st.SearchStrategy[str]:
    """Return texts that are nearly this one: cut off, something taken out, put in, doubled or replaced."""
    places = st.integers(0, len(text))
    scraps = st.sampled_from(
        [*'{}[],:"\\\x00\n0-e.', "null", "NaN", "\ufeff", "\udcff", '"a":', "1e999", "'", "\\'", ""]
    )
    lengths = st.integers(0, 4)
    return st.one_of(
        st.builds(lambda at: text[:at], places),
        st.builds(
            lambda at, scrap, gone: text[:at] + scrap + text[at + gone :], places, scraps, lengths
        ),
        st.builds(
            lambda at, gone: text[:at] + text[at : at + gone] * 2 + text[at + gone :],
            places,
            lengths,
        ),
        st.builds(lambda one, other: text[:one] + text[other:], places, places),
    )


@given(data=st.data())
def test_a_text_that_was_damaged_is_read_or_an_output_error(data: st.DataObject) -> None:
    """Whatever was cut off, left out, doubled or put in."""
    noun, each = data.draw(st.sampled_from(samples()))
    text = json.dumps([each, each], separators=(",", ":"))
    for _ in range(data.draw(st.integers(1, 3))):
        text = data.draw(mutations(text))
    touch(data.draw(st.sampled_from([noun, noun, noun, *sorted(NOUNS)])), text)


@pytest.mark.parametrize(
    "arguments", [(), ("--unknown",), ("--format", "csv"), ("--format", "jsonl")]
)
@pytest.mark.parametrize(
    "text", ['[{"ifname":"a"', '[{"mtu":"x"}]', '[{"linkinfo":{"info_kind":"vlan","info_data":1}}]']
)
def test_the_command_says_what_is_wrong(arguments: tuple[str, ...], text: str) -> None:
    """With the place, and no traceback."""
    done = CliRunner().invoke(cli, ["parse", *arguments, "link"], input=text)
    assert 1 == done.exit_code
    assert PLACE.search(done.output)
    assert "Traceback" not in done.output


def test_there_are_samples() -> None:
    """Of every kind that was captured, and every noun but those of which nothing was."""
    kinds = {
        each["linkinfo"]["info_kind"]
        for noun, each in samples()
        if "info_kind" in each.get("linkinfo", {})
    }
    assert len(kinds) > 30
    bare = {
        "bridge mst",
        "bridge vlan",
        "link afstats",
        "mroute",
        "macsec",
        "netns list-id",
        "nexthop bucket",
        "vrf",
    }
    assert bare >= NOUNS.keys() - {noun for noun, _ in samples()}
    assert all(attrs.has(cls) for cls in NOUNS.values())
