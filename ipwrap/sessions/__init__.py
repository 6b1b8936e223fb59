"""The parts of a session: journal, batching, unrecorded commands, call site, namespace, log."""

__all__: list[str] = []
