"""Which option words and JSON keys of iproute2 ipwrap names, and which are missing.

::

    python scripts/coverage.py                          the installed iproute2's usage texts, and the newest release
    python scripts/coverage.py --source DIR             the same with a checkout of iproute2's source in its place
    python scripts/coverage.py --source DIR --keep      writes what the checkout says: scripts/iproute2-RELEASE.json

Nothing has to be registered for it. A module of ipwrap says in its docstrings which C files it stands for
(``ip/ipneigh.c``); what it names are the words of its tables, the keys of its models, and the words in its code. What
is left out on purpose is in ``coverage.json``, each with its reason. The status is 1 if anything else is missing from
the usage texts, or if fewer than ``--goal`` percent of the release's option words of ip, of bridge or of tc are named.
Words of an installed iproute2 that is newer than the release are reported, and are no failure.
"""

import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    runpy.run_module("scripts.surface", run_name="__main__", alter_sys=True)
