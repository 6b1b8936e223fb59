"""What foreign words are read with: a runner that runs nothing, and keywords with their values."""

from attrs import define, field

from ipwrap.bridge import BridgeProgram
from ipwrap.codecs import Flag
from ipwrap.command import Command
from ipwrap.ip import Ip
from ipwrap.option import table
from ipwrap.result import Result
from ipwrap.tc import TcProgram

__all__ = ["BARE", "Asked", "after", "read", "words_of"]

Words = tuple[str, ...]

BARE = frozenset({"up", "down", "nomaster", "noprefixroute", "onlink", "proxy", "router", "self", "tentative"})


@define
class Asked:
    """A runner that runs nothing, and keeps what it was asked for last."""

    netns: str | None
    command: Command | None = field(default=None)

    def run(self, command: Command, *, check: bool = True) -> Result:  # noqa: ARG002 - as every runner has it
        """Keep the command; nothing comes of it."""
        self.command = command
        return Result(command)

    @property
    def ip(self) -> Ip:
        """The verbs of `ip`."""
        return Ip(self, self.netns)

    @property
    def bridge(self) -> BridgeProgram:
        """The verbs of `bridge`."""
        return BridgeProgram(self, self.netns)

    @property
    def tc(self) -> TcProgram:
        """The verbs of `tc`."""
        return TcProgram(self, self.netns)


def words_of(options: type) -> tuple[frozenset[str], frozenset[str]]:
    """Return the keywords of a table that have a value, and those that have none."""
    bare = {row.word for row in table(options) if row.word and isinstance(row.codec, Flag)} | BARE
    return frozenset(row.word for row in table(options) if row.word) - bare, frozenset(bare)


def read(words: Words, known: tuple[frozenset[str], frozenset[str]], *names: str) -> dict[str, str]:
    """Return the values of the keywords; the first word that is none is the value of ``names[0]``, and so on."""
    valued, bare = known
    said: dict[str, str] = {}
    rest, free = list(words), list(names)
    while rest:
        word = rest.pop(0)
        if word in bare:
            said[word] = word
        elif word in valued and rest:
            said[word] = rest.pop(0)
        elif free and free[0] not in said:
            said[free.pop(0)] = word
    return said


def after(words: Words, word: str) -> str | None:
    """Return the word after another."""
    return words[words.index(word) + 1] if word in words[:-1] else None
