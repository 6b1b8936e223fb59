"""A command that somebody typed, as a call of the verb that runs the same.

What is read is tried: the call is made with a runner that runs nothing, and the command that it gives has to mean the
same as the one that was read. So a call that is returned never runs anything else.
"""

from collections.abc import Iterator
from typing import Any

from attrs import evolve, frozen

from ipwrap.cmdline.collector import CommandCollector
from ipwrap.cmdline.grammar import Verb, nouns, verbs_of
from ipwrap.cmdline.parsed import BY_FLAG, ParsedCommand
from ipwrap.command import IPROUTE2, Command
from ipwrap.errors import IpwrapError, OutputError
from ipwrap.options.table import parse_options
from ipwrap.result import Result

__all__ = [
    "Call",
    "CommandCollector",
    "Exec",
    "call_of",
    "candidate_calls",
    "candidate_verbs",
    "is_equivalent",
    "read_command",
    "runs_until_stopped",
]

# Global options that say how a person wants to see what is read, and nothing of what is done.
SHOWN_AS = frozenset(
    {"-br", "-c", "-d", "-g", "-h", "-iec", "-N", "-nm", "-o", "-p", "-r", "-t", "-ts"}
)
READABLE = SHOWN_AS | {"-all", "-compressvlans", "-j", "-s", *BY_FLAG}
DEFAULTS = frozenset({"all", "any", "default"})
SHOW = {
    "ip netns": "list",
    "ip token": "list",
}  # what an object without a verb does, where it is not `show`
REFUSED = (IpwrapError, AttributeError, KeyError, TypeError, ValueError)
REFUSAL_STATUSES = frozenset(
    {0, 2}
)  # a status of 2 is the kernel's; any other says that iproute2 could not read the words


@frozen
class Exec:
    """A program that is run in a namespace, or in the first one."""

    argv: tuple[str, ...]
    netns: str | None


@frozen
class Call:
    """A verb and what it is told: ``said`` holds all by its name.

    ``asks`` are the commands that it runs before, to look whether a link bears a name. ``refuses`` says that it raises
    `OutputError` at what was answered.
    """

    path: tuple[str, ...]
    verb: Verb
    arguments: dict[str, Any]
    netns: str | None = None
    is_read: tuple[Command, ...] = ()
    refuses: bool = False

    @property
    def args(self) -> tuple[Any, ...]:
        """What is given without a name: the first thing, a kind behind it, and any number of the same."""
        first = self.verb.first[: 2 if "kind" in self.verb.first[:2] or self.verb.rest else 1]
        given = [
            self.arguments.get(name)
            for name in first
            if name in self.arguments or name in self.verb.needed
        ]
        return (*given, *(self.arguments.get(self.verb.rest, ()) if self.verb.rest else ()))

    @property
    def kwargs(self) -> dict[str, Any]:
        """What is given by name, in the order in which the verb has it."""
        first = self.verb.first[: len(self.args)]
        names = (
            name
            for name in self.verb.order
            if name in self.arguments and name not in (*first, self.verb.rest)
        )
        missing = {
            name: None
            for name in self.verb.needed
            if name not in self.arguments and name not in first
        }
        return {**missing, **{name: self.arguments[name] for name in names}}

    @property
    def typed(self) -> dict[str, Any]:
        """What is given by name, as a person would write it."""
        codecs = {row.name: row.codec for row in self.verb.rows}
        named = self.kwargs.items()
        return {
            name: codecs[name].to_python(value) if name in codecs else value
            for name, value in named
        }

    def run(self, runner: CommandCollector) -> Any:
        """Make the call. Raises `InvalidArgument` and the like for what the verb refuses."""
        noun = self.verb.cls(runner, self.netns)
        return getattr(noun, self.verb.name)(*self.args, **self.kwargs)

    def to_commands(self) -> tuple[Command, ...]:
        """Return the commands that it would run: none if something is missing."""
        runner = CommandCollector()
        if any(name not in self.arguments and not none for name, none in self.verb.needed.items()):
            return ()
        try:
            self.run(runner)
        except OutputError:  # the answer was none
            pass
        except REFUSED:
            return ()
        return tuple(runner.commands)


def read_command(
    command: Command, result: Result | None = None, *, exact: bool = False
) -> Call | Exec | None:
    """Return what a command is in Python; None for what no verb says.

    ``result`` is what came of it: words that iproute2 itself could not read are not taken for any others. With
    ``exact`` only the very same words will do.
    """
    if command.argv[0] not in IPROUTE2:
        return Exec(command.argv, command.netns)
    typed = ParsedCommand.of(command.argv, command.netns)
    if not _is_readable(command, typed):
        return None
    inside = _inside(command, typed)
    if inside is not None and inside.argv[0] not in IPROUTE2 and not exact:
        return Exec(inside.argv, inside.netns)
    if (
        command.stdin is not None
        or command.timeout is not None
        or command.output_secret is not None
    ):
        return None
    if inside is not None:
        return None if exact else _read_inside(inside, result)
    proven = (_verify(call, command, typed, result, exact) for call in candidate_calls(typed))
    return next((call for call in proven if call is not None), None)


def _read_inside(command: Command, result: Result | None) -> Call | Exec | None:
    """Return what iproute2 does that `ip netns exec` runs: the same as with `-n`, but for names of namespaces.

    These would be mounted where nobody else sees them.
    """
    return (
        None
        if ParsedCommand.of(command.argv).arguments[:1] == ("netns",)
        else read_command(command, result)
    )


