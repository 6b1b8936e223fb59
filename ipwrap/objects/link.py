"""A link, a link to restore, and an alternative name: `ip link`."""

from collections.abc import Iterator

from attrs import evolve

from ipwrap.cmdline.collector import CommandCollector
from ipwrap.command import Command, CreatedObject
from ipwrap.objects.base import Identity, Nouns, ObjectType
from ipwrap.options.validation import FIRST_NETNS

__all__ = ["AltnameObject", "LinkObject", "RestoredLink", "rename_link", "restored_link"]


class LinkObject(ObjectType):
    """A link: the name identifies it in its namespace."""

    noun = "link"
    path = ("ip", "link")
    shown_as = ("link",)
    has_identities = True
    is_link = True
    moves_with_link = True

    def identity_of(self, created: CreatedObject, dev: str | None) -> Identity:  # noqa: ARG002
        """Return the name."""
        return (created.name,)

    def identities_in(self, nouns: Nouns) -> Iterator[Identity]:
        """Yield the name of every link."""
        for link in nouns["link"]:
            yield (link.get("ifname"),)


def rename_link(created: CreatedObject, name: str, *, netns: str | None) -> CreatedObject:
    """Return a created link with the name and in the namespace that it has by now."""
    return evolve(created, name=name, netns=netns, identity={"dev": name})


class AltnameObject(ObjectType):
    """An alternative name of a link, which a snapshot lists in the JSON of the link."""

    noun = "altname"
    path = ("ip", "link")
    has_identities = True
    moves_with_link = True

    def _invert(self, created: CreatedObject) -> Command:
        """Return the command that deletes the name."""
        from ipwrap.ip.link import LinkVerbs

        fields = created.identity
        collector = CommandCollector()
        LinkVerbs(collector, created.netns).property_del(fields["dev"], fields["altname"])
        return collector.commands[-1]

    def identity_of(self, created: CreatedObject, dev: str | None) -> Identity:  # noqa: ARG002
        """Return the alternative name."""
        return (created.identity["altname"],)

    def identities_in(self, nouns: Nouns) -> Iterator[Identity]:
        """Yield the alternative names of every link."""
        for link in nouns["link"]:
            for altname in link.get("altnames", ()):
                yield (altname,)


class RestoredLink(ObjectType):
    """A pre-existing link that has another name or namespace: its inverse moves the link home."""

    noun = "was"
    path = ("ip", "link")
    inverse = "set"
    is_restoration = True


def restored_link(
    name: str, netns: str | None, *, old_name: str, old_netns: str | None
) -> CreatedObject:
    """Return the entry whose inverse gives a pre-existing link its name and namespace back."""
    identity = {"dev": name}
    if name != old_name:
        identity["name"] = old_name
    if netns != old_netns:
        identity["netns"] = old_netns or FIRST_NETNS

    return CreatedObject(RestoredLink.noun, name, identity, netns)
