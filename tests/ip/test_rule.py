"""`ip rule`: the arguments of every option, and the resulting rules in the kernel."""

import os
from typing import Any

import pytest

from ipwrap import (
    AlreadyExists,
    Batch,
    Command,
    CommandError,
    InvalidArgument,
    NotFound,
    NotSupported,
    Process,
    RejectedByKernel,
    Sandbox,
    Session,
    UnknownOption,
    UsageError,
)
from ipwrap.ip.rule import Masked, RuleFilter, RuleFlush, RuleOptions
from ipwrap.models import Rule
from ipwrap.objects import delete_command
from ipwrap.session import Namespace
from tests.model_fields import named_fields
from tests.option_names import case_names, option_names

SELECTORS: list[tuple[str, Any, str]] = [
    ("not_", True, " not"),
    ("not_", False, ""),
    ("from_", "10.0.0.0/8", " from 10.0.0.0/8"),
    ("from_", "default", " from default"),
    ("to", "10.1.2.3", " to 10.1.2.3"),
    ("tos", 16, " tos 0x10"),
    ("tos", "AF11", " tos AF11"),
    ("fwmark", 0, " fwmark 0x0"),
    ("fwmark", 2**32 - 1, " fwmark 0xffffffff"),
    ("fwmark", Masked(1, 0xFF), " fwmark 0x1/0xff"),
    ("fwmark", "0x1", " fwmark 0x1"),
    ("fwmark", "17", " fwmark 0x11"),
    ("fwmark", "0x1/0xff", " fwmark 0x1/0xff"),
    ("fwmark", "0/255", " fwmark 0x0/0xff"),
    ("iif", "v0", " iif v0"),
    ("oif", "if7", " oif if7"),
    ("l3mdev", True, " l3mdev"),
    ("uidrange", (0, 2**32 - 1), " uidrange 0-4294967295"),
    ("uidrange", (5, 5), " uidrange 5-5"),
    ("ipproto", "tcp", " ipproto tcp"),
    ("ipproto", 6, " ipproto 6"),
    ("sport", 80, " sport 80"),
    ("sport", (1024, 2047), " sport 1024-2047"),
    ("sport", Masked(80, 0xFFF0), " sport 0x50/0xfff0"),
    ("dport", 0, " dport 0"),
    ("dport", (1, 65535), " dport 1-65535"),
    ("dport", Masked(80, 0xFFF0), " dport 0x50/0xfff0"),
    ("tun_id", 2**64 - 1, " tun_id 18446744073709551615"),
    ("dscp", 63, " dscp 63"),
    ("dscp", "CS6", " dscp CS6"),
    ("dscp", Masked(8, 0x38), " dscp 8/56"),
    ("dscp", Masked("CS1", 0x38), " dscp CS1/56"),
    ("flowlabel", 1, " flowlabel 0x1"),
    ("flowlabel", "0x1/0xff", " flowlabel 0x1/0xff"),
    ("flowlabel", Masked(0xFFFFF, 0xF0000), " flowlabel 0xfffff/0xf0000"),
    ("priority", 0, " priority 0"),
    ("table", 100, " table 100"),
    ("table", "local", " table local"),
]

PROTOCOLS: list[tuple[str, Any, str]] = [
    ("protocol", "static", " protocol static"),
    ("protocol", 99, " protocol 99"),
]

OPTIONS: list[tuple[str, Any, str]] = [
    *SELECTORS,
    *PROTOCOLS,
    ("suppress_prefixlength", 0, " suppress_prefixlength 0"),
    ("suppress_ifgroup", 3, " suppress_ifgroup 3"),
    ("suppress_ifgroup", "default", " suppress_ifgroup default"),
    ("realms", "1/2", " realms 1/2"),
    ("nat", "10.0.0.1", " nat 10.0.0.1"),
    *(
        ("type", word, f" type {word}")
        for word in ("unicast", "blackhole", "unreachable", "prohibit")
    ),
    ("goto", 200, " goto 200"),
    ("nop", True, " nop"),
]


def last_line(session: Session) -> str:
    """Return the command line of the last command."""
    return session.recording.commands[-1].command.line


def find_rule(netns: Namespace, priority: int, *, family: str | None = None) -> Rule:
    """Return the only rule of a priority."""
    rules = netns.ip.rule.show(family=family)
    (found_rule,) = (rule for rule in rules if rule.priority == priority)

    return found_rule


