"""A background process has printed a line that matches a pattern: `grep -E PATTERN "$web_log"`."""

import re
import shlex

from attrs import field, frozen

from ipwrap.command import Command
from ipwrap.conditions.base import Observation, Prober, check_public, positional, shorten
from ipwrap.conditions.pattern import check_pattern, count_choices, to_extended_pattern
from ipwrap.conditions.process_condition import ProcessCondition
from ipwrap.conditions.process_words import ProcessWords

__all__ = ["Output"]

MAX_TRIES = 10**7  # of Python at a line: a tenth of a second


@frozen
class Output(ProcessCondition):
    """A background process has printed a line that a pattern matches, on stdout or stderr.

    - ``process``: the process that `spawn` has returned, or its name
    - ``pattern``: a regular expression that is searched for in each line, and that `grep -E` of a
      script understands as well: see `ipwrap.conditions.pattern`
    """

    tag = "output"

    pattern: str = field(metadata=positional())

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        check_pattern(check_public(self.pattern, "pattern"))

    def look(self, prober: Prober, netns: str | None) -> Observation:  # noqa: ARG002 - of no use
        """Search the lines that the process has printed up to now."""
        lines = prober.process_output(self.process).split("\n")
        matching_line = self._search(prober, lines)
        if matching_line is not None:
            return Observation(True, shorten(prober.redact_text(matching_line)))

        printed_lines = [line for line in lines if line]
        last_line = printed_lines[-1] if printed_lines else "no output"
        return Observation(False, shorten(prober.redact_text(last_line)))

    def _search(self, prober: Prober, lines: list[str]) -> str | None:
        """Return the first line that matches; None without one.

        Python tries every way in which a pattern can divide a line, for hours if need be, and lets
        no other thread run meanwhile. `grep` reads a line once, and ends with the wait.
        """
        choices = count_choices(self.pattern)
        longest = max(map(len, lines))
        if choices is None or longest ** (choices + 1) > MAX_TRIES:
            command = Command(
                ("grep", "-aEm1", "-e", to_extended_pattern(self.pattern)),
                stdin="\n".join(lines),
                changes=False,
            )
            result = prober.run(command, check=False)
            return result.stdout.removesuffix("\n") if result.ok else None

        pattern = re.compile(self.pattern, re.ASCII)
        return next((line for line in lines if pattern.search(line)), None)

    def script_test(self, netns: str | None, words: ProcessWords) -> str:  # noqa: ARG002 - of no use
        """Return a test of the file with the output."""
        pattern = shlex.quote(to_extended_pattern(self.pattern))
        return f"grep -Eq -e {pattern} {words.log(self.process)} 2>/dev/null"

    def __str__(self) -> str:
        return f"{self.process} has printed {self.pattern!r}"
