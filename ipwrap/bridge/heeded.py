"""Words that the iproute2 at hand would pass over: `bridge` ignores what it does not know behind vlan, mdb and mst."""

import re
from typing import Any

from ipwrap.errors import BadOption
from ipwrap.noun import Runner
from ipwrap.option import build, table

__all__ = ["heeded"]

NUMBER = re.compile(r"([0-9]+)\.([0-9]+)")


def heeded(runner: Runner, cls: type, options: Any) -> tuple[str, ...]:
    """Return the words of options, as `build` does, if iproute2 knows them all.

    Raises `BadOption` for one that came with a later release: it would be ignored without a word, and its value too.
    """
    words = build(cls, options)
    young = [row for row in table(cls) if row.since and options.get(row.name) is not None]
    release = _release(getattr(runner, "iproute2", None)) if young else None
    for row in young:
        if release is not None and release < (_release(row.since) or release):
            raise BadOption(
                f"{row.name}: it came with iproute2 {row.since}; the one here, {'.'.join(map(str, release))}, "
                "would ignore it without a word"
            )
    return words


def _release(text: str | None) -> tuple[int, ...] | None:
    """Return a release as numbers, or None where it is not known, or a date (through 5.4)."""
    found = NUMBER.match(text or "")
    return tuple(map(int, found.groups())) if found else None
