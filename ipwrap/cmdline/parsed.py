"""A typed command of ip, bridge or tc, split into global options, object, verb and arguments.

The rules are those of main() in iproute2's ip.c, bridge.c and tc.c. Abbreviations are in
`ipwrap.options.aliases`.
"""

from collections.abc import Iterator, Sequence

from ipwrap.errors import InvalidArgument
from ipwrap.options.aliases import (
    GLOBALS_WITH_VALUE,
    READ_ONLY_VERBS,
    AliasTable,
    alias_table,
    global_option,
    verb_aliases,
)
from ipwrap.options.validation import check_netns_name
from ipwrap.system.facts import fact
from ipwrap.verbs.base import FAMILY_FLAGS

__all__ = ["BY_FLAG", "ParsedCommand"]

FLAG_BY_FAMILY = {"inet": "-4", "inet6": "-6", "bridge": "-B", "link": "-0", "mpls": "-M"}
BY_FLAG = {flags[0]: name for name, flags in FAMILY_FLAGS.items() if name and flags}


@fact
class ParsedCommand:
    """The parts of a command of iproute2.

    - ``given``: the global options, by short name (`-f inet6` as `-6`) and as typed, without the
      namespace and the file of batch lines (``batch``)
    - ``arguments``: the object and the verb in ipwrap's spelling, as far as typed
    - ``words``: the command behind the global options, with object and verb written out
    """

    program: str
    given: tuple[tuple[str, tuple[str, ...]], ...]
    arguments: tuple[str, ...]
    words: tuple[str, ...]
    netns: str | None = None
    batch: str | None = None

    @classmethod
    def of(cls, argv: Sequence[str], netns: str | None = None) -> "ParsedCommand":
        """Parse argv, whose first word may be the path of the program.

        ``netns`` is the surrounding namespace.
        """
        program = argv[0].rpartition("/")[2]
        remaining = list(argv[1:])
        given: list[tuple[str, tuple[str, ...]]] = []
        batch = None

        for flag, typed in _take_global_options(program, remaining):
            value = typed[1] if len(typed) > 1 else None

            if flag == "-n" and value is not None and _is_netns_name(value):
                netns = value
            elif flag == "-batch" and value is not None:
                batch = value
            elif flag == "-f":
                given.append((FLAG_BY_FAMILY.get(str(value), flag), typed))
            else:
                given.append((flag, typed))

        arguments, words = _expand_object_and_verb(program, remaining)
        return cls(program, tuple(given), arguments, words, netns, batch)

    @property
    def flags(self) -> tuple[str, ...]:
        """The global options by their short names."""
        return tuple(flag for flag, _ in self.given)

    def options(self, *excluded: str) -> tuple[str, ...]:
        """Return the global options as typed, without those excluded by their short name."""
        options: list[str] = []
        for flag, typed in self.given:
            if flag not in excluded:
                options += typed

        return tuple(options)

    @property
    def rest(self) -> tuple[str, ...]:
        """The arguments behind object and verb."""
        return self.words[len(self.arguments) :]

    @property
    def family(self) -> str | None:
        """The address family of the global options; the last option counts."""
        families = [BY_FLAG[flag] for flag in self.flags if flag in BY_FLAG]
        return families[-1] if families else None

    @property
    def exec_argv(self) -> tuple[str, tuple[str, ...]] | None:
        """The namespace and the argv of `ip netns exec NAME PROGRAM …`.

        None for another command.
        """
        if self.arguments != ("netns", "exec") or "-all" in self.flags:
            return None

        netns, *argv = self.rest or ("",)
        if not argv or not argv[0] or not _is_netns_name(netns):
            return None

        return netns, tuple(argv)

    @property
    def is_read(self) -> bool:
        """Whether the command changes nothing: it has no verb, or a showing verb."""
        if len(self.arguments) < 2 or self.arguments[-1] in READ_ONLY_VERBS:
            return True

        # `ip nexthop bucket` alone shows: the last word is an object with verbs of its own.
        return bool(_verbs_of(self.program, self.arguments).words)


def _take_global_options(program: str, words: list[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Remove the global options from the words. Yield for each the short name, and the typed words
    with the value.
    """
    while words and words[0].startswith("-"):
        typed = words.pop(0)
        if typed == "--":
            return

        flag = global_option(program, typed)
        if flag in GLOBALS_WITH_VALUE and words:
            yield flag, (typed, words.pop(0))
        else:
            yield flag, (typed,)


def _expand_object_and_verb(
    program: str, words: list[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return object and verb in ipwrap's spelling, and all words with object and verb written
    out.
    """
    arguments = tuple(alias_table(program).canonical(word) for word in words[:1])
    written_out = list(arguments)

    while arguments and len(arguments) < len(words):
        aliases = _verbs_of(program, arguments)
        if not aliases.words:
            break

        word = words[len(arguments)]
        written_out.append(aliases.expand(word))
        arguments = (*arguments, aliases.canonical(word))

    return arguments, (*written_out, *words[len(arguments) :])


def _verbs_of(program: str, arguments: tuple[str, ...]) -> AliasTable:
    """Return the verbs of an object."""
    return verb_aliases(" ".join((program, *arguments)))


def _is_netns_name(netns: str) -> bool:
    """Return whether a namespace is given by its name.

    `-n` also takes a path (get_netns_fd in lib/namespace.c).
    """
    try:
        return bool(check_netns_name(netns))
    except InvalidArgument:
        return False
