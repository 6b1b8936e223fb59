"""A queueing discipline at an attach point of a link: `tc qdisc`."""

from collections.abc import Iterator

from ipwrap.command import CreatedObject
from ipwrap.objects.base import Arguments, Identity, Json, Nouns, ObjectType

__all__ = ["QdiscObject"]


class QdiscObject(ObjectType):
    """A qdisc: the link and the attach point identify it."""

    noun = "qdisc"
    path = ("tc", "qdisc")
    shown_as = ("tc qdisc",)
    has_identities = True
    may_be_unread = True
    goes_with_link = True
    is_creatable = True
    creation_rank = 7
    replacing_verb = "replace"

    def identity_of(self, created: CreatedObject, dev: str | None) -> Identity:
        """Return link and attach point."""
        return dev, created.identity["parent"]

    def identities_in(self, nouns: Nouns) -> Iterator[Identity]:
        """Yield the link, and `root` or the kind of an ingress qdisc."""
        for qdisc in nouns["tc qdisc"]:
            # A root qdisc is deleted by `root`, the others by their kind: `clsact`, `ingress`.
            place = "root" if qdisc.get("root") else qdisc.get("kind")
            yield qdisc.get("dev"), place

    def arguments(self, noun: str, data: Json) -> Arguments:  # noqa: ARG002 - one noun only
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
