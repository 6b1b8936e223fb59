"""A table serves every direction, and the tables are as complete as iproute2's sources."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, Required, TypedDict, is_typeddict

import pytest
from attrs import field, frozen
from hypothesis import assume, given
from hypothesis import strategies as st

from ipwrap.bridge import fdb as bridge_fdb
from ipwrap.bridge import global_vlan as bridge_global_vlan
from ipwrap.bridge import link as bridge_link
from ipwrap.bridge import mdb as bridge_mdb
from ipwrap.bridge import mst as bridge_mst
from ipwrap.bridge import vlan as bridge_vlan
from ipwrap.bridge import vni as bridge_vni
from ipwrap.bridge.fdb import FdbFilter, FdbFlush, FdbGet, FdbOptions
from ipwrap.bridge.global_vlan import GlobalVlanOptions
from ipwrap.bridge.link import PortOptions
from ipwrap.bridge.mdb import MdbFlush, MdbKey, MdbOptions
from ipwrap.bridge.mst import MstOptions
from ipwrap.bridge.vlan import VlanOptions, VlanSettings
from ipwrap.bridge.vni import VniOptions
from ipwrap.errors import InvalidArgument, UnknownOption
from ipwrap.ip import address, link, macsec, mroute, neigh, netns, nexthop, route, rule, tuntap
from ipwrap.ip.mroute import MrouteFilter
from ipwrap.ip.nexthop import BucketFilter, NexthopFilter, NexthopOptions
from ipwrap.ip.rule import RuleFilter, RuleFlush, RuleOptions
from ipwrap.kinds import KINDS
from ipwrap.kinds.ipv4_conf import Ipv4Conf
from ipwrap.kinds.link_options import LinkOptions, Vf, Xdp
from ipwrap.models import (
    Bucket,
    FdbEntry,
    GlobalVlan,
    GlobalVlans,
    HwStats,
    Link,
    Maddress,
    Mdb,
    MdbEntry,
    Member,
    Memberships,
    MemberStats,
    Mroute,
    Mst,
    Nexthop,
    NexthopBucket,
    Oif,
    Port,
    PortMsts,
    PortVlan,
    PortVlans,
    Querier,
    Resilient,
    Rule,
    Vni,
    VniStats,
    VxlanVnis,
)
from ipwrap.models.base import schema_of
from ipwrap.options.aliases import AliasTable
from ipwrap.options.codecs import (
    Altnames,
    Choice,
    Codec,
    Flag,
    Hex,
    Ip,
    KeywordPair,
    NoPrefixFlag,
    Number,
    Text,
    ZeroOne,
)
from ipwrap.options.table import (
    Option,
    known_json_keys,
    option,
    options_of,
    parse_args,
    parse_json,
    parse_options,
    read_only_field,
    to_args,
)
from tests.strategies import option_values

# iproute2's keywords of each kind and command, with their JSON keys and first releases (v7.3). The
# release of an option is the release of its first keyword.
IPROUTE2: dict[str, list[tuple[str | None, str | None, str | dict[str, str] | None]]] = json.loads(
    (Path(__file__).parents[1] / "cases" / "options.json").read_text()
)

TABLES: dict[str, type] = {
    **KINDS,
    "_link_common": LinkOptions,
    "bridge link set": PortOptions,
    "bridge fdb add": FdbOptions,
    "bridge fdb flush": FdbFlush,
    "bridge fdb get": FdbGet,
    "bridge fdb show": FdbFilter,
    "bridge mdb add": MdbOptions,
    "bridge mdb flush": MdbFlush,
    "bridge mdb get": MdbKey,
    "bridge mst set": MstOptions,
    "bridge vlan add": VlanOptions,
    "bridge vlan global set": GlobalVlanOptions,
    "bridge vlan set": VlanSettings,
    "bridge vni add": VniOptions,
    "ip mroute show": MrouteFilter,
    "ip nexthop add": NexthopOptions,
    "ip nexthop bucket show": BucketFilter,
    "ip nexthop show": NexthopFilter,
    "ip rule add": RuleOptions,
    "ip rule flush": RuleFlush,
    "ip rule show": RuleFilter,
}

MODELS: dict[str, tuple[type, ...]] = {
    "_link_common": (Link,),
    "bridge link set": (Port,),
    "bridge link show": (Port,),
    "bridge fdb add": (FdbEntry,),
    "bridge fdb get": (FdbEntry,),
    "bridge fdb show": (FdbEntry,),
    "bridge mdb add": (MdbEntry,),
    "bridge mdb flush": (MdbEntry,),
    "bridge mdb get": (MdbEntry,),
    "bridge mdb show": (Mdb, MdbEntry),
    "bridge mst set": (PortMsts, Mst),
    "bridge mst show": (PortMsts, Mst),
    "bridge vlan add": (PortVlans, PortVlan),
    "bridge vlan global set": (GlobalVlans, GlobalVlan),
    "bridge vlan global show": (GlobalVlans, GlobalVlan, Querier),
    "bridge vlan set": (PortVlans, PortVlan),
    "bridge vlan show": (PortVlans, PortVlan),
    "bridge vlan tunnelshow": (PortVlans, PortVlan),
    "bridge vni add": (VxlanVnis, Vni),
    "bridge vni show": (VxlanVnis, Vni, VniStats),
    "ip maddress show": (Memberships, Maddress),
    "ip mroute show": (Mroute, Oif),
    "ip nexthop add": (Nexthop, Resilient, HwStats),
    "ip nexthop bucket show": (NexthopBucket, Bucket),
    "ip nexthop show": (Nexthop, Member, MemberStats, Resilient, HwStats),
    "ip rule add": (Rule,),
    "ip rule show": (Rule,),
}

A_LINK = {"peer": "PairedKind.to_args: its grammar is that of a whole link"}
NO_KEY = {"nokey": "key=False"}
NO_ENCAP = {"noencap": "encap='none'"}

# Keywords that are no option of a table, and who says them instead.
WITHOUT_OPTION: dict[str, dict[str, str]] = {
    **dict.fromkeys(("veth", "vxcan"), A_LINK),
    "netkit": {"blackhole": "policy='blackhole'"},
    **dict.fromkeys(
        ("erspan", "gre", "gretap", "ip6erspan", "ip6gre", "ip6gretap"), NO_KEY | NO_ENCAP
    ),
    **dict.fromkeys(("ip6tnl", "ipip", "sit"), NO_ENCAP),
    "_link_common": {
        "name": "the first argument of `ip link add`, and name= of `set`",
        "dev": "the first argument of the other verbs",
        "type": "the kind",
    },
    "bridge link set": {"dev": "the first argument"},
    "bridge fdb add": {
        "to": "written before the address",
        "ADDR": "the first argument",
        "dev": "the second argument",
    },
    "bridge fdb flush": {"dev": "the first argument"},
    "bridge fdb get": {"ADDR": "the first argument"},
    "bridge fdb show": {"dev": "the first argument"},
    "bridge mdb add": {
        "grp": "the first argument",
        "dev": "the second argument",
        "port": "an argument of its own",
    },
    "bridge mdb flush": {"dev": "the first argument"},
    "bridge mdb get": {"grp": "the first argument", "dev": "the second argument"},
    "bridge mst set": {"dev": "the first argument"},
    "bridge vlan add": {"vid": "the first argument", "dev": "the second argument"},
    "bridge vlan global set": {"vid": "the first argument", "dev": "the second argument"},
    "bridge vlan set": {"vid": "the first argument", "dev": "the second argument"},
    "bridge vni add": {"vni": "the first argument", "dev": "the second argument"},
    "ip mroute show": {"to": "the first argument"},
    "ip nexthop add": {"id": "the first argument"},
    "ip rule show": {"protocol": "`flush` takes it; `show` would list all the same"},
}

# Further keywords of iproute2 with the same meaning.
SYNONYMS: dict[str, set[str]] = {
    "bridge fdb add": {"permanent", "temp"},
    "bridge fdb show": {"brport"},
}

# JSON keys without a field in a model, and the reason.
NEVER_PRINTED = {
    ("bridge link show", "deleted"): "only `bridge monitor` prints it, and not as JSON",
    ("ip mroute show", "deleted"): "only `ip monitor` prints it, and not as JSON",
    ("ip nexthop bucket show", "deleted"): "only `ip monitor` prints it, and not as JSON",
}

# Keywords that go before others, and no key of their own.
KEYLESS = {("netkit", "peer"), ("netkit", "blackhole")}

# The oldest supported release: its options need no `since`.
FLOOR = (5, 4)

# Commands as recent as their options: the docstring of the verb names the release.
RECENT = {
    "bridge fdb get": "5.5",
    "bridge fdb flush": "6.0",
    "bridge mdb flush": "6.8",
    "bridge mdb get": "6.7",
    "bridge mst set": "6.11",
    "bridge vlan global set": "5.16",
    "bridge vni add": "5.19",
}

BRIDGE = (
    bridge_fdb,
    bridge_global_vlan,
    bridge_link,
    bridge_mdb,
    bridge_mst,
    bridge_vlan,
    bridge_vni,
)
MODULES = (address, *BRIDGE, link, macsec, mroute, neigh, netns, nexthop, route, rule, tuntap)
KEYIPROUTE2: list[type] = [
    cls
    for module in MODULES
    for cls in vars(module).values()
    if is_typeddict(cls) and cls.__module__ == module.__name__
]
EVERY_TABLE: list[type] = [*KINDS.values(), LinkOptions, Ipv4Conf, Vf, Xdp, *KEYIPROUTE2]

# Values of many types, most of them invalid for most options.
GARBAGE: list[Any] = [
    "",
    "x",
    "\ud800",
    "a\0b",
    "a b",
    -1,
    0,
    1,
    2**70,
    1.5,
    True,
    False,
    (),
    [],
    {},
    ("a",),
    ("set",),
    ("x", None),
    (1, 2),
    (1, 2, 3),
    {"a": 1},
    {1: None},
    {"x"},
    b"x",
    ...,
    int,
]


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_table_is_in_the_data_file(name: str) -> None:
    """The keywords of a table are compared with those that iproute2's source has."""
    assert name in IPROUTE2, f"add an entry {name!r} to tests/cases/options.json, with its keywords"


