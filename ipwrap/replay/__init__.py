"""Run a recording again, and compare statuses, reads and the state reached with the recorded."""

from typing import TYPE_CHECKING

from ipwrap.system.lazy import lazy_attributes, public_names

if TYPE_CHECKING:
    from ipwrap.replay.comparison import noun_of as noun_of
    from ipwrap.replay.limits import Limits as Limits
    from ipwrap.replay.programs import count_programs as count_programs
    from ipwrap.replay.report import Replay as Replay
    from ipwrap.replay.scripts import replay_export as replay_export
    from ipwrap.replay.scripts import replay_python as replay_python
    from ipwrap.replay.scripts import replay_script as replay_script
    from ipwrap.replay.steps import replay as replay

MODULES = {
    "comparison": ("noun_of",),
    "limits": ("Limits",),
    "programs": ("count_programs",),
    "report": ("Replay",),
    "scripts": (
        "replay_export",
        "replay_python",
        "replay_script",
    ),
    "steps": ("replay",),
}

__all__ = public_names(MODULES)

if not TYPE_CHECKING:  # a type checker would take it that every name exists
    __getattr__, __dir__ = lazy_attributes(__name__, MODULES)
