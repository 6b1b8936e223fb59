"""Find the JSON in printed text, and convert the JSON to a single list.

`ip -j` prints a list. Files, mails and pipes often have the output in another container: a single
object, JSON Lines, the lists of several commands, the list below a prompt or a message of iproute2,
the beginning of a list. The repair of invalid JSON (`ipwrap.jsonio.repair`) comes afterwards.
"""

import re
from collections.abc import Iterator

from attrs import frozen

__all__ = ["Cut", "Listing", "find_list"]

# A quote without an end is a token of its own: the text is cut off in a string.
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}"]', re.DOTALL)
DEPTH_CHANGE = {"[": 1, "{": 1, "]": -1, "}": -1}
# Blanks, the mark at the beginning of a file of Windows, the comma between objects that were copied
# out of a list, and the sequences of a recorded terminal.
BLANKS = re.compile(
    r"(?:[\s,\ufeff\x1e]|\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\))*"
)
# `[root@host ~]#` is a prompt.
DOCUMENT = re.compile(r'\{|\[\s*(?:[\[{"\]}]|\Z)')

COMMAND = r"(?:.*[\s/])?(?:ip|bridge|tc|ipwrap|cat|ssh)(?:\s.*)?"
PROMPT = re.compile(rf'[^"{{}}]{{0,120}}[#$%>+❯»➜λ](?:\s+{COMMAND})?\s*', re.DOTALL)
# `$`, `me@host:~#`, `[me@host ~]$`: what follows may be any command.
USUAL_PROMPT = re.compile(
    r"(?:[^\s@]{1,64}@\S{1,120}(?:\s\S{1,120})?|\[[^\]{\"]{0,120}\])?[ \t]{0,9}[#$%❯➜»](?:\s.*)?",
    re.DOTALL,
)
TYPED = re.compile(r"(?:sudo\s+)?(?:\S*/)?(?:ip|bridge|tc)\s.*", re.DOTALL)
# The first line of a prompt of two, the fence around code in Markdown, and what ssh says.
FRAME = re.compile(r"[┌╭].*|```\w*\s*|Last login: .*|Connection to .* closed\.\s*", re.DOTALL)
# What iproute2, shells, sudo and ssh say on stderr: lib/libnetlink.c, lib/utils.c.
MESSAGE = re.compile(
    r"Dump (?:was interrupted|terminated)|RTNETLINK answers|Error|[Ww]arning|WARNING|Cannot"
    r"|Device \"|Command failed|We have an error|Failed|Unable|\[sudo\]|(?:sudo|ssh|\w*sh): "
)
# rtnl_dump_done() in lib/libnetlink.c says it on stderr, before the end of stdout is written: in a
# file with both it stands within the JSON, at any place.
INTERRUPTED = "Dump was interrupted and may be inconsistent.\n"

# `-echo` of a route or rule prints its braces twice, up to 7.1: print_route() is called within an
# object of rtnl_echo_talk() in lib/libnetlink.c.
DOUBLED_BRACES = re.compile(r"(\s*)\{(\s*\{.*\}\s*)\}(\s*)", re.DOTALL)


@frozen
class Cut:
    """Where a text ends before its JSON does: the position, and the number of whole objects."""

    position: int
    whole_objects: int


@frozen
class Listing:
    """The JSON of a text as a list, on the same lines as in the text.

    ``messages`` are the lines that iproute2 printed beside the JSON. ``unreadable`` is the position
    of a line that is neither JSON, nor a message, nor a prompt.
    """

    text: str
    messages: tuple[str, ...] = ()
    unreadable: int | None = None
    cut: Cut | None = None


@frozen
class Line:
    """A line that is no JSON."""

    start: int
    text: str


@frozen
class Document:
    """A list or object of a text, and where its last whole element ends."""

    start: int
    end: int
    elements: int
    elements_end: int
    is_whole: bool


