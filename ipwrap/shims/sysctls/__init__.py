"""Writes to /proc/sys, which no shim sees: a helper inside the sandbox watches them."""

__all__: list[str] = []
