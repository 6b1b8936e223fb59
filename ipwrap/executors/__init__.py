"""Executors: how a command runs."""

from typing import TYPE_CHECKING

from ipwrap.system.lazy import lazy_attributes, public_names

if TYPE_CHECKING:
    from ipwrap.executors.background import BackgroundExecutor as BackgroundExecutor
    from ipwrap.executors.background import BackgroundProgram as BackgroundProgram
    from ipwrap.executors.base import Executor as Executor
    from ipwrap.executors.base import Reply as Reply
    from ipwrap.executors.batch import Batch as Batch
    from ipwrap.executors.dryrun import DryRun as DryRun
    from ipwrap.executors.pipeline import Pipeline as Pipeline
    from ipwrap.executors.playback import Ordered as Ordered
    from ipwrap.executors.playback import Playback as Playback
    from ipwrap.executors.process import Process as Process
    from ipwrap.executors.record_new import RecordNewPlayback as RecordNewPlayback
    from ipwrap.executors.steps import StepExecutor as StepExecutor
    from ipwrap.executors.stream import MonitorExecutor as MonitorExecutor
    from ipwrap.executors.stream import Stream as Stream

MODULES = {
    "background": (
        "BackgroundExecutor",
        "BackgroundProgram",
    ),
    "base": (
        "Executor",
        "Reply",
    ),
    "batch": ("Batch",),
    "dryrun": ("DryRun",),
    "pipeline": ("Pipeline",),
    "playback": (
        "Ordered",
        "Playback",
    ),
    "process": ("Process",),
    "record_new": ("RecordNewPlayback",),
    "steps": ("StepExecutor",),
    "stream": (
        "MonitorExecutor",
        "Stream",
    ),
}

__all__ = public_names(MODULES)

if not TYPE_CHECKING:  # a type checker would take it that every name exists
    __getattr__, __dir__ = lazy_attributes(__name__, MODULES)
