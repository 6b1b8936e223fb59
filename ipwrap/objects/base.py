"""`ObjectType`: what ipwrap knows of one kind of object that the kernel holds."""

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, ClassVar

from ipwrap.command import Command, CreatedObject
from ipwrap.errors import InvalidArgument, OutputError, UnknownOption
from ipwrap.objects.comparison import Item
from ipwrap.options.canonical import canonical_address
from ipwrap.recording.mentioned import MentionedWords

__all__ = [
    "CREATING_VERBS",
    "Arguments",
    "Dependents",
    "Identity",
    "IdentityKeys",
    "IsSame",
    "Json",
    "Nouns",
    "ObjectType",
    "build_command",
    "call_command",
    "canonical_values",
    "is_unicast_mac",
    "links_of",
    "parse_json",
    "remove_listed",
]

Json = dict[str, Any]
Nouns = dict[str, list[Json]]  # the objects of a namespace by their noun in a snapshot
Identity = tuple[Any, ...]
Arguments = dict[str, Any]  # the arguments of a verb
IdentityKeys = dict[str, frozenset[str]]  # the values by which commands refer to objects
Dependents = list[tuple[str, IdentityKeys]]  # objects by their noun in a snapshot
IsSame = Callable[[str, Json], bool]  # whether the JSON of a noun is a certain object

CREATING_VERBS = frozenset({"add", "append", "change", "prepend", "replace"})