def _known_arguments() -> Iterator[tuple[str, str, str | None, str | None]]:
    """Yield the table, the keywords, the JSON key and the release of every known option."""
    for name in TABLES:
        for keywords, key, since in IPROUTE2.get(name, ()):
            if keywords is None:
                continue

            # Keywords of different age have a release each.
            release = since if not isinstance(since, dict) else next(iter(since.values()))
            yield name, keywords, key, release


def _find_option(name: str, keywords: str) -> Option | None:
    """Return the option of a table with a keyword."""
    keyword = re.split(r"[=|]", keywords)[0]
    for declared in options_of(TABLES[name]):
        if declared.keyword == keyword:
            return declared

    return None


def _printed_keys() -> Iterator[tuple[str, str]]:
    """Yield every JSON key of every command with a model."""
    for name in MODELS:
        for _, key, _ in IPROUTE2.get(name, ()):
            if key is not None:
                yield name, key


def _parse_release(since: str | None) -> tuple[int, ...]:
    """Return a release as numbers; "<=4.9" and None are older than any release."""
    if since is None or since.startswith("<"):
        return ()
    return tuple(map(int, since.split(".")))


KNOWN = list(_known_arguments())


@pytest.mark.parametrize(("name", "keywords"), [(name, keywords) for name, keywords, *_ in KNOWN])
def test_every_keyword_of_iproute2_is_in_a_table(name: str, keywords: str) -> None:
    """A keyword without an option has an entry in `WITHOUT_OPTION`."""
    is_exception = keywords.split("=")[0] in WITHOUT_OPTION.get(name, {})

    assert is_exception is (_find_option(name, keywords) is None)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_keyword_of_a_table_is_known_to_iproute2(name: str) -> None:
    """iproute2 would refuse or misread an unknown keyword."""
    known = set(SYNONYMS.get(name, ()))
    for keywords, _, _ in IPROUTE2.get(name, ()):
        known.update(re.split(r"[=|]", keywords or ""))

    for declared in options_of(TABLES[name]):
        assert not declared.keyword or declared.keyword in known


