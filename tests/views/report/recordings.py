"""Recordings for reports, and a page of HTML as a reader finds it."""

from collections.abc import Sequence
from html.parser import HTMLParser

from attrs import define, field

from ipwrap.command import Command
from ipwrap.recording import CommandEvent, End, Event, Header, Recording, ResultEvent
from ipwrap.result import Result

__all__ = ["HOSTILE", "Page", "Tag", "begun_at", "command", "read_page", "recording_of"]

begun_at = 1_795_680_494.0

# What a recording from others may hold: markup, a bidi override, a terminal's escape, a surrogate.
HOSTILE = "</script><script>alert(1)</script><!-- \u202egnp.x \x1b]0;t\x07 &lt; \" ' \udcff\r\x00"

VOID = frozenset({"meta", "input"})


def recording_of(*events: Event, end: End | None = End(), place: str = "sandbox") -> Recording:  # noqa: B008
    """Return a recording with these events and an end."""
    header = Header(place=place, iproute2="6.1.0", kernel="6.18.44", started=begun_at)
    return Recording(header, [*events, *((end,) if end is not None else ())])


def command(
    number: int,
    *argv: str,
    status: int = 0,
    stdout: str = "",
    stderr: str = "",
    begin: float = 0.0,
    seconds: float = 0.5,
    call_site: str | None = "lab.py:7",
) -> tuple[Event, Event]:
    """Return a command and its result. ``begin`` is in seconds since the begin of the session."""
    asked = Command(argv or ("ip", "link", "add", "name", f"v{number}", "type", "dummy"))
    result = Result(
        asked,
        status,
        stdout,
        stderr,
        started=begun_at + begin,
        seconds=seconds,
        call_site=call_site,
    )
    return CommandEvent(number, asked, call_site), ResultEvent(number, result)


@define
class Tag:
    """An element: its name, its attributes, and the text in it."""

    name: str
    attributes: dict[str, str | None]
    text: str = ""


@define
class Page:
    """The elements of a page in their order, and the tags that nothing closes, or opens."""

    tags: list[Tag] = field(factory=list)
    strays: list[str] = field(factory=list)

    def named(self, *names: str) -> list[Tag]:
        """Return the elements of these names."""
        return [tag for tag in self.tags if tag.name in names]

    def classed(self, name: str) -> list[Tag]:
        """Return the elements of a class."""
        return [tag for tag in self.tags if name in (tag.attributes.get("class") or "").split()]

    def attribute(self, *names: str) -> list[str]:
        """Return the values of attributes of these names."""
        return [
            tag.attributes[name] or ""
            for tag in self.tags
            for name in names
            if name in tag.attributes
        ]

    def text_of(self, identifier: str) -> str:
        """Return the text of an element."""
        return next(tag.text for tag in self.tags if tag.attributes.get("id") == identifier)


class _Parser(HTMLParser):
    """Reads a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.open: list[Tag] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """Open an element."""
        element = Tag(tag, dict(attrs))
        self.page.tags.append(element)
        if len(element.attributes) != len(attrs):
            self.page.strays.append(f"{tag}: an attribute twice")
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """Note an element of svg that ends at once."""
        self.page.tags.append(Tag(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close an element."""
        if self.open and self.open[-1].name == tag:
            self.open.pop()
        else:
            self.page.strays.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        """Add text to all elements around it."""
        for element in self.open:
            element.text += data


def read_page(html: str) -> Page:
    """Return the elements of a page."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    parser.page.strays += [tag.name for tag in parser.open]
    return parser.page
