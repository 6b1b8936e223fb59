"""`examples`: the end of a command's help, with lines that can be typed as they are."""

__all__ = ["TITLE", "examples"]

TITLE = "Examples:"


def examples(*lines: str) -> str:
    """Return the epilog of a command with its examples, which click does not wrap."""
    return "\n".join(("\b", TITLE, *(f"  {line}" for line in lines)))
