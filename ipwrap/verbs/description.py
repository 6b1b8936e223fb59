"""Reprs of programs and objects of iproute2: the command line, and what can follow it."""

from typing import Any

__all__ = ["describe_commands"]


def describe_commands(commands: Any, *words: str, netns: str | None = None) -> str:
    """Return a command line with the names that it may go on with.

    Of an object these are its verbs, `<ip -n red link: add, delete, …>`; of a program its objects.
    """
    program, *rest = words
    namespace = () if netns is None else ("-n", netns)
    line = " ".join((program, *namespace, *rest))
    return f"<{line}: {', '.join(_public_names(type(commands)))}>"


def _public_names(cls: type) -> list[str]:
    """Return the methods and properties of a class; fields of the instance are none."""
    fields = {"runner", "netns", "namespace", "program", "words"}
    return [name for name in dir(cls) if not name.startswith("_") and name not in fields]
