"""Known mistakes in the JSON of iproute2's releases, and their repair.

A mistake has a rule only if the meaning is certain. Each rule names the releases with the mistake.
"""

import json
import re
from collections.abc import Callable
from typing import Any

__all__ = ["UNPARSED_KEY", "repair"]

# The key of options that tc printed as plain text instead of members.
UNPARSED_KEY = ""
# The limit of inserted commas: a text that lacks more is no JSON in the first place.
MAX_REPAIRS = 20

ESCAPE = re.compile(r"\\(.)", re.DOTALL)
# A list that starts with a key instead of an object.
LIST_OF_MEMBERS = re.compile(r'\s*\[\s*("[^"]*")\s*:')
STRING = r'"(?:[^"\\]|\\.)*"'
ROUTE_TYPES = (
    "unicast|local|broadcast|anycast|multicast|blackhole|unreachable|prohibit|throw|nat|xresolve"
)
LIST = r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]"
MEMBER = re.compile(rf"\s*(?:\{{|\[|{STRING}\s*:)", re.DOTALL)

RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # `ip -d route` 4.17 to 4.20 prints a route's type without its key.
    (re.compile(rf'(?<=\{{)"({ROUTE_TYPES})"(?=,")'), r'"type":"\1"'),
    # `ip -d link` before 5.12 prints the direction of an erspan, version 2, to nowhere.
    (re.compile(r'"erspan_dir":(?="erspan_hwid":)'), '"erspan_dir":null,'),
    # `bridge -d link` 4.20 to 5.4 prints the VLANs of a port as an object instead of a member.
    (re.compile(rf'(?<=[^\]\}}\[]),\{{"ifname":{STRING},("vlans":{LIST})\}}'), r",\1"),
    # `ip -d link` through 4.18 prints the state of a CAN controller without quotes.
    (re.compile(r'"state":([A-Z]+(?:-[A-Z]+)*)(?=[,}])'), r'"state":"\1"'),
    # `tc` prints the options of tbf before 5.5, and of u32 before 6.1, as plain text.
    (re.compile(r'"options":\{(?=[a-z])([^"{}]*)\}'), rf'"options":{{"{UNPARSED_KEY}":"\1"}}'),
    # `tc -d filter` prints a string without a key for a u32 with an offset: tc/f_u32.c.
    (re.compile(r'(?<=,)" eat "(?=[,}])'), '"eat":true'),
    # `ip -d tuntap` prints each process without braces.
    (re.compile(rf'(?<=[\[,])\s*("name":\s*{STRING},\s*"pid":\s*[0-9]+)\s*(?=[,\]])'), r"{\1}"),
    # `ip mptcp endpoint` 5.10 without endpoints closes the list with a brace.
    (re.compile(r"\A\s*\[\}\s*\Z"), "[]"),
)


def repair(text: str, loads: Callable[[str], Any]) -> Any:
    """Return the values of a text after repair. Raises `ValueError` for a text beyond repair."""
    # Before 6.1 lib/json_writer.c escaped `'`, which JSON does not.
    if "\\'" in text:
        text = ESCAPE.sub(_unescape_quote, text)

    text = _add_braces(text)
    for mistake, replacement in RULES:
        text = mistake.sub(replacement, text)

    for _ in range(MAX_REPAIRS):
        try:
            return loads(text)
        except json.JSONDecodeError as error:
            lacks_comma = error.msg == "Expecting ',' delimiter"
            if not lacks_comma or not MEMBER.match(text, error.pos):
                raise

            text = f"{text[: error.pos]},{text[error.pos :]}"

    return loads(text)


def _unescape_quote(escape: re.Match[str]) -> str:
    """Return `'` for the invalid escape `\\'`, and a valid escape unchanged."""
    if escape[1] == "'":
        return "'"

    return escape[0]


def _add_braces(text: str) -> str:
    """Return a list of objects without braces with its braces; any other text unchanged.

    Each object starts with the key of the first. `link afstats` prints such lists, and `bridge mdb`
    before 5.1.
    """
    first_member = LIST_OF_MEMBERS.match(text)
    if not first_member:
        return text

    key = re.escape(first_member[1])
    opened = text.replace("[", "[{", 1)
    separated = re.sub(rf",(?=\s*{key}\s*:)", "},{", opened)

    # Text after the closing bracket of the list is white space.
    content, _, _ = separated.rpartition("]")
    return f"{content}}}]"
