"""Many like names and addresses in a few words: "pod1 … pod50", "10.244.0.2–51/24"."""

import re
from collections.abc import Sequence

__all__ = ["find_address_range", "format_range"]

# The end of an IPv4 address with a prefix length: the part before the last number, and the rest.
IPV4 = re.compile(r"((?:[0-9]+\.){3})([0-9]+)(/[0-9]+)?")


def format_range(texts: Sequence[str]) -> str:
    """Return the first and the last text; a single one for equal texts.

    Consecutive addresses of IPv4 are written as a range of their last number.
    """
    first, last = texts[0], texts[-1]
    if len(set(texts)) == 1:
        return first

    return find_address_range(texts) or f"{first} … {last}"


def find_address_range(texts: Sequence[str]) -> str | None:
    """Return the range of consecutive addresses of IPv4; None for other texts."""
    matches = [IPV4.fullmatch(text) for text in texts]
    first = matches[0]
    if first is None:
        return None

    network, number, length = first.groups()
    for position, match in enumerate(matches):
        expected = (network, str(int(number) + position), length)
        if match is None or match.groups() != expected:
            return None

    return f"{network}{number}–{int(number) + len(texts) - 1}{length or ''}"
