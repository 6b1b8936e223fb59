"""The steps of a report, below the session's notes: each a line, with its output folded."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from attrs import define

from ipwrap.recording import Note
from ipwrap.views.report.markup import Markup, element, join
from ipwrap.views.report.steps import StepKind, StepRow, read_rows
from ipwrap.views.report.timeline import format_duration

if TYPE_CHECKING:
    from ipwrap.recording import RecordingView

__all__ = ["Section", "read_sections", "write_section"]

MAX_HEADING = 80  # characters of a note that is a heading
MAX_LINES = 3  # of a command that is not folded
MAX_LINE = 600  # characters of it
KIND_WORDS: dict[StepKind, str] = {
    "action": "process",
    "command": "command",
    "process": "background process",
    "sleep": "pause",
    "wait": "wait",
}


@define
class Section:
    """The steps behind a note: of the first section, there may be no note."""

    notes: list[str]
    rows: list[StepRow]


def read_sections(recording: "RecordingView") -> Iterator[Section]:
    """Yield the steps between notes. Notes without a step between them are of one section."""
    section = Section([], [])
    for entry in read_rows(recording):
        if isinstance(entry, StepRow):
            section.rows.append(entry)
            continue
        assert isinstance(entry, Note)
        if section.rows:
            yield section
            section = Section([], [])
        section.notes.append(entry.text.replace("\r\n", "\n").strip())

    if section.rows or section.notes:
        yield section


def write_section(section: Section) -> Markup:
    """Return a section: its notes as headings and prose, and the list of its steps."""
    children: list[str] = []
    for note in section.notes:
        children += _note(note)
    if section.rows:
        steps = [_step(row) for row in section.rows]
        children.append(
            element("ol", *steps, class_="steps", role="list", start=section.rows[0].number)
        )
    return element("section", *children, class_="part")


def _note(note: str) -> Iterator[Markup]:
    """Yield a note: a short first line is a heading, the rest are paragraphs."""
    heading, _, rest = note.partition("\n")
    if len(heading) <= MAX_HEADING:
        yield element("h3", heading.lstrip("# ") or heading)
    else:
        rest = note
    for paragraph in re.split(r"\n\s*\n", rest.strip()):
        if paragraph.strip():
            yield element("p", paragraph, class_="note")


def _step(row: StepRow) -> Markup:
    """Return a step. What it has printed is folded, unless it has failed."""
    classes = " ".join(("step", row.kind, *(("failed",) if row.failed else ())))
    body = _body(row)
    if body:
        content = element("details", element("summary", _head(row)), body, open=row.failed)
    else:
        content = element("div", _head(row), class_="plain")
    return element("li", content, id=f"step-{row.number}", class_=classes, value=row.number)


def _head(row: StepRow) -> Markup:
    """Return the line of a step, its outcome, its duration, and the line of the script."""
    parts = []
    if row.kind != "command":
        parts.append(element("span", KIND_WORDS[row.kind], class_="kind"))
    parts.append(element("code", _short_line(row.line)))

    facts = []
    if row.failed:
        facts.append(element("strong", f"failed: {row.outcome}", class_="outcome"))
    elif row.outcome:
        facts.append(element("span", row.outcome))
    if row.kind != "action":
        facts.append(element("span", format_duration(row.seconds), class_="duration"))
    if row.call_site:
        facts.append(element("span", row.call_site, class_="site"))
    return join([*parts, element("span", join(facts, " "), class_="facts")], " ")


def _short_line(line: str) -> str:
    """Return a command line; of a long one, such as with a here-document, the begin."""
    lines = line.split("\n")
    begin = line if len(lines) <= MAX_LINES else f"{lines[0]} …"
    return begin if len(begin) <= MAX_LINE else f"{begin[:MAX_LINE]} …"


def _body(row: StepRow) -> Markup:
    """Return what is folded: a long command, the output, and the file of a capture."""
    parts = []
    if _short_line(row.line) != row.line:
        parts.append(element("pre", row.line, tabindex=0, class_="whole"))
    if row.capture is not None:
        link = element("a", row.capture, href=_href(row.capture))
        parts.append(element("p", "Packets: ", link, class_="capture"))
    if row.output:
        parts.append(element("pre", row.output, tabindex=0))
    if row.cut:
        parts.append(element("p", f"{row.cut:,} more characters are in the recording."))
    return join(parts)


def _href(path: str) -> str:
    """Return a link to a file: a path can be no other kind of link."""
    quoted = quote(path.encode("utf-8", "surrogateescape"))
    return quoted if quoted.startswith("/") and not quoted.startswith("//") else f"./{quoted}"
