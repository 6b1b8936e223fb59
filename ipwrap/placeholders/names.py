"""Names that a script makes up anew each time."""

import re

from ipwrap.command import Command
from ipwrap.errors import UnknownOption
from ipwrap.placeholders.table import Change, PlaceholderTable
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["Names"]

WRITTEN = re.compile(r"name\d+")


class Names:
    """Whatever a regular expression finds, in commands and in what they say."""

    def __init__(self, expression: str, named: MentionedWords) -> None:
        try:
            self.pattern = re.compile(expression)
        except re.error as error:
            raise UnknownOption(
                f"normalise: name:{expression} is no regular expression: {error}"
            ) from error
        if self.pattern.match(""):
            raise UnknownOption(f"normalise: name:{expression} would be any name; write more of it")
        self.table = PlaceholderTable("name{}".format, named)

    def words(self, command: Command, change: Change) -> tuple[str, ...]:
        """Return a command's words with its names changed."""
        return tuple(self.text(word, None, change) for word in command.argv)

    def text(self, text: str, _: Command | None, change: Change) -> str:
        """Return a text with its names changed, or with those that their stand-ins stand for."""
        back = change in (self.table.unmask, self.table.reserve)
        return (WRITTEN if back else self.pattern).sub(lambda found: change(found[0]), text)
