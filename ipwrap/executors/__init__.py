"""How a command runs."""

from ipwrap.executors.base import Executor, Reply
from ipwrap.executors.batch import Batch
from ipwrap.executors.dryrun import DryRun
from ipwrap.executors.pipeline import Pipeline
from ipwrap.executors.playback import Ordered, Playback
from ipwrap.executors.process import Process
from ipwrap.executors.record_new import Extend
from ipwrap.executors.stream import Listens, Stream

__all__ = [
    "Batch",
    "DryRun",
    "Executor",
    "Extend",
    "Listens",
    "Ordered",
    "Pipeline",
    "Playback",
    "Process",
    "Reply",
    "Stream",
]
