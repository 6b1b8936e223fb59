"""`ensure`: one object as the command that adds it asks for, and no command where it is so already.

The options of that command are compared with what `show` prints of the object, by the tables that
read and write both. What the command leaves out counts as it is.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ipwrap.cmdline.grammar import objects
from ipwrap.cmdline.reader import Call, read_command
from ipwrap.command import Command, CreatedObject
from ipwrap.errors import CommandError, InvalidArgument, OutputError
from ipwrap.jsonio.reader import check_objects
from ipwrap.kinds import LinkKind
from ipwrap.kinds.link_options import LinkOptions
from ipwrap.kinds.paired import PairedKind
from ipwrap.objects import OBJECTS, object_type
from ipwrap.objects.base import Arguments, Json, Nouns, ObjectType
from ipwrap.objects.reads import READS
from ipwrap.options.canonical import canonical_address
from ipwrap.options.table import options_of
from ipwrap.undo.link_data import kind_of, links_by_name
from ipwrap.undo.link_options import kind_data
from ipwrap.verbs.runner import Runner

__all__ = ["ensure_object"]

# Arguments that a command means where it gives none of some, by object.
IMPLIED: dict[str, tuple[str, Any, frozenset[str]]] = {
    "fdb": ("permanent", True, frozenset({"dynamic", "local", "permanent", "static", "temp"})),
    "neigh": ("nud", "permanent", frozenset({"nud", "proxy", "managed", "extern_learn"})),
}
# Flags that tell two objects with one identity apart: the table of a device, and of its bridge.
DISTINGUISHING = ("master",)
INET6_FLAG = "-6"
# Options of a link with no value to compare: where it goes, and what only a new link takes.
OPTIONS_OF_CREATION = frozenset(
    {"index", "link", "link_netns", "link_netnsid", "netns", "numrxqueues", "numtxqueues"}
)


def ensure_object(command: Command, *, runner: Runner, reader: Runner) -> bool:
    """Bring about what a command that adds an object asks for; return whether anything changed.

    ``runner`` runs and records changes, ``reader`` reads. Raises the errors of the commands, and
    `InvalidArgument` for a link of another kind, and for a command that no table can read.
    """
    call = read_command(command)
    if not isinstance(call, Call):
        raise InvalidArgument(f"{command.line}: no table can read it; use `add`")
    if call.path == ("ip", "link"):
        return _ensure_link(call, command, runner=runner, reader=reader)
    return _ensure(call, command, runner=runner, reader=reader)


def _ensure(call: Call, command: Command, *, runner: Runner, reader: Runner) -> bool:
    """Ensure an object other than a link."""
    kind = _type_of(call)
    requested = _to_requested(kind, call.arguments)
    noun = kind.shown_as[-1 if INET6_FLAG in command.flags else 0]

    before = _read(reader, command.netns, noun=noun)
    candidates = [*_candidates(kind, command, requested=requested, noun=noun, nouns=before)]
    if any(_is_as_requested(kind, noun, data=data, requested=requested) for data in candidates):
        return False

    _make(kind, call, command=command, candidates=candidates, noun=noun, runner=runner)
    # A value that the kernel prints in another form was there before.
    return not candidates or before.get(noun) != _read(reader, command.netns, noun=noun).get(noun)


def _make(
    kind: ObjectType,
    call: Call,
    *,
    command: Command,
    candidates: list[Json],
    noun: str,
    runner: Runner,
) -> None:
    """Add an object, or change one that is there; delete it first where no verb changes it."""
    if not candidates or kind.replacing_verb is None:
        runner.run(command)
        return

    netns = command.netns
    if not _can_replace(kind, noun, data=candidates[0], requested=call.arguments, netns=netns):
        for deletion in kind.delete_commands(noun, candidates[0], netns=netns):
            runner.run(deletion)
        runner.run(command)
        return

    _, verbs = objects()[kind.path]
    getattr(verbs(runner, netns), kind.replacing_verb)(**call.arguments)


def _can_replace(
    kind: ObjectType, noun: str, *, data: Json, requested: Arguments, netns: str | None
) -> bool:
    """Return whether the replacing verb changes the arguments that differ."""
    present = _arguments_of(kind, noun, data=data, netns=netns)
    changed_names = [name for name, value in requested.items() if present.get(name) != value]
    identity = {"local", "dev", "to", "dst", "id", "vid"}
    return kind.can_replace([name for name in changed_names if name not in identity], data)


def _type_of(call: Call) -> ObjectType:
    """Return what ipwrap knows of the object that a call adds."""
    for noun in OBJECTS:
        kind = object_type(noun)
        if kind.path == call.path and kind.is_creatable:
            return kind
    raise InvalidArgument(f"{' '.join(call.path)}: no snapshot lists such objects; use `add`")


def _to_requested(kind: ObjectType, arguments: Arguments) -> Arguments:
    """Return the arguments of a call with what it means without saying so, and without defaults."""
    given = {name: value for name, value in arguments.items() if name != "family"}
    requested = {**kind.canonical_arguments(given)}
    name, value, alternatives = IMPLIED.get(kind.noun, ("", None, frozenset()))
    if name and not alternatives & requested.keys():
        requested[name] = value
    return requested


def _read(reader: Runner, netns: str | None, *, noun: str) -> Nouns:
    """Return the objects of a noun in a namespace, and its links, that the kernel did not make."""
    nouns: Nouns = {}
    for read_noun in dict.fromkeys(("link", noun)):
        is_kernel_object = READS[read_noun].is_kernel_object
        nouns[read_noun] = [
            data
            for argv in READS[read_noun].commands
            for data in _read_objects(reader, Command(argv, netns, changes=False))
            if is_kernel_object is None or not is_kernel_object(data)
        ]
    return nouns


def _read_objects(reader: Runner, command: Command) -> list[Json]:
    """Return the objects that a command prints; none of a family that the kernel lacks."""
    try:
        return check_objects(reader.run(command).json())
    except (CommandError, OutputError):
        return []


def _candidates(
    kind: ObjectType, command: Command, *, requested: Arguments, noun: str, nouns: Nouns
) -> Iterator[Json]:
    """Yield the objects that have the identity of the requested one.

    Objects without an identity, such as rules, are all candidates of which none is changed.
    """
    wanted = _identity(kind, command)
    for data in kind.split(noun, nouns):
        listing = {**nouns, noun: [kind.as_printed(data)]}
        if wanted is not None and wanted not in list(kind.identities_in(listing)):
            continue
        present = _arguments_of(kind, noun, data=data, netns=command.netns)
        if _is_distinct(kind, present, requested=requested):
            continue
        yield data


def _identity(kind: ObjectType, command: Command) -> tuple[Any, ...] | None:
    """Return the identity of the requested object; None for one without."""
    if not kind.has_identities:
        return None
    created: CreatedObject = command.creates[0]
    return kind.identity_of(created, created.depends_on[0] if created.depends_on else None)


def _is_distinct(kind: ObjectType, present: Arguments, *, requested: Arguments) -> bool:
    """Return whether an object is another one than the requested one, for all its identity."""
    if not kind.has_identities and kind.replacing_verb is not None:
        # A VLAN: the number and the port tell which one it is.
        return any(present.get(name) != requested.get(name) for name in ("vid", "dev"))
    return any(bool(present.get(name)) != bool(requested.get(name)) for name in DISTINGUISHING)


def _is_as_requested(kind: ObjectType, noun: str, *, data: Json, requested: Arguments) -> bool:
    """Return whether an object has every requested option."""
    present = kind.canonical_arguments(_arguments_of(kind, noun, data=data, netns=None))
    return all(_is_equal(present.get(name), value) for name, value in requested.items())


def _is_equal(present: Any, value: Any) -> bool:
    """Return whether an option has a value, in whichever form; an absent one is off."""
    if present == value:
        return True
    if present is None:
        return value is False
    return canonical_address(str(present)).lower() == canonical_address(str(value)).lower()


def _arguments_of(kind: ObjectType, noun: str, *, data: Json, netns: str | None) -> Arguments:
    """Return the arguments that add an object again, as a command's; none where nothing does."""
    try:
        call = read_command(kind.create_command(noun, data, netns=netns))
    except (InvalidArgument, LookupError):
        return {}
    return call.arguments if isinstance(call, Call) else {}


