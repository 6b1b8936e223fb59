"""Which words of which commands are secrets: keys and passphrases that somebody gave as plain words.

`hidden` puts a `Secret` in the place of each, before anything is written. It knows `ip macsec`, `ip xfrm`, `wg`, `iw`
and `wpa_passphrase`, also behind `ip netns exec`, `sudo` and the like. What stands in a text that a program reads
(`sh -c …`) it does not know: there, give a `Secret`.
"""

import itertools
import re
from collections.abc import Iterator, Mapping

from attrs import evolve, frozen

from ipwrap.command import Command
from ipwrap.options.aliases import GLOBALS_WITH_VALUE, alias_table, global_option
from ipwrap.secrets.secret import Secret

__all__ = [
    "SECRET_RULES",
    "ArgumentSecret",
    "OutputSecret",
    "SecretRule",
    "StdinSecret",
    "redact_command",
]

Words = tuple[str, ...]


@frozen
class SecretRule:
    """A secret that a command is given, or prints: its name, and the keyword that tells of it (none: the program)."""

    name: str
    keyword: str

    def find_positions(self, words: Words, places: int) -> Iterator[int]:
        """Yield the places of the words so far behind the keyword."""
        found = (
            (at for at, word in enumerate(words) if word == self.keyword)
            if self.keyword
            else iter((0,))
        )
        return (at + places for at in found if at + places < len(words))


@frozen
class ArgumentSecret(SecretRule):
    """The word so many places behind a keyword; or, with a ``shape``, all behind it that look so."""

    places: int = 1
    shape: str | None = None

    def among(self, words: Words) -> Iterator[int]:
        """Yield the places of the secrets among the words."""
        for place in self.find_positions(words, self.places):
            if self.shape is None:
                yield place
            else:
                yield from (
                    at for at in range(place, len(words)) if re.fullmatch(self.shape, words[at])
                )


@frozen
class StdinSecret(SecretRule):
    """What is given on stdin, if the word so many places behind a keyword is a file that stands for it."""

    places: int = 1

    def applies(self, words: Words) -> bool:
        """Tell whether these words have their program read a secret from stdin."""
        return any(
            not self.places or words[at] in STDIN for at in self.find_positions(words, self.places)
        )


@frozen
class OutputSecret(SecretRule):
    """What is printed, if the keyword is there."""

    def applies(self, words: Words) -> bool:
        """Tell whether these words have their program print a secret."""
        return any(True for _ in self.find_positions(words, 0))


STDIN = frozenset({"/dev/fd/0", "/dev/stdin", "/proc/self/fd/0"})
IW_KEY = r"(d:)?\d:.+"

# By program, of ip by its object. ip/ipmacsec.c, ip/xfrm_state.c; wg(8), iw(8), wpa_passphrase(8).
SECRET_RULES: Mapping[str, tuple[SecretRule, ...]] = {
    "ip macsec": (ArgumentSecret("MACSEC_KEY", "key", 2),),
    "ip xfrm": (
        ArgumentSecret("XFRM_ENC_KEY", "enc", 2),
        ArgumentSecret("XFRM_AUTH_KEY", "auth", 2),
        ArgumentSecret("XFRM_AUTH_KEY", "auth-trunc", 2),
        ArgumentSecret("XFRM_AEAD_KEY", "aead", 2),
    ),
    "iw": (
        ArgumentSecret("IW_KEY", "key", shape=IW_KEY),
        ArgumentSecret("IW_KEY", "keys", shape=IW_KEY),
    ),
    "wg": (
        StdinSecret("WG_PRIVATE_KEY", "private-key"),
        StdinSecret("WG_PRIVATE_KEY", "pubkey", 0),
        StdinSecret("WG_PRESHARED_KEY", "preshared-key"),
        StdinSecret("WG_CONFIG", "setconf", 2),
        StdinSecret("WG_CONFIG", "addconf", 2),
        StdinSecret("WG_CONFIG", "syncconf", 2),
        OutputSecret("WG_PRIVATE_KEY", "genkey"),
        OutputSecret("WG_PRESHARED_KEY", "genpsk"),
        OutputSecret("WG_CONFIG", "showconf"),
    ),
    "wpa_passphrase": (
        ArgumentSecret("WPA_PASSPHRASE", "", 2),
        StdinSecret("WPA_PASSPHRASE", "", 0),
        OutputSecret("WPA_CONFIG", ""),
    ),
}

LONG = 8  # a value of so many characters stands nowhere by chance

