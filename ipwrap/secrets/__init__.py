"""Secrets: the value that hides itself, redaction of commands and output, the store of a session."""

__all__: list[str] = []
