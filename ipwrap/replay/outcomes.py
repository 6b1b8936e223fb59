"""`Outcomes`: how the background processes of a recording ended, known before the replay."""

from collections import Counter

from attrs import define, field

from ipwrap.recording import CommandEvent, ProcessAction, ProcessEvent, RecordingView
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.result import Result

__all__ = ["Outcomes"]


@define
class Outcomes:
    """The facts of a first reading.

    - ``mentioned``: the words of the commands: further values are kernel-assigned
    - ``actions``: the number of the script's actions on each background process
    - ``stopped``: the processes that the script stopped
    - ``ran_to_the_end``: the processes that ended with the session
    """

    mentioned: MentionedWords = field(factory=MentionedWords)
    actions: Counter[int] = field(factory=Counter)
    stopped: set[int] = field(factory=set)
    ran_to_the_end: frozenset[int] = frozenset()

    @classmethod
    def of(cls, recording: RecordingView) -> "Outcomes":
        """Read a recording once."""
        outcomes = cls()
        if recording.end is not None:
            outcomes.ran_to_the_end = frozenset(recording.end.running)

        for event, _ in recording.pairs():
            if isinstance(event, (CommandEvent, ProcessEvent)):
                outcomes.mentioned.add(event.command)
            elif isinstance(event, ProcessAction):
                outcomes.actions[event.number] += 1
                if event.action == "stop":
                    outcomes.stopped.add(event.number)

        return outcomes

    def has_own_end(self, number: int, result: Result | None) -> bool:
        """Return whether a process ended by itself: neither by `stop` nor with the session."""
        if result is None or number in self.ran_to_the_end:
            return False
        return number not in self.stopped
