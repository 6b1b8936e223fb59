"""The arguments of each verb as rows of a table, read from the signature of its method: a new verb
needs no line here.

A parameter is the option of the same name: ``dev`` is `dev NAME`, ``id`` is `id NUMBER`. Keyword
options come from the verb's `TypedDict`. Abbreviations are in `ipwrap.options.aliases`.
"""

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from inspect import Parameter
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

__all__ = ["Verb", "objects", "verbs_of"]

# Parameters that are global options of the program, or that no argument stands for.
FLAGS = frozenset({"compress", "details", "family", "stats"})
TC_KINDS: dict[str, Mapping[str, type[TcKind]]] = {
    "class": CLASSES,
    "filter": {cls.kind: cls for cls in (Flower, Matchall, U32)},
    "qdisc": QDISCS,
}
# Keywords that differ from the name of their parameter.
KEYWORDS = {"dst": "to", "target_nsid": "target-nsid"}
NUMBER_PAIR = re.compile(r"([0-9]+)-([0-9]+)")

Attributes = tuple[str, ...]  # the path of attributes that leads to an object: ("ip", "link")
ObjectPath = tuple[str, ...]  # an object as typed: ("bridge", "vlan", "global")


class KindCodec(Codec, frozen=True):
    """A kind of link, with the arguments behind `type KIND`."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return `type`, the kind and its options."""
        return (word, value.type, *value.to_args())

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the kind. A kind without a table must have no options."""
        name = words[1]
        if name in KINDS:
            return KINDS[name].from_args(words[2:]), len(words)

        return Kind(name), 2


class TcKindCodec(Codec, frozen=True):
    """A kind of qdisc, class or filter: the name, and the arguments behind the name.

    `ingress` and `clsact` are an attach point as well as a kind, so other options may follow.
    """

    kinds: tuple[type[TcKind], ...]

    def keywords(self, _word: str) -> tuple[str, ...]:
        """Return the names of the kinds."""
        return tuple(cls.kind for cls in self.kinds)

    def format_args(self, _word: str, value: Any) -> tuple[str, ...]:
        """Return the kind and its options."""
        return (value.type, *value.to_args())

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the kind; a qdisc without a table only if it has no options."""
        classes = {cls.kind: cls for cls in self.kinds}
        cls = classes.get(words[0])

        if cls is None:
            return Qdisc(words[1]), 2
        if cls.attach_point == cls.kind:
            return cls(), 1

        return cls.from_args(words[1:]), len(words)


class AttachPointCodec(Codec, frozen=True):
    """The attach point of a qdisc, class or filter.

    `root`, `ingress`, …, or `parent` and a number.
    """

    def keywords(self, word: str) -> tuple[str, ...]:
        """Return the keywords of all attach points."""
        return (word, "root", "ingress", "egress", "clsact")

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the attach point, or `parent` and the number."""
        named_points = self.keywords(word)[1:]
        return (value,) if value in named_points else (word, value)

    def parse_args(self, word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the attach point, or the number behind `parent`."""
        return (words[1], 2) if words[0] == word else (words[0], 1)


class ParameterCodec(Codec, frozen=True):
    """A parameter of a verb: text, a number, a list or a pair of numbers, by its type hints."""

    hints: tuple[Any, ...]

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the keyword and the value, which the verb itself checks."""
        return (word, str(value))

    def parse(self, text: str) -> Any:
        """Return the value in the first fitting type of the hints."""
        if int not in self.hints:
            return text

        if "," in text and self._accepts(list):
            return [self.parse(part) for part in text.split(",")]

        pair = NUMBER_PAIR.fullmatch(text)
        if pair and self._accepts(tuple):
            return int(pair[1]), int(pair[2])

        if NUMBER.fullmatch(text) or str not in self.hints:
            return int(text, 0)

        return text

    def _accepts(self, container: type) -> bool:
        """Return whether one of the hints is a list, or a tuple, of values."""
        return any(get_origin(hint) is container for hint in self.hints)


@frozen
class Verb:
    """A method of an object, with its parameters.

    - ``first``: the parameters that need no keyword in Python
    - ``rest``: the parameter with any number of values
    - ``needed``: the parameters without a default, and whether None is accepted
    - ``optional_positional``: the parameters with a default
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
        """The names of the parameters, in the order of Python source."""
        return (*(row.name for row in self.rows), *self.flags)


@cache
def objects() -> dict[ObjectPath, tuple[Attributes, type[ObjectCommands]]]:
    """Return the objects of the command line: for each, the path of attributes, and the class."""
    runner = CommandCollector()
    programs = {"ip": Ip(runner), "bridge": BridgeProgram(runner), "tc": TcProgram(runner)}

    found: dict[ObjectPath, tuple[Attributes, type[ObjectCommands]]] = {}
    for name, program in programs.items():
        found.update(_objects_below((name,), program))

    return found


