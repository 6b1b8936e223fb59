"""A program ends with status 0: `ip netns exec NAME PROGRAM ARGUMENT…`."""

import shlex
from typing import Any, Self

import msgspec
from attrs import field, frozen

from ipwrap.command import Command
from ipwrap.conditions.base import (
    Condition,
    Listing,
    Observation,
    Prober,
    check_public,
    positional,
    shell_line,
    shorten,
)
from ipwrap.errors import InvalidArgument
from ipwrap.options.validation import check_encodable

__all__ = ["Succeeds"]


@frozen(init=False)
class Succeeds(Condition):
    """A program, run again and again, ends with status 0.

    It should change nothing, and end soon: ``until.succeeds("ping", "-c1", "-W1", "10.0.0.2")``. A
    program that still runs when the wait's time is up is killed.
    """

    tag = "succeeds"

    program: tuple[str, ...] = field(metadata=positional())

    def __init__(self, *program: str) -> None:
        if not program:
            raise InvalidArgument("succeeds: no program; give its name and its arguments")

        name, *arguments = program
        checked = [check_public(name, "program")]
        for argument in arguments:
            # An argument may be empty.
            checked.append(check_public(argument, "argument") if argument != "" else "")
            check_encodable(checked[-1], "argument")
        self.__attrs_init__(tuple(checked))

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return the condition of a recording."""
        return cls(*msgspec.convert(data.get("program"), tuple[str, ...]))

    def look(self, prober: Prober, netns: str | None) -> Observation:
        """Run the program."""
        result = prober.run(Command(self.program, netns, changes=False), check=False)
        if result.ok:
            return Observation(True, "status 0")

        output = shorten(prober.redact_text(result.stderr or result.stdout))
        if result.timed_out:
            return Observation(False, f"it still ran, and was killed: {output}")
        return Listing([], output if result.status == 255 else "").missing(
            f"status {result.status}: {output}"
        )

    def shell_test(self, netns: str | None) -> str:
        """Return the program, without its output."""
        line = shell_line(self.program, netns)
        if self.program[0] in ("test", "["):
            line = f"{{ {line}; }}"  # shellcheck SC2065 takes `>` for a comparison of theirs
        return f"{line} >/dev/null 2>&1"

    def __str__(self) -> str:
        return f"{shlex.join(self.program)} succeeds"
