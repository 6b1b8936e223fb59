"""The page of a report: its parts as HTML, in the template page.html beside this file."""

import re
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import quote

from attrs import define, frozen

from ipwrap.errors import IpwrapError
from ipwrap.export import FORMATS
from ipwrap.recording import Note
from ipwrap.views.report.markup import EMPTY, Markup, element, fill, join, text
from ipwrap.views.report.pictures import picture
from ipwrap.views.report.report import Report
from ipwrap.views.report.steps import StepRow, read_rows
from ipwrap.views.report.timeline import draw_timeline, format_duration
from ipwrap.views.topology.evidence import recorded_evidence
from ipwrap.views.topology.peers import Evidence
from ipwrap.views.topology.tree import first_label

if TYPE_CHECKING:
    from ipwrap.recording import RecordingView
    from ipwrap.state import State

__all__ = ["make_report"]

STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
MAX_HEADING = 80  # characters of a note that is a heading
MAX_LINES = 3  # of a command that is not folded
MAX_LINE = 600  # characters of it
MAX_LINK = 200  # characters of a command line in the list of failures
MAX_FAILURES = 100  # in the list at the top
KIND_WORDS = {
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


def make_report(
    recording: "RecordingView",
    *,
    title: str = "Session",
    state: "State | None" = None,
    differences: Sequence[str] | None = None,
    is_running: bool = False,
) -> Report:
    """Return a recording as a page: see `Session.report`.

    - ``title``: the heading of the page
    - ``state``: the state at the end, for a session that goes on; by default the recording's
    - ``is_running``: the session goes on, so that its recording has no end yet
    - ``differences``: those to another run of the recording; None where it has not been run again
    """
    page = _Page(recording, title, state, differences, is_running)
    return Report(title, page.html())


@frozen
class _Page:
    """Writes the parts of a page."""

    recording: "RecordingView"
    title: str
    state: "State | None"
    differences: Sequence[str] | None
    is_running: bool

    def html(self) -> str:
        """Return the page."""
        sections = list(_read_sections(self.recording))
        rows = [row for section in sections for row in section.rows]
        parts = {
            "title": text(self.title),
            "facts": self._facts(rows),
            "failures": _failures(rows, list(self._end_entries(rows))),
            "differences": _differences(self.differences),
            "pictures": self._pictures(),
            "timeline": _timeline(rows),
            "steps": join([_section(section) for section in sections]),
            "count": str(len(rows)),
            "script": self._script(),
            "page_css": _resource("page.css"),
            "page_js": _resource("page.js"),
        }
        template = _resource("page.html")
        return fill(template, {**parts, "policy": _policy(parts)})

    def _facts(self, rows: Sequence[StepRow]) -> Markup:
        """Return where and when the session ran, and on what."""
        header = self.recording.header
        started = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(_within_years(header.started)))
        seconds = max((row.end for row in rows), default=0) - min(
            (row.begin for row in rows), default=0
        )
        facts = {
            "Place": header.place,
            "Started": started if header.started else None,
            "Took": format_duration(seconds) if rows else None,
            "iproute2": header.iproute2,
            "Kernel": header.kernel,
            "ipwrap": header.ipwrap,
        }
        return join(
            [
                element("div", element("dt", name), element("dd", value))
                for name, value in facts.items()
                if value
            ]
        )

    def _end_entries(self, rows: Sequence[StepRow]) -> Iterator[Markup]:
        """Yield how the session ended, if not well."""
        end = self.recording.end
        if end is None and not self.is_running:
            yield element("li", "The recording was cut short: it has no end.")
        elif end is not None and end.error:
            failed = next((row for row in rows if row.command == end.failed), None)
            yield element("li", "The session ended with an error: ", _cause(end.error, failed))

    def _pictures(self) -> Markup:
        """Return the network before and after."""
        end = self.recording.end
        after = self.state
        if after is None and end is not None:
            after = end.state
        before = self.recording.initial_state
        if before is None and after is None:
            return element("p", "The recording holds no state.", class_="hint")

        first = first_label(self.recording.header.place)
        evidence = _evidence(self.recording)
        figures = []
        for name, state in (("Before", before), ("After", after)):
            heading = element("h3", name)
            drawing = (
                element("p", "The recording holds no such state.", class_="hint")
                if state is None
                else picture(state, first=first, evidence=evidence)
            )
            figures.append(element("div", heading, drawing, class_="picture"))
        return join(figures)

    def _script(self) -> Markup:
        """Return the exported script, with buttons to copy it and to download it."""
        try:
            script = FORMATS["sh"](self.recording)
        except IpwrapError as error:
            return element("p", f"There is no script: {error}", class_="hint")

        shown = text(script)
        remark = EMPTY
        if shown != escape(script):
            remark = element(
                "p",
                "This page cannot hold every character of the script: `ipwrap export` writes it.",
                class_="hint",
            )
        buttons = element(
            "p",
            element("button", "Copy", id="copy", type="button"),
            " ",
            element("button", "Download", id="download", type="button"),
            class_="buttons needs-script",
        )
        body = element("pre", element("code", shown, id="script"), tabindex=0)
        folded = element("details", element("summary", "Show the script"), body)
        return join([remark, buttons, folded])


