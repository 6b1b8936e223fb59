"""Whether a state has the classes and filters of its namespaces."""

from ipwrap.recording import State
from ipwrap.state.snapshot import TRAFFIC_NOUNS
from ipwrap.state.traffic_kinds import has_traffic

__all__ = ["knows_traffic", "with_known_traffic"]


def knows_traffic(state: State) -> bool:
    """Return whether a state has the classes and filters of its namespaces."""
    return set(state.get("", ())) >= TRAFFIC_NOUNS


def with_known_traffic(state: State) -> State:
    """Return a state with empty lists of classes and filters, if its qdiscs can have none.

    A session reads them where a qdisc may have some: see `ipwrap.sessions.traffic_state`.
    """
    namespaces = state.values()
    is_read = all("tc qdisc" in nouns for nouns in namespaces if "link" in nouns)
    if knows_traffic(state) or "" not in state or not is_read or has_traffic(namespaces):
        return state

    return {**state, "": {**state[""], **{noun: [] for noun in TRAFFIC_NOUNS}}}
