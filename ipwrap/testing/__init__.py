"""What tests of labs need: sessions that record or play, a look at the host, differences told in words."""

from ipwrap.testing.assertion_diff import explain
from ipwrap.testing.host import Host
from ipwrap.testing.recorded import Mode, open_recorded, save_recording

__all__ = ["Host", "Mode", "explain", "open_recorded", "save_recording"]
