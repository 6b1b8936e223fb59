"""Codecs of the names of links and namespaces, both existing and new."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ipwrap.options import validation
from ipwrap.options.codecs.base import Codec
from ipwrap.options.codecs.numbers import Number

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Altnames", "ExistingLink", "MaybeLinkName", "Netns", "NewName"]


class ExistingLink(Codec, frozen=True):
    """An existing link, by its name or an alternative name."""

    def format(self, keyword: str, value: Any) -> str:
        """Return the name."""
        return MaybeLinkName(validation.check_device(value, keyword))

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of names and alternative names."""
        from hypothesis import strategies as st

        from ipwrap.options.codecs.strategies import LINK_NAMES, LONG_LINK_NAMES

        return st.one_of(LINK_NAMES, LONG_LINK_NAMES)


class MaybeLinkName(str):
    """An argument that names an existing link.

    iproute2 takes ``if7``, if no link has this name, for the link with index 7 (ll_idx_a2n() in
    lib/ll_map.c). The class marks such an argument; a verb then looks the name up first.
    """

    __slots__ = ()

    @property
    def looks_like_ifindex(self) -> bool:
        """Whether iproute2 could take the name for an index."""
        return validation.looks_like_ifindex(self)


class NewName(Codec, frozen=True):
    """The name of a new link."""

    def format(self, keyword: str, value: Any) -> str:
        """Return the name."""
        return validation.check_link_name(value, keyword)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of names."""
        from ipwrap.options.codecs.strategies import LINK_NAMES

        return LINK_NAMES


class Altnames(Codec, frozen=True):
    """One or more alternative names, each after its keyword."""

    repeatable: ClassVar[bool] = True

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return `altname A altname B`."""
        names = (value,) if isinstance(value, str) else tuple(value)

        arguments: list[str] = []
        for name in names:
            checked = validation.check_altname(name, keyword)
            arguments += (keyword, checked)

        return tuple(arguments)

    def parse_args(self, _keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return one name; the option can be repeated."""
        return (arguments[1],), 2

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of single names and of tuples of names."""
        from hypothesis import strategies as st

        from ipwrap.options.codecs.strategies import LINK_NAMES, LONG_LINK_NAMES

        lists = st.lists(
            st.one_of(LINK_NAMES, LONG_LINK_NAMES),
            min_size=1,
            max_size=3,
        )
        return st.one_of(LONG_LINK_NAMES, lists.map(tuple))


class Netns(Codec, frozen=True):
    """A network namespace: a name, the number of a process, or a path with a slash."""

    def format(self, keyword: str, value: Any) -> str:
        """Return the name, the number or the path."""
        # `netns PID`: the namespace of a process. Process numbers begin at 1.
        if isinstance(value, int) and not isinstance(value, bool):
            return Number(1).format(keyword, value)

        text = validation.check_argument(value, keyword)
        if text.startswith("/"):
            return text
        return validation.check_netns_name(text, keyword)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of names, numbers and paths."""
        from hypothesis import strategies as st

        from ipwrap.options.codecs.strategies import NETNS_NAMES

        return st.one_of(NETNS_NAMES, st.integers(1, 2**22), st.just("/proc/1/ns/net"))
