"""Read the text that `ip` and `bridge` print without `-j`, as people paste it.

The lines of a text need not be as they were printed: blanks may be collapsed, long lines wrapped,
the indentation lost. So a line begins an object if its words say so, and otherwise continues the
object before. The words of an object are read as one sequence, by the grammars of the monitors.

A word that is not understood is an error where it is the first of a line. Behind a word that is
understood it is kept, in the order of the text, as ``extra["unread"]``: newer releases print new
words.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from attrs import frozen

from ipwrap.errors import OutputError
from ipwrap.models.base import load
from ipwrap.models.nouns import NOUNS
from ipwrap.models.text import link, mdb, neigh, route, rule, vlan
from ipwrap.models.text.address import FAMILIES, read_address
from ipwrap.models.text.grammar import TYPES, Data, Unread, Word, Words
from ipwrap.models.text.lines import Section, split_sections

__all__ = ["READERS", "read_text"]

JSON_OR_EMPTY = re.compile(r"[\ufeff\s]*(?:\{|\[\s*[\[\]{\"]|\Z)")
ADDRESS = re.compile(r"(?:\d+(?:\.\d+){3}|[\da-f]*:[\da-f:.]+)(?:/\d+)?", re.ASCII | re.IGNORECASE)
LABELS = re.compile(r"\d+(?:/\d+)*", re.ASCII)
MAC = re.compile(r"[\da-f]{2}(?::[\da-f]{2}){5}(?:(?::[\da-f]{2}){14})?", re.ASCII | re.IGNORECASE)
# oper_states in ip/ipaddress.c
STATES = frozenset({"UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP"})
# Keywords of a route with a value that may end a line without one.
VALUE_OPTIONAL = frozenset({"cache", "features", "nh_info"})
# With -o these print everything on one line; a backslash ends each object.
LINE_ENDS = {"bridge vlan": "\n|\\\\", "bridge mdb": "\n|\\\\"}
EXCERPT_WORDS = 12
LONGEST_LIST = 40  # words of a list that a line end may be in


class OtherNounError(ValueError):
    """A text that begins as this noun's would, but is another noun's."""


@frozen
class TextReader:
    """How the text of a noun is read.

    - ``begins``: whether the words of a line begin an object
    - ``read``: the JSON of an object's words, and the unknown words
    - ``awaits``: whether a value is missing behind a word, so that the next line continues it
    - ``lists``: the keys of lists that JSON always has, also empty
    - ``merge``: turns the objects of the text into those that JSON has
    """

    begins: Callable[[Sequence[str]], bool]
    read: Callable[[Words], tuple[Data, Unread]]
    awaits: Callable[[str], bool] = lambda _: False
    merge: Callable[[list[Data]], list[Data]] = lambda objects: objects
    lists: tuple[str, ...] = ()


def read_text(noun: str, text: str) -> list[Any] | None:
    """Return the models of a text; None if it is none that a noun has: JSON, for instance.

    Where the text has several commands with their prompts, those of the noun are read. Raises
    `OutputError`, with the number of the line, for a line that is not understood.
    """
    if noun not in READERS or JSON_OR_EMPTY.match(text):
        return None

    reader = READERS[noun]
    sections = _choose_sections(noun, split_sections(text, LINE_ENDS.get(noun, "\n")))
    lines = [words for section in sections for words in section.lines if not _is_title(words)]
    if not lines:
        return []
    if JSON_OR_EMPTY.match(lines[0][0]):
        return None
    if not any(reader.begins(words) for words in lines):
        _raise_if_other_text(noun, lines, is_command=any(section.noun for section in sections))
        return None

    first_words: list[list[Word]] = []
    objects: list[Data] = []
    for words in _split_objects(noun, lines):
        first_words.append(list(islice(words, EXCERPT_WORDS)))
        objects.append(_read_object(noun, words))

    try:
        return load(NOUNS[noun], reader.merge(objects))
    except OutputError as error:
        raise _find_error(noun, objects, first_words=first_words) or error from error


def _choose_sections(noun: str, sections: list[Section]) -> list[Section]:
    """Return the outputs of a noun's commands, and what else begins with an object of the noun.

    Raises `OutputError` if there is output, and none of the noun.
    """
    commands = [section for section in sections if section.command]
    if not commands:
        return sections

    chosen = [section for section in sections if _is_of_noun(noun, section)]
    others = [section for section in commands if section.lines]
    if chosen or not others:
        return chosen
    if JSON_OR_EMPTY.match(others[0].lines[0][0]):
        return others  # whose objects tell what they are
    raise OutputError(
        f"no output of {noun!r} in the text: the command at line {others[0].line} is"
        f" {others[0].command!r}"
    )


def _is_of_noun(noun: str, section: Section) -> bool:
    """Return whether an output is of a noun's command, or begins as one without a command."""
    if section.noun is not None:
        return section.noun == noun
    # A title may be above the first object.
    return any(READERS[noun].begins(words) for words in section.lines[:2])