def listed_priorities(netns: Namespace, family: str | None = None, **filters: Any) -> list[int]:
    """Return the priorities of a filtered list, without the kernel's own rules."""
    rules = netns.ip.rule.show(family=family, **filters)
    return [rule.priority for rule in rules if 0 < rule.priority < 32766]


def needs_new_kernel(options: dict[str, Any]) -> bool:
    """Return whether options need an iproute2 or a kernel newer than 2022."""
    if "dscp" in options or "flowlabel" in options:
        return True

    ports = (options.get("sport"), options.get("dport"))

    return any(isinstance(port, Masked) for port in ports)


def test_every_option_has_a_case() -> None:
    """Every option of the tables has a test case."""
    assert option_names(RuleOptions) == case_names(OPTIONS)
    assert option_names(RuleFilter) == case_names(SELECTORS)
    assert option_names(RuleFlush) == case_names(SELECTORS, PROTOCOLS)


@pytest.mark.parametrize("verb", ["add", "delete"])
@pytest.mark.parametrize(("name", "value", "arguments"), OPTIONS)
def test_option_is_formatted(
    dry_session: Session, verb: str, name: str, value: Any, arguments: str
) -> None:
    """Every verb formats an option as iproute2 expects."""
    run_verb = getattr(dry_session.ip.rule, verb)

    run_verb(**{name: value})
    assert f"ip rule {verb}{arguments}" == last_line(dry_session)


@pytest.mark.parametrize(("name", "value", "arguments"), SELECTORS)
def test_filter_is_formatted(dry_session: Session, name: str, value: Any, arguments: str) -> None:
    """`show` formats a filter as iproute2 expects."""
    dry_session.ip.rule.show(**{name: value})
    assert f"ip -j -d rule show{arguments}" == last_line(dry_session)


@pytest.mark.parametrize(("name", "value", "arguments"), [*SELECTORS, *PROTOCOLS])
def test_flush_filter_is_formatted(
    dry_session: Session, name: str, value: Any, arguments: str
) -> None:
    """`flush` takes the filters of `show`, and a protocol."""
    dry_session.ip.rule.flush(**{name: value})
    assert f"ip rule flush{arguments}" == last_line(dry_session)


@pytest.mark.parametrize(
    ("family", "options", "word"),
    [
        (None, {}, ""),
        (None, {"from_": "10.0.0.0/8"}, ""),
        (None, {"from_": "fd00::/64"}, " -6"),
        (None, {"to": "fd00::1"}, " -6"),
        ("inet6", {}, " -6"),
        ("inet", {"to": "fd00::1"}, " -4"),
        ("inet", {}, " -4"),
    ],
)
def test_family_is_a_global_option(
    dry_session: Session, family: str | None, options: Any, word: str
) -> None:
    """Every verb puts the family in front of the object, derived from a prefix if necessary."""
    verbs = dry_session.ip.rule
    for call in (verbs.add, verbs.delete, verbs.show, verbs.flush):
        call(family=family, priority=7, **options)

    change = f"ip{word}"
    query = f"ip -j -d{word}"
    lines = [event.command.line for event in dry_session.recording.commands]
    programs = [line.partition(" rule ")[0] for line in lines]
    assert [change, change, query, change] == programs


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"priority": -1}, "0 to 4294967295"),
        ({"fwmark": 2**32}, "0 to 4294967295"),
        ({"fwmark": Masked(1, 2**32)}, "0 to 4294967295"),
        ({"fwmark": (1, 255)}, "fwmark"),
        ({"fwmark": "0x1ffffffff"}, "0 to 4294967295"),
        ({"fwmark": "010"}, "fwmark: '010' is not a whole number"),
        ({"fwmark": "1/"}, "fwmark: '' is not a whole number"),
        ({"fwmark": "1/2/3"}, "fwmark: '2/3' is not a whole number"),
        ({"sport": 65536}, "0 to 65535"),
        ({"dport": (5, 4)}, "end before its beginning"),
        ({"dport": (5, 65536)}, "0 to 65535"),
        ({"dport": (5,)}, "dport"),
        ({"uidrange": 5}, "pair"),
        ({"uidrange": (0, 2**32)}, "0 to 4294967295"),
        ({"tun_id": 2**64}, "0 to 18446744073709551615"),
        ({"dscp": 64}, "0 to 63"),
        ({"dscp": Masked(1, 64)}, "0 to 63"),
        ({"flowlabel": 2**20}, "0 to 1048575"),
        ({"suppress_prefixlength": -1}, "0 to 2147483647"),
        ({"goto": -1}, "0 to 4294967295"),
        ({"iif": "a" * 16}, "15"),
        ({"from_": "10.0.0.x"}, "prefix"),
        ({"from_": "10.0.0.0/33"}, "prefix"),
        ({"type": "throw"}, "blackhole"),
        ({"nop": 1}, "nop"),
        ({"l3mdev": True, "table": 5}, "l3mdev"),
    ],
)
def test_invalid_option_is_refused(dry_session: Session, options: Any, message: str) -> None:
    """An invalid value or option is refused before a command runs."""
    with pytest.raises(InvalidArgument, match=message):
        dry_session.ip.rule.add(**options)

    assert [] == dry_session.recording.commands


