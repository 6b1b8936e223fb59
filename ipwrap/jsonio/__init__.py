"""JSON of iproute2: lenient reading, repair of invalid output, escaping for terminals."""

__all__: list[str] = []
