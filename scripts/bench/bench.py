#!/usr/bin/env python3
"""Measure ipwrap against its peers, in throw-away sandboxes.

``.venv/bin/python scripts/bench/bench.py [goals | readme] [--quick]``.
"""

import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    runpy.run_module("scripts.bench", run_name="__main__", alter_sys=True)
