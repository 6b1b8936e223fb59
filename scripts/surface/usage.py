"""The words in the usage texts of the iproute2 that is installed."""

import re
from collections.abc import Mapping, Sequence

from ipwrap import Command, Session
from ipwrap.kinds import KINDS
from scripts.surface.exceptions import Exceptions
from scripts.surface.facts import PROGRAMS, Release
from scripts.surface.grammar import grammar
from scripts.surface.named import files_of, modules, said_about, said_by

__all__ = ["help_words", "helped", "missing_help", "usage_text", "words_after"]

# What a choice of first letters stands for, and a word in small letters that is no part of another.
LETTERS = re.compile(r"\[([a-z|]+)\]([\w-]+)")
WORD = re.compile(r"(?<![\w.<:-])-?([a-z0-9][a-z0-9_.+-]*[a-z0-9])(?![\w>:=])")
NUMBER = re.compile(r"0x.*|\d+(\.\d+)?(\.\.\d+(\.\d+)?|-\d+)?")


def help_words(text: str) -> set[str]:
    """Return the words of the command line in a usage text.

    What is in small letters, and no placeholder or prose.
    """
    found = WORD.findall(LETTERS.sub(_each_letter, grammar(text)))
    return {word for word in found if not NUMBER.fullmatch(word)}


def _each_letter(found: "re.Match[str]") -> str:
    """Return the words that `[no]learning` and `[i|o]key` stand for."""
    return " ".join(prefix + found[2] for prefix in ("", *found[1].split("|")))


def helped() -> dict[str, tuple[tuple[str, ...], str]]:
    """Return the commands that print a usage text, by what they are about.

    Their words, and the module's name.
    """
    found: dict[str, tuple[tuple[str, ...], str]] = {}
    for name in modules():
        program, *noun = name.split(".")
        if program in PROGRAMS and len(noun) == 1:
            found[f"{program} {noun[0]}"] = ((program, noun[0], "help"), name)
    for kind_, cls in KINDS.items():
        found[f"link {kind_}"] = (
            ("ip", "link", "help", kind_),
            cls.__module__.removeprefix("ipwrap."),
        )
    return found


def missing_help(session: Session, exceptions: Exceptions) -> dict[str, list[str]]:
    """Return, by what it is about, the words that the installed iproute2 tells of and that nothing
    names.
    """
    found = {program: _objects(session, program, exceptions) for program in PROGRAMS}
    for about, (argv, module) in helped().items():
        said = said_about(files_of(modules()[module])) | said_by(modules()[module])
        if about.startswith("link "):  # those without a text of their own print that of `ip link`
            said |= said_about(files_of(modules()["ip.link"]))
        command = dict.fromkeys(argv, "a usage text may begin with the command that it is about")
        excused = {
            **exceptions.help.get("*", {}),
            **exceptions.help.get(about, {}),
            **command,
            **dict.fromkeys(KINDS),
        }
        found[about] = exceptions.lacks(help_words(usage_text(session, argv)), said.words, excused)
    return {about: words for about, words in found.items() if words}


def words_after(release: Release, missing: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the missing words, by usage text, that a release's C files do not know either.

    They came after it.
    """
    newer = {}
    for about, words in missing.items():
        known = release.words_of(_files_about(about))
        unknown = [word for word in words if word not in known]
        if unknown:
            newer[about] = unknown
    return newer


def _files_about(about: str) -> frozenset[str]:
    """Return the C files that a usage text is about.

    None for that of a whole program, which lists its objects.
    """
    texts = helped()
    if about not in texts:
        return frozenset()
    _, module = texts[about]
    return files_of(modules()[module])


def usage_text(session: Session, argv: tuple[str, ...]) -> str:
    """Return a usage text: some print it on stdout, some on stderr.

    None at all where this iproute2 has no such.
    """
    result = session.run(Command(argv, changes=False), check=False)
    text = result.stdout + result.stderr
    return text if "sage" in text else ""


def _objects(session: Session, program: str, exceptions: Exceptions) -> list[str]:
    """Return the objects of a program (`ip neigh`) that ipwrap has nothing for."""
    text = usage_text(session, (program, "help"))
    listed = re.search(r"OBJECT := \{(.*?)\}", text, re.DOTALL)
    ours = {name.removeprefix(f"{program}.").removesuffix("_") for name in modules()}
    excused = {
        name.removeprefix(f"{program} ")
        for name in exceptions.objects
        if name.startswith(f"{program} ")
    }
    return exceptions.lacks(WORD.findall(listed[1]) if listed else (), ours, dict.fromkeys(excused))