# A key has a value, and `no` removes it: the option is no boolean.
VALUED = ("ikey|noikey", "okey|nookey")


@pytest.mark.parametrize(
    ("name", "keywords"),
    [
        (name, keywords)
        for name, keywords, *_ in KNOWN
        if "|" in keywords and keywords not in VALUED
    ],
)
def test_boolean_has_both_keywords(name: str, keywords: str) -> None:
    """`learning | nolearning`: the first keyword for True, the second for False."""
    option = _find_option(name, keywords)
    assert option is not None

    keyword = str(option.keyword)
    arguments = [
        *option.codec.format_args(keyword, True),
        *option.codec.format_args(keyword, False),
    ]
    assert keywords.split("|") == arguments


@pytest.mark.parametrize(
    ("name", "keywords", "key"),
    [
        (name, keywords, key)
        for name, keywords, key, _ in KNOWN
        if name not in MODELS and name in KINDS and (name, keywords) not in KEYLESS
    ],
)
def test_option_of_a_kind_has_its_json_key(name: str, keywords: str, key: str | None) -> None:
    """The key is the key under which iproute2 prints the value."""
    option = _find_option(name, keywords)
    json_key = option.json_key if option is not None else None

    assert key == (json_key or None)


@pytest.mark.parametrize(
    ("keywords", "key"),
    [(keywords, key) for name, keywords, key, _ in KNOWN if name == "_link_common"],
)
def test_option_of_a_link_has_its_json_key(keywords: str, key: str | None) -> None:
    """The key is a key of `ip -d link show`."""
    option = _find_option("_link_common", keywords)

    assert option is None or key == (option.json_key or None)


