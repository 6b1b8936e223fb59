"""A filter of traffic: `tc filter`."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from ipwrap.command import Command
from ipwrap.errors import InvalidArgument
from ipwrap.objects.base import Arguments, Json, Nouns, ObjectType, call_command
from ipwrap.objects.comparison import Item, comparable_fields, without_keys
from ipwrap.objects.qdisc import COUNTERS, TREE_KEYS, mask_handle
from ipwrap.objects.tc_tree import TcTree, canonical_place
from ipwrap.recording.mentioned import GENERATED, MentionedWords

__all__ = ["FilterObject"]

IDENTITY_KEYS = ("dev", "parent", "protocol", "pref", "kind")
# What the kernel counts, or numbers: of a filter, of its options, and of its actions.
UNCOUNTED = frozenset({"in_hw", "in_hw_count", "not_in_hw", "order", "rule_hit", "success"})
OF_ACTION = frozenset(
    {
        *("index", "ref", "bind", "installed", "last_used", "first_used", "expires", "stats"),
        *("in_hw", "in_hw_count", "not_in_hw", "used_hw_stats"),
    }
)
LISTED_AT = "listed_at"  # marks a u32 that `tc` lists at several places of a qdisc
# Of the others, `tc filter replace` keeps what they match: u32_change() in net/sched/cls_u32.c.
CHANGEABLE = frozenset({"flower"})
# The kernel finds no filter of the kind by its handle: cls_cgroup_get() in net/sched/cls_cgroup.c.
ONE_OF_PREFERENCE = frozenset({"cgroup"})
DEFAULT_PARENT = "default"  # of a command without a parent: the root qdisc
ANY_HANDLE = "any"  # a handle in the notation of a kind may be that of any command


class FilterObject(ObjectType):
    """A filter of a qdisc or class, which goes with it."""

    noun = "filter"
    path = ("tc", "filter")
    shown_as = ("tc filter",)
    may_be_unread = True
    goes_with_link = True
    is_creatable = True
    creation_rank = 10
    replacing_verb = "replace"
    is_named_by_calls = True

    def split(self, noun: str, nouns: Nouns) -> Iterator[Json]:
        """Yield the filters, each with what is above it.

        The kernel lists entries before those of each kind, which are none. A u32 has a hash table
        for each preference, which comes with its first filter. The places of a qdisc, such as
        ingress and egress of clsact, have their tables in common: those of one preference are
        listed at each (u32_walk() in net/sched/cls_u32.c), and are marked.
        """
        filters = [*filter(_is_own, nouns.get(noun, ()))]
        places = _places_of_tables(filters)
        tree = TcTree(nouns)
        for data in filters:
            parents = places.get(_table_key(data), ())
            marks = {LISTED_AT: sorted(parents)} if len(parents) > 1 else {}
            yield {**data, "above": tree.path(tree.place_of(data)), **marks}

    def as_printed(self, data: Json) -> Json:
        """Return a filter without what `split` adds."""
        return without_keys(data, {LISTED_AT, *TREE_KEYS})

    def creation_level(self, data: Json) -> int:
        """Return whether a filter is a u32 in a hash table, or leads to one."""
        return int(data.get("kind") == "u32" and "ht_divisor" not in data["options"])

    def can_replace(self, keys: Collection[str], data: Json) -> bool:
        """Return whether `tc filter replace` changes a filter of the kind."""
        return data.get("kind") in CHANGEABLE

    def fits(self, data: Json, present: Json) -> bool:
        """Return whether both look at the same bits of a packet.

        A flower keeps these, its mask: fl_check_assign_mask() in net/sched/cls_flower.c.
        """
        return _masks(data) == _masks(present)

    def keys_of(self, noun: str, data: Json) -> dict[str, set[str]]:
        """Return the place, the numbers and the kind of a filter, and what is above it."""
        above = data.get("above", ())
        parents = {canonical_place(data.get("parent"))}
        if [*above[1:]] == ["root"]:
            parents.add(DEFAULT_PARENT)

        handle = _canonical_handle(_handle(data))
        return {
            "parent": parents,
            "chain": {str(data.get("chain") or 0)},
            "protocol": {str(data.get("protocol")).lower()},
            "pref": {str(data.get("pref"))},
            "kind": {str(data.get("kind"))},
            "handle": {handle or ANY_HANDLE},
            "above": {*above},
        }

    def keys_of_call(self, verb: str, arguments: Arguments) -> dict[str, set[str]]:
        """Return the place of the filter of a call, and what else tells it from others.

        The handle of a u32 may be that of a table, with the filters in it.
        """
        keys = {
            "parent": {canonical_place(arguments.get("parent", DEFAULT_PARENT))},
            "chain": {_canonical_handle(arguments.get("chain")) or "0"},
        }
        protocol = str(arguments.get("protocol", "")).lower()
        if protocol.isidentifier() or protocol.startswith("802"):  # no number
            keys["protocol"] = {protocol}
        if "kind" in arguments:
            keys["kind"] = {str(arguments["kind"])}

        preference = _canonical_handle(arguments.get("pref"))
        if preference not in (None, "0"):  # 0 leaves it to the kernel
            keys["pref"] = {str(preference)}
        handle = _canonical_handle(arguments.get("handle"))
        if handle is not None and arguments.get("kind") != "u32":
            keys["handle"] = {handle, ANY_HANDLE}
        return keys

    def arguments(self, noun: str, data: Json) -> Arguments:
        """Return the arguments of `tc filter add`, with the handle.

        Raises `InvalidArgument` for a filter that cannot be made again from its output.
        """
        from ipwrap.tc.filter_json import filter_from_json

        if "block" in data:
            raise InvalidArgument("a filter of a block, which several links share")
        if LISTED_AT in data:
            raise InvalidArgument(_unknown_place(data))

        kind, handle = filter_from_json(str(data["kind"]), data["options"])
        return {**_place(data), "kind": kind, "handle": handle}

    def delete_commands(self, noun: str, data: Json, *, netns: str | None) -> list[Command]:
        """Return the command that deletes a filter by its handle, or by its preference.

        Raises `InvalidArgument` for a filter whose place is not known.
        """
        if LISTED_AT in data:
            raise InvalidArgument(_unknown_place(data))
        arguments = {**_place(data), "kind": data["kind"]}
        if data["kind"] not in ONE_OF_PREFERENCE:
            arguments["handle"] = _handle(data)
        return [call_command(self.path, "delete", netns=netns, arguments=arguments)]

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare the options, with the actions but without their numbers."""
        if not _is_own(data):
            return

        fields = comparable_fields(self.as_printed(data), named, *COUNTERS, "dropped")
        fields["parent"] = mask_handle(fields.get("parent", ""), named)
        fields["options"] = _compared_options(data["options"])

        handle = fields["options"].get("fh") or _handle(data)
        identity = [str(fields.get(key, "")) for key in IDENTITY_KEYS]
        yield (*identity, str(handle), *_chain_words(data)), fields


