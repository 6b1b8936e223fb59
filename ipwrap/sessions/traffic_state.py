"""`TrafficState`: the classes and filters that the commands of a session may change.

A session reads the qdiscs of a place before its first change, and at its end. Classes and filters
are listed link by link, each with a command of its own: a session reads them only where a qdisc may
have some, and before its changes only if a command comes that may change them.
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
    """Reads the classes and filters of a place: before they may change, and at the end.

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

        # Loaded late: most places have no qdisc that somebody has set.
        with report_shortage():
            from ipwrap.state.traffic import read_traffic

        state, self._unread = self._unread, None
        return read_traffic(state, self.runner)

    def add_to(self, state: State) -> None:
        """Read the present classes and filters into a state, where its qdiscs may have some."""
        if has_traffic(state.values()):
            with report_shortage():
                from ipwrap.state.traffic import add_made_traffic

            add_made_traffic(state, self.runner)


def _may_change_traffic(command: Command) -> bool:
    """Return whether a command is of `tc` or another program, or deletes or renames a link.

    Another program, such as a shell, may run `tc`.
    """
    if any(word.rpartition("/")[2] == "tc" for word in command.argv):
        return True

    with report_shortage():
        from ipwrap.cmdline.program_effects import program_of
        from ipwrap.objects.effects import derive_effects

    if program_of(command) is not None:
        return True
    derived = derive_effects(command)
    return derived is not None and bool(derived.deletes or derived.renames)
