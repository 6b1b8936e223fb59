"""The processor that runs the calling thread."""

import builtins
import os
import subprocess
import sys
from typing import Any

import pytest

from ipwrap.system.processors import current_processor

PROGRAM = """
import os
from ipwrap.system.processors import current_processor

for processor in os.sched_getaffinity(0):
    os.sched_setaffinity(0, {processor})
    assert processor == current_processor()
"""


def test_a_thread_knows_its_processor() -> None:
    """It is one of those that the thread may run on: the only one, if it may run on one only."""
    assert current_processor() in os.sched_getaffinity(0)

    process = subprocess.run((sys.executable, "-c", PROGRAM), capture_output=True, check=False)
    assert (0, b"") == (process.returncode, process.stderr)


def test_a_processor_may_be_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without /proc there is no number."""

    def refuse(*_arguments: Any, **_options: Any) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(builtins, "open", refuse)
    assert current_processor() is None
