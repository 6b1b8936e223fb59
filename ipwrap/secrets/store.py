"""`SecretStore`: the secrets of a session, which replaces their values by names."""

import threading
from collections.abc import Mapping

from attrs import define, evolve, field

from ipwrap.command import Command
from ipwrap.result import Result
from ipwrap.secrets.redact import find_printed_secrets, redact_command
from ipwrap.secrets.secret import redact_text
from ipwrap.system.core_dumps import forbid_core_dumps
from ipwrap.system.facts import replace

__all__ = ["SecretStore"]


@define(eq=False)
class SecretStore:
    """Values of secrets by their names, from commands and from the output of programs."""

    _values: Mapping[str, str] = field(factory=dict, init=False, repr=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False, repr=False)

    def resolve(self, command: Command, *, live: bool) -> Command:
        """Return a command with its secrets redacted, and with the known values of its secrets.

        Values of the command are stored. Unless the command runs ``live``, a secret may stay
        without a value; else `InvalidArgument` is raised. From the first secret on, neither this
        process nor a program that it starts leaves a core dump.
        """
        if live and command.output_secret is not None:
            forbid_core_dumps()

        # Nearly every command is without secrets, and needs no lock.
        if not command.secrets and redact_command(command, self._values) is command:
            return command

        with self._lock:
            command = redact_command(command, self._values).with_secret_values(self._values)
            if live:
                forbid_core_dumps()

            values = {}
            for secret in command.secrets:
                if live or secret.has_value:
                    values[secret.name] = secret.reveal()
            self._add(values)

        return command

    def redact(self, result: Result) -> Result:
        """Return a result with secret values replaced by their names; store printed secrets."""
        name = result.command.output_secret
        if name is not None:
            with self._lock:
                self._add({name: result.stdout.strip()})

        if result.stdout:  # of nearly no change
            printed = find_printed_secrets(result.command, result.stdout, known=self._values)
            if printed:
                with self._lock:
                    self._add(printed)

        values = self._values
        if not values:
            return result

        return evolve(
            result,
            stdout=redact_text(result.stdout, values),
            stderr=redact_text(result.stderr, values),
            text=None if result.text is None else redact_text(result.text, values),
        )

    def hide_from_repr(self, result: Result) -> Result:
        """Return the result for the caller: the real output, whose secrets no repr shows."""
        values = self._values
        if not values:
            return result

        output = result.stdout + result.stderr
        if redact_text(output, values) == output:
            return result
        return replace(result, holds_secret=True)

    @property
    def has_values(self) -> bool:
        """Whether values are known."""
        return bool(self._values)

    def redact_text(self, text: str) -> str:
        """Return a text with known secret values replaced by their names."""
        return redact_text(text, self._values) if self._values else text

    def _add(self, values: Mapping[str, str]) -> None:
        """Add values. Threads that read the mapping meanwhile keep the old one."""
        self._values = {**self._values, **values}
