"""What older releases print in another form is read as later releases print it.

``cases/old_shapes.json`` has each form at its smallest: compact, and pretty (`-p`).
"""

import json
from pathlib import Path
from typing import Any

import pytest

from ipwrap.models import dump_all, parse

CASES = json.loads((Path(__file__).parents[1] / "cases" / "old_shapes.json").read_text())
TEXTS = [
    pytest.param(case["noun"], text, case["expected"], id=f"{case['noun']}: {case['what']}")
    for case in CASES
    for text in case["texts"]
]


@pytest.mark.parametrize(("noun", "lines", "expected"), TEXTS)
def test_old_form_is_read_as_the_later_one(noun: str, lines: list[str], expected: Any) -> None:
    """Each form becomes the models of the later release, with every value."""
    assert expected == dump_all(parse(noun, "\n".join(lines)))
