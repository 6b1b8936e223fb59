"""`Applier`: bring a place to a wanted state, round by round."""

import errno
import time
from collections.abc import Callable

from attrs import define, field, frozen

from ipwrap.apply.planning import Plan, plan, remaining_differences
from ipwrap.apply.selection import select, without_newcomers
from ipwrap.cmdline.reader import Call, read_command
from ipwrap.command import Command
from ipwrap.errors import CommandError, ExecutorError, IpwrapError
from ipwrap.recording import State
from ipwrap.sessions.snapshots import complete_state
from ipwrap.state import Difference, take_snapshot
from ipwrap.state.settling import look_until_vanished
from ipwrap.undo.link_data import LinkLocation
from ipwrap.verbs.runner import Runner

__all__ = ["Applied", "Applier"]

# Seconds before each further round: a carrier comes up, an IPv6 address is found to be unique.
PAUSES = (0.0, 0.3, 1.0, 2.0)


@frozen
class Applied:
    """What an application of a state has done.

    - ``commands``: those that ran, in order; none where everything was as wanted
    - ``differences``: what is still not as wanted
    - ``problems``: failed commands, and what no command can bring about
    """

    commands: tuple[Command, ...] = ()
    differences: tuple[Difference, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether everything is as wanted."""
        return not self.differences and not self.problems

    def __repr__(self) -> str:
        condition = "as wanted" if self.is_complete else f"{len(self.differences)} differences left"
        return f"<Applied: {len(self.commands)} commands, {condition}>"

    def check(self) -> "Applied":
        """Return itself. Raises `IpwrapError`, with the differences, where something is left."""
        if self.is_complete:
            return self

        lines = [*self.problems, *(f"not as wanted: {line}" for line in self.differences)]
        raise IpwrapError("the wanted state is not reached:\n" + "\n".join(lines))


@define
class Applier:
    """Run the commands that a wanted state needs, and look again until it is reached.

    ``runner`` runs and records the commands, ``reader`` reads the state without an entry in a
    recording. ``netns`` are patterns of namespaces, as of fnmatch(3): all others stay as they are.
    ``origin`` tells of which place and boot the wanted state is: see `ipwrap.Snapshot`.

    Every round begins with a new snapshot, since the kernel makes and deletes objects by itself.
    """

    runner: Runner
    reader: Runner
    wanted: State
    netns: tuple[str, ...] = ()
    echo: Callable[[Command], None] = lambda _: None
    sleep: Callable[[float], None] = time.sleep
    origin: str | None = field(default=None, kw_only=True)
    _commands: list[Command] = field(factory=list, init=False)
    _failures: list[str] = field(factory=list, init=False)
    _refused: set[LinkLocation] = field(factory=set, init=False)
    _shown: tuple[State, Plan] | None = field(default=None, init=False)
    _is_same_place: bool = field(default=False, init=False)
    _down_first: bool = field(default=False, init=False)

    def preview(self) -> Plan:
        """Return the commands that are known before the first one runs.

        `run` begins with these, and does not look again before: what was shown is what runs. It
        then deletes no namespace and no link that came after this look, which nobody was shown.
        """
        state = self._look()
        build = plan(state, self._select(self.wanted), is_same_place=self._is_same_place)
        self._shown = (state, build)
        return build

    def run(self) -> Applied:
        """Run rounds of commands until nothing differs, or no command is left to run."""
        wanted = self._select(self.wanted)
        build = Plan((), ())

        for number, pause in enumerate((0.0, *PAUSES)):
            self.sleep(pause)
            state, build = self._plan_round(number, wanted, after_settling=pause > 0)
            # What a master derives from its ports is planned after a pause only.
            if not build.commands and not remaining_differences(state, wanted):
                break
            self._run_all(build)

        differences = remaining_differences(self._look(), wanted)
        problems = (*build.problems, *self._failures) if differences else build.problems
        return Applied(tuple(self._commands), tuple(differences), tuple(problems))

    def _plan_round(
        self, number: int, wanted: State, *, after_settling: bool
    ) -> tuple[State, Plan]:
        """Return the state at the beginning of a round, and its commands."""
        if self._shown is not None and number == 0:
            return self._shown

        state = self._look()
        if self._shown is not None:
            state = without_newcomers(state, known=(self._shown[0], wanted))
        return state, plan(
            state,
            wanted,
            refused=self._refused,
            after_settling=after_settling,
            is_same_place=self._is_same_place,
            down_first=self._down_first,
        )

    def _look(self) -> State:
        """Return the selected part of the current state, once deleted namespaces are gone."""

        def look() -> State:
            return take_snapshot(self.reader)

        state = look_until_vanished(look, self.reader)
        completed = complete_state(state, self.reader)
        self._is_same_place = self.origin is not None and self.origin == completed.origin
        return self._select(completed.state)

    def _select(self, state: State) -> State:
        """Return the namespaces that are to be as wanted."""
        return select(state, self.netns)

    def _run_all(self, build: Plan) -> None:
        """Run the commands of a round. Only the failures of the last round are reported."""
        self._failures = []
        self._refused = set()
        for command in build.commands:
            is_done = self._run(command)
            # The next commands would reach other links by the names that links were to have.
            if not is_done and command.renames is not None:
                break

    def _run(self, command: Command) -> bool:
        """Run a command; return whether it succeeded.

        Noted are a failure, a link that cannot be changed as wanted, and that a link has to be down
        to be renamed: dev_change_name() in net/core/dev.c, before Linux 6.2.
        """
        self.echo(command)
        self._commands.append(command)
        try:
            self.runner.run(command)
        except CommandError as error:
            self._failures.append(f"{error.result.line}: {error.result.stderr.strip()}")
            changed_link = _link_of_kind_change(command)
            if changed_link is not None:
                self._refused.add(changed_link)
            if command.renames is not None and error.errno == errno.EBUSY:
                self._down_first = True
            return False
        except ExecutorError as error:
            self._failures.append(str(error))
            return False
        return True


def _link_of_kind_change(command: Command) -> LinkLocation | None:
    """Return the link whose kind's options a command sets; None for another command."""
    call = read_command(command)
    if not isinstance(call, Call) or call.path[:2] != ("ip", "link") or call.verb.name != "set":
        return None
    kind = call.arguments.get("kind")
    if kind is None or str(kind.type).endswith("_slave"):
        return None
    return command.netns or "", str(call.arguments["dev"])
