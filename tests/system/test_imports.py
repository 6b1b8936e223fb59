"""A fork while another thread imports a module for the first time."""

import importlib
import os
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest

from ipwrap.executors import process
from ipwrap.system import imports
from ipwrap.system.imports import finished_before_fork, wait_for_imports
from tests.waiting import LIMIT

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork(2)")

# A thread begins to import a module, and goes on some time after a fork has begun. The child
# imports the module as well, and is ended by SIGALRM where it hangs.
FORK_DURING_IMPORT = """
import importlib, importlib.abc, os, signal, sys, threading, time
import ipwrap.ip

name = "ipwrap.ip.neigh"
importing, forking = threading.Event(), threading.Event()

class SlowFinder(importlib.abc.MetaPathFinder):
    def find_spec(self, module, path=None, target=None):
        if module == name:
            importing.set()
            forking.wait()
            time.sleep(0.2)

sys.meta_path.insert(0, SlowFinder())
thread = threading.Thread(target=lambda: importlib.import_module(name))
thread.start()
importing.wait()
os.register_at_fork(before=forking.set)
pid = os.fork()
if pid == 0:
    signal.alarm(20)
    importlib.import_module(name)
    os._exit(0)
thread.join()
print(os.waitpid(pid, 0)[1])
"""

# Everything that a session closes in a child.
FORK_WITH_OPEN_SESSION = """
import os, sys
from ipwrap import Session
with Session(record=sys.argv[1]) as session:
    session.ip.link.show("lo")
    session.exec("true")
    with session.ip.monitor("link"):
        modules = set(sys.modules)
        pid = os.fork()
        if pid == 0:
            print(set(sys.modules) - modules, flush=True)
            os._exit(0)
        os.waitpid(pid, 0)
"""


def run_python(script: str, *arguments: str, **variables: str) -> str:
    """Run a script in a new interpreter, and return its output."""
    completed = subprocess.run(
        (sys.executable, "-W", "ignore", "-c", script, *arguments),
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
        env={**os.environ, **variables},
    )
    assert "" == completed.stderr
    return completed.stdout


def test_child_imports_what_a_thread_was_importing() -> None:
    """The fork waits for the import, so that the child finds the module, and hangs nowhere."""
    assert "0\n" == run_python(FORK_DURING_IMPORT)


def test_import_of_sh_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """sh imports modules of Python, in a thread of its own."""
    importing, over = threading.Event(), threading.Event()

    def import_slowly() -> object:
        importing.set()
        over.wait()
        return object()

    monkeypatch.setattr(process, "_import_sh", import_slowly)
    thread = threading.Thread(target=process.ShLoader().load)
    thread.start()
    importing.wait()
    is_waited_for = imports._is_importing_elsewhere()
    over.set()
    thread.join()

    assert is_waited_for
    assert not imports._is_importing_elsewhere()


@pytest.mark.live
def test_hooks_of_a_child_import_nothing(tmp_path: object) -> None:
    """What a child closes at once needs no module that is not loaded yet."""
    output = run_python(FORK_WITH_OPEN_SESSION, f"{tmp_path}/x.jsonl", XDG_STATE_HOME=str(tmp_path))
    assert "set()\n" == output


def elapsed_seconds() -> float:
    """Return how long a fork would wait."""
    start = time.monotonic()
    wait_for_imports()
    return time.monotonic() - start


def test_wait_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """An import that hangs does not keep a process from forking for ever."""
    monkeypatch.setattr(imports, "IMPORT_SECONDS", 0.05)
    begun, over = threading.Event(), threading.Event()

    def hang() -> None:
        with finished_before_fork():
            begun.set()
            over.wait()

    thread = threading.Thread(target=hang)
    thread.start()
    begun.wait()
    seconds = elapsed_seconds()
    over.set()
    thread.join()

    assert 0.05 <= seconds
    assert not imports._is_importing_elsewhere()


OWN_THREAD = -2  # its number differs in each process of a parallel run


@pytest.mark.parametrize(
    ("name", "owner", "is_waited_for"),
    [
        ("ipwrap.ip.link", -1, True),
        ("ipwrap", -1, True),
        ("ipwrap.ip.link", OWN_THREAD, False),
        ("ipwrap.ip.link", None, False),
        ("ipwrapped", -1, False),
    ],
)
def test_only_own_modules_of_other_threads_are_waited_for(
    name: str, owner: int | None, monkeypatch: pytest.MonkeyPatch, *, is_waited_for: bool
) -> None:
    """The import of another package may last as long as its program."""
    lock = SimpleNamespace(owner=threading.get_ident() if owner == OWN_THREAD else owner)
    bootstrap = SimpleNamespace(_module_locks={name: lambda: lock})
    monkeypatch.setattr(importlib, "_bootstrap", bootstrap)

    assert is_waited_for is imports._is_importing_elsewhere()


def test_python_without_these_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Python keeps its locks elsewhere, a fork waits for nothing."""
    monkeypatch.delattr(importlib, "_bootstrap")
    assert not imports._is_importing_elsewhere()


def test_block_of_the_forking_thread_is_not_waited_for() -> None:
    """A thread that forks within the block would wait for itself."""
    with finished_before_fork():
        assert not imports._is_importing_elsewhere()
