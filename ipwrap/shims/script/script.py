"""The recorded script: which of its lines made a call."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from functools import cached_property

from attrs import evolve, field, frozen

from ipwrap.shims.calls.call import Call
from ipwrap.shims.script.lines import Location, ScriptLines

__all__ = ["Script", "call_site_of"]

# `until PROGRAM` or `while ! PROGRAM`: a loop that ends when a program succeeds. Conditions of
# test(1) are no programs that a replay could ask.
WAITING_LOOP = re.compile(
    r"\s*(?:until|while\s+!)\s+(?![\[!]|test\b|\(\()(?P<condition>[^;|&]+)(?:[;|&]|$)"
)

KILLS = re.compile(r"\bkill\b")
KILL_LINES = 3  # `for pid in $(ip netns pids red); do`, and the lines behind it


@frozen(slots=False)
class Script:
    """The recorded script.

    A call has an offset of the script: bash had read so far when it made the call. `locate` finds
    the lines of the calls themselves, the ``locations``, by the number of a call.
    """

    name: str
    text: bytes
    locations: Mapping[int, Location] = field(factory=dict)

    def locate(self, calls: Iterable[Call]) -> "Script":
        """Return the script with the lines of calls."""
        # What another program called is not in the script.
        own_calls = [call for call in calls if call.caller is None]
        ends = [(call.argv, self.line_at(call.script_offset)) for call in own_calls]

        locations = {}
        for call, location in zip(own_calls, self.lines.locate(ends), strict=True):
            if location is not None:
                locations[call.number] = location

        return evolve(self, locations=locations)

    def call_site(self, call: Call) -> str | None:
        """Return FILE:LINE of a call; of the end of its command where its own line is unknown."""
        location = self.locations.get(call.number)
        line = self.line_at(call.script_offset) if location is None else location.line
        return None if line is None else f"{self.name}:{line}"

    def line_at(self, offset: int | None) -> int | None:
        """Return the line at the end of the current command.

        bash reads a command completely before running the command: the offset is at its end.
        """
        if offset is None:
            return None

        end = min(offset, len(self.text))
        while end and self.text[end - 1 : end].isspace():
            end -= 1
        return bisect_left(self._line_ends, end) + 1

    def is_loop_condition(self, call: Call) -> bool:
        """Return whether a loop ends when the program of a call succeeds."""
        location = self.locations.get(call.number)
        if location is None:
            return False

        match = WAITING_LOOP.match(self.lines.lines[location.line])
        program = call.argv[0].rpartition("/")[2]
        return match is not None and program in match["condition"].split()

    def kills_near(self, call: Call) -> bool:
        """Return whether the script runs kill(1) in the line of a call or right behind it."""
        location = self.locations.get(call.number)
        if location is None:
            return False

        numbers = range(location.line, location.line + KILL_LINES)
        return any(KILLS.search(self.lines.lines.get(number, "")) for number in numbers)

    @cached_property
    def lines(self) -> ScriptLines:
        """The lines of the script."""
        return ScriptLines(self.text.decode("utf-8", "surrogateescape"))

    @cached_property
    def _line_ends(self) -> list[int]:
        """The offsets of the ends of lines."""
        return [match.start() for match in re.finditer(b"\n", self.text)]


def call_site_of(call: Call, script: Script | None) -> str | None:
    """Return FILE:LINE of the script's command that made a call."""
    return None if script is None else script.call_site(call)