def test_unknown_option_is_refused(dry_session: Session) -> None:
    """`show` refuses a protocol, and a misspelled option gets a hint."""
    filters: Any = {"protocol": "static"}
    with pytest.raises(UnknownOption, match="protocol"):
        dry_session.ip.rule.show(**filters)

    misspelled: Any = {"pref": 7}
    with pytest.raises(UnknownOption, match="pref"):
        dry_session.ip.rule.add(**misspelled)


def test_add_declares_the_created_object(dry_session: Session) -> None:
    """The identity of a rule consists of its options, in `add` and `delete`."""
    verbs = dry_session.netns("ns1").ip.rule
    result = verbs.add(from_="fd00::/64", iif="v0", priority=7)
    (created,) = result.command.creates
    assert ("rule", "ns1", "-6 from fd00::/64 iif v0 priority 7") == created.key
    assert (
        "ip",
        "-6",
        "rule",
        "delete",
        "from",
        "fd00::/64",
        "iif",
        "v0",
        "priority",
        "7",
    ) == delete_command(created).argv
    assert () == created.depends_on

    deletion = verbs.delete(priority=7, iif="v0", from_="fd00::/64")
    assert (created.key,) == deletion.command.deletes


def test_flush_needs_its_own_process(dry_session: Session) -> None:
    """`flush` is not batched, unlike `add`."""
    verbs = dry_session.ip.rule
    assert not verbs.flush(priority=7).command.batch
    assert verbs.add(priority=7).command.batch


