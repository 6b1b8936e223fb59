"""Codecs of the names of links and namespaces: those that exist, and those that are to be."""

from collections.abc import Sequence
from typing import Any, ClassVar

from attrs import frozen

from ipwrap.options import validation
from ipwrap.options.codecs.base import Codec
from ipwrap.options.codecs.numbers import Number

__all__ = ["Altnames", "ExistingLink", "MaybeLinkName", "Netns", "NewName"]


@frozen
class ExistingLink(Codec):
    """A link that exists, by its name or an alternative one."""

    def format(self, word: str, value: Any) -> str:
        """Return the name."""
        return MaybeLinkName(validation.check_device(value, word))


class MaybeLinkName(str):
    """A word that names a link which has to exist.

    iproute2 takes ``if7``, where no link is called so, for the link with index 7 (lib/ll_map.c). So such a word is
    known by its class, and a verb asks the kernel for it first.
    """

    __slots__ = ()

    @property
    def looks_like_ifindex(self) -> bool:
        """Tell whether iproute2 could take it for an index."""
        return validation.looks_like_ifindex(self)


@frozen
class NewName(Codec):
    """The name of a link that is to be."""

    def format(self, word: str, value: Any) -> str:
        """Return the name."""
        return validation.check_link_name(value, word)


@frozen
class Altnames(Codec):
    """One or more alternative names, each after its keyword."""

    repeatable: ClassVar[bool] = True

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return `altname A altname B`."""
        values = (value,) if isinstance(value, str) else tuple(value)
        return tuple(part for one in values for part in (word, validation.check_altname(one, word)))

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return one name; it may come again."""
        return (words[1],), 2


@frozen
class Netns(Codec):
    """A network namespace: its name, a process's number, or a path with a slash."""

    def format(self, word: str, value: Any) -> str:
        """Return the word."""
        if isinstance(value, int) and not isinstance(value, bool):
            return Number(1).format(word, value)
        text = validation.check_argument(value, word)
        return text if text.startswith("/") else validation.check_netns_name(text, word)
