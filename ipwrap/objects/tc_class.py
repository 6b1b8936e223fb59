"""A class of traffic: `tc class`."""

from collections.abc import Iterator

from ipwrap.command import Command
from ipwrap.errors import InvalidArgument
from ipwrap.objects.base import (
    Arguments,
    Dependents,
    IdentityKeys,
    Json,
    Nouns,
    ObjectType,
    call_command,
)
from ipwrap.objects.comparison import Item, without_keys
from ipwrap.objects.qdisc import TREE_KEYS, compare_traffic, traffic_below
from ipwrap.objects.tc_tree import CLASSFUL, TcTree, canonical_number, major_of, node_of
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["ClassObject"]

# What a class has without its option: htb_parse_class_opt() in iproute2's tc/q_htb.c.
DEFAULTS = {"linklayer": "ethernet", "mpu_rate": 0, "overhead": 0}


class ClassObject(ObjectType):
    """A class of a qdisc, which goes with its qdisc."""

    noun = "class"
    path = ("tc", "class")
    shown_as = ("tc class",)
    may_be_unread = True
    goes_with_link = True
    is_creatable = True
    creation_rank = 9  # that of qdiscs, which are above and below classes
    replacing_verb = "replace"
    is_named_by_calls = True

    def split(self, noun: str, nouns: Nouns) -> Iterator[Json]:
        """Yield the classes that commands have made, each with what is above it."""
        tree = TcTree(nouns)
        for data in nouns.get(noun, ()):
            if data.get("class") in CLASSFUL:
                node = node_of(data)
                yield {**data, "depth": tree.depth(node), "above": tree.path(node)[1:]}

    def as_printed(self, data: Json) -> Json:
        """Return a class without what `split` adds."""
        return without_keys(data, TREE_KEYS)

    def creation_level(self, data: Json) -> int:
        """Return how many qdiscs and classes are above a class."""
        return int(data.get("depth", 0))

    def keys_of(self, noun: str, data: Json) -> dict[str, set[str]]:
        """Return the number of a class, and what is above it."""
        number = canonical_number(data.get("handle"))
        return {"classid": {number}, "above": {*data.get("above", ())}}

    def keys_of_call(self, verb: str, arguments: Arguments) -> dict[str, set[str]]:
        """Return the number of the class of a call."""
        return {"classid": {canonical_number(arguments.get("classid"))}}

    def dependents(self, keys: IdentityKeys, arguments: Arguments) -> Dependents:
        """Return all that is below a class, and the filters at it."""
        return traffic_below(keys, keys["classid"])

    def arguments(self, noun: str, data: Json) -> Arguments:
        """Return the arguments of `tc class add`. Raises `InvalidArgument` but for an htb."""
        from ipwrap.qdiscs import CLASSES

        name = str(data.get("class"))
        cls = CLASSES.get(name)
        if cls is None:
            raise InvalidArgument(f"what `tc` shows of a class of {name} does not tell its options")

        options = {key: value for key, value in data.items() if DEFAULTS.get(key) != value}
        handle = str(data["handle"])
        return {
            "dev": data["dev"],
            "kind": cls.from_json(options),
            "classid": handle,
            "parent": data.get("parent") or major_of(handle),
        }

    def delete_commands(self, noun: str, data: Json, *, netns: str | None) -> list[Command]:
        """Return the command that deletes a class; its qdisc does so as well."""
        arguments = {"dev": data["dev"], "classid": data["handle"]}
        return [call_command(self.path, "delete", netns=netns, arguments=arguments)]

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare the options, without counters.

        The classes of other qdiscs come with these, and those of a fq_codel with its packets.
        """
        return compare_traffic(data, named) if data.get("class") in CLASSFUL else iter(())