def _raise_if_other_text(noun: str, lines: list[Words], *, is_command: bool) -> None:
    """Raise `OutputError` if a text begins as that of another noun, or is of the noun's command.

    JSON below a message is neither.
    """
    if any(JSON_OR_EMPTY.match(words[0]) for words in lines):
        return

    for name, reader in READERS.items():
        if name != noun and reader.begins(lines[0]):
            raise _make_error(noun, lines[0], problem=f"it looks like the text of {name!r}")
    if is_command:
        raise _make_error(noun, lines[0], problem="no object begins so")


def _is_title(words: Words) -> bool:
    """Return whether words are above the VLANs of all ports: `port vlan-id`."""
    return words[0] == "port" and list(words) in vlan.HEADER


def _split_objects(noun: str, lines: Iterable[Words]) -> Iterator[Words]:
    """Yield the words of each object. Raises `OutputError` for a line before the first."""
    reader = READERS[noun]
    words: Words = Words()
    for line in lines:
        if reader.begins(line) and not _awaits_value(reader, words):
            if words:
                yield words
            words = line
        elif words:
            words.extend(line)
        else:
            raise _make_error(noun, line, problem="no object begins so")
    if words:
        yield words


def _awaits_value(reader: TextReader, words: Words) -> bool:
    """Return whether the last word lacks its value; a keyword may be the name of a link, too."""
    if not words:
        return False
    if _has_open_list(words):
        return True
    return reader.awaits(words[-1]) and (len(words) < 2 or not reader.awaits(words[-2]))


def _has_open_list(words: Words) -> bool:
    """Return whether a list is not closed yet: `segs 2 [ 2001:db8::a`."""
    for word in islice(reversed(words), LONGEST_LIST):
        if word in ("[", "]"):
            return word == "["
    return False


def _read_object(noun: str, words: Words) -> Data:
    """Return the JSON of an object. Raises `OutputError` for a line that is not understood."""
    object_words = list(words)
    try:
        data, unread = READERS[noun].read(words)
    except OtherNounError as error:
        raise _make_error(noun, object_words, problem=str(error)) from error
    except (LookupError, ValueError) as error:
        raise _make_error(noun, object_words, problem="a value is missing or wrong") from error

    for word in unread:
        if word.starts_line:
            same_line = [other for other in object_words if other.line == word.line]
            raise _make_error(noun, same_line, problem=f"{str(word)!r} is not understood")
    if unread:
        data["unread"] = [str(word) for word in unread]
    for key in READERS[noun].lists:
        data.setdefault(key, [])
    return data


def _find_error(
    noun: str, objects: list[Data], *, first_words: list[list[Word]]
) -> OutputError | None:
    """Return the error of the first object that is none of a noun, with its line."""
    for data, words in zip(objects, first_words, strict=True):
        try:
            load(NOUNS[noun], [data])
        except OutputError as error:
            return _make_error(noun, words, problem=str(error))
    return None


