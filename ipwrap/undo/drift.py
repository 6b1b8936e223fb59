"""`Drift`: the state to restore, the current state, and the objects affected by the session.

A difference outside the affected objects is somebody else's change, and stays.
"""

from attrs import frozen

from ipwrap.recording import State
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.undo.affected import AffectedObjects
from ipwrap.undo.auto_pref_filters import LeftFilters
from ipwrap.undo.link_data import LinkLocation

__all__ = ["Drift"]


@frozen
class Drift:
    """Two states of a place and the objects affected by the recorded commands.

    - ``before``: the state before the session's first change
    - ``now``: the current state without the created objects
    - ``mentioned``: the words of the recorded commands, compared without placeholders
    - ``left_filters``: new filters that are none of the session, or perhaps none
    - ``makes_new_links``: a missing link is created as a new link, without the former index, and
      with present namespaces in place of the former ones
    """

    before: State
    now: State
    affected: AffectedObjects
    mentioned: MentionedWords
    makes_new_links: bool = False
    left_filters: LeftFilters = LeftFilters()

    def is_wanted(self, location: LinkLocation, option: str, *, after_settling: bool) -> bool:
        """Return whether an option of a link is to be restored.

        A master's address and MTU follow the ports: both count only ``after_settling``, after the
        kernel had the time to derive their values.
        """
        if self.affected.has_option(location, option):
            return True
        if not after_settling:
            return False

        derived_options = self.affected.derived_options.get(location, ())
        return option in derived_options

    def lost_namespaces(self) -> list[str]:
        """Return the namespaces deleted by the session; no command restores a namespace."""
        lost_names = self.before.keys() - self.now.keys()
        deleted_names = self.affected.deleted_netns
        return sorted(lost_names & deleted_names)
