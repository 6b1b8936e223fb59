"""`ip address`: the words of every option, and what the kernel made of them."""

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


def line(session: Session) -> str:
    """Return the last command."""
    return session.recording.results[-1].line


def addresses(there: Namespace, **which: Any) -> list[str]:
    """Return the addresses of v0 that a filter lists."""
    return [each.prefix for link in there.ip.address.show("v0", **which) for each in link.addr_info]


def address(there: Namespace, prefix: str) -> Address:
    """Return one address of v0."""
    (link,) = there.ip.address.show("v0")
    (found,) = (each for each in link.addr_info if each.prefix == prefix)
    return found


def test_every_option_has_a_case() -> None:
    """No option of the tables is left untested."""
    assert {row.name for row in options_of(AddressOptions)} == {name for name, *_ in OPTIONS}
    assert {row.name for row in options_of(AddressFilter)} == {name for name, *_ in FILTERS}


@pytest.mark.parametrize("verb", ["add", "change", "replace", "delete"])
@pytest.mark.parametrize(("name", "value", "words"), OPTIONS)
def test_option_becomes_words(dry: Session, verb: str, name: str, value: Any, words: str) -> None:
    """Each option of each verb is spelled as iproute2 spells it."""
    getattr(dry.ip.address, verb)("10.0.0.1/24", "v0", **{name: value})
    assert f"ip address {verb} local 10.0.0.1/24 dev v0 {words}" == line(dry)


@pytest.mark.parametrize(("name", "value", "words"), FILTERS)
def test_filter_becomes_words(dry: Session, name: str, value: Any, words: str) -> None:
    """Each filter is spelled as iproute2 spells it, for `show` and for `flush`."""
    dry.ip.address.show("v0", **{name: value})
    assert f"ip -j -d address show dev v0 {words}" == line(dry)
    dry.ip.address.flush("v0", **{name: value})
    assert f"ip address flush dev v0 {words}" == line(dry)


@pytest.mark.parametrize(
    "flag", ["home", "nodad", "optimistic", "mngtmpaddr", "noprefixroute", "autojoin"]
)
def test_flag_that_is_false_is_no_word(dry: Session, flag: str) -> None:
    """`add` has no word that says no to a flag, so False leaves it out."""
    options: Any = {flag: False}
    dry.ip.address.add("10.0.0.1/24", "v0", **options)
    assert "ip address add local 10.0.0.1/24 dev v0" == line(dry)


@pytest.mark.parametrize(("family", "word"), [("inet", " -4"), ("inet6", " -6"), (None, "")])
def test_family_is_a_global_option(dry: Session, family: str | None, word: str) -> None:
    """`show` and `flush` say the family before the object."""
    dry.ip.address.show(family=family)
    assert f"ip -j -d{word} address show" == line(dry)
    dry.ip.address.flush("v0", family=family)
    assert f"ip{word} address flush dev v0" == line(dry)


def test_links_alone_are_a_family_too(dry: Session) -> None:
    """`-0` shows the links, and can flush nothing."""
    dry.ip.address.show("v0", family="link")
    assert "ip -j -d -0 address show dev v0" == line(dry)
    with pytest.raises(InvalidArgument, match="family"):
        dry.ip.address.flush("v0", family="link")


@pytest.mark.parametrize(("stats", "words"), [(False, ""), (True, " -s"), (2, " -s -s")])
def test_counters_are_a_global_option(dry: Session, stats: Any, words: str) -> None:
    """`-s` is said once or twice."""
    dry.ip.address.show(stats=stats)
    assert f"ip -j -d{words} address show" == line(dry)


@pytest.mark.live
def test_links_alone_have_no_addresses(there: Namespace) -> None:
    """With the family of links no address is listed."""
    there.ip.address.add("10.0.0.1/24", "v0")
    (found,) = there.ip.address.show("v0", family="link")
    assert ("v0", ()) == (found.ifname, found.addr_info)


@pytest.mark.live
def test_counters_stand_beside_addresses(there: Namespace) -> None:
    """With `stats=2` also those of each sort of error."""
    (found,) = there.ip.address.show("v0", stats=2)
    assert found.stats64 is not None
    assert found.stats64.rx is not None
    assert 0 == found.stats64.rx.crc_errors


def test_family_that_is_none_is_refused(dry: Session) -> None:
    """A family that addresses cannot have is named in the error, before anything runs."""
    with pytest.raises(InvalidArgument, match="family: 'ipx' is not one of inet, inet6"):
        dry.ip.address.show(family="ipx")
    assert [] == dry.recording.commands


def test_stats_are_asked_for(dry: Session) -> None:
    """`stats=True` is `-s`."""
    dry.ip.address.show(stats=True)
    assert "ip -j -d -s address show" == line(dry)


