"""Secrets: a value that redacts itself, redaction of commands, the secrets of a session."""

__all__: list[str] = []
