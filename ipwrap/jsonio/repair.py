"""Known mistakes in the JSON of iproute2's releases, and their repair.

A mistake has a rule only if the meaning is certain. Rules work on tokens, so that the compact form
and the pretty form (`-p`) are equal. A rule names the releases with the mistake, and the printing
file of iproute2.
"""

import json
import re
import warnings
from collections.abc import Callable, Iterable
from typing import Any

from ipwrap.errors import OutputWarning
from ipwrap.jsonio.tokens import KEY, LITERAL, STRING, WORD, Token, to_text, tokenize
from ipwrap.system.lazy_pattern import lazy_pattern

__all__ = ["UNPARSED_KEY", "repair"]

# The key of text that iproute2 printed instead of members.
UNPARSED_KEY = ""
# The limit of inserted commas: a text that lacks more is no JSON in the first place.
MAX_COMMAS = 20

ESCAPE = lazy_pattern(r"\\(.)", re.DOTALL)
AFTER_COMMA = lazy_pattern(r'\s*(?:\{|\[|"(?:[^"\\]|\\.)*"\s*:)', re.DOTALL)

COMMA = Token(",", ",")
OPEN_OBJECT, CLOSE_OBJECT = Token("{", "{"), Token("}", "}")
OPEN_LIST, CLOSE_LIST = Token("[", "["), Token("]", "]")

# Patterns of shapes (ipwrap/jsonio/tokens.py): a character a token, K a key, S a string, 0 a
# number, n a literal, w a word. A list and an object may hold one further level of their bracket.
LIST = r"\[[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*\]"
OBJECT = r"\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}"
MEMBER = rf"K(?:[S0n]|{OBJECT}|{LIST})"
# A way is one of several next hops of a route: its members, `dev NAME`, `weight NUMBER`, and its
# flags; print_rta_multipath(). A pattern has a group of a name once, so the name gets a suffix.
WAY = rf"(?:{MEMBER},)*(?:{MEMBER})?(?P<words%s>w[w0n](?:w0)?),K{LIST}"
WAYS = rf"(?<=\{{){WAY % 0}(?:,?{WAY % 1})*"

EACH_MEMBER = lazy_pattern(MEMBER)
EACH_METRIC = lazy_pattern(r"K[S0n]|0")
EACH_NAMED_MATCH = lazy_pattern(rf"K\{{K(?:[S0]|{OBJECT})")
EACH_PORT = lazy_pattern(rf"S,K(?P<vlans>{LIST})")
# A run of words in an object, where a member should be.
EACH_TEXT = lazy_pattern(r"(?<=[{S0n\]}])[w0n](?:,?[w0n])*(?=,?K|\})")
EACH_TUNNEL_PORT = lazy_pattern(rf"KS,K\[K(?P<tunnels>{LIST})")
EACH_WAY = lazy_pattern(WAY % "")

ROUTE_TYPES = frozenset(
    {
        *("unicast", "local", "broadcast", "anycast", "multicast", "blackhole"),
        *("unreachable", "prohibit", "throw", "nat", "xresolve"),
    }
)
# The keys that begin a way, in contrast to those of its route.
WAY_KEYS = frozenset({"encap", "to", "via", "gateway", "flow"})
# What a match of u32 is called with `-p`: print_ipv4() and print_ipv6() in tc/f_u32.c.
FIELDS = frozenset({"dport", "dst", "ip_dsfield", "ip_ihl", "ip_protocol", "sport", "src"})
# The key printed, and the key that JSON has.
PORT_LISTS = {"tunnel": "tunnels", "vlan": "vlans"}
# The values that are printed without quotes, by their keys.
BARE_VALUES = {
    "flowid": lazy_pattern(r"[0-9a-f]*:[0-9a-f]*"),
    "state": lazy_pattern(r"[A-Z]+(?:-[A-Z]+)*"),
}
# A number or flag of tc with the first word of the text behind it.
JOINED_VALUE = lazy_pattern(r"(?P<value>\d+|false|true)(?P<word>(?!x)[A-Za-z].*)")  # not 0x1f
# The options of a filter or qdisc begin with a keyword, a handle (`0x1`, `*`) or `???`.
KEYWORD = lazy_pattern(r"[a-z0-9*?]")
# The keys of which an object of tc has one among its first.
TC_KEYS = frozenset({"class", "kind", "order"})
FIRST_TOKENS = 24  # print_filter() in tc/tc_filter.c prints `kind` as the eighth at the latest

