"""`EnsuringRunner`: the part of a session that `ensure` needs."""

from typing import Protocol, runtime_checkable

from ipwrap.command import Command
from ipwrap.errors import IpwrapError

__all__ = ["EnsuringRunner", "require_ensuring_runner"]


@runtime_checkable
class EnsuringRunner(Protocol):
    """A runner that compares an object with the kernel's, and changes what differs: a session."""

    def ensure_object(self, command: Command) -> bool:
        """Bring about what the command that adds an object asks for; return whether it ran any."""


def require_ensuring_runner(runner: object) -> EnsuringRunner:
    """Return a runner that ensures. Raises `IpwrapError` for a runner without."""
    if not isinstance(runner, EnsuringRunner):
        raise IpwrapError(f"a {type(runner).__name__} cannot ensure; ask a session for it")

    return runner
