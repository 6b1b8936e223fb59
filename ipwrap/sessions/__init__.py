"""The parts of a session: journal, batching, unrecorded commands, call site, namespace commands, log."""

__all__: list[str] = []