# The pattern of a mistake, and the function that rewrites its tokens: it returns None for tokens
# that only look like the mistake.
Rule = tuple[re.Pattern[str], Callable[[list[Token]], list[Token] | None]]


def repair(text: str, loads: Callable[[str], Any]) -> Any:
    """Return the values of a text after repair. Raises `ValueError` for a text beyond repair.

    Warns with `OutputWarning` of values without the names that a release did not print.
    """
    # Before 6.1 lib/json_writer.c escaped `'`, which JSON does not.
    if "\\'" in text:
        text = ESCAPE.sub(_unescape_quote, text)

    tokens = tokenize(text)
    for rule in RULES:
        tokens = _apply(rule, tokens)

    tokens = _close_matches(_name_texts(tokens))
    return _load_with_commas(to_text(tokens), loads)


def _apply(rule: Rule, tokens: list[Token]) -> list[Token]:
    """Return tokens with every instance of a mistake rewritten."""
    pattern, rewrite = rule
    repaired: list[Token] = []
    end = 0

    for match in pattern.finditer(_shapes_of(tokens)):
        replacement = rewrite(tokens[match.start() : match.end()])
        if replacement is not None:
            repaired += [*tokens[end : match.start()], *replacement]
            end = match.end()

    return [*repaired, *tokens[end:]]


def _load_with_commas(text: str, loads: Callable[[str], Any]) -> Any:
    """Return the values of a text with its missing commas inserted. Raises `ValueError`."""
    for _ in range(MAX_COMMAS):
        try:
            return loads(text)
        except json.JSONDecodeError as error:
            lacks_comma = error.msg == "Expecting ',' delimiter"
            if not lacks_comma or not AFTER_COMMA.match(text, error.pos):
                raise

            text = f"{text[: error.pos]},{text[error.pos :]}"

    return loads(text)


def _unescape_quote(escape: re.Match[str]) -> str:
    """Return `'` for the invalid escape `\\'`, and a valid escape unchanged."""
    return "'" if escape[1] == "'" else escape[0]


def _shapes_of(tokens: Iterable[Token]) -> str:
    """Return the shapes of tokens, as a text for patterns."""
    return "".join([token.shape for token in tokens])


def _key(name: str) -> Token:
    """Return the key of a new member."""
    return Token(KEY, f"{json.dumps(name)}:")


def _string(value: str) -> Token:
    """Return a new string."""
    return Token(STRING, json.dumps(value))


def _members_of(tokens: list[Token]) -> list[list[Token]]:
    """Return the members in tokens, as keys with values."""
    matches = EACH_MEMBER.finditer(_shapes_of(tokens))
    return [tokens[match.start() : match.end()] for match in matches]


def _join(parts: Iterable[list[Token]]) -> list[Token]:
    """Return members, or objects, with commas between them."""
    joined: list[Token] = []
    for part in parts:
        joined += [COMMA, *part] if joined else part

    return joined


def _object(members: Iterable[list[Token]]) -> list[Token]:
    """Return an object of members."""
    return [OPEN_OBJECT, *_join(members), CLOSE_OBJECT]


def _list(objects: Iterable[list[Token]]) -> list[Token]:
    """Return a list of objects."""
    return [OPEN_LIST, *_join(objects), CLOSE_LIST]


def _close_empty_list(_tokens: list[Token]) -> list[Token]:
    """Return an empty list."""
    return _list([])


def _name_route_type(tokens: list[Token]) -> list[Token] | None:
    """Return the type of a route as a member."""
    return [_key("type"), *tokens] if tokens[0].value in ROUTE_TYPES else None


def _add_direction(tokens: list[Token]) -> list[Token] | None:
    """Return the key of an erspan's direction with null as its value."""
    direction, next_key = tokens
    if (direction.value, next_key.value) != ("erspan_dir", "erspan_hwid"):
        return None

    return _join([[direction, Token(LITERAL, "null")], [next_key]])


