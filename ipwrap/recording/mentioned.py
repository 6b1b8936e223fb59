"""`MentionedWords`: the arguments of commands. Further values are kernel-assigned."""

from collections.abc import Iterable

from ipwrap.command import Command

__all__ = ["GENERATED", "MentionedWords"]

GENERATED = "<generated>"


class MentionedWords:
    """The arguments of a session's commands, in lower case; prefixes also as bare addresses."""

    def __init__(self, commands: Iterable[Command] = ()) -> None:
        self.words: set[str] = set()
        for command in commands:
            self.add(command)

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and word.lower() in self.words

    def add(self, command: Command) -> None:
        """Add the arguments of a command."""
        for argument in command.argv:
            lowered = argument.lower()
            self.words.add(lowered)
            self.words.add(lowered.partition("/")[0])

    def is_kernel_assigned(self, mac: str) -> bool:
        """Return whether the kernel chose a MAC address: no command mentions it.

        An address of zeros only, and the broadcast address, are never chosen.
        """
        digits = set(mac)
        return mac not in self and not digits <= set("0:") and not digits <= set("f:")

    def mask_mac(self, mac: str | None) -> str | None:
        """Return `GENERATED` for a kernel-assigned MAC address, any other one unchanged."""
        return GENERATED if mac is not None and self.is_kernel_assigned(mac) else mac
