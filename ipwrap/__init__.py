"""Drive iproute2 from Python with types, and leave with a shell script that is proven to rebuild what you built.

::

    from ipwrap import Session
    from ipwrap.kinds import Bridge, Veth

    with Session(sandbox=True, record="pods.jsonl") as session:
        session.ip.link.add("cni0", Bridge())
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ipwrap.version import __version__

if TYPE_CHECKING:
    from ipwrap.command import Command
    from ipwrap.errors import (
        AlreadyExists,
        Busy,
        CommandError,
        CommandTimeout,
        ExecutorError,
        InvalidArgument,
        IpwrapError,
        NotBatchable,
        NotFound,
        NotPermitted,
        NotSupported,
        OutputError,
        PlaceError,
        PlaybackError,
        RecordingError,
        RejectedByKernel,
        UnknownOption,
        UsageError,
    )
    from ipwrap.executors import Batch, DryRun, Playback, Process
    from ipwrap.models import parse
    from ipwrap.places import Local, Sandbox
    from ipwrap.recording import Recording
    from ipwrap.result import Result
    from ipwrap.secrets.secret import Secret
    from ipwrap.session import Session

__all__ = [
    "AlreadyExists",
    "Batch",
    "Busy",
    "Command",
    "CommandError",
    "CommandTimeout",
    "DryRun",
    "ExecutorError",
    "InvalidArgument",
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
    "RejectedByKernel",
    "Result",
    "Sandbox",
    "Secret",
    "Session",
    "UnknownOption",
    "UsageError",
    "__version__",
    "parse",
]

HOMES = (
    "errors",
    "command",
    "secrets.secret",
    "result",
    "recording",
    "models",
    "places",
    "executors",
    "session",
)


def _public(name: str) -> Any:
    """Return a public name from the first module that offers it, from the ground up: `import ipwrap` waits for none."""
    if name in __all__:
        for home in HOMES:
            module = import_module(f"{__name__}.{home}")
            if name in module.__all__:
                return globals().setdefault(name, getattr(module, name))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


if not TYPE_CHECKING:  # a type checker would take it that any name is there
    __getattr__ = _public
