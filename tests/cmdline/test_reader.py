"""Typed commands are read as equivalent calls of verbs, and other commands stay unchanged."""

import ast
import json
import shlex
from collections.abc import Iterator
from functools import partial
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
from ipwrap.export.python.exporter import python
from ipwrap.kinds import KINDS, LinkKind, Netkit
from ipwrap.kinds.paired import PairedKind
from ipwrap.options.table import Option
from ipwrap.qdiscs import Netem, TcKind
from ipwrap.recording import CommandEvent, Recording, ResultEvent
from ipwrap.tc import U32, Flower, Gact, Matchall, Mirred
from ipwrap.verbs.base import ObjectCommands
from tests.strategies import ADDRESSES, NAMES, NETNS, PREFIXES, option_values, values

CASES: dict[str, dict[str, str]] = json.loads(
    (Path(__file__).parent.parent / "cases" / "foreign.json").read_text(encoding="utf-8")
)
LINES = [
    (line, kind == "changes", python_)
    for kind, cases in CASES.items()
    for line, python_ in cases.items()
]


def on_one_line(statements: str) -> str:
    """Return statements without the line breaks and commas of their formatting."""
    return ast.unparse(ast.parse(statements))


def exported_statement(command: Command) -> str:
    """Return the statement of an exported command on one line."""
    script = python(Recording(events=[CommandEvent(1, command), ResultEvent(1, Result(command))]))
    _, _, body = script.partition('"""Run what was recorded."""\n')
    return " ".join(line.strip() for line in body.partition("\n\n\nif __name__")[0].splitlines())


@pytest.mark.parametrize(("line", "changes", "expected"), LINES, ids=[line for line, _, _ in LINES])
def test_a_typed_line_as_a_call(line: str, changes: bool, expected: str) -> None:
    """Abbreviations, omitted words and another order are read like iproute2 reads them."""
    assert on_one_line(expected) == on_one_line(
        exported_statement(Command(shlex.split(line), changes=changes))
    )


@pytest.mark.parametrize(("line", "changes", "expected"), LINES, ids=[line for line, _, _ in LINES])
def test_a_call_runs_an_equivalent_command(line: str, changes: bool, expected: str) -> None:
    """The command of a call is equivalent to the typed command, and read as the same call."""
    typed = Command(shlex.split(line), changes=changes)
    call = read_command(typed)
    if isinstance(call, Call):
        command = call.to_commands()[-1]

        assert is_equivalent(typed, command)
        assert isinstance(read_command(command, exact=True), Call)


def test_other_commands_are_not_equivalent() -> None:
    """A command for another link, namespace or program is not equivalent."""
    set_up = Command(("ip", "l", "set", "v0", "up"))

    assert is_equivalent(set_up, Command(("ip", "link", "set", "dev", "v0", "up")))
    assert not is_equivalent(set_up, Command(("ip", "link", "set", "dev", "v1", "up")))
    assert not is_equivalent(set_up, Command(("ip", "link", "set", "dev", "v0", "up"), "red"))
    assert not is_equivalent(set_up, Command(("true",)))
    assert not is_equivalent(Command(("ip", "ntable", "show")), Command(("ip", "fou", "show")))
    assert is_equivalent(Command(("ip", "netns", "exec", "a", "true")), Command(("true",), "a"))


def test_exact_reading_expands_nothing() -> None:
    """The exact reading of a recording leaves abbreviated commands as raw commands."""
    assert read_command(Command(("ip", "l", "set", "v0", "up")), exact=True) is None
    assert read_command(Command(("ip", "netns", "exec", "a", "true")), exact=True) is None
    assert (
        read_command(
            Command(("ip", "netns", "exec", "a", "ip", "link", "show"), changes=False),
            exact=True,
        )
        is None
    )
    assert Exec(("true",), "a") == read_command(Command(("true",), "a"), exact=True)