class ObjectType:
    """One kind of object: its identity, its inverse command, and its place in a snapshot.

    - ``noun``: the kind, as in `CreatedObject.noun`; not the noun of a listing in a snapshot
    - ``path``: the program and the words of the object on the command line, which has the verbs
    - ``is_settings``: options, which are listed where they differ from the defaults; a command sets
      them, and none creates or deletes them
    - ``inverse``: the verb that deletes the object; the fields of an identity are its arguments
    - ``shown_as``: the nouns of a snapshot that list the objects; none for an object that no
      snapshot has
    - ``listings``: further nouns of `show` with the objects, which are compared as well
    - ``has_identities``: a snapshot tells whether it contains an object: see `identity_of`
    - ``may_be_unread``: recordings of earlier versions lack the noun: then every object counts as
      present
    - ``is_namespace``, ``is_link``: the object takes all objects inside, or above, along with it
    - ``moves_with_link``: the object goes to another namespace with its link
    - ``is_restoration``: no object, but a change to a pre-existing one which the inverse reverts
    - ``goes_with_link``: the kernel deletes the object with its link, and may delete it when the
      link is set down
    - ``is_creatable``: a verb creates an object again from the JSON of a snapshot: see `arguments`
    - ``creation_rank``: objects of a lower rank are created first: a route needs its address
    - ``replacing_verb``: the verb that may modify an object, as far as `can_replace` allows; None
      where no verb does
    - ``has_own_identity``: the kernel identifies the object by itself (an index, an inode); any
      other object is as much ours as the link that holds it
    - ``text_list``: the command whose text lists the objects, one a line; empty without one
    - ``is_listed_by_link``: the list can be asked for one link. A route may have several links
    - ``add_may_find``: `add` succeeds where the object stands already
    - ``is_named_by_calls``: a command that creates an object refers to it by `keys_of_call`, but
      some options are printed in another form than given
    - ``losing_verbs``: the verbs with which the kernel deletes `dependents`
    """

    noun: ClassVar[str]
    path: ClassVar[tuple[str, ...]]
    inverse: ClassVar[str] = "delete"
    is_settings: ClassVar[bool] = False
    shown_as: ClassVar[tuple[str, ...]] = ()
    listings: ClassVar[tuple[str, ...]] = ()
    has_identities: ClassVar[bool] = False
    may_be_unread: ClassVar[bool] = False
    is_namespace: ClassVar[bool] = False
    is_link: ClassVar[bool] = False
    moves_with_link: ClassVar[bool] = False
    is_restoration: ClassVar[bool] = False
    goes_with_link: ClassVar[bool] = False
    is_creatable: ClassVar[bool] = False
    creation_rank: ClassVar[int] = 0
    replacing_verb: ClassVar[str | None] = None
    has_own_identity: ClassVar[bool] = False
    text_list: ClassVar[tuple[str, ...]] = ()
    is_listed_by_link: ClassVar[bool] = True
    add_may_find: ClassVar[bool] = False
    is_named_by_calls: ClassVar[bool] = False
    losing_verbs: ClassVar[frozenset[str]] = frozenset({"delete", "flush"})

    def delete_command(self, created: CreatedObject) -> Command:
        """Return the command that deletes an object, made by the verb from the identity.

        Raises `InvalidArgument` for an identity that does not suit the verb.
        """
        try:
            command = self._build_delete_command(created)
        except (InvalidArgument, UnknownOption, LookupError, TypeError) as error:
            raise InvalidArgument(
                f"{self.noun} {created.name}: no command can delete it, since its identity "
                f"{dict(created.identity)!r} is incomplete or damaged ({error})"
            ) from error
        # Without the declared effects: callers derive them with `EffectReader`.
        return Command(command.argv, command.netns)

    def _build_delete_command(self, created: CreatedObject) -> Command:
        """Build the command of the inverse verb; nothing is run."""
        return build_command(self.path, self.inverse, netns=created.netns, fields=created.identity)

    def list_command(self, created: CreatedObject) -> Command | None:
        """Return the command that lists an object among others; None without such a command."""
        argv = self.text_list
        if not argv:
            return None

        if created.depends_on and self.is_listed_by_link:
            argv = (*argv, "dev", created.depends_on[0])
        return Command(argv, created.netns, changes=False)

    def show_command(self, created: CreatedObject) -> Command | None:
        """Return the command that shows an object whose deletion does not name its links.

        The text names each link behind the word `dev`. None where the deletion names the link, and
        for an object on no link.
        """
        return None

    def with_link(self, created: CreatedObject, name: str) -> CreatedObject:
        """Return an object of `show_command` whose deletion names the link, if one can."""
        return created

    def is_deleted_with(self, created: CreatedObject, data: Json) -> bool:
        """Return whether the deletion of an object of `show_command` may hit one of a snapshot.

        Both have an identity in common: see `identity_of`.
        """
        return True

    def snapshot_noun(self, created: CreatedObject) -> str | None:
        """Return the noun of an object in a snapshot; None for an object without a snapshot."""
        return self.shown_as[0] if self.shown_as else None

    def is_covered_by(self, nouns: Nouns) -> bool:
        """Return whether a snapshot of a namespace would list the objects; its links were read."""
        if "link" not in nouns:
            return False
        return not self.may_be_unread or self.shown_as[0] in nouns

    def identity_of(self, created: CreatedObject, dev: str | None) -> Identity:
        """Return the identity of a created object, as in `identities_in`.

        ``dev`` is the name of the object's link, also where the command gave an alternative name.
        """
        raise NotImplementedError(f"{self.noun}: a snapshot has no identities of it")

    def identities_in(self, nouns: Nouns) -> Iterator[Identity]:
        """Yield the identities of the objects in a namespace of a snapshot.

        An object may have several, since a command may omit what the kernel then chooses.
        """
        raise NotImplementedError(f"{self.noun}: a snapshot has no identities of it")

    def has_fields_of(self, candidate: CreatedObject, created: CreatedObject) -> bool:
        """Return whether a candidate, told from a snapshot, is a created object."""
        return candidate.name == created.name

    # What counts in a comparison.

    def compared_objects(self, noun: str, objects: Iterable[Json]) -> Iterable[Json]:
        """Return the objects of a listing that take part in a comparison."""
        return objects

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Yield the identity and the comparable fields of the objects in one JSON object.

        Values that the kernel assigned are left out: see `ipwrap.objects.comparison`. ``named`` are
        the words that commands mention: these values were no choice of the kernel.
        """
        raise NotImplementedError(f"{self.noun}: no listing {noun!r} of it is compared")

    # The single objects of a snapshot.

    def parts(self, created: CreatedObject) -> Iterable[CreatedObject]:
        """Return the single objects of a created range, as `split` yields them."""
        return (created,)

    def split(self, noun: str, nouns: Nouns) -> Iterator[Json]:
        """Yield the JSON of each object that a command may have created, with its link's name."""
        yield from nouns.get(noun, ())

    def join(self, first: Json, second: Json) -> Json | None:
        """Return two objects of `split` as a range that one command creates; None for no range."""
        return None

    def as_printed(self, data: Json) -> Json:
        """Return an object of `split` in the form that `show` prints."""
        return data

    def host_addresses(self, nouns: Nouns) -> Iterator[str]:
        """Yield the addresses of hosts among the objects: words that distinguish objects."""
        yield from ()

    def remove_from(self, nouns: Nouns, noun: str, *, is_same: IsSame) -> bool:
        """Remove an object from the state of a namespace, and return whether it was there.

        In a state without the noun, every object counts as present.
        """
        if noun not in nouns:
            nouns[noun] = []
            return True

        objects = nouns[noun]
        kept = [data for data in objects if not is_same(noun, data)]
        nouns[noun] = kept
        return len(kept) < len(objects)

    # How commands refer to objects, for undo.

    def other_links_of(self, data: Json) -> Iterable[str]:
        """Return the links, besides the one that holds an object, with which the object goes."""
        return ()

    def keys_of(self, noun: str, data: Json) -> dict[str, set[str]]:
        """Return the values by which a command refers to an object, except for its link."""
        return {}

    def keys_of_call(self, verb: str, arguments: Arguments) -> dict[str, set[str]]:
        """Return the values by which a call refers to objects, as in `keys_of`.

        A `flush` is narrowed down by the link, and by the table of routes, only.
        """
        return {}

    def dependents(self, keys: IdentityKeys, arguments: Arguments) -> Dependents:
        """Return the objects that the kernel deletes along with the objects of a call."""
        return []

    # How an object is created again.

    def arguments(self, noun: str, data: Json) -> Arguments:
        """Return the arguments of the verb that creates an object of `split` again.

        Raises `InvalidArgument` for an object that no command can create.
        """
        raise InvalidArgument(f"{self.noun}: no command creates it from a snapshot")

    def canonical_arguments(self, arguments: Arguments) -> Arguments:
        """Return the arguments of a creating verb without those that mean the same as none.

        Each value is in one form, so that two spellings of it compare equal.
        """
        return arguments

    def create_command(
        self,
        noun: str,
        data: Json,
        *,
        netns: str | None,
        verb: str = "add",
        with_defaults: bool = False,
    ) -> Command:
        """Return the command that creates an object; its ``creates`` identifies the object.

        ``with_defaults`` spells out the default options of a qdisc, which some releases print but
        fail to parse. Raises `InvalidArgument` for an object that no command can create.
        """
        from ipwrap.qdiscs import TcKind

        arguments = self.arguments(noun, data)
        kind = arguments.get("kind")
        if isinstance(kind, TcKind) and (kind.refuses_defaults or not with_defaults):
            arguments["kind"] = kind.without_defaults()
        return call_command(self.path, verb, netns=netns, arguments=arguments)

    def creating_verb(self, data: Json, *, others: list[Json]) -> str:
        """Return the verb that creates an object beside the ``others`` of its namespace."""
        return "add"

    def rank_of(self, data: Json) -> int:
        """Return the `creation_rank` of an object; some types have one for a part of them."""
        return self.creation_rank

    def creation_level(self, data: Json) -> int:
        """Return how many others of its kind an object needs, one on the other: created first."""
        return 0

    def can_replace(self, keys: Collection[str], data: Json) -> bool:
        """Return whether the replacing verb modifies the compared values with these keys.

        ``data`` is the object as it is to be.
        """
        return self.replacing_verb is not None

    def fits(self, data: Json, present: Json) -> bool:
        """Return whether the replacing verb can make the present object of that name into it."""
        return True

    def delete_commands(self, noun: str, data: Json, *, netns: str | None) -> list[Command]:
        """Return the commands that delete an object of a snapshot.

        Raises `InvalidArgument` for an object that no command can create.
        """
        creation = self.create_command(noun, data, netns=netns)
        return [self.delete_command(created) for created in creation.creates]

    def is_generated(self, data: Json) -> bool:
        """Return whether the kernel makes such an object from the MAC address of a link."""
        return False

    def is_derived(self, data: Json) -> bool:
        """Return whether the kernel creates an object by itself once its link is restored."""
        return self.is_generated(data)

    def adds_routes(self, data: Json) -> bool:
        """Return whether the kernel adds routes for an object by itself."""
        return False