def _is_own(data: Json) -> bool:
    """Return whether an entry is a filter, or a hash table that a command has made."""
    from ipwrap.tc.filter_json import is_generated_table, split_handle

    options = data.get("options")
    if not isinstance(options, dict) or not options:
        return False
    table, _, _ = split_handle(options.get("fh", ""))
    return "ht_divisor" not in options or not is_generated_table(table)


def _table_key(data: Json) -> tuple[str, ...]:
    """Return the device, the qdisc, the preference and the handle of a filter."""
    qdisc = str(data.get("parent")).partition(":")[0]
    handle = (data.get("options") or {}).get("fh")
    return (str(data.get("dev")), qdisc, str(data.get("pref")), str(handle))


def _places_of_tables(filters: Iterable[Json]) -> dict[tuple[str, ...], set[str]]:
    """Return the places where each u32 is listed."""
    places: dict[tuple[str, ...], set[str]] = {}
    for data in filters:
        if data.get("kind") == "u32":
            places.setdefault(_table_key(data), set()).add(str(data.get("parent")))
    return places


def _unknown_place(data: Json) -> str:
    """Return why a filter cannot be made or deleted."""
    return (
        f"u32 filters of preference {data['pref']} are at {' and '.join(data[LISTED_AT])}, and tc "
        "lists each of them at both: give them different preferences"
    )


def _place(data: Json) -> Arguments:
    """Return the arguments that tell where a filter is."""
    place = {key: data[key] for key in ("dev", "parent", "protocol", "pref")}
    return place | ({"chain": data["chain"]} if data.get("chain") else {})


def _chain_words(data: Json) -> tuple[str, ...]:
    """Return the words for the chain of a filter, unless it is the first one."""
    return ("chain", str(data["chain"])) if data.get("chain") else ()


def _handle(data: Json) -> Any:
    """Return the handle of a filter as `tc` takes it; the mark of a fw."""
    options = data["options"]
    mark = options.get("fw")
    if isinstance(mark, dict):
        return mark.get("mark")
    return options.get("fh", options.get("handle"))


def _masks(data: Json) -> dict[str, Any]:
    """Return what a filter compares of each key: the mask of an address, whether it is a range."""
    keys = (data.get("options") or {}).get("keys") or {}
    return {
        key: sorted(value) if isinstance(value, dict) else str(value).partition("/")[2]
        for key, value in keys.items()
    }


def _canonical_handle(handle: Any) -> str | None:
    """Return the number of a filter in decimal; None for another notation."""
    number, _, _ = str(handle).partition("/")  # the mark of a fw may have a mask
    try:
        return str(int(number, 0))
    except ValueError:
        return None


def _compared_options(options: Json) -> Json:
    """Return the options of a filter without what the kernel numbers, and counts."""
    from ipwrap.tc.filter_json import is_generated_table, split_handle

    compared = {key: value for key, value in options.items() if key not in UNCOUNTED}
    if "fh" in compared:
        table, bucket, node = split_handle(compared["fh"])
        if is_generated_table(table):
            compared |= {"fh": f"{GENERATED}:{bucket}:{node}", "key_ht": GENERATED}
    if compared.get("kind") == "police":  # a u32 has the keys of its police among its own
        compared = _without_numbers(compared)
    actions = compared.get("actions")
    if isinstance(actions, list):
        compared["actions"] = [_without_numbers(action) for action in actions]
    return compared


def _without_numbers(action: Json) -> Json:
    """Return an action without what the kernel numbers, and counts."""
    return {key: value for key, value in action.items() if key not in OF_ACTION}
