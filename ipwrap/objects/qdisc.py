"""A queueing discipline at an attach point of a link: `tc qdisc`."""

from collections.abc import Iterator

from ipwrap.command import CreatedObject
from ipwrap.objects.base import Identity, Nouns, ObjectType

__all__ = ["QdiscObject"]


class QdiscObject(ObjectType):
    """A qdisc: the link and the attach point identify it."""

    noun = "qdisc"
    path = ("tc", "qdisc")
    shown_as = ("tc qdisc",)
    has_identities = True
    may_be_unread = True

    def identity_of(self, created: CreatedObject, dev: str | None) -> Identity:
        """Return link and attach point."""
        return dev, created.identity["parent"]

    def identities_in(self, nouns: Nouns) -> Iterator[Identity]:
        """Yield the link, and `root` or the kind of an ingress qdisc."""
        for qdisc in nouns["tc qdisc"]:
            # A root qdisc is deleted by `root`, the others by their kind: `clsact`, `ingress`.
            place = "root" if qdisc.get("root") else qdisc.get("kind")
            yield qdisc.get("dev"), place
