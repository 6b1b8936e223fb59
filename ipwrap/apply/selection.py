"""The part of a state that counts: namespaces by patterns, what was there at an earlier look."""

from collections.abc import Collection
from fnmatch import fnmatchcase

from ipwrap.recording import State
from ipwrap.state.process_namespaces import is_process_key
from ipwrap.undo.link_data import links_by_name
from ipwrap.undo.state_edit import copy_state, cut_link

__all__ = ["select", "without_newcomers"]


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


def without_newcomers(state: State, *, known: Collection[State]) -> State:
    """Return a state without the namespaces and links that are in no known state."""
    kept: State = {
        netns: nouns
        for netns, nouns in copy_state(state).items()
        if any(netns in known_state for known_state in known)
    }
    for netns, nouns in kept.items():
        names = {
            name for known_state in known for name in links_by_name(known_state.get(netns, {}))
        }
        for name in links_by_name(nouns).keys() - names:
            cut_link(kept, (netns, name))
    return kept


def _is_selected(netns: str, patterns: Collection[str]) -> bool:
    """Return whether a name matches one of the patterns, if there are any."""
    return not patterns or any(fnmatchcase(netns, pattern) for pattern in patterns)
