"""`Restorer`: undo a recording on the same machine, round by round."""

import math
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial

from attrs import define, evolve, field

from ipwrap.cmdline.program_effects import program_of
from ipwrap.command import Command, CreatedObject
from ipwrap.errors import CommandError, ExecutorError, IpwrapError, NotFound
from ipwrap.jsonio.escape import escape_controls, quote_visibly
from ipwrap.objects import delete_command, object_type
from ipwrap.objects.effects import EffectReader
from ipwrap.objects.link import restored_link
from ipwrap.options.validation import FIRST_NETNS
from ipwrap.recording import CommandEvent, RecordingView, State
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.result import RecordedLink, Result
from ipwrap.sessions.link_query import find_netns_identity
from ipwrap.state import take_snapshot
from ipwrap.state.known_traffic import knows_traffic, with_known_traffic
from ipwrap.state.traffic import add_made_traffic
from ipwrap.teardown.ledger import Teardown, shell_delete_line
from ipwrap.teardown.presence import SnapshotIndex
from ipwrap.undo.affected import AffectedTracker
from ipwrap.undo.auto_pref_filters import find_left_filters
from ipwrap.undo.drift import Drift
from ipwrap.undo.interrupted import interrupted_links
from ipwrap.undo.irreversible import irreversible_line
from ipwrap.undo.link_data import LinkLocation, link_at
from ipwrap.undo.link_diff import carrier_seconds, links_without_carrier
from ipwrap.undo.link_identity import LinkTracker
from ipwrap.undo.object_diff import awaits_generated_address
from ipwrap.undo.ownership import OwnershipGuard, format_location
from ipwrap.undo.plan import Plan, make_plan, remaining_differences
from ipwrap.undo.removals import Removal, removals
from ipwrap.undo.route_identity import RouteTracker
from ipwrap.undo.state_edit import copy_state, cut_link, move_link_home
from ipwrap.undo.state_objects import known_addresses
from ipwrap.undo.sysctls import SysctlPlan, SysctlWrites, known_sysctls, plan_sysctls
from ipwrap.undo.tracked_link import format_link, stranger_problem
from ipwrap.undo.traffic_calls import traffic_call
from ipwrap.verbs.runner import Runner

__all__ = ["Restorer"]

# Seconds before each further round: a carrier comes up, an IPv6 address is found to be unique.
PAUSES = (0.0, 0.3, 1.0, 2.0)
# Further pauses where the carrier of a link will bring an address that the link did not have.
CARRIER_PAUSE = 1.0


