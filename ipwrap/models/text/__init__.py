"""The text that `ip` and `bridge` print without `-j`: one object per file, grammars of words.

Monitors have no `-j` (`monitors.py` has their lines); people paste what a terminal shows
(`reading.py`). Both use the same grammars.
"""

__all__: list[str] = []
