"""A number of things, in words."""

__all__ = ["count_of"]


def count_of(number: int, noun: str, *, plural: str | None = None) -> str:
    """Return a number with its noun: "1 read", "2 reads"."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {plural or f'{noun}s'}"
