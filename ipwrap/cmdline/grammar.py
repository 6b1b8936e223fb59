"""What each verb takes, as rows of a table: read from its own signature, so that a new verb needs no line here.

A parameter is the clause of its name: ``dev`` is `dev NAME`, ``id`` is `id NUMBER`. Keywords are those of the verb's
`TypedDict`. How people shorten all that is said in `ipwrap.options.aliases`.
"""

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from attrs import frozen

from ipwrap.bridge import BridgeProgram
from ipwrap.cmdline.collector import CommandCollector
from ipwrap.ip import Ip
from ipwrap.kinds import KINDS, Kind, LinkKind
from ipwrap.options.aliases import AliasTable, alias_table
from ipwrap.options.codecs import Altnames, Choice, Codec, Flag, OnOff, PositionalChoice
from ipwrap.options.table import NUMBER, Option, parseable_options
from ipwrap.qdiscs import CLASSES, QDISCS, Qdisc, TcKind
from ipwrap.tc import U32, Flower, Matchall, TcProgram
from ipwrap.verbs.base import ObjectCommands

__all__ = ["Verb", "nouns", "verbs_of"]

# Parameters that are no words of the verb: they are told by the global options, or by no word at all.
FLAGS = frozenset({"compress", "details", "family", "stats"})
TC_KINDS: dict[str, Mapping[str, type[TcKind]]] = {
    "class": CLASSES,
    "filter": {cls.kind: cls for cls in (Flower, Matchall, U32)},
    "qdisc": QDISCS,
}
# Where a parameter is not the word of its own name.
WORDS = {"dst": "to", "target_nsid": "target-nsid"}
RANGE = re.compile(r"([0-9]+)-([0-9]+)")


@frozen
class KindCodec(Codec):
    """A kind of link, which takes all the words behind `type KIND`."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words."""
        return (word, value.type, *value.to_args())

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the kind; one without a table only if there is nothing to be said of it."""
        if words[1] in KINDS:
            return KINDS[words[1]].from_args(words[2:]), len(words)
        return Kind(words[1]), 2


@frozen
class TcKindCodec(Codec):
    """A kind of qdisc, class or filter: its name, and all the words behind it.

    The words `ingress` and `clsact` say a place, too, and others may follow.
    """

    kinds: tuple[type[TcKind], ...]

    def keywords(self, _word: str) -> tuple[str, ...]:
        """Return the names of the kinds."""
        return tuple(each.kind for each in self.kinds)

    def format_args(self, _word: str, value: Any) -> tuple[str, ...]:
        """Return the words."""
        return (value.type, *value.to_args())

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the kind; a qdisc without a table only if there is nothing to be said of it."""
        cls = next((each for each in self.kinds if each.kind == words[0]), None)
        if cls is None:
            return Qdisc(words[1]), 2
        if cls.attach_point == cls.kind:
            return cls(), 1
        return cls.from_args(words[1:]), len(words)


@frozen
class KeywordOrPositional(Codec):
    """Where a qdisc, class or filter stands: `root`, `ingress`, …, or `parent` and a number."""

    def keywords(self, word: str) -> tuple[str, ...]:
        """Return all the words."""
        return (word, "root", "ingress", "egress", "clsact")

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words."""
        return (value,) if value in self.keywords(word)[1:] else (word, value)

    def parse_args(self, word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the place, or the number."""
        return (words[1], 2) if words[0] == word else (words[0], 1)