def _evidence(recording: "RecordingView") -> Evidence:
    """Return what the commands tell of cables, read once for all pictures."""
    evidence = recorded_evidence(recording)
    return Evidence(evidence.names, cache(lambda: tuple(evidence.find_pairs())))


def _read_sections(recording: "RecordingView") -> Iterator[Section]:
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


def _section(section: Section) -> Markup:
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


def _failures(rows: Sequence[StepRow], end_entries: Sequence[Markup]) -> Markup:
    """Return the failures, each a link to its step; nothing without one."""
    failed_rows = [row for row in rows if row.failed]
    entries = [*end_entries, *(element("li", _failure(row)) for row in failed_rows[:MAX_FAILURES])]
    if not entries:
        return EMPTY
    left_out = len(failed_rows) - MAX_FAILURES
    if left_out > 0:
        entries.append(element("li", f"{left_out} more: the key f leads to the next one."))

    heading = element("h2", "Failures", id="failures")
    listed = element("ul", *entries)
    return element("section", heading, listed, aria_labelledby="failures", class_="failures")


def _cause(error: str, row: StepRow | None) -> Markup:
    """Return an error, as a link to the step that raised it."""
    if row is None:
        return text(error)
    return element("a", error, href=f"#step-{row.number}")


def _failure(row: StepRow) -> Markup:
    """Return a link to a failed step, and how it failed."""
    first, *_ = row.line.split("\n")
    line = first if len(first) <= MAX_LINK else f"{first[:MAX_LINK]}…"
    link = element("a", element("code", line), href=f"#step-{row.number}")
    last_line = row.output.strip().rpartition("\n")[2]
    reason = f"{row.outcome}: {last_line}" if last_line else row.outcome
    return join([link, element("span", reason, class_="reason")], " ")


def _differences(differences: Sequence[str] | None) -> Markup:
    """Return the differences to another run; nothing where there was none."""
    if differences is None:
        return EMPTY

    heading = element("h2", "Run again", id="again")
    if differences:
        entries = [element("li", element("code", difference)) for difference in differences]
        remark = element("p", f"Run again, {len(differences)} differ:")
        content = join([remark, element("ul", *entries)])
    else:
        content = element("p", "Run again: no difference.")
    return element("section", heading, content, aria_labelledby="again")


def _timeline(rows: Sequence[StepRow]) -> Markup:
    """Return the timeline, with a heading; nothing where no step has a time."""
    drawing = draw_timeline(rows)
    if not drawing:
        return EMPTY
    heading = element("h2", "Timeline", id="timeline")
    return element("section", heading, drawing, aria_labelledby="timeline")


def _within_years(seconds: float) -> float:
    """Return a time that a calendar has: a file may hold any number."""
    return seconds if 0 <= seconds < 1e11 else 0.0


def _resource(name: str) -> str:
    """Return the text of a file beside this one."""
    return files("ipwrap.views.report").joinpath(name).read_text(encoding="utf-8")


def _policy(parts: "dict[str, str]") -> str:
    """Return the content security policy: nothing is loaded, and only these styles and this script
    are obeyed, by their hashes.
    """
    styles = {parts["page_css"], *STYLE.findall(parts["pictures"])}
    style_hashes = " ".join(sorted(map(_hash, styles)))
    return (
        f"default-src 'none'; script-src {_hash(parts['page_js'])}; style-src {style_hashes}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(content: str) -> str:
    """Return the source expression of an inline style or script."""
    digest = b64encode(sha256(content.encode()).digest()).decode()
    return f"'sha256-{digest}'"
