"""`MentionedWords`: the words that commands named. What no command named, the kernel chose."""

from collections.abc import Iterable

from ipwrap.command import Command

__all__ = ["GENERATED", "MentionedWords"]

GENERATED = "<generated>"


class MentionedWords:
    """The words that a session's commands named: addresses by themselves, without the length of their prefix."""

    def __init__(self, commands: Iterable[Command] = ()) -> None:
        self.words = {
            part for command in commands for word in command.argv for part in _parts(word)
        }

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and word.lower() in self.words

    def add(self, command: Command) -> None:
        """Take the words of another command."""
        self.words.update(part for word in command.argv for part in _parts(word))

    def is_kernel_assigned(self, mac: str) -> bool:
        """Tell whether the kernel chose a MAC address: no command named it, and it is not one of no choice."""
        return not (mac in self or set(mac) <= set("0:") or set(mac) <= set("f:"))

    def mask_mac(self, mac: str | None) -> str | None:
        """Return a MAC address if it was named (or is no choice of anyone's), else a token."""
        return GENERATED if mac is not None and self.is_kernel_assigned(mac) else mac


def _parts(word: str) -> tuple[str, ...]:
    """Return a word and, of a prefix, its address."""
    low = word.lower()
    return (low, low.partition("/")[0])
