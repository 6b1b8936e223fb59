"""A queueing discipline at an attach point of a link: `tc qdisc`."""

from collections.abc import Collection, Iterator
from typing import Any

from ipwrap.command import Command, CreatedObject
from ipwrap.objects.base import (
    Arguments,
    Dependents,
    Identity,
    IdentityKeys,
    IsSame,
    Json,
    Nouns,
    ObjectType,
    call_command,
)
from ipwrap.objects.comparison import Item, comparable_fields, without_keys
from ipwrap.objects.tc_tree import OWN_PLACES, TcTree, canonical_place, node_of
from ipwrap.options.table import read_only_keys
from ipwrap.recording.mentioned import GENERATED, MentionedWords

__all__ = [
    "COUNTERS",
    "TREE_KEYS",
    "QdiscObject",
    "compare_traffic",
    "mask_handle",
    "traffic_below",
]

COUNTERS = (
    "bytes",
    "packets",
    "drops",
    "overlimits",
    "requeues",
    "backlog",
    "qlen",
    "lended",
    "borrowed",
    "giants",
)

IDENTITY_KEYS = ("dev", "parent", "kind", "class", "handle", "pref")
# Qdiscs that no command changes: their `Qdisc_ops` in net/sched have no function for it.
UNCHANGEABLE = frozenset({"clsact", "drr", "etf", "htb", "ingress", "mqprio", "qfq", "sfq"})
# What `split` adds to a qdisc, class or filter.
TREE_KEYS = frozenset({"above", "depth", "is_upper"})
BLOCKS = ("ingress_block", "egress_block")