CREATED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"src": "all", "table": "main", "srclen": None, "not_": None}),
    ({"not_": True, "from_": "10.0.0.0/8"}, {"not_": True, "src": "10.0.0.0", "srclen": 8}),
    ({"from_": "10.1.2.3"}, {"src": "10.1.2.3", "srclen": None}),
    ({"from_": "0.0.0.0/5"}, {"src": "0.0.0.0", "srclen": 5}),
    ({"to": "10.1.0.0/16"}, {"src": "all", "dst": "10.1.0.0", "dstlen": 16}),
    (
        {"from_": "fd00::/64", "to": "fd01::1"},
        {"src": "fd00::", "srclen": 64, "dst": "fd01::1", "dstlen": None},
    ),
    ({"tos": 16}, {"tos": "0x10"}),
    ({"fwmark": 7}, {"fwmark": "0x7", "fwmask": None}),
    ({"fwmark": Masked(1, 0xFF)}, {"fwmark": "0x1", "fwmask": "0xff"}),
    ({"fwmark": Masked(0, 0xFF)}, {"fwmark": "0", "fwmask": "0xff"}),
    (
        {"iif": "v0", "oif": "v1"},
        {"iif": "v0", "oif": "v1", "iif_detached": None, "oif_detached": None},
    ),
    (
        {"iif": "nope", "oif": "if7"},
        {"iif": "nope", "oif": "if7", "iif_detached": True, "oif_detached": True},
    ),
    ({"l3mdev": True}, {"l3mdev": True, "table": None}),
    ({"uidrange": (0, 0)}, {"uid_start": 0, "uid_end": 0}),
    (
        {"ipproto": "tcp", "sport": 80, "dport": (1, 65534)},
        {"ipproto": "tcp", "sport": 80, "dport_start": 1},
    ),
    (
        {"ipproto": 17, "sport": (5, 6)},
        {"ipproto": "udp", "sport": None, "sport_start": 5, "sport_end": 6},
    ),
    ({"ipproto": "tcp", "sport": Masked(80, 0xFFF0)}, {"sport": 80, "sport_mask": "0xfff0"}),
    ({"ipproto": "tcp", "dport": Masked(80, 0xFFF0)}, {"dport": 80, "dport_mask": "0xfff0"}),
    ({"tun_id": 2**64 - 1}, {"tun_id": 2**64 - 1}),
    ({"dscp": 7}, {"dscp": "7"}),
    ({"dscp": "CS6"}, {"dscp": "CS6"}),
    ({"dscp": Masked(8, 0x38)}, {"dscp": "CS1", "dscp_mask": "0x38"}),
    ({"family": "inet6", "flowlabel": 255}, {"flowlabel": "0xff", "flowlabel_mask": "0xfffff"}),
    (
        {"family": "inet6", "flowlabel": Masked(1, 15)},
        {"flowlabel": "0x1", "flowlabel_mask": "0xf"},
    ),
    ({"protocol": "static"}, {"protocol": "static"}),
    ({"protocol": 150}, {"protocol": "150"}),
    ({"table": 100}, {"table": "100"}),
    ({"table": 70000}, {"table": "70000"}),
    ({"table": "main", "suppress_prefixlength": 0}, {"table": "main", "suppress_prefixlen": 0}),
    ({"table": 100, "suppress_ifgroup": 3}, {"suppress_ifgroup": "3"}),
    ({"realms": "1/2"}, {"flow_from": "1", "flow_to": "2"}),
    ({"realms": 3}, {"flow_from": None, "flow_to": "3"}),
    ({"nat": "10.0.0.1"}, {"masquerade": True}),
    ({"type": "blackhole"}, {"action": "blackhole", "table": None}),
    ({"type": "unreachable"}, {"action": "unreachable"}),
    ({"type": "prohibit"}, {"action": "prohibit"}),
    ({"type": "unicast", "table": 100}, {"action": None, "table": "100"}),
    ({"goto": 32767}, {"goto": 32767, "unresolved": None}),
    ({"goto": 200}, {"goto": 200, "unresolved": True}),
    ({"nop": True}, {"nop": True}),
]


def test_every_option_reaches_the_kernel() -> None:
    """Every option has a live case."""
    tried = {name for options, _ in CREATED for name in options} - {"family"}
    assert option_names(RuleOptions) == tried | {"priority"}


@pytest.mark.live
@pytest.mark.parametrize(("options", "shown"), CREATED)
def test_rule_is_shown_as_created(
    veth_netns: Namespace, options: dict[str, Any], shown: dict[str, Any]
) -> None:
    """`show` returns the value of every option, and the inverse deletes the rule."""
    try:
        result = veth_netns.ip.rule.add(**options, priority=100)
    except (UsageError, RejectedByKernel) as error:
        if not needs_new_kernel(options):
            raise
        pytest.skip(f"this kernel or iproute2: {error.reason}")

    family = "inet6" if "-6" in result.command.argv else "inet"
    found_rule = find_rule(veth_netns, 100, family=family)
    fields = named_fields(found_rule, shown)
    missing = [name for name in shown if fields[name] is None and shown[name] is not None]

    if missing and needs_new_kernel(options):
        skip_on_old_kernel()

    expected = {**shown, "extra": {}}
    assert expected == named_fields(found_rule, expected)

    (created,) = result.command.creates

    veth_netns.exec(*delete_command(created).argv)
    assert [] == listed_priorities(veth_netns, family)


@pytest.mark.live
@pytest.mark.parametrize("family", ["inet", "inet6"])
def test_new_namespace_has_the_default_rules(veth_netns: Namespace, family: str) -> None:
    """A new namespace has the rules for the tables local, main and, for IPv4, default."""
    expected = [(0, "local"), (32766, "main")]
    if family == "inet":
        expected.append((32767, "default"))

    rules = veth_netns.ip.rule.show(family=family)
    listed_rules = [(rule.priority, rule.table) for rule in rules]
    assert expected == listed_rules


