"""`ip address`: the arguments of every option, and the addresses that the kernel shows."""

import contextlib
from typing import Any

import pytest

from ipwrap import (
    AlreadyExists,
    InvalidArgument,
    NotFound,
    NotSupported,
    Session,
    UnknownOption,
    UsageError,
)
from ipwrap.ip.address import AddressFilter, AddressOptions
from ipwrap.models import Address
from ipwrap.objects import delete_command
from ipwrap.options.table import options_of
from ipwrap.session import Namespace

OPTIONS: list[tuple[str, Any, str]] = [
    ("peer", "10.0.0.2/32", "peer 10.0.0.2/32"),
    ("broadcast", "+", "broadcast +"),
    ("broadcast", "-", "broadcast -"),
    ("broadcast", "10.0.0.255", "broadcast 10.0.0.255"),
    ("anycast", "10.0.0.3", "anycast 10.0.0.3"),
    ("label", "v0:1", "label v0:1"),
    ("scope", "link", "scope link"),
    ("scope", 200, "scope 200"),
    ("metric", 0, "metric 0"),
    ("valid_lft", 60, "valid_lft 60"),
    ("valid_lft", "forever", "valid_lft forever"),
    ("preferred_lft", 0, "preferred_lft 0"),
    ("preferred_lft", "forever", "preferred_lft forever"),
    ("home", True, "home"),
    ("nodad", True, "nodad"),
    ("optimistic", True, "optimistic"),
    ("mngtmpaddr", True, "mngtmpaddr"),
    ("noprefixroute", True, "noprefixroute"),
    ("autojoin", True, "autojoin"),
    ("proto", "kernel_lo", "proto kernel_lo"),
    ("proto", 99, "proto 99"),
]

FLAGS = (
    "permanent",
    "dynamic",
    "secondary",
    "primary",
    "tentative",
    "deprecated",
    "dadfailed",
    "temporary",
    "home",
    "nodad",
    "optimistic",
    "mngtmpaddr",
    "noprefixroute",
    "autojoin",
)

FILTERS: list[tuple[str, Any, str]] = [
    ("scope", "global", "scope global"),
    ("to", "10.0.0.0/8", "to 10.0.0.0/8"),
    ("label", "v0:*", "label 'v0:*'"),
    ("group", "default", "group default"),
    ("group", 0, "group 0"),
    ("up", True, "up"),
    ("master", "br0", "master br0"),
    ("vrf", "red", "vrf red"),
    ("nomaster", True, "nomaster"),
    ("type", "veth", "type veth"),
    ("novf", True, "novf"),
    ("proto", 3, "proto 3"),
    *((flag, True, flag) for flag in FLAGS),
    *((flag, False, f"-{flag}") for flag in FLAGS),
    ("stable_privacy", True, "stable-privacy"),
    ("stable_privacy", False, "-stable-privacy"),
]


def get_last_command(session: Session) -> str:
    """Return the last command line of a session."""
    return session.recording.results[-1].line


def list_prefixes(veth_netns: Namespace, **filters: Any) -> list[str]:
    """Return the prefixes of the addresses of v0 that match filters."""
    prefixes = []
    for link in veth_netns.ip.address.show("v0", **filters):
        prefixes += [address.prefix for address in link.addr_info]

    return prefixes


def get_address(veth_netns: Namespace, prefix: str) -> Address:
    """Return the address of v0 with the given prefix."""
    (link,) = veth_netns.ip.address.show("v0")
    matches = [address for address in link.addr_info if address.prefix == prefix]
    (match,) = matches

    return match


def get_option_names(table: type) -> set[str]:
    """Return the names of the options in a table."""
    return {option.name for option in options_of(table)}


def test_every_option_has_a_case() -> None:
    """Every option of both tables has a test case."""
    assert get_option_names(AddressOptions) == {name for name, *_ in OPTIONS}
    assert get_option_names(AddressFilter) == {name for name, *_ in FILTERS}