def remove_listed(
    nouns: Nouns, noun: str, *, key: str, is_removed: Callable[[Json, Json], bool]
) -> bool:
    """Remove objects from the list ``key`` of each JSON object; return whether one was there.

    ``is_removed`` gets the JSON object, and an object of its list.
    """
    was_present = False
    listings = []
    for listing in nouns[noun]:
        objects = listing.get(key) or ()
        kept = [data for data in objects if not is_removed(listing, data)]
        was_present = was_present or len(kept) < len(objects)
        listings.append({**listing, key: kept})

    nouns[noun] = listings
    return was_present


def build_command(
    path: tuple[str, ...], name: str, *, netns: str | None, fields: Mapping[str, str]
) -> Command:
    """Return the command of a verb, with the texts of the fields as its arguments.

    Raises `InvalidArgument` and `TypeError` for fields that the verb does not take.
    """
    from ipwrap.cmdline.collector import CommandCollector
    from ipwrap.cmdline.grammar import verbs_of
    from ipwrap.options.table import parse_field

    verb = next(verb for verb in verbs_of(path, (name,)) if verb.name == name)
    options = {option.name: option for option in verb.rows}

    arguments: dict[str, Any] = {}
    for field_name, text in fields.items():
        if field_name in verb.flags:
            arguments[field_name] = text
        else:
            arguments[field_name] = parse_field(options[field_name], text, aliases=verb.aliases)

    collector = CommandCollector()
    commands = verb.cls(collector, netns)
    # The collector's reply holds no objects, which a verb may refuse once the command is built.
    with contextlib.suppress(OutputError):
        getattr(commands, name)(**arguments)
    return collector.commands[-1]