@pytest.mark.parametrize(
    ("kind", "key"), [(kind, key) for kind in KINDS for _, key, _ in IPROUTE2[kind] if key]
)
def test_every_key_of_a_kind_is_known(kind: str, key: str) -> None:
    """No key of a kind is left in `extra`."""
    assert key in known_json_keys(TABLES[kind])


@pytest.mark.parametrize(("name", "key"), list(_printed_keys()))
def test_every_key_of_a_show_is_a_field(name: str, key: str) -> None:
    """No key of an object is left in `extra`."""
    known = {"linkinfo.info_kind"}
    for cls in MODELS[name]:
        schema = schema_of(cls)
        known.update(schema.fields)
        known.update(schema.keys)

        for outer_key, inner_cls in schema.nested.items():
            inner_keys = schema_of(inner_cls).fields
            known.update(f"{outer_key}.{inner_key}" for inner_key in inner_keys)

    is_exception = (name, key) in NEVER_PRINTED
    assert is_exception is not (key.rpartition("[].")[2] in known)


@pytest.mark.parametrize(
    ("name", "keywords", "since"),
    [(name, keywords, since) for name, keywords, _, since in KNOWN],
)
def test_recent_option_names_its_release(name: str, keywords: str, since: str | None) -> None:
    """A user of an older iproute2 can see the release in the table."""
    option = _find_option(name, keywords)
    if option is None or _parse_release(since) <= FLOOR or since == RECENT.get(name):
        return

    assert since == option.since


@pytest.mark.parametrize("name", sorted(WITHOUT_OPTION))
def test_exceptions_are_needed(name: str) -> None:
    """An exception without a keyword of iproute2 is removed from the list."""
    known = set()
    for keywords, _, _ in IPROUTE2.get(name, ()):
        keyword, _, _ = str(keywords).partition("=")
        known.add(keyword)

    assert set() == WITHOUT_OPTION[name].keys() - known


def _case_id(value: object) -> str:
    """Return the name of a test case."""
    return value.__name__ if isinstance(value, type) else str(value)


@pytest.mark.parametrize(
    ("cls", "name"),
    [(cls, option.name) for cls in EVERY_TABLE for option in options_of(cls) if option.keyword],
    ids=_case_id,
)
def test_any_value_is_formatted_or_refused(cls: type, name: str) -> None:
    """A value gives arguments, or raises `InvalidArgument` and no other error."""
    for value in GARBAGE:
        try:
            arguments = to_args(cls, {name: value})
        except InvalidArgument:
            continue

        for argument in arguments:
            assert isinstance(argument, str), value
            assert "\0" not in argument, value


