"""A typed command, read as a call of the verb that runs the same command.

Every reading is verified: the call is made with a runner that runs nothing, and the built command
has to mean the same as the typed command. A returned call therefore never runs another command.
"""

from collections.abc import Iterator
from typing import Any

from attrs import evolve, frozen

from ipwrap.cmdline.collector import CommandCollector
from ipwrap.cmdline.grammar import Verb, objects, verbs_of
from ipwrap.cmdline.parsed import BY_FLAG, ParsedCommand
from ipwrap.command import IPROUTE2, Command
from ipwrap.errors import (
    KERNEL_REFUSAL_STATUS,
    IpwrapError,
    OutputError,
    UsageError,
    error_for,
)
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

# Global options that only change the layout of output.
LAYOUT_FLAGS = frozenset(
    {"-br", "-c", "-d", "-g", "-h", "-iec", "-N", "-nm", "-o", "-p", "-r", "-t", "-ts"}
)
READABLE_FLAGS = LAYOUT_FLAGS | {"-all", "-compressvlans", "-j", "-s", *BY_FLAG}
DEFAULT_DESTINATIONS = frozenset({"all", "any", "default"})

# The verb that runs for an object without a verb, where it is not `show`.
IMPLIED_VERBS = {"ip netns": "list", "ip token": "list"}

REFUSALS = (IpwrapError, AttributeError, KeyError, TypeError, ValueError)

# iproute2 has parsed the arguments: the kernel accepted or refused the request. Other statuses are
# ambiguous: `ip` ends with 1, and `bridge` with 255, for a missing device as for a wrong argument.
PARSED_STATUSES = frozenset({0, KERNEL_REFUSAL_STATUS})

FAMILY_MARKS = {"inet": ".", "inet6": ":"}  # in an address of that family


@frozen
class Exec:
    """A program that runs in a named namespace, or in the host namespace."""

    argv: tuple[str, ...]
    netns: str | None


@frozen
class Call:
    """A verb and its arguments by name.

    ``lookups`` are the commands that the verb runs first, to check whether a link exists.
    ``refuses`` is True if the verb raises `OutputError` on the recorded output.
    """

    path: tuple[str, ...]
    verb: Verb
    arguments: dict[str, Any]
    netns: str | None = None
    lookups: tuple[Command, ...] = ()
    refuses: bool = False

    @property
    def args(self) -> tuple[Any, ...]:
        """The arguments without a keyword.

        These are the first argument, a kind behind it, and the values of a `*NAME` parameter.
        """
        has_second = "kind" in self.verb.first[:2] or self.verb.rest
        names = self.verb.first[: 2 if has_second else 1]

        given = [name for name in names if name in self.arguments or name in self.verb.needed]
        positional = [self.arguments.get(name) for name in given]

        rest = self.arguments.get(self.verb.rest, ()) if self.verb.rest else ()
        return (*positional, *rest)

    @property
    def kwargs(self) -> dict[str, Any]:
        """The arguments by keyword, in the order of the verb.

        Missing needed arguments are None.
        """
        positional = self.verb.first[: len(self.args)]

        keywords: dict[str, Any] = {}
        for name in self.verb.needed:
            if name not in self.arguments and name not in positional:
                keywords[name] = None

        for name in self.verb.order:
            if name in self.arguments and name not in positional and name != self.verb.rest:
                keywords[name] = self.arguments[name]

        return keywords

    @property
    def typed(self) -> dict[str, Any]:
        """The arguments by keyword, with values as a person would write them."""
        codecs = {row.name: row.codec for row in self.verb.rows}

        typed = {}
        for name, value in self.kwargs.items():
            typed[name] = codecs[name].to_python(value) if name in codecs else value

        return typed

    def run(self, runner: CommandCollector) -> Any:
        """Make the call.

        Raises `InvalidArgument` and other errors for arguments refused by the verb.
        """
        commands = self.verb.cls(runner, self.netns)
        return getattr(commands, self.verb.name)(*self.args, **self.kwargs)

    def to_commands(self) -> tuple[Command, ...]:
        """Return the commands that the call would run.

        None if an argument is missing or refused.
        """
        for name, accepts_none in self.verb.needed.items():
            if name not in self.arguments and not accepts_none:
                return ()

        runner = CommandCollector()
        try:
            self.run(runner)
        except OutputError:  # the collector answers with no objects; the command is built by then
            pass
        except REFUSALS:
            return ()

        return tuple(runner.commands)


