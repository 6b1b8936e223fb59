"""A recording as a Python script against ipwrap."""

__all__: list[str] = []
