"""Redact commands: replace keys and passphrases among plain arguments by a `Secret`.

`redact_command` covers `ip macsec`, `ip xfrm`, `wg`, `iw` and `wpa_passphrase`, also behind
`ip netns exec`, `sudo` and the like. The text of a script (`sh -c …`) is not searched: give a
`Secret` there.
"""

import itertools
import operator
import re
from collections.abc import Iterator, Mapping
from typing import Self

from attrs import define, evolve
from msgspec import Struct

from ipwrap.command import Command
from ipwrap.options.aliases import alias_table, object_position
from ipwrap.secrets.secret import Secret

__all__ = [
    "SECRET_RULES",
    "ArgumentSecret",
    "OutputSecret",
    "PrintedSecret",
    "SecretRule",
    "StdinSecret",
    "find_printed_secrets",
    "redact_command",
]

Arguments = tuple[str, ...]

STDIN_PATHS = frozenset({"/dev/fd/0", "/dev/stdin", "/proc/self/fd/0"})
IW_KEY = r"(d:)?\d:.+"
# As xfrm_algo_print() in ip/ipxfrm.c and wg(8), "show", print keys.
XFRM_PRINTED_KEY = r"\b(?:enc|auth|auth-trunc|aead) \S+ 0x([0-9a-f]+)"
WG_KEY = r"[A-Za-z0-9+/]{43}="

# A value of so many characters is in no text by chance.
MIN_VALUE_LENGTH = 8

# A common command is recognised as free of secrets at once: one of these objects behind bare flags.
BARE_FLAGS = frozenset({"-j", "-d", "-s", "-4", "-6"})
OBJECTS_WITHOUT_SECRETS = frozenset(
    {"address", "link", "maddress", "neigh", "netns", "nexthop", "route", "rule"}
)


class SecretRule(Struct, frozen=True):
    """A secret of a program: its name, and the keyword before it (none: the program itself)."""

    name: str
    keyword: str

    def find_positions(self, arguments: Arguments, offset: int) -> Iterator[int]:
        """Yield the positions of the arguments that lie ``offset`` behind the keyword."""
        if self.keyword:
            matches = [
                position for position, argument in enumerate(arguments) if argument == self.keyword
            ]
        else:
            matches = [0]

        for match in matches:
            if match + offset < len(arguments):
                yield match + offset


class ArgumentSecret(SecretRule, frozen=True):
    """A secret argument, ``offset`` behind a keyword.

    With a ``pattern``, every matching argument from that position on is a secret.
    """

    offset: int = 1
    pattern: str | None = None

    def secret_positions(self, arguments: Arguments) -> Iterator[int]:
        """Yield the positions of the secrets among the arguments."""
        for first in self.find_positions(arguments, self.offset):
            if self.pattern is None:
                yield first
                continue

            for position in range(first, len(arguments)):
                if re.fullmatch(self.pattern, arguments[position]):
                    yield position


class StdinSecret(SecretRule, frozen=True):
    """A secret on stdin, if the argument ``offset`` behind a keyword is a path of stdin."""

    offset: int = 1

    def applies(self, arguments: Arguments) -> bool:
        """Return whether the program reads a secret from stdin."""
        for position in self.find_positions(arguments, self.offset):
            if not self.offset or arguments[position] in STDIN_PATHS:
                return True
        return False


class OutputSecret(SecretRule, frozen=True):
    """A secret in the output, if the keyword is among the arguments."""

    def applies(self, arguments: Arguments) -> bool:
        """Return whether the program prints a secret."""
        positions = list(self.find_positions(arguments, 0))
        return bool(positions)


class PrintedSecret(SecretRule, frozen=True):
    """A secret among other output: the group of a ``pattern``, if the command shows the keyword.

    Without a keyword, the output of every command of the program is searched.
    """

    pattern: str = ""

    def values(self, arguments: Arguments, output: str) -> Iterator[str]:
        """Yield the secrets in an output."""
        if self.keyword and not ("show" in arguments[:2] and self.keyword in arguments[2:]):
            return

        for match in re.finditer(self.pattern, output, re.MULTILINE):
            yield match[1]


