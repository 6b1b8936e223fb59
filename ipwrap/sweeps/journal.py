"""`RunJournal`: the folder of a sweep, whose runs.jsonl gets a line as each run ends.

A sweep that was stopped, or has crashed, goes on from there: a run that has ended well is not
repeated.
"""

import contextlib
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from attrs import define, evolve, field

from ipwrap.errors import InvalidArgument, IpwrapError
from ipwrap.jsonio.reader import encode
from ipwrap.sweeps.lab_source import LabSource
from ipwrap.sweeps.run import Run, RunStatus, RunTask
from ipwrap.system.counts import count_of
from ipwrap.system.live_lock import LiveLock
from ipwrap.system.shortage import describe_file_error

__all__ = ["JOURNAL_NAME", "RunJournal"]

JOURNAL_NAME = "runs.jsonl"
RECORDINGS = "recordings"
EARLIER = "earlier"  # and a number: what --restart puts aside
FORMAT = 1

MAX_NAME = 120  # characters of a recording's name; NAME_MAX is 255 bytes
UNSAFE = re.compile(r"[^\w.,=+-]", re.ASCII)


class JournalHeader(msgspec.Struct, kw_only=True):
    """The first line: the format, and the lab that the runs are of."""

    ipwrap_sweep: int
    lab: str
    source: str


class JournalLine(msgspec.Struct, kw_only=True):
    """A run that has ended. ``recording`` is a path below the folder."""

    parameters: dict[str, str | int | float | bool | None]
    repeat: int
    status: RunStatus
    seconds: float
    error: str | None = None
    recording: str | None = None
    measurements: dict[str, Any] = {}


