"""The part of a state that is asked for: some namespaces, by patterns."""

from collections.abc import Collection
from fnmatch import fnmatchcase

from ipwrap.recording import State
from ipwrap.state.process_namespaces import is_process_key

__all__ = ["select"]


def select(state: State, patterns: Collection[str]) -> State:
    """Return the namespaces whose name matches a pattern, as of fnmatch(3); all without a pattern.

    The place's own namespace has the empty name. Those that only processes have are left out: no
    command reaches them by a name.
    """
    return {
        netns: nouns
        for netns, nouns in state.items()
        if not is_process_key(netns) and _is_selected(netns, patterns)
    }


def _is_selected(netns: str, patterns: Collection[str]) -> bool:
    """Return whether a name matches one of the patterns, if there are any."""
    return not patterns or any(fnmatchcase(netns, pattern) for pattern in patterns)
