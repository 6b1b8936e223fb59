"""`Keyring`: the secrets that a session knows. Commands and results come out of it with names in place of values."""

import threading
from collections.abc import Mapping

from attrs import define, evolve, field

from ipwrap.command import Command
from ipwrap.result import Result
from ipwrap.secrets.redact import hidden
from ipwrap.secrets.secret import hide

__all__ = ["Keyring"]


@define(eq=False)
class Keyring:
    """Values of secrets by their names: those that commands brought, and those that programs printed."""

    _values: Mapping[str, str] = field(factory=dict, init=False, repr=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False, repr=False)

    def given(self, command: Command, *, live: bool) -> Command:
        """Return a command with its secrets hidden, and with values as far as they are known; know what it brings.

        Where it is not run ``live``, a secret may stay without a value.
        """
        if not command.secrets and hidden(command, self._values) is command:
            return command
        with self._lock:
            command = hidden(command, self._values).given(self._values)
            self._know({each.name: each.reveal() for each in command.secrets if live or each.known})
        return command

    def shown(self, result: Result) -> Result:
        """Return what may be shown of a result: without the values of secrets."""
        if result.command.prints is not None:
            with self._lock:
                self._know({result.command.prints: result.stdout.strip()})
        values = self._values
        if not values:
            return result
        text = None if result.text is None else hide(result.text, values)
        stdout, stderr = (hide(said, values) for said in (result.stdout, result.stderr))
        return evolve(result, stdout=stdout, stderr=stderr, text=text)

    def _know(self, values: Mapping[str, str]) -> None:
        """Know more values. Other threads may be reading what is known, and keep what they have."""
        self._values = {**self._values, **values}