def read_command(
    command: Command, result: Result | None = None, *, exact: bool = False
) -> Call | Exec | None:
    """Return a command as a call in Python; None if no verb runs the same command.

    ``result`` is the recorded result: arguments that iproute2 itself could not read match no verb.
    ``exact`` demands the very same argv.
    """
    if command.argv[0] not in IPROUTE2:
        return Exec(command.argv, command.netns)

    typed = ParsedCommand.of(command.argv, command.netns)
    if not _is_readable(command, typed):
        return None

    inner = _command_of_exec(command, typed)
    if inner is not None and inner.argv[0] not in IPROUTE2 and not exact:
        return Exec(inner.argv, inner.netns)

    extras = (command.stdin, command.timeout, command.env, command.cwd, command.output_secret)
    if any(extra is not None for extra in extras):
        return None

    if inner is not None:
        return None if exact else _read_inner(inner, result)

    for call in candidate_calls(typed):
        verified = _verify(call, command, typed=typed, result=result, exact=exact)
        if verified is not None:
            return verified

    return None


def _read_inner(command: Command, result: Result | None) -> Call | Exec | None:
    """Return the iproute2 command that `ip netns exec` runs: the same as with `-n`, except for `ip
    netns` itself.

    `ip netns exec` makes a new mount namespace: a network namespace created inside is visible
    nowhere else.
    """
    if ParsedCommand.of(command.argv).arguments[:1] == ("netns",):
        return None

    return read_command(command, result)


def runs_until_stopped(command: Command) -> bool:
    """Return whether a command runs until it is stopped.

    `ip monitor`, but not `ip monitor file FILE`.
    """
    if command.argv[0] not in IPROUTE2 or command.timeout is not None:
        return False

    typed = ParsedCommand.of(command.argv, command.netns)
    is_monitor = "monitor" in typed.arguments and "file" not in typed.words
    return is_monitor and _is_readable(command, typed)


def is_equivalent(first: Command, second: Command) -> bool:
    """Return whether two commands are the same, or are read as the same call."""
    if first == second:
        return True

    first_call, second_call = read_command(first), read_command(second)
    if not isinstance(first_call, Call) or not isinstance(second_call, Call):
        return first_call is not None and first_call == second_call

    return _identity(first_call) == _identity(second_call)


def _identity(call: Call) -> tuple[Any, ...]:
    """Return the parts of a call that decide whether another is the same."""
    return (call.path, call.verb.name, call.arguments, call.netns)


def _is_readable(command: Command, typed: ParsedCommand) -> bool:
    """Return whether a verb can express the global options, and the namespace is given once at
    most.
    """
    has_known_flags = READABLE_FLAGS.issuperset(typed.flags)
    return has_known_flags and typed.batch is None and command.netns in (None, typed.netns)


def _command_of_exec(command: Command, typed: ParsedCommand) -> Command | None:
    """Return the command that `ip netns exec NAME` runs, with the namespace."""
    if typed.exec_argv is None or typed.netns is not None or typed.flags:
        return None

    netns, argv = typed.exec_argv
    return evolve(command, argv=argv, netns=netns)


def candidate_calls(typed: ParsedCommand) -> Iterator[Call]:
    """Yield the calls with a value for every argument, not yet verified."""
    for verb in candidate_verbs(typed):
        values, count = parse_options(verb.rows, typed.rest, aliases=verb.aliases)
        if count == len(typed.rest):
            yield call_of(verb, values, typed=typed)


def candidate_verbs(typed: ParsedCommand) -> tuple[Verb, ...]:
    """Return the verbs that the object and the verb of a command may abbreviate."""
    words = (typed.program, *typed.arguments)

    object_path = words
    while object_path and object_path not in objects():
        object_path = object_path[:-1]

    if len(object_path) < 2:
        return ()

    implied = IMPLIED_VERBS.get(" ".join(object_path), "show")
    return verbs_of(object_path, words[len(object_path) :] or (implied,))


def call_of(verb: Verb, values: dict[str, Any], *, typed: ParsedCommand) -> Call:
    """Return the call of a verb with these values.

    The `default` of `ip -6 route` is the default route of IPv6.
    """
    if typed.family == "inet6" and values.get("dst") in DEFAULT_DESTINATIONS:
        values = {**values, "dst": "::/0"}

    path, _ = objects()[(verb.cls.program, *verb.cls.words)]
    return Call(path, verb, {**values, **_values_of_flags(verb, typed)}, typed.netns)


