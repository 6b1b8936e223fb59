"""The words in the usage texts of the installed iproute2."""

import re
from collections.abc import Mapping, Sequence

import attrs

from ipwrap import Command, Session
from ipwrap.kinds import KINDS
from scripts.surface.coverage import (
    c_files_of,
    coverage_by_module,
    covering_modules,
    module_coverage_of_files,
)
from scripts.surface.exceptions import Exceptions
from scripts.surface.facts import PROGRAMS, Release
from scripts.surface.grammar import grammar

__all__ = [
    "UsageCommand",
    "find_missing_words",
    "read_usage_text",
    "usage_commands",
    "words_in_usage",
    "words_newer_than",
]

# Optional first letters, `[no]learning` and `[i|o]key`.
PREFIXES = re.compile(r"\[([a-z|]+)\]([\w-]+)")
# A word in small letters that is no part of a longer word.
WORD = re.compile(r"(?<![\w.<:-])-?([a-z0-9][a-z0-9_.+-]*[a-z0-9])(?![\w>:=])")
NUMBER = re.compile(r"0x.*|\d+(\.\d+)?(\.\.\d+(\.\d+)?|-\d+)?")


@attrs.frozen
class UsageCommand:
    """A command that prints a usage text, and the name of the module that covers the text."""

    argv: tuple[str, ...]
    module: str


def words_in_usage(text: str) -> set[str]:
    """Return the command-line words in a usage text: small letters, no placeholder, no prose."""
    words = WORD.findall(PREFIXES.sub(_expand_prefixes, grammar(text)))
    return {word for word in words if not NUMBER.fullmatch(word)}


def _expand_prefixes(match: "re.Match[str]") -> str:
    """Write `[no]learning` and `[i|o]key` out, the word without a prefix included."""
    prefixes = ("", *match[1].split("|"))
    return " ".join(prefix + match[2] for prefix in prefixes)


def usage_commands() -> dict[str, UsageCommand]:
    """Return the commands that print a usage text, by the subject of the text (`ip neigh`)."""
    commands: dict[str, UsageCommand] = {}

    for name in covering_modules():
        program, *object_path = name.split(".")
        if program in PROGRAMS and len(object_path) == 1:
            argv = (program, object_path[0], "help")
            commands[f"{program} {object_path[0]}"] = UsageCommand(argv, name)

    for kind, cls in KINDS.items():
        module = cls.__module__.removeprefix("ipwrap.")
        commands[f"link {kind}"] = UsageCommand(("ip", "link", "help", kind), module)

    return commands


def find_missing_words(session: Session, exceptions: Exceptions) -> dict[str, list[str]]:
    """Return the words of the installed iproute2 that ipwrap lacks, by subject of usage text."""
    missing = {}

    for program in PROGRAMS:
        missing[program] = _missing_objects(session, program, exceptions)

    for subject, command in usage_commands().items():
        module = covering_modules()[command.module]
        covered = module_coverage_of_files(c_files_of(module)) | coverage_by_module(module)
        if subject.startswith("link "):
            # A kind without a usage text of its own prints the text of `ip link` (ip/iplink.c).
            covered |= module_coverage_of_files(c_files_of(covering_modules()["ip.link"]))

        excused = {
            *exceptions.help.get("*", {}),
            *exceptions.help.get(subject, {}),
            *command.argv,  # a usage text may begin with its own command
            *KINDS,
        }
        words = words_in_usage(read_usage_text(session, command.argv))
        missing[subject] = exceptions.find_missing(words, covered.words, excused=excused)

    return {subject: words for subject, words in missing.items() if words}


def words_newer_than(
    release: Release, missing: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Return the missing words that the release's C files lack too: later iproute2 added them."""
    newer = {}

    for subject, words in missing.items():
        known = release.words_of(_files_about(subject))
        unknown = [word for word in words if word not in known]
        if unknown:
            newer[subject] = unknown

    return newer


def _files_about(subject: str) -> frozenset[str]:
    """Return the C files behind a usage text.

    The usage text of a whole program lists objects, and has no C files.
    """
    commands = usage_commands()
    if subject not in commands:
        return frozenset()

    return c_files_of(covering_modules()[commands[subject].module])


def read_usage_text(session: Session, argv: tuple[str, ...]) -> str:
    """Run a usage command and return its text, or nothing where this iproute2 lacks the command."""
    result = session.run(Command(argv, changes=False), check=False)
    # usage() prints on stderr in most C files, on stdout in ip/link_veth.c and ip/iplink_vxcan.c.
    text = result.stdout + result.stderr
    is_usage_text = "sage" in text  # "Usage" or "usage"

    return text if is_usage_text else ""


def _missing_objects(session: Session, program: str, exceptions: Exceptions) -> list[str]:
    """Return the objects of a program (`ip neigh`) that ipwrap lacks."""
    text = read_usage_text(session, (program, "help"))
    object_list = re.search(r"OBJECT := \{(.*?)\}", text, re.DOTALL)
    objects = WORD.findall(object_list[1]) if object_list else []

    # A module whose name is a word of Python has a final underscore: `class_`.
    covered = {name.removeprefix(f"{program}.").removesuffix("_") for name in covering_modules()}

    excused = set()

    for name in exceptions.objects:
        if name.startswith(f"{program} "):
            excused.add(name.removeprefix(f"{program} "))

    return exceptions.find_missing(objects, covered, excused=excused)
