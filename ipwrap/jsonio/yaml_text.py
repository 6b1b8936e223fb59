"""Write JSON values as YAML, and read YAML. Only this module imports yaml, an optional package."""

from functools import partial
from typing import Any

from ipwrap.errors import InvalidArgument, OutputError

__all__ = ["format_yaml", "parse_yaml"]

MISSING = (
    "the Python package PyYAML is missing, which {does} YAML; install it:"
    " pip install 'ipwrap[yaml]', or pip install pyyaml"
)

YamlPath = tuple[str | int, ...]
YamlPositions = dict[YamlPath, tuple[int, int]]


def format_yaml(value: Any) -> str:
    """Return a JSON value as a YAML document, in block style.

    Characters outside ASCII are escaped, since some of them control a terminal.

    Raises `OutputError` for a missing package.
    """
    try:
        import yaml
    except ImportError as error:
        raise OutputError(MISSING.format(does="writes")) from error

    write = partial(yaml.dump, value, allow_unicode=False, sort_keys=False)
    try:
        text: str = write(Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper))
    except UnicodeEncodeError:
        # libyaml has no escape for an undecodable byte; Python's writer has.
        text = write(Dumper=yaml.SafeDumper)
    return text


class YamlError(InvalidArgument):
    """A text that is no YAML: the problem, with line and column, both from 1."""

    def __init__(self, problem: str, line: int | None = None, *, column: int | None = None) -> None:
        super().__init__(problem)
        self.line = line
        self.column = column


def parse_yaml(text: str) -> tuple[Any, YamlPositions]:
    """Return the value of a YAML document, and the line and column of each key and list item.

    Raises `OutputError` for a missing package, `YamlError` for a text that is no YAML, and for a
    repeated key.
    """
    try:
        import yaml
    except ImportError as error:
        raise OutputError(MISSING.format(does="reads")) from error

    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        positions: YamlPositions = {}
        if root is not None:
            _note_positions(root, (), positions=positions)
        return yaml.safe_load(text), positions
    except YamlError:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = str(error.problem or error.context)
        if mark is None:
            raise YamlError(problem) from None
        raise YamlError(problem, mark.line + 1, column=mark.column + 1) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise YamlError(str(error).partition("\n")[0] or "it is nested too deep") from None


def _note_positions(node: Any, path: YamlPath, *, positions: YamlPositions) -> None:
    """Note the position of each key and item below a node. Positions of aliases are known."""
    if node.id == "sequence":
        members = [(number, item, item) for number, item in enumerate(node.value)]
    elif node.id == "mapping":
        members = [(key.value, key, value) for key, value in node.value if key.id == "scalar"]
    else:
        return

    for key, marked, value in members:
        mark = marked.start_mark
        first = positions.setdefault((*path, key), (mark.line + 1, mark.column + 1))
        if first != (mark.line + 1, mark.column + 1):
            raise YamlError(
                f"{key!r} is given twice; first in line {first[0]}",
                mark.line + 1,
                column=mark.column + 1,
            )
        _note_positions(value, (*path, key), positions=positions)
