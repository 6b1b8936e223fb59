"""Words that the iproute2 at hand would pass over.

`bridge` ignores what it does not know behind vlan, mdb and mst, and behind fdb show and flush.
"""

from typing import Any

from ipwrap.errors import UnknownOption
from ipwrap.options.table import options_of, to_args
from ipwrap.system.release import Release
from ipwrap.verbs.base import Runner

__all__ = ["build_supported"]


def build_supported(runner: Runner, cls: type, options: Any) -> tuple[str, ...]:
    """Return the words of options, as `build` does, if iproute2 knows them all.

    Raises `UnknownOption` for one that came with a later release: it would be ignored without a word, and its value too.
    """
    words = to_args(cls, options)
    dated = [row for row in options_of(cls) if row.since and options.get(row.name) is not None]
    release = Release.parse(getattr(runner, "iproute2", None)) if dated else None

    for row in dated:
        since = Release.parse(row.since)
        if release is not None and since is not None and release < since:
            raise UnknownOption(
                f"{row.name}: it came with iproute2 {row.since}; the one here, {release}, does not know it and may "
                "ignore it without a word; leave it out, or install a newer iproute2"
            )

    return words
