"""The simple commands of a line of a shell script, as words with their expansions.

This is no full shell grammar: it covers the quoting needed to recognise a command by its words, and
to read a plain `echo`.
"""

import re
from collections.abc import Iterator, Sequence

from attrs import define, field, frozen

__all__ = ["ShellWord", "commands_of"]

TOKEN = re.compile(
    r"""
    (?P<blank>\s+)
    | '(?P<single>[^']*)'
    | "(?P<double>(?:\\.|[^"\\])*)"
    | \\(?P<escaped>.)
    | (?P<expansion>\$\{[^}]*\} | \$\((?:[^()]|\([^()]*\))*\) | `[^`]*` | \$\w+ | \$[@*\#?!$-])
    | (?P<redirection>(?:[0-9]*|&)(?:>>?|<)(?:&[0-9-]|\s*[^\s<>;|&()]+)?)
    | (?P<glob>[*?] | \{[^{}\s]*(?:,|\.\.)[^{}\s]*\})
    | (?P<separator>[;|&(){}])
    | (?P<literal>[^\s'"\\$`;|&(){}<>*?]+ | .)
    """,
    re.VERBOSE | re.DOTALL,
)
EXPANSION = re.compile(r"\$\{[^}]*\}|\$\((?:[^()]|\([^()]*\))*\)|`[^`]*`|\$\w+|\$[@*#?!$-]")
SUBSTITUTION = re.compile(r"\$\((?P<inner>(?:[^()]|\([^()]*\))*)\)|`(?P<quoted>[^`]*)`")
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
ANY = r"[^\x00]*"  # the text of an argument, which holds no NUL

# Words before a command: of the shell, and of programs that run a program.
LEADING_WORDS = frozenset(
    {"!", "do", "elif", "else", "env", "exec", "if", "sudo", "then", "time", "until", "while"}
)


@frozen
class ShellWord:
    """A word of a shell command.

    - ``text``: the word without quotes
    - ``pattern``: a regular expression for the arguments that the word may become
    - ``is_open``: whether the word is only an expansion outside quotes, and may become no argument
    """

    text: str
    pattern: str
    is_open: bool

    @property
    def is_literal(self) -> bool:
        """Whether the word has no expansion."""
        return self.pattern == re.escape(self.text)


@define
class _WordBuilder:
    """The parts of a word so far."""

    texts: list[str] = field(factory=list)
    patterns: list[str] = field(factory=list)
    has_closed_part: bool = False

    def add(self, text: str, *, in_quotes: bool = False) -> None:
        """Add text without expansions."""
        self.texts.append(text)
        self.patterns.append(re.escape(text))
        self.has_closed_part = self.has_closed_part or in_quotes or bool(text)

    def add_expansion(self, text: str, *, in_quotes: bool = False) -> None:
        """Add an expansion."""
        self.texts.append(text)
        self.patterns.append(ANY)
        self.has_closed_part = self.has_closed_part or in_quotes

    def build(self) -> ShellWord:
        """Return the word."""
        return ShellWord("".join(self.texts), "".join(self.patterns), not self.has_closed_part)


def commands_of(line: str) -> Iterator[tuple[ShellWord, ...]]:
    """Yield the words of each simple command of a line, also inside `$(…)`.

    Redirections, assignments and words such as `if` and `sudo` before the command are left out.
    """
    for words in _split(line):
        command = _behind_leading_words(words)
        if command:
            yield command

    for match in SUBSTITUTION.finditer(line):
        yield from commands_of(match["inner"] or match["quoted"] or "")


def _behind_leading_words(words: Sequence[ShellWord]) -> tuple[ShellWord, ...]:
    """Return a command without leading assignments, and words such as `if` and `sudo`."""
    position = 0
    while position < len(words):
        text = words[position].text
        if text not in LEADING_WORDS and not ASSIGNMENT.match(text):
            break
        position += 1

    return tuple(words[position:])


def _split(line: str) -> Iterator[list[ShellWord]]:
    """Yield the words between separators; a comment ends the line."""
    words: list[ShellWord] = []
    word: _WordBuilder | None = None

    for match in TOKEN.finditer(line):
        kind = match.lastgroup
        if kind in ("blank", "separator", "redirection"):
            if word is not None:
                words.append(word.build())
            word = None
            if kind == "separator":
                yield words
                words = []
            continue

        if word is None:
            if match[0].startswith("#"):
                break
            word = _WordBuilder()
        _add_part(word, match)

    if word is not None:
        words.append(word.build())
    yield words


def _add_part(word: _WordBuilder, match: "re.Match[str]") -> None:
    """Add a part of a line to a word."""
    match match.lastgroup:
        case "single":
            word.add(match["single"], in_quotes=True)
        case "double":
            _add_double_quoted(word, match["double"])
        case "escaped":
            word.add(match["escaped"])
        case "expansion" | "glob":
            word.add_expansion(match[0])
        case _:
            word.add(match[0])


def _add_double_quoted(word: _WordBuilder, text: str) -> None:
    """Add text in double quotes, in which a shell expands variables."""
    end = 0
    for match in EXPANSION.finditer(text):
        word.add(re.sub(r'\\([$`"\\])', r"\1", text[end : match.start()]), in_quotes=True)
        word.add_expansion(match[0], in_quotes=True)
        end = match.end()

    word.add(re.sub(r'\\([$`"\\])', r"\1", text[end:]), in_quotes=True)