@pytest.mark.parametrize("verb", ["add", "change", "replace", "delete"])
@pytest.mark.parametrize(("name", "value", "arguments"), OPTIONS)
def test_option_becomes_arguments(
    dry_session: Session, verb: str, name: str, value: Any, arguments: str
) -> None:
    """Every option of every command has the spelling of iproute2."""
    getattr(dry_session.ip.address, verb)("10.0.0.1/24", "v0", **{name: value})
    assert f"ip address {verb} local 10.0.0.1/24 dev v0 {arguments}" == get_last_command(
        dry_session
    )


@pytest.mark.parametrize(("name", "value", "arguments"), FILTERS)
def test_filter_becomes_arguments(
    dry_session: Session, name: str, value: Any, arguments: str
) -> None:
    """Every filter of `show` and `flush` has the spelling of iproute2."""
    dry_session.ip.address.show("v0", **{name: value})
    assert f"ip -j -d address show dev v0 {arguments}" == get_last_command(dry_session)

    dry_session.ip.address.flush("v0", **{name: value})
    assert f"ip address flush dev v0 {arguments}" == get_last_command(dry_session)


@pytest.mark.parametrize(
    "flag", ["home", "nodad", "optimistic", "mngtmpaddr", "noprefixroute", "autojoin"]
)
def test_false_flag_is_omitted(dry_session: Session, flag: str) -> None:
    """`add` has no negative form of a flag, so False omits the keyword."""
    options: Any = {flag: False}
    dry_session.ip.address.add("10.0.0.1/24", "v0", **options)

    assert "ip address add local 10.0.0.1/24 dev v0" == get_last_command(dry_session)


@pytest.mark.parametrize(("family", "word"), [("inet", " -4"), ("inet6", " -6"), (None, "")])
def test_family_is_a_global_option(dry_session: Session, family: str | None, word: str) -> None:
    """`show` and `flush` put the family before the object."""
    dry_session.ip.address.show(family=family)
    assert f"ip -j -d{word} address show" == get_last_command(dry_session)

    dry_session.ip.address.flush("v0", family=family)
    assert f"ip{word} address flush dev v0" == get_last_command(dry_session)


@pytest.mark.live
def test_get_returns_the_addresses_of_one_link(veth_netns: Namespace) -> None:
    """`get` returns a link with its addresses, and raises `NotFound` for a missing one."""
    veth_netns.ip.address.add("10.7.0.1/24", dev="v0")

    interface = veth_netns.ip.address.get("v0")
    assert "v0" == interface.ifname
    assert "10.7.0.1/24" in [address.prefix for address in interface.addr_info]
    with pytest.raises(NotFound, match="nope"):
        veth_netns.ip.address.get("nope")


def test_link_is_a_family_of_show_only(dry_session: Session) -> None:
    """`show` accepts the family of links (`-0`); `flush` rejects the value."""
    dry_session.ip.address.show("v0", family="link")

    assert "ip -j -d -0 address show dev v0" == get_last_command(dry_session)

    with pytest.raises(InvalidArgument, match="family"):
        dry_session.ip.address.flush("v0", family="link")


@pytest.mark.parametrize(("stats", "arguments"), [(False, ""), (True, " -s"), (2, " -s -s")])
def test_counters_are_a_global_option(dry_session: Session, stats: Any, arguments: str) -> None:
    """`stats` repeats the global option `-s` up to two times."""
    dry_session.ip.address.show(stats=stats)
    assert f"ip -j -d{arguments} address show" == get_last_command(dry_session)


@pytest.mark.live
def test_family_of_links_has_no_addresses(veth_netns: Namespace) -> None:
    """With the family of links, `show` lists no address."""
    veth_netns.ip.address.add("10.0.0.1/24", "v0")
    (link,) = veth_netns.ip.address.show("v0", family="link")

    assert "v0" == link.ifname
    assert () == link.addr_info


