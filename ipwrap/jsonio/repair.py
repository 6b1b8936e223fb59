"""What releases of iproute2 are known to print that is no JSON, and what it was meant to be.

Only what can have one meaning is repaired. Each rule says which release printed it so.
"""

import json
import re
from collections.abc import Callable
from typing import Any

__all__ = ["UNPARSED_KEY", "repair"]

UNPARSED_KEY = ""  # the key under which words stand that were printed in the place of members
MAX_REPAIRS = 20  # commas that are put in; a text that lacks more is no JSON in the first place

ESCAPE = re.compile(r"\\(.)", re.DOTALL)
BARE = re.compile(r'\s*\[\s*("[^"]*")\s*:')  # a list that starts with a key
STRINGS = r'"(?:[^"\\]|\\.)*"'
TYPES = (
    "unicast|local|broadcast|anycast|multicast|blackhole|unreachable|prohibit|throw|nat|xresolve"
)
LIST = r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]"
MEMBER = re.compile(rf"\s*(?:\{{|\[|{STRINGS}\s*:)", re.DOTALL)

RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # `ip -d route` 4.17 to 4.20 prints a route's type without its key.
    (re.compile(rf'(?<=\{{)"({TYPES})"(?=,")'), r'"type":"\1"'),
    # `ip -d link` before 5.12 prints the direction of an erspan, version 2, to nowhere.
    (re.compile(r'"erspan_dir":(?="erspan_hwid":)'), '"erspan_dir":null,'),
    # `bridge -d link` 4.20 to 5.4 prints the VLANs of a port as an object in the place of a member.
    (re.compile(rf'(?<=[^\]\}}\[]),\{{"ifname":{STRINGS},("vlans":{LIST})\}}'), r",\1"),
    # The state of a CAN controller stands without quotes through 4.18.
    (re.compile(r'"state":([A-Z]+(?:-[A-Z]+)*)(?=[,}])'), r'"state":"\1"'),
    # `tc` prints the options of tbf before 5.5, and of u32 before 6.1, as words.
    (re.compile(r'"options":\{(?=[a-z])([^"{}]*)\}'), rf'"options":{{"{UNPARSED_KEY}":"\1"}}'),
    # `tc -d filter` prints, of a u32 with an offset, a word without a key.
    (re.compile(r'(?<=,)" eat "(?=[,}])'), '"eat":true'),
    # `ip -d tuntap` prints each process without braces.
    (re.compile(rf'(?<=[\[,])\s*("name":\s*{STRINGS},\s*"pid":\s*[0-9]+)\s*(?=[,\]])'), r"{\1}"),
    # An empty `ip mptcp endpoint` in 5.10.
    (re.compile(r"\A\s*\[\}\s*\Z"), "[]"),
)


def repair(text: str, loads: Callable[[str], Any]) -> Any:
    """Return what a text holds once it is repaired; raise ValueError if it is no JSON then, either."""
    # ``'`` was escaped before 6.1.
    text = _braced(ESCAPE.sub(_unquoted, text) if "\\'" in text else text)
    for wrong, right in RULES:
        text = wrong.sub(right, text)
    for _ in range(MAX_REPAIRS):
        try:
            return loads(text)
        except json.JSONDecodeError as error:
            if error.msg != "Expecting ',' delimiter" or not MEMBER.match(text, error.pos):
                raise
            text = f"{text[: error.pos]},{text[error.pos :]}"
    return loads(text)


def _unquoted(escape: re.Match[str]) -> str:
    """Return an escape of JSON as it is, and `\\'`, which is none, as the quote that it stands for."""
    return "'" if escape[1] == "'" else escape[0]


def _braced(text: str) -> str:
    """Return a list of objects that were printed without their braces with them: each starts with the first key.

    So does `link afstats`, and `bridge mdb` before 5.1.
    """
    found = BARE.match(text)
    if not found:
        return text
    first = re.escape(found[1])
    return (
        re.sub(rf",(?=\s*{first}\s*:)", "},{", text.replace("[", "[{", 1)).rpartition("]")[0] + "}]"
    )
