"""What the shims wrote of each call: arguments, output, end, order, and its objects."""

__all__: list[str] = []
