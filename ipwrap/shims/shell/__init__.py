"""The shims: scripts that stand before the recorded programs, and the module that writes them."""

__all__: list[str] = []
