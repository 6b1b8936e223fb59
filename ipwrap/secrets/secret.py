"""`Secret`: a confidential argument; recordings, logs, errors and exports show only the name."""

import os
from collections.abc import Mapping

from ipwrap.errors import InvalidArgument
from ipwrap.options.validation import encoding_problem
from ipwrap.system.lazy_pattern import lazy_pattern

__all__ = ["Secret", "redact_text", "reveal"]

NAME = lazy_pattern(r"[A-Z][A-Z0-9_]*")

# Variables that the shell or an exported script uses itself.
RESERVED_NAMES = frozenset(
    {"ENV", "HOME", "IFS", "LC_ALL", "OPTIND", "PATH", "PPID", "PWD", "SHELL"}
)

# The digits of a shorter value may occur in any text by chance.
MIN_ENCODED_LENGTH = 4

_names_by_value: dict[str, str] = {}


class Secret(str):
    """A secret; as text, its name behind a dollar sign, as a shell reads it from the environment.

    ``Secret("a passphrase", "WIFI_PASS")`` is shown as ``$WIFI_PASS``, and an exported script asks
    for the environment variable ``WIFI_PASS``. The default names are ``SECRET_1``, ``SECRET_2``, …
    A secret from a recording has no value: the environment provides the value on use.

    ``ip``, ``bridge`` and ``tc`` get a secret argument on stdin (``ip -batch -``). Any other
    program gets it as an argument, which every user of the machine can read while the program runs:
    give it as ``stdin=`` where the program allows it (``wg set wg0 private-key /dev/stdin``). The
    value stays in the memory of this process. See docs/how-to/secrets.md.
    """

    __slots__ = ("_value", "name")
    _value: str | None
    name: str

    def __new__(cls, value: str | None, name: str | None = None) -> "Secret":
        """Return a secret.

        Raises `InvalidArgument` for a name that no script can use, and for a value that is no text
        or cannot be written as bytes.
        """
        if value is not None and not isinstance(value, str):
            raise InvalidArgument(f"a secret is text, not a {type(value).__name__}")

        if isinstance(value, Secret):
            name = name or value.name
            value = value._value

        problem = encoding_problem(value or "", allows_nul=True)
        if problem is not None:
            raise InvalidArgument(f"a secret {problem}")

        # The same value keeps its name for as long as the process lives.
        if name is None:
            name = _names_by_value.setdefault(value or "", f"SECRET_{len(_names_by_value) + 1}")
        if not NAME.fullmatch(name) or name in RESERVED_NAMES:
            raise InvalidArgument(
                f"secret: {name!r} is no name for it; give capitals, digits and _, such as WG_KEY"
            )

        secret = super().__new__(cls, f"${name}")
        secret._value, secret.name = value, name
        return secret

    def __str__(self) -> str:
        # A plain copy would lose the value: Command converts its arguments by str().
        return self

    def __repr__(self) -> str:
        return f"Secret(name={self.name!r})"

    def __reduce__(self) -> tuple[type["Secret"], tuple[None, str]]:
        # Without the value, since a pickle may be written to a file.
        return (Secret, (None, self.name))

    @property
    def has_value(self) -> bool:
        """Whether the secret has a value, and does not need the environment."""
        return self._value is not None

    def reveal(self) -> str:
        """Return the value. Raises `InvalidArgument` without a value, also in the environment."""
        value = os.environ.get(self.name) if self._value is None else self._value

        if not value:
            raise InvalidArgument(
                f"{self}: a recording does not hold secrets; "
                f"set the environment variable {self.name}"
            )
        return value


def reveal(argument: str) -> str:
    """Return an argument as the program gets it: a secret's value."""
    return argument.reveal() if isinstance(argument, Secret) else argument


def redact_text(text: str, values: Mapping[str, str]) -> str:
    """Return a text with secret values replaced by their names, also as `ip xfrm` prints them."""
    # The longest value first: a shorter one may be a part of it.
    longest_first = sorted(values.items(), key=lambda item: -len(item[1]))

    for name, value in longest_first:
        for encoded in _encoded_forms(value):
            text = text.replace(encoded, f"${name}")
    return text


def _encoded_forms(value: str) -> tuple[str, ...]:
    """Return the forms of a value in output: unchanged, in lower case, and in hexadecimal."""
    if not value:
        return ()
    if len(value) < MIN_ENCODED_LENGTH:
        return (value,)
    return (value, value.lower(), value.encode(errors="surrogateescape").hex())
