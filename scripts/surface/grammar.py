"""The grammar in a usage text: options, values and placeholders, without the explaining prose.

A usage text has no formal syntax, but the authors keep to a few forms. Prose is

- a remark in parentheses, an example in quotes, a placeholder in angle brackets;
- a sentence: a line, or the text after a colon, that begins with a capitalised word and a further
  word;
- a note: the text after `Note:`, up to the end of the paragraph;
- the description of a placeholder: the indented lines below a line of nothing but placeholders;
- a definition without alternatives: several bare words (`KEY := 128-bit hex string`), an ellipsis
  (`OPTIONS := ... try … help`), or an introduction (`MODE_OPTS: for mode "source":`);
- a unit: `NUMBER in ms`, and a definition of a word in small letters (`ms := millisecond`).
"""

import re
from collections.abc import Iterator

__all__ = ["grammar"]

# "(the first is used if none is given)"
REMARK = re.compile(r"\([^()]*\)")
EXAMPLE = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")
PLACEHOLDER = re.compile(r"<[^<>\n]*>")
# "RESTART-MS := { 0 | NUMBER in ms }", ip/iplink_can.c.
UNIT = re.compile(r"\b(NUMBER)\s+in\s+[a-z]+")
LABEL = re.compile(r"^\s*(?:Usage|Where|where|Units)\b:?")
NOTE = re.compile(r"\s*Note:")
# "Each action has its own parameters", tc/m_action.c.
SENTENCE = re.compile(r"\s*[A-Z][a-z]+ [A-Za-z]")
PLACEHOLDERS = re.compile(r"[A-Z][A-Z0-9_-]*(?:, [A-Z][A-Z0-9_-]*)*\s*")
DEFINITION = re.compile(r"(?P<name>\s*[\w-]+)\s*(?P<sign>:=|:)(?P<meaning>.*)")
BARE_WORDS = re.compile(r"\s*[a-z0-9-]+(?:\s+[a-z0-9-]+)+\s*")


def grammar(text: str) -> str:
    """Return a usage text without its prose."""
    for pattern in (REMARK, EXAMPLE, PLACEHOLDER):
        text = pattern.sub("", text)

    text = UNIT.sub(r"\1", text)

    lines = _grammar_lines(text.splitlines())

    return "\n".join(lines)


def _grammar_lines(lines: list[str]) -> Iterator[str]:
    """Yield the grammar line by line.

    A note and a description extend to the end of their paragraph.
    """
    in_description = False
    in_note = False

    for line in lines:
        is_indented = line[:1].isspace()
        in_description = bool(PLACEHOLDERS.fullmatch(line)) or (in_description and is_indented)
        in_note = bool(NOTE.match(line)) or (in_note and bool(line.strip()))

        if not in_description and not in_note:
            yield _grammar_of_line(LABEL.sub("", line))


def _grammar_of_line(line: str) -> str:
    """Return a line of grammar, or nothing for a sentence, a glossary entry or a description."""
    definition = DEFINITION.fullmatch(line)
    if definition is None:
        return "" if SENTENCE.match(line) else line

    is_glossary = definition["sign"] == ":=" and definition["name"].strip().islower()
    if is_glossary or _is_description(definition["meaning"]):
        return ""

    return line


def _is_description(meaning: str) -> bool:
    """Return whether a definition describes a placeholder instead of listing its alternatives."""
    meaning = meaning.strip()
    return bool(
        meaning.startswith("...")
        or meaning.endswith(":")
        or SENTENCE.match(meaning)
        or BARE_WORDS.fullmatch(meaning)
    )