def _make_error(noun: str, words: Sequence[Word], *, problem: str) -> OutputError:
    """Return the error of a line that is not understood."""
    number = words[0].line
    excerpt = " ".join(list(words)[:EXCERPT_WORDS])
    return OutputError(
        f"not the text of {noun!r} at line {number}: {problem}; there it reads {excerpt!r}"
    )


def _is_brief(words: Sequence[str]) -> bool:
    """Return whether words are a line of `-br`: the name and the state of a link."""
    if len(words) < 2 or words[1] not in STATES or words[0].endswith(":"):
        return False
    if len(words) == 2:
        return words[0] != "state"  # a wrapped line of another form
    # An address, a MAC address, or flags.
    return "peer" in words or words[-1].startswith("<") or not {"/", ":"}.isdisjoint(words[2])


def _is_address_line(words: Sequence[str]) -> bool:
    """Return whether words are a line of `ip -o address`: `2: eth0 inet 10.0.0.1/24`."""
    has_index = len(words) > 3 and link.INDEX.fullmatch(words[0]) is not None
    return has_index and words[2] in FAMILIES


def _begins_link(words: Sequence[str]) -> bool:
    """Return whether words begin a link of `ip link`."""
    return link.is_link(words) or _is_brief(words)


def _begins_interface(words: Sequence[str]) -> bool:
    """Return whether words begin a link of `ip address`, or an address of `ip -o address`."""
    return _begins_link(words) or _is_address_line(words)


def _read_interface(words: Words) -> tuple[Data, Unread]:
    """Read a link of `ip address`, or a line of one."""
    if _is_brief(words):
        return link.read_brief(words)
    if not _is_address_line(words):
        return _read_ip_link(words)

    data: Data = {"ifindex": int(words.popleft()[:-1])}
    link.read_name(words.popleft(), data)
    address: Data = {"index": data["ifindex"], "dev": data["ifname"]}
    unread = read_address(words, address)
    data["addr_info"] = [address]
    return data, unread


def _read_ip_link(words: Words) -> tuple[Data, Unread]:
    """Read a link. Raises `OtherNounError` for `bridge link`, whose state is in lower case."""
    data, unread = link.read_link(words)
    if str(data.get("operstate", "UP")).islower():
        raise OtherNounError("it looks like the text of 'bridge link'")
    return data, unread


def _merge_interfaces(objects: list[Data]) -> list[Data]:
    """Return one object for the lines of each link of `ip -o address`."""
    merged: dict[tuple[Any, Any], Data] = {}
    for data in objects:
        key = (data.get("ifindex"), data["ifname"])
        if key in merged and "flags" not in data:
            merged[key].setdefault("addr_info", []).extend(data.get("addr_info", []))
            _add_unread(merged[key], data)
        else:
            merged[(*key, len(merged)) if key in merged else key] = data  # type: ignore[index]
    for data in merged.values():
        data.setdefault("addr_info", [])
    return list(merged.values())


def _add_unread(data: Data, other: Data) -> None:
    """Add the unknown words of another object."""
    if "unread" in other:
        data.setdefault("unread", []).extend(other["unread"])


def _read_plain_link(words: Words) -> tuple[Data, Unread]:
    """Read a link of `ip link`. Raises `OtherNounError` for text of `ip address`."""
    data, unread = _read_interface(words)
    if "addr_info" in data:
        raise OtherNounError("it looks like the text of 'address'")
    return data, unread


def _read_port(words: Words) -> tuple[Data, Unread]:
    """Read a port of `bridge link`. Raises `OtherNounError` for text of `ip link`."""
    data, unread = link.read_port(words)
    if "qdisc" in unread:
        raise OtherNounError("it looks like the text of 'link'")
    return data, unread


def _begins_route(words: Sequence[str]) -> bool:
    """Return whether words begin a route: a type, `default`, a prefix, or MPLS labels."""
    first = words[0]
    if first in TYPES:
        return len(words) > 1
    if first == "default" or (ADDRESS.fullmatch(first) and not MAC.fullmatch(first)):
        return True
    return len(words) > 2 and LABELS.fullmatch(first) is not None and words[1] in ("as", "via")