def _values_of_flags(verb: Verb, typed: ParsedCommand) -> dict[str, Any]:
    """Return the parameters that the global options set."""
    count = typed.flags.count("-s")
    stats = {0: None, 1: True}.get(count, count)

    values = {
        "compress": "-compressvlans" in typed.flags,
        "details": "-d" in typed.flags,
        "family": typed.family,
        "stats": stats,
    }
    return {name: values[name] for name in verb.flags if values[name]}


def _verify(
    call: Call, command: Command, *, typed: ParsedCommand, result: Result | None, exact: bool
) -> Call | None:
    """Return a call in the shortest form, if the call's command means the same as the typed
    command.
    """
    commands = call.to_commands()
    if not commands:
        return None

    *lookups, built = commands
    if (built.netns, built.changes) != (typed.netns, command.changes):
        return None

    is_same = built.argv == command.argv and built.netns == command.netns
    is_refused = exact or not _was_understood(result)
    if not is_same and (is_refused or not _means_the_same(call, built, typed=typed)):
        return None

    return evolve(
        _shorten(call, built),
        lookups=tuple(lookups),
        refuses=is_same and _refuses_output(call, result),
    )


def _was_understood(result: Result | None) -> bool:
    """Return whether iproute2 understood the arguments.

    iproute2 then understands the arguments in another order and written out, too. The text on
    stderr distinguishes a missing object, which a script may tolerate, from an unreadable argument.
    """
    if result is None or result.status in PARSED_STATUSES:
        return True
    return not isinstance(error_for(result), UsageError)


def _means_the_same(call: Call, built: Command, *, typed: ParsedCommand) -> bool:
    """Return whether the built command is read as the same call, with global options that mean the
    same.
    """
    own = ParsedCommand.of(built.argv, built.netns)
    if not _is_read_as(call, own):
        return False

    if typed.family and not own.family and _needs_no_family(own, typed.family, built=built):
        without_family = tuple(pair for pair in typed.given if pair[0] not in BY_FLAG)
        typed = evolve(typed, given=without_family)

    ignored = _ignored_flags(typed, built)
    return _sorted_flags(typed, ignored) == _sorted_flags(own, ignored)


def _is_read_as(call: Call, own: ParsedCommand) -> bool:
    """Return whether a command of our own is read as this call."""
    for candidate in candidate_calls(own):
        if candidate.verb.name == call.verb.name and candidate.arguments == call.arguments:
            return True

    return False


def _ignored_flags(typed: ParsedCommand, built: Command) -> frozenset[str]:
    """Return the global options that make no difference.

    The layout of text output may differ. JSON output was meant for a program, which needs the same
    JSON.
    """
    if built.changes:
        return LAYOUT_FLAGS | {"-j", "-s"}

    return frozenset() if "-j" in typed.flags else LAYOUT_FLAGS | {"-j"}


def _sorted_flags(typed: ParsedCommand, ignored: frozenset[str]) -> list[str]:
    """Return the global options that count."""
    return sorted(flag for flag in typed.flags if flag not in ignored)


def _needs_no_family(own: ParsedCommand, family: str, *, built: Command) -> bool:
    """Return whether a command does the same without the option of an address family.

    `ip link show` overrides it: ipaddr_list_link() in ip/ipaddress.c. For a change, and for a
    lookup by `get`, an address among the arguments has the family itself.
    """
    if not built.changes and own.arguments in (("link",), ("link", "show")):
        return True
    if not built.changes and own.arguments[-1] != "get":
        return False

    mark = FAMILY_MARKS.get(family, "?")
    takes_addresses = own.arguments[0] in ("address", "neigh", "route")
    return takes_addresses and any(mark in word for word in own.rest)


def _shorten(call: Call, built: Command) -> Call:
    """Return a call without the arguments that change nothing."""
    for name in call.verb.optional_positional:
        if name not in call.arguments:
            continue

        arguments = {key: value for key, value in call.arguments.items() if key != name}
        shorter = evolve(call, arguments=arguments)
        if shorter.to_commands()[-1:] == (built,):
            call = shorter

    return call


def _refuses_output(call: Call, result: Result | None) -> bool:
    """Return whether the verb raises `OutputError` on the recorded output."""
    if result is None or not result.ok or result.command.changes:
        return False

    try:
        call.run(CommandCollector(result.stdout))
    except OutputError:
        return True
    except REFUSALS:
        return False

    return False
