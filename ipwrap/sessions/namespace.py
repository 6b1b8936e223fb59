"""`NamespaceCommands`: the programs of a namespace; a session has the first namespace's."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from ipwrap.bridge import BridgeProgram
from ipwrap.command import Command
from ipwrap.ip import Ip
from ipwrap.result import Result
from ipwrap.secrets.secret import Secret
from ipwrap.system.lazy import report_shortage
from ipwrap.tc import TcProgram
from ipwrap.verbs.hints import HintsAttributes, check_words
from ipwrap.verbs.runner import Runner

if TYPE_CHECKING:
    from ipwrap.background_process import BackgroundProcess
    from ipwrap.capture import Capture
    from ipwrap.conditions import Condition
    from ipwrap.recording.captures import CaptureOptions
    from ipwrap.sessions.processes import SpawnOptions
    from ipwrap.sysctl.verbs import Sysctl

__all__ = ["NamespaceCommands"]


class NamespaceSession(Runner, Protocol):
    """The part of a session on which namespaces depend."""

    def make_secret(self, command: Command) -> Secret:
        """Run a command and return its output as a `Secret` named ``command.output_secret``."""

    def start_process(self, command: Command, options: "SpawnOptions") -> "BackgroundProcess":
        """Start a background process, and wait until it is ready."""

    def wait_for_condition(
        self, condition: "Condition", netns: str | None, *, timeout: float
    ) -> None:
        """Wait until a condition holds in a namespace. Raises `WaitTimeout`."""

    def start_capture(
        self, options: "CaptureOptions", netns: str | None, *, name: str
    ) -> "Capture":
        """Start a capture, and wait until it captures."""


class NamespaceCommands(HintsAttributes):
    """The programs of iproute2, and any further program, in a namespace."""

    __slots__ = ()

    @property
    def _where(self) -> tuple[NamespaceSession, str | None]:
        """The runner of the commands, and the namespace: None is the first one of the place."""
        raise NotImplementedError

    def _entered(
        self, argv: tuple[str, ...], env: Mapping[str, str] | None
    ) -> tuple[tuple[str, ...], Mapping[str, str] | None]:
        """Return a program with its variables for this namespace: a node may set a hostname."""
        return argv, env

    def _condition_here(self, condition: "Condition") -> "Condition":
        """Return a condition for this namespace, whose programs run like programs of `exec`."""
        return condition

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
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
    ) -> Result:
        """Run any program; in a named namespace `ip netns exec NAME PROGRAM ARGUMENT…`.

        ``timeout`` is in seconds. ``changes=False`` declares the program read-only. ``env`` are
        additional variables, as text or a `Secret`: `NAME=VALUE ip netns exec …`. ``cwd`` is the
        directory to run in, `env --chdir=DIRECTORY`; a relative path starts from the current
        directory of the session.

        Returns when the program itself has ended, as a shell does, with the output by then. A child
        left behind by the program goes on, in a sandbox until the sandbox's end, and is reported by
        ``result.left_running`` and a warning in the log. Later output of the child is lost: start
        such a program by `spawn` instead.

        Raises `CommandError` for a status other than 0, unless ``check=False``; `CommandTimeout`,
        with the output by then, after killing the program and its children; `ExecutorError`, with
        the package to install, for a missing program.
        """
        check_words("exec", argv)
        runner, netns = self._where
        argv, env = self._entered(argv, env)
        command = Command(
            argv,
            netns,
            stdin=stdin,
            changes=changes,
            timeout=timeout,
            env=env,
            cwd=cwd,
        )
        return runner.run(command, check=check)

    def spawn(
        self,
        *argv: str,
        ready: "Condition | None" = None,
        ready_timeout: float = 10.0,
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
        stdin: str | None = None,
        log: str | os.PathLike[str] | None = None,
        name: str | None = None,
    ) -> "BackgroundProcess":
        """Start a program that runs in the background: a server, a capture, a routing daemon.

        ::

            server = pod.spawn("python3", "-m", "http.server", "8000", ready=until.listening(8000))

        In a script: `ip netns exec NAME PROGRAM ARGUMENT… &`. The program is ended by the `with`
        block of the process, by ``stop()``, before the deletion of its namespace, or else with the
        session, in reverse order; also if this Python process is killed.

        - ``ready``: a condition of `ipwrap.until` to wait for, at most ``ready_timeout`` seconds
        - ``env``, ``cwd``: see `exec`
        - ``log``: a file for stdout and stderr; without a file, ``.stdout`` and ``.stderr`` have
          the output
        - ``name``: the name in the recording and the variable of a script; by default the name of
          the program

        Raises `ExecutorError` for a program that cannot be run, `ProcessEnded` for a program that
        ends before it is ready, `WaitTimeout` for a program that is not ready in time (the program
        is ended), and `InvalidArgument`.
        """
        # Imported late: many sessions start no process.
        with report_shortage():
            from ipwrap.sessions.processes import SpawnOptions
            from ipwrap.sessions.waiting import check_wait_timeout

        check_words("spawn", argv)
        session, netns = self._where
        options = SpawnOptions(
            ready=None if ready is None else self._condition_here(ready),
            ready_timeout=check_wait_timeout(ready_timeout),
            log=None if log is None else os.fspath(log),
            name=name,
        )
        argv, env = self._entered(argv, env)
        command = Command(argv, netns, stdin=stdin, env=env, cwd=cwd)
        return session.start_process(command, options)

    def capture(
        self,
        dev: str,
        path: str | os.PathLike[str],
        *,
        filter: str | None = None,  # noqa: A002 - the field's word
        count: int | None = None,
        name: str = "capture",
    ) -> "Capture":
        """Write the packets of a link to a file, from now until the block or `stop` ends.

        ::

            with pod.capture("eth0", "ping.pcap", filter="icmp") as capture:
                pod.exec("ping", "-c", "3", "10.0.0.2")
            print(capture.packets)

        In a script: `ip netns exec NAME tcpdump --immediate-mode -B 8192 -s 66000 -U -n -Z root -i
        DEV -w PATH -- FILTER &`, or dumpcap(1) if tcpdump(8) cannot change its user, as in the
        sandbox of an ordinary user. The capture has begun when the method returns. At the end, the
        file has every packet until then.

        - ``dev``: a link, or "any"
        - ``filter``: an expression of pcap-filter(7)
        - ``count``: end after so many packets: see `Capture.wait`

        Raises `ExecutorError` with the package to install, and `ProcessEnded` with the program's
        message, for example for a missing link or a wrong filter.
        """
        # Imported late: few sessions capture packets.
        from ipwrap.recording.captures import CaptureOptions

        session, netns = self._where
        options = CaptureOptions(dev=dev, path=os.fspath(path), filter=filter, count=count)
        return session.start_capture(options, netns, name=name)

    def wait_for(self, condition: "Condition", *, timeout: float = 10.0) -> None:
        """Wait until a condition of `ipwrap.until` holds, at most ``timeout`` seconds.

        ::

            pod.wait_for(until.link("eth0", operstate="UP"))

        The wait is recorded, replayed, and exported: a script has a bounded loop of plain iproute2.
        Raises `WaitTimeout` with the last observation.
        """
        session, netns = self._where
        session.wait_for_condition(self._condition_here(condition), netns, timeout=timeout)

    def secret(self, name: str, *argv: str, stdin: str | None = None) -> Secret:
        """Run a program that prints a secret, such as `wg genkey`, and return the secret.

        Recordings, logs and exports hold only the name. An exported script takes the value from the
        environment variable of the same name, or else runs the program. Raises `CommandError`, and
        `InvalidArgument` for a name that is no valid variable.
        """
        runner, netns = self._where
        command = Command(argv, netns, stdin=stdin, changes=False, output_secret=name)
        return runner.make_secret(command)