# By program, for ip by its object. ip/ipmacsec.c, ip/xfrm_state.c; wg(8), iw(8), wpa_passphrase(8).
SECRET_RULES: Mapping[str, tuple[SecretRule, ...]] = {
    "ip macsec": (ArgumentSecret("MACSEC_KEY", "key", 2),),
    "ip xfrm": (
        ArgumentSecret("XFRM_ENC_KEY", "enc", 2),
        ArgumentSecret("XFRM_AUTH_KEY", "auth", 2),
        ArgumentSecret("XFRM_AUTH_KEY", "auth-trunc", 2),
        ArgumentSecret("XFRM_AEAD_KEY", "aead", 2),
        PrintedSecret("XFRM_KEY", "", XFRM_PRINTED_KEY),
    ),
    "iw": (
        ArgumentSecret("IW_KEY", "key", pattern=IW_KEY),
        ArgumentSecret("IW_KEY", "keys", pattern=IW_KEY),
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
        PrintedSecret("WG_PRIVATE_KEY", "private-key", rf"^(?:\S+\t)?({WG_KEY})$"),
        PrintedSecret("WG_PRESHARED_KEY", "preshared-keys", rf"\t({WG_KEY})$"),
        PrintedSecret("WG_PRIVATE_KEY", "dump", rf"^(?:\S+\t)?({WG_KEY})\t{WG_KEY}\t\d+\t\S+$"),
        PrintedSecret("WG_PRESHARED_KEY", "dump", rf"^(?:\S+\t)?{WG_KEY}\t({WG_KEY})\t\S*[:(]"),
    ),
    "wpa_passphrase": (
        ArgumentSecret("WPA_PASSPHRASE", "", 2),
        StdinSecret("WPA_PASSPHRASE", "", 0),
        OutputSecret("WPA_CONFIG", ""),
    ),
}


def redact_command(command: Command, known: Mapping[str, str] | None = None) -> Command:
    """Return a command with a `Secret` for every confidential argument, and for stdin.

    A command without secrets is returned itself. A secret is named by its purpose: MACSEC_KEY,
    XFRM_ENC_KEY. ``known`` holds values by their names: a known value keeps its name, and where a
    name belongs to another value, the next name is MACSEC_KEY_2. A secret in the output
    (`wg genkey`) is named as well, and an argument that contains a known value is a secret.
    """
    argv = command.argv
    if _is_free_of_secrets(argv) and not (known and _find_value(_searched_text(command), known)):
        return command

    redaction = _Redaction.of(command, known or {})
    for rule, start in _find_rules(argv):
        redaction.apply(rule, argv[start:], start=start)

    redaction.redact_batch(command)
    redaction.redact_known_values()
    return redaction.to_command(command)


def find_printed_secrets(
    command: Command, output: str, *, known: Mapping[str, str]
) -> dict[str, str]:
    """Return the secrets that a command has printed, by new names, without those in ``known``."""
    if _is_free_of_secrets(command.argv):
        return {}

    values = dict(known)
    for rule, start in _find_rules(command.argv):
        if not isinstance(rule, PrintedSecret):
            continue

        for value in rule.values(command.argv[start:], output):
            if _name_of(value, values) is None:
                values[_free_name(rule.name, values)] = value

    return {name: value for name, value in values.items() if name not in known}


