"""Raise an exception at every line of chosen code, one run a line: Ctrl-C comes between any two."""

import inspect
import linecache
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any

from attrs import define, field

import ipwrap

__all__ = ["Interruption", "count_steps"]

ROOT = Path(ipwrap.__file__).parent


@define(eq=False)
class Interruption:
    """Counts the lines and returns in some files, and raises at the step with a number.

    Python handles signals between two bytecodes. KeyboardInterrupt at a `line` event stands for a
    signal between two lines, at a `return` event for one after the last line of a function.
    """

    files: frozenset[str]
    step: int | None = None
    error: BaseException = field(factory=KeyboardInterrupt)
    count: int = 0
    raised_at: str | None = None

    @classmethod
    def within(cls, files: Iterable[str], step: int | None = None) -> "Interruption":
        """Return an interruption within files of the package, given by their paths inside."""
        return cls(frozenset(str(ROOT / file) for file in files), step)

    def run(self, action: Callable[[], object]) -> None:
        """Call an action with the interruption armed. The exception raised here is swallowed."""
        before = sys.gettrace()
        sys.settrace(self._trace)
        try:
            action()
        except BaseException as error:
            sys.settrace(before)
            if error is not self.error:
                raise
        finally:
            sys.settrace(before)

    def _trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        """Trace the calls of functions in the chosen files."""
        is_chosen = frame.f_code.co_filename in self.files
        # Python 3.11 does not survive an exception in a comprehension's frame.
        if not is_chosen or frame.f_code.co_name in ("<listcomp>", "<genexpr>"):
            return None
        if _is_in_finaliser(frame):
            return None

        return self._trace_lines(frame, event, argument)

    def _trace_lines(self, frame: FrameType, event: str, _: Any) -> Any:
        """Count a step; raise if its turn has come."""
        # Python 3.11 does not survive an exception at the `yield` of a generator.
        is_generator = frame.f_code.co_flags & inspect.CO_GENERATOR
        is_step = event == "line" or (event == "return" and not is_generator)
        if is_step and not _handles_no_signal(frame):
            self.count += 1
            if self.count == self.step:
                name = Path(frame.f_code.co_filename).name
                self.raised_at = f"{name}:{frame.f_lineno} {event} {frame.f_code.co_name}"
                raise self.error

        return self._trace_lines


def _handles_no_signal(frame: FrameType) -> bool:
    """Return whether a frame is at a line where Python handles no signal.

    The line of a `with` comes once more at the end of the block, just before `__exit__`; `try:` is
    a line without code.
    """
    source = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
    return source.startswith("with ") or source == "try:"


def _is_in_finaliser(frame: FrameType) -> bool:
    """Return whether a frame was called by `__del__`, whose exceptions go nowhere."""
    caller: FrameType | None = frame
    while caller is not None:
        if caller.f_code.co_name == "__del__":
            return True
        caller = caller.f_back

    return False


def count_steps(files: Iterable[str], action: Callable[[], object]) -> int:
    """Return the number of steps of an action in some files."""
    interruption = Interruption.within(files)
    interruption.run(action)

    return interruption.count