@pytest.mark.live
def test_rule_without_priority_precedes_the_rest(veth_netns: Namespace) -> None:
    """Without a priority the kernel takes the next lower number, repeatedly."""
    for _ in range(2):
        veth_netns.ip.rule.add(table=100)

    assert [32764, 32765] == listed_priorities(veth_netns)


@pytest.mark.live
def test_equal_rule_already_exists(veth_netns: Namespace) -> None:
    """A priority can have several rules, but no two equal rules."""
    verbs = veth_netns.ip.rule

    verbs.add(table=100, priority=7)
    with pytest.raises(AlreadyExists):
        verbs.add(table=100, priority=7)

    verbs.add(table=101, priority=7)
    assert [7, 7] == listed_priorities(veth_netns)


@pytest.mark.live
def test_delete_deletes_the_first_match(veth_netns: Namespace) -> None:
    """`delete` deletes the first matching rule only, and finally raises `NotFound`."""
    verbs = veth_netns.ip.rule
    for table_ in (100, 101):
        verbs.add(table=table_, priority=7)

    verbs.delete(priority=7)

    assert "101" == find_rule(veth_netns, 7).table

    verbs.delete(table=101)
    with pytest.raises(NotFound):
        verbs.delete(priority=7)


@pytest.mark.live
def test_delete_of_a_family_keeps_the_rest(veth_netns: Namespace) -> None:
    """`delete` of an IPv4 rule keeps the equal rule of IPv6."""
    for family in ("inet", "inet6"):
        veth_netns.ip.rule.add(family=family, table=100, priority=7)

    veth_netns.ip.rule.delete(priority=7)
    assert [] == listed_priorities(veth_netns)
    assert [7] == listed_priorities(veth_netns, "inet6")


LISTED: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [1, 2, 3, 4, 5]),
    ({"not_": True}, [2]),
    ({"from_": "10.0.0.0/8"}, [1, 2]),
    ({"from_": "10.1.0.0/16"}, [2]),
    ({"to": "10.9.0.0/16"}, [1]),
    ({"tos": 16}, [3]),
    ({"fwmark": 1}, [1]),
    ({"fwmark": Masked(1, 255)}, [1]),
    ({"fwmark": Masked(1, 254)}, []),
    ({"iif": "v0"}, [2]),
    ({"oif": "nope"}, [2]),
    ({"l3mdev": True}, [5]),
    ({"uidrange": (0, 0)}, [3]),
    ({"ipproto": "tcp"}, [4]),
    ({"sport": 80}, [4]),
    ({"dport": (1, 9)}, [4]),
    ({"dport": (1, 8)}, []),
    ({"tun_id": 7}, [3]),
    ({"priority": 4}, [4]),
    ({"table": 100}, [1, 3]),
]


@pytest.mark.live
@pytest.mark.parametrize(("filters", "expected"), LISTED)
def test_show_lists_the_matching_rules(
    veth_netns: Namespace, filters: dict[str, Any], expected: list[int]
) -> None:
    """A filter lists, and `flush` deletes, exactly the matching rules."""
    verbs = veth_netns.ip.rule

    verbs.add(
        from_="10.0.0.0/8",
        to="10.9.0.0/16",
        fwmark=Masked(1, 255),
        table=100,
        priority=1,
    )
    verbs.add(
        not_=True,
        from_="10.1.0.0/16",
        iif="v0",
        oif="nope",
        priority=2,
    )
    verbs.add(tos=16, uidrange=(0, 0), tun_id=7, table=100, priority=3)
    verbs.add(ipproto="tcp", sport=80, dport=(1, 9), priority=4)
    verbs.add(l3mdev=True, priority=5)

    assert expected == listed_priorities(veth_netns, **filters)

    if filters:
        verbs.flush(**filters)
        remaining = {1, 2, 3, 4, 5} - set(expected)
        assert sorted(remaining) == listed_priorities(veth_netns)


@pytest.mark.live
@pytest.mark.parametrize(
    ("filters", "family"),
    [
        ({"dscp": Masked(8, 0x38)}, "inet"),
        ({"dscp": 9}, "inet"),
        ({"flowlabel": Masked(1, 15)}, "inet6"),
    ],
)
def test_new_filters_list_the_matching_rules(
    veth_netns: Namespace, filters: dict[str, Any], family: str
) -> None:
    """Filters of iproute2 6.13 and later list exactly the matching rules."""
    try:
        veth_netns.ip.rule.add(family=family, priority=7, **filters)
    except (UsageError, RejectedByKernel) as error:
        pytest.skip(f"this kernel or iproute2: {error.reason}")

    veth_netns.ip.rule.add(family=family, priority=8)
    listed = listed_priorities(veth_netns, family, **filters)

    if not listed:
        skip_on_old_kernel()

    assert [7] == listed