@pytest.mark.live
def test_counters_by_error_type_are_shown(veth_netns: Namespace) -> None:
    """`stats=2` adds the counters by type of error."""
    (link,) = veth_netns.ip.address.show("v0", stats=2)

    assert link.stats64 is not None
    assert link.stats64.rx is not None
    assert 0 == link.stats64.rx.crc_errors


def test_unknown_family_is_refused(dry_session: Session) -> None:
    """An unknown family is named in the error, and no command runs."""
    with pytest.raises(InvalidArgument, match="family: 'ipx' is not one of inet, inet6"):
        dry_session.ip.address.show(family="ipx")

    assert [] == dry_session.recording.commands


def test_stats_are_an_option(dry_session: Session) -> None:
    """`stats=True` becomes `-s`."""
    dry_session.ip.address.show(stats=True)
    assert "ip -j -d -s address show" == get_last_command(dry_session)


def test_commands_run_in_a_namespace(dry_session: Session) -> None:
    """A command inside a namespace starts with `-n NAME`."""
    dry_session.netns("ns1").ip.address.add("10.0.0.1/24", "v0")
    assert "ip -n ns1 address add local 10.0.0.1/24 dev v0" == get_last_command(dry_session)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"valid_lft": "long"}, InvalidArgument),
        ({"metric": -1}, InvalidArgument),
        ({"metric": True}, InvalidArgument),
        ({"label": "x" * 16}, InvalidArgument),
        ({"peer": "10.0.0.256"}, InvalidArgument),
        ({"broadcast": "all"}, InvalidArgument),
        ({"nodad": "yes"}, InvalidArgument),
        ({"valid_life_time": 7}, UnknownOption),
    ],
)
def test_invalid_option_is_refused(
    dry_session: Session, options: dict[str, Any], error: type[InvalidArgument]
) -> None:
    """An invalid value or an unknown option is refused before a command runs."""
    with pytest.raises(error):
        dry_session.ip.address.add("10.0.0.1/24", "v0", **options)

    assert [] == dry_session.recording.commands


@pytest.mark.parametrize(
    "local", ["", "host", "10.0.0.1/33", "fd00::1/129", "10.0.0.1 ", "10.0.0.0.1"]
)
def test_invalid_address_is_refused(dry_session: Session, local: str) -> None:
    """A malformed address is refused before a command runs."""
    with pytest.raises(InvalidArgument):
        dry_session.ip.address.add(local, "v0")

    assert [] == dry_session.recording.commands


CREATED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("10.0.0.1/24", {}, {"family": "inet", "scope": "global", "label": "v0", "broadcast": None}),
    ("10.0.0.1/24", {"broadcast": "+"}, {"broadcast": "10.0.0.255"}),
    ("10.0.0.1/24", {"broadcast": "-"}, {"broadcast": "10.0.0.0"}),
    ("10.0.0.1/24", {"broadcast": "10.0.0.77"}, {"broadcast": "10.0.0.77"}),
    ("10.0.0.1/24", {"label": "v0:one"}, {"label": "v0:one"}),
    ("10.0.0.1/32", {"peer": "10.0.0.2/32"}, {"address": "10.0.0.2"}),
    ("10.0.0.1/24", {"scope": "link"}, {"scope": "link"}),
    ("10.0.0.1/24", {"scope": 200}, {"scope": "site"}),
    ("10.0.0.1/24", {"metric": 77}, {"metric": 77}),
    ("10.0.0.1/24", {"noprefixroute": True}, {"noprefixroute": True}),
    ("10.0.0.1/24", {"valid_lft": "forever"}, {"dynamic": None, "valid_life_time": 2**32 - 1}),
    ("10.0.0.1/24", {"preferred_lft": 0}, {"deprecated": True}),
    ("10.0.0.1/24", {"home": False, "nodad": False}, {"home": None, "nodad": None}),
    ("fd00::1/64", {}, {"family": "inet6", "scope": "global", "label": None}),
    ("fd00::1/128", {"peer": "fd00::2/128"}, {"address": "fd00::2"}),
    ("fd00::1/64", {"home": True}, {"home": True}),
    ("fd00::1/64", {"nodad": True}, {"nodad": True, "tentative": None}),
    ("fd00::1/64", {"mngtmpaddr": True}, {"mngtmpaddr": True}),
    ("fd00::1/64", {"noprefixroute": True}, {"noprefixroute": True}),
    ("fd00::1/64", {"metric": 7}, {"metric": 7}),
    ("fd00::1/64", {"proto": "kernel_lo"}, {"protocol": "kernel_lo"}),
    (
        "fd00::1/64",
        {"valid_lft": "forever", "preferred_lft": 0},
        {"deprecated": True, "preferred_life_time": 0},
    ),
    ("fe80::1/64", {"scope": "link"}, {"scope": "link"}),
]