def test_verbs_run_in_a_namespace(dry: Session) -> None:
    """A verb inside a namespace says `-n NAME`."""
    dry.netns("ns1").ip.address.add("10.0.0.1/24", "v0")
    assert "ip -n ns1 address add local 10.0.0.1/24 dev v0" == line(dry)


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
def test_what_iproute2_cannot_take_is_refused(
    dry: Session, options: dict[str, Any], error: type[InvalidArgument]
) -> None:
    """A value or an option that cannot be is refused before anything runs."""
    with pytest.raises(error):
        dry.ip.address.add("10.0.0.1/24", "v0", **options)
    assert [] == dry.recording.commands


@pytest.mark.parametrize(
    "local", ["", "host", "10.0.0.1/33", "fd00::1/129", "10.0.0.1 ", "10.0.0.0.1"]
)
def test_address_that_is_none_is_refused(dry: Session, local: str) -> None:
    """What is no address is refused before anything runs."""
    with pytest.raises(InvalidArgument):
        dry.ip.address.add(local, "v0")
    assert [] == dry.recording.commands


MADE: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
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
@pytest.mark.parametrize(("prefix", "options", "shown"), MADE)
def test_address_is_shown_as_it_was_made(
    there: Namespace, verb: str, prefix: str, options: dict[str, Any], shown: dict[str, Any]
) -> None:
    """What an option asked for is what `show` tells."""
    try:
        getattr(there.ip.address, verb)(prefix, "v0", **options)
    except (NotSupported, UsageError) as error:
        pytest.skip(f"this kernel or iproute2: {error.reason}")
    found = address(there, prefix)
    assert shown == {name: getattr(found, name) for name in shown}
    assert {} == found.extra


@pytest.mark.live
def test_a_protocol_without_a_name_is_a_number(there: Namespace) -> None:
    """Before 6.15 in decimal, since then in hexadecimal."""
    try:
        there.ip.address.add("10.0.0.1/24", "v0", proto=99)
    except (NotSupported, UsageError) as error:
        pytest.skip(f"this kernel or iproute2: {error.reason}")
    assert address(there, "10.0.0.1/24").protocol in ("99", "0x63")


@pytest.mark.live
def test_lifetimes_run_down(there: Namespace) -> None:
    """An address with lifetimes is dynamic, and has at most what it was given."""
    there.ip.address.add("10.0.0.1/24", "v0", valid_lft=1_000_000, preferred_lft=500_000)
    found = address(there, "10.0.0.1/24")
    assert found.dynamic is True
    assert 900_000 < (found.valid_life_time or 0) <= 1_000_000
    assert 400_000 < (found.preferred_life_time or 0) <= 500_000


@pytest.mark.live
def test_multicast_address_is_joined_by_autojoin(there: Namespace) -> None:
    """`autojoin` is for multicast addresses, and is shown."""
    there.ip.address.add("239.1.1.1/32", "v0", autojoin=True)
    assert True is address(there, "239.1.1.1/32").autojoin


@pytest.mark.live
def test_change_changes_an_address(there: Namespace) -> None:
    """`change` gives an address other lifetimes."""
    there.ip.address.add("10.0.0.1/24", "v0")
    there.ip.address.change("10.0.0.1/24", "v0", valid_lft=1_000_000, preferred_lft=0)
    found = address(there, "10.0.0.1/24")
    assert (True, True) == (found.dynamic, found.deprecated)


@pytest.mark.live
def test_change_of_what_is_not_there_is_known_as_made(there: Namespace) -> None:
    """The kernel lets `change` add an address that is not there, so a script has to take it away again."""
    result = there.ip.address.change("10.0.0.1/24", "v0")
    assert ["10.0.0.1/24"] == addresses(there, family="inet")
    (made,) = result.command.creates
    assert ("ip", "address", "delete", "local", "10.0.0.1/24", "dev", "v0") == made.delete_argv


@pytest.mark.live
def test_replace_changes_what_is_there(there: Namespace) -> None:
    """`replace` of an address that is there changes it, and makes no second one."""
    there.ip.address.add("10.0.0.1/24", "v0")
    there.ip.address.replace("10.0.0.1/24", "v0", preferred_lft=0)
    assert ["10.0.0.1/24"] == addresses(there, family="inet")
    assert True is address(there, "10.0.0.1/24").deprecated


@pytest.mark.live
@pytest.mark.parametrize("prefix", ["10.0.0.1/24", "fd00::1/64"])
def test_add_of_what_is_there_already_exists(there: Namespace, prefix: str) -> None:
    """The same address cannot be added twice."""
    there.ip.address.add(prefix, "v0")
    with pytest.raises(AlreadyExists):
        there.ip.address.add(prefix, "v0")