def runs_until_stopped(command: Command) -> bool:
    """Tell whether a command ends only when somebody ends it: `ip monitor`, but not of a file."""
    if command.argv[0] not in IPROUTE2 or command.timeout is not None:
        return False
    typed = ParsedCommand.of(command.argv, command.netns)
    return (
        _is_readable(command, typed) and "monitor" in typed.arguments and "file" not in typed.words
    )


def is_equivalent(one: Command, other: Command) -> bool:
    """Tell whether two commands are the same, or read as the same."""
    if one == other:
        return True
    first, second = read_command(one), read_command(other)
    if not isinstance(first, Call) or not isinstance(second, Call):
        return first is not None and first == second
    return _key(first) == _key(second)


def _key(call: Call) -> tuple[Any, ...]:
    """Return what tells a call from others."""
    return (call.path, call.verb.name, call.arguments, call.netns)


def _is_readable(command: Command, typed: ParsedCommand) -> bool:
    """Tell whether the global options say no more than a verb can, and the namespace only once."""
    return (
        READABLE.issuperset(typed.flags)
        and typed.batch is None
        and command.netns in (None, typed.netns)
    )


def _inside(command: Command, typed: ParsedCommand) -> Command | None:
    """Return what `ip netns exec NAME` runs, as a command in there."""
    if typed.exec_argv is None or typed.netns is not None or typed.flags:
        return None
    return evolve(command, argv=typed.exec_argv[1], netns=typed.exec_argv[0])


def candidate_calls(typed: ParsedCommand) -> Iterator[Call]:
    """Yield what the words may be, not yet proven."""
    for verb in candidate_verbs(typed):
        values, count = parse_options(verb.rows, typed.rest, verb.aliases)
        if count == len(typed.rest):
            yield call_of(verb, values, typed)


def candidate_verbs(typed: ParsedCommand) -> tuple[Verb, ...]:
    """Return the verbs that the words may be of."""
    noun = said = (typed.program, *typed.arguments)
    while noun and noun not in nouns():
        noun = noun[:-1]
    return (
        verbs_of(noun, said[len(noun) :] or (SHOW.get(" ".join(noun), "show"),)) if noun[1:] else ()
    )


def call_of(verb: Verb, values: dict[str, Any], typed: ParsedCommand) -> Call:
    """Return a verb with what it is told. A `default` of `ip -6` is that of IPv6."""
    if typed.family == "inet6" and values.get("dst") in DEFAULTS:
        values = {**values, "dst": "::/0"}
    path = nouns()[(verb.cls.program, *verb.cls.words)][0]
    return Call(path, verb, {**values, **_by_flags(verb, typed)}, typed.netns)


def _by_flags(verb: Verb, typed: ParsedCommand) -> dict[str, Any]:
    """Return what the global options say."""
    stats = typed.flags.count("-s")
    values = {
        "family": typed.family,
        "stats": {0: None, 1: True}.get(stats, stats),
        "details": "-d" in typed.flags,
    }
    values["compress"] = "-compressvlans" in typed.flags
    return {name: values[name] for name in verb.flags if values[name]}


def _verify(
    call: Call, command: Command, typed: ParsedCommand, result: Result | None, exact: bool
) -> Call | None:
    """Return a call in its shortest form if it runs a command that means the same as the given one."""
    ran = call.to_commands()
    if not ran or (ran[-1].netns, ran[-1].changes) != (typed.netns, command.changes):
        return None
    same = ran[-1].argv == command.argv and ran[-1].netns == command.netns
    if not same and (
        exact or not _has_known_status(result) or not _means_the_same(call, ran[-1], typed)
    ):
        return None
    return evolve(
        _shortest(call, ran[-1]), is_read=ran[:-1], refuses=same and _refuses(call, result)
    )


def _has_known_status(result: Result | None) -> bool:
    """Tell whether iproute2 has read the words: in another order, or written out, it reads them too."""
    return result is None or result.status in REFUSAL_STATUSES


def _means_the_same(call: Call, ran: Command, typed: ParsedCommand) -> bool:
    """Tell whether a command of our own is read as the same call, with global options that mean the same."""
    own = ParsedCommand.of(ran.argv, ran.netns)
    if not any(
        (each.verb.name, each.arguments) == (call.verb.name, call.arguments)
        for each in candidate_calls(own)
    ):
        return False
    if typed.family and not own.family and ran.changes and _implied_family(own, typed.family):
        typed = evolve(typed, given=tuple(each for each in typed.given if each[0] not in BY_FLAG))
    plain = SHOWN_AS | {"-j"} | ({"-s"} if ran.changes else set())
    hidden = (
        plain if ran.changes or "-j" not in typed.flags else frozenset()
    )  # JSON somebody reads: it has to be it
    one, other = (
        sorted(flag for flag in each.flags if flag not in hidden) for each in (typed, own)
    )
    return one == other


def _implied_family(typed: ParsedCommand, family: str) -> bool:
    """Tell whether an address among the words says a family."""
    mark = {"inet": ".", "inet6": ":"}.get(family, "?")
    return typed.arguments[0] in ("address", "neigh", "route") and any(
        mark in word for word in typed.rest
    )


def _shortest(call: Call, ran: Command) -> Call:
    """Return a call without what changes nothing."""
    for name in call.verb.optional_positional:
        less = evolve(
            call, arguments={key: value for key, value in call.arguments.items() if key != name}
        )
        if name in call.arguments and less.to_commands()[-1:] == (ran,):
            call = less
    return call


def _refuses(call: Call, result: Result | None) -> bool:
    """Tell whether the verb raised `OutputError` at what it was answered."""
    if result is None or not result.ok or result.command.changes:
        return False
    try:
        call.run(CommandCollector(result.stdout))
    except OutputError:
        return True
    except REFUSED:
        return False
    return False
