"""JSON as iproute2 prints it: read leniently, repaired where it has one meaning, escaped for terminals."""

__all__: list[str] = []