def _unwrap_vlans(tokens: list[Token]) -> list[Token] | None:
    """Return the VLANs of a port as a member, without the object around them."""
    name, vlans = _members_of(tokens)
    if (name[0].value, vlans[0].value) != ("ifname", "vlans"):
        return None

    return [COMMA, *vlans]


def _quote_value(tokens: list[Token]) -> list[Token] | None:
    """Return a member with its value in quotes."""
    key, value = tokens
    pattern = BARE_VALUES.get(key.value)
    return [key, _string(value.text)] if pattern and pattern.fullmatch(value.text) else None


def _split_value(tokens: list[Token]) -> list[Token] | None:
    """Return a key with a number or flag, and the following word as a separate token."""
    key, value = tokens
    joined = JOINED_VALUE.fullmatch(value.text)
    if joined is None:
        return None

    return [key, Token(LITERAL, joined["value"], value.gap), Token(WORD, joined["word"])]


def _name_unknown(tokens: list[Token]) -> list[Token]:
    """Return the text for an unknown kind of tc as a member."""
    return [_key(UNPARSED_KEY), _string(to_text(tokens).strip())]


def _name_eat(tokens: list[Token]) -> list[Token] | None:
    """Return the flag `eat` as a member."""
    return [_key("eat"), Token(LITERAL, "true")] if tokens[0].value == " eat " else None


def _list_flag(tokens: list[Token]) -> list[Token] | None:
    """Return the flag of an entry as its flags."""
    (flag,) = tokens
    return [_key("flags"), *_list([[flag]])] if flag.value == "master" else None


def _wrap_process(tokens: list[Token]) -> list[Token] | None:
    """Return the members of a process as an object."""
    members = _members_of(tokens)
    names = [member[0].value for member in members]
    return _object(members) if names == ["name", "pid"] else None


def _name_ports(tokens: list[Token]) -> list[Token] | None:
    """Return the names of ports, which are followed by VLANs, as objects."""
    ports = []

    for match in EACH_PORT.finditer(_shapes_of(tokens)):
        name, _, key = tokens[match.start() : match.start("vlans")]
        if key.value not in PORT_LISTS:
            return None

        vlans = tokens[match.start("vlans") : match.end("vlans")]
        members = [[_key("ifname"), name], [_key(PORT_LISTS[key.value]), *vlans]]
        ports.append(_object(members))

    return _list(ports)


def _name_tunnels(tokens: list[Token]) -> list[Token] | None:
    """Return the tunnels of ports as members of the ports, and close the list of the ports."""
    ports = []

    for match in EACH_TUNNEL_PORT.finditer(_shapes_of(tokens)):
        key, name, _, vlans, _, tunnel = tokens[match.start() : match.start("tunnels")]
        if (key.value, vlans.value, tunnel.value) != ("ifname", "vlans", "tunnel"):
            return None

        tunnels = tokens[match.start("tunnels") : match.end("tunnels")]
        ports.append(_object([[key, name], [_key("tunnels"), *tunnels]]))

    return _list(ports)


def _name_metrics(tokens: list[Token]) -> list[Token] | None:
    """Return the metrics of a route as an object. Warns of those without a name."""
    key, _, *content, _ = tokens
    if key.value != "metrics":
        return None

    matches = EACH_METRIC.finditer(_shapes_of(content))
    metrics = [content[match.start() : match.end()] for match in matches]
    members = [metric for metric in metrics if len(metric) > 1]
    nameless = " ".join(metric[0].text for metric in metrics if len(metric) == 1)

    if nameless:
        members.insert(0, [_key(UNPARSED_KEY), _string(nameless)])
        warnings.warn(
            f"metrics of a route without their names: {nameless}; iproute2 5.1 prints the names",
            OutputWarning,
            stacklevel=2,
        )
    return [key, *_list([_object(members)])]


