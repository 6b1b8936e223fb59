"""Write the options of each verb into its docstring, from the table of the options.

An editor shows the docstring of a verb, and so does `help()`. Without arguments the files are
rewritten, with `--check` the stale ones are listed, with status 1.

Run it: python -m scripts.option_docs
"""

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

from attrs import frozen

from ipwrap.cmdline.grammar import objects
from ipwrap.options.description import usage_of

WIDTH = 100
INDENT = " " * 8
# The options of a verb are listed once in a class, but for verbs of the same importance.
LISTED_AGAIN = frozenset({("LinkVerbs", "set")})
BLOCK = re.compile(r"\n\n *Options(?:, from `\w+`::\n\n(?: {12}.*\n?)+|: those of `\w+`\.)")


@frozen
class VerbDocs:
    """A verb with a table of options, and the verb of its class that lists them."""

    cls: type
    name: str
    table: type
    listed_by: str

    def block(self) -> str:
        """Return the end of the docstring."""
        is_listed = self.listed_by == self.name or (self.cls.__name__, self.name) in LISTED_AGAIN
        if not is_listed:
            return f"{INDENT}Options: those of `{self.listed_by}`."

        # No line ends inside an option.
        usage = ", ".join(option.replace(" ", "\0") for option in usage_of(self.table))
        indent = INDENT + " " * 4
        lines = textwrap.wrap(
            usage, WIDTH - len(indent), break_long_words=False, break_on_hyphens=False
        )
        listing = "\n".join(f"{indent}{line}" for line in lines).replace("\0", " ")
        return f"{INDENT}Options, from `{self.table.__name__}`::\n\n{listing}"


def documented_verbs() -> Iterator[VerbDocs]:
    """Yield every verb with a table of options, in the order of the source."""
    for _, cls in objects().values():
        listed: dict[type, str] = {}
        for name, verb in vars(cls).items():
            table = None if name.startswith("_") else find_table(verb)
            if table is not None:
                yield VerbDocs(cls, name, table, listed.setdefault(table, name))


def find_table(verb: Any) -> type | None:
    """Return the table of the options of a verb: a `TypedDict` with options."""
    if not inspect.isfunction(verb):
        return None

    for parameter in inspect.signature(verb).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            tables: tuple[Any, ...] = get_args(
                get_type_hints(verb, include_extras=True)[parameter.name]
            )
            return tables[0] if tables and usage_of(tables[0]) else None
    return None


def rewrite(source: str, verbs: list[VerbDocs]) -> str:
    """Return the source of a module with the options in the docstrings of its verbs."""
    lines = source.split("\n")
    wanted = {(verb.cls.__name__, verb.name): verb for verb in verbs}

    # From the end, so that the numbers of the lines before stay right.
    for docstring, verb in sorted(_docstrings(source, wanted), key=lambda pair: -pair[0].lineno):
        first, last = docstring.lineno - 1, docstring.end_lineno
        text = "\n".join(lines[first:last])
        body = BLOCK.sub("", text.rstrip().removesuffix('"""').rstrip())
        lines[first:last] = f'{body}\n\n{verb.block()}\n{INDENT}"""'.split("\n")

    return "\n".join(lines)


def _docstrings(
    source: str, verbs: dict[tuple[str, str], VerbDocs]
) -> Iterator[tuple[ast.Expr, VerbDocs]]:
    """Yield the docstring of each verb in a source."""
    for cls in ast.parse(source).body:
        if not isinstance(cls, ast.ClassDef):
            continue
        for method in cls.body:
            if isinstance(method, ast.FunctionDef) and (cls.name, method.name) in verbs:
                (docstring, *_) = method.body
                assert isinstance(docstring, ast.Expr)
                yield docstring, verbs[cls.name, method.name]


def stale_files() -> dict[Path, str]:
    """Return the new text of each file whose docstrings are not those of the tables."""
    by_file: dict[Path, list[VerbDocs]] = {}
    for verb in documented_verbs():
        by_file.setdefault(Path(inspect.getfile(verb.cls)), []).append(verb)

    texts = {}
    for path, verbs in by_file.items():
        source = path.read_text(encoding="utf-8")
        text = rewrite(source, verbs)
        if text != source:
            texts[path] = text
    return texts


def main(arguments: list[str]) -> int:
    """Rewrite the files, or list the stale ones. Return the exit status."""
    stale = stale_files()
    for path, text in stale.items():
        print(path)
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")

    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