@given(data=st.data())
@pytest.mark.parametrize("cls", [cls for cls in EVERY_TABLE if cls in TABLES.values()])
def test_every_option_has_its_own_arguments(cls: type, data: st.DataObject) -> None:
    """Options together have the arguments of every single option, in table order."""
    values = data.draw(option_values(cls))

    separate: list[str] = []
    for declared in options_of(cls):
        if declared.name in values:
            arguments = to_args(cls, {declared.name: values[declared.name]})
            assert arguments
            separate += arguments

    assert separate == list(to_args(cls, values))


@frozen(kw_only=True)
class Sample:
    """A small table, like the tables of kinds."""

    number: int | None = option(Number(0, 9))
    mask: int | None = option(Hex(0, 255), keyword="the-mask", json_key="maskKey")
    flush: bool | None = option(Flag(), json_key="", since="6.0")
    remote: str | None = option(Ip("remote6"))
    timer: float | None = read_only_field(since="6.1")
    changed: bool | None = read_only_field(ZeroOne(), json_key="change")
    unlisted: int = 0
    extra: dict[str, Any] = field(factory=dict)


class Keywords(TypedDict, total=False):
    """A small table, like the tables of verbs."""

    text: Annotated[str | None, Option(Text())]
    up: Required[Annotated[bool | None, Option(KeywordPair("up", "down"))]]
    self_: NotRequired[Annotated[bool | None, Option(Flag(), keyword="self")]]
    learning: Annotated[bool | None, "no option", Option(NoPrefixFlag())]
    other: int


def test_class_has_its_options_in_order() -> None:
    """The order is the order of declaration; other fields are no options."""
    assert ["number", "mask", "flush", "remote", "timer", "changed"] == [
        option.name for option in options_of(Sample)
    ]


def test_keyword_and_key_default_to_the_name() -> None:
    """An option without a keyword and a key has the name of its field."""
    option = options_of(Sample)[0]
    assert ("number", "number", "number") == (option.name, option.keyword, option.json_key)


def test_keyword_and_key_can_differ_from_the_name() -> None:
    """The keyword, the key and the name are independent."""
    option = options_of(Sample)[1]
    assert ("mask", "the-mask", "maskKey") == (option.name, option.keyword, option.json_key)


def test_option_without_a_json_key() -> None:
    """An empty key marks an option that JSON never shows."""
    assert options_of(Sample)[2].json_key == ""


def test_read_only_field_has_no_keyword() -> None:
    """A read-only field is never written on a command line."""
    option = options_of(Sample)[4]

    assert ("", "timer", "6.1") == (option.keyword, option.json_key, option.since)


def test_typed_dict_has_options() -> None:
    """Annotations below `Required` and `NotRequired`, and beside other annotations, count."""
    assert ["text", "up", "self_", "learning"] == [option.name for option in options_of(Keywords)]


def test_only_given_values_are_written() -> None:
    """None omits an option; 0 and False do not."""
    assert ("number", "0", "the-mask", "8") == to_args(Sample, Sample(number=0, mask=8))


def test_empty_instance_has_no_arguments() -> None:
    """Every value of the instance is None."""
    assert () == to_args(Sample, Sample())


def test_read_only_fields_are_not_written() -> None:
    """An instance read from JSON can be written without its read-only fields."""
    assert ("number", "1") == to_args(Sample, Sample(number=1, timer=1.5, changed=True))


def test_arguments_have_the_order_of_the_table() -> None:
    """The order of the given keywords does not matter."""
    assert ("text", "", "down", "self", "nolearning") == to_args(
        Keywords, {"learning": False, "self_": True, "up": False, "text": ""}
    )


def test_keyword_of_value_none_is_omitted() -> None:
    """None in a mapping equals a missing key."""
    assert ("up",) == to_args(Keywords, {"text": None, "up": True})


def test_misspelled_keyword_gets_a_hint() -> None:
    """The message offers the closest name."""
    with pytest.raises(UnknownOption, match="'learnin' is no option; did you mean 'learning'"):
        to_args(Keywords, {"learnin": True})


def test_unknown_keyword_gets_the_list() -> None:
    """Without a close name, the message lists every name."""
    with pytest.raises(
        UnknownOption, match="'zzz' is no option; there are: learning, self_, text, up"
    ):
        to_args(Keywords, {"zzz": True})


