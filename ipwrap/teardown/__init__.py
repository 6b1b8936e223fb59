"""What a script's `down` takes away, in the order that works."""

__all__: list[str] = []
