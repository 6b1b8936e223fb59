"""What was run by others (a shell script, say) as a recording: each call of ip, bridge, tc and more is caught."""

from ipwrap.shims.classify import classify
from ipwrap.shims.recorder import record
from ipwrap.shims.recovery import recover
from ipwrap.shims.to_events import to_events

__all__ = ["classify", "record", "recover", "to_events"]