def find_list(text: str) -> Listing | None:
    """Return the JSON of a text as one list; None for a text without JSON."""
    is_interrupted = INTERRUPTED in text and not text.startswith(INTERRUPTED)
    text = text.replace(INTERRUPTED, "") if is_interrupted else text
    documents: list[Document] = []
    lines: list[Line] = []

    for part in _split(text):
        if isinstance(part, Document):
            documents.append(part)
        else:
            lines.append(part)

    if not documents:
        return None

    last = documents[-1]
    is_cut = not last.is_whole
    strange = [
        line.start for line in lines if not (_is_prompt(line.text) or _is_message(line.text))
    ]
    whole_objects = sum(_count_objects(text, document) for document in documents)
    messages = [line.text for line in lines if _is_message(line.text)]
    return Listing(
        _join(text, documents),
        messages=(*[INTERRUPTED.rstrip()] * is_interrupted, *messages),
        unreadable=strange[0] if strange else None,
        cut=Cut(len(text.rstrip()), whole_objects) if is_cut else None,
    )


def _split(text: str) -> Iterator[Document | Line]:
    """Yield the lists and objects of a text, and the lines between them."""
    position = _skip_blanks(text, 0)

    while position < len(text):
        if DOCUMENT.match(text, position):
            document = _measure(text, position)
            position = document.end
            yield document
        else:
            end = text.find("\n", position)
            end = len(text) if end < 0 else end
            yield Line(position, text[position:end])
            position = end
        position = _skip_blanks(text, position)


def _skip_blanks(text: str, position: int) -> int:
    """Return the position behind blanks."""
    blanks = BLANKS.match(text, position)
    return position if blanks is None else blanks.end()


def _measure(text: str, start: int) -> Document:
    """Return the list or object at a position, which may not end."""
    depth, elements, elements_end = 0, 0, start + 1

    for token in TOKEN.finditer(text, start):
        change = DEPTH_CHANGE.get(token[0], 0)
        depth += change
        if token[0] == '"':
            break
        if change < 0 and depth == 0:
            return Document(start, token.end(), elements, elements_end, is_whole=True)
        if change < 0 and depth == 1:
            elements, elements_end = elements + 1, token.end()

    return Document(start, len(text), elements, elements_end, is_whole=False)


def _count_objects(text: str, document: Document) -> int:
    """Return the number of whole objects of a list, or of an object: itself, if it is whole."""
    return document.elements if text[document.start] == "[" else int(document.is_whole)


def _join(text: str, documents: list[Document]) -> str:
    """Return a list with the objects of all lists, at the same positions as in the text.

    A comma replaces the end of the previous document, and blanks replace text outside JSON, so that
    the line and column of an error are right.
    """
    gap, content = _piece(text, documents[0], after=0)
    is_list = text[documents[0].start] == "["
    pieces = [gap, "[", content] if is_list else ["[", gap, content]
    is_empty = not content.strip()
    position = documents[0].end

    for document in documents[1:]:
        gap, content = _piece(text, document, after=position)
        comma = "," if content.strip() and not is_empty else ""
        pieces += [comma, gap, " " * (text[document.start] == "["), content]
        is_empty = is_empty and not content.strip()
        position = document.end

    return f"{''.join(pieces)}]"


def _piece(text: str, document: Document, *, after: int) -> tuple[str, str]:
    """Return blanks for the text before a document, and the document's complete objects.

    The objects are the elements of a list, or the document itself.
    """
    gap = re.sub(r"[^\n]", " ", text[after : document.start])
    if text[document.start] == "{":
        return gap, text[document.start : document.end] if document.is_whole else ""

    end = document.end - 1 if document.is_whole else document.elements_end
    content = text[document.start + 1 : end]
    doubled = DOUBLED_BRACES.fullmatch(content)
    return gap, " ".join(doubled.groups()) if doubled else content


def _is_prompt(line: str) -> bool:
    """Return whether a line is a prompt of a shell, a command, or a frame around them."""
    patterns = (USUAL_PROMPT, PROMPT, TYPED, FRAME)
    return any(pattern.fullmatch(line) for pattern in patterns)


def _is_message(line: str) -> bool:
    """Return whether a line is a message of iproute2, or of a program before it."""
    return MESSAGE.match(line) is not None and not _is_prompt(line)