@pytest.mark.live
@pytest.mark.parametrize("verb", ["add", "replace"])
@pytest.mark.parametrize(("prefix", "options", "expected"), CREATED)
def test_address_is_shown_as_created(
    veth_netns: Namespace, verb: str, prefix: str, options: dict[str, Any], expected: dict[str, Any]
) -> None:
    """`show` returns the options of `add` and `replace`."""
    try:
        getattr(veth_netns.ip.address, verb)(prefix, "v0", **options)
    except (NotSupported, UsageError) as error:
        pytest.skip(f"this kernel or iproute2: {error.reason}")

    address = get_address(veth_netns, prefix)
    shown = {name: getattr(address, name) for name in expected}

    assert expected == shown
    assert {} == address.extra


@pytest.mark.live
def test_a_protocol_without_a_name_is_a_number(veth_netns: Namespace) -> None:
    """iproute2 shows an unnamed protocol in decimal, from 6.15 on in hexadecimal."""
    try:
        veth_netns.ip.address.add("10.0.0.1/24", "v0", proto=99)
    except (NotSupported, UsageError) as error:
        pytest.skip(f"this kernel or iproute2: {error.reason}")

    assert get_address(veth_netns, "10.0.0.1/24").protocol in ("99", "0x63")


@pytest.mark.live
def test_lifetimes_decrease(veth_netns: Namespace) -> None:
    """An address with lifetimes is dynamic, and its lifetimes decrease."""
    veth_netns.ip.address.add("10.0.0.1/24", "v0", valid_lft=1_000_000, preferred_lft=500_000)
    address = get_address(veth_netns, "10.0.0.1/24")

    assert address.dynamic is True
    assert 900_000 < (address.valid_life_time or 0) <= 1_000_000
    assert 400_000 < (address.preferred_life_time or 0) <= 500_000


@pytest.mark.live
def test_multicast_address_is_joined_by_autojoin(veth_netns: Namespace) -> None:
    """`show` returns `autojoin` of a multicast address."""
    veth_netns.ip.address.add("239.1.1.1/32", "v0", autojoin=True)
    assert True is get_address(veth_netns, "239.1.1.1/32").autojoin


@pytest.mark.live
def test_change_changes_an_address(veth_netns: Namespace) -> None:
    """`change` sets new lifetimes of an existing address."""
    veth_netns.ip.address.add("10.0.0.1/24", "v0")
    veth_netns.ip.address.change("10.0.0.1/24", "v0", valid_lft=1_000_000, preferred_lft=0)
    address = get_address(veth_netns, "10.0.0.1/24")

    assert address.dynamic is True
    assert address.deprecated is True


@pytest.mark.live
def test_change_of_a_missing_address_is_recorded_as_creation(veth_netns: Namespace) -> None:
    """`change` adds a missing address, so its result records a created object."""
    result = veth_netns.ip.address.change("10.0.0.1/24", "v0")
    assert ["10.0.0.1/24"] == list_prefixes(veth_netns, family="inet")

    (created,) = result.command.creates
    assert ("ip", "address", "delete", "local", "10.0.0.1/24", "dev", "v0") == delete_command(
        created
    ).argv


