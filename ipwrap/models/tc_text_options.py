"""Options that `tc` prints as words where JSON is asked for: those of tbf before 5.5, and of u32 before 6.1.

They become what later releases print in their place: print functions of iproute2's tc/q_tbf.c and tc/f_u32.c.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ipwrap.errors import InvalidArgument
from ipwrap.jsonio.repair import UNPARSED_KEY
from ipwrap.qdiscs.units import to_bits, to_bytes, to_seconds

__all__ = ["repair_options"]

Json = dict[str, Any]
Read = Callable[[str], Any]

MATCH = re.compile(r"match ([0-9a-f]+)/([0-9a-f]+) at (nexthdr\+)?(-?\d+)(?: \(success (\d+) ?\))?")
HIT = re.compile(r"\(rule hit (\d+) success (\d+)\)")
FLAGS = ("skip_hw", "skip_sw", "in_hw", "not_in_hw")


def repair_options(data: Json) -> Json:
    """Return an object with its ``options`` as later releases print them, if they are words and all are known."""
    options = data.get("options")
    words = options.get(UNPARSED_KEY) if isinstance(options, dict) and len(options) == 1 else None
    reader = (
        READERS.get(data.get("kind", ""))
        if isinstance(words, str) and isinstance(data.get("kind"), str)
        else None
    )
    if reader is None or not isinstance(words, str):
        return data
    try:
        return {**data, "options": reader(words)}
    except (InvalidArgument, StopIteration, LookupError, ValueError):
        return data


def _tbf(text: str) -> Json:
    """Return the options of a tbf."""
    return _pairs(text.split(), TBF)


def _u32(text: str) -> Json:
    """Return the options of a u32: its matches as a list, if there are several."""
    matches = [found.groups() for found in MATCH.finditer(text)]
    hit = HIT.search(text)
    words = [
        part.strip("*")
        for part in MATCH.sub(" ", HIT.sub(" ", text)).replace("ht divisor", "ht_divisor").split()
    ]
    out = _pairs("\0".join(words).replace("key\0ht", "key_ht").split("\0") if words else [], U32)
    if hit:
        out |= {"rule_hit": int(hit[1])}
    success = [
        int(count)
        for count in (*((hit[2],) if hit else ()), *(each[4] for each in matches))
        if count
    ]
    shown = [_match(*each[:4]) for each in matches]
    return out | _one_or_all("success", success) | _one_or_all("match", shown)


def _match(value: str, mask: str, header: str | None, off: str) -> Json:
    """Return one match, its numbers without zeros in front."""
    numbers = {"value": f"{int(value, 16):x}", "mask": f"{int(mask, 16):x}"}
    return {**numbers, "offmask": header or "", "off": int(off)}


def _one_or_all(key: str, values: list[Any]) -> Json:
    """Return a key that is repeated with all its values."""
    return {key: values if len(values) > 1 else values[0]} if values else {}


def _pairs(words: list[str], readers: Mapping[str, Read]) -> Json:
    """Return words and what follows them as keys and values; raise LookupError for a word that is not known."""
    return dict(_each(iter(words), readers))


def _each(words: Iterator[str], readers: Mapping[str, Read]) -> Iterator[tuple[str, Any]]:
    """Yield keys and values."""
    for word in words:
        if word in FLAGS and word in readers:
            yield word, True
            continue
        read = readers[word]
        following = next(words, None)
        if following is None:
            raise LookupError(word)
        yield word, read(following)


def _rate(text: str) -> int:
    """Return the bytes a second of a rate."""
    return (to_bits(text) or 0) // 8


def _cells(text: str) -> int | str | None:
    """Return the bytes of a size, or as it is with the size of its cells, as JSON shows it with `-d`."""
    return text if "/" in text and to_bytes(text) is not None else to_bytes(text)


def _microseconds(text: str) -> int:
    """Return the microseconds of a time."""
    return round((to_seconds(text) or 0) * 10**6)


TBF: dict[str, Read] = {
    "burst": _cells,
    "lat": _microseconds,
    "limit": to_bytes,
    "linklayer": str,
    "minburst": to_bytes,
    "mpu": to_bytes,
    "mtu": _cells,
    "overhead": int,
    "rate": _rate,
}
U32: dict[str, Read] = {
    "bkt": str,
    "fh": str,
    "flowid": str,
    "ht_divisor": int,
    "key_ht": str,
    "link": str,
    "order": int,
    **dict.fromkeys(FLAGS, bool),
}
READERS: dict[str, Callable[[str], Json]] = {"tbf": _tbf, "u32": _u32}
