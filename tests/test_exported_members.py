"""Every module has a sorted and correct `__all__`, and `import ipwrap` is quick."""

import importlib
import pkgutil
import subprocess
import sys
from types import ModuleType

import pytest

import ipwrap

PROGRAMS = (
    "ipwrap.__main__",
    "ipwrap.executors.background_main",
    "ipwrap.executors.spawner_main",
    "ipwrap.executors.stream_main",
    "ipwrap.shims.sysctls.watch_main",
    "ipwrap.state.namespaces_main",
    "ipwrap.state.netlink_main",
    "ipwrap.sysctl.reader_main",
)  # programs run at import, and export nothing
MODULES = sorted(
    {
        "ipwrap",
        *(module_info.name for module_info in pkgutil.walk_packages(ipwrap.__path__, "ipwrap.")),
    }.difference(PROGRAMS)
)


def exported_names(module: ModuleType) -> list[str]:
    """Return a module's `__all__`."""
    assert isinstance(module.__all__, list)
    return list(module.__all__)


def name_order(name: str) -> tuple[int, str]:
    """Return the sort key of a name: constants, then classes, then functions."""
    if name.isupper() and len(name) > 1:
        return 0, name

    return (1 if name[0].isupper() else 2), name


@pytest.mark.parametrize("name", MODULES)
def test_all_is_sorted_and_unique(name: str) -> None:
    """`__all__` exists, sorted and without duplicates."""
    names = exported_names(importlib.import_module(name))

    assert sorted(set(names), key=name_order) == names


@pytest.mark.parametrize("name", MODULES)
def test_exported_names_exist(name: str) -> None:
    """Every name of `__all__` exists, so `from module import *` works."""
    module = importlib.import_module(name)

    assert [] == [
        exported_name
        for exported_name in exported_names(module)
        if not hasattr(module, exported_name)
    ]


def test_the_public_names() -> None:
    """The public names of ipwrap are stable: names are added carefully and never removed."""
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
        "LabFileError",
        "LabFileWarning",
        "Local",
        "NotBatchable",
        "NotExportable",
        "NotFound",
        "NotPermitted",
        "NotSupported",
        "OutputError",
        "OutputWarning",
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
    """Every error is a public name of ipwrap."""
    from ipwrap import errors

    error_names = {name for name in errors.__all__ if isinstance(getattr(errors, name), type)}

    assert error_names <= set(ipwrap.__all__)


@pytest.mark.parametrize("heavy_module", ["sh", "click", "tabulate", "structlog"])
def test_importing_ipwrap_loads_no_heavy_module(heavy_module: str) -> None:
    """Heavy modules are imported by the first call that needs the module."""
    code = (
        "import sys, ipwrap.kinds, ipwrap.models; from ipwrap import *; Session; "
        f"sys.exit({heavy_module!r} in sys.modules)"
    )

    assert 0 == subprocess.run((sys.executable, "-c", code), check=False).returncode


def test_importing_ipwrap_itself_imports_nothing() -> None:
    """`import ipwrap` imports no submodule, because pytest loads the plugin in every project."""
    code = (
        "import sys, ipwrap; "
        "sys.exit(bool({'attrs', 'msgspec', 'ipwrap.session'} & set(sys.modules)))"
    )

    assert 0 == subprocess.run((sys.executable, "-c", code), check=False).returncode


def test_an_unknown_name_is_an_attribute_error() -> None:
    """An unknown name is an AttributeError, like in every module."""
    with pytest.raises(AttributeError, match="module 'ipwrap' has no attribute 'nonsense'"):
        _ = ipwrap.nonsense  # type: ignore[attr-defined]


def test_importing_ipwrap_changes_nothing() -> None:
    """An import has no output, handler, signal, process, thread or open file."""
    code = """
import glob, logging, os, signal, sys, threading
def state():
    handlers = [signal.getsignal(number) for number in range(1, 32)]
    return [glob.glob, dict(os.environ), handlers, len(os.listdir("/proc/self/fd"))]
before = state()
from ipwrap import *
after = state()
children = open(f"/proc/self/task/{os.getpid()}/children").read()
has_threads = threading.active_count() != 1
sys.exit(before != after or has_threads or bool(logging.getLogger().handlers) or bool(children))
"""
    process = subprocess.run((sys.executable, "-c", code), capture_output=True, check=False)

    assert (0, b"", b"") == (process.returncode, process.stdout, process.stderr)
