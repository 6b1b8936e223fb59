"""A command that somebody typed, as a call of the verb that runs the same.

What is read is tried: the call is made with a runner that runs nothing, and the command that it gives has to mean the
same as the one that was read. So a call that is returned never runs anything else.
"""

from collections.abc import Iterator
from typing import Any

from attrs import define, evolve, field, frozen

from ipwrap.command import IPROUTE2, Command
from ipwrap.errors import BadValue, IpwrapError, OutputError
from ipwrap.noun import FAMILIES
from ipwrap.option import take_rows
from ipwrap.result import Result
from ipwrap.script.grammar import Verb, nouns, verbs_of
from ipwrap.spellings import spelling, verbs

__all__ = ["Call", "Exec", "goes_on", "means_the_same", "read_command"]

# Global options that say how a person wants to see what is read, and nothing of what is done.
SHOWN_AS = frozenset({"-br", "-c", "-d", "-g", "-h", "-iec", "-N", "-nm", "-o", "-p", "-r", "-t", "-ts"})
NAMED = {"inet": "-4", "inet6": "-6", "bridge": "-B", "link": "-0", "mpls": "-M"}
BY_FLAG = {flags[0]: name for name, flags in FAMILIES.items() if name and flags}
SHOW = {"ip netns": "list", "ip token": "list"}  # what an object without a verb does, where it is not `show`
REFUSED = (IpwrapError, AttributeError, KeyError, TypeError, ValueError)
TOLD = frozenset({0, 2})  # a status of 2 is the kernel's; any other says that iproute2 could not read the words