@frozen
class Parameter(Codec):
    """A parameter of a verb: text, a number or a pair of numbers, by what the verb says that it takes."""

    hints: tuple[Any, ...]

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the keyword and the value: the verb itself checks it."""
        return (word, str(value))

    def parse(self, text: str) -> Any:
        """Return the value."""
        if int in self.hints:
            if "," in text and any(get_origin(each) is list for each in self.hints):
                return [self.parse(each) for each in text.split(",")]
            pair = RANGE.fullmatch(text)
            if pair and any(get_origin(each) is tuple for each in self.hints):
                return int(pair[1]), int(pair[2])
            if NUMBER.fullmatch(text) or str not in self.hints:
                return int(text, 0)
        return text


@frozen
class Verb:
    """One method of a noun, with what it takes.

    ``first`` are the parameters that need no name in Python, ``rest`` takes any number of values; ``needed`` have no
    default, and say whether None will do; the others are ``spare``.
    """

    name: str
    cls: type[ObjectCommands]
    rows: tuple[Option, ...]
    aliases: AliasTable
    flags: tuple[str, ...]
    first: tuple[str, ...]
    rest: str | None
    needed: dict[str, bool]
    optional_positional: tuple[str, ...]

    @property
    def order(self) -> tuple[str, ...]:
        """The names of all that it takes, as they are written in Python."""
        return (*(row.name for row in self.rows), *self.flags)


@cache
def nouns() -> dict[tuple[str, ...], tuple[tuple[str, ...], type[ObjectCommands]]]:
    """Return the nouns by the words of the command line, each with the attributes that lead to it."""
    runner = CommandCollector()
    programs = {"ip": Ip(runner), "bridge": BridgeProgram(runner), "tc": TcProgram(runner)}

    objects: dict[tuple[str, ...], tuple[tuple[str, ...], type[ObjectCommands]]] = {}
    for name, program in programs.items():
        objects.update(_objects_below((name,), program))

    return objects


def _objects_below(
    path: tuple[str, ...], parent: object
) -> Iterator[tuple[tuple[str, ...], tuple[tuple[str, ...], type[ObjectCommands]]]]:
    """Yield the objects that the properties of a program, or of another object, return."""
    properties = [name for name, value in vars(type(parent)).items() if isinstance(value, property)]

    for name in properties:
        commands = getattr(parent, name)
        if not isinstance(commands, ObjectCommands):
            continue

        attributes = (*path, name)
        yield (commands.program, *commands.words), (attributes, type(commands))
        yield from _objects_below(attributes, commands)


@cache
def verbs_of(noun: tuple[str, ...], verb: tuple[str, ...]) -> tuple[Verb, ...]:
    """Return the methods that a verb of the command line may be: `set` is ``set``, or ``set_group``."""
    cls = nouns()[noun][1]
    name = "_".join(verb).replace("-", "_")
    near = [
        each for each in vars(cls) if f"{each}_".startswith(f"{name}_") and not each.startswith("_")
    ]
    return tuple(
        _verb(cls, each, verb) for each in sorted(near, key=len) if callable(getattr(cls, each))
    )


def _verb(cls: type[ObjectCommands], name: str, words: tuple[str, ...]) -> Verb:
    """Return a method as a verb."""
    method = getattr(cls, name)
    parameters = list(inspect.signature(method).parameters.values())[1:]
    hints = get_type_hints(method, include_extras=True)
    own = [
        each for each in parameters if each.kind is not each.VAR_KEYWORD and each.name not in FLAGS
    ]
    tables = [get_args(hints[each.name])[0] for each in parameters if each.kind is each.VAR_KEYWORD]
    rows = [_row(cls, each, hints[each.name]) for each in own]
    rows += [row for table in tables for row in parseable_options(table)]
    names = (" ".join((cls.program, *cls.words, *words)), *(table.__name__ for table in tables))
    return Verb(
        name,
        cls,
        tuple(rows),
        alias_table(*names),
        tuple(each.name for each in parameters if each.name in FLAGS),
        tuple(
            each.name
            for each in own
            if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
        ),
        next((each.name for each in own if each.kind is each.VAR_POSITIONAL), None),
        {each.name: NoneType in get_args(hints[each.name]) for each in own if _is_needed(each)},
        tuple(each.name for each in parameters if each.default is not each.empty),
    )


def _is_needed(parameter: inspect.Parameter) -> bool:
    """Tell whether a parameter has no default."""
    return parameter.default is parameter.empty and parameter.kind is not parameter.VAR_POSITIONAL


def _row(cls: type[ObjectCommands], parameter: inspect.Parameter, hint: Any) -> Option:
    """Return the row that a parameter is."""
    name = parameter.name
    word = WORDS.get(name, name.rstrip("_"))
    hints = (hint, *get_args(hint))
    if parameter.kind is parameter.VAR_POSITIONAL:
        return Option(Altnames(), "altname", name=name)
    if any(each is LinkKind for each in hints):
        return Option(KindCodec(), "type", name=name)
    if any(each is TcKind for each in hints):
        return Option(TcKindCodec(_kinds(cls)), name=name, keyword=name)
    return Option(_codec(name, _is_needed(parameter), hints), word, name=name)


def _codec(name: str, needed: bool, hints: tuple[Any, ...]) -> Codec:
    """Return the codec of a parameter."""
    words = next((get_args(each) for each in hints if get_origin(each) is Literal), ())
    if name == "part":
        return PositionalChoice(words)
    if name == "parent":
        return KeywordOrPositional()
    if bool in hints:
        return OnOff() if needed else Flag()
    return Choice(words) if words else Parameter(hints)


def _kinds(cls: type[ObjectCommands]) -> tuple[type[TcKind], ...]:
    """Return the kinds that an object of tc has."""
    return tuple(TC_KINDS[cls.words[0]].values())
