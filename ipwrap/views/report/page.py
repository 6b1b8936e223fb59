"""The page of a report: its parts as HTML, in the template page.html beside this file."""

import re
import time
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from attrs import frozen

from ipwrap.errors import IpwrapError
from ipwrap.export import FORMATS
from ipwrap.views.report.failures import write_failures
from ipwrap.views.report.markup import EMPTY, Markup, element, fill, join, text
from ipwrap.views.report.pictures import picture
from ipwrap.views.report.policy import content_policy
from ipwrap.views.report.report import Report
from ipwrap.views.report.sections import read_sections, write_section
from ipwrap.views.report.steps import StepRow
from ipwrap.views.report.timeline import draw_timeline, format_duration
from ipwrap.views.topology.evidence import recorded_evidence
from ipwrap.views.topology.peers import Evidence
from ipwrap.views.topology.tree import first_label

if TYPE_CHECKING:
    from ipwrap.recording import RecordingView
    from ipwrap.state import State

__all__ = ["make_report"]

STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)  # of a drawing


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
        sections = list(read_sections(self.recording))
        rows = [row for section in sections for row in section.rows]
        parts = {
            "title": text(self.title),
            "facts": self._facts(rows),
            "failures": write_failures(rows, self.recording.end, is_running=self.is_running),
            "differences": _differences(self.differences),
            "pictures": self._pictures(),
            "timeline": _timeline(rows),
            "steps": join([write_section(section) for section in sections]),
            "count": str(len(rows)),
            "script": self._script(),
            "page_css": _resource("page.css"),
            "page_js": _resource("page.js"),
        }
        template = _resource("page.html")
        styles = (parts["page_css"], *STYLE.findall(parts["pictures"]))
        policy = content_policy(script=parts["page_js"], styles=styles)
        return fill(template, {**parts, "policy": policy})

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


def _differences(differences: Sequence[str] | None) -> Markup:
    """Return the differences to another run; nothing where there was none."""
    if differences is None:
        return EMPTY

    heading = element("h2", "Run again", id="again")
    if differences:
        entries = [element("li", element("code", difference)) for difference in differences]
        noun = "difference" if len(differences) == 1 else "differences"
        remark = element("p", f"Run again, with {len(differences)} {noun}:")
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
