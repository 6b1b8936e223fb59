"""`ipwrap run --shell` and `--keep`: a lab that stays up when its script has ended.

With `--keep` the script runs in a child of the command. When the script has ended, the child leaves
the terminal and holds the lab open until `ipwrap stop` sends SIGTERM; the command itself ends then.
"""

import contextlib
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from attrs import define

from ipwrap.cli.output import echo
from ipwrap.cli.running_labs import LabEntry, RunningHost, RunningLab, log_path
from ipwrap.errors import IpwrapError, PlaceError
from ipwrap.system.process_identity import start_ticks
from ipwrap.system.programs import require_linux
from ipwrap.system.termination import Terminated, ignore_termination

if TYPE_CHECKING:
    from ipwrap.places import Place
    from ipwrap.session import Session

__all__ = ["LOOK_SECONDS", "Keeper", "LabLife", "is_alive", "start_keeper"]

READY = b"1"
LOOK_SECONDS = 0.5  # between two looks at a process that cannot tell of its end

KEPT = """\
ipwrap: lab {name!r} stays up{namespaces}
  ipwrap enter {name}   a shell in it
  ipwrap list {blank}    the labs that run
  ipwrap {end} {name}    its end
"""


@define
class Keeper:
    """The process that holds a kept lab: this process. ``ready`` is the pipe to the command."""

    ready: int

    def hold(
        self, entry: LabEntry, place: "Place", *, wait: "Callable[[Place], None] | None" = None
    ) -> None:
        """Leave the terminal, and return when the lab is to be closed, or the sandbox has ended.

        ``wait`` is a function that returns at this time; by default, a plain wait.
        """
        lab = entry.lab
        assert lab is not None
        echo(_kept_message(lab), err=True, nl=False)

        try:
            self._leave_terminal(log_path(lab.name))
            (wait or _wait_for_end)(place)
        except (KeyboardInterrupt, Terminated):
            # The end that the user asks for is no error of the recording.
            pass
        ignore_termination()

    def _leave_terminal(self, log: Path) -> None:
        """Go to the background: the terminal may end, and a pipe's reader sees the end of it."""
        sys.stdout.flush()
        sys.stderr.flush()
        os.setsid()

        null = os.open(os.devnull, os.O_RDONLY)
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        os.dup2(null, 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(null)
        os.close(output)

        os.write(self.ready, READY)
        os.close(self.ready)


def _kept_message(lab: RunningLab) -> str:
    """Return the message about a lab that stays up."""
    names = lab.netns_names()
    namespaces = f", with the namespaces {', '.join(names)}" if names else ""
    end = "stop" if lab.file is None else "down"
    return KEPT.format(name=lab.name, namespaces=namespaces, blank=" " * len(lab.name), end=end)


def _wait_for_end(place: "Place") -> None:
    """Return when the sandbox has ended; on a host never. A signal raises its exception here."""
    from ipwrap.places import Sandbox

    if not isinstance(place, Sandbox):
        while True:
            signal.pause()

    while is_alive(place):
        time.sleep(LOOK_SECONDS)


def is_alive(place: "Place") -> bool:
    """Return whether a sandbox has not ended; a host never does."""
    from ipwrap.places import Sandbox

    if not isinstance(place, Sandbox):
        return True
    try:
        address = place.address
    except PlaceError:
        return False
    return start_ticks(address.pid) == address.start_ticks


def start_keeper() -> Keeper:
    """Fork, and return in the child, which runs the script and keeps the lab.

    The parent waits until the lab is up, or the child has ended, and ends with the same status.
    """
    require_linux()
    sys.stdout.flush()
    sys.stderr.flush()
    reader, writer = os.pipe()

    child = os.fork()
    if child:
        os.close(writer)
        # Without the clean-up of Python's exit, which is the child's.
        os._exit(_wait_for_lab(child, reader))

    os.close(reader)
    return Keeper(writer)


def _wait_for_lab(child: int, reader: int) -> int:
    """Return the exit status of the command: 0 for a lab that is up, else that of the child."""

    def pass_on(number: int, _: FrameType | None) -> None:
        """Send a signal to the child, which closes the lab."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, number)

    # The terminal sends Ctrl-C to the child as well.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGHUP, pass_on)

    while True:
        readable, _, _ = select.select([reader], [], [], LOOK_SECONDS)
        if readable and os.read(reader, 1) == READY:
            return 0
        # A child of the script may hold the pipe: the end of the keeper counts.
        ended, status = os.waitpid(child, 0 if readable else os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


@define
class LabLife:
    """The life of a lab from the opening of the place: the entry, and whether the lab stays up.

    - ``keeper``: this process, if the lab is to be kept
    - ``opens_shell``: a shell runs in the lab when the script has ended
    - ``wait``: the function of a kept lab until its end; see `Keeper.hold`
    - ``hosts``: returns the hosts of a lab over several hosts
    """

    entry: LabEntry
    keeper: Keeper | None = None
    opens_shell: bool = False
    wait: "Callable[[Place], None] | None" = None
    hosts: Callable[[], Iterable[RunningHost]] = tuple

    @property
    def stays(self) -> bool:
        """Whether the lab stays up when its script has ended."""
        return self.opens_shell or self.keeper is not None

    def begin(self, place: "Place", *, recording: str | None) -> None:
        """Announce the lab. On failure, a lab that ends with its script goes on unannounced."""
        try:
            self.entry.announce(place, recording=recording, hosts=self.hosts())
        except IpwrapError:
            if self.stays:
                raise

    def stay(self, place: "Place", sessions: "Sequence[Session]") -> None:
        """Open the shell, if one is wanted; then hold the lab, if it is kept."""
        if self.opens_shell:
            lab = self.announce(place, sessions, condition="shell")
            _open_shell(place, lab.name)

        if self.keeper is not None:
            self.announce(place, sessions, condition="kept")
            self.keeper.hold(self.entry, place, wait=self.wait)

    def announce(
        self, place: "Place", sessions: "Sequence[Session]", *, condition: str
    ) -> RunningLab:
        """Announce in which condition the lab is now."""
        hosts = tuple(self.hosts())
        if hosts:
            return self.entry.announce(place, condition=condition, hosts=hosts)

        recordings = [session.record for session in sessions if session.record is not None]
        return self.entry.announce(
            place,
            condition=condition,
            recording=recordings[0] if recordings else None,
            host_netns=() if place.isolated else _created_netns(sessions),
        )


def _created_netns(sessions: "Sequence[Session]") -> list[str]:
    """Return the namespaces that sessions have created, without repetitions."""
    names: dict[str, None] = {}
    for session in sessions:
        for result in session.recording.results:
            created = result.command.creates if result.ok else ()
            names |= {made.name: None for made in created if made.noun == "netns"}
    return list(names)


def _open_shell(place: "Place", where: str) -> None:
    """Run the user's shell in a place, until the shell ends."""
    from ipwrap.places.interactive import run_interactive
    from ipwrap.places.shell_prompt import interactive_shell

    echo(f"ipwrap: a shell in lab {where!r}, which ends with it", err=True)
    shell = interactive_shell(where)
    run_interactive(place, shell.argv, env=shell.env)
