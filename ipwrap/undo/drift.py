"""`Drift`: the state to restore, the current state, and the objects that undo may alter.

Only affected objects count: any other difference between the states is somebody else's change.
"""

from attrs import frozen

from ipwrap.recording import State
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.undo.affected import AffectedObjects
from ipwrap.undo.link_data import LinkLocation

__all__ = ["Drift"]


@frozen
class Drift:
    """Two states of a place and the objects that the recorded commands affected.

    ``before`` is the state before the session's first change, ``now`` the current state without
    the objects that the session created. ``mentioned`` holds the words of the recorded commands:
    values that are compared, and not replaced by placeholders.
    """

    before: State
    now: State
    affected: AffectedObjects
    mentioned: MentionedWords

    def is_wanted(self, location: LinkLocation, option: str, *, after_settling: bool) -> bool:
        """Return whether an option of a link is to be restored.

        A master's address and MTU follow the ports: they count only ``after_settling``, when the
        kernel has had the time to set them by itself.
        """
        if self.affected.has_option(location, option):
            return True
        return after_settling and option in self.affected.derived_options.get(location, ())

    def lost_namespaces(self) -> list[str]:
        """Return the namespaces that the session deleted, which nothing restores."""
        lost = self.before.keys() - self.now.keys()
        return sorted(lost & self.affected.deleted_netns)
