"""Tools for tests of labs: recorded sessions, a look at the host, readable differences."""

from typing import TYPE_CHECKING

from ipwrap.system.lazy import lazy_attributes, public_names

if TYPE_CHECKING:
    from ipwrap.testing.assertion_diff import explain as explain
    from ipwrap.testing.host import Host as Host
    from ipwrap.testing.recorded import Mode as Mode
    from ipwrap.testing.recorded import open_recorded as open_recorded
    from ipwrap.testing.recorded import save_recording as save_recording

MODULES = {
    "assertion_diff": ("explain",),
    "host": ("Host",),
    "recorded": (
        "Mode",
        "open_recorded",
        "save_recording",
    ),
}

__all__ = public_names(MODULES)

if not TYPE_CHECKING:  # a type checker would take it that every name exists
    __getattr__, __dir__ = lazy_attributes(__name__, MODULES)
