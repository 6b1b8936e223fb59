"""Write the generated parts of the pages in docs/, or check that they are current.

::

    python -m scripts.reference            writes them
    python -m scripts.reference --check    names the pages that are not current; exit status 1

A generated part stands between two comments, ``<!-- generated: NAME -->`` and
``<!-- end of NAME -->``; `PARTS` has the function of each name. The rest of a page is written by
hand.
"""

import argparse
import sys
from pathlib import Path

from scripts.reference.pages import outdated_pages, write_pages

DOCS = Path(__file__).parents[2] / "docs"


def main() -> int:
    """Write or check the pages; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scripts.reference", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, compare")
    options = parser.parse_args()

    if not options.check:
        for page in write_pages(DOCS):
            print(f"wrote {page.relative_to(DOCS.parent)}")
        return 0

    outdated = outdated_pages(DOCS)
    for page in outdated:
        name = page.relative_to(DOCS.parent)
        print(f"{name} is not current: run python -m scripts.reference", file=sys.stderr)

    return 1 if outdated else 0


if __name__ == "__main__":
    sys.exit(main())
