"""`lazy_pattern`: a regular expression that is compiled at the first use.

Compiling takes a tenth of a millisecond and more, and most expressions of a module are for input
that a script never meets.
"""

import re
from typing import TYPE_CHECKING, Any, AnyStr

__all__ = ["lazy_pattern"]


class LazyPattern:
    """A pattern with the attributes and methods of a `re.Pattern`, which it compiles on demand."""

    def __init__(self, text: str | bytes, flags: int = 0) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the compiled pattern, and keep it: a second use costs no call."""
        value = getattr(re.compile(self._text, self._flags), name)
        setattr(self, name, value)
        return value

    def __repr__(self) -> str:
        return f"lazy_pattern({self._text!r}, {self._flags!r})"


if TYPE_CHECKING:

    def lazy_pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
        """Return a pattern, to type checkers one of `re`."""

else:
    lazy_pattern = LazyPattern
