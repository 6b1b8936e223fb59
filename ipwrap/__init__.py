"""Drive iproute2 from Python with types, and leave with a shell script that is proven to rebuild what you built.

::

    from ipwrap import Session
    from ipwrap.kinds import Bridge, Veth

    with Session(sandbox=True, record="pods.jsonl") as session:
        session.ip.link.add("cni0", Bridge())
"""

from ipwrap.command import Command
from ipwrap.errors import (
    AlreadyExists,
    BadOption,
    BadValue,
    Busy,
    CommandError,
    CommandTimeout,
    ExecutorError,
    InvalidValue,
    IpwrapError,
    NotBatchable,
    NotFound,
    NotPermitted,
    NotSupported,
    OutputError,
    PlaceError,
    PlaybackError,
    RecordingError,
    UsageError,
)
from ipwrap.executors import Batch, DryRun, Playback, Process
from ipwrap.models import parse
from ipwrap.places import Local, Sandbox
from ipwrap.recording import Recording
from ipwrap.result import Result
from ipwrap.secret import Secret
from ipwrap.session import Session
from ipwrap.version import __version__

__all__ = [
    "AlreadyExists",
    "BadOption",
    "BadValue",
    "Batch",
    "Busy",
    "Command",
    "CommandError",
    "CommandTimeout",
    "DryRun",
    "ExecutorError",
    "InvalidValue",
    "IpwrapError",
    "Local",
    "NotBatchable",
    "NotFound",
    "NotPermitted",
    "NotSupported",
    "OutputError",
    "PlaceError",
    "Playback",
    "PlaybackError",
    "Process",
    "Recording",
    "RecordingError",
    "Result",
    "Sandbox",
    "Secret",
    "Session",
    "UsageError",
    "__version__",
    "parse",
]
