"""A recording run again, and the proof that it came out the same."""

import runpy
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice, zip_longest
from pathlib import Path

from attrs import define, field

from ipwrap.cmdline import is_equivalent, runs_until_stopped
from ipwrap.command import Command
from ipwrap.errors import ExecutorError, IpwrapError, OutputError
from ipwrap.export.formats import FORMATS
from ipwrap.models import NOUNS, Json, dump_all, read
from ipwrap.recording import CommandEvent, Note, RecordingView
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.result import Result
from ipwrap.session import Session
from ipwrap.state import Machine, compare_changes, compare_objects
from ipwrap.system.temporary import temporary_files

__all__ = ["Replay", "noun_of", "replay", "replay_export", "replay_python", "replay_script"]

IPROUTE2 = ("ip", "bridge", "tc")


@define
class Replay:
    """What a replay found: commands that ended otherwise, reads that gave something else, a state that differs."""

    commands: int = 0
    reads: int = 0
    differences: list[str] = field(factory=list)
    state_compared: bool = False
    recorded: Machine = Machine()
    replayed: Machine = Machine()

    @property
    def machines(self) -> str | None:
        """Which releases of iproute2 and which kernels met, and what is compared then; None where they are the same."""
        if self.recorded.prints_as(self.replayed):
            return None
        return (
            f"recorded with iproute2 {self.recorded}, replayed with {self.replayed}: "
            "keys that only one of them prints are taken for their defaults, or not compared"
        )

    @property
    def same(self) -> bool:
        """Whether everything came out as recorded."""
        return not self.differences

    def __str__(self) -> str:
        state = (
            "the end state" if self.state_compared else "no end state (the recording holds none)"
        )
        head = f"{self.commands} commands run again; compared: their status, {self.reads} reads, {state}"
        met = [] if self.machines is None else [self.machines]
        verdict = "no difference" if self.same else f"{len(self.differences)} differ"
        return "\n".join([head, *met, *self.differences, verdict])


def replay(recording: RecordingView, session: Session, *, check: bool = True) -> Replay:
    """Run every recorded command again in a session, whatever its status, and compare what came of it.

    Each command's status is compared, and with ``check`` what each read returned and the state reached, modulo what
    the kernel chooses (see `ipwrap.state.comparison`). Of a program run by `exec` only the status is compared. Monitors
    are left out. A recording of another iproute2, or from another kernel, is compared by what both print;
    `Replay.machines` names them then.
    """
    found = _begin(recording, session)
    named = _mentioned(recording)
    for event, recorded in recording.pairs():
        if isinstance(event, Note):
            session.note(event.text)
        elif not event.command.runs_until_stopped:
            now = _run(session, event.command)
            found.commands += 1
            if recorded is not None:
                found.differences += _differences(event.number, recorded, now, named, found, check)
    if check:
        _compare_states(recording, session, named, found)
    return found


def replay_script(recording: RecordingView, session: Session, script: str) -> Replay:
    """Run an exported script in a session's place, and compare the state it reaches with the recorded one."""
    found = _begin(recording, session)
    found.commands = 1
    status = session.exec("sh", script, check=False)
    if not status.ok:
        found.differences.append(f"~ sh {script}: status {status.status} {status.stderr.strip()}")
    _compare_states(recording, session, _mentioned(recording), found)
    return found


def replay_export(recording: RecordingView, session: Session, format_: str) -> Replay:
    """Run what a recording is exported as, by the format's own tool, and compare the state that it reaches."""
    with temporary_files():
        scratch = tempfile.TemporaryDirectory(prefix="ipwrap-")

    with scratch as folder:
        script = Path(folder) / "script"
        with (
            temporary_files(),
            open(script, "w", encoding="utf-8", errors="surrogateescape", newline="\n") as stream,
        ):
            stream.writelines(FORMATS[format_].iter_text(recording))

        play = replay_python if format_ == "python" else replay_script
        return play(recording, session, str(script))


def replay_python(recording: RecordingView, session: Session, script: str) -> Replay:
    """Run an exported script's ``main`` in a session, and compare its commands, their answers, and the state."""
    found = _begin(recording, session)
    before = len(session.recording.commands)
    try:
        runpy.run_path(script, run_name="__ipwrap__")["main"](session)
    except IpwrapError as error:
        if recording.end is None or recording.end.error is None:
            found.differences.append(f"~ {script}: {type(error).__name__}: {error}")
    named = _mentioned(recording)
    then = (pair for pair in _commands(recording) if not runs_until_stopped(pair[0].command))
    found.differences += _as_recorded(
        then, islice(_commands(session.recording), before, None), named, found
    )
    _compare_states(recording, session, named, found)
    return found


