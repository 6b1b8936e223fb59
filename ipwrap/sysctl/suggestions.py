"""The existing keys that come closest to a missing one."""

import difflib
import os
import re
from pathlib import Path

from ipwrap.sysctl.keys import LINK_FOLDER, key_of_path, path_of_key

__all__ = ["describe_missing"]

ROOT = Path("/proc/sys")
MAX_SUGGESTIONS = 3
MIN_SIMILARITY = 0.7
LINK_PARTS = re.compile(rf"{LINK_FOLDER}(?=/|$)")


def describe_missing(key: str, netns: str | None, *, root: Path = ROOT) -> str:
    """Return why a key does not exist in a namespace, and the keys that come closest.

    All namespaces of a machine have the same names of keys, except for those of links: a link's
    key is looked up as the key of `default`.
    """
    path = path_of_key(key)
    default_path = LINK_PARTS.sub(r"\1/default", path)
    where = f"in the namespace {netns}" if netns else "here"

    if (root / default_path).exists():
        link = LINK_PARTS.match(path)
        if link is not None and link[2] not in ("all", "default"):
            return f"there is no link {link[2]!r} {where}"
        return f"the kernel has no {key} {where}: it may belong to the whole machine"

    close_paths = difflib.get_close_matches(
        default_path, _existing_paths(root), n=MAX_SUGGESTIONS, cutoff=MIN_SIMILARITY
    )
    suggestions = [f"'{key_of_path(_with_link_of(path, close))}'" for close in close_paths]
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
    link = LINK_PARTS.match(path)
    if link is None:
        return candidate
    return LINK_PARTS.sub(lambda match: f"{match[1]}/{link[2]}", candidate, count=1)
