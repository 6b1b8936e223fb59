"""The existing keys that come closest to a missing one."""

import difflib
import os
import re
from pathlib import Path

from ipwrap.sysctl.keys import key_of_path, path_of_key

__all__ = ["describe_missing"]

ROOT = Path("/proc/sys")
MAX_SUGGESTIONS = 3
MIN_SIMILARITY = 0.7
LINK_PARTS = re.compile(r"(net/(?:ipv4|ipv6)/(?:conf|neigh)|net/mpls/conf)/([^/]+)(?=/|$)")


def describe_missing(key: str, netns: str | None, *, root: Path = ROOT) -> str:
    """Return why a key does not exist in a namespace, and the keys that come closest.

    The names are those of this machine's kernel, which all of its namespaces have; those of links
    differ, so that a link's keys are taken for the keys of `default`.
    """
    path = path_of_key(key)
    general = LINK_PARTS.sub(r"\1/default", path)
    where = f"in the namespace {netns}" if netns else "here"

    if (root / general).exists():
        link = LINK_PARTS.match(path)
        if link is not None and link[2] not in ("all", "default"):
            return f"there is no link {link[2]!r} {where}"
        return f"the kernel has no {key} {where}: it may belong to the whole machine"

    suggestions = [
        f"'{key_of_path(_with_link_of(path, candidate))}'"
        for candidate in difflib.get_close_matches(
            general, _existing_paths(root), n=MAX_SUGGESTIONS, cutoff=MIN_SIMILARITY
        )
    ]
    if not suggestions:
        return f"the kernel has no such key {where}, or its module is not loaded"
    return f"the kernel has no such key {where}; did you mean {' or '.join(suggestions)}?"


def _existing_paths(root: Path) -> list[str]:
    """Return the paths of all keys of the network, those of links once, as `default`."""
    paths = []
    for folder, _, names in os.walk(root / "net"):
        relative = os.path.relpath(folder, root)
        link = LINK_PARTS.match(relative)
        if link is not None and link[2] not in ("all", "default"):
            continue
        paths += [f"{relative}/{name}" for name in names]
    return paths


def _with_link_of(path: str, candidate: str) -> str:
    """Return a suggested path with the link of the path that was asked for."""
    asked = LINK_PARTS.match(path)
    if asked is None:
        return candidate
    return LINK_PARTS.sub(lambda match: f"{match[1]}/{asked[2]}", candidate, count=1)