def _ensure_link(call: Call, command: Command, *, runner: Runner, reader: Runner) -> bool:
    """Ensure a link: add it, or change the options of it and of its kind that differ."""
    name, kind = str(call.arguments["name"]), call.arguments["kind"]
    options = {key: value for key, value in call.arguments.items() if key not in ("name", "kind")}
    link = links_by_name(_read(reader, command.netns, noun="link")).get(name)
    if link is None:
        runner.run(command)
        return True
    if kind_of(link) != kind.type:
        present = kind_of(link) or "hardware"
        raise InvalidArgument(
            f"{name}: a link of that name is there, of kind {present} and not {kind.type}; delete "
            "it, or choose another name"
        )

    changed_options = dict(_changed(LinkOptions, options, data=link))
    changed_kind = dict(_changed(type(kind), _given(kind), data=kind_data("kind", link)[1]))
    if not changed_options and not changed_kind:
        return False

    _, verbs = objects()[("ip", "link")]
    new_kind = type(kind)(**changed_kind) if changed_kind else None
    getattr(verbs(runner, command.netns), "set")(name, new_kind, **changed_options)  # noqa: B009
    return True


def _given(kind: LinkKind) -> Arguments:
    """Return the options of a kind that were given; those of a peer only count for a new pair."""
    if isinstance(kind, PairedKind):
        return {}
    values = {option.name: getattr(kind, option.name) for option in options_of(type(kind))}
    return {name: value for name, value in values.items() if value is not None}


def _changed(table: type, options: Mapping[str, Any], *, data: Json) -> Iterator[tuple[str, Any]]:
    """Yield the options of a table whose value in JSON is another one."""
    for option in options_of(table):
        if option.name not in options or option.name in OPTIONS_OF_CREATION:
            continue

        present = option.codec.from_json(data, option.json_key) if option.json_key else None
        if present is None:
            present = option.default
        if not _is_equal(present, options[option.name]):
            yield option.name, options[option.name]
