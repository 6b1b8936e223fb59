"""A recording as files for `ip -batch` and `bridge -batch`, one per namespace where possible, and a
script that runs the files.
"""

import re
import shlex
from collections.abc import Iterable, Iterator

from attrs import define, field

from ipwrap.cmdline.plain_words import to_plain_words
from ipwrap.command import IPROUTE2, Command
from ipwrap.errors import NotBatchable
from ipwrap.export.batch_dependencies import NamespaceDependencies, new_link_names
from ipwrap.export.exporter import Exporter
from ipwrap.export.outcomes import fatal_command, tolerating_suffix
from ipwrap.export.shell_line import script_line
from ipwrap.export.shell_pids import ShellWord
from ipwrap.export.shell_processes import BACKGROUND_STEPS, ProcessLines
from ipwrap.export.shell_up import secrets_needed
from ipwrap.export.shellcheck import ScriptLines
from ipwrap.export.spooled import SpooledText
from ipwrap.objects.effects import with_derived_effects
from ipwrap.recording import CommandEvent, RecordingView
from ipwrap.recording.overlap import WithOverlap
from ipwrap.result import Result

__all__ = ["batch", "batch_files"]

Key = tuple[str, str | None, tuple[str, ...]]

# The characters of namespaces and flags that have no place in the name of a file.
UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")
MAX_STEM = 100
HEAD = """\
#!/bin/sh
# Written by ipwrap: it feeds ip -batch and bridge -batch. It needs sh and iproute2.
{disable}set -eu
PATH=$PATH:/usr/sbin:/sbin
"""


@define
class Segment:
    """Batch lines for one program in one namespace; without a key, lines of the script itself."""

    key: Key | None
    lines: list[str]
    _words: set[str] = field(factory=set, init=False, repr=False)

    def accepts(self, key: Key, command: Command) -> bool:
        """Return whether a line of a key may be added.

        A command may only give a link a name that is new to the process: the process would take a
        cached name for the link of the earlier look-up.
        """
        return self.key == key and self._words.isdisjoint(new_link_names(command))

    def add(self, line: str, command: Command) -> None:
        """Add the line of a command."""
        self.lines.append(line)
        self._words.update(command.argv)

    @property
    def name(self) -> str:
        """The name of its file, without the number."""
        program, netns, flags = self.key or ("", "", ())
        stem = "".join((netns or "first", *flags))
        return f"{UNSAFE.sub('_', stem)[:MAX_STEM]}.{program}"

    @property
    def feeder(self) -> str:
        """The command that runs the segment, without the file."""
        program, netns, flags = self.key or ("", "", ())
        namespace = ("-n", netns) if netns else ()
        return shlex.join((program, *flags, *namespace, "-batch"))


@define
class Run:
    """Segments between two lines of the script itself.

    A line joins the last segment of its program and namespace, unless a later segment mentions a
    namespace that the line depends on. ``last`` maps a namespace to the last segment that
    mentions it; None is the host namespace.
    """

    dependencies: NamespaceDependencies
    segments: list[Segment] = field(factory=list)
    last: dict[str | None, int] = field(factory=dict)

    def put(self, line: str, command: Command) -> None:
        """Add a line behind all lines that it may depend on."""
        key = (command.argv[0], command.netns, command.flags)
        namespaces = self.dependencies.find(command)
        if namespaces is None:
            namespaces = {command.netns, *self.last}

        position = max(self.last.get(netns, -1) for netns in namespaces)
        if position < 0 or not self.segments[position].accepts(key, command):
            position = len(self.segments)
            self.segments.append(Segment(key, []))

        self.segments[position].add(line, command)
        self.last |= dict.fromkeys(namespaces, position)


def batch_files(recording: RecordingView) -> dict[str, str]:
    """Return the files by name: ``run.sh`` passes the others to `ip` and `bridge`, in order."""
    recording = WithOverlap.of(recording)
    files: dict[str, str] = {}
    script: list[str] = []
    processes = _process_lines(recording)

    for number, segment in enumerate(segments(recording, processes), start=1):
        if segment.key is None:
            script += segment.lines
            continue

        name = f"{number:02d}-{segment.name}"
        files[name] = "".join(segment.lines)
        script.append(f"{segment.feeder} {shlex.quote(name)}\n")

    notes = ScriptLines()
    body = "".join(notes.survey(script))
    head = [HEAD.format(disable=notes.directive), 'cd "$(dirname "$0")"\n']
    head += secrets_needed(recording)
    return {**files, "run.sh": "".join((*head, processes.functions.preamble, body))}


@Exporter
def batch(recording: RecordingView) -> Iterator[str]:
    """Yield a script with the batch lines as here-documents."""
    processes = _process_lines(recording)

    # The functions that the lines need stand above them.
    notes = ScriptLines()
    with SpooledText() as body:
        body.write(notes.survey(_inline_lines(segments(recording, processes))))

        yield HEAD.format(disable=notes.directive)
        yield from secrets_needed(recording)
        yield processes.functions.preamble
        yield from body


def _process_lines(recording: RecordingView) -> ProcessLines:
    """Return the lines for the processes of a recording; none are written yet."""
    return ProcessLines(recording, script_line, fatal_command(recording))


def _inline_lines(script_segments: Iterable[Segment]) -> Iterator[str]:
    """Yield segments as lines of one script."""
    for segment in script_segments:
        if segment.key is None:
            yield from segment.lines
            continue

        delimiter = _delimiter(segment.lines)
        yield f"{segment.feeder} - <<'{delimiter}'\n"
        yield from segment.lines
        yield f"{delimiter}\n"


def _delimiter(lines: list[str]) -> str:
    """Return the delimiter of a here-document: a word that differs from every line."""
    delimiter = "END"
    while f"{delimiter}\n" in lines:
        delimiter += "_"
    return delimiter


def segments(recording: RecordingView, processes: ProcessLines) -> Iterator[Segment]:
    """Yield the changes, and commands that print a secret, as segments in a working order.

    A failed command of iproute2 has changed nothing, and is left out. Other failed programs are
    kept, since the program may have done its work: a ping without all replies, for example.

    Processes, waits, pauses and commands that cannot be batch lines keep their order to all steps.
    """
    dependencies = NamespaceDependencies()
    run = Run(dependencies)

    for event, result in recording.pairs():
        if isinstance(event, BACKGROUND_STEPS):
            lines = list(processes.script_lines((event, result)))
            if lines:
                yield from run.segments
                yield Segment(None, lines)
                run = Run(dependencies)
            continue

        if not isinstance(event, CommandEvent) or result is None or _has_no_effect(result):
            continue

        event, omission = processes.command_event(
            CommandEvent(event.number, result.command, event.call_site), result
        )
        line = _batch_line(event.command)
        if line is not None:
            run.put(line, with_derived_effects(event.command))
            continue

        yield from run.segments
        tolerated = tolerating_suffix(event, result, fatal=processes.last)
        own_line = omission or f"{script_line(event.command, result)}{tolerated}"
        yield Segment(None, [f"{own_line}\n"])
        run = Run(dependencies)

    yield from run.segments


def _has_no_effect(result: Result) -> bool:
    """Return whether a script needs no such command: a read, or a failed change."""
    command = result.command
    if not command.changes and not command.output_secret:
        return True

    return not result.ok and command.argv[0] in IPROUTE2


def _batch_line(command: Command) -> str | None:
    """Return a command as a line of a batch file; None if no batch line can run the command."""
    try:
        line = to_plain_words(command).batch_line
    except NotBatchable:
        return None

    if ShellWord in map(type, command.argv):
        return None
    if command.secrets:
        return None

    return f"{line}\n"
