"""Hypothesis strategies that several codecs share in their `Codec.strategy`.

Only `Codec.strategy` imports this module, and only property tests call that method: ipwrap runs
without hypothesis.
"""

from typing import Any

from hypothesis import strategies as st

__all__ = [
    "ADDRESSES",
    "IPV4_ADDRESSES",
    "IPV6_ADDRESSES",
    "LINK_NAMES",
    "LONG_LINK_NAMES",
    "MAC_ADDRESSES",
    "NETNS_NAMES",
    "PREFIXES",
    "TEXTS",
    "WORDS",
    "addresses",
    "option_values",
    "prefixes",
]

# Quotes, blanks and backslashes are in: a script has to quote them.
CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.@'\"$ \\#*~é"
NAME_CHARACTERS = CHARACTERS.replace(" ", "")


def _with_letter_first(text: str) -> str:
    """Return a name that no parser can take for an option or a number."""
    return f"n{text}"


def _with_length(address_and_length: tuple[str, int]) -> str:
    """Return the prefix of an address and a length."""
    address, length = address_and_length
    return f"{address}/{length}"


LINK_NAMES = st.text(NAME_CHARACTERS, min_size=1, max_size=7).map(_with_letter_first)
LONG_LINK_NAMES = st.text(NAME_CHARACTERS, min_size=16, max_size=60).map(_with_letter_first)
NETNS_NAMES = st.text(CHARACTERS, min_size=1, max_size=40).map(_with_letter_first)
WORDS = st.text(CHARACTERS, min_size=1, max_size=20)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60)
MAC_ADDRESSES = st.binary(min_size=6, max_size=6).map(lambda octets: octets.hex(":"))
IPV4_ADDRESSES = st.ip_addresses(v=4).map(str)
IPV6_ADDRESSES = st.ip_addresses(v=6).map(str)
ADDRESSES = st.one_of(IPV4_ADDRESSES, IPV6_ADDRESSES)


def addresses(version: int) -> st.SearchStrategy[str]:
    """Return a strategy of addresses of one version of IP."""
    return IPV6_ADDRESSES if version == 6 else IPV4_ADDRESSES


def prefixes(version: int) -> st.SearchStrategy[str]:
    """Return a strategy of prefixes of one version of IP, with their length."""
    lengths = st.integers(0, 128 if version == 6 else 32)
    return st.tuples(addresses(version), lengths).map(_with_length)


PREFIXES: st.SearchStrategy[Any] = st.one_of(
    ADDRESSES,
    st.just("default"),
    prefixes(4),
    prefixes(6),
)


def option_values(cls: type) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy of values for some of the options of a class, by name."""
    # `ipwrap.options.table` imports the codecs.
    from ipwrap.options.table import options_of

    values = {option.name: option.codec.strategy() for option in options_of(cls) if option.keyword}
    return st.fixed_dictionaries({}, optional=values)