def _objects_below(
    path: Attributes, parent: object
) -> Iterator[tuple[ObjectPath, tuple[Attributes, type[ObjectCommands]]]]:
    """Yield the objects that the properties of a program, or of another object, return."""
    members = vars(type(parent)).items()
    properties = [name for name, value in members if isinstance(value, property)]

    for name in properties:
        commands = getattr(parent, name)
        if not isinstance(commands, ObjectCommands):
            continue

        attributes = (*path, name)
        yield (commands.program, *commands.words), (attributes, type(commands))
        yield from _objects_below(attributes, commands)


@cache
def verbs_of(object_path: ObjectPath, verb: tuple[str, ...]) -> tuple[Verb, ...]:
    """Return the methods that a typed verb may be, the shortest name first.

    `set` is ``set``, or ``set_group``.
    """
    cls = objects()[object_path][1]
    name = "_".join(verb).replace("-", "_")

    methods = []
    for attribute in vars(cls):
        is_candidate = f"{attribute}_".startswith(f"{name}_") and not attribute.startswith("_")
        if is_candidate and callable(getattr(cls, attribute)):
            methods.append(attribute)

    return tuple(_verb(cls, method, typed=verb) for method in sorted(methods, key=len))


def _verb(cls: type[ObjectCommands], name: str, *, typed: tuple[str, ...]) -> Verb:
    """Return a method as a verb; ``typed`` are the words of the command line for it."""
    method = getattr(cls, name)
    _self, *parameters = inspect.signature(method).parameters.values()
    hints = get_type_hints(method, include_extras=True)

    tables = []
    arguments = []
    for parameter in parameters:
        if parameter.kind is Parameter.VAR_KEYWORD:
            tables.append(get_args(hints[parameter.name])[0])
        elif parameter.name not in FLAGS:
            arguments.append(parameter)

    rows = [_option(cls, parameter, hint=hints[parameter.name]) for parameter in arguments]
    for table in tables:
        rows += parseable_options(table)

    verb_path = " ".join((cls.program, *cls.words, *typed))
    table_names = [table.__name__ for table in tables]

    names = [parameter.name for parameter in parameters]
    first_parameters = filter(_is_positional, arguments)
    return Verb(
        name=name,
        cls=cls,
        rows=tuple(rows),
        aliases=alias_table(verb_path, *table_names),
        flags=tuple(name for name in names if name in FLAGS),
        first=tuple(parameter.name for parameter in first_parameters),
        rest=_name_of_rest(arguments),
        needed=_needed(arguments, hints),
        optional_positional=_optional(parameters),
    )


def _is_positional(parameter: Parameter) -> bool:
    """Return whether a parameter can be given without its name."""
    return parameter.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


def _name_of_rest(parameters: list[Parameter]) -> str | None:
    """Return the name of the parameter with any number of values: `*NAME`."""
    for parameter in parameters:
        if parameter.kind is Parameter.VAR_POSITIONAL:
            return parameter.name

    return None


def _needed(parameters: list[Parameter], hints: dict[str, Any]) -> dict[str, bool]:
    """Return the parameters without a default, with whether each accepts None."""
    needed = {}
    for parameter in parameters:
        if _has_no_default(parameter):
            needed[parameter.name] = NoneType in get_args(hints[parameter.name])

    return needed


def _optional(parameters: list[Parameter]) -> tuple[str, ...]:
    """Return the names of the parameters with a default."""
    return tuple(p.name for p in parameters if p.default is not Parameter.empty)


def _has_no_default(parameter: Parameter) -> bool:
    """Return whether a parameter has to be given."""
    is_variadic = parameter.kind is Parameter.VAR_POSITIONAL
    return parameter.default is Parameter.empty and not is_variadic


def _option(cls: type[ObjectCommands], parameter: Parameter, *, hint: Any) -> Option:
    """Return a parameter as an option."""
    name = parameter.name
    hints = (hint, *get_args(hint))

    if parameter.kind is Parameter.VAR_POSITIONAL:
        return Option(Altnames(), "altname", name=name)
    if LinkKind in hints:
        return Option(KindCodec(), "type", name=name)
    if TcKind in hints:
        return Option(TcKindCodec(_tc_kinds(cls)), name=name, keyword=name)

    keyword = KEYWORDS.get(name, name.rstrip("_"))
    return Option(_codec(name, needed=_has_no_default(parameter), hints=hints), keyword, name=name)


def _codec(name: str, *, needed: bool, hints: tuple[Any, ...]) -> Codec:
    """Return the codec of a parameter, by its name and type hints."""
    choices: tuple[str, ...] = ()
    for hint in hints:
        if get_origin(hint) is Literal:
            choices = get_args(hint)
            break

    if name == "part":
        return PositionalChoice(choices)
    if name == "parent":
        return AttachPointCodec()
    if bool in hints:
        return OnOff() if needed else Flag()

    return Choice(choices) if choices else ParameterCodec(hints)


def _tc_kinds(cls: type[ObjectCommands]) -> tuple[type[TcKind], ...]:
    """Return the kinds of an object of tc."""
    return tuple(TC_KINDS[cls.words[0]].values())