@define
class _Redaction:
    """The parts of a command while its secrets are replaced, and all values by their names."""

    arguments: list[str]
    stdin: str | None
    env: dict[str, str]
    output_secret: str | None
    values: dict[str, str]

    @classmethod
    def of(cls, command: Command, known: Mapping[str, str]) -> Self:
        """Return the parts of a command."""
        return cls(
            list(command.argv),
            command.stdin,
            dict(command.env or {}),
            command.output_secret,
            dict(known),
        )

    def apply(self, rule: SecretRule, arguments: Arguments, *, start: int) -> None:
        """Replace the secrets of a program, whose arguments start at a position of the command."""
        match rule:
            case ArgumentSecret():
                for offset in rule.secret_positions(arguments):
                    self._redact_argument(start + offset, rule.name)
            case StdinSecret() if self.stdin and rule.applies(arguments):
                self._redact_stdin(self.stdin, rule.name)
            case OutputSecret() if self.output_secret is None and rule.applies(arguments):
                self.output_secret = _free_name(rule.name, self.values)

    def _redact_argument(self, position: int, name: str) -> None:
        """Replace an argument by a secret."""
        argument = self.arguments[position]
        self.arguments[position] = self._to_secret(argument, name)

    def _redact_stdin(self, stdin: str, name: str) -> None:
        """Replace the text for stdin by a secret, unless it is one already."""
        if isinstance(stdin, Secret):
            return

        # A key as its file holds it: the end of the line does not belong to the key.
        key = stdin.rstrip("\n")
        self.stdin = self._to_secret(key, name)

    def redact_batch(self, command: Command) -> None:
        """Replace the whole stdin of an `ip -batch` whose lines contain a secret."""
        if self.stdin and command.argv[0] == "ip" and _batch_holds_secrets(command):
            self.stdin = self._to_secret(self.stdin, "IP_BATCH")

    def redact_known_values(self) -> None:
        """Replace every argument and variable, and stdin, that contains a known value."""
        for position, argument in enumerate(self.arguments):
            self.arguments[position] = self._redact_known_value(argument)

        for name, value in self.env.items():
            self.env[name] = self._redact_known_value(value)

        if self.stdin:
            self.stdin = self._redact_known_value(self.stdin)

    def to_command(self, command: Command) -> Command:
        """Return the redacted command, or the command itself if it has no secrets."""
        # By identity, since a secret equals the plain text "$NAME".
        is_unchanged = (
            self.stdin is command.stdin
            and self.output_secret is command.output_secret
            and all(map(operator.is_, self.arguments, command.argv))
            and all(map(operator.is_, self.env.values(), (command.env or {}).values()))
        )
        if is_unchanged:
            return command

        return evolve(
            command,
            argv=tuple(self.arguments),
            stdin=self.stdin,
            env=self.env,
            output_secret=self.output_secret,
        )

    def _redact_known_value(self, text: str) -> str:
        """Return a text as a secret if it contains the value of a known one."""
        name = _find_value(text, self.values)
        return text if name is None else self._to_secret(text, f"WITH_{name}")

    def _to_secret(self, value: str, name: str) -> str:
        """Return a value as a secret, by its known name or else the next free one."""
        if not value or isinstance(value, Secret):
            return value

        secret_name = _name_of(value, self.values) or _free_name(name, self.values)
        self.values[secret_name] = value
        return Secret(value, secret_name)


def _is_free_of_secrets(argv: Arguments) -> bool:
    """Return whether no rule can apply, by a glance at the first arguments."""
    if argv[0] in ("bridge", "tc"):
        return True
    if argv[0] != "ip" or "exec" in argv:
        return False

    position = 1
    while position < len(argv) and argv[position] in BARE_FLAGS:
        position += 1
    return position < len(argv) and argv[position] in OBJECTS_WITHOUT_SECRETS


def _searched_text(command: Command) -> str:
    """Return the arguments and variables of a command, among which a known value may be."""
    return " ".join((*command.argv, *(command.env or {}).values()))


def _find_value(text: str, values: Mapping[str, str]) -> str | None:
    """Return the name of the secret that a text contains; short values may be there by chance."""
    for name, value in values.items():
        if len(value) >= MIN_VALUE_LENGTH and value in text:
            return name
    return None


def _find_rules(argv: Arguments) -> Iterator[tuple[SecretRule, int]]:
    """Yield the rules of each program among the arguments, with the position they start from."""
    # A program may stand behind `sudo` or `ip netns exec`, so that any argument may be one.
    for position, argument in enumerate(argv):
        program = argument.rpartition("/")[2]

        start = position
        if program == "ip":
            start = object_position(argv, position)
            abbreviated = argv[start] if start < len(argv) else ""
            program = f"ip {alias_table('ip').canonical(abbreviated)}"

        for rule in SECRET_RULES.get(program, ()):
            yield rule, start


def _name_of(value: str, values: Mapping[str, str]) -> str | None:
    """Return the name of a known value."""
    for name, known in values.items():
        if known == value:
            return name
    return None


def _free_name(name: str, values: Mapping[str, str]) -> str:
    """Return a name that is not used, with a number if necessary."""
    if name not in values:
        return name

    numbered = (f"{name}_{number}" for number in itertools.count(2))
    return next(candidate for candidate in numbered if candidate not in values)


def _batch_holds_secrets(command: Command) -> bool:
    """Return whether the lines that `ip -batch` reads from stdin contain a secret."""
    for line in (command.stdin or "").splitlines():
        line_command = Command((command.argv[0], *line.split()))
        if redact_command(line_command, {}) is not line_command:
            return True
    return False