@define
class Restorer:
    """Restore the state before a recorded session: delete created objects, then restore the rest.

    ``echo`` is called with a command before the command runs, ``warn`` with a failure. Every round
    starts with a new snapshot, since the kernel deletes and creates dependent objects by itself.

    Foreign objects are not touched: a link is deleted, moved or changed only if it is the link of
    the recording (see `LinkTracker`), a route only if it goes through the same links (see
    `RouteTracker`), and a namespace is deleted only once it holds no former link and no process.
    ``kill`` ends the processes. ``only_irreversible_left`` is True after `run` if everything is
    restored except irreversible changes.
    """

    runner: Runner
    recording: RecordingView
    echo: Callable[[str], None]
    warn: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep
    kill: bool = False
    only_irreversible_left: bool = field(default=False, init=False)
    _tracker: AffectedTracker = field(init=False)
    _links: LinkTracker = field(init=False)
    _routes: RouteTracker = field(init=False)
    _guard: OwnershipGuard = field(init=False)
    _mentioned: MentionedWords = field(factory=MentionedWords, init=False)
    _failures: list[str] = field(factory=list, init=False)
    _problems: dict[str, None] = field(factory=dict, init=False)
    _irreversible: list[str] = field(factory=list, init=False)
    _writes: SysctlWrites = field(factory=SysctlWrites, init=False)

    def preview(self) -> None:
        """Print the commands known before the first command runs."""
        commands, problems = self.plan()

        for command in commands:
            self.echo(_format_script_line(command))
        self._warn_all(problems)

    def plan(self) -> tuple[list[Command], list[str]]:
        """Return the commands known before the first command runs, and the problems."""
        now = take_snapshot(self.runner)
        teardown = self._follow_recording(now)
        homecomings = self._homecomings(now)

        commands = []
        predicted = copy_state(now)
        for command, restored in homecomings:
            move_link_home(predicted, restored.netns or "", restore=restored)
            self._links.come_home((restored.netns or "", restored.name))
            self._guard.expect(command)
            commands.append(command)

        removal = self._removals(teardown, predicted)
        for command in removal.commands:
            problem = self._guard.problem_with(command)
            if problem is None:
                self._guard.expect(command)
                commands.append(command)
            else:
                self._add_problem(problem)
        self._report_strangers(removal.state)
        commands += self._plan_sysctls().commands

        drift = self._compare(removal.state)
        if drift is not None:
            plan = make_plan(drift, after_settling=False)
            commands += plan.commands
            for problem in plan.problems:
                self._add_problem(problem)
        return commands, [*self._problems, *self._irreversible]

    def run(self) -> bool:
        """Restore the state before; return whether the state is reached."""
        removal = self._follow_and_bring_home()
        for command in removal.commands:
            self._run_own(command)
        # Before addresses and routes: without IPv6, for example, a link takes no address of it.
        for command in self._plan_sysctls().commands:
            self._run(command)
        is_deleted = not self._failures
        self._warn_all(self._failures)

        drift = self._compare(self._snapshot() if self._problems else removal.state)
        is_restored = drift is None or self._run_rounds(drift)

        self._report_strangers(self._snapshot())
        self._warn_all((*self._problems, *self._irreversible))
        is_done = is_restored and is_deleted and not self._problems
        self.only_irreversible_left = is_done and bool(self._irreversible)
        return is_done and not self._irreversible

    def _follow_and_bring_home(self) -> Removal:
        """Follow the recording, move displaced links home, and follow again.

        Without displaced links, a single reading is enough.
        """
        now = take_snapshot(self.runner)
        teardown = self._follow_recording(now)
        homecomings = self._homecomings(now)
        if not homecomings:
            return self._removals(teardown, now)

        for command, _ in homecomings:
            self._run_own(command)
        arrived = self._links.newest_facts()

        now = take_snapshot(self.runner)
        teardown = self._follow_recording(now, arrived=arrived)
        return self._removals(teardown, now)

    def _plan_sysctls(self) -> SysctlPlan:
        """Return the commands that write sysctls back, and note the problems."""
        names = {*self._links.created_netns, *self._links.foreign_netns}
        plan = plan_sysctls(self.runner, self.recording, writes=self._writes, excluded_netns=names)
        for problem in plan.problems:
            self._add_problem(problem)
        return plan

    def _run_rounds(self, drift: Drift) -> bool:
        """Run plans until no difference remains, or no command is left to run.

        The first two plans leave derived objects to the kernel, later plans restore these as well.
        A round waits for missing carriers: with the carrier the kernel adds a link-local address,
        which is superfluous if the link had another link-local address.
        """
        is_settled = False
        is_waiting = False
        plan = make_plan(drift, after_settling=is_settled)
        self._run_plan(plan)

        further_rounds = math.ceil(carrier_seconds(drift) / CARRIER_PAUSE)
        for number, pause in enumerate((*PAUSES, *[CARRIER_PAUSE] * further_rounds)):
            if number >= len(PAUSES) and not awaits_generated_address(drift):
                break
            self.sleep(pause)
            drift = self._renew(drift)
            was_waiting, is_waiting = is_waiting, bool(links_without_carrier(drift))
            if not is_waiting and not remaining_differences(drift):
                return True
            # With the carrier that was waited for there may be something to do again.
            has_waited = is_waiting or was_waiting
            if is_settled and not has_waited and not plan.commands:
                break

            is_settled = pause > 0
            plan = make_plan(drift, after_settling=is_settled)
            self._run_plan(plan)

        drift = self._renew(drift)
        differences = remaining_differences(drift)
        if not differences:
            return True

        self._warn_all((*plan.problems, *self._failures))
        self._warn_all(f"not as before: {difference}" for difference in differences)
        return False

    def _renew(self, drift: Drift) -> Drift:
        """Return a drift to the state of now, without the links of others."""
        return self._without_others(evolve(drift, now=self._snapshot()))

    def _run_plan(self, plan: Plan) -> None:
        """Run the commands of a plan. Only the failures of the last plan are reported."""
        self._failures = []
        for command in plan.commands:
            self._run(command)

    def _snapshot(self) -> State:
        """Take a snapshot, and count the addresses in the snapshot as mentioned."""
        state = take_snapshot(self.runner)
        self._add_traffic(state)
        self._mentioned.words |= known_addresses(state)
        return state

    def _add_traffic(self, now: State) -> None:
        """Add the classes and filters to a state, if the recorded commands may have changed any.

        Without those before the session, nothing tells which ones are of the session.
        """
        if self._tracker.affected.has_traffic and knows_traffic(self._tracker.before):
            add_made_traffic(now, self.runner)

    def _follow_recording(
        self, now: State, *, arrived: Mapping[LinkLocation, RecordedLink] | None = None
    ) -> Teardown:
        """Read the recording, and return the created objects.

        ``arrived``: descriptions of links that undo itself has moved, by former location.
        """
        teardown = Teardown.of(self.recording, now)
        self._begin_tracking(now, teardown)
        irreversible = self._track_commands(teardown)

        self._add_traffic(now)
        self._links.settle(now, arrived or {})
        self._note_irreversible(irreversible, teardown.effects.unreadable)
        self._guard = OwnershipGuard(
            self.runner,
            self._links,
            kill=self.kill,
            has_unknown_programs=bool(self._irreversible),
        )
        for problem in self._links.problems:
            self._add_problem(problem)

        return teardown

    def _begin_tracking(self, now: State, teardown: Teardown) -> None:
        """Begin with the state before: what commands affect, and where links and routes are."""
        initial_state = self.recording.initial_state or {}
        self._tracker = AffectedTracker(with_known_traffic(initial_state))
        self._irreversible = []
        self._writes = SysctlWrites()

        unfinished = (pair for pair in self.recording.pairs() if pair[1] is None)
        interrupted = interrupted_links(map(EffectReader().read_pair, unfinished))
        self._links = LinkTracker(
            initial_state,
            now,
            MentionedWords(),
            interrupted,
            identify_netns=partial(find_netns_identity, self.runner),
        )
        self._routes = RouteTracker(self._links.mentioned, teardown.after)

    def _track_commands(self, teardown: Teardown) -> Iterable[tuple[Command, Result | None]]:
        """Follow the recorded changes. Return those that perhaps cannot be undone."""
        known = known_sysctls(self.recording.initial_state)
        before = teardown.before or SnapshotIndex({})
        # By their lines: a recording may repeat a command a hundred thousand times.
        irreversible: dict[str, tuple[Command, Result | None]] = {}

        pairs = self._links.follow(map(teardown.effects.read_pair, self.recording.pairs()))
        for event, result in teardown.follow(self._routes.follow(pairs)):
            if not isinstance(event, CommandEvent) or not event.command.changes:
                continue

            command = event.command
            is_done = result is None or result.ok
            if is_done:
                self._writes.follow(command)
            line = irreversible_line(command, result, own_netns=(), known_sysctls=known)
            if line is not None and not self._links.targets_created_link(command):
                irreversible[line] = (command, result)
            self._mentioned.add(command)
            if not _only_adds(command, result, before=before):
                self._tracker.follow(command, is_done=is_done)

        return irreversible.values()

    def _removals(self, teardown: Teardown, now: State) -> Removal:
        """Return the deletions of created objects in a state."""
        teardown.now = SnapshotIndex(now)
        strangers = {*self._links.strangers(now)}
        moved_links = self._tracker.origins.moved
        identify = partial(self._identify, strangers=strangers, now=teardown.now)
        return removals(teardown, moved_links, identify=identify)

    def _identify(
        self, created: CreatedObject, *, strangers: Collection[LinkLocation], now: SnapshotIndex
    ) -> CreatedObject | None:
        """Return an object in the present form for the deletion; None for a foreign object.

        A foreign object is noted as a problem.
        """
        if object_type(created.noun).is_restoration and self._is_cut_off(created, now.state):
            return None

        present = self._routes.identify(created, now)
        if present is None:
            self._add_problem(self._routes.problem_with(created, now))
        return present if _is_on_own_links(strangers, created) else None

    def _is_cut_off(self, restored: CreatedObject, now: State) -> bool:
        """Return whether a step of a link's way home is from or to a deleted namespace.

        A foreign namespace under the same name counts as deleted: see `LinkTracker.stranded`.
        """
        target = restored.identity.get("netns", restored.netns or "")
        names = {restored.netns or "", "" if target == FIRST_NETNS else target}
        return any(self._links.is_gone(now, netns) for netns in names)

    def _note_irreversible(
        self, executed: Iterable[tuple[Command, Result | None]], unreadable: Iterable[Command]
    ) -> None:
        """Note the commands with irreversible effects, each line once.

        ``unreadable``: the changes of `ip`, `bridge` and `tc` that no table can read; of qdiscs,
        classes and filters, the tracker tells which ones it cannot follow.
        """
        lines: dict[str, None] = {}
        for command, result in executed:
            line = irreversible_line(
                command,
                result,
                own_netns=self._links.created_netns,
                known_sysctls=known_sysctls(self.recording.initial_state),
            )
            if line is not None:
                lines[line] = None

        unread = (command for command in unreadable if traffic_call(command) is None)
        for command in (*self._tracker.untraced, *unread):
            if program_of(command) is None and command.netns not in self._links.created_netns:
                lines[f"cannot be undone: {escape_controls(command.line)}"] = None
        self._irreversible = [*lines]

    def _homecomings(self, now: State) -> list[tuple[Command, CreatedObject]]:
        """Return the commands to move displaced and stranded links home.

        Displaced links are not at the recorded location, stranded links cannot go back the same
        way. The tracker gets the present locations. A link that another program has renamed or
        moved, and not the session, stays.
        """
        commands = []
        places = {**self._links.stranded(now), **self._links.displaced(now)}
        for recorded, present in places.items():
            tracked = self._links.located[recorded]
            self._links.move(recorded, present)

            origin = tracked.origin
            is_by_session = recorded != origin or present[0] in self._links.created_netns
            if origin in (None, present) or not is_by_session:
                continue
            if self._links.is_gone(now, origin[0]):
                continue

            restored = restored_link(
                present[1],
                present[0] or None,
                old_name=origin[1],
                old_netns=origin[0] or None,
            )
            commands.append((delete_command(restored), restored))
        return commands

    def _compare(self, now: State) -> Drift | None:
        """Return the drift from the initial state; None for a recording without a state.

        Filters that may be of others are noted as a problem.
        """
        if self.recording.initial_state is None:
            return None

        before = self._tracker.before
        self._mentioned.words |= known_addresses(before, now)
        affected = self._tracker.affected
        left = find_left_filters(before, now, creations=affected.created)
        for problem in left.problems:
            self._add_problem(problem)
        drift = Drift(before, now, affected, self._mentioned, left_filters=left)
        return self._without_others(drift)

    def _without_others(self, drift: Drift) -> Drift:
        """Return a drift without the links that must not be touched, and without dependents.

        If the name of a link belongs to another link now, or the link is still elsewhere, no object
        is restored under the name.
        """
        locations = [*self._links.strangers(drift.now), *self._links.away(drift.now)]
        if not locations and not self._routes.foreign:
            return drift

        before = copy_state(self._tracker.before)
        now = self._routes.without_foreign(copy_state(drift.now))
        for location in locations:
            cut_link(before, location)
            cut_link(now, location)
        return evolve(drift, before=before, now=now)

    def _report_strangers(self, now: State) -> None:
        """Add a problem for every link of others in the place of a link of the recording."""
        for location in self._links.strangers(now):
            was_created = location not in self._links.deleted and not link_at(
                self._links.before, location
            )
            if not was_created and not self._is_affected(location):
                continue
            self._add_problem(stranger_problem(location, link_at(now, location)))

        for origin, present in self._links.away(now).items():
            if self._is_affected(origin):
                link = format_link(present, link_at(now, present))
                self._add_problem(f"{link} was {format_location(origin)}, and is not back")

    def _is_affected(self, location: LinkLocation) -> bool:
        """Return whether the session modified a link from before, or an object on the link."""
        affected = self._tracker.affected
        if location in affected.options or location in affected.derived_options:
            return True
        return location in self._tracker.origins.moved or affected.has_objects_on(location)

    def _add_problem(self, line: str) -> None:
        """Note a problem, once."""
        self._problems[line] = None

    def _run_own(self, command: Command) -> None:
        """Run a command that deletes, moves or renames, if its object is the recording's."""
        problem = self._guard.problem_with(command) or self._guard.end_processes(command)
        if problem is not None:
            self._add_problem(problem)
            return

        if self._run(command, may_be_gone=True):
            self._guard.follow_own(EffectReader().read(command))

    def _run(self, command: Command, *, may_be_gone: bool = False) -> bool:
        """Announce and run a command; return whether it succeeded, and keep a failure's message."""
        self.echo(_format_script_line(command))
        try:
            self.runner.run(command)
        except NotFound as error:
            # A created object may be deleted along with another object.
            if not may_be_gone:
                self._failures.append(_format_failure(error))
            return False
        except (CommandError, ExecutorError) as error:
            self._failures.append(_format_failure(error))
            return False
        return True

    def _warn_all(self, lines: Iterable[str]) -> None:
        """Report failures and problems."""
        for line in lines:
            self.warn(line)


