"""`ObjectType`: what ipwrap knows of one kind of object that the kernel holds."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from ipwrap.command import Command, CreatedObject
from ipwrap.errors import InvalidArgument, OutputError, UnknownOption

__all__ = ["Identity", "Json", "Nouns", "ObjectType", "run_verb"]

Json = dict[str, Any]
Nouns = Mapping[str, list[Json]]  # the objects of a namespace by their noun in a snapshot
Identity = tuple[Any, ...]


class ObjectType:
    """One kind of object: its identity, its inverse command, and its place in a snapshot.

    - ``noun``: the word in `CreatedObject` and in recordings
    - ``path``: the program and the words of the object on the command line, which has the verbs
    - ``inverse``: the verb that deletes the object; the fields of an identity are its arguments
    - ``shown_as``: the nouns of a snapshot that list the objects; none for an object that no
      snapshot has
    - ``has_identities``: a snapshot tells whether it contains an object: see `identity_of`
    - ``may_be_unread``: recordings of earlier versions lack the noun: then every object counts as
      present
    - ``is_namespace``, ``is_link``: the object takes all objects inside, or above, along with it
    - ``moves_with_link``: the object goes to another namespace with its link
    - ``is_restoration``: no object, but a change to a pre-existing one which the inverse reverts
    """

    noun: ClassVar[str]
    path: ClassVar[tuple[str, ...]]
    inverse: ClassVar[str] = "delete"
    shown_as: ClassVar[tuple[str, ...]] = ()
    has_identities: ClassVar[bool] = False
    may_be_unread: ClassVar[bool] = False
    is_namespace: ClassVar[bool] = False
    is_link: ClassVar[bool] = False
    moves_with_link: ClassVar[bool] = False
    is_restoration: ClassVar[bool] = False

    def delete_command(self, created: CreatedObject) -> Command:
        """Return the command that deletes an object, made by the verb from the identity.

        Raises `InvalidArgument` for an identity that does not suit the verb.
        """
        try:
            command = self._invert(created)
        except (InvalidArgument, UnknownOption, LookupError, TypeError) as error:
            raise InvalidArgument(
                f"{self.noun} {created.name}: no command can delete it, since its identity "
                f"{dict(created.identity)!r} is incomplete or damaged ({error})"
            ) from error
        return Command(command.argv, command.netns)

    def _invert(self, created: CreatedObject) -> Command:
        """Run the inverse verb, and return its command."""
        return run_verb(self.path, self.inverse, netns=created.netns, fields=created.identity)

    def snapshot_noun(self, created: CreatedObject) -> str | None:  # noqa: ARG002 - for overrides
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


def run_verb(
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
    # The collector answers with no objects; the command is built by then.
    with contextlib.suppress(OutputError):
        getattr(commands, name)(**arguments)
    return collector.commands[-1]
