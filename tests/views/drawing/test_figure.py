"""The nodes and the lines of a picture."""

from ipwrap.views.drawing.figure import Anchor, Figure
from tests.views.drawing.figures import EVERYTHING, figure_of, like_pods
from tests.views.topology.states import link, state_of


def lines_of(figure: Figure) -> set[tuple[str, str, str, str, bool]]:
    """Return the lines of a figure with the names of their ends."""
    names = {}
    for frame in figure.frames:
        for node in frame.nodes:
            names[Anchor(node.number)] = f"{frame.title} {node.bundle.first.name}"
            for position, port in enumerate(node.ports):
                names[Anchor(node.number, position)] = f"{frame.title} {port.first.name}"
    names |= {Anchor(outside=name): name for name in figure.outsides}
    return {
        (line.style, names[line.left], names[line.right], line.label, line.is_down)
        for line in figure.lines
    }


def test_lines_of_every_style() -> None:
    """Cables, tunnels, links on others and masters that are ports are lines."""
    assert {
        ("stack", "(host) eth0", "red mv0", "", False),
        ("cable", "(host) veth1", "red eth0", "", False),
        ("port", "(host) br0", "(host) bond0", "", False),
        ("stack", "(host) eth0", "(host) eth0.10", "", False),
        ("tunnel", "(host) gre1", "203.0.113.9", "gre", False),
    } == lines_of(figure_of(EVERYTHING))


def test_ports_are_rows_of_their_master() -> None:
    """A port is part of the node of its master; a master that is a port has its own node."""
    host, *_ = figure_of(EVERYTHING).frames

    assert [
        ("eth0", []),
        ("eth0.10", []),
        ("br0", ["veth1"]),
        ("bond0", ["p0"]),
        ("gre1", []),
    ] == [(node.bundle.first.name, [port.first.name for port in node.ports]) for node in host.nodes]


def test_line_of_a_link_that_is_down() -> None:
    """A cable passes no packet if one of its ends is down."""
    links = [link("v0", "veth", link="v1"), link("v1", "veth", index=3, link="v0", flags=[])]

    assert {("cable", "red v0", "red v1", "", True)} == lines_of(
        figure_of(state_of({"red": links}))
    )


def test_unused_namespace_outside_is_left_out() -> None:
    """The namespace outside of all is left out without links, a named one is not."""
    figure = figure_of(state_of({"": [], "red": []}))

    assert ["red"] == [frame.title for frame in figure.frames]
    assert ["(host)"] == [frame.title for frame in figure_of(state_of({"": []})).frames]


def test_lines_begin_at_hubs() -> None:
    """A line from a leaf to a hub is turned, so that the picture grows from the hub."""
    links = [
        link("a", "vlan", index=3, link="eth0"),
        link("b", "vlan", index=4, link="eth0"),
        link("eth0"),
    ]
    figure = figure_of(state_of({"red": links}))

    assert {"red eth0"} == {left for _, left, *_ in lines_of(figure)}


def test_leaves_are_on_both_sides_of_a_large_hub() -> None:
    """Of more than 12 leaves, the second half is on the other side; of 12 all are on one."""
    sides = []
    for count in (12, 13):
        figure = figure_of(like_pods(count, []), most=None)
        sides.append([line.left.port is not None for line in figure.lines])

    assert [[True] * 12, [True] * 6 + [False] * 7] == sides
