"""Topologies that hypothesis draws, as lines of commands that build them."""

from collections.abc import Callable

from hypothesis import strategies as st

from scripts.torture.topologies import draw_topology

__all__ = ["topologies"]


@st.composite
def topologies(draw: Callable[[st.SearchStrategy[int]], int]) -> tuple[str, ...]:
    """Return the lines that build a topology."""
    return draw_topology(lambda low, high: draw(st.integers(low, high)))
