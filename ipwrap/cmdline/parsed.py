"""A command of ip, bridge or tc as a person types it, taken apart: options, object, verb, the rest.

main() of each of the three programs. How the words may be shortened is said in `ipwrap.options.aliases`.
"""

from collections.abc import Iterator, Sequence

from attrs import frozen

from ipwrap.errors import InvalidArgument
from ipwrap.options.aliases import (
    GLOBALS_WITH_VALUE,
    LOOK,
    AliasTable,
    alias_table,
    global_option,
    verbs,
)
from ipwrap.options.validation import check_netns_name
from ipwrap.verbs.base import FAMILIES

__all__ = ["BY_FLAG", "ParsedCommand"]

NAMED = {"inet": "-4", "inet6": "-6", "bridge": "-B", "link": "-0", "mpls": "-M"}
BY_FLAG = {flags[0]: name for name, flags in FAMILIES.items() if name and flags}


@frozen
class ParsedCommand:
    """The words of a command of iproute2, taken apart.

    ``given`` are the global options, each by its short name (a family by an option of its own) and as it was typed; but
    not the namespace and the file of lines (``batch``). ``said`` are the object and its verb by ipwrap's words, as far
    as they are there; ``words`` the object and all behind it, these two written out.
    """

    program: str
    given: tuple[tuple[str, tuple[str, ...]], ...]
    arguments: tuple[str, ...]
    words: tuple[str, ...]
    netns: str | None = None
    batch: str | None = None

    @classmethod
    def of(cls, argv: Sequence[str], netns: str | None = None) -> "ParsedCommand":
        """Take words apart; the path of the program is left out. ``netns`` is the namespace that they are said in."""
        program, rest = argv[0].rpartition("/")[2], list(argv[1:])
        given: list[tuple[str, tuple[str, ...]]] = []
        batch = None
        for flag, typed in _options(program, rest):
            value = typed[-1] if typed[1:] else None
            if flag == "-n" and value is not None and _is_name(value):
                netns = value
            elif flag == "-batch" and value is not None:
                batch = value
            else:
                given.append((NAMED.get(str(value), flag) if flag == "-f" else flag, typed))
        said, words = _expand_options(program, rest)
        return cls(program, tuple(given), said, words, netns, batch)

    @property
    def flags(self) -> tuple[str, ...]:
        """The global options by their short names."""
        return tuple(flag for flag, _ in self.given)

    def options(self, *but: str) -> tuple[str, ...]:
        """Return the global options as they were typed, but for some."""
        return tuple(word for flag, typed in self.given if flag not in but for word in typed)

    @property
    def rest(self) -> tuple[str, ...]:
        """What follows object and verb."""
        return self.words[len(self.arguments) :]

    @property
    def family(self) -> str | None:
        """The family that a global option says."""
        return next((BY_FLAG[flag] for flag in reversed(self.flags) if flag in BY_FLAG), None)

    @property
    def exec_argv(self) -> tuple[str, tuple[str, ...]] | None:
        """The namespace and the words of `ip netns exec NAME PROGRAM …`."""
        if self.arguments != ("netns", "exec") or "-all" in self.flags or not any(self.rest[1:2]):
            return None
        return (self.rest[0], self.rest[1:]) if _is_name(self.rest[0]) else None

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing: it says no verb, or one that only looks."""
        return (
            len(self.arguments) < 2
            or self.arguments[-1] in LOOK
            or bool(_verbs(self.program, self.arguments).words)
        )


def _options(program: str, words: list[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Take the global options off the words: yield each by its short name, and as it was typed, with its value."""
    while words and words[0].startswith("-"):
        typed = words.pop(0)
        if typed == "--":
            return
        flag = global_option(program, typed)
        yield flag, (typed, words.pop(0)) if flag in GLOBALS_WITH_VALUE and words else (typed,)


def _expand_options(program: str, words: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return object and verb by ipwrap's words, and all the words with these two written out."""
    said = tuple(alias_table(program).canonical(word) for word in words[:1])
    full = list(said)
    while said and (known := _verbs(program, said)).words and len(said) < len(words):
        full.append(known.expand(words[len(said)]))
        said = (*said, known.canonical(words[len(said)]))
    return said, (*full, *words[len(said) :])


def _verbs(program: str, said: tuple[str, ...]) -> AliasTable:
    """Return the verbs of an object."""
    return verbs(" ".join((program, *said)))


def _is_name(netns: str) -> bool:
    """Tell whether a namespace is given by its name: `-n` takes a path, too."""
    try:
        return bool(check_netns_name(netns))
    except InvalidArgument:
        return False
