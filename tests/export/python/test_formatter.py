"""Source is formatted like the output of `ruff format`."""

import ast
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipwrap.export.python.formatter import WIDTH, CallNode, Node, Text, lines, literal

LONG = "word " * 36
# Characters that this Python's Unicode has: ruff may know newer ones, and that they are wide.
ASSIGNED_TEXT = st.text(st.characters(codec=None, exclude_categories=["Cn"]), max_size=140)

NODES = st.recursive(
    st.one_of(ASSIGNED_TEXT.map(literal), st.integers().map(lambda number: Text(repr(number)))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: CallNode("f(", tuple(items))),
        st.lists(inner, max_size=4).map(lambda items: CallNode("(", tuple(items))),
        st.lists(inner, max_size=4).map(lambda items: CallNode("[", tuple(items), "]")),
        inner.map(lambda item: CallNode("f(", (item,), names=("name=",))),
        inner.map(lambda item: CallNode("{", (item,), "}", ('"key": ',))),
    ),
    max_leaves=8,
)


def source_of(node: Node, indent: int = 0, before: str = "") -> str:
    """Return the lines of a node as one text."""
    return "\n".join(lines(node, indent, before=before))


def expression_tree(text: str) -> object:
    """Return the syntax tree of an expression, with adjacent strings joined."""
    return ast.dump(ast.parse(text, mode="eval"))


def test_a_short_call_is_one_line() -> None:
    """A call of up to 100 columns is one line."""
    node = CallNode("f(", (literal("x" * (WIDTH - 5)),))

    assert [f'f("{"x" * (WIDTH - 5)}")'] == lines(node, 0)


def test_long_arguments_go_below() -> None:
    """Arguments go on the next line together, or one a line."""
    short_call = CallNode("function(", (literal("x" * 50), literal("y" * 40)))
    long_call = CallNode("f(", (literal("x" * 60), literal("y" * 60)))

    assert ["function(", f'    "{"x" * 50}", "{"y" * 40}"', ")"] == lines(short_call, 0)
    assert ["f(", f'    "{"x" * 60}",', f'    "{"y" * 60}",', ")"] == lines(long_call, 0)


def test_a_long_text_is_several_strings() -> None:
    """A long text is split after spaces, in parentheses after a keyword."""
    assert 3 == len(
        ast.literal_eval(source_of(CallNode("(", (literal(LONG), Text("1"), Text("2")))))
    )
    assert all(len(line) <= WIDTH for line in lines(literal(LONG), 4))
    assert (
        "name=("
        == lines(CallNode("f(", (literal(LONG), literal(LONG)), names=("", "name=")), 0)[3].strip()
    )


def test_lines_of_a_long_text_end_a_string() -> None:
    """A long text is split after newlines, which keeps scripts for `sh -c` readable."""
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
    """Quotes are double unless single quotes need fewer escapes."""
    assert expected == literal(text).flat


def test_a_tuple_of_one_keeps_its_comma() -> None:
    """A tuple of one item keeps the comma on one line and on several lines."""
    assert ['("a",)'] == lines(CallNode("(", (literal("a"),)), 0)
    assert 1 == len(ast.literal_eval(source_of(CallNode("(", (literal("a" * 130),)))))


@given(NODES, st.sampled_from((0, 4, 8)))
def test_formatting_keeps_the_meaning(node: Node, indent: int) -> None:
    """Formatting only splits lines and strings."""
    formatted = source_of(CallNode("f(", (node,)), indent)

    assert expression_tree(CallNode("f(", (node,)).flat) == expression_tree(formatted.strip())


@given(st.lists(NODES, min_size=1, max_size=5))
def test_ruff_changes_nothing(nodes: list[Node]) -> None:
    """`ruff format` leaves formatted source unchanged."""
    ruff = shutil.which("ruff") or pytest.skip("ruff is not installed")
    text = (
        "\n".join(source_of(CallNode("f(", (node,))) for node in nodes if _is_statement(node))
        + "\n"
    )
    argv = (ruff, "format", "--isolated", "--line-length=100", "--diff", "-")
    process = subprocess.run(argv, input=text, capture_output=True, text=True, check=False)

    assert "" == process.stdout


def _is_statement(node: Node) -> bool:
    """Return whether a node is a call with arguments, as in exported scripts."""
    return isinstance(node, CallNode) and bool(node.items)


def test_a_statement_keeps_its_prefix() -> None:
    """An assignment precedes the call."""
    assert ['    key = f("x")'] == lines(CallNode("f(", (literal("x"),)), 4, before="key = ")
