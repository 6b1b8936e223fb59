"""Options and counters that `tc` prints as text inside its JSON.

tbf, codel and fq before 5.5, fq_codel before 4.16, u32 before 6.1, police before 5.14, basic and fw
of many releases, bpf before 5.9. The text is converted to the JSON of later releases, after the
print functions in iproute2's tc/q_tbf.c, tc/q_codel.c, tc/q_fq_codel.c, tc/q_fq.c, tc/f_u32.c,
tc/m_police.c and tc/tc_util.c, and those of basic, fw and bpf.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from ipwrap.errors import InvalidArgument
from ipwrap.jsonio.repair import UNPARSED_KEY
from ipwrap.models.base import Json
from ipwrap.qdiscs.units import to_bits, to_bytes, to_seconds

__all__ = ["repair_action", "repair_filter", "repair_options"]

Convert = Callable[[str], Any]

# A match as numbers: print_raw(); or, with `-p`, as names: print_ipv4(), print_ipv6().
RAW_MATCH = r"([0-9a-f]+)/([0-9a-f]+) at (nexthdr\+)?(-?\d+)"
NAMED_MATCH = r"(?:IP \w+|[sd]port) [^\s,]+(?:, match [sd]port \d+)?"
MATCH = re.compile(rf"match (?:{RAW_MATCH}|({NAMED_MATCH}))(?: \(success (\d+) ?\))?")
MATCH_NAMES = {"dsfield": "ip_dsfield", "ihl": "ip_ihl", "protocol": "ip_protocol"}
HIT = re.compile(r"\(rule hit (\d+) success (\d+)\)")

# Phrases of a u32 with several values. The groups are the JSON keys.
PHRASES = (
    re.compile(
        r"mark (?P<fwmark_value>0x[0-9a-f]+) (?P<fwmark_mask>0x[0-9a-f]+)"
        r" \(success (?P<fwmark_success>\d+)\)"
    ),
    re.compile(
        r"offset (?P<offset_mask>[0-9a-f]+)>>(?P<offset_shift>\d+) at (?P<offset_off>-?\d+)"
        r"(?:\s+plus (?P<plus>\d+))?"
    ),
    re.compile(r"offset plus (?P<plus>\d+)"),
    re.compile(r"hash mask (?P<hash_mask>[0-9a-f]+) at (?P<hash_off>-?\d+)"),
    re.compile(r"input dev (?P<input_dev>\S+)"),
)
# The counters of a filter's police: print_tcstats() in tc/tc_util.c.
COUNTERS = re.compile(
    r"Sent (?P<bytes>\d+) bytes (?P<packets>\d+) pkts?"
    r" \(dropped (?P<dropped>\d+), overlimits (?P<overlimits>\d+)\)"
)

# Keywords of two words become one word, so that every keyword is followed by its value.
TWO_WORD_KEYS = {
    "ht divisor": "ht_divisor",
    "key ht": "key_ht",
    "input dev": "indev",
    # a filter that ends the search, and has no class: later releases print neither
    "terminal flowid ???": "",
}
FLAGS = ("direct-action", "eat", "ecn", "in_hw", "nopacing", "not_in_hw", "skip_hw", "skip_sw")
ACTION_KIND = re.compile(r"[a-z_]+(?=\s|\Z)|Simple(?= )")


def repair_options(data: Json) -> Json:
    """Return an object with the text of its ``options`` as JSON; unchanged if a word is unknown."""
    options = data.get("options")
    if not isinstance(options, dict) or not (UNPARSED_KEY in options or "actions" in options):
        return data

    repaired = _repair_actions(options)
    kind = data.get("kind")
    parse = PARSERS.get(kind) if isinstance(kind, str) else None
    if parse is not None:
        repaired = _repair_text(repaired, parse)

    return data if repaired == options else {**data, "options": repaired}


def repair_filter(data: Json) -> Json:
    """Return a filter with the text of its options, and of its counters, as JSON."""
    return _repair_text(repair_options(data), _parse_counters)


def repair_action(data: Any) -> Any:
    """Return an action with its text as JSON: its kind, and the options of a police."""
    text = data.get(UNPARSED_KEY) if isinstance(data, dict) else None
    if not isinstance(text, str) or "kind" in data:
        return data
    if text.startswith("police "):
        return _repair_text(data, _parse_police)

    # The first word is the kind: print_csum() and its siblings in tc/m_*.c.
    kind = ACTION_KIND.match(text)
    return {**data, "kind": kind[0].lower()} if kind else data


def _repair_actions(options: Json) -> Json:
    """Return options with the text of their actions as JSON."""
    actions = options.get("actions")
    if not isinstance(actions, list):
        return options

    return {**options, "actions": [repair_action(action) for action in actions]}


def _repair_text(data: Json, parse: Callable[[str], Json]) -> Json:
    """Return an object with its text as JSON; unchanged if a word is unknown.

    The text is what `ipwrap.jsonio.repair` found instead of members, or among them.
    """
    text = data.get(UNPARSED_KEY)
    if not isinstance(text, str):
        return data

    try:
        parsed = parse(text)
    except (InvalidArgument, LookupError, ValueError):
        return data

    others = {key: value for key, value in data.items() if key != UNPARSED_KEY}
    return {**parsed, **others}


def _parse_tbf(text: str) -> Json:
    """Parse the options of a tbf."""
    return _parse_pairs(text.split(), TBF)


def _parse_codel(text: str) -> Json:
    """Parse the options of a codel or fq_codel."""
    return _parse_pairs(text.split(), CODEL)


def _parse_fq(text: str) -> Json:
    """Parse the options of a fq."""
    data = _parse_pairs(text.split(), FQ)
    if data.pop("nopacing", False):
        data["pacing"] = False

    return data


def _parse_police(text: str) -> Json:
    """Parse an action of kind police."""
    return {"kind": "police", **_parse_pairs(text.split(), POLICE)}


def _parse_fw(text: str) -> Json:
    """Parse the options of a fw."""
    data = _parse_pairs(_join_keywords(text), FW)
    mark = data.pop("handle", None)
    return data if mark is None else {"fw": mark, **data}


def _parse_basic(text: str) -> Json:
    """Parse the options of a basic; its extended matches stay text, as in every release."""
    return _parse_beginning(text, BASIC)


def _parse_bpf(text: str) -> Json:
    """Parse the options of a bpf; the name of the program, or its bytecode, stays text."""
    return _parse_beginning(text, BPF)


def _parse_counters(text: str) -> Json:
    """Parse the counters of a filter with a police."""
    match = COUNTERS.fullmatch(text)
    if match is None:
        raise LookupError(text)

    return {key: int(value) for key, value in match.groupdict().items()}


def _parse_u32(text: str) -> Json:
    """Parse the options of a u32; several matches become a list."""
    data: Json = {}
    matches = []
    success = []

    hit = HIT.search(text)
    if hit:
        data["rule_hit"] = int(hit[1])
        success.append(int(hit[2]))

    for match in MATCH.finditer(text):
        matches.append(_named_match(match[5]) if match[5] else _raw_match(match))
        if match[6]:
            success.append(int(match[6]))

    remaining = MATCH.sub(" ", HIT.sub(" ", text))
    for phrase in PHRASES:
        data |= _phrase_options(phrase.search(remaining))
        remaining = phrase.sub(" ", remaining)

    # u32_print_opt() prints `*flowid` for a filter without TC_U32_TERMINAL.
    words = [word.strip("*") for word in _join_keywords(remaining)]
    data |= {"kind": "police"} if "police" in words else {}
    data |= _parse_pairs(words, U32)

    data |= _single_or_list("success", success)
    data |= _single_or_list("match", matches)
    return data


def _join_keywords(text: str) -> list[str]:
    """Return the words of a text, with keywords of two words as one."""
    text = " ".join(text.split())
    for key, joined in TWO_WORD_KEYS.items():
        text = text.replace(key, joined)

    return text.split()


def _raw_match(match: re.Match[str]) -> Json:
    """Return the options of a u32 match, with its numbers without leading zeros."""
    value, mask, header, offset = match.group(1, 2, 3, 4)
    return {
        "value": f"{int(value, 16):x}",
        "mask": f"{int(mask, 16):x}",
        "offmask": header or "",
        "off": int(offset),
    }


def _named_match(text: str) -> Json:
    """Return the options of a u32 match by the names of header fields, as with `-p`."""
    words = text.replace(",", "").replace("match", "").replace("IP", "").split()
    options: Json = {}

    for name, value in zip(words[::2], words[1::2], strict=True):
        if name in ("src", "dst"):
            address, _, length = value.partition("/")
            options[name] = {"address": address, "prefixlen": int(length)}
        else:
            is_hexadecimal = value.startswith("0x")
            options[MATCH_NAMES.get(name, name)] = value if is_hexadecimal else int(value)

    return options


def _phrase_options(match: re.Match[str] | None) -> Json:
    """Return the options in a phrase of a u32."""
    groups = match.groupdict() if match else {}
    return {key: PHRASE_VALUES.get(key, int)(text) for key, text in groups.items() if text}


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
        data[JSON_KEYS.get(keyword, keyword)] = convert(value)

    return data


def _parse_beginning(text: str, converters: Mapping[str, Convert]) -> Json:
    """Parse the keywords at the beginning of a text; what follows them stays text."""
    words = text.split(" ")
    end = 0

    while end < len(words) and words[end] in converters:
        end += 1 if words[end] in FLAGS else 2

    rest = " ".join(words[end:]).strip()
    return {**_parse_pairs(words[:end], converters), **({UNPARSED_KEY: rest} if rest else {})}


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


def _parse_nanoseconds(text: str) -> int:
    """Return a time in nanoseconds."""
    return round((to_seconds(text) or 0) * 10**9)


def _parse_codel_time(text: str) -> int:
    """Return a time in microseconds, in the steps of the kernel, which the text rounds away."""
    return _parse_microseconds(text) * 1000 // 1024 * 1024 // 1000


def _parse_packets(text: str) -> int:
    """Return a number of packets such as `1000p`."""
    return int(text.removesuffix("p"))


def _parse_hexadecimal(text: str) -> int:
    """Return a number such as `0x1`."""
    return int(text, 16)


def _format_hexadecimal(text: str) -> str:
    """Return a hexadecimal number without leading zeros and without its prefix."""
    return f"{int(text, 16):x}"


def _format_prefixed(text: str) -> str:
    """Return a hexadecimal number without leading zeros, with its prefix."""
    return f"{int(text, 16):#x}"


def _parse_mark(text: str) -> Json:
    """Return a firewall mark with its mask."""
    mark, _, mask = text.partition("/")
    return {"mark": _format_prefixed(mark), "mask": _format_prefixed(mask or "0xffffffff")}


PHRASE_VALUES: dict[str, Convert] = {
    "fwmark_mask": _format_prefixed,
    "fwmark_value": _format_prefixed,
    "hash_mask": _format_hexadecimal,
    "input_dev": str,
    "offset_mask": _format_hexadecimal,
}
# The JSON keys of keywords with another name.
JSON_KEYS = {"police": "index"}

TBF: dict[str, Convert] = {
    "burst": _parse_size,
    "lat": _parse_microseconds,
    "limit": to_bytes,
    "linklayer": str,
    "minburst": to_bytes,
    "mpu": to_bytes,
    "mtu": _parse_size,
    "overhead": int,
    "peakrate": _parse_rate,
    "rate": _parse_rate,
}

CODEL: dict[str, Convert] = {
    "ce_threshold": _parse_codel_time,
    "ecn": bool,
    "flows": int,
    "interval": _parse_codel_time,
    "limit": _parse_packets,
    "memory_limit": to_bytes,
    "quantum": int,
    "target": _parse_codel_time,
}

FQ: dict[str, Convert] = {
    "buckets": int,
    "ce_threshold": _parse_microseconds,
    "defrate": _parse_rate,
    "flow_limit": _parse_packets,
    "initial_quantum": to_bytes,
    "limit": _parse_packets,
    "low_rate_threshold": _parse_rate,
    "maxrate": _parse_rate,
    "nopacing": bool,
    "orphan_mask": int,
    "quantum": to_bytes,
    "refill_delay": _parse_microseconds,
    "timer_slack": _parse_nanoseconds,
}

POLICE: dict[str, Convert] = {
    "avrate": _parse_rate,
    "bind": int,
    "burst": to_bytes,
    "linklayer": str,
    "mtu": to_bytes,
    "overhead": to_bytes,
    "peakrate": _parse_rate,
    "police": _parse_hexadecimal,
    "rate": _parse_rate,
    "ref": int,
}

U32: dict[str, Convert] = {
    **POLICE,
    "bkt": str,
    "fh": str,
    "flowid": str,
    "ht_divisor": int,
    "key_ht": str,
    "link": str,
    "order": int,
    **dict.fromkeys(("eat", "in_hw", "not_in_hw", "skip_hw", "skip_sw"), bool),
}

BASIC: dict[str, Convert] = {"flowid": str, "handle": _format_hexadecimal}
BPF: dict[str, Convert] = {
    "flowid": str,
    "handle": str,
    **dict.fromkeys(("direct-action", "in_hw", "not_in_hw", "skip_hw", "skip_sw"), bool),
}
FW: dict[str, Convert] = {"classid": str, "handle": _parse_mark, "indev": str}

PARSERS: dict[str, Callable[[str], Json]] = {
    "basic": _parse_basic,
    "bpf": _parse_bpf,
    "codel": _parse_codel,
    "fq": _parse_fq,
    "fq_codel": _parse_codel,
    "fw": _parse_fw,
    "tbf": _parse_tbf,
    "u32": _parse_u32,
}
