"""The state before a session, in parts: a part is read right before the program that changes it."""

from typing import Any

__all__ = ["merge_state"]

State = dict[str, Any]


def merge_state(state: State, part: State) -> State:
    """Return a state with the listings of a part that was read later.

    Present listings stay unchanged: a later reading may show a change made by the session.
    """
    merged = {netns: dict(nouns) for netns, nouns in state.items()}

    for netns, nouns in part.items():
        known = merged.setdefault(netns, {})
        for noun, objects in nouns.items():
            if noun == "sysctl" and known.get(noun):
                keys = {data.get("key") for data in known[noun]}
                new = [data for data in objects if data.get("key") not in keys]
                known[noun] = [*known[noun], *new]
            elif not known.get(noun):
                known[noun] = objects
    return merged
