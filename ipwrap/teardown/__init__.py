"""The deletion of a session's objects by a script's `down`, in an order that works."""

__all__: list[str] = []