@pytest.mark.live
def test_replace_changes_an_existing_address(veth_netns: Namespace) -> None:
    """`replace` changes an existing address, and adds no second address."""
    veth_netns.ip.address.add("10.0.0.1/24", "v0")
    veth_netns.ip.address.replace("10.0.0.1/24", "v0", preferred_lft=0)

    assert ["10.0.0.1/24"] == list_prefixes(veth_netns, family="inet")
    assert True is get_address(veth_netns, "10.0.0.1/24").deprecated


@pytest.mark.live
@pytest.mark.parametrize("prefix", ["10.0.0.1/24", "fd00::1/64"])
def test_add_of_an_existing_address_fails(veth_netns: Namespace, prefix: str) -> None:
    """`add` of an existing address raises `AlreadyExists`."""
    veth_netns.ip.address.add(prefix, "v0")
    with pytest.raises(AlreadyExists):
        veth_netns.ip.address.add(prefix, "v0")


@pytest.mark.live
def test_delete_removes_one_address(veth_netns: Namespace) -> None:
    """`delete` removes the named address and keeps the rest."""
    ip = veth_netns.ip
    ip.address.add("10.0.0.1/24", "v0")
    ip.address.add("10.0.1.1/32", "v0", peer="10.0.1.2/32")
    ip.address.delete("10.0.1.1/32", "v0", peer="10.0.1.2/32")

    assert ["10.0.0.1/24"] == list_prefixes(veth_netns, family="inet")


@pytest.mark.live
@pytest.mark.parametrize("prefix", ["10.0.0.1/24", "fd00::1/64"])
def test_delete_of_a_missing_address_is_not_found(veth_netns: Namespace, prefix: str) -> None:
    """`delete` of a missing address raises `NotFound` with an errno."""
    with pytest.raises(NotFound) as caught:
        veth_netns.ip.address.delete(prefix, "v0")

    assert caught.value.errno is not None


@pytest.mark.live
def test_delete_command_of_a_created_address_works(veth_netns: Namespace) -> None:
    """The recorded delete command removes an address, also one with a peer."""
    result = veth_netns.ip.address.add(
        "10.0.0.1/32", "v0", peer="10.0.0.2/32", label="v0:x", scope="link"
    )
    (created,) = result.command.creates
    veth_netns.exec(*delete_command(created).argv)

    assert [] == list_prefixes(veth_netns, family="inet")
    assert ("v0",) == created.depends_on


@pytest.mark.live
def test_flush_of_a_family_keeps_the_other_family(veth_netns: Namespace) -> None:
    """`flush` of a family keeps the addresses of the second family."""
    ip = veth_netns.ip
    ip.address.add("10.0.0.1/24", "v0")
    ip.address.add("fd00::1/64", "v0", nodad=True)
    ip.address.flush("v0", family="inet")

    assert [] == list_prefixes(veth_netns, family="inet")
    assert "fd00::1/64" in list_prefixes(veth_netns, family="inet6")


@pytest.mark.live
def test_flush_of_a_prefix_keeps_other_addresses(veth_netns: Namespace) -> None:
    """`flush` with `to` deletes only the addresses within the prefix."""
    for prefix in ("10.0.0.1/24", "10.1.0.1/24"):
        veth_netns.ip.address.add(prefix, "v0")

    veth_netns.ip.address.flush("v0", to="10.1.0.0/16")

    assert ["10.0.0.1/24"] == list_prefixes(veth_netns, family="inet")


@pytest.mark.live
def test_flush_without_filters_is_a_usage_error(veth_netns: Namespace) -> None:
    """iproute2 requires at least one filter for `flush`."""
    with pytest.raises(UsageError, match="Flush requires arguments"):
        veth_netns.ip.address.flush()


