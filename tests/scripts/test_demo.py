"""The last words of scripts/demo."""

import re
from pathlib import Path

from ipwrap.cli.group import COMMANDS

ROOT = Path(__file__).parents[2]


def test_demo_ends_with_commands_to_try() -> None:
    """The commands that the demo proposes exist."""
    text = (ROOT / "scripts" / "demo").read_text()
    proposed = re.findall(r"^  ipwrap (\w+)", text, re.MULTILINE)

    assert ["init", "run", "run", "run", "export", "record"] == proposed
    assert set(proposed) <= set(COMMANDS)