def _read_route(words: Words) -> tuple[Data, Unread]:
    """Read a route. Raises `OtherNounError` for text of `ip neigh`."""
    data, unread = route.read_route(words)
    if "lladdr" in unread or not neigh.STATES.isdisjoint(unread):
        raise OtherNounError("it looks like the text of 'neigh'")
    return data, unread


def _awaits_route_value(word: str) -> bool:
    """Return whether a value of a route follows a word."""
    return route.ROUTE.wants_value(word) and word not in VALUE_OPTIONAL


def _begins_neigh(words: Sequence[str]) -> bool:
    """Return whether words begin a neighbour: an address, and a link or a state behind it."""
    is_host = ADDRESS.fullmatch(words[0]) is not None and "/" not in words[0]
    return is_host and len(words) > 1 and neigh.has_neigh_word(words)


def _begins_nexthop(words: Sequence[str]) -> bool:
    """Return whether words begin a next hop: `id 1`."""
    return len(words) > 1 and words[0] == "id" and words[1].isdecimal()


def _begins_fdb(words: Sequence[str]) -> bool:
    """Return whether words begin an entry of a forwarding table: a MAC address."""
    return len(words) > 1 and MAC.fullmatch(words[0]) is not None


def _read_port_vlans(words: Words) -> tuple[Data, Unread]:
    """Read the VLANs of a port."""
    data: Data = {"ifname": str(words.popleft())}
    if len(words) == 1 and words[0] == "None":  # of a port without VLANs, before 4.18
        words.popleft()
    return data, vlan.read_vlan(words, data)


def _begins_port_vlans(words: Sequence[str]) -> bool:
    """Return whether words begin the VLANs of a port: its name, and a VLAN."""
    if vlan.is_vlan_line(words):
        return False
    if list(words)[1:] == ["None"]:
        return True
    return vlan.is_vlan(words) and (len(words) == 2 or vlan.has_vlan_word(words[2]))


def _merge_ports(objects: list[Data]) -> list[Data]:
    """Return the ports, each with the VLANs of all of its lines."""
    merged: dict[str, Data] = {}
    for data in objects:
        if data["ifname"] in merged:
            merged[data["ifname"]]["vlans"] += data["vlans"]
            _add_unread(merged[data["ifname"]], data)
        else:
            merged[data["ifname"]] = data
    return [data for data in merged.values() if data["vlans"]]


def _read_mdb(words: Words) -> tuple[Data, Unread]:
    """Read an entry, or the router ports, of `bridge mdb`."""
    data: Data = {}
    return data, mdb.read_mdb(words, data)


def _merge_mdb(objects: list[Data]) -> list[Data]:
    """Return the one object that JSON has."""
    merged: Data = {"mdb": [], "router": {}}
    for data in objects:
        merged["mdb"] += data.get("mdb", [])
        for name, ports in data.get("router", {}).items():
            merged["router"].setdefault(name, []).extend(ports)
        _add_unread(merged, data)
    return [merged]


READERS = {
    "address": TextReader(_begins_interface, _read_interface, merge=_merge_interfaces),
    "link": TextReader(_begins_link, _read_plain_link),
    "route": TextReader(_begins_route, _read_route, _awaits_route_value),
    "rule": TextReader(rule.is_rule, rule.read_rule),
    "neigh": TextReader(_begins_neigh, neigh.read_neigh, neigh.NEIGH.wants_value),
    "nexthop": TextReader(_begins_nexthop, route.read_nexthop, lists=("flags",)),
    "bridge fdb": TextReader(_begins_fdb, neigh.read_fdb, lists=("flags",)),
    "bridge link": TextReader(link.is_link, _read_port),
    "bridge vlan": TextReader(_begins_port_vlans, _read_port_vlans, merge=_merge_ports),
    "bridge mdb": TextReader(mdb.is_mdb, _read_mdb, merge=_merge_mdb),
}
