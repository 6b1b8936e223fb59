"""What was run by others (a shell script, say) as a recording: each call of ip, bridge, tc and more is caught."""

from ipwrap.shims.classify import understood
from ipwrap.shims.recorder import record
from ipwrap.shims.recovery import finished
from ipwrap.shims.to_events import events

__all__ = ["events", "finished", "record", "understood"]
