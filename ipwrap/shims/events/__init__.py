"""Calls become events: commands, background processes, waits, pauses and notes."""

__all__: list[str] = []