@pytest.mark.live
def test_delete_takes_an_address_away(there: Namespace) -> None:
    """What `delete` names is gone, and what it does not name stays."""
    there.ip.address.add("10.0.0.1/24", "v0")
    there.ip.address.add("10.0.1.1/32", "v0", peer="10.0.1.2/32")
    there.ip.address.delete("10.0.1.1/32", "v0", peer="10.0.1.2/32")
    assert ["10.0.0.1/24"] == addresses(there, family="inet")


@pytest.mark.live
@pytest.mark.parametrize("prefix", ["10.0.0.1/24", "fd00::1/64"])
def test_delete_of_what_is_not_there_is_not_found(there: Namespace, prefix: str) -> None:
    """The kernel says so, and the error has an errno."""
    with pytest.raises(NotFound) as caught:
        there.ip.address.delete(prefix, "v0")
    assert caught.value.errno is not None


@pytest.mark.live
def test_undo_of_an_address_takes_it_away(there: Namespace) -> None:
    """The words that an `add` leaves for a script's `down` delete what it made, also with a peer."""
    result = there.ip.address.add(
        "10.0.0.1/32", "v0", peer="10.0.0.2/32", label="v0:x", scope="link"
    )
    (made,) = result.command.creates
    there.exec(*made.delete_argv)
    assert [] == addresses(there, family="inet")
    assert ("v0",) == made.depends_on


@pytest.mark.live
def test_flush_takes_away_what_matches(there: Namespace) -> None:
    """`flush` of a family leaves the other one."""
    there.ip.address.add("10.0.0.1/24", "v0")
    there.ip.address.add("fd00::1/64", "v0", nodad=True)
    there.ip.address.flush("v0", family="inet")
    assert [] == addresses(there, family="inet")
    assert "fd00::1/64" in addresses(there, family="inet6")


@pytest.mark.live
def test_flush_of_a_prefix_leaves_the_others(there: Namespace) -> None:
    """`flush` with `to` deletes what is within the prefix."""
    for prefix in ("10.0.0.1/24", "10.1.0.1/24"):
        there.ip.address.add(prefix, "v0")
    there.ip.address.flush("v0", to="10.1.0.0/16")
    assert ["10.0.0.1/24"] == addresses(there, family="inet")


@pytest.mark.live
def test_flush_of_everything_is_a_usage_error(there: Namespace) -> None:
    """iproute2 wants to be told what to flush."""
    with pytest.raises(UsageError, match="Flush requires arguments"):
        there.ip.address.flush()


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
@pytest.mark.parametrize(("which", "expected"), LISTED)
def test_show_lists_the_addresses_that_match(
    there: Namespace, which: dict[str, Any], expected: list[str]
) -> None:
    """A filter lists those addresses, and no empty objects in the place of the others."""
    there.ip.address.add("10.0.0.1/24", "v0", noprefixroute=True)
    there.ip.address.add("10.1.0.1/24", "v0", scope="link", label="v0:x")
    there.ip.address.add("10.2.0.1/24", "v0", valid_lft=1_000_000, preferred_lft=0)
    there.ip.address.add("fd00::1/64", "v0", nodad=True)
    found = addresses(there, **which)
    assert sorted(expected) == sorted(found)


@pytest.mark.live
def test_links_that_are_down_are_asked_for(there: Namespace) -> None:
    """`up=False` lists the links that are down, and those only, with every release of iproute2."""
    there.ip.link.set("v1", up=False)
    assert ["v1"] == [link.ifname for link in there.ip.address.show(up=False)]


def test_flush_of_links_that_are_down_never_flushes_the_others(dry: Session) -> None:
    """`flush(up=False)` is said as such or refused: it must not become a flush of every link."""
    with contextlib.suppress(InvalidArgument):
        dry.ip.address.flush(up=False)
    assert all("down" in asked.command.argv for asked in dry.recording.commands)


@pytest.mark.live
def test_show_without_a_link_lists_all(there: Namespace) -> None:
    """Every link is there, with its prefixes."""
    there.ip.address.add("10.0.0.1/24", "v0")
    shown = {link.ifname: link.prefixes for link in there.ip.address.show(family="inet")}
    assert {"lo": ("127.0.0.1/8",), "v0": ("10.0.0.1/24",)} == {
        name: shown[name] for name in ("lo", "v0")
    }


@pytest.mark.live
def test_link_that_is_not_there_is_not_found(there: Namespace) -> None:
    """Every verb says that the link is missing."""
    verbs = there.ip.address
    for run in (
        lambda: verbs.add("10.0.0.1/24", "nope"),
        lambda: verbs.change("10.0.0.1/24", "nope"),
        lambda: verbs.replace("10.0.0.1/24", "nope"),
        lambda: verbs.delete("10.0.0.1/24", "nope"),
        lambda: verbs.flush("nope"),
        lambda: verbs.show("nope"),
    ):
        with pytest.raises(NotFound, match="nope"):
            run()
