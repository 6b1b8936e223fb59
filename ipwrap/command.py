"""`Command`: one thing to run, as a value that can write itself for a shell."""

import re
import shlex
from collections.abc import Mapping
from typing import Any

from attrs import evolve, field, frozen

from ipwrap.errors import InvalidArgument, NotBatchable
from ipwrap.options import validation
from ipwrap.secrets.secret import Secret

__all__ = ["Command", "CreatedObject", "LinkRename"]

IPROUTE2 = frozenset({"ip", "bridge", "tc"})
# A batch ends after the first two (multiaddr_modify() in ip/ipmaddr.c exits). For a process the kernel filters what is
# flushed; in a batch only iproute2 does, which from 6.10 on takes a blackhole for a route of every link.
NO_LINES = {
    ("ip", "maddress", "add"): "`ip` ends a batch after it",
    ("ip", "maddress", "delete"): "`ip` ends a batch after it",
    ("ip", "route", "flush"): "in a batch it deletes routes of no link as well",
}
MAX_BATCH_WORDS = 90  # through 5.13 a line holds 99
SPECIAL = re.compile(r"[#'\"\\]")


def _to_text(words: Any) -> tuple[str, ...]:
    """Return words as plain text: one that names a link may be of a class that says so."""
    return tuple(map(str, words))


@frozen
class CreatedObject:
    """A thing that a change makes, and the words that take it away again.

    ``on`` names the links (in the same namespace) that it cannot outlive: an address dies with its device.
    """

    noun: str
    name: str
    delete_argv: tuple[str, ...] = field(converter=_to_text)
    netns: str | None = None
    depends_on: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str | None, str]:
        """What tells this thing from others."""
        return (self.noun, self.netns, self.name)


@frozen
class LinkRename:
    """A link that a change renames or moves: its name before, its name and namespace after."""

    link: str
    name: str
    netns: str | None


def _check_argv(words: Any) -> tuple[str, ...]:
    """Return the words as a tuple of plain text, or say which one no program could be given."""
    if isinstance(words, str):
        raise InvalidArgument(
            f"argv: {words!r} is one string; give the words one by one, as a tuple"
        )
    argv = tuple(map(str, words))
    if not argv or not argv[0]:
        raise InvalidArgument("argv: there is no program to run")
    together = "".join(argv)
    if not together.isascii() or "\0" in together:
        for word in argv:
            validation.check_encodable(word, "argv")
    return argv


def _with_value(word: str, values: Mapping[str, str]) -> str:
    """Return a word; a secret without a value of its own with the one that goes with its name."""
    if isinstance(word, Secret) and not word.has_value and word.name in values:
        return Secret(values[word.name], word.name)
    return word


def _no_line(program: str, noun: str = "", verb: str = "") -> str | None:
    """Return why a command must not be a batch line, if there is a reason; its words may be abbreviated."""
    if not noun or not verb:
        return None
    for (name, full_noun, full_verb), reason in NO_LINES.items():
        if program == name and full_noun.startswith(noun) and full_verb.startswith(verb):
            return reason
    return None


def _quote_batch_line(words: list[str]) -> str:
    """Return words as one line that iproute2's tokenizer takes apart again."""
    line = " ".join(words)
    if line.split() == words and not SPECIAL.search(line):
        return line
    return " ".join(map(_quote_batch_word, words))


def _quote_batch_word(word: str) -> str:
    """Return a word as iproute2's tokenizer reads it."""
    if "#" in word or "\n" in word:
        raise NotBatchable(f"{word!r}: `#` and a newline end a batch line")
    if (
        not any(character in word for character in " \t\r")
        and word[:1] not in ("'", '"', "")
        and word[-1] != "\\"
    ):
        return word
    quote = "'" if "'" not in word else '"'
    if quote in word:
        raise NotBatchable(f"{word!r}: a batch line cannot hold both kinds of quotes in a word")
    return f"{quote}{word}{quote}"


def _check_netns(name: str | None) -> str | None:
    """Return the name of a namespace that iproute2's ``-n`` takes for one, and not for a path."""
    return None if name is None else validation.check_netns_name(name)


def _check_timeout(seconds: float | None) -> float | None:
    """Return a time that a command may take; 0 is not taken for no limit."""
    if seconds is not None and not seconds > 0:
        raise InvalidArgument(
            f"timeout: {seconds!r} is not a time in seconds above 0; None is no limit"
        )
    return seconds


