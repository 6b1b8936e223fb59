"""`SecretStore`: the secrets that a session knows. Commands and results come out of it with names in place of values."""

import threading
from collections.abc import Mapping

from attrs import define, evolve, field

from ipwrap.command import Command
from ipwrap.result import Result
from ipwrap.secrets.redact import redact_command
from ipwrap.secrets.secret import redact_text

__all__ = ["SecretStore"]


@define(eq=False)
class SecretStore:
    """Values of secrets by their names: those that commands brought, and those that programs printed."""

    _values: Mapping[str, str] = field(factory=dict, init=False, repr=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False, repr=False)

    def resolve(self, command: Command, *, live: bool) -> Command:
        """Return a command with its secrets hidden, and with values as far as they are known; know what it brings.

        Where it is not run ``live``, a secret may stay without a value.
        """
        if not command.secrets and redact_command(command, self._values) is command:
            return command
        with self._lock:
            command = redact_command(command, self._values).with_secret_values(self._values)
            self._remember(
                {each.name: each.reveal() for each in command.secrets if live or each.has_value}
            )
        return command

    def redact(self, result: Result) -> Result:
        """Return what may be shown of a result: without the values of secrets."""
        if result.command.output_secret is not None:
            with self._lock:
                self._remember({result.command.output_secret: result.stdout.strip()})
        values = self._values
        if not values:
            return result
        text = None if result.text is None else redact_text(result.text, values)
        stdout, stderr = (redact_text(said, values) for said in (result.stdout, result.stderr))
        return evolve(result, stdout=stdout, stderr=stderr, text=text)

    def _remember(self, values: Mapping[str, str]) -> None:
        """Know more values. Other threads may be reading what is known, and keep what they have."""
        self._values = {**self._values, **values}
