"""The part of a state that is asked for: some namespaces, by patterns."""

from collections.abc import Collection
from fnmatch import fnmatchcase

from ipwrap.recording import State

__all__ = ["select"]


def select(state: State, patterns: Collection[str]) -> State:
    """Return the namespaces whose name matches a pattern, as of fnmatch(3); all without a pattern.

    The place's own namespace has the empty name.
    """
    if not patterns:
        return state

    return {
        netns: nouns
        for netns, nouns in state.items()
        if any(fnmatchcase(netns, pattern) for pattern in patterns)
    }
