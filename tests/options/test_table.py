"""One table serves both directions, and the tables are as complete as iproute2's sources."""

import json
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
    parse,
    parse_args,
    parse_options,
    read_only_field,
    to_args,
)
from tests.strategies import said

# iproute2's words of each kind and command, with their JSON keys and the releases that brought them (v7.3).
# Where the words of one option differ in age, the first one's release counts.
WORDS: dict[str, list[tuple[str | None, str | None, str | dict[str, str] | None]]] = json.loads(
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

A_LINK = {"peer": "Peered.words: its grammar is that of a whole link"}
NO_KEY = {"nokey": "key=False"}
NO_ENCAP = {"noencap": "encap='none'"}

# Words that are no row of a table, and who says them instead.
SPOKEN_ELSEWHERE: dict[str, dict[str, str]] = {
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

# Other words for the same thing that a table offers besides the first.
SYNONYMS: dict[str, set[str]] = {
    "bridge fdb add": {"permanent", "temp"},
    "bridge fdb show": {"brport"},
}

# JSON keys that no model names, and why.
NEVER_PRINTED = {
    ("bridge link show", "deleted"): "only `bridge monitor` says it, and that prints no JSON",
    ("ip mroute show", "deleted"): "only `ip monitor` says it, and that prints no JSON",
    ("ip nexthop bucket show", "deleted"): "only `ip monitor` says it, and that prints no JSON",
    ("ip nexthop show", "deleted"): "only `ip monitor` says it, and that prints no JSON",
    ("ip rule show", "deleted"): "only `ip monitor` says it, and that prints no JSON",
}

# Words that go before others, and no key of their own.
KEYLESS = {("netkit", "peer"), ("netkit", "blackhole")}

# The oldest release that is supported: a word that it has needs no release named.
FLOOR = (5, 4)

# Commands that are as young as their words: the verb's docstring names the release.
YOUNG = {
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
NOUNS = (address, *BRIDGE, link, macsec, mroute, neigh, netns, nexthop, route, rule, tuntap)
KEYWORDS: list[type] = [
    each
    for noun in NOUNS
    for each in vars(noun).values()
    if is_typeddict(each) and each.__module__ == noun.__name__
]
EVERY_TABLE: list[type] = [*KINDS.values(), LinkOptions, Ipv4Conf, Vf, Xdp, *KEYWORDS]

# Values of all sorts, most of them wrong for most options.
GARBAGE: list[Any] = [
    *(
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
    ),
    *((1, 2), (1, 2, 3), {"a": 1}, {1: None}, {"x"}, b"x", ..., int),
]


def _said() -> Iterator[tuple[str, str, str | None, str | None]]:
    """Yield each word of each table: table, word, JSON key, release."""
    for name in TABLES:
        for words, key, since in WORDS[name]:
            if words is not None:
                yield (
                    name,
                    words,
                    key,
                    since
                    if since is None or isinstance(since, str)
                    else next(iter(since.values())),
                )


def _row(name: str, words: str) -> Option | None:
    """Return the row of a table that says a word."""
    first = words.split("=")[0].split("|")[0]
    return next((row for row in options_of(TABLES[name]) if row.keyword == first), None)


def _printed() -> Iterator[tuple[str, str]]:
    """Yield each JSON key of each command whose output a model holds."""
    for name in MODELS:
        for _, key, _ in WORDS[name]:
            if key is not None:
                yield name, key


def _release(since: str | None) -> tuple[int, ...]:
    """Return a release as numbers; "<=4.9" and none at all are older than any."""
    return () if since is None or since.startswith("<") else tuple(map(int, since.split(".")))


@pytest.mark.parametrize(("name", "words"), [each[:2] for each in _said()])
def test_every_word_of_iproute2_is_in_our_table(name: str, words: str) -> None:
    """No option is missing; one that is no row is said elsewhere, for a reason."""
    elsewhere = words.split("=")[0] in SPOKEN_ELSEWHERE.get(name, {})
    assert elsewhere is (_row(name, words) is None)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_our_tables_say_nothing_that_iproute2_does_not_know(name: str) -> None:
    """A word that iproute2 would refuse, or take for something else, is in no table."""
    known = {
        word for words, _, _ in WORDS[name] if words for word in words.replace("=", "|").split("|")
    }
    ours = {row.keyword for row in options_of(TABLES[name]) if row.keyword}
    assert set() == ours - known - SYNONYMS.get(name, set())


# A key takes a value, and `no` before it takes it away: it is no truth.
VALUED = ("ikey|noikey", "okey|nookey")


@pytest.mark.parametrize(
    ("name", "words"), [each[:2] for each in _said() if "|" in each[1] and each[1] not in VALUED]
)
def test_both_words_of_a_truth_are_said(name: str, words: str) -> None:
    """`learning | nolearning`: True says the one, False the other."""
    row = _row(name, words)
    assert row is not None
    assert words.split("|") == [
        *row.codec.format_args(str(row.keyword), True),
        *row.codec.format_args(str(row.keyword), False),
    ]


@pytest.mark.parametrize(
    ("name", "words", "key"),
    [
        each[:3]
        for each in _said()
        if each[0] not in MODELS and each[0] in KINDS and each[:2] not in KEYLESS
    ],
)
def test_every_option_of_a_kind_is_read_from_its_key(
    name: str, words: str, key: str | None
) -> None:
    """What an option sets is read from the key under which iproute2 shows it."""
    row = _row(name, words)
    assert key == (None if row is None else row.json_key or None)


@pytest.mark.parametrize(
    ("words", "key"), [each[1:3] for each in _said() if each[0] == "_link_common"]
)
def test_every_option_of_a_link_names_its_key(words: str, key: str | None) -> None:
    """The table of links names the key of `ip -d link show`, to find what was set."""
    row = _row("_link_common", words)
    assert row is None or key == (row.json_key or None)


@pytest.mark.parametrize(
    ("kind", "key"), [(kind, key) for kind in KINDS for _, key, _ in WORDS[kind] if key]
)
def test_every_key_of_a_kind_is_read(kind: str, key: str) -> None:
    """Nothing that iproute2 prints of a kind is left in `extra`."""
    assert key in known_json_keys(TABLES[kind])


@pytest.mark.parametrize(("name", "key"), list(_printed()))
def test_every_key_of_a_show_is_a_field(name: str, key: str) -> None:
    """Nothing that iproute2 prints of an object is left in `extra`."""
    known = {
        each for cls in MODELS[name] for each in (*schema_of(cls).fields, *schema_of(cls).keys)
    }
    known |= {"linkinfo.info_kind"}
    known |= {
        f"{outer}.{each}"
        for cls in MODELS[name]
        for outer, inner in schema_of(cls).nested.items()
        for each in schema_of(inner).fields
    }
    absent = (name, key) in NEVER_PRINTED
    assert absent is not (key.rpartition("[].")[2] in known)


@pytest.mark.parametrize(
    ("name", "words", "since"), [(each[0], each[1], each[3]) for each in _said()]
)
def test_a_young_word_says_since_when(name: str, words: str, since: str | None) -> None:
    """Who has an older iproute2 than a word needs can see it in the table."""
    row = _row(name, words)
    if row is None or _release(since) <= FLOOR or since == YOUNG.get(name):
        return
    assert since == row.since


@pytest.mark.parametrize("name", sorted(SPOKEN_ELSEWHERE))
def test_the_words_said_elsewhere_exist(name: str) -> None:
    """An exception that has become idle is taken off the list."""
    assert set() == SPOKEN_ELSEWHERE[name].keys() - {
        str(words).split("=")[0] for words, _, _ in WORDS[name]
    }


def _called(value: object) -> str:
    """Return what a test is called by."""
    return value.__name__ if isinstance(value, type) else str(value)


@pytest.mark.parametrize(
    ("cls", "name"),
    [(cls, row.name) for cls in EVERY_TABLE for row in options_of(cls) if row.keyword],
    ids=_called,
)
def test_any_value_is_written_or_refused(cls: type, name: str) -> None:
    """Whatever the value, the answer is words of text or a `InvalidArgument`, never another error."""
    for value in GARBAGE:
        try:
            words = to_args(cls, {name: value})
        except InvalidArgument:
            continue
        assert all(isinstance(word, str) and "\0" not in word for word in words), value


@given(data=st.data())
@pytest.mark.parametrize("cls", [cls for cls in EVERY_TABLE if cls in TABLES.values()])
def test_no_option_is_lost(cls: type, data: st.DataObject) -> None:
    """What is said together is written as what is said one by one, each option with its own word first."""
    values = data.draw(said(cls))
    alone = [
        to_args(cls, {row.name: values[row.name]}) for row in options_of(cls) if row.name in values
    ]
    assert [part for words in alone for part in words] == list(to_args(cls, values))
    assert all(alone)


@frozen(kw_only=True)
class Sample:
    """A small table, as kinds are."""

    number: int | None = option(Number(0, 9))
    mask: int | None = option(Hex(0, 255), keyword="the-mask", json_key="maskKey")
    flush: bool | None = option(Flag(), json_key="", since="6.0")
    remote: str | None = option(Ip("remote6"))
    timer: float | None = read_only_field(since="6.1")
    changed: bool | None = read_only_field(ZeroOne(), json_key="change")
    unlisted: int = 0
    extra: dict[str, Any] = field(factory=dict)


class Words(TypedDict, total=False):
    """A small table, as verbs are."""

    text: Annotated[str | None, Option(Text())]
    up: Required[Annotated[bool | None, Option(KeywordPair("up", "down"))]]
    self_: NotRequired[Annotated[bool | None, Option(Flag(), keyword="self")]]
    learning: Annotated[bool | None, "no option", Option(NoPrefixFlag())]
    other: int


def test_a_class_gives_its_rows_in_order() -> None:
    """The rows stand as they were declared; a field that is no option is no row."""
    assert ["number", "mask", "flush", "remote", "timer", "changed"] == [
        row.name for row in options_of(Sample)
    ]


def test_a_row_is_called_as_its_field() -> None:
    """Word and key are the field's name where they are not said."""
    row = options_of(Sample)[0]
    assert ("number", "number", "number") == (row.name, row.keyword, row.json_key)


def test_a_row_may_have_other_words() -> None:
    """Word and key are independent of the field's name."""
    row = options_of(Sample)[1]
    assert ("mask", "the-mask", "maskKey") == (row.name, row.keyword, row.json_key)


def test_an_option_that_json_never_shows_has_no_key() -> None:
    """An empty key says so."""
    assert options_of(Sample)[2].json_key == ""


def test_a_field_that_is_only_shown_has_no_word() -> None:
    """It is never written on a command line."""
    assert ("", "timer", "6.1") == (
        options_of(Sample)[4].keyword,
        options_of(Sample)[4].json_key,
        options_of(Sample)[4].since,
    )


def test_a_typed_dict_gives_its_rows_too() -> None:
    """Also below `Required` and `NotRequired`, and beside other annotations."""
    assert ["text", "up", "self_", "learning"] == [row.name for row in options_of(Words)]


def test_only_what_is_said_is_written() -> None:
    """None is not said; 0 and False are."""
    assert ("number", "0", "the-mask", "8") == to_args(Sample, Sample(number=0, mask=8))


def test_nothing_said_is_nothing_written() -> None:
    """An empty instance has no words."""
    assert () == to_args(Sample, Sample())


def test_what_is_only_shown_is_not_written() -> None:
    """What was read can be written again, without what the kernel only reports."""
    assert ("number", "1") == to_args(Sample, Sample(number=1, timer=1.5, changed=True))


def test_words_stand_in_the_order_of_the_table() -> None:
    """The order of the keywords given does not matter."""
    assert ("text", "", "down", "self", "nolearning") == to_args(
        Words, {"learning": False, "self_": True, "up": False, "text": ""}
    )


def test_a_keyword_that_is_none_is_not_said() -> None:
    """A mapping's None is the same as a missing key."""
    assert ("up",) == to_args(Words, {"text": None, "up": True})


def test_a_misspelled_keyword_gets_a_hint() -> None:
    """The nearest name is offered."""
    with pytest.raises(
        UnknownOption, match="'learnin' is no option of Words; did you mean 'learning'"
    ):
        to_args(Words, {"learnin": True})


def test_an_unknown_keyword_gets_the_list() -> None:
    """Where nothing is near, all that there is is offered."""
    with pytest.raises(
        UnknownOption, match="'zzz' is no option of Words; there are: learning, self_, text, up"
    ):
        to_args(Words, {"zzz": True})


def test_a_bad_value_is_refused_by_its_word() -> None:
    """The message names what iproute2 calls it."""
    with pytest.raises(InvalidArgument, match=r"^the-mask: 256 is not within 0 to 255"):
        to_args(Sample, Sample(mask=256))


def test_json_becomes_an_instance() -> None:
    """Each row reads its key; a row that JSON never shows stays unsaid."""
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
    assert expected == parse(Sample, data)


def test_what_no_row_reads_is_kept() -> None:
    """Unknown keys are in `extra`, also those that are null."""
    assert {"new": None, "newer": [1]} == parse(Sample, {"new": None, "newer": [1]}).extra


def test_a_table_knows_the_keys_that_it_reads() -> None:
    """Those of all codecs together."""
    assert {"number", "maskKey", "remote", "remote6", "timer", "change"} == known_json_keys(Sample)


# What is not read again in all that it may be: several words in a row without an end, and a program that is none.
UNREAD = {"encap", "features"}


@pytest.mark.parametrize("name", sorted(TABLES))
@given(data=st.data())
def test_what_is_written_is_read_again(name: str, data: st.DataObject) -> None:
    """The words of a table are read by it: all of them, and written they are the same."""
    values = {
        key: value for key, value in data.draw(said(TABLES[name])).items() if key not in UNREAD
    }
    assume(values.get("xdp") != Xdp())
    try:
        words = to_args(TABLES[name], values)
    except InvalidArgument:  # some texts are longer than an option takes
        assume(False)

    found, count = parse_args(TABLES[name], words)

    assert len(words) == count
    assert words == to_args(TABLES[name], found)


class Rows(TypedDict, total=False):
    """A small table."""

    mtu: Annotated[int | None, Option(Number(0, 9000))]
    name: Annotated[str | int | None, Option(Codec())]
    up: Annotated[bool | None, Option(KeywordPair("up", "down"))]
    alt: Annotated[tuple[str, ...] | None, Option(Altnames())]
    kind: Annotated[Literal["a", "b"] | None, Option(Choice(), keyword="")]
    proxy: Annotated[bool | None, Option(Flag(), keyword="")]


@pytest.mark.parametrize(
    ("words", "expected"),
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
def test_words_are_read_by_a_table(words: str, expected: dict[str, Any]) -> None:
    """In any order; what may be a number is one; of what has no keyword the word says which it is."""
    assert (expected, len(words.split())) == parse_args(Rows, words.split())


@pytest.mark.parametrize(
    ("words", "count"),
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
def test_reading_ends_where_a_table_has_no_word_for_it(words: str, count: int) -> None:
    """At a word that it does not know, a value that it would not take, and what was said before."""
    assert count == parse_args(Rows, words.split())[1]


def test_words_without_a_keyword_are_what_the_spelling_says() -> None:
    """One after the other."""
    rows, said_as = options_of(Rows)[:2], AliasTable.of("*name *mtu")

    assert ({"name": "x", "mtu": 7}, 2) == parse_options(rows, ("x", "7"), said_as)
    assert ({"name": "x"}, 1) == parse_options(rows, ("x", "y"), said_as)


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
def test_default_is_of_its_own_type(default: Any, value: Any, expected: bool) -> None:
    """A key 0 is not "no key", which is False; and where no default is declared nothing is one."""
    assert expected is Option(Number(), default=default).is_default(value)