@frozen
class Command:
    """What to run: a program and its words, in which network namespace, with what on stdin.

    ``argv`` holds the words without the namespace: ``("ip", "link", "show")`` in ``netns="ns1"`` is run, logged and
    written as ``ip -n ns1 link show``; any other program as ``ip netns exec ns1 PROGRAM …``.
    ``changes`` says whether it changes state: changes are what a script must repeat. ``batch`` says that it may be a
    line of a long-lived worker, which keeps nothing of it that could mislead a later one; verbs know which may.
    ``prints`` is the name of the secret that it prints, if it does. Words and ``stdin`` may be a `Secret`.
    ``makes``, ``drops`` and ``becomes`` say what it leaves behind, so that a script can take away exactly what it
    built; verbs fill them in.
    """

    argv: tuple[str, ...] = field(converter=_check_argv)
    netns: str | None = field(default=None, converter=_check_netns)
    stdin: str | None = field(default=None, kw_only=True)
    changes: bool = field(default=True, kw_only=True)
    batch: bool = field(default=False, kw_only=True, eq=False)
    timeout: float | None = field(default=None, kw_only=True, converter=_check_timeout)
    output_secret: str | None = field(default=None, kw_only=True, eq=False)
    creates: tuple[CreatedObject, ...] = field(default=(), kw_only=True, eq=False)
    deletes: tuple[tuple[str, str | None, str], ...] = field(default=(), kw_only=True, eq=False)
    renames: LinkRename | None = field(default=None, kw_only=True, eq=False)

    @property
    def full_argv(self) -> tuple[str, ...]:
        """All the words, the namespace's included: what is executed."""
        program, *rest = self.argv
        if self.netns is None:
            return self.argv
        if program in IPROUTE2:
            return (program, "-n", self.netns, *rest)
        return ("ip", "netns", "exec", self.netns, *self.argv)

    @property
    def flags(self) -> tuple[str, ...]:
        """The global options before the object: ``("-j", "-d")``."""
        rest = self.argv[1:]
        for count, word in enumerate(rest):
            if not word.startswith("-"):
                return rest[:count]
        return rest

    @property
    def batch_line(self) -> str:
        """The words behind the global options as one line for `ip -batch`. Raises `NotBatchable` with the reason.

        Its tokenizer (makeargs(), lib/utils.c) knows quotes only at the start of a word, and no escapes; `#` cuts a
        line wherever it stands.
        """
        program, *words = self.argv
        if program not in IPROUTE2 or self.stdin is not None:
            raise NotBatchable(f"{self.line}: only words of ip, bridge and tc can be a batch line")
        if len(words) > MAX_BATCH_WORDS:
            raise NotBatchable(f"{self.line}: more than {MAX_BATCH_WORDS} words")
        line = words[len(self.flags) :]
        if reason := _no_line(program, *line[:2]):
            raise NotBatchable(f"{self.line}: {reason}")
        return _quote_batch_line(line)

    @property
    def without_json_flags(self) -> "Command":
        """The command as a person types it, who wants text: without ``-j`` and ``-d``. Itself, if it has no ``-j``.

        A process of its own runs it: text is flushed only at the end from iproute2 7.1 on, JSON with each document.
        """
        if self.argv[0] not in IPROUTE2 or "-j" not in self.flags:
            return self
        flags = (flag for flag in self.flags if flag not in ("-j", "-d"))
        words = self.argv[1 + len(self.flags) :]
        return evolve(self, argv=(self.argv[0], *flags, *words))

    @property
    def runs_until_stopped(self) -> bool:
        """Whether it goes on until it is ended, as `ip monitor` does."""
        words = self.argv[1 + len(self.flags) :]
        is_monitor = words[:1] == ("monitor",) or words[:2] == ("netns", "monitor")
        return self.argv[0] in IPROUTE2 and is_monitor and "file" not in words

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The secrets among its words, and on its stdin."""
        if Secret not in map(type, self.argv) and type(self.stdin) is not Secret:
            return ()
        return tuple(each for each in (*self.argv, self.stdin) if isinstance(each, Secret))

    def with_secret_values(self, values: Mapping[str, str]) -> "Command":
        """Return the command with the values of those secrets that have none of their own."""
        words = (_with_value(word, values) for word in self.argv)
        return evolve(self, argv=tuple(words), stdin=self.stdin and _with_value(self.stdin, values))

    @property
    def line(self) -> str:
        """The command as one would type it into a shell."""
        return " ".join(
            f'"{word}"' if isinstance(word, Secret) else shlex.quote(word)
            for word in self.full_argv
        )

    def __str__(self) -> str:
        return self.line
