"""A place and an executor that do nothing by themselves: for what no kernel does when it is wanted."""

from attrs import define, field

from ipwrap import Command
from ipwrap.executors import Reply
from ipwrap.places import Place

__all__ = ["Scripted", "Somewhere"]


@define
class Somewhere:
    """A place that remembers what was asked of it."""

    broken: bool = False
    name: str = "double"
    isolated: bool = False
    calls: list[str] = field(factory=list)

    def open(self) -> bool:
        """Remember it."""
        self.calls.append("open")
        return True

    def close(self) -> None:
        """Remember it, and fail if it should."""
        self.calls.append("close")
        if self.broken:
            raise OSError("the place did not close")

    def host_path(self, path: str) -> str:
        """Return the path as it is."""
        return path

    def wrap(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        """Return the words as they are."""
        return argv


@define
class Scripted:
    """An executor that answers in order; an error among the answers is raised."""

    answers: list[Reply | BaseException] = field(factory=list)
    live: bool = False
    broken: bool = False
    closed: int = 0

    def run(self, command: Command, place: Place) -> Reply:  # noqa: ARG002 - as the protocol has it
        """Return the next answer."""
        answer = self.answers.pop(0) if self.answers else Reply()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def close(self) -> None:
        """Count it, and fail if it should."""
        self.closed += 1
        if self.broken:
            raise OSError("the executor did not close")
