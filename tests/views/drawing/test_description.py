"""A drawing in sentences."""

from ipwrap.views.drawing.description import describe
from tests.views.drawing.figures import EVERYTHING, figure_of
from tests.views.topology.states import link, state_of


def test_sentences() -> None:
    """The title, a sentence for each namespace, and one for each line."""
    assert [
        "Network of 3 namespaces",
        "(host): eth0, eth0.10, br0, bond0, p0, veth1, gre1.",
        "red: eth0, mv0.",
        "empty: no links.",
        "(host) veth1 is connected to red eth0.",
        "(host) eth0 is connected to red mv0.",
        "(host) gre1 is connected to 203.0.113.9 (gre).",
        "(host) eth0 is connected to (host) eth0.10.",
        "(host) br0 is connected to (host) bond0.",
    ] == list(describe(figure_of(EVERYTHING)))


def test_line_that_passes_no_packet() -> None:
    """A screen reader hears what sighted readers see in red."""
    links = [link("v0", "veth", link="v1"), link("v1", "veth", index=3, link="v0", flags=[])]

    assert [
        "Network of 1 namespace",
        "red: v0, v1.",
        "red v0 is connected to red v1, passes no packet.",
    ] == list(describe(figure_of(state_of({"red": links}))))