def _nest_ways(tokens: list[Token]) -> list[Token] | None:
    """Return the ways of a route as the list of its next hops."""
    route: list[list[Token]] = []
    ways: list[list[Token]] = []

    for match in EACH_WAY.finditer(_shapes_of(tokens)):
        words = tokens[match.start("words") : match.end("words")]
        if [word.text for word in words[::2]] not in (["dev"], ["dev", "weight"]):
            return None

        members = _members_of(tokens[match.start() : match.start("words")])
        if not ways:
            start = _first_of_way(members)
            route, members = members[:start], members[start:]

        members.append([_key("dev"), _string(words[1].text)])
        members += [[_key("weight"), words[3]]] if words[3:] else []
        flags = _members_of(tokens[match.end("words") : match.end()])
        ways.append(_object([*members, *flags]))

    return _join([*route, [_key("nexthops"), *_list(ways)]])


def _first_of_way(members: list[list[Token]]) -> int:
    """Return the position of the first way's first member, behind the flags of the route."""
    keys = [member[0].value for member in members]
    flags = keys.index("flags") if "flags" in keys else 0
    of_way = (index for index, key in enumerate(keys) if index > flags and key in WAY_KEYS)
    return next(of_way, len(keys))


def _group_members(tokens: list[Token]) -> list[Token]:
    """Return a list of members as a list of objects: a key that comes again begins the next."""
    objects: list[dict[str, list[Token]]] = [{}]

    for member in _members_of(tokens):
        name = member[0].value
        if name in objects[-1]:
            objects.append({})
        objects[-1][name] = member

    return _list(_object(members.values()) for members in objects)


def _wrap_routers(tokens: list[Token]) -> list[Token] | None:
    """Return the router ports as an object of bridges."""
    router, _, *bridges, _ = tokens
    return [router, *_object(_members_of(bridges))] if router.value == "router" else None


def _close_matches(tokens: list[Token]) -> list[Token]:
    """Return tokens with the matches of u32 filters closed, if no other object lacks a brace.

    `tc -p filter` 5.18 to 6.2: print_ipv4() in tc/f_u32.c returns before closing the object, and tc
    aborts before closing the list of the filters.
    """
    shapes = _shapes_of(tokens)
    matches = [match for match in EACH_NAMED_MATCH.finditer(shapes) if _is_match(tokens, match)]
    if not matches or shapes.count("{") - shapes.count("}") != len(matches):
        return tokens

    closed: list[Token] = []
    end = 0
    for match in matches:
        closed += [*tokens[end : match.end()], CLOSE_OBJECT]
        end = match.end()

    is_aborted = shapes.count("[") - shapes.count("]") == 1 and shapes.endswith("}")
    return [*closed, *tokens[end:], *([CLOSE_LIST] if is_aborted else [])]


def _is_match(tokens: list[Token], match: re.Match[str]) -> bool:
    """Return whether tokens are those of a match by the name of a header field."""
    return tokens[match.start()].value == "match" and tokens[match.start() + 2].value in FIELDS


def _name_texts(tokens: list[Token]) -> list[Token]:
    """Return tokens with the text of each object of tc as a member: `UNPARSED_KEY`."""
    repaired: list[Token] = []
    text_positions: dict[int, int] = {}
    end = 0

    for match in EACH_TEXT.finditer(_shapes_of(tokens)):
        start = match.start()
        opening = _find_opening(tokens, start)
        if opening is None or not _may_have_text(tokens, opening, first_word=tokens[start].text):
            continue

        repaired += tokens[end:start]
        end = match.end()
        text = to_text(tokens[start:end]).strip()

        if opening in text_positions:
            position = text_positions[opening]
            earlier = json.loads(repaired[position].text)
            repaired[position] = _string(f"{earlier} {text}")
        else:
            repaired += [] if repaired[-1].shape == "{" else [COMMA]
            repaired += [_key(UNPARSED_KEY), _string(text)]
            text_positions[opening] = len(repaired) - 1

        if tokens[end].shape == KEY:
            repaired.append(COMMA)

    return [*repaired, *tokens[end:]]


def _find_opening(tokens: list[Token], position: int) -> int | None:
    """Return the position of the brace that opens the object around a position."""
    depth = 0
    for index in range(position - 1, -1, -1):
        shape = tokens[index].shape
        if shape in "[{" and not depth:
            return index if shape == "{" else None
        depth += (shape in "]}") - (shape in "[{")

    return None