def skip_on_old_kernel() -> None:
    """Skip on a kernel that ignores masks of ports, dscp and flow labels (Linux 6.13 to 6.17)."""
    release = os.uname().release
    major, minor = release.split("-")[0].split(".")[:2]

    if (int(major), int(minor)) < (6, 17):
        pytest.skip(f"this kernel: {release} ignores unknown attributes of a rule")


@pytest.mark.live
def test_flush_of_a_protocol_keeps_the_rest(veth_netns: Namespace) -> None:
    """`flush` of a protocol keeps rules without the protocol."""
    verbs = veth_netns.ip.rule

    verbs.add(protocol="static", priority=7)
    verbs.add(priority=8)
    verbs.flush(protocol="static")

    assert [8] == listed_priorities(veth_netns)


@pytest.mark.live
def test_flush_without_filter_keeps_priority_0(veth_netns: Namespace) -> None:
    """`flush` without a filter deletes the IPv4 rules for main and default, and no IPv6 rule."""
    verbs = veth_netns.ip.rule

    verbs.add(priority=7)
    verbs.flush()

    rules = verbs.show()
    priorities = [rule.priority for rule in rules]
    assert [0] == priorities

    rules = verbs.show(family="inet6")
    assert [0, 32766] == [rule.priority for rule in rules]


@pytest.mark.live
@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({}, UsageError),
        ({"table": "nosuchtable"}, UsageError),
        ({"ipproto": "nosuchprotocol"}, UsageError),
        ({"protocol": "nosuchprotocol"}, UsageError),
        ({"family": "inet", "from_": "fd00::/64"}, UsageError),
        ({"family": "inet6", "from_": "10.0.0.0/8"}, UsageError),
        ({"priority": 7, "goto": 5}, NotSupported),
        ({"priority": 7, "dport": 65535}, RejectedByKernel),
    ],
)
@pytest.mark.parametrize("verb", ["add", "delete"])
def test_refusals_raise_their_errors(
    veth_netns: Namespace, verb: str, options: dict[str, Any], error: type[CommandError]
) -> None:
    """Every refusal raises its own error class, and does not affect the next command."""
    run_verb = getattr(veth_netns.ip.rule, verb)
    with pytest.raises(error):
        run_verb(**options)

    assert [] == listed_priorities(veth_netns)

    veth_netns.ip.rule.add(priority=9)
    assert [9] == listed_priorities(veth_netns)


@pytest.mark.live
def test_worker_replies_like_a_process() -> None:
    """A batch worker gives the same replies as separate processes."""
    commands = [
        *(("ip", "rule", "add", "from", "10.0.0.0/8", "priority", "7"),) * 2,
        ("ip", "rule", "add", "from", "x"),
        ("ip", "rule", "add"),
        ("ip", "rule", "delete", "priority", "8"),
        ("ip", "rule", "add", "nop", "priority", "9"),
    ]
    shows = [
        ("ip", "-j", "rule", "show", *arguments)
        for arguments in (("priority", "7"), (), ("from", "10.0.0.0/8"), ())
    ]
    replies = []

    for executor in (Batch(), Process()):
        with Session(Sandbox(), executor) as session:
            changes = [Command(argv, batch=True) for argv in commands]
            queries = [Command(argv, changes=False, batch=True) for argv in shows]
            results = [session.run(command, check=False) for command in (*changes, *queries)]
            replies.append([(result.status, result.stdout, result.stderr) for result in results])

    assert replies[1] == replies[0]


@pytest.mark.live
def test_verbs_work_in_the_host_namespace(session: Session) -> None:
    """Verbs without a namespace act on the place's own namespace."""
    verbs = session.ip.rule

    verbs.add(priority=7, type="prohibit")

    rules = verbs.show(priority=7)
    actions = [rule.action for rule in rules]
    assert "prohibit" in actions

    verbs.delete(priority=7, type="prohibit")
    assert [] == verbs.show(priority=7)
