"""`WaitingRunner`: the part of a session that verbs need which wait."""

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ipwrap.errors import IpwrapError

if TYPE_CHECKING:
    from ipwrap.conditions import Condition

__all__ = ["WaitingRunner", "require_waiting_runner"]


@runtime_checkable
class WaitingRunner(Protocol):
    """A runner that can wait for a condition, and records the wait: a session."""

    def wait_for_condition(
        self, condition: "Condition", netns: str | None, *, timeout: float
    ) -> None:
        """Wait until a condition holds in a namespace. Raises `WaitTimeout`."""


def require_waiting_runner(runner: object) -> WaitingRunner:
    """Return a runner that can wait. Raises `IpwrapError` for a runner without."""
    if not isinstance(runner, WaitingRunner):
        raise IpwrapError(f"a {type(runner).__name__} cannot wait; ask a session for it")

    return runner