@define
class RunJournal:
    """The folder of a sweep, open for new runs.

    ``runs`` are those of earlier calls, by their key; of a run that was repeated, the last one.
    """

    folder: Path
    source: LabSource
    runs: dict[str, Run] = field(factory=dict, init=False)
    _recording_names: set[str] = field(factory=set, init=False)
    _lock: LiveLock | None = field(default=None, init=False)

    @classmethod
    def open(
        cls, folder: str | os.PathLike[str], source: LabSource, *, restart: bool = False
    ) -> "RunJournal":
        """Open the folder, which is made if it is missing, and read the runs of before.

        ``restart`` puts them aside, in a folder `earlier-1`. Raises `InvalidArgument` if they are
        of another text of the lab, and `IpwrapError` for what cannot be read or written, or is in
        use by another sweep.
        """
        journal = cls(Path(folder), source)
        with journal._report_errors():
            journal.folder.mkdir(parents=True, exist_ok=True)
            journal.path.touch()
            journal._hold()

        try:
            with journal._report_errors():
                journal._begin(restart=restart)
        except BaseException:
            journal.close()
            raise
        return journal

    @property
    def path(self) -> Path:
        """The file of the runs."""
        return self.folder / JOURNAL_NAME

    def _hold(self) -> None:
        """Keep other sweeps away. Raises `IpwrapError` if there is one."""
        self._lock = LiveLock.hold(self.path)
        if self._lock is None:
            raise IpwrapError(
                f"{self.path}: another sweep writes to it, or its file system has no locks; give "
                "another folder"
            )

    def _begin(self, *, restart: bool) -> None:
        """Read the runs of before, or put them aside; write the header of a new file."""
        if restart:
            self._put_aside()
        lines = self._whole_lines()
        if lines:
            self._read(lines)
            return

        header = JournalHeader(
            ipwrap_sweep=FORMAT,
            lab=f"{os.path.basename(self.source.path)}:{self.source.name}",
            source=self.source.digest,
        )
        self._append(msgspec.to_builtins(header))

    def _put_aside(self) -> None:
        """Move the runs and their recordings to a folder of their own."""
        if not self.path.stat().st_size:
            return

        number = 1
        while (self.folder / f"{EARLIER}-{number}").exists():
            number += 1
        target = self.folder / f"{EARLIER}-{number}"
        target.mkdir()

        # The locked file stays where it is: its content is copied.
        (target / JOURNAL_NAME).write_bytes(self.path.read_bytes())
        if (self.folder / RECORDINGS).exists():
            (self.folder / RECORDINGS).rename(target / RECORDINGS)
        os.truncate(self.path, 0)

    def _whole_lines(self) -> list[bytes]:
        """Return the lines of the file; one that a crash has cut off is removed from it."""
        content = self.path.read_bytes()
        end = content.rfind(b"\n") + 1
        if end < len(content):
            os.truncate(self.path, end)
        return content[:end].splitlines()

    def _read(self, lines: list[bytes]) -> None:
        """Take the runs of the lines. Raises `InvalidArgument` for those of another lab."""
        header = self._decode(lines[0], JournalHeader, number=1)
        if header.ipwrap_sweep != FORMAT:
            raise IpwrapError(
                f"{self.path}: has format {header.ipwrap_sweep}, and this release reads {FORMAT}"
            )
        if header.source != self.source.digest:
            raise InvalidArgument(
                f"{self.folder} has runs of {header.lab} as it was before it changed; --restart "
                "(restart=True) puts them aside, another folder keeps both"
            )

        for number, content in enumerate(lines[1:], start=2):
            line: JournalLine = self._decode(content, JournalLine, number=number)
            run = self._run_of(line)
            self.runs[run.key] = run
            if line.recording is not None:
                self._recording_names.add(os.path.basename(line.recording))

    def _decode(self, line: bytes, kind: type[Any], *, number: int) -> Any:
        """Return a line of the file. Raises `IpwrapError`, with its number."""
        try:
            return msgspec.json.decode(line, type=kind)
        except msgspec.DecodeError as error:
            raise IpwrapError(
                f"{self.path}:{number}: is no line of a sweep: {error}; --restart (restart=True) "
                "puts the file aside"
            ) from error

    def _run_of(self, line: JournalLine) -> Run:
        """Return the run of a line."""
        values = msgspec.structs.asdict(line)
        if line.recording is not None:
            values["recording"] = str(self.folder / line.recording)
        return Run(**values)

    def check_included(self, keys: Iterable[str]) -> None:
        """Raise `InvalidArgument` if a run of before is none of those that are asked for."""
        asked = set(keys)
        others = [run for key, run in self.runs.items() if key not in asked]
        if not others:
            return

        values = ", ".join(f"{name}={value}" for name, value in others[0].parameters.items())
        raise InvalidArgument(
            f"{self.folder} has {count_of(len(others), 'run')} that this sweep has not, such as "
            f"{values} (repeat {others[0].repeat}); add their values to go on, --restart "
            "(restart=True) puts them aside, another folder keeps both"
        )

    def with_record(self, task: RunTask) -> RunTask:
        """Return a run with a file to record to, which is that of no run that has ended.

        The file of a run that was interrupted, or lost with its worker, is written anew.
        """
        if task.record is not None:
            return task

        folder = self.folder.absolute() / RECORDINGS
        with self._report_errors():
            folder.mkdir(exist_ok=True)

        stem = _recording_stem(task)
        name = f"{stem}.jsonl"
        number = 2
        while name in self._recording_names:
            name = f"{stem}-{number}.jsonl"
            number += 1
        self._recording_names.add(name)
        return evolve(task, record=str(folder / name))

    def keep_recording(self, record: str, content: bytes | None) -> str | None:
        """Return the path of a recording, in the words of the folder; None if there is none.

        ``content`` is written to it, if the recording comes from another machine.
        """
        path = self.folder / RECORDINGS / os.path.basename(record)
        with self._report_errors():
            if content is not None:
                path.write_bytes(content)
        return str(path) if path.exists() else None

    def add(self, run: Run) -> None:
        """Write a run that has ended."""
        with self._report_errors():
            relative = None
            if run.recording is not None:
                relative = f"{RECORDINGS}/{os.path.basename(run.recording)}"
            line = {**_fields_of(run), "recording": relative}
            self._append(line)

    def _append(self, line: dict[str, Any]) -> None:
        """Append a line."""
        with open(self.path, "ab") as file:
            file.write(f"{encode(line)}\n".encode())

    def close(self) -> None:
        """Let other sweeps use the folder."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    @contextlib.contextmanager
    def _report_errors(self) -> Iterator[None]:
        """Raise `IpwrapError` with the folder's name for an `OSError` in the block."""
        try:
            yield
        except OSError as error:
            if isinstance(error, IpwrapError):
                raise
            path = error.filename or self.folder
            raise IpwrapError(f"{path}: {describe_file_error(error)}") from error


def _fields_of(run: Run) -> dict[str, Any]:
    """Return the fields of a run for its line."""
    names = JournalLine.__struct_fields__
    return {name: getattr(run, name) for name in names}


def _recording_stem(task: RunTask) -> str:
    """Return the name of a recording, without its suffix: the parameters, as far as a name can."""
    words = [f"{name}={value}" for name, value in task.parameters.items()]
    words.append(f"repeat={task.repeat}")
    text = ",".join(words)
    stem = UNSAFE.sub("_", text)[:MAX_NAME]

    if stem != text or stem.startswith("."):
        stem = f"{stem}-{hashlib.sha256(task.key.encode()).hexdigest()[:8]}"
    return stem
