"""`LinkOrigins`: the location of a link before the session, across renames and moves."""

from attrs import define, field

from ipwrap.recording import State
from ipwrap.undo.link_data import LinkLocation, links_by_name

__all__ = ["LinkOrigins"]


@define
class LinkOrigins:
    """Original locations by current location; None for the former name of a link."""

    before: State
    _origins: dict[LinkLocation, LinkLocation | None] = field(factory=dict)

    def move(self, old: LinkLocation, new: LinkLocation) -> None:
        """Record a link's new name or namespace."""
        origin = self.find(*old)
        self._origins[old] = None
        self._origins[new] = origin

    def find(self, netns: str, name: str) -> LinkLocation | None:
        """Return the original location of the link with a name (or an alternative name) now.

        For a link created by the session, return None.
        """
        # A renamed link takes precedence over the link that had the name before.
        location = (netns, name)
        if location in self._origins:
            return self._origins[location]

        links = links_by_name(self.before.get(netns, {}))
        if name in links:
            return location

        for link_name, link in links.items():
            if name in link.get("altnames", ()):
                return netns, link_name
        return None

    @property
    def moved(self) -> list[LinkLocation]:
        """The original locations of renamed and moved links."""
        return [origin for origin in self._origins.values() if origin is not None]
