"""Report the option words and JSON keys of iproute2 that ipwrap lacks.

::

    python scripts/iproute2_coverage.py
        compare with the usage texts of the installed iproute2, and with the newest known release
    python scripts/iproute2_coverage.py --source DIR
        compare with a checkout of iproute2's source instead of the newest known release
    python scripts/iproute2_coverage.py --source DIR --keep
        also write the words and keys of the checkout to scripts/iproute2-RELEASE.json

Modules need no registration: the docstrings of a module name the covered C files
(``ip/ipneigh.c``). Covered are the words of option tables, the keys of models, and words in code.
Intended omissions are in ``iproute2_coverage.json``, with reasons. The exit status is 1 if a word
of the usage texts is missing, or if less than ``--goal`` percent of the release's option words of
ip, bridge or tc are covered. Words of a newer installed iproute2 are reported, and are no failure.
"""

import runpy
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    runpy.run_module("scripts.surface", run_name="__main__", alter_sys=True)
