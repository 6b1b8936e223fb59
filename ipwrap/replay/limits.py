"""`Limits`: how long a step of a replay may take, by the step's time in the recording."""

from attrs import frozen

from ipwrap.recording import Header, RecordingView, Sleep, WaitEvent

__all__ = ["Limits"]

# Seconds, where nobody knows what the steps took.
UNKNOWN_STEP = 300.0
UNKNOWN_SCRIPT = 900.0

# Seconds for the start of a program: a line of a batch takes none, and a script's command does.
PROGRAM_START = 0.005

LONGEST = 86_400.0  # a recording is untrusted, and times of a million years are no times


@frozen(kw_only=True)
class Limits:
    """How long a step may take: ``factor`` times as long as in the recording, or longer.

    - ``step``: the seconds that every step may take
    - ``script``: the additional seconds for an exported script
    - ``missed_wait``: the longest pause, in seconds, for a wait that failed in the recording: such
      a wait is not expected to succeed, and not repeated in full
    """

    factor: float = 10.0
    step: float = 30.0
    script: float = 60.0
    missed_wait: float = 1.0

    @classmethod
    def for_recording(cls, header: Header) -> "Limits":
        """Return the limits for a recording; generous limits if its times are placeholders."""
        if "time" in header.normalised:
            return cls(step=UNKNOWN_STEP, script=UNKNOWN_SCRIPT)
        return cls()

    def of_step(self, seconds: float, given: float | None = None) -> float:
        """Return the limit of a step that took ``seconds``; at least the limit given to it."""
        limit = max(self.factor * seconds, self.step, given or 0.0)
        return min(limit, LONGEST)

    def of_missed_wait(self, timeout: float | None) -> float:
        """Return the limit of a wait that failed in the recording."""
        return self.missed_wait if timeout is None else min(timeout, self.missed_wait)

    def of_script(self, recording: RecordingView) -> float:
        """Return the limit of a script that does the steps of a recording."""
        seconds = 0.0
        for event, result in recording.pairs():
            if isinstance(event, (WaitEvent, Sleep)):
                seconds += event.seconds
            elif result is not None:
                seconds += max(result.seconds, PROGRAM_START)

        return min(self.script + self.factor * seconds, LONGEST)
