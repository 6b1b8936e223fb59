"""How a command runs."""

from ipwrap.executors.base import Executor, Reply
from ipwrap.executors.batch import Batch
from ipwrap.executors.dryrun import DryRun
from ipwrap.executors.pipeline import Pipeline
from ipwrap.executors.playback import Ordered, Playback
from ipwrap.executors.process import Process
from ipwrap.executors.record_new import RecordNewPlayback
from ipwrap.executors.stream import MonitorExecutor, Stream

__all__ = [
    "Batch",
    "DryRun",
    "Executor",
    "MonitorExecutor",
    "Ordered",
    "Pipeline",
    "Playback",
    "Process",
    "RecordNewPlayback",
    "Reply",
    "Stream",
]
