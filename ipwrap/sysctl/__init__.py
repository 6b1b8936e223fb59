"""`sysctl`: parameters of the kernel's network stack, as verbs and as a part of the state."""

__all__: list[str] = []
