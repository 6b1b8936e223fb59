"""`add_many`: one call for thousands of like things, checked once and run in bulk.

The arguments are those of the verb `add`, which a `CapturingRunner` takes from it: the command of
the first thing is the pattern of all, where the others have no options of their own.
"""

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from attrs import define, field, frozen

from ipwrap.command import Command
from ipwrap.errors import InvalidArgument
from ipwrap.result import Result
from ipwrap.verbs.runner import Runner

__all__ = ["Add", "BulkCommands", "BulkRunner", "CapturingRunner", "add_many"]

Add = Callable[..., Result]  # the verb `add` of an object
Item = tuple[Any, Mapping[str, Any]]  # a thing, and the options of its own


@frozen
class BulkCommands:
    """Like commands: the arguments, None where they differ, and those that differ of each."""

    argv: tuple[str | None, ...]
    rows: Sequence[tuple[str, ...]]
    netns: str | None

    @property
    def first(self) -> Command:
        """The first command."""
        values = iter(self.rows[0])
        argv = tuple(next(values) if argument is None else argument for argument in self.argv)
        return Command(argv, self.netns, batch=True)


@runtime_checkable
class BulkRunner(Protocol):
    """A runner that runs like commands together, as a session does."""

    def run_bulk(self, commands: BulkCommands) -> bool:
        """Run like commands, and raise the first failure. False if they have to run one by one."""

    def open_batch(self) -> contextlib.AbstractContextManager[None]:
        """Return a block whose changes are sent together: the open one, or a new one."""


@define
class CapturingRunner:
    """Keeps the changes of a verb instead of running them; what the verb looks up is run."""

    runner: Runner
    changes: list[Command] = field(factory=list)

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Keep a change, or run a read."""
        if not command.changes:
            return self.runner.run(command, check=check)

        self.changes.append(command)
        return Result(command, queued=True)

    def take(self) -> Command:
        """Remove and return the change."""
        return self.changes.pop()


def add_many(
    things: Iterable[Any],
    options: Mapping[str, Any],
    *,
    runner: Runner,
    bind: Callable[[Runner], Add],
    check: Callable[[Any], str] | None = None,
) -> None:
    """Run the verb that ``bind`` returns for a runner, for each of the things.

    A thing is the first argument of the verb, or a pair of it and options of its own. All of them
    are checked before any command runs. ``check`` returns a thing as its argument, where nothing
    but the thing decides whether it is good.
    """
    items = [_to_item(thing, options) for thing in _check_list(things)]
    if not items:
        return

    commands = _to_commands(items, CapturingRunner(runner), bind=bind, check=check)
    if isinstance(runner, BulkRunner):
        if commands is None or not runner.run_bulk(commands):
            _add_one_by_one(items, runner, add=bind(runner))
        return

    for thing, item_options in items:
        bind(runner)(thing, **item_options)


def _check_list(things: Iterable[Any]) -> Iterable[Any]:
    """Return the things. Raises `InvalidArgument` for a single text."""
    if isinstance(things, str):
        raise InvalidArgument(f"{things!r} is one text; give a list of them, or use `add`")
    return things


def _to_item(thing: Any, options: Mapping[str, Any]) -> Item:
    """Return a thing with its options: the same mapping for those without options of their own."""
    if isinstance(thing, tuple) and len(thing) == 2 and isinstance(thing[1], Mapping):
        return thing[0], {**options, **thing[1]}
    return thing, options


def _add_one_by_one(items: Sequence[Item], runner: BulkRunner, *, add: Add) -> None:
    """Run a verb for each item. The first is not queued: its error is mostly that of all."""
    first, first_options = items[0]
    add(first, **first_options)

    with runner.open_batch():
        for thing, options in items[1:]:
            add(thing, **options)


def _to_commands(
    items: Sequence[Item],
    capturing: CapturingRunner,
    *,
    bind: Callable[[Runner], Add],
    check: Callable[[Any], str] | None,
) -> BulkCommands | None:
    """Return the commands of items; None for commands of different numbers of arguments."""
    add = bind(capturing)

    def capture(item: Item) -> Command:
        """Return the command of an item."""
        thing, options = item
        add(thing, **options)
        return capturing.take()

    first = capture(items[0])
    has_same_options = all(options is items[0][1] for _, options in items)
    if check is not None and has_same_options:
        argument = check(items[0][0])
        if first.argv.count(argument) == 1:  # not, say, the gateway as well
            pattern = tuple(None if word == argument else word for word in first.argv)
            return BulkCommands(pattern, [(check(thing),) for thing, _ in items], first.netns)

    return _compare([first, *map(capture, items[1:])])


def _compare(commands: Sequence[Command]) -> BulkCommands | None:
    """Return commands of the same number of arguments, by those that differ; else None."""
    first = commands[0]
    argvs = [command.argv for command in commands]
    if any(len(argv) != len(first.argv) for argv in argvs):
        return None

    columns = list(zip(*argvs, strict=True))
    differing = [index for index, column in enumerate(columns) if len(set(column)) > 1]
    pattern: list[str | None] = list(first.argv)
    for index in differing:
        pattern[index] = None

    rows = [tuple(argv[index] for index in differing) for argv in argvs]
    return BulkCommands(tuple(pattern), rows, first.netns)