LISTED: list[tuple[dict[str, Any], list[str]]] = [
    ({"to": "10.0.0.0/24"}, ["10.0.0.1/24"]),
    ({"scope": "link", "family": "inet"}, ["10.1.0.1/24"]),
    ({"label": "v0:*", "family": "inet"}, ["10.1.0.1/24"]),
    ({"dynamic": True}, ["10.2.0.1/24"]),
    ({"permanent": True, "family": "inet"}, ["10.1.0.1/24", "10.0.0.1/24"]),
    ({"permanent": False, "family": "inet"}, ["10.2.0.1/24"]),
    ({"deprecated": True}, ["10.2.0.1/24"]),
    ({"nodad": True}, ["fd00::1/64"]),
    ({"home": True}, []),
    ({"noprefixroute": True}, ["10.0.0.1/24"]),
    ({"noprefixroute": False, "family": "inet"}, ["10.1.0.1/24", "10.2.0.1/24"]),
    ({"type": "veth", "to": "10.0.0.0/8", "dynamic": True}, ["10.2.0.1/24"]),
    ({"type": "bridge", "family": "inet"}, []),
    ({"up": True, "to": "10.2.0.0/24"}, ["10.2.0.1/24"]),
    ({"group": "default", "to": "10.2.0.0/24"}, ["10.2.0.1/24"]),
    ({"nomaster": True, "to": "10.2.0.0/24"}, ["10.2.0.1/24"]),
    ({"master": "v1"}, []),
    ({"stats": True, "to": "10.2.0.0/24"}, ["10.2.0.1/24"]),
]


@pytest.mark.live
@pytest.mark.parametrize(("filters", "expected"), LISTED)
def test_show_lists_matching_addresses(
    veth_netns: Namespace, filters: dict[str, Any], expected: list[str]
) -> None:
    """`show` returns the matching addresses, and no empty entries for the rest."""
    ip = veth_netns.ip
    ip.address.add("10.0.0.1/24", "v0", noprefixroute=True)
    ip.address.add("10.1.0.1/24", "v0", scope="link", label="v0:x")
    ip.address.add("10.2.0.1/24", "v0", valid_lft=1_000_000, preferred_lft=0)
    ip.address.add("fd00::1/64", "v0", nodad=True)
    prefixes = list_prefixes(veth_netns, **filters)

    assert sorted(expected) == sorted(prefixes)


@pytest.mark.live
def test_show_lists_links_that_are_down(veth_netns: Namespace) -> None:
    """`up=False` lists exactly the links that are down, in every release of iproute2."""
    veth_netns.ip.link.set("v1", up=False)
    links = veth_netns.ip.address.show(up=False)

    assert ["v1"] == [link.ifname for link in links]


def test_flush_of_links_that_are_down_never_flushes_every_link(dry_session: Session) -> None:
    """`flush(up=False)` must not become a flush of every link."""
    with contextlib.suppress(InvalidArgument):
        dry_session.ip.address.flush(up=False)

    assert all("down" in event.command.argv for event in dry_session.recording.commands)


@pytest.mark.live
def test_show_without_a_link_lists_every_link(veth_netns: Namespace) -> None:
    """`show` without a link returns every link with its prefixes."""
    veth_netns.ip.address.add("10.0.0.1/24", "v0")
    links = veth_netns.ip.address.show(family="inet")
    prefixes = {link.ifname: link.prefixes for link in links}

    assert ("127.0.0.1/8",) == prefixes["lo"]
    assert ("10.0.0.1/24",) == prefixes["v0"]


@pytest.mark.live
def test_missing_link_is_not_found(veth_netns: Namespace) -> None:
    """Every command raises `NotFound` for a missing link."""
    commands = veth_netns.ip.address
    for run in (
        lambda: commands.add("10.0.0.1/24", "nope"),
        lambda: commands.change("10.0.0.1/24", "nope"),
        lambda: commands.replace("10.0.0.1/24", "nope"),
        lambda: commands.delete("10.0.0.1/24", "nope"),
        lambda: commands.flush("nope"),
        lambda: commands.show("nope"),
    ):
        with pytest.raises(NotFound, match="nope"):
            run()
