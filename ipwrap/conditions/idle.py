"""A background process has handled all its input, and sleeps: `/proc/PID/status`. See proc(5)."""

from attrs import field, frozen

from ipwrap.command import Command
from ipwrap.conditions.base import Condition, Observation, Prober, positional
from ipwrap.conditions.output import check_process_name, to_process_name

__all__ = ["Idle"]

BUSY = frozenset({"R", "D"})  # running, or waiting for a disk


@frozen
class Idle(Condition):
    """A background process sleeps, as one that has read every packet; or it has ended.

    ``process``: the process that `spawn` has returned, or its name
    """

    tag = "idle"

    process: str = field(metadata=positional(), converter=to_process_name)

    def __attrs_post_init__(self) -> None:
        check_process_name(self.process)

    def look(self, prober: Prober, netns: str | None) -> Observation:  # noqa: ARG002 - of no use
        """Read the state of the process."""
        path = f"/proc/{prober.process_pid(self.process)}/status"
        result = prober.run(Command(("cat", path), changes=False), check=False)
        if not result.ok:
            return Observation(True, "it has ended")

        fields = dict(line.split(":", 1) for line in result.stdout.splitlines() if ":" in line)
        state = fields.get("State", "").strip()
        return Observation(state[:1] not in BUSY, f"state {state}")

    def shell_test(self, netns: str | None) -> str:  # noqa: ARG002 - of no use
        """Return a test of the state, with the pid in the variable of the process."""
        return f"! grep -q '^State:.[RD]' \"/proc/${self.process}/status\" 2>/dev/null"

    def __str__(self) -> str:
        return f"{self.process} sleeps"