def call_command(
    path: tuple[str, ...], name: str, *, netns: str | None, arguments: Arguments
) -> Command:
    """Return the command of a verb, with its arguments as in Python. Raises `InvalidArgument`."""
    from ipwrap.cmdline.collector import CommandCollector
    from ipwrap.cmdline.grammar import objects

    collector = CommandCollector()
    _, verbs = objects()[path]
    getattr(verbs(collector, netns), name)(**arguments)
    return collector.commands[-1]


def parse_json(options: type, data: Json, *, replacements: Json | None = None) -> Arguments:
    """Read an object with a table of options.

    ``replacements`` take precedence over the keys of ``data``; None hides a key from the table.
    """
    from ipwrap.options.table import options_of

    merged = {**data}

    for key, value in (replacements or {}).items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = value

    arguments = {}
    for option in options_of(options):
        if not option.json_key:
            continue
        value = option.codec.from_json(merged, option.json_key)
        if value is not None:
            arguments[option.name] = value
    return arguments


def links_of(data: Json) -> set[str]:
    """Return the links through which a route or next hop goes, from its JSON."""
    hops = data.get("nexthops") or ()
    links = [data.get("dev"), *(hop.get("dev") for hop in hops)]
    return {str(name) for name in links if name is not None}


def canonical_values(data: Json, *keys: str) -> dict[str, set[str]]:
    """Return the values of the given keys in canonical form."""
    return {key: {canonical_address(data[key])} for key in keys if key in data}


def is_unicast_mac(mac: Any) -> bool:
    """Return whether a link-layer address is the MAC address of a host, not of a group."""
    if not isinstance(mac, str) or ":" not in mac:
        return False
    first_byte = int(mac.partition(":")[0], 16)
    return first_byte & 1 == 0
