"""`TrafficState`: the classes and filters that the commands of a session may change.

A session reads the qdiscs of a place before its first change, and at its end. Classes and filters
are listed link by link, each with a command of its own: a session reads them where a qdisc may have
some, those of before as late as the first command that may change these.
"""

from attrs import define, field

from ipwrap.command import Command
from ipwrap.state import State
from ipwrap.state.traffic_kinds import has_traffic
from ipwrap.system.lazy import report_shortage
from ipwrap.verbs.runner import Runner

__all__ = ["TrafficState"]


@define(eq=False)
class TrafficState:
    """Reads the classes and filters of a place before the first command that may change them.

    - ``runner``: a runner without a recording
    - ``_unread``: the state with qdiscs whose classes and filters are not read; None for none
    """

    runner: Runner
    _unread: State | None = field(default=None, init=False)

    def note_qdiscs(self, state: State) -> None:
        """Note the qdiscs of the state before the session."""
        if has_traffic(state.values()):
            self._unread = state

    def prepare(self, command: Command) -> State | None:
        """Return the classes and filters before a command that may change some of them.

        None if they are known already, and for any other command.
        """
        if self._unread is None or not _may_change_traffic(command):
            return None

        state, self._unread = self._unread, None
        return self._read(state)

    def add_to(self, state: State) -> None:
        """Add the classes and filters to the present state, where a qdisc may have some."""
        if has_traffic(state.values()):
            for netns, nouns in self._read(state).items():
                state[netns] |= nouns

    def _read(self, state: State) -> State:
        """Return the classes and filters at the qdiscs of a state."""
        # Loaded late: most places have no qdisc that somebody has set.
        with report_shortage():
            from ipwrap.state.traffic import read_traffic

        return read_traffic(state, self.runner)


def _may_change_traffic(command: Command) -> bool:
    """Return whether a command is of `tc`, or deletes, renames or moves a link."""
    if any(word.rpartition("/")[2] == "tc" for word in command.argv):
        return True

    with report_shortage():
        from ipwrap.objects.effects import derive_effects

    derived = derive_effects(command)
    return derived is not None and bool(derived.deletes or derived.renames)
