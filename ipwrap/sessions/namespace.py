"""`NamespaceCommands`: the programs of a namespace; a session has those of the first one."""

from typing import TYPE_CHECKING, Protocol

from ipwrap.bridge import BridgeProgram
from ipwrap.command import Command
from ipwrap.ip import Ip
from ipwrap.result import Result
from ipwrap.secrets.secret import Secret
from ipwrap.tc import TcProgram
from ipwrap.verbs.runner import Runner

if TYPE_CHECKING:
    from ipwrap.sysctl.verbs import Sysctl

__all__ = ["NamespaceCommands"]


class SecretMaker(Runner, Protocol):
    """A runner that returns the output of a command as a secret, as the session does."""

    def make_secret(self, command: Command) -> Secret:
        """Run a command and return its output as a `Secret` named ``command.output_secret``."""


class NamespaceCommands:
    """The programs of iproute2, and any further program, in a namespace."""

    __slots__ = ()

    @property
    def _where(self) -> tuple[SecretMaker, str | None]:
        """The runner of the commands, and the namespace: None is the first one of the place."""
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

    @property
    def sysctl(self) -> "Sysctl":
        """`sysctl …`; in a named namespace `ip netns exec NAME sysctl …`."""
        from ipwrap.sysctl.verbs import Sysctl

        return Sysctl(*self._where)

    def exec(
        self,
        *argv: str,
        check: bool = True,
        changes: bool = True,
        stdin: str | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Run any program; in a named namespace `ip netns exec NAME PROGRAM ARGUMENT…`.

        ``timeout`` is in seconds. ``changes=False`` declares the program read-only.

        Raises `CommandError` for a status other than 0, unless ``check=False``; `CommandTimeout`;
        `ExecutorError`, with the package to install, for a program that is missing.
        """
        runner, netns = self._where
        command = Command(argv, netns, stdin=stdin, changes=changes, timeout=timeout)
        return runner.run(command, check=check)

    def secret(self, name: str, *argv: str, stdin: str | None = None) -> Secret:
        """Run a program that prints a secret, such as `wg genkey`, and return the secret.

        Recordings, logs and exports hold only the name. An exported script takes the value from the
        environment variable of that name, or else runs the program. Raises `CommandError`, and
        `InvalidArgument` for a name that no variable can have.
        """
        runner, netns = self._where
        command = Command(argv, netns, stdin=stdin, changes=False, output_secret=name)
        return runner.make_secret(command)
