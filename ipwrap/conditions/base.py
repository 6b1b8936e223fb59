"""`Condition`: a fact about a namespace that a wait waits for.

A condition is a value: recordings hold it, scripts test it in plain sh, and exported Python names
it by its constructor in `ipwrap.until`. Each kind has one file in this folder.
"""

import shlex
from typing import Any, ClassVar, Protocol, Self

import attrs
import msgspec
from attrs import frozen

from ipwrap.command import Command
from ipwrap.result import Result

__all__ = ["Condition", "Observation", "Prober", "positional", "shell_line", "shorten"]

POSITIONAL = "positional"
MAX_SEEN = 200  # characters of what was seen last, in messages and recordings


class Prober(Protocol):
    """The part of a session by which a condition looks."""

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a read-only command without an entry in the recording."""

    def process_output(self, name: str) -> str:
        """Return what a background process of the session has printed up to now.

        Raises `InvalidArgument` for a name that no process has.
        """


@frozen
class Observation:
    """What one look has found: whether the condition holds, and what was seen, in a few words."""

    satisfied: bool
    seen: str = ""


def positional() -> dict[str, bool]:
    """Return the metadata of a field whose name the constructor in `ipwrap.until` leaves out."""
    return {POSITIONAL: True}


@frozen
class Condition:
    """The base class of conditions.

    - ``tag``: the name of the kind in recordings, and of its constructor in `ipwrap.until`
    - ``monitored``: the object of `ip monitor` that tells of a change; None where only looking
      again tells

    ``str()`` is the condition in plain English.
    """

    tag: ClassVar[str]
    monitored: ClassVar[str | None] = None

    def look(self, prober: Prober, netns: str | None) -> Observation:
        """Look once whether the condition holds in a namespace."""
        raise NotImplementedError

    def shell_test(self, netns: str | None) -> str:
        """Return a command of plain sh and iproute2 whose status is 0 where the condition holds."""
        raise NotImplementedError

    def to_json(self) -> dict[str, Any]:
        """Return the condition for a recording: fields with their default value are left out."""
        data: dict[str, Any] = {"until": self.tag}
        for attribute in attrs.fields(type(self)):
            value = getattr(self, attribute.name)
            if value != attribute.default:
                data[attribute.name] = value

        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return the condition of a recording.

        Raises `msgspec.ValidationError` or `InvalidArgument` for values that no condition has.
        """
        known = {attribute.name for attribute in attrs.fields(cls)}
        fields = {name: value for name, value in data.items() if name in known}
        return msgspec.convert(fields, cls)

    def source(self) -> str:
        """Return the call of the constructor: ``until.link('eth0', operstate='UP')``."""
        arguments = []
        for attribute in attrs.fields(type(self)):
            value = getattr(self, attribute.name)
            if attribute.metadata.get(POSITIONAL):
                arguments += _positional_source(value)
            elif value != attribute.default:
                arguments.append(f"{attribute.name}={_source_of(value)}")

        return f"until.{self.tag}({', '.join(arguments)})"


def _positional_source(value: Any) -> list[str]:
    """Return the source of positional arguments: a tuple becomes several ones."""
    values = value if isinstance(value, tuple) else (value,)
    return [_source_of(item) for item in values]


def _source_of(value: Any) -> str:
    """Return the source of a value."""
    return value.source() if isinstance(value, Condition) else ascii(value)


def shell_line(argv: tuple[str, ...], netns: str | None) -> str:
    """Return argv, run in a namespace, as a line of plain sh."""
    return shlex.join(Command(argv, netns).full_argv)


def shorten(text: str) -> str:
    """Return text in one line, cut to what a message can hold."""
    line = " ".join(text.split())
    return line if len(line) <= MAX_SEEN else f"{line[: MAX_SEEN - 1]}…"
