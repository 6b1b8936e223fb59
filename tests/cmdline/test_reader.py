"""What people type is read as the verb that runs the same; what no verb says stays as it was."""

import ast
import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ipwrap import Command, InvalidArgument, Result
from ipwrap.cmdline import Call, Exec, ParsedCommand, is_equivalent, read_command
from ipwrap.cmdline.grammar import (
    AttachPointCodec,
    KindCodec,
    ParameterCodec,
    TcKindCodec,
    Verb,
    objects,
    verbs_of,
)
from ipwrap.export.python import python
from ipwrap.kinds import KINDS, LinkKind, Netkit
from ipwrap.kinds.paired import PairedKind
from ipwrap.options.table import Option
from ipwrap.qdiscs import Netem, TcKind
from ipwrap.recording import CommandEvent, Recording, ResultEvent
from ipwrap.tc import U32, Flower, Gact, Matchall, Mirred
from ipwrap.verbs.base import ObjectCommands
from tests.strategies import ADDRESSES, NAMES, NETNS, PREFIXES, said, values

CASES: dict[str, dict[str, str]] = json.loads(
    (Path(__file__).parent.parent / "cases" / "foreign.json").read_text(encoding="utf-8")
)
LINES = [
    (line, kind == "changes", python_)
    for kind, cases in CASES.items()
    for line, python_ in cases.items()
]


def on_one_line(statements: str) -> str:
    """Return statements without the line breaks and commas of their layout."""
    return ast.unparse(ast.parse(statements))


def statement(command: Command) -> str:
    """Return what a script does for one command, on one line."""
    script = python(Recording(events=[CommandEvent(1, command), ResultEvent(1, Result(command))]))
    _, _, body = script.partition('"""Run what was recorded."""\n')
    return " ".join(line.strip() for line in body.partition("\n\n\nif __name__")[0].splitlines())


@pytest.mark.parametrize(("line", "changes", "expected"), LINES, ids=[line for line, _, _ in LINES])
def test_a_line_as_somebody_typed_it(line: str, changes: bool, expected: str) -> None:
    """Abbreviations, words left out and another order are read as iproute2 reads them."""
    assert on_one_line(expected) == on_one_line(
        statement(Command(shlex.split(line), changes=changes))
    )


@pytest.mark.parametrize(("line", "changes", "expected"), LINES, ids=[line for line, _, _ in LINES])
def test_what_is_run_is_read_as_the_same(line: str, changes: bool, expected: str) -> None:
    """The command that a call runs means the same as the one that was typed, and is read as itself."""
    typed = Command(shlex.split(line), changes=changes)
    found = read_command(typed)
    if isinstance(found, Call):
        ran = found.to_commands()[-1]
        assert is_equivalent(typed, ran)
        assert isinstance(read_command(ran, exact=True), Call)


def test_other_commands_do_not_mean_the_same() -> None:
    """Another link, another namespace, another program."""
    up = Command(("ip", "l", "set", "v0", "up"))

    assert is_equivalent(up, Command(("ip", "link", "set", "dev", "v0", "up")))
    assert not is_equivalent(up, Command(("ip", "link", "set", "dev", "v1", "up")))
    assert not is_equivalent(up, Command(("ip", "link", "set", "dev", "v0", "up"), "red"))
    assert not is_equivalent(up, Command(("true",)))
    assert not is_equivalent(Command(("ip", "ntable", "show")), Command(("ip", "fou", "show")))
    assert is_equivalent(Command(("ip", "netns", "exec", "a", "true")), Command(("true",), "a"))


def test_exact_is_word_for_word() -> None:
    """A session's own recording has to come out the same, so what would be written out stays as it
    was.
    """
    assert read_command(Command(("ip", "l", "set", "v0", "up")), exact=True) is None
    assert read_command(Command(("ip", "netns", "exec", "a", "true")), exact=True) is None
    assert (
        read_command(
            Command(("ip", "netns", "exec", "a", "ip", "link", "show"), changes=False), exact=True
        )
        is None
    )
    assert Exec(("true",), "a") == read_command(Command(("true",), "a"), exact=True)