class QdiscObject(ObjectType):
    """A qdisc: the link and the attach point identify it."""

    noun = "qdisc"
    path = ("tc", "qdisc")
    shown_as = ("tc qdisc",)
    has_identities = True
    may_be_unread = True
    goes_with_link = True
    is_creatable = True
    creation_rank = 9
    replacing_verb = "replace"
    text_list = ("tc", "qdisc", "show")
    is_named_by_calls = True
    losing_verbs = frozenset({"delete", "replace"})

    def identity_of(self, created: CreatedObject, dev: str | None) -> Identity:
        """Return link and attach point."""
        return dev, created.identity["parent"]

    def identities_in(self, nouns: Nouns) -> Iterator[Identity]:
        """Yield the link, and `root` or the kind of an ingress qdisc."""
        for qdisc in nouns["tc qdisc"]:
            # A root qdisc is deleted by `root`, one below a class by the class, and the others by
            # their kind: `clsact`, `ingress`.
            kind = qdisc.get("kind")
            place = kind if kind in OWN_PLACES else qdisc.get("parent", kind)
            yield qdisc.get("dev"), "root" if qdisc.get("root") else place

    def split(self, noun: str, nouns: Nouns) -> Iterator[Json]:
        """Yield the qdiscs, each with those above it, and whether some are below."""
        tree = TcTree(nouns)
        filtered = {tree.place_of(data) for data in nouns.get("tc filter", ())}
        for data in nouns.get(noun, ()):
            node = node_of(data)
            is_upper = node in filtered or tree.is_upper(node)
            above = tree.path(node)[1:]
            yield {**data, "depth": tree.depth(node), "above": above, "is_upper": is_upper}

    def as_printed(self, data: Json) -> Json:
        """Return a qdisc without what `split` adds."""
        return without_keys(data, TREE_KEYS)

    def creation_level(self, data: Json) -> int:
        """Return how many qdiscs and classes are above a qdisc."""
        return int(data.get("depth", 0))

    def keys_of(self, noun: str, data: Json) -> dict[str, set[str]]:
        """Return the place of a qdisc, and what is above it."""
        is_own_place = data.get("kind") in OWN_PLACES
        parent = "root" if data.get("root") else data.get("parent")
        place = "ingress" if is_own_place else canonical_place(parent)
        return {"parent": {place}, "above": {*data.get("above", ())}}

    def keys_of_call(self, verb: str, arguments: Arguments) -> dict[str, set[str]]:
        """Return the place of the qdisc of a call; a handle may stand for it."""
        if "parent" not in arguments:
            return {}
        return {"parent": {canonical_place(arguments["parent"])}}

    def dependents(self, keys: IdentityKeys, arguments: Arguments) -> Dependents:
        """Return all that is below a qdisc."""
        return traffic_below(keys, keys.get("parent"))

    def can_replace(self, keys: Collection[str], data: Json) -> bool:
        """Return whether `tc qdisc replace` changes a qdisc, and does not refuse it."""
        return data.get("kind") not in UNCHANGEABLE

    def delete_commands(self, noun: str, data: Json, *, netns: str | None) -> list[Command]:
        """Return the command that deletes a qdisc with all that is below it."""
        kind = data.get("kind")
        parent = "root" if data.get("root") else data.get("parent")
        arguments = {"dev": data["dev"], "parent": kind if kind in OWN_PLACES else parent}
        return [call_command(self.path, "delete", netns=netns, arguments=arguments)]

    def remove_from(self, nouns: Nouns, noun: str, *, is_same: IsSame) -> bool:
        """Remove a qdisc from the state of a namespace, with all that is below it."""
        tree = TcTree(nouns)
        removed = [data for data in nouns.get(noun, ()) if is_same(noun, data)]
        was_present = super().remove_from(nouns, noun, is_same=is_same)
        for data in removed:
            tree.drop(nouns, tree.below(node_of(data)))
        return was_present

    def arguments(self, noun: str, data: Json) -> Arguments:
        """Return the arguments of `tc qdisc add`, with the handle unless the kernel assigned it."""
        from ipwrap.models.tc_text_options import repair_options
        from ipwrap.qdiscs import qdisc_from_json

        repaired = repair_options(data)
        kind = qdisc_from_json(repaired["kind"], repaired.get("options") or {})
        arguments = {"dev": data["dev"], "kind": kind}
        # An ingress or clsact qdisc has one place and one handle only.
        if kind.attach_point != "root":
            return arguments | {key: data[key] for key in BLOCKS if key in data}

        arguments["parent"] = "root" if data.get("root") else data.get("parent")

        # qdisc_alloc_handle() in net/sched/sch_api.c assigns handles from 8000: on.
        handle = str(data.get("handle", ""))
        is_kernel_assigned = len(handle) == 5 and handle[0] in "89abcdef"
        # What is below a qdisc names it by its number.
        if handle and (not is_kernel_assigned or data.get("is_upper")):
            arguments["handle"] = handle
        return arguments

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare a qdisc with the options, without counters."""
        return compare_traffic(data, named)


def compare_traffic(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare a qdisc or class with the options, without counters and read-only fields.

    The qdisc below a class is listed by itself.
    """
    from ipwrap.qdiscs import CLASSES, QDISCS

    # A class has its options beside its own keys.
    class_options = CLASSES.get(str(data.get("class")))
    fields = comparable_fields(data, named, "leaf", *COUNTERS, *read_only_keys(class_options))
    for key in ("handle", "parent"):
        if key in fields:
            fields[key] = mask_handle(fields[key], named)

    # netem draws a random seed if the command names none: netem_change() in
    # net/sched/sch_netem.c.
    options = fields.get("options")
    if isinstance(options, dict):
        read_only = read_only_keys(QDISCS.get(str(data.get("kind"))))
        drawn = () if "seed" in named else ("seed",)
        fields["options"] = without_keys(options, {*read_only, *drawn})

    identity = tuple(str(fields.get(key, "")) for key in IDENTITY_KEYS)
    yield identity, fields


def traffic_below(keys: IdentityKeys, above: frozenset[str] | None) -> Dependents:
    """Return the qdiscs, classes and filters of a link below a place; None is any place."""
    below = {"dev": keys["dev"]} if above is None else {"dev": keys["dev"], "above": above}
    return [(noun, below) for noun in ("tc qdisc", "tc class", "tc filter")]


def mask_handle(handle: Any, named: MentionedWords) -> Any:
    """Return the handle of a qdisc or class, or a placeholder for a kernel-assigned handle."""
    # The kernel chooses from 8001: to ffff: (qdisc_alloc_handle() in net/sched/sch_api.c).
    major, _, minor = str(handle).partition(":")
    is_from_kernel_range = len(major) == 4 and major[0] in "89abcdef"
    if is_from_kernel_range and f"{major}:" not in named:
        return f"{GENERATED}:{minor}" if minor else GENERATED

    return handle
