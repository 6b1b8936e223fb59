"""Drive iproute2 from Python with types, and leave with a shell script that rebuilds the result.

::

    from ipwrap import Session
    from ipwrap.kinds import Bridge, Veth

    with Session(sandbox=True, record="pods.jsonl") as session:
        session.ip.link.add("cni0", Bridge())
"""

from typing import TYPE_CHECKING

from ipwrap.system.lazy import lazy_attributes, public_names

if TYPE_CHECKING:
    from ipwrap.background_process import BackgroundProcess as BackgroundProcess
    from ipwrap.capture import Capture as Capture
    from ipwrap.command import Command as Command
    from ipwrap.errors import AlreadyExists as AlreadyExists
    from ipwrap.errors import Busy as Busy
    from ipwrap.errors import CommandError as CommandError
    from ipwrap.errors import CommandTimeout as CommandTimeout
    from ipwrap.errors import ExecutorError as ExecutorError
    from ipwrap.errors import InvalidArgument as InvalidArgument
    from ipwrap.errors import IpwrapError as IpwrapError
    from ipwrap.errors import NotBatchable as NotBatchable
    from ipwrap.errors import NotExportable as NotExportable
    from ipwrap.errors import NotFound as NotFound
    from ipwrap.errors import NotPermitted as NotPermitted
    from ipwrap.errors import NotSupported as NotSupported
    from ipwrap.errors import OutputError as OutputError
    from ipwrap.errors import OutputWarning as OutputWarning
    from ipwrap.errors import PlaceError as PlaceError
    from ipwrap.errors import PlaybackError as PlaybackError
    from ipwrap.errors import ProcessEnded as ProcessEnded
    from ipwrap.errors import RecordingError as RecordingError
    from ipwrap.errors import RejectedByKernel as RejectedByKernel
    from ipwrap.errors import UnknownOption as UnknownOption
    from ipwrap.errors import UsageError as UsageError
    from ipwrap.errors import WaitTimeout as WaitTimeout
    from ipwrap.executors import Batch as Batch
    from ipwrap.executors import DryRun as DryRun
    from ipwrap.executors import Playback as Playback
    from ipwrap.executors import Process as Process
    from ipwrap.lab import Lab as Lab
    from ipwrap.models import parse as parse
    from ipwrap.places import Local as Local
    from ipwrap.places import Sandbox as Sandbox
    from ipwrap.recording import Recording as Recording
    from ipwrap.result import Result as Result
    from ipwrap.secrets.secret import Secret as Secret
    from ipwrap.session import Namespace as Namespace
    from ipwrap.session import Session as Session
    from ipwrap.state import Snapshot as Snapshot
    from ipwrap.sweeps.sweeping import sweep as sweep
    from ipwrap.version import __version__ as __version__
    from ipwrap.views.model_table import table as table

MODULES = {
    "background_process": ("BackgroundProcess",),
    "capture": ("Capture",),
    "command": ("Command",),
    "errors": (
        "AlreadyExists",
        "Busy",
        "CommandError",
        "CommandTimeout",
        "ExecutorError",
        "InvalidArgument",
        "IpwrapError",
        "NotBatchable",
        "NotExportable",
        "NotFound",
        "NotPermitted",
        "NotSupported",
        "OutputError",
        "OutputWarning",
        "PlaceError",
        "PlaybackError",
        "ProcessEnded",
        "RecordingError",
        "RejectedByKernel",
        "UnknownOption",
        "UsageError",
        "WaitTimeout",
    ),
    "executors": (
        "Batch",
        "DryRun",
        "Playback",
        "Process",
    ),
    "lab": ("Lab",),
    "models": ("parse",),
    "places": (
        "Local",
        "Sandbox",
    ),
    "recording": ("Recording",),
    "result": ("Result",),
    "secrets.secret": ("Secret",),
    "session": (
        "Namespace",
        "Session",
    ),
    "state": ("Snapshot",),
    "sweeps.sweeping": ("sweep",),
    "version": ("__version__",),
    "views.model_table": ("table",),
}

__all__ = public_names(MODULES)

if not TYPE_CHECKING:  # a type checker would take it that every name exists
    __getattr__, __dir__ = lazy_attributes(__name__, MODULES)
