"""The calls as written by the shims: arguments, output, end, order, and objects."""

__all__: list[str] = []
