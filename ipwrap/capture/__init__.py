"""What was run by others (a shell script, say) as a recording: each call of ip, bridge, tc and more is caught."""

from ipwrap.capture.gather import events
from ipwrap.capture.recorder import record
from ipwrap.capture.understand import understood
from ipwrap.capture.unfinished import finished

__all__ = ["events", "finished", "record", "understood"]