def _is_on_own_links(strangers: Collection[LinkLocation], created: CreatedObject) -> bool:
    """Return whether an object of the ledger is on links of the recording, or is such a link."""
    netns = created.netns or ""
    names = [*created.depends_on]
    kind = object_type(created.noun)
    if kind.is_link or kind.is_restoration:
        names.append(created.name)
    return all((netns, name) not in strangers for name in names)


def _format_script_line(command: Command) -> str:
    """Return a command as a line of a script, without characters that a terminal would obey."""
    if command.line.isprintable():
        return shell_delete_line(command.line)
    return shell_delete_line(" ".join(map(quote_visibly, command.full_argv)))


def _format_failure(error: IpwrapError) -> str:
    """Return the command line and the message of a failed command."""
    if isinstance(error, CommandError):
        return f"{error.result.line}: {error.result.stderr.strip()}"
    return str(error)


def _only_adds(command: Command, result: Result | None, *, before: SnapshotIndex) -> bool:
    """Return whether a command created new objects only, without effect on other objects."""
    if result is None or not result.ok:
        return False
    # Filters without a parent are at a qdisc that an earlier command has made.
    if command.argv[0] == "tc" or "add" not in command.argv or not command.creates:
        return False
    # A new port changes the address and MTU of the master.
    if "master" in command.argv:
        return False
    return not any(before.contains(created) for created in command.creates)
