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
        if not isinstance(word, str):
            return False
        return word.lower() in self.words

    def add(self, command: Command) -> None:
        """Add the arguments of a command."""
        for argument in command.argv:
            lowered = argument.lower()
            self.words.add(lowered)
            # `ip address add 10.0.0.1/24` mentions the address 10.0.0.1 as well.
            self.words.add(lowered.partition("/")[0])

    def is_kernel_assigned(self, mac: str) -> bool:
        """Return whether the kernel chose a MAC address: no command mentions it.

        An address of zeros only, and the broadcast address, are never chosen.
        """
        digits = set(mac)
        if digits <= set("0:") or digits <= set("f:"):
            return False
        return mac not in self

    def mask_mac(self, mac: str | None) -> str | None:
        """Return `GENERATED` for a kernel-assigned MAC address, else the address itself."""
        if mac is None or not self.is_kernel_assigned(mac):
            return mac
        return GENERATED
