"""The qdiscs, classes and filters to restore: those of the session, among those of others."""

from ipwrap.recording import State
from ipwrap.undo.drift import Drift
from ipwrap.undo.link_data import Nouns
from ipwrap.undo.object_diff import is_by_session
from ipwrap.undo.state_edit import copy_state
from ipwrap.undo.state_objects import TRAFFIC, StateObject, traffic_objects

__all__ = ["with_traffic_of_others"]


def with_traffic_of_others(drift: Drift) -> State:
    """Return the state before, with the qdiscs, classes and filters of others as they are now."""
    before = copy_state(drift.before)
    for netns, nouns in before.items():
        present: Nouns = drift.now.get(netns, {})
        # A namespace without classes has no list of them.
        if "tc qdisc" in nouns and any(nouns.get(noun) or present.get(noun) for noun in TRAFFIC):
            nouns.update(_merge(drift, netns, nouns=nouns, present=present))
    return before


def _merge(drift: Drift, netns: str, *, nouns: Nouns, present: Nouns) -> Nouns:
    """Return the objects of a namespace: those of the session as before, of others as now."""
    olds = _objects(drift, nouns, netns=netns)
    news = _objects(drift, present, netns=netns)

    merged: Nouns = {noun: [] for noun in TRAFFIC if noun in nouns or noun in present}
    for name in {**olds, **news}:
        listed = _choose(drift, old=olds.get(name), new=news.get(name))
        if listed is not None:
            merged[listed.noun].append(listed.type.as_printed(listed.data))
    return merged


def _choose(
    drift: Drift, *, old: StateObject | None, new: StateObject | None
) -> StateObject | None:
    """Return an object as it is to be; None for one that is not to be there."""
    if old is not None:
        return old if drift.affected.has_object(old) else new
    if new is None or is_by_session(drift, new):
        return None
    return new


def _objects(drift: Drift, nouns: Nouns, *, netns: str) -> dict[tuple[str, ...], StateObject]:
    """Return the qdiscs, classes and filters of a namespace by noun and name."""
    objects = traffic_objects(nouns, drift.mentioned, netns=netns)
    return {(listed.noun, *listed.name): listed for listed in objects}