@pytest.mark.parametrize(
    "command",
    [
        Command(("ip", "link", "set", "v0", "up"), stdin="y"),
        Command(("ip", "link", "set", "v0", "up"), timeout=1),
        Command(("ip", "link", "set", "v0", "up"), changes=False),
        Command(("ip", "link", "show"), changes=True),
        Command(("ip", "-n", "a", "link", "set", "v0", "up"), "b"),
        Command(("ip", "-n")),
        Command(("ip", "-f", "dnet", "link")),
        Command(("ip", "-b", "file")),
        Command(("ip", "link", "_change", "x")),
        Command(("ip", "link", "")),
        Command(("ip", "netns", "exec", "a", "ip", "-b", "file")),
        Command(("ip", "netns", "exec", "a")),
        Command(("ip", "netns", "exec", "a", "")),
        Command(("ip", "netns", "exec", "a/b", "true")),
        Command(("ip", "-n", "a/b", "link", "set", "v0", "up")),
        Command(("ip", "fou", "add", "port", "5555")),
        Command(("ip", "-4", "link", "set", "v0", "up")),
        Command(("ip", "-6", "address", "add", "10.0.0.1/24", "dev", "v0")),
        Command(("ip", "link", "property")),
        Command(("ip",)),
        Command(("ip", "link", "add", "v0")),
        Command(("ip", "link", "set", "xdp")),
        Command(("ip", "link", "set", "v0", "mtu")),
        Command(("ip", "link", "add", "v0", "type", "veth", "name", "v1")),
        Command(("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1", "type", "veth")),
        Command(("ip", "link", "add", "v0", "type", "netkit", "l4")),
        Command(("tc", "qdisc", "add", "dev", "v0", "netem")),
        Command(
            (
                "tc",
                "filter",
                "add",
                "dev",
                "v0",
                "ingress",
                "matchall",
                "action",
                "gact",
                "drop",
                "burst",
                "7",
            )
        ),
    ],
    ids=str,
)
def test_what_no_verb_says(command: Command) -> None:
    """A verb has no stdin and no timeout, looks or changes, and takes no word that it does not
    know.
    """
    assert read_command(command) is None


def test_words_that_iproute2_could_not_read() -> None:
    """A command that it refused by itself, with a status other than the kernel's, is not repaired."""
    typed = Command(("ip", "l", "set", "v0", "up"))

    assert read_command(typed, Result(typed, 255)) is None
    assert isinstance(read_command(typed, Result(typed, 2)), Call)


def test_a_family_that_an_address_says() -> None:
    """`-f inet6` is `-6`, and an address of IPv6 says so, too."""
    found = read_command(Command(("ip", "-f", "inet6", "route", "add", "fd00::/64", "dev", "v0")))

    assert isinstance(found, Call)
    assert (("fd00::/64",), {"dev": "v0"}) == (found.args, found.kwargs)


def test_a_name_that_could_be_an_index_is_asked_for() -> None:
    """The verb looks first whether a link is called `if7`: the call says so."""
    found = read_command(Command(("ip", "link", "set", "dev", "if7", "up")))

    assert isinstance(found, Call)
    assert (Command(("ip", "-j", "link", "show", "dev", "if7"), changes=False),) == found.lookups


def test_an_answer_that_is_refused() -> None:
    """A verb that could make nothing of what was answered raised `OutputError`, and is known for
    it.
    """
    command = Command(("ip", "-j", "-d", "link", "show"), changes=False)

    def refuses(result: Result) -> bool:
        found = read_command(command, result)
        return isinstance(found, Call) and found.refuses

    assert refuses(Result(command, stdout="1: lo"))
    assert not refuses(Result(command, stdout="[]"))
    assert not refuses(Result(command, 2))


# Every verb, with what it can be told.

PARAMETERS: dict[str, st.SearchStrategy[Any]] = {
    "address": st.binary(min_size=6, max_size=6).map(lambda octets: octets.hex(":")),
    "block": st.integers(1, 99),
    "classid": st.sampled_from(("1:20", "1:")),
    "dst": PREFIXES,
    "group": st.integers(0, 99),
    "grp": st.sampled_from(("239.1.1.1", "ff02::7", "01:00:5e:00:00:01")),
    "handle": st.sampled_from(("1:", "ffff:")),
    "id": st.integers(1, 2**32 - 1),
    "index": st.integers(0, 65535),
    "kind": st.sampled_from(("flower", "u32")),
    "local": ADDRESSES.map(lambda address: f"{address}/32"),
    "nsid": st.one_of(st.integers(0, 99), st.just("auto")),
    "pid": st.integers(1, 2**22),
    "pref": st.integers(1, 65535),
    "protocol": st.sampled_from(("ip", "arp")),
    "token": st.sampled_from(("::5", "::a:b")),
    "target_nsid": st.integers(0, 99),
    "vni": st.one_of(st.integers(1, 2**24 - 1), st.just((10, 12)), st.just([1, (10, 12)])),
    "vid": st.one_of(st.integers(1, 4094), st.just((10, 12))),
}
BY_NOUN: dict[tuple[str, str], st.SearchStrategy[Any]] = {
    ("fdb", "to"): PARAMETERS["address"],
    ("neigh", "to"): ADDRESSES,
    ("netns", "name"): NETNS,
    ("route", "to"): PREFIXES,
    ("mroute", "to"): PREFIXES,
    ("vlan", "vid"): PARAMETERS["vid"],
    ("xstats", "type"): st.sampled_from(("bridge", "bridge_slave")),
    ("xstats", "part"): st.sampled_from(("mcast", "stp")),
}
# What is not read again: any words in a row, and programs in files.
UNREAD = frozenset(
    {
        "encap",
        "features",
        "nexthops",
        "others",
        "match",
        "xdp",
        "xdpgeneric",
        "xdpdrv",
        "xdpoffload",
    }
)
VERBS = [
    verb
    for noun in objects()
    for name in vars(objects()[noun][1])
    if not name.startswith("_")
    for verb in verbs_of(noun, (name,))
    if verb.name == name
    and verb.cls.words not in (("macsec",), ("monitor",))
    and name != "monitor"
    and "argv" not in [row.name for row in verb.rows]
]


