"""Source is laid out as `ruff format` would leave it."""

import ast
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipwrap.export.python.formatter import WIDTH, CallNode, Node, Text, lines, literal
from tests.strategies import ANY_TEXT

LONG = "word " * 36
NODES = st.recursive(
    st.one_of(ANY_TEXT.map(literal), st.integers().map(lambda number: Text(repr(number)))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: CallNode("f(", tuple(items))),
        st.lists(inner, max_size=4).map(lambda items: CallNode("(", tuple(items))),
        st.lists(inner, max_size=4).map(lambda items: CallNode("[", tuple(items), "]")),
        inner.map(lambda item: CallNode("f(", (item,), names=("name=",))),
        inner.map(lambda item: CallNode("{", (item,), "}", ('"key": ',))),
    ),
    max_leaves=8,
)


def source(node: Node, indent: int = 0, before: str = "") -> str:
    """Return the lines of a node as one text."""
    return "\n".join(lines(node, indent, before))


def value(text: str) -> object:
    """Return what an expression is: the tree of it, of which nothing but strings may have been put together."""
    return ast.dump(ast.parse(text, mode="eval"))


def test_what_fits_is_one_line() -> None:
    """Up to 100 columns."""
    node = CallNode("f(", (literal("x" * (WIDTH - 5)),))

    assert [f'f("{"x" * (WIDTH - 5)}")'] == lines(node, 0)


def test_what_does_not_fit_goes_below() -> None:
    """All of it on the next line, if it fits there; else one thing a line."""
    fits = CallNode("function(", (literal("x" * 50), literal("y" * 40)))
    fits_not = CallNode("f(", (literal("x" * 60), literal("y" * 60)))

    assert ["function(", f'    "{"x" * 50}", "{"y" * 40}"', ")"] == lines(fits, 0)
    assert ["f(", f'    "{"x" * 60}",', f'    "{"y" * 60}",', ")"] == lines(fits_not, 0)


def test_a_long_text_is_several_strings() -> None:
    """It is broken after blanks; one with a name is put into brackets."""
    assert 3 == len(ast.literal_eval(source(CallNode("(", (literal(LONG), Text("1"), Text("2"))))))
    assert all(len(line) <= WIDTH for line in lines(literal(LONG), 4))
    assert (
        "name=("
        == lines(CallNode("f(", (literal(LONG), literal(LONG)), names=("", "name=")), 0)[3].strip()
    )


def test_lines_of_a_long_text_end_a_string() -> None:
    """A script for `sh -c` can be read."""
    text = "set -e\n" + "echo something\n" * 10

    assert ['"set -e\\n"', '"echo something\\n"'] == lines(literal(text), 0)[:2]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("it's", '"it\'s"'),
        ('say "yes"', "'say \"yes\"'"),
        ("both ' and \"", '"both \' and \\""'),
        ("\\", '"\\\\"'),
        ("é\n\0\udcff", '"é\\n\\x00\\udcff"'),
    ],
)
def test_quotes_are_those_that_need_fewer_escapes(text: str, expected: str) -> None:
    """Double ones where it makes no difference."""
    assert expected == literal(text).flat


def test_one_thing_in_a_tuple_keeps_its_comma() -> None:
    """Also where it stands on lines of its own."""
    assert ['("a",)'] == lines(CallNode("(", (literal("a"),)), 0)
    assert 1 == len(ast.literal_eval(source(CallNode("(", (literal("a" * 130),)))))


@given(NODES, st.sampled_from((0, 4, 8)))
def test_it_means_the_same_however_it_is_laid_out(node: Node, indent: int) -> None:
    """Lines and strings are broken, and nothing else."""
    laid = source(CallNode("f(", (node,)), indent)

    assert value(CallNode("f(", (node,)).flat) == value(laid.strip())


@given(st.lists(NODES, min_size=1, max_size=5))
def test_ruff_has_nothing_to_say(nodes: list[Node]) -> None:
    """Neither to lay out nor to find fault with."""
    ruff = shutil.which("ruff") or pytest.skip("ruff is not installed")
    text = "\n".join(source(CallNode("f(", (node,))) for node in nodes if _is_written(node)) + "\n"
    argv = (ruff, "format", "--isolated", "--line-length=100", "--diff", "-")
    done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False)

    assert "" == done.stdout


def _is_written(node: Node) -> bool:
    """Tell whether a node is such as scripts have: calls, tuples and texts that are not all of one word."""
    return isinstance(node, CallNode) and bool(node.items)


def test_a_statement_has_what_stands_before_it() -> None:
    """An assignment, say."""
    assert ['    key = f("x")'] == lines(CallNode("f(", (literal("x"),)), 4, "key = ")