@pytest.mark.parametrize(
    "command",
    [
        Command(("ip", "link", "set", "v0", "up"), stdin="y"),
        Command(("ip", "link", "set", "v0", "up"), timeout=1),
        Command(("ip", "link", "set", "v0", "up"), env={"A": "b"}),
        Command(("ip", "link", "set", "v0", "up"), cwd="/"),
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
def test_commands_without_a_verb(command: Command) -> None:
    """A command with stdin, timeout, environment or unknown arguments is no call of a verb."""
    assert read_command(command) is None


def test_a_command_refused_by_iproute2_is_no_call() -> None:
    """A command that iproute2 itself refused is not corrected to a valid call."""
    typed = Command(("ip", "l", "set", "v0", "up"))

    assert read_command(typed, Result(typed, 255)) is None
    assert isinstance(read_command(typed, Result(typed, 2)), Call)


def test_the_family_of_an_ipv6_address_is_implied() -> None:
    """`-f inet6` is equal to `-6`, and redundant with an IPv6 address."""
    call = read_command(Command(("ip", "-f", "inet6", "route", "add", "fd00::/64", "dev", "v0")))

    assert isinstance(call, Call)
    assert (("fd00::/64",), {"dev": "v0"}) == (call.args, call.kwargs)


def test_a_name_like_an_index_is_looked_up() -> None:
    """A verb looks up a name such as `if7` first, and the call knows the lookup."""
    call = read_command(Command(("ip", "link", "set", "dev", "if7", "up")))

    assert isinstance(call, Call)
    assert (Command(("ip", "-j", "link", "show", "dev", "if7"), changes=False),) == call.lookups


def test_unreadable_output_marks_the_call() -> None:
    """A call knows that the verb refused unreadable output with `OutputError`."""
    command = Command(("ip", "-j", "-d", "link", "show"), changes=False)

    def refuses(result: Result) -> bool:
        call = read_command(command, result)
        return isinstance(call, Call) and call.refuses

    assert refuses(Result(command, stdout="1: lo"))
    assert not refuses(Result(command, stdout="[]"))
    assert not refuses(Result(command, 2))


# Random arguments for every verb.

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
OBJECT_PARAMETERS: dict[tuple[str, str], st.SearchStrategy[Any]] = {
    ("fdb", "to"): PARAMETERS["address"],
    ("neigh", "to"): ADDRESSES,
    ("netns", "name"): NETNS,
    ("route", "to"): PREFIXES,
    ("mroute", "to"): PREFIXES,
    ("vlan", "vid"): PARAMETERS["vid"],
    ("xstats", "type"): st.sampled_from(("bridge", "bridge_slave")),
    ("xstats", "part"): st.sampled_from(("mcast", "stp")),
}
# Parameters without a reading: lists of free arguments, and programs in files.
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


def verbs_to_test() -> Iterator[Verb]:
    """Yield every verb of every object, except monitors, keys of macsec, and free arguments.

    `add_many` is many commands of `add`; `get` of a link or its addresses is a command of `show`.
    """
    for object_name, (_, cls) in objects().items():
        for verb_name in vars(cls):
            if verb_name.startswith("_") or verb_name in ("add_many", "ensure", "monitor"):
                continue
            if (*object_name, verb_name) in (("ip", "link", "get"), ("ip", "address", "get")):
                continue

            for verb in verbs_of(object_name, (verb_name,)):
                has_free_arguments = "argv" in [option.name for option in verb.rows]
                is_excluded = verb.cls.words in (("macsec",), ("monitor",)) or has_free_arguments
                if verb.name == verb_name and not is_excluded:
                    yield verb


VERBS = list(verbs_to_test())
VERB_IDS = [f"{verb.cls.__name__}.{verb.name}" for verb in VERBS]


def tc_kinds(codec: TcKindCodec) -> st.SearchStrategy[TcKind]:
    """Return kinds of qdiscs, classes or filters, with random options."""
    random_classes = [cls for cls in codec.kinds if cls not in (Flower, Matchall, U32, Netem)]
    strategies = [option_values(cls).map(partial(build_kind, cls)) for cls in random_classes]

    filters = (
        Matchall(action=(Mirred(dev="v1"), Gact("drop"))),
        U32(dst="10.0.0.0/8"),
        Flower(ip_proto="tcp"),
    )
    known_filters = [tc_filter for tc_filter in filters if type(tc_filter) in codec.kinds]
    if known_filters:
        strategies.append(st.sampled_from(known_filters))

    return st.one_of(*strategies)


def build_kind(cls: type[TcKind], options: dict[str, Any]) -> TcKind | None:
    """Return a kind with options, or None for refused options."""
    try:
        return cls(**options)
    except InvalidArgument:
        return None


def link_kinds() -> st.SearchStrategy[LinkKind]:
    """Return kinds of links with random options, also for the peers of paired kinds."""
    strategies: list[st.SearchStrategy[LinkKind]] = []
    for cls in KINDS.values():
        strategy: st.SearchStrategy[LinkKind]
        if issubclass(cls, PairedKind):
            strategy = st.builds(
                cls,
                peer=NAMES,
                peer_netns=st.none() | NETNS,
                peer_options=st.sampled_from(({}, {"mtu": 7})),
            )
        else:
            strategy = option_values(cls).map(partial(_with_options, cls))

        strategies.append(strategy)

    peer_options = {"peer": "v1", "peer_netns": "red"}
    netkit = option_values(Netkit).map(lambda options: Netkit(**(options | peer_options)))

    return st.one_of(*strategies, netkit)


def _with_options(cls: type[LinkKind], options: dict[str, Any]) -> LinkKind:
    """Return a kind with options."""
    return cls(**options)


def parameter_values(verb: Verb, option: Option) -> st.SearchStrategy[Any]:
    """Return values for a parameter of a verb."""
    match option.codec:
        case KindCodec():
            return link_kinds()
        case TcKindCodec():
            return tc_kinds(option.codec)
        case AttachPointCodec():
            return st.sampled_from(("root", "1:", "1:20"))
        case ParameterCodec():
            object_name = verb.cls.words[-1]
            for key in ((object_name, option.name), (verb.name, option.name)):
                if key in OBJECT_PARAMETERS:
                    return OBJECT_PARAMETERS[key]

            return PARAMETERS.get(option.name, NAMES)
        case _ if (verb.name, option.name) in OBJECT_PARAMETERS:
            return OBJECT_PARAMETERS[verb.name, option.name]
        case _:
            return values(option.codec)


def verb_arguments(verb: Verb) -> st.SearchStrategy[dict[str, Any]]:
    """Return random arguments of a verb: every required argument, and some optional arguments."""
    optional = {}
    for option in verb.rows:
        if option.name not in UNREAD:
            optional[option.name] = parameter_values(verb, option)

    required = {name: optional.pop(name) for name in verb.needed}
    if verb.rest:
        required[verb.rest] = st.lists(NAMES, min_size=1, max_size=3).map(tuple)
        optional.pop(verb.rest, None)

    flags: dict[str, st.SearchStrategy[Any]] = {
        "family": st.sampled_from(("inet", "inet6")),
        "stats": st.just(True),
        "compress": st.just(True),
        "details": st.just(True),
    }
    optional |= {name: flags[name] for name in verb.flags}

    return st.fixed_dictionaries(required, optional=optional)


@pytest.mark.parametrize("verb", VERBS, ids=VERB_IDS)
def test_the_command_of_a_verb_is_read_as_the_same_call(verb: Verb) -> None:
    """The command of every verb with random arguments is read as a call with the same command."""

    @settings(max_examples=20)
    @given(verb_arguments(verb), st.none() | NETNS)
    def check(values: dict[str, Any], netns: str | None) -> None:
        call = Call((), verb, values, netns)
        commands = call.to_commands()
        assume(commands)
        command = commands[-1]
        read_call = read_command(command, exact=True)

        assert isinstance(read_call, Call), command.line
        assert commands == read_call.to_commands()
        assert verb.cls is read_call.verb.cls
        assert command.changes is not ParsedCommand.of(command.argv).is_read

    check()


def test_every_verb_is_tested() -> None:
    """The verbs include new objects automatically."""
    assert 60 <= len(VERBS)
    assert {"AddressVerbs", "BucketVerbs", "QdiscVerbs", "VlanVerbs"} <= {
        verb.cls.__name__ for verb in VERBS
    }
    assert all(issubclass(verb.cls, ObjectCommands) for verb in VERBS)


@pytest.mark.parametrize(
    ("line", "verb", "arguments"),
    [
        ("ip -6 route get fd00::1", "get", {"to": "fd00::1"}),
        ("ip -4 route get 10.0.0.1", "get", {"to": "10.0.0.1"}),
        ("ip -6 neigh get fd00::9 dev br0", "get", {"to": "fd00::9", "dev": "br0"}),
        ("ip -6 link", "show", {}),
        ("ip -4 link show br0", "show", {"dev": "br0"}),
    ],
)
def test_a_family_that_changes_nothing_is_left_out(
    line: str, verb: str, arguments: dict[str, str]
) -> None:
    """A lookup has the family of its address, and `ip link show` overrides the option."""
    call = read_command(Command(line.split(), changes=False))

    assert isinstance(call, Call)
    assert (verb, arguments) == (call.verb.name, call.arguments)


@pytest.mark.parametrize(
    "line", ["ip -6 route get 10.0.0.1", "ip -4 route get fd00::1", "ip -6 link xstats type bridge"]
)
def test_a_family_that_may_count_is_kept(line: str) -> None:
    """A family that the verb does not have, and the arguments do not tell, makes a line."""
    assert read_command(Command(line.split(), changes=False)) is None


@pytest.mark.parametrize("line", ["ip link del name br0", "ip link delete dev br0 type bridge"])
def test_the_name_of_a_deleted_link(line: str) -> None:
    """`name` renames nothing where a link is deleted: it is the link."""
    call = read_command(Command(line.split()))

    assert isinstance(call, Call)
    assert ("delete", "br0") == (call.verb.name, call.arguments["dev"])


def test_a_link_is_renamed_by_name() -> None:
    """`name` is the new name where a link is changed."""
    call = read_command(Command(("ip", "link", "set", "v0", "name", "v1")))

    assert isinstance(call, Call)
    assert {"dev": "v0", "name": "v1"} == call.arguments
