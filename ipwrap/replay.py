"""A recording run again, and the proof that it came out the same."""

import runpy
import tempfile
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import ExecutorError, IpwrapError, OutputError
from ipwrap.models import NOUNS, Json, dump_all, read
from ipwrap.recording import Asked, Note, Recording
from ipwrap.result import Result
from ipwrap.script import FORMATS, goes_on, means_the_same
from ipwrap.session import Session
from ipwrap.state import Difference, Named, changed, compare, compare_objects

__all__ = ["Replay", "noun_of", "replay", "replay_export", "replay_python", "replay_script"]


@define
class Replay:
    """What a replay found: commands that ended otherwise, reads that gave something else, a state that differs."""

    commands: int = 0
    reads: int = 0
    differences: list[str] = field(factory=list)
    state_compared: bool = False

    @property
    def same(self) -> bool:
        """Whether everything came out as recorded."""
        return not self.differences

    def __str__(self) -> str:
        state = "the end state" if self.state_compared else "no end state (the recording holds none)"
        head = f"{self.commands} commands run again; compared: their status, {self.reads} reads, {state}"
        return "\n".join([head, *self.differences, "no difference" if self.same else f"{len(self.differences)} differ"])


def replay(recording: Recording, session: Session, *, check: bool = True) -> Replay:
    """Run every recorded command again in a session, whatever its status, and compare what came of it.

    Each command's status is compared, and with ``check`` what each read returned and the state reached, modulo what
    the kernel chooses (see `ipwrap.state.normal`). Of a program run by `exec` only the status is compared. Monitors are
    left out.
    """
    found = Replay()
    named = Named(asked.command for asked in recording.commands)
    for event, recorded in recording.pairs():
        if isinstance(event, Note):
            session.note(event.text)
        elif isinstance(event, Asked) and not event.command.endless:
            now = _run(session, event.command)
            found.commands += 1
            if recorded is not None:
                found.differences += _differences(event.n, recorded, now, named, found, check)
    if check:
        _compare_states(recording, session, named, found)
    return found


def replay_script(recording: Recording, session: Session, script: str) -> Replay:
    """Run an exported script in a session's place, and compare the state it reaches with the recorded one."""
    found = Replay(commands=1)
    status = session.exec("sh", script, check=False)
    if not status.ok:
        found.differences.append(f"~ sh {script}: status {status.status} {status.stderr.strip()}")
    _compare_states(recording, session, Named(asked.command for asked in recording.commands), found)
    return found


def replay_export(recording: Recording, session: Session, format_: str) -> Replay:
    """Run what a recording is exported as, by the format's own tool, and compare the state that it reaches."""
    with tempfile.TemporaryDirectory(prefix="ipwrap-") as folder:
        script = Path(folder) / "script"
        script.write_text(FORMATS[format_](recording), errors="surrogateescape")
        play = replay_python if format_ == "python" else replay_script
        return play(recording, session, str(script))


def replay_python(recording: Recording, session: Session, script: str) -> Replay:
    """Run an exported script's ``main`` in a session, and compare its commands, their answers, and the state."""
    found = Replay()
    before = len(session.recording.commands)
    try:
        runpy.run_path(script, run_name="__ipwrap__")["main"](session)
    except IpwrapError as error:
        if recording.end is None or recording.end.error is None:
            found.differences.append(f"~ {script}: {type(error).__name__}: {error}")
    found.differences += _as_recorded(recording, session.recording.commands[before:], session, found)
    _compare_states(recording, session, Named(asked.command for asked in recording.commands), found)
    return found


def _as_recorded(recording: Recording, ran: list[Asked], session: Session, found: Replay) -> Iterator[str]:
    """Yield where commands differ from the recorded ones, or came out otherwise."""
    named = Named(asked.command for asked in recording.commands)
    then, now = ({each.n: result for each, result in _answers(one)} for one in (recording, session.recording))
    recorded = [asked for asked in recording.commands if not goes_on(asked.command)]
    for asked, other in zip_longest(recorded, ran):
        if asked is None or other is None or not means_the_same(asked.command, other.command):
            lines = ("nothing" if each is None else each.command.line for each in (asked, other))
            yield "~ recorded: {}; the script ran: {}".format(*lines)
            return
        found.commands += 1
        if asked.n in then and other.n in now:
            yield from _differences(asked.n, then[asked.n], now[other.n], named, found, check=True)


def _answers(recording: Recording) -> Iterator[tuple[Asked, Result]]:
    """Yield the commands of a recording that have ended, each with what it gave back."""
    pairs = ((event, result) for event, result in recording.pairs() if isinstance(event, Asked))
    yield from ((asked, result) for asked, result in pairs if result is not None)


def _run(session: Session, command: Command) -> Result:
    """Run a command; one whose program is missing fails as in a shell, as it is recorded."""
    try:
        return session.run(command, check=False)
    except ExecutorError as error:
        return Result(command, 127, "", str(error))


def _objects(result: Result, noun: str) -> list[Json]:
    """Return what a read gave as objects. Raises `OutputError` where they are not what the noun looks like."""
    return dump_all(read(NOUNS[noun], result.stdout))


def _differences(number: int, recorded: Result, now: Result, named: Named, found: Replay, check: bool) -> Iterator[str]:
    """Yield how one command came out otherwise."""
    if recorded.status != now.status:
        yield f"~ command {number}, {now.line}: status {recorded.status} -> {now.status} {now.stderr.strip()}".rstrip()
        return
    noun = noun_of(recorded)
    if not check or noun is None:
        return
    found.reads += 1
    try:
        differences = compare_objects(noun, _objects(recorded, noun), _objects(now, noun), named)
    except OutputError as error:
        yield f"~ command {number}, {now.line}: {error}"
        return
    yield from (f"~ command {number}, {now.line}: {each}" for each in differences)


def noun_of(result: Result) -> str | None:
    """Return which noun a read's JSON holds, or None for what cannot be compared: text, a program's output."""
    words = [word for word in result.command.argv[1:] if not word.startswith("-")]
    if result.command.changes or result.command.argv[0] not in ("ip", "bridge") or "-j" not in result.command.argv:
        return None
    if not result.ok or not result.stdout.lstrip().startswith("["):
        return None
    program = "bridge " if result.command.argv[0] == "bridge" else ""
    names = (program + " ".join(words[:count]) for count in (2, 1))
    return next((name for name in names if name in NOUNS), None)


def _compare_states(recording: Recording, session: Session, named: Named, found: Replay) -> None:
    """Compare what the recorded session changed with what this one has."""
    end = recording.end
    if end is None or end.state is None:
        return
    found.state_compared = True
    then = changed(recording.before, end.state, named)
    now = changed(session.recording.before, session.state(), named)
    differences: list[Difference] = compare(then, now)
    found.differences += [str(each) for each in differences]