def kinds_of(codec: TcKindCodec) -> st.SearchStrategy[TcKind]:
    """Return kinds of qdiscs, classes or filters, with random options."""
    made = [
        said(cls).map(lambda some, cls=cls: made_of(cls, some))  # type: ignore[misc]
        for cls in codec.kinds
        if cls not in (Flower, Matchall, U32, Netem)
    ]
    some = [
        Matchall(action=(Mirred(dev="v1"), Gact("drop"))),
        U32(dst="10.0.0.0/8"),
        Flower(ip_proto="tcp"),
    ]
    plain = [each for each in some if type(each) in codec.kinds]
    return st.one_of(*made, *([st.sampled_from(plain)] if plain else []))


def made_of(cls: type[TcKind], some: dict[str, Any]) -> TcKind | None:
    """Return a kind with such options; None for what it refuses."""
    try:
        return cls(**some)
    except InvalidArgument:
        return None


def link_kinds() -> st.SearchStrategy[LinkKind]:
    """Return kinds of links with random options, the paired ones with what is said of the other
    end.
    """
    plain = [
        st.builds(lambda some, cls=cls: cls(**some), said(cls))
        for cls in KINDS.values()
        if not issubclass(cls, PairedKind)
    ]
    pairs = [
        st.builds(
            cls,
            peer=NAMES,
            peer_netns=st.none() | NETNS,
            peer_options=st.sampled_from(({}, {"mtu": 7})),
        )
        for cls in KINDS.values()
        if issubclass(cls, PairedKind)
    ]
    netkit = st.builds(
        lambda some: Netkit(**some),
        said(Netkit).map(lambda some: {**some, "peer": "v1", "peer_netns": "red"}),
    )
    return st.one_of(*plain, *pairs, netkit)


def parameter(verb: Verb, row: Option) -> st.SearchStrategy[Any]:
    """Return values for one thing that a verb takes."""
    match row.codec:
        case KindCodec():
            return link_kinds()
        case TcKindCodec():
            return kinds_of(row.codec)
        case AttachPointCodec():
            return st.sampled_from(("root", "1:", "1:20"))
        case ParameterCodec():
            own = BY_NOUN.get((verb.cls.words[-1], row.name), BY_NOUN.get((verb.name, row.name)))
            return PARAMETERS.get(row.name, NAMES) if own is None else own
        case _ if (verb.name, row.name) in BY_NOUN:
            return BY_NOUN[verb.name, row.name]
        case _:
            return values(row.codec)


def told(verb: Verb) -> st.SearchStrategy[dict[str, Any]]:
    """Return what a verb can be told: all that it needs, and some of the rest."""
    rows = {row.name: parameter(verb, row) for row in verb.rows if row.name not in UNREAD}
    needed = {name: rows.pop(name) for name in verb.needed}
    if verb.rest:
        needed[verb.rest] = st.lists(NAMES, min_size=1, max_size=3).map(tuple)
        rows.pop(verb.rest, None)
    flags = {"family": st.sampled_from(("inet", "inet6")), "stats": st.just(True)}
    flags |= {"compress": st.just(True), "details": st.just(True)}
    rows |= {name: flags[name] for name in verb.flags}
    return st.fixed_dictionaries(needed, optional=rows)


@pytest.mark.parametrize("verb", VERBS, ids=[f"{each.cls.__name__}.{each.name}" for each in VERBS])
def test_whatever_a_verb_runs_is_read_as_the_same_call(verb: Verb) -> None:
    """For every verb, with random options of every table.

    The words that it runs are read as a call that runs them.
    """

    @settings(max_examples=20)
    @given(told(verb), st.none() | NETNS)
    def check(values: dict[str, Any], netns: str | None) -> None:
        asked = Call((), verb, values, netns)
        ran = asked.to_commands()
        assume(ran)
        found = read_command(ran[-1], exact=True)
        assert isinstance(found, Call), ran[-1].line
        assert ran == found.to_commands()
        assert verb.cls is found.verb.cls
        assert ran[-1].changes is not ParsedCommand.of(ran[-1].argv).is_read

    check()


def test_every_verb_is_looked_at() -> None:
    """The verbs are found by the properties that lead to them: a new noun comes along by itself."""
    assert 60 <= len(VERBS)
    assert {"AddressVerbs", "BucketVerbs", "QdiscVerbs", "VlanVerbs"} <= {
        each.cls.__name__ for each in VERBS
    }
    assert all(issubclass(each.cls, ObjectCommands) for each in VERBS)
