"""`Exporter`: a function that writes a recording in another format, as a whole or piece by
piece.
"""

import functools
from collections.abc import Callable, Iterator
from typing import Generic, ParamSpec

from attrs import define

__all__ = ["Exporter"]

P = ParamSpec("P")


@define(eq=False, slots=False)
class Exporter(Generic[P]):
    """Called with a recording, an exporter returns the whole text; ``iter_text`` yields pieces, in
    little memory.

    Used as a decorator of the function that yields the pieces.
    """

    iter_text: Callable[P, Iterator[str]]

    def __attrs_post_init__(self) -> None:
        functools.update_wrapper(self, self.iter_text)

    def __call__(self, *args: P.args, **options: P.kwargs) -> str:
        """Return the whole text."""
        return "".join(self.iter_text(*args, **options))
