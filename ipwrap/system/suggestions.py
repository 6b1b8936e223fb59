"""`did_you_mean`: the words that a mistyped one was probably meant to be."""

from collections.abc import Iterable

__all__ = ["did_you_mean"]

CLOSENESS = 0.6  # of difflib: one or two letters of a short word may differ


def did_you_mean(word: str, choices: Iterable[str], *, prefix: str = "") -> str:
    """Return the suggestion for a mistyped word, such as ``; did you mean 'export'?``; or nothing.

    Close words have few different letters, or are longer forms of the word, like markdown for md.
    ``prefix`` is the common beginning of the words, such as the dashes of options.
    """
    import difflib  # late: only mistakes need it

    names = list(choices)
    close = difflib.get_close_matches(word, names, 1, CLOSENESS)
    close = close or [name for name in names if word and _shortens(word, name)]
    return f"; did you mean {prefix + close[0]!r}?" if close else ""


def _shortens(word: str, name: str) -> bool:
    """Return whether a word has the first letter of a name, and others of it in their order."""
    letters = iter(name)
    return name.startswith(word[0]) and all(letter in letters for letter in word)
