"""A command in the words typed by people: `ip addr add 10.0.0.1/24 dev eth0`.

A session runs the longest form, which cannot be misread. Exports are for people: they have `addr`
for `address`, and omit a keyword in front of a word that iproute2 cannot take for another keyword.
`ipwrap.options.aliases` declares these words.
"""

from collections.abc import Sequence

from attrs import evolve

from ipwrap.cmdline.parsed import ParsedCommand
from ipwrap.cmdline.reader import candidate_verbs
from ipwrap.command import IPROUTE2, Command
from ipwrap.options.aliases import AliasTable, object_position, usual_spelling

__all__ = ["to_plain_words"]


def to_plain_words(command: Command) -> Command:
    """Return a command of iproute2 as typed by people; other commands unchanged.

    Abbreviated words stay abbreviated.
    """
    if command.argv[0] not in IPROUTE2:
        return command

    parsed = ParsedCommand.of(command.argv, command.netns)
    first = object_position(command.argv, 0, program=parsed.program)
    arguments = list(command.argv[first:])
    if not parsed.arguments or arguments[:1] == ["--"]:
        return command

    count = len(parsed.arguments)
    object_and_verb = [
        usual_spelling(parsed.program, arguments[:position], word=arguments[position])
        for position in range(count)
    ]
    rest = arguments[count:]
    if _can_omit_keyword(parsed, rest):
        del rest[0]

    argv = (*command.argv[:first], *object_and_verb, *rest)
    return command if argv == command.argv else evolve(command, argv=argv)


def _can_omit_keyword(parsed: ParsedCommand, rest: Sequence[str]) -> bool:
    """Return whether the first word behind the verb is a keyword omitted by people, and the next
    word can only be the value.
    """
    if len(rest) < 2:
        return False

    for verb in candidate_verbs(parsed):
        if rest[0] in verb.aliases.omitted:
            return not _may_be_keyword(verb.aliases, rest[1])
    return False


def _may_be_keyword(aliases: AliasTable, word: str) -> bool:
    """Return whether a release of iproute2 may take a word for a keyword, complete or shortened.

    Releases differ in the keywords that can be shortened: here every keyword can.
    """
    if not word or word.startswith("-"):
        return True

    keywords = ["help", *(alias.spelling for alias in aliases.words)]
    return any(keyword.startswith(word) for keyword in keywords)
