"""`Secret`: a word that a command is given and that nothing shows: no recording, log, error text or export."""

import os
import re
from collections.abc import Mapping

from ipwrap.errors import InvalidArgument

__all__ = ["Secret", "redact_text", "reveal"]

NAME = re.compile(r"[A-Z][A-Z0-9_]*")
TAKEN = frozenset(
    {"ENV", "HOME", "IFS", "LC_ALL", "OPTIND", "PATH", "PPID", "PWD", "SHELL"}
)  # what a script needs
_unnamed: dict[str, str] = {}


class Secret(str):
    """A secret as text: its name with a dollar before it, as a shell reads it from the environment.

    ``Secret("a passphrase", "WIFI_PASS")`` is written ``$WIFI_PASS`` wherever it is shown, and an exported script asks
    for the environment variable ``WIFI_PASS``. Without a name it is ``SECRET_1``, and so on. One that was read from a
    recording has no value: it is looked up in the environment when it is needed.
    """

    __slots__ = ("_value", "name")
    _value: str | None
    name: str

    def __new__(cls, value: str | None, name: str | None = None) -> "Secret":
        """Return a secret. Raises `InvalidArgument` for a name that no script can use, and for a value that is no text."""
        if value is not None and not isinstance(value, str):
            raise InvalidArgument(f"a secret is text, not a {type(value).__name__}")
        if isinstance(value, Secret):
            name = name or value.name
            value = value._value
        name = (
            _unnamed.setdefault(value or "", f"SECRET_{len(_unnamed) + 1}")
            if name is None
            else name
        )
        if not NAME.fullmatch(name) or name in TAKEN:
            raise InvalidArgument(
                f"secret: {name!r} is no name for it; give capitals, digits and _, such as WG_KEY"
            )
        secret = super().__new__(cls, f"${name}")
        secret._value, secret.name = value, name
        return secret

    def __str__(self) -> str:
        return self

    def __repr__(self) -> str:
        return f"Secret(name={self.name!r})"

    def __reduce__(self) -> tuple[type["Secret"], tuple[None, str]]:
        return (Secret, (None, self.name))

    @property
    def has_value(self) -> bool:
        """Whether it has a value of its own."""
        return self._value is not None

    def reveal(self) -> str:
        """Return the secret itself. Raises `InvalidArgument` where it is neither known nor in the environment."""
        value = os.environ.get(self.name) if self._value is None else self._value
        if not value:
            raise InvalidArgument(
                f"{self}: a recording does not hold secrets; set the environment variable {self.name}"
            )
        return value


def reveal(word: str) -> str:
    """Return a word as a program is given it."""
    return word.reveal() if isinstance(word, Secret) else word


def redact_text(text: str, values: Mapping[str, str]) -> str:
    """Return a text with the names of secrets in place of their values, also as `ip xfrm` prints them."""
    for name, value in sorted(values.items(), key=lambda pair: -len(pair[1])):
        for form in _encoded_forms(value):
            text = text.replace(form, f"${name}")
    return text


def _encoded_forms(value: str) -> tuple[str, ...]:
    """Return a value as it may be shown: as it is, and a key in hexadecimal."""
    if len(value) < 4:  # its digits stand in anything
        return (value,) if value else ()
    return (value, value.lower(), value.encode(errors="surrogateescape").hex())
