"""Every module says what it offers, in order and truly; and `import ipwrap` is quick."""

import importlib
import pkgutil
import subprocess
import sys
from types import ModuleType

import pytest

import ipwrap

PROGRAMS = (
    "ipwrap.__main__",
    "ipwrap.executors.spawner_main",
    "ipwrap.executors.stream_main",
)  # they run when they are imported, and offer nothing
MODULES = sorted(
    {
        "ipwrap",
        *(each.name for each in pkgutil.walk_packages(ipwrap.__path__, "ipwrap.")),
    }.difference(PROGRAMS)
)


def offered(module: ModuleType) -> list[str]:
    """Return a module's `__all__` as it is written."""
    assert isinstance(module.__all__, list)
    return list(module.__all__)


def in_order(name: str) -> tuple[int, str]:
    """Return the key by which names are sorted: constants, then classes, then functions."""
    if name.isupper() and len(name) > 1:
        return 0, name
    return (1 if name[0].isupper() else 2), name


@pytest.mark.parametrize("name", MODULES)
def test_a_module_says_what_it_offers(name: str) -> None:
    """`__all__` is there, sorted, without doubles."""
    names = offered(importlib.import_module(name))

    assert sorted(set(names), key=in_order) == names


@pytest.mark.parametrize("name", MODULES)
def test_what_a_module_offers_is_there(name: str) -> None:
    """`from module import *` would work."""
    module = importlib.import_module(name)

    assert [] == [each for each in offered(module) if not hasattr(module, each)]


def test_the_public_names() -> None:
    """What `from ipwrap import …` offers is a promise: a name is added here with care, and not taken away."""
    assert {
        "AlreadyExists",
        "UnknownOption",
        "InvalidArgument",
        "Batch",
        "Busy",
        "Command",
        "CommandError",
        "CommandTimeout",
        "DryRun",
        "ExecutorError",
        "RejectedByKernel",
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
        "Session",
        "UsageError",
        "__version__",
    } <= set(ipwrap.__all__)


def test_every_error_is_public() -> None:
    """Whatever is raised on purpose can be caught by a name of ipwrap."""
    from ipwrap import errors

    raised = {name for name in errors.__all__ if isinstance(getattr(errors, name), type)}

    assert raised <= set(ipwrap.__all__)


@pytest.mark.parametrize("heavy", ["sh", "click", "tabulate", "structlog"])
def test_importing_ipwrap_is_light(heavy: str) -> None:
    """What takes long to import waits for the call that needs it."""
    code = f"import sys, ipwrap.kinds, ipwrap.models; from ipwrap import *; Session; sys.exit({heavy!r} in sys.modules)"

    assert 0 == subprocess.run((sys.executable, "-c", code), check=False).returncode


def test_importing_ipwrap_itself_imports_nothing() -> None:
    """Public names are imported when they are asked for: pytest loads the plugin in projects that do not use it."""
    code = "import sys, ipwrap; sys.exit(bool({'attrs', 'msgspec', 'ipwrap.session'} & set(sys.modules)))"

    assert 0 == subprocess.run((sys.executable, "-c", code), check=False).returncode


def test_a_name_that_is_not_there_is_none() -> None:
    """What is not offered is an AttributeError, as of any module."""
    with pytest.raises(AttributeError, match="module 'ipwrap' has no attribute 'nonsense'"):
        _ = ipwrap.nonsense  # type: ignore[attr-defined]


def test_importing_ipwrap_changes_nothing() -> None:
    """No output, no handler, no signal, no process, no thread, no file: nothing runs at import."""
    code = """
import glob, logging, os, signal, sys, threading
before = [glob.glob, dict(os.environ), [signal.getsignal(n) for n in range(1, 32)], len(os.listdir("/proc/self/fd"))]
from ipwrap import *
after = [glob.glob, dict(os.environ), [signal.getsignal(n) for n in range(1, 32)], len(os.listdir("/proc/self/fd"))]
children = open(f"/proc/self/task/{os.getpid()}/children").read()
sys.exit(before != after or threading.active_count() != 1 or bool(logging.getLogger().handlers) or bool(children))
"""
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, check=False)

    assert (0, b"", b"") == (done.returncode, done.stdout, done.stderr)
