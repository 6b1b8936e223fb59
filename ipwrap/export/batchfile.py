"""A recording as files for `ip -batch` and `bridge -batch`, one a namespace where that works, and what feeds them."""

import shlex
from collections.abc import Iterator
from itertools import pairwise

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import NotBatchable
from ipwrap.export.exporter import Exporter
from ipwrap.export.shell import script_line, secrets_needed
from ipwrap.recording import RecordingView

__all__ = ["batch", "batch_files"]

Key = tuple[str, str | None, tuple[str, ...]]
HEAD = """\
#!/bin/sh
# Written by ipwrap: it feeds ip -batch and bridge -batch. It needs sh and iproute2.
set -eu
PATH=$PATH:/usr/sbin:/sbin
"""


@define
class Segment:
    """Lines for one program in one namespace; or, with no key, lines of the script itself, in which all may matter."""

    key: Key | None
    lines: list[str]

    @property
    def name(self) -> str:
        """What its file is called, but for its number."""
        program, netns, flags = self.key or ("", "", ())
        return ".".join(("".join((netns or "first", *flags)), program))

    @property
    def feeder(self) -> str:
        """The command that reads it, but for the file."""
        program, netns, flags = self.key or ("", "", ())
        return shlex.join((program, *flags, *(("-n", netns) if netns else ()), "-batch"))


@define
class Run:
    """Segments between two lines of the script itself.

    A line goes into the last segment of its program and namespace, unless one behind that speaks of a namespace that
    the line speaks of too. ``last`` is where each namespace was last spoken of; None is the first one.
    """

    segments: list[Segment] = field(factory=list)
    last: dict[str | None, int] = field(factory=dict)

    def put(self, line: str, command: Command) -> None:
        """Put a line where all that it may need stands before it."""
        key, namespaces = (command.argv[0], command.netns, command.flags), _namespaces(command)
        if any(
            noun == "link" for noun, _, _ in command.deletes
        ):  # its other end goes along, wherever that is
            namespaces |= self.last.keys()
        place = max(self.last.get(each, -1) for each in namespaces)
        if place < 0 or self.segments[place].key != key:
            place = len(self.segments)
            self.segments.append(Segment(key, []))
        self.segments[place].lines.append(line)
        self.last |= dict.fromkeys(namespaces, place)


def batch_files(recording: RecordingView) -> dict[str, str]:
    """Return the files by their names: ``run.sh`` feeds the others to `ip` and `bridge`, in order."""
    files: dict[str, str] = {}
    script = [f'{HEAD}cd "$(dirname "$0")"\n', *secrets_needed(recording)]
    for number, segment in enumerate(segments(recording), start=1):
        if segment.key is None:
            script += segment.lines
        else:
            name = f"{number:02d}-{segment.name}"
            files[name] = "".join(segment.lines)
            script.append(f"{segment.feeder} {shlex.quote(name)}\n")
    return {**files, "run.sh": "".join(script)}


@Exporter
def batch(recording: RecordingView) -> Iterator[str]:
    """Yield one script that holds all of them as here-documents."""
    yield HEAD
    yield from secrets_needed(recording)
    for segment in segments(recording):
        if segment.key is None:
            yield from segment.lines
        else:
            yield f"{segment.feeder} - <<'END'\n"
            yield from segment.lines
            yield "END\n"


def segments(recording: RecordingView) -> Iterator[Segment]:
    """Yield the changes that succeeded, and what printed a secret, as segments, in an order that works.

    What is no batch line stays behind all that was before it, and before all behind it.
    """
    run = Run()
    for _, result in recording.pairs():
        if (
            result is None
            or not result.ok
            or not (result.command.changes or result.command.output_secret)
        ):
            continue
        line = _line(result.command)
        if line is not None:
            run.put(line, result.command)
            continue
        yield from run.segments
        yield Segment(None, [f"{script_line(result.command)}\n"])
        run = Run()
    yield from run.segments


def _line(command: Command) -> str | None:
    """Return a command as a line of a batch file; None for what cannot be one."""
    try:
        line = command.batch_line
    except NotBatchable:
        return None
    return None if command.secrets or line.startswith("netns exec") else f"{line}\n"


def _namespaces(command: Command) -> set[str | None]:
    """Return the namespaces that a command speaks of."""
    words = command.argv
    named = {word for before, word in pairwise(words) if before in ("netns", "link-netns")}
    if "netns" in words[1:3]:
        named |= {*words[3:]}
    made = {each.netns for each in command.creates}
    return {command.netns, *made, *named}
