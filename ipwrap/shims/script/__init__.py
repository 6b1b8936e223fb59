"""The recorded script: its lines, its comments, and the words of a line."""

__all__: list[str] = []
