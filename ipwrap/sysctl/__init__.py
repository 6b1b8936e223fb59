"""`sysctl`: parameters of the kernel's network stack, as verbs and as a part of the state.

Packet filters are read here as well: one helper program looks for both in every namespace.
"""

__all__: list[str] = []