def _begin(recording: RecordingView, session: Session) -> Replay:
    """Return a replay that has compared nothing yet, with the machines that meet."""
    return Replay(
        recorded=Machine.of(recording.header), replayed=Machine.of(session.recording.header)
    )


Answer = tuple[CommandEvent, Result | None]


def _as_recorded(
    recorded: Iterable[Answer], ran: Iterable[Answer], named: MentionedWords, found: Replay
) -> Iterator[str]:
    """Yield where commands differ from the recorded ones, or came out otherwise."""
    for (asked, then), (other, now) in zip_longest(recorded, ran, fillvalue=(None, None)):
        if asked is None or other is None or not is_equivalent(asked.command, other.command):
            lines = ("nothing" if each is None else each.command.line for each in (asked, other))
            yield "~ recorded: {}; the script ran: {}".format(*lines)
            return
        found.commands += 1
        if then is not None and now is not None:
            yield from _differences(asked.number, then, now, named, found, check=True)


def _commands(recording: RecordingView) -> Iterator[Answer]:
    """Yield the commands of a recording, each with what it gave back."""
    yield from (
        (event, result) for event, result in recording.pairs() if isinstance(event, CommandEvent)
    )


def _mentioned(recording: RecordingView) -> MentionedWords:
    """Return the words that its commands named."""
    return MentionedWords(asked.command for asked, _ in _commands(recording))


def _run(session: Session, command: Command) -> Result:
    """Run a command; one whose program is missing fails as in a shell, as it is recorded."""
    try:
        return session.run(command, check=False)
    except ExecutorError as error:
        return Result(command, 127, "", str(error))


def _objects(result: Result, noun: str) -> list[Json]:
    """Return what a read gave as objects. Raises `OutputError` where they are not what the noun looks like."""
    return dump_all(read(NOUNS[noun], result.stdout))


def _differences(
    number: int, recorded: Result, now: Result, named: MentionedWords, found: Replay, check: bool
) -> Iterator[str]:
    """Yield how one command came out otherwise."""
    same_machine = found.recorded.prints_as(found.replayed)
    if recorded.status != now.status and (same_machine or not _refused_alike(recorded, now)):
        yield f"~ command {number}, {now.line}: status {recorded.status} -> {now.status} {now.stderr.strip()}".rstrip()
        return
    noun = noun_of(recorded)
    if not check or noun is None or (not same_machine and _is_text(now)):
        return
    found.reads += 1
    machines = (found.recorded, found.replayed)
    try:
        differences = compare_objects(
            noun, _objects(recorded, noun), _objects(now, noun), named, machines=machines
        )
    except OutputError as error:
        yield f"~ command {number}, {now.line}: {error}"
        return
    yield from (f"~ command {number}, {now.line}: {each}" for each in differences)


def _refused_alike(recorded: Result, now: Result) -> bool:
    """Return whether iproute2 itself refused the words both times: with 1 or with 255, that depends on the release."""
    return recorded.command.argv[0] in IPROUTE2 and {recorded.status, now.status} == {1, 255}


def _is_text(result: Result) -> bool:
    """Return whether a read gave text, as of objects for which a release has no JSON."""
    return bool(result.stdout.strip()) and not result.stdout.lstrip().startswith("[")


def noun_of(result: Result) -> str | None:
    """Return which noun a read's JSON holds, or None for what cannot be compared: text, a program's output."""
    words = [word for word in result.command.argv[1:] if not word.startswith("-")]
    if (
        result.command.changes
        or result.command.argv[0] not in ("ip", "bridge")
        or "-j" not in result.command.argv
    ):
        return None
    if not result.ok or not result.stdout.lstrip().startswith("["):
        return None
    program = "bridge " if result.command.argv[0] == "bridge" else ""
    names = (program + " ".join(words[:count]) for count in (2, 1))
    return next((name for name in names if name in NOUNS), None)


def _compare_states(
    recording: RecordingView, session: Session, named: MentionedWords, found: Replay
) -> None:
    """Compare what the recorded session changed with what this one has."""
    end = recording.end
    if end is None or end.state is None:
        return
    found.state_compared = True
    then = (recording.initial_state, end.state)
    now = (session.recording.initial_state, session.state())
    differences = compare_changes(then, now, named, (found.recorded, found.replayed))
    found.differences += [str(each) for each in differences]