@define
class Dry:
    """A runner that runs nothing: it keeps the commands, and answers each with the same text, or with nothing found."""

    answer: str | None = None
    commands: list[Command] = field(factory=list)

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Keep a command. One that may fail asks whether a link bears a name, and is told that it does."""
        self.commands.append(command)
        if not check:
            return Result(command, stdout=f'[{{"ifname":"{command.argv[-1]}"}}]')
        nothing = "[]" if "-j" in command.argv else ""
        return Result(command, stdout=nothing if self.answer is None else self.answer)


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
    said: dict[str, Any]
    netns: str | None = None
    asks: tuple[Command, ...] = ()
    refuses: bool = False

    @property
    def args(self) -> tuple[Any, ...]:
        """What is given without a name: the first thing, a kind behind it, and any number of the same."""
        first = self.verb.first[: 2 if "kind" in self.verb.first[:2] or self.verb.rest else 1]
        given = [self.said.get(name) for name in first if name in self.said or name in self.verb.needed]
        return (*given, *(self.said.get(self.verb.rest, ()) if self.verb.rest else ()))

    @property
    def kwargs(self) -> dict[str, Any]:
        """What is given by name, in the order in which the verb has it."""
        first = self.verb.first[: len(self.args)]
        names = (name for name in self.verb.order if name in self.said and name not in (*first, self.verb.rest))
        missing = {name: None for name in self.verb.needed if name not in self.said and name not in first}
        return {**missing, **{name: self.said[name] for name in names}}

    @property
    def typed(self) -> dict[str, Any]:
        """What is given by name, as a person would write it."""
        codecs = {row.name: row.codec for row in self.verb.rows}
        named = self.kwargs.items()
        return {name: codecs[name].typed(value) if name in codecs else value for name, value in named}

    def run(self, runner: Dry) -> Any:
        """Make the call. Raises `BadValue` and the like for what the verb refuses."""
        noun = self.verb.cls(runner, self.netns)
        return getattr(noun, self.verb.name)(*self.args, **self.kwargs)

    def dry(self) -> tuple[Command, ...]:
        """Return the commands that it would run."""
        runner = Dry()
        try:
            self.run(runner)
        except OutputError:  # the answer was none
            pass
        except REFUSED:
            return ()
        return tuple(runner.commands)


@frozen
class Typed:
    """The words of a command of iproute2, taken apart: the global options by their short names, the rest as typed."""

    program: str
    flags: tuple[str, ...]
    words: tuple[str, ...]
    netns: str | None

    @classmethod
    def of(cls, command: Command) -> "Typed":
        """Take a command apart. Raises `BadValue` for a global option that says more than what is shown."""
        program, *words = command.argv
        known, flags, netns = spelling(f"{program} -"), list[str](), command.netns
        while words and words[0].startswith("-"):
            flag = known.word(words.pop(0).replace("--", "-", 1))
            if flag == "-n" and words and netns is None:
                netns = words.pop(0)
            elif flag == "-f" and words and words[0] in NAMED:
                flags.append(NAMED[words.pop(0)])
            elif flag in SHOWN_AS or flag in ("-j", "-s", "-all", "-compressvlans", *BY_FLAG):
                flags.append(flag)
            else:
                raise BadValue(f"{flag}: not an option that a verb has")
        return cls(program, tuple(flags), tuple(words), netns)

    @property
    def family(self) -> str | None:
        """The family that a global option says."""
        return next((BY_FLAG[flag] for flag in reversed(self.flags) if flag in BY_FLAG), None)

    @property
    def noun(self) -> tuple[str, ...]:
        """The program and the object, with its words written out."""
        return (self.program, *(spelling(self.program).word(word) for word in self.words[:1]))

    def implies_family(self) -> bool:
        """Tell whether an address among the words says the family, too."""
        mark = {"inet": ".", "inet6": ":"}.get(self.family or "", "?")
        return self.noun[1:] in (("address",), ("neigh",), ("route",)) and any(mark in word for word in self.words)


def read_command(command: Command, result: Result | None = None, *, exact: bool = False) -> Call | Exec | None:
    """Return what a command is in Python; None for what no verb says.

    ``result`` is what came of it: words that iproute2 itself could not read are not taken for any others. With
    ``exact`` only the very same words will do.
    """
    if command.argv[0] not in IPROUTE2:
        return Exec(command.argv, command.netns)
    try:
        typed = Typed.of(command)
    except BadValue:
        return None
    inside = _inside(command, typed)
    if inside is not None and inside.argv[0] not in IPROUTE2 and not exact:
        return Exec(inside.argv, inside.netns)
    if command.stdin is not None or command.timeout is not None or command.prints is not None:
        return None
    if inside is not None:
        return None if exact else _read_inside(inside, result)
    proven = (_proven(call, command, typed, result, exact) for call in _calls(typed))
    return next((call for call in proven if call is not None), None)


def _read_inside(command: Command, result: Result | None) -> Call | Exec | None:
    """Return what iproute2 does that `ip netns exec` runs: the same as with `-n`, but for names of namespaces.

    These would be mounted where nobody else sees them.
    """
    try:
        return None if Typed.of(command).noun == ("ip", "netns") else read_command(command, result)
    except BadValue:
        return None


def goes_on(command: Command) -> bool:
    """Tell whether a command ends only when somebody ends it: `ip monitor`, but not of a file."""
    if command.argv[0] not in IPROUTE2 or command.timeout is not None:
        return False
    try:
        typed = Typed.of(command)
    except BadValue:  # of its global options none but those of how it is shown are of a monitor
        return False
    verb = verbs(" ".join(typed.noun)).word(typed.words[1]) if len(typed.words) > 1 else ""
    return "monitor" in (*typed.noun[1:], verb) and "file" not in typed.words


def means_the_same(one: Command, other: Command) -> bool:
    """Tell whether two commands are the same, or read as the same."""
    if one == other:
        return True
    first, second = read_command(one), read_command(other)
    if not isinstance(first, Call) or not isinstance(second, Call):
        return first is not None and first == second
    return _key(first) == _key(second)


def _key(call: Call) -> tuple[Any, ...]:
    """Return what tells a call from others."""
    return (call.path, call.verb.name, call.said, call.netns)


def _inside(command: Command, typed: Typed) -> Command | None:
    """Return what `ip netns exec NAME` runs, as a command in there."""
    plain = typed.noun == ("ip", "netns") and typed.netns is None and not typed.flags and len(typed.words) > 3
    if not plain or verbs("ip netns").word(typed.words[1]) != "exec":
        return None
    try:
        return evolve(command, argv=typed.words[3:], netns=typed.words[2])
    except BadValue:  # a name that no namespace has
        return None


def _calls(typed: Typed) -> Iterator[Call]:
    """Yield what the words may be, not yet proven."""
    noun, words = typed.noun, list(typed.words[1:])
    while True:
        verb = verbs(" ".join(noun)).word(words.pop(0)) if words else SHOW.get(" ".join(noun), "show")
        if (*noun, verb) not in nouns():
            break
        noun = (*noun, verb)
    if noun not in nouns():
        return
    said: tuple[str, ...] = (verb,)
    if words and (more := verbs(" ".join((*noun, verb)))).words:
        said = (verb, more.word(words.pop(0)))
    for each in verbs_of(noun, said):
        values, count = take_rows(each.rows, words, each.said_as)
        if count == len(words):
            yield Call(nouns()[noun][0], each, {**values, **_by_flags(each, typed)}, typed.netns)


def _by_flags(verb: Verb, typed: Typed) -> dict[str, Any]:
    """Return what the global options say."""
    stats = typed.flags.count("-s")
    values = {"family": typed.family, "stats": {0: None, 1: True}.get(stats, stats), "details": "-d" in typed.flags}
    values["compress"] = "-compressvlans" in typed.flags
    return {name: values[name] for name in verb.flags if values[name]}


def _proven(call: Call, command: Command, typed: Typed, result: Result | None, exact: bool) -> Call | None:
    """Return a call in its shortest form if it runs a command that means the same as the given one."""
    missing = [name for name, none in call.verb.needed.items() if name not in call.said and not none]
    ran = () if missing else call.dry()
    if not ran or (ran[-1].netns, ran[-1].changes) != (typed.netns, command.changes):
        return None
    same = ran[-1].argv == command.argv and ran[-1].netns == command.netns
    if not same and (exact or not _told(result) or not _means_the_same(call, ran[-1], typed)):
        return None
    return evolve(_shortest(call, ran[-1]), asks=ran[:-1], refuses=same and _refuses(call, result))


def _told(result: Result | None) -> bool:
    """Tell whether iproute2 has read the words: in another order, or written out, it reads them too."""
    return result is None or result.status in TOLD


def _means_the_same(call: Call, ran: Command, typed: Typed) -> bool:
    """Tell whether a command of our own is read as the same call, with global options that mean the same."""
    own = Typed.of(ran)
    if not any((each.verb.name, each.said) == (call.verb.name, call.said) for each in _calls(own)):
        return False
    if typed.family and not own.family and ran.changes and typed.implies_family():
        typed = evolve(typed, flags=tuple(flag for flag in typed.flags if flag not in BY_FLAG))
    plain = SHOWN_AS | {"-j"} | ({"-s"} if ran.changes else set())
    hidden = plain if ran.changes or "-j" not in typed.flags else frozenset()  # JSON somebody reads: it has to be it
    one, other = (sorted(flag for flag in each.flags if flag not in hidden) for each in (typed, own))
    return one == other


def _shortest(call: Call, ran: Command) -> Call:
    """Return a call without what changes nothing."""
    for name in call.verb.spare:
        less = evolve(call, said={key: value for key, value in call.said.items() if key != name})
        if name in call.said and less.dry()[-1:] == (ran,):
            call = less
    return call


def _refuses(call: Call, result: Result | None) -> bool:
    """Tell whether the verb raised `OutputError` at what it was answered."""
    if result is None or not result.ok or result.command.changes:
        return False
    try:
        call.run(Dry(result.stdout))
    except OutputError:
        return True
    except REFUSED:
        return False
    return False
