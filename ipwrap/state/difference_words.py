"""`describe`: a difference in words, on a line: `~ red  link eth0: mtu 1500 -> 1400`.

An object is described as on the command line that makes it. The table `WORDS` has the keys of each
noun, in order, with the words before them; `ipwrap.state.watching` writes events by it, too.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ipwrap.jsonio.escape import escape_controls
from ipwrap.state.diff import Difference

__all__ = ["changes", "describe", "description", "subject"]

Fields = Mapping[str, Any]

FIRST_LABEL = "(host)"
ABSENT = "(none)"
MAX_LENGTH = 60  # of a value, in characters

# The words that identify an object: keys, each with the word before it. An object without the first
# key is described by its identity.
SUBJECTS: dict[str, tuple[tuple[str, str], ...]] = {
    "route": (("", "dst"), ("dev", "dev"), ("table", "table"), ("metric", "metric")),
    "neigh": (("", "dst"), ("dev", "dev")),
    "nexthop": (("", "id"),),
    "bridge fdb": (
        *(("", "mac"), ("dev", "ifname"), ("master", "master"), ("vlan", "vlan"), ("dst", "dst")),
        ("vni", "vni"),
    ),
    "tc qdisc": (("dev", "dev"), ("parent", "parent")),
    "tc class": (("", "class"), ("dev", "dev"), ("", "handle")),
    "tc filter": (("dev", "dev"), ("parent", "parent"), ("pref", "pref"), ("", "kind")),
    "rule": (
        *(("priority", "priority"), ("from", "src"), ("to", "dst"), ("iif", "iif")),
        *(("oif", "oif"), ("fwmark", "fwmark"), ("table", "table")),
    ),
    "iptables": (("-t", "table"), ("", "line")),
    "ip6tables": (("-t", "table"), ("", "line")),
}

# What else tells of an object that came or went.
DETAILS: dict[str, tuple[tuple[str, str], ...]] = {
    "link": (("type", "info_kind"), ("master", "master"), ("mtu", "mtu")),
    "address": (("peer", "address"), ("scope", "scope")),
    "route": (
        *(("via", "gateway"), ("via", "via"), ("src", "prefsrc"), ("nhid", "nhid")),
        *(("nexthops", "nexthops"), ("proto", "protocol"), ("scope", "scope")),
    ),
    "neigh": (("lladdr", "lladdr"), ("", "state"), ("", "proxy")),
    "nexthop": (("via", "gateway"), ("dev", "dev"), ("group", "group"), ("", "blackhole")),
    "bridge fdb": (("", "state"),),
    "bridge vlan": (("", "flags"),),
    "tc qdisc": (("", "kind"), ("", "options")),
    "tc class": (("rate", "rate"), ("ceil", "ceil")),
    "tc filter": (("", "options"),),
    "sysctl": (("=", "value"),),
}

# Not worth a word.
USUAL = (("scope", "global"), ("table", "main"), ("proto", "boot"), ("mtu", 1500), ("mtu", 65536))


def describe(difference: Difference) -> str:
    """Return a difference as a line: `+` came, `-` went, `~` changed; without control characters.

    The namespace stands first; objects of the place's own have `(host)` there.
    """
    fields = difference.right or difference.left or {}
    about = subject(difference.noun, difference.name, fields=fields)
    where = difference.netns or FIRST_LABEL

    if difference.left is not None and difference.right is not None:
        changed = ", ".join(changes(difference.left, difference.right))
        text = f"~ {where}  {about}: {changed}"
    else:
        sign = "+" if difference.left is None else "-"
        text = " ".join((f"{sign} {where}  {about}", *description(difference.noun, fields)))
    return escape_controls(text)


def subject(noun: str, name: Sequence[str], *, fields: Fields) -> str:
    """Return the words that identify an object, its noun first."""
    words: list[str] = []
    rows = SUBJECTS.get(noun.removesuffix(" inet6"), ())
    if rows and rows[0][1] in fields:
        words = list(_words(rows, _with_lengths(fields)))
    elif noun == "address" and len(name) > 1:
        words = [name[1], "dev", name[0]]
    elif noun.startswith("bridge vlan") and len(name) > 1:
        words = [*name[1:], "dev", name[0]]
    else:
        words = list(name)
    return " ".join((noun, *words))


def _with_lengths(fields: Fields) -> Fields:
    """Return the fields of an object with the prefixes of a rule, whose length has its own key."""
    prefixes = {
        key: f"{fields[key]}/{fields[f'{key}len']}"
        for key in ("src", "dst")
        if f"{key}len" in fields
    }
    return {**fields, **prefixes}


def description(noun: str, fields: Fields) -> Iterator[str]:
    """Yield the words that describe an object beside its subject."""
    hidden = set()
    if noun == "address" and fields.get("address") in (None, fields.get("local")):
        hidden.add("address")
    return _words([row for row in DETAILS.get(noun, ()) if row[1] not in hidden], fields)


def _words(rows: Iterable[tuple[str, str]], fields: Fields) -> Iterator[str]:
    """Yield the words of some keys that an object has."""
    for word, key in rows:
        if key not in fields:
            continue

        value = fields[key]
        if value is None:  # a flag that is set
            yield key
        elif value not in ("", [], {}) and (word, value) not in USUAL:
            yield from filter(None, (word, format_value(value)))


def format_value(value: Any) -> str:
    """Return a value as short text: lists by commas, objects as `key value`."""
    if isinstance(value, bool):
        text = "on" if value else "off"
    elif isinstance(value, Mapping):
        text = " ".join(f"{key} {format_value(item)}" for key, item in value.items())
    elif isinstance(value, (list, tuple)):
        text = ",".join(format_value(item) for item in value) or ABSENT
    else:
        text = ABSENT if value is None else str(value)
    return text if len(text) <= MAX_LENGTH else f"{text[: MAX_LENGTH - 1]}…"


def changes(left: Fields, right: Fields) -> Iterator[str]:
    """Yield what differs between two sides of an object: `mtu 1500 -> 1400`, `down -> up`."""
    for key in sorted(left.keys() | right.keys()):
        # JSON null is a value: iproute2 prints flags that are set so.
        if (key in left) == (key in right) and left.get(key) == right.get(key):
            continue

        yield from _changed_field(key, left, right=right)


def _changed_field(key: str, left: Fields, *, right: Fields) -> Iterator[str]:
    """Yield what differs in a field of both sides."""
    old, new = left.get(key), right.get(key)

    if key == "flags":
        yield from _changed_flags(old or (), new or ())
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for text in changes(old, new):
            yield f"{key}.{text}"
    elif old is None and new is None:  # a flag that one side has
        yield f"{key} {'on -> off' if key in left else 'off -> on'}"
    else:
        # The only field of a sysctl needs no name.
        label = "" if left.keys() | right.keys() == {"value"} else f"{key} "
        yield f"{label}{format_value(old)} -> {format_value(new)}"


def _changed_flags(old: Iterable[str], new: Iterable[str]) -> Iterator[str]:
    """Yield the flags that were set or cleared; `UP` is the state that the user sets."""
    old_flags, new_flags = set(old), set(new)
    if ("UP" in old_flags) != ("UP" in new_flags):
        yield "down -> up" if "UP" in new_flags else "up -> down"

    for flag in sorted((old_flags ^ new_flags) - {"UP"}):
        yield f"{'+' if flag in new_flags else '-'}{flag}"