def test_invalid_value_is_refused_by_its_keyword() -> None:
    """The message begins with iproute2's keyword."""
    with pytest.raises(InvalidArgument, match=r"^the-mask: 256 is not within 0 to 255"):
        to_args(Sample, Sample(mask=256))


def test_json_becomes_an_instance() -> None:
    """Every option reads its key; an option without a key stays None."""
    data = {
        "number": 3,
        "maskKey": "0x10",
        "timer": 0.25,
        "change": 0,
        "remote6": "fd00::1",
        "flush": True,
    }
    expected = Sample(
        number=3, mask=16, timer=0.25, changed=False, remote="fd00::1", extra={"flush": True}
    )
    assert expected == parse_json(Sample, data)


def test_unknown_keys_are_kept() -> None:
    """Unknown keys are in `extra`, also with the value null."""
    assert {"new": None, "newer": [1]} == parse_json(Sample, {"new": None, "newer": [1]}).extra


def test_known_json_keys() -> None:
    """The keys are the keys of every codec."""
    assert {"number", "maskKey", "remote", "remote6", "timer", "change"} == known_json_keys(Sample)


# Options that cannot always be parsed again: several words in a option have no end.
UNPARSED = {"encap", "features"}


@pytest.mark.parametrize("name", sorted(TABLES))
@given(data=st.data())
def test_written_arguments_are_parsed(name: str, data: st.DataObject) -> None:
    """Parsed arguments become the same arguments."""
    cls = TABLES[name]
    drawn = data.draw(option_values(cls))
    values = {key: value for key, value in drawn.items() if key not in UNPARSED}
    assume(values.get("xdp") != Xdp())

    try:
        arguments = to_args(cls, values)
    except InvalidArgument:  # some texts are too long for the option
        assume(False)

    parsed, count = parse_args(cls, arguments)

    assert len(arguments) == count
    assert arguments == to_args(cls, parsed)


class Options(TypedDict, total=False):
    """A small table."""

    mtu: Annotated[int | None, Option(Number(0, 9000))]
    name: Annotated[str | int | None, Option(Codec())]
    up: Annotated[bool | None, Option(KeywordPair("up", "down"))]
    alt: Annotated[tuple[str, ...] | None, Option(Altnames())]
    kind: Annotated[Literal["a", "b"] | None, Option(Choice(), keyword="")]
    proxy: Annotated[bool | None, Option(Flag(), keyword="")]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", {}),
        ("mtu 0x10", {"mtu": 16}),
        ("name 7", {"name": 7}),
        ("name 07", {"name": "07"}),
        ("name x down", {"name": "x", "up": False}),
        ("alt x alt y", {"alt": ("x", "y")}),
        ("b proxy", {"kind": "b", "proxy": True}),
    ],
)
def test_arguments_are_parsed(line: str, expected: dict[str, Any]) -> None:
    """The order is free; digits become a number if the type of the option has numbers."""
    arguments = line.split()

    assert (expected, len(arguments)) == parse_args(Options, arguments)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("what", 0),
        ("mtu", 0),
        ("mtu x", 0),
        ("mtu 9001", 0),
        ("up what", 1),
        ("up down", 1),
        ("mtu 1 mtu 2", 2),
    ],
)
def test_parsing_ends_at_the_first_unknown_argument(line: str, expected: int) -> None:
    """An unknown keyword, an invalid value or a repeated option ends the parsing."""
    _, count = parse_args(Options, line.split())

    assert expected == count


def test_positional_arguments_are_parsed() -> None:
    """The table of aliases has the order of positional arguments."""
    options = options_of(Options)[:2]
    aliases = AliasTable.of("*name *mtu")

    assert ({"name": "x", "mtu": 7}, 2) == parse_options(options, ("x", "7"), aliases=aliases)
    assert ({"name": "x"}, 1) == parse_options(options, ("x", "y"), aliases=aliases)


@pytest.mark.parametrize(
    ("default", "value", "expected"),
    [
        (False, False, True),
        (False, 0, False),
        (0, 0, True),
        (0, False, False),
        (0, 7, False),
        (None, None, False),
    ],
)
def test_default_has_its_own_type(default: Any, value: Any, expected: bool) -> None:
    """The key 0 is not False, which is no key; an undeclared default equals no value."""
    assert expected is Option(Number(), default=default).is_default(value)
