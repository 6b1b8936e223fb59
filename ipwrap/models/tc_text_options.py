"""Options that `tc` prints as text inside its JSON: of tbf before 5.5, of u32 before 6.1.

The text is converted to the JSON of later releases, after the print functions in iproute2's
tc/q_tbf.c and tc/f_u32.c.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from ipwrap.errors import InvalidArgument
from ipwrap.jsonio.repair import UNPARSED_KEY
from ipwrap.models.base import Json
from ipwrap.qdiscs.units import to_bits, to_bytes, to_seconds

__all__ = ["repair_options"]

Convert = Callable[[str], Any]

MATCH = re.compile(r"match ([0-9a-f]+)/([0-9a-f]+) at (nexthdr\+)?(-?\d+)(?: \(success (\d+) ?\))?")
HIT = re.compile(r"\(rule hit (\d+) success (\d+)\)")

# Keywords of two words become one word, so that every keyword is followed by its value.
TWO_WORD_KEYS = {
    "ht divisor": "ht_divisor",
    "key ht": "key_ht",
}
FLAGS = ("skip_hw", "skip_sw", "in_hw", "not_in_hw")


def repair_options(data: Json) -> Json:
    """Return an object with its text ``options`` as JSON; unchanged if any word is unknown."""
    text = _text_options(data)
    kind = data.get("kind")
    parse = PARSERS.get(kind) if isinstance(kind, str) else None
    if text is None or parse is None:
        return data

    try:
        return {**data, "options": parse(text)}
    except (InvalidArgument, LookupError, ValueError):
        return data


def _text_options(data: Json) -> str | None:
    """Return the text that `ipwrap.jsonio.repair` found in place of the options, or None."""
    options = data.get("options")
    if not isinstance(options, dict) or len(options) != 1:
        return None

    text = options.get(UNPARSED_KEY)
    return text if isinstance(text, str) else None


def _parse_tbf(text: str) -> Json:
    """Parse the options of a tbf."""
    return _parse_pairs(text.split(), TBF)


def _parse_u32(text: str) -> Json:
    """Parse the options of a u32; several matches become a list."""
    data = _parse_pairs(_u32_words(text), U32)
    matches = []
    success = []

    hit = HIT.search(text)
    if hit:
        data["rule_hit"] = int(hit[1])
        success.append(int(hit[2]))

    for match in MATCH.finditer(text):
        matches.append(_match_options(match))
        if match[5]:
            success.append(int(match[5]))

    data |= _single_or_list("success", success)
    data |= _single_or_list("match", matches)
    return data


def _u32_words(text: str) -> list[str]:
    """Return the keywords and values of a u32, without its matches and counters."""
    text = HIT.sub(" ", text)
    text = MATCH.sub(" ", text)
    text = " ".join(text.split())
    for key, json_key in TWO_WORD_KEYS.items():
        text = text.replace(key, json_key)

    # u32_print_opt() prints `*flowid` for a filter without TC_U32_TERMINAL.
    return [word.strip("*") for word in text.split()]


def _match_options(match: re.Match[str]) -> Json:
    """Return the options of a u32 match, with its numbers without leading zeros."""
    value, mask, header, offset = match.group(1, 2, 3, 4)
    return {
        "value": f"{int(value, 16):x}",
        "mask": f"{int(mask, 16):x}",
        "offmask": header or "",
        "off": int(offset),
    }


def _single_or_list(key: str, values: list[Any]) -> Json:
    """Return a key with its values: nothing, the only value, or a list of several."""
    if not values:
        return {}
    return {key: values if len(values) > 1 else values[0]}


def _parse_pairs(words: list[str], converters: Mapping[str, Convert]) -> Json:
    """Parse keywords with values; raise LookupError for unknown keywords and missing values."""
    data: Json = {}
    remaining = iter(words)

    for keyword in remaining:
        convert = converters[keyword]
        if keyword in FLAGS:
            data[keyword] = True
            continue

        value = next(remaining, None)
        if value is None:
            raise LookupError(keyword)
        data[keyword] = convert(value)

    return data


def _parse_rate(text: str) -> int:
    """Return a rate in bytes a second."""
    return (to_bits(text) or 0) // 8


def _parse_size(text: str) -> int | str | None:
    """Return a size in bytes; with a cell size (`4Kb/8`, for `-d`) the text, as in JSON."""
    size = to_bytes(text)
    return text if "/" in text and size is not None else size


def _parse_microseconds(text: str) -> int:
    """Return a time in microseconds."""
    return round((to_seconds(text) or 0) * 10**6)


TBF: dict[str, Convert] = {
    "burst": _parse_size,
    "lat": _parse_microseconds,
    "limit": to_bytes,
    "linklayer": str,
    "minburst": to_bytes,
    "mpu": to_bytes,
    "mtu": _parse_size,
    "overhead": int,
    "rate": _parse_rate,
}

U32: dict[str, Convert] = {
    "bkt": str,
    "fh": str,
    "flowid": str,
    "ht_divisor": int,
    "key_ht": str,
    "link": str,
    "order": int,
    **dict.fromkeys(FLAGS, bool),
}

PARSERS: dict[str, Callable[[str], Json]] = {
    "tbf": _parse_tbf,
    "u32": _parse_u32,
}
