"""`NamespaceCommands`: what can be run in one namespace of a session. The session itself has those of its place's first one."""

from typing import Protocol

from ipwrap.bridge import BridgeProgram
from ipwrap.command import Command
from ipwrap.ip import Ip
from ipwrap.result import Result
from ipwrap.secrets.secret import Secret
from ipwrap.tc import TcProgram
from ipwrap.verbs.base import Runner

__all__ = ["NamespaceCommands"]


class SecretMaker(Runner, Protocol):
    """What runs commands, and keeps the secrets that they print: the session is one."""

    def make_secret(self, command: Command) -> Secret:
        """Return what a command prints as the secret whose name it says."""


class NamespaceCommands:
    """The programs of iproute2, and any other one, in one namespace."""

    __slots__ = ()

    @property
    def _where(self) -> tuple[SecretMaker, str | None]:
        """Who runs the commands, and in which namespace: None is the first one of the place."""
        raise NotImplementedError

    @property
    def ip(self) -> Ip:
        """`ip …`; in a named namespace `ip -n NAME …`."""
        return Ip(*self._where)

    @property
    def bridge(self) -> BridgeProgram:
        """`bridge …`; in a named namespace `bridge -n NAME …`."""
        return BridgeProgram(*self._where)

    @property
    def tc(self) -> TcProgram:
        """`tc …`; in a named namespace `tc -n NAME …`."""
        return TcProgram(*self._where)

    def exec(
        self,
        *argv: str,
        check: bool = True,
        changes: bool = True,
        stdin: str | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Run any program; in a named namespace `ip netns exec NAME PROGRAM ARGUMENT…`. ``timeout`` is in seconds.

        Raises `CommandError` for a status other than 0, unless ``check=False``; `CommandTimeout`; `ExecutorError`, with
        the package to install, for a program that is not there. ``changes=False`` says that it only looks.
        """
        runner, netns = self._where
        return runner.run(
            Command(argv, netns, stdin=stdin, changes=changes, timeout=timeout), check=check
        )

    def secret(self, name: str, *argv: str, stdin: str | None = None) -> Secret:
        """Run a program that prints a secret, such as `wg genkey`, and return the secret.

        Nothing shows it but its name. An exported script takes it from the environment variable of that name, or else
        runs the program. Raises `CommandError`, and `InvalidArgument` for a name that no variable has.
        """
        runner, netns = self._where
        return runner.make_secret(
            Command(argv, netns, stdin=stdin, changes=False, output_secret=name)
        )
