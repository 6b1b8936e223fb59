"""Placeholders for names that a script generates anew in each run."""

import re

from ipwrap.command import Command
from ipwrap.errors import UnknownOption
from ipwrap.placeholders.table import PlaceholderTable, Replace
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["NameRule"]

PLACEHOLDER = re.compile(r"name\d+")


class NameRule:
    """Replaces every match of a regular expression, in commands and in output."""

    def __init__(self, expression: str, mentioned: MentionedWords) -> None:
        try:
            self.pattern = re.compile(expression)
        except re.error as error:
            raise UnknownOption(
                f"normalise: name:{expression} is no regular expression: {error}"
            ) from error

        # An expression that matches nothing at all would match between any two characters.
        if self.pattern.match(""):
            raise UnknownOption(f"normalise: name:{expression} would be any name; write more of it")

        self.table = PlaceholderTable("name{}".format, mentioned)

    def replace_arguments(self, command: Command, replace: Replace) -> tuple[str, ...]:
        """Return a command's arguments with the names replaced."""
        return tuple(self.replace_in_text(argument, replace) for argument in command.argv)

    def replace_in_text(
        self,
        text: str,
        replace: Replace,
        *,
        command: Command | None = None,  # noqa: ARG002 - a `Rule`
    ) -> str:
        """Return a text with the names, or their placeholders, replaced."""
        is_unmasking = replace in (self.table.unmask, self.table.unmask_or_reserve)
        pattern = PLACEHOLDER if is_unmasking else self.pattern

        return pattern.sub(lambda match: replace(match[0]), text)
