"""A queueing discipline at an attach point of a link: `tc qdisc`."""

from collections.abc import Iterator
from typing import Any

from ipwrap.command import CreatedObject
from ipwrap.objects.base import Arguments, Identity, Json, Nouns, ObjectType
from ipwrap.objects.comparison import Item, comparable_fields, without_keys
from ipwrap.options.table import read_only_keys
from ipwrap.recording.mentioned import GENERATED, MentionedWords

__all__ = ["QdiscObject", "compare_traffic"]

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
OWN_PLACES = frozenset({"clsact", "ingress"})


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

    def needs_others(self, data: Json) -> bool:
        """Return whether a qdisc is below another one."""
        return not data.get("root") and data.get("kind") not in OWN_PLACES

    def arguments(self, noun: str, data: Json) -> Arguments:
        """Return the arguments of `tc qdisc add`, with the handle unless the kernel assigned it."""
        from ipwrap.models.tc_text_options import repair_options
        from ipwrap.qdiscs import qdisc_from_json

        repaired = repair_options(data)
        kind = qdisc_from_json(repaired["kind"], repaired.get("options") or {})
        arguments = {"dev": data["dev"], "kind": kind}
        # An ingress or clsact qdisc has one place and one handle only.
        if kind.attach_point != "root":
            return arguments

        arguments["parent"] = "root" if data.get("root") else data.get("parent")

        # qdisc_alloc_handle() in net/sched/sch_api.c assigns handles from 8000: on.
        handle = str(data.get("handle", ""))
        is_kernel_assigned = len(handle) == 5 and handle[0] in "89abcdef"
        if handle and not is_kernel_assigned:
            arguments["handle"] = handle
        return arguments

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare a qdisc with the options, without counters."""
        return compare_traffic(data, named)


def compare_traffic(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare a qdisc, class or filter with the options, without counters and read-only fields."""
    from ipwrap.qdiscs import CLASSES, QDISCS

    # A class has its options beside its own keys.
    class_options = CLASSES.get(str(data.get("class")))
    fields = comparable_fields(data, named, *COUNTERS, *read_only_keys(class_options))
    for key in ("handle", "parent"):
        if key in fields:
            fields[key] = _mask_handle(fields[key], named)

    # netem draws a random seed if the command names none: netem_change() in
    # net/sched/sch_netem.c.
    options = fields.get("options")
    if isinstance(options, dict):
        read_only = read_only_keys(QDISCS.get(str(data.get("kind"))))
        drawn = () if "seed" in named else ("seed",)
        fields["options"] = without_keys(options, {*read_only, *drawn})

    identity = tuple(str(fields.get(key, "")) for key in IDENTITY_KEYS)
    yield identity, fields


def _mask_handle(handle: Any, named: MentionedWords) -> Any:
    """Return the handle of a qdisc or class, or a placeholder for a kernel-assigned handle."""
    # The kernel chooses from 8001: to ffff: (qdisc_alloc_handle() in net/sched/sch_api.c).
    major = str(handle).partition(":")[0]
    is_from_kernel_range = len(major) == 4 and major[0] in "89abcdef"
    if is_from_kernel_range and f"{major}:" not in named:
        return GENERATED

    return handle
