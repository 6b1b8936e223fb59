"""`ip maddress`: arguments, and the multicast addresses of links."""

from typing import Any, cast

import pytest

from ipwrap import CommandError, InvalidArgument, NotFound, Session
from ipwrap.ip.maddress import MaddressFamily
from ipwrap.models import Maddress, Memberships
from ipwrap.objects import delete_command
from ipwrap.session import Namespace

MAC = "01:00:5e:00:00:99"


def get_last_command(session: Session) -> str:
    """Return the last command line of a session."""
    return session.recording.commands[-1].command.line


def list_static_addresses(veth_netns: Namespace, dev: str = "v0") -> list[str | None]:
    """Return the link-layer addresses that were added to a link."""
    (memberships,) = veth_netns.ip.maddress.show(dev)
    return [address.link for address in memberships.maddr if address.features == "static"]


@pytest.mark.parametrize("verb", ["add", "delete"])
def test_address_becomes_arguments(dry_session: Session, verb: str) -> None:
    """`add` and `delete` need a process of their own: iproute2 exits after the command."""
    result = getattr(dry_session.netns("ns1").ip.maddress, verb)(MAC, "v0")

    assert f"ip -n ns1 maddress {verb} address {MAC} dev v0" == get_last_command(dry_session)
    assert not result.command.batch


@pytest.mark.parametrize(
    ("family", "word"), [(None, ""), ("inet", " -4"), ("inet6", " -6"), ("link", " -0")]
)
@pytest.mark.parametrize(("dev", "arguments"), [(None, ""), ("v0", " dev v0")])
def test_show_becomes_arguments(
    dry_session: Session, family: MaddressFamily | None, word: str, dev: str | None, arguments: str
) -> None:
    """The family is a global option; a link needs a process, since iproute2 keeps the filter."""
    dry_session.ip.maddress.show(dev, family=family)

    assert f"ip -j{word} maddress show{arguments}" == get_last_command(dry_session)
    assert dry_session.recording.commands[-1].command.batch is (dev is None)


@pytest.mark.parametrize(
    "address",
    ["", "224.0.0.1", "ff02::1", "01:00:5e:00:00", "01:00:5e:00:00:00:01", "01:00:5e:00:00:0g", 7],
)
def test_invalid_address_is_refused(dry_session: Session, address: Any) -> None:
    """An address of another length is refused before a command runs."""
    for run in (dry_session.ip.maddress.add, dry_session.ip.maddress.delete):
        with pytest.raises(InvalidArgument, match="six bytes"):
            run(address, "v0")

    assert [] == dry_session.recording.commands


def test_unknown_family_is_refused(dry_session: Session) -> None:
    """The error for an unknown family lists the valid families."""
    with pytest.raises(InvalidArgument, match="inet, inet6, link"):
        dry_session.ip.maddress.show(family=cast("MaddressFamily", "mpls"))


def test_add_records_the_created_address(dry_session: Session) -> None:
    """An address depends on its link; its recorded name is in lower case."""
    (created,) = dry_session.ip.maddress.add("01:00:5E:00:00:99", "v0").command.creates

    assert ("maddress", None, f"{MAC} dev v0") == created.key
    assert (
        "ip",
        "maddress",
        "delete",
        "address",
        "01:00:5E:00:00:99",
        "dev",
        "v0",
    ) == delete_command(created).argv
    assert ("v0",) == created.depends_on
    assert (created.key,) == dry_session.ip.maddress.delete(MAC, "v0").command.deletes


@pytest.mark.live
def test_address_is_added_shown_and_deleted(veth_netns: Namespace) -> None:
    """An added address is static; a second `add` has no effect; its delete command works."""
    ip = veth_netns.ip
    (created,) = ip.maddress.add(MAC, "v0").command.creates
    ip.maddress.add(MAC, "v0")

    assert [MAC] == list_static_addresses(veth_netns)
    assert [] == list_static_addresses(veth_netns, "v1")

    veth_netns.exec(*delete_command(created).argv)
    assert [] == list_static_addresses(veth_netns)

    with pytest.raises(NotFound):
        ip.maddress.delete(MAC, "v0")


@pytest.mark.live
@pytest.mark.parametrize(
    ("family", "expected"),
    [
        ("inet", {("inet", "224.0.0.1")}),
        ("inet6", {("inet6", "ff02::1"), ("inet6", "ff01::1")}),
        ("link", {(None, "01:00:5e:00:00:01"), (None, "33:33:00:00:00:01")}),
    ],
)
def test_every_link_receives_all_hosts(
    veth_netns: Namespace, family: MaddressFamily, expected: set[Any]
) -> None:
    """Every link has the all-hosts addresses of the requested family only."""
    veth_netns.ip.address.add("10.0.0.1/24", "v0")
    (memberships,) = veth_netns.ip.maddress.show("v0", family=family)

    shown = set()
    for address in memberships.maddr:
        shown.add((address.family, address.address or address.link))

    assert expected <= shown

    expected_families = {address_family for address_family, _ in expected}
    assert expected_families == {address_family for address_family, _ in shown}


@pytest.mark.live
def test_every_link_is_shown(veth_netns: Namespace) -> None:
    """`show` returns every link with every family, also after a `show` with a filter."""
    veth_netns.ip.maddress.show("v0")
    links = veth_netns.ip.maddress.show()

    assert {"lo", "v0", "v1"} == {link.ifname for link in links}

    for link in links:
        assert isinstance(link, Memberships)
        assert link.ifindex
        assert {} == link.extra

    assert Maddress(family="inet6", address="ff02::1") in links[0].maddr


@pytest.mark.live
def test_missing_link(veth_netns: Namespace) -> None:
    """A missing link has no addresses, and `add` and `delete` raise `NotFound`."""
    ip = veth_netns.ip
    assert [] == ip.maddress.show("nope")

    for run in (ip.maddress.add, ip.maddress.delete):
        with pytest.raises(CommandError) as caught:
            run(MAC, "nope")
        assert isinstance(caught.value, NotFound)
