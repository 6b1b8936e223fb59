"""The base of all verbs: build a command, run it, return models."""

__all__: list[str] = []
