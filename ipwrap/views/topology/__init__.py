"""The topology of a state: namespaces, their links, and where each cable and tunnel ends."""

__all__: list[str] = []