# What is seen at once to hold none.
FLAGS = frozenset({"-j", "-d", "-s", "-4", "-6"})
OPEN = frozenset({"address", "link", "maddress", "neigh", "netns", "nexthop", "route", "rule"})


def redact_command(command: Command, known: Mapping[str, str] | None = None) -> Command:
    """Return a command with a `Secret` for each secret among its plain words and on its stdin; or itself.

    Each is named for what it is: MACSEC_KEY, XFRM_ENC_KEY. ``known`` are values of secrets by their names: a value that
    has a name keeps it, and where a name has another value, the next one is MACSEC_KEY_2. What the command prints is
    a secret as well, if it is one (`wg genkey`), and so is any word that holds a known value.
    """
    argv = command.argv
    if _open(argv) and not (known and _holds(" ".join(argv), known)):
        return command
    names, words, stdin, prints = (
        dict(known or {}),
        list(argv),
        command.stdin,
        command.output_secret,
    )
    for row, start in _rows(argv):
        for place in row.among(argv[start:]) if isinstance(row, ArgumentSecret) else ():
            words[start + place] = _secret(words[start + place], row.name, names)
        if isinstance(row, StdinSecret) and stdin and row.applies(argv[start:]):
            stdin = (
                stdin if isinstance(stdin, Secret) else _secret(stdin.rstrip("\n"), row.name, names)
            )
        if isinstance(row, OutputSecret) and prints is None and row.applies(argv[start:]):
            prints = _free(row.name, names)
    if stdin and argv[0] == "ip" and _holds_secrets(command):
        stdin = _secret(stdin, "IP_BATCH", names)
    words, stdin = [_known(word, names) for word in words], stdin and _known(stdin, names)
    if stdin is command.stdin and prints is command.output_secret and all(map(_same, words, argv)):
        return command
    return evolve(command, argv=tuple(words), stdin=stdin, output_secret=prints)


def _open(argv: Words) -> bool:
    """Tell at once that the table has nothing for these words: the object is written out, behind bare options."""
    if argv[0] in ("bridge", "tc"):
        return True
    at = 1
    while at < len(argv) and argv[at] in FLAGS:
        at += 1
    return argv[0] == "ip" and at < len(argv) and argv[at] in OPEN and "exec" not in argv


def _same(one: str, other: str) -> bool:
    """Tell whether two words are one: a secret may be written as another word is."""
    return one is other


def _holds(text: str, names: Mapping[str, str]) -> str | None:
    """Return the name of the secret that a text holds; one that is short may be there by chance."""
    return next(
        (name for name, value in names.items() if len(value) >= LONG and value in text), None
    )


def _known(text: str, names: dict[str, str]) -> str:
    """Return a text as a secret if it is the value of one, or holds it."""
    name = _holds(text, names) if names else None
    return text if name is None else _secret(text, f"WITH_{name}", names)


def _rows(argv: Words) -> Iterator[tuple[SecretRule, int]]:
    """Yield what the table says of each program among the words, and from which word on."""
    for at, word in enumerate(argv):
        program = word.rpartition("/")[2]
        start = _object(argv, at) if program == "ip" else at
        short = argv[start] if start < len(argv) else ""
        about = f"ip {alias_table('ip').canonical(short)}" if program == "ip" else program
        yield from ((row, start) for row in SECRET_RULES.get(about, ()))


def _object(argv: Words, ip: int) -> int:
    """Return where the object of an `ip` stands, behind its options and their values."""
    at = ip + 1
    while at < len(argv) and argv[at].startswith("-"):
        at += 2 if global_option("ip", argv[at]) in GLOBALS_WITH_VALUE else 1
    return at


def _secret(value: str, name: str, names: dict[str, str]) -> str:
    """Return a value as a secret, under the name that it has already or else the next free one; and know it."""
    if not value or isinstance(value, Secret):
        return value
    own = next((each for each, known in names.items() if known == value), None) or _free(
        name, names
    )
    names[own] = value
    return Secret(value, own)


def _free(name: str, names: Mapping[str, str]) -> str:
    """Return the name, with a number if it is taken."""
    numbered = (name if number == 1 else f"{name}_{number}" for number in itertools.count(1))
    return next(each for each in numbered if each not in names)


def _holds_secrets(command: Command) -> bool:
    """Tell whether the lines that an `ip -batch` reads from stdin hold a secret."""
    lines = ((*command.argv[:1], *line.split()) for line in (command.stdin or "").splitlines())
    return any(redact_command(line, {}) is not line for line in map(Command, lines))
