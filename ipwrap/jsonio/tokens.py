"""The tokens of JSON, and of the plain words that some releases of iproute2 print into JSON.

A token has a shape, a single character, so that a regular expression over the shapes of the tokens
finds a pattern independently of white space and of the content of strings.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from ipwrap.system.lazy_pattern import lazy_pattern

__all__ = ["KEY", "LITERAL", "NUMBER", "STRING", "WORD", "Token", "to_text", "tokenize"]

# The shapes; a bracket, a brace and a comma are their own.
KEY = "K"  # a string with its colon
STRING = "S"
NUMBER = "0"
LITERAL = "n"  # null, true, false
WORD = "w"  # any other text without white space

TOKEN = lazy_pattern(
    r"""
    (?P<gap>\s*)
    (?:
        (?P<string>"(?:[^"\\]|\\.)*")(?P<colon>\s*:)?
      | (?P<mark>[\[\]{},])
      | (?P<bare>[^\s"\[\]{},]+(?:(?<=:)\[[^\s"\[\]{},]*\])?)  # also `file.o:[section]`
      | (?P<quote>")
    )
    """,
    re.DOTALL | re.VERBOSE,
)
JSON_NUMBER = lazy_pattern(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?")
LITERALS = frozenset({"null", "true", "false"})


class Token(NamedTuple):
    """A token: the shape, the text, and the white space before."""

    shape: str
    text: str
    gap: str = ""

    @property
    def value(self) -> str:
        """The characters between the quotes of a string or key, as printed."""
        return self.text[1 : self.text.rindex('"')]


def tokenize(text: str) -> list[Token]:
    """Return the tokens of a text. A quote without an end is a word."""
    return [_make_token(match) for match in TOKEN.finditer(text)]


def to_text(tokens: Sequence[Token]) -> str:
    """Return tokens as text, with their white space."""
    return "".join([f"{token.gap}{token.text}" for token in tokens])


def _make_token(match: re.Match[str]) -> Token:
    """Return the token of a match."""
    gap, string, colon, mark, bare, quote = match.groups()

    if string is not None:
        return Token(KEY, f"{string}:", gap) if colon else Token(STRING, string, gap)
    if mark is not None:
        return Token(mark, mark, gap)
    if quote is not None:
        return Token(WORD, quote, gap)
    return Token(_shape_of_bare(bare), bare, gap)


def _shape_of_bare(text: str) -> str:
    """Return the shape of a text without quotes."""
    if text in LITERALS:
        return LITERAL
    return NUMBER if JSON_NUMBER.fullmatch(text) else WORD