def _may_have_text(tokens: list[Token], opening: int, *, first_word: str) -> bool:
    """Return whether an object is from tc: other programs print no text among members."""
    before = tokens[opening - 1]
    if before.shape == KEY:
        return before.value == "options" and KEYWORD.match(first_word) is not None

    first_tokens = tokens[opening + 1 : opening + 1 + FIRST_TOKENS]
    return any(token.shape == KEY and token.value in TC_KEYS for token in first_tokens)


RULES: tuple[Rule, ...] = (
    # `ip mptcp endpoint` 5.10 without endpoints: ip/ipmptcp.c.
    (lazy_pattern(r"\A\[\}\Z"), _close_empty_list),
    # `bridge vlan` and `tunnelshow` 4.17 to 4.19: print_vlan_port() in bridge/vlan.c.
    (lazy_pattern(rf"\[(?:S,K{LIST},?)+\]"), _name_ports),
    # `bridge vlan tunnelshow` 4.20 to 5.4, which then aborts before it has closed the list:
    # print_vlan_tunnel_info() in bridge/vlan.c.
    (lazy_pattern(rf"\A\[(?:\{{KS,K\[K{LIST}\}},?)+\]?\Z"), _name_tunnels),
    # `ip -d route` 4.17 to 4.20: print_route() in ip/iproute.c has the type without its key.
    (lazy_pattern(r"(?<=[{,])S(?=,K)"), _name_route_type),
    # `ip route` 4.17 to 5.0: print_rta_metrics() in ip/iproute.c opens no object, and prints the
    # names of most metrics to text only.
    (lazy_pattern(r"K\[(?:K[S0n],?|0)+\]"), _name_metrics),
    # `ip route` 4.17 to 5.0: print_rta_multipath() in ip/iproute.c opens no list of next hops.
    (lazy_pattern(WAYS), _nest_ways),
    # `ip -d link` before 5.12: an erspan of version 2, ip/link_gre.c.
    (lazy_pattern(r"KK"), _add_direction),
    # `bridge -d link` 4.20 to 5.4: print_vlan_info() in bridge/vlan.c opens an object.
    (lazy_pattern(rf"(?<=[S0n]),\{{KS,K{LIST}\}}"), _unwrap_vlans),
    # `ip -d link` through 4.18: the state of a CAN controller, ip/iplink_can.c.
    (lazy_pattern(r"Kw"), _quote_value),
    # `tc -s qdisc` before 5.5, and actions through 6.1: text follows a value without a blank,
    # pie_print_xstats() in tc/q_pie.c, print_simple() in tc/m_simple.c, and choke of 5.4.
    (lazy_pattern(r"Kw"), _split_value),
    # `tc qdisc` of a kind that is newer than tc: print_qdisc() in tc/tc_qdisc.c.
    (lazy_pattern(r"(?<=\{)\[w[w0,]*\](?=\})"), _name_unknown),
    # `tc -d filter`: u32_print_opt() in tc/f_u32.c has a string without a key.
    (lazy_pattern(r"(?<=[{,])S(?=,K|\})"), _name_eat),
    # `bridge fdb` 4.7 to 4.16: print_fdb() in bridge/fdb.c opens no list for this flag.
    (lazy_pattern(r"(?<=,)S(?=,K|\})"), _list_flag),
    # `ip -d tuntap`: print_tuntap() in ip/iptuntap.c opens no object for a process.
    (lazy_pattern(r"(?<=[\[,])KS,K0(?=[,\]])"), _wrap_process),
    # `bridge -d mdb` 4.17 to 5.0: print_router_entries() in bridge/mdb.c opens a list of bridges.
    (lazy_pattern(rf"K\[{MEMBER}(?:,{MEMBER})*\]"), _wrap_routers),
    # `bridge mdb` 4.17 to 5.0, bridge/mdb.c; `ip link afstats`, ip/iplink.c: a list of members.
    (lazy_pattern(rf"\[{MEMBER}(?:,{MEMBER})*\]"), _group_members),
)
