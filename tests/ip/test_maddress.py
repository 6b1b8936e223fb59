"""`ip maddress`: its words, and what links listen to."""

from typing import Any, cast

import pytest

from ipwrap import CommandError, InvalidArgument, NotFound, Session
from ipwrap.ip.maddress import MaddressFamily
from ipwrap.models import Maddress, Memberships
from ipwrap.session import Namespace

MAC = "01:00:5e:00:00:99"


def line(session: Session) -> str:
    """Return the last command."""
    return session.recording.commands[-1].command.line


def static(there: Namespace, dev: str = "v0") -> list[str | None]:
    """Return the addresses of a link that were added."""
    (found,) = there.ip.maddress.show(dev)
    return [each.link for each in found.maddr if each.features == "static"]


@pytest.mark.parametrize("verb", ["add", "delete"])
def test_address_becomes_words(dry: Session, verb: str) -> None:
    """With the word before it, and in a process: iproute2 ends after it."""
    result = getattr(dry.netns("ns1").ip.maddress, verb)(MAC, "v0")
    assert f"ip -n ns1 maddress {verb} address {MAC} dev v0" == line(dry)
    assert not result.command.batch


@pytest.mark.parametrize(
    ("family", "word"), [(None, ""), ("inet", " -4"), ("inet6", " -6"), ("link", " -0")]
)
@pytest.mark.parametrize(("dev", "words"), [(None, ""), ("v0", " dev v0")])
def test_show_becomes_words(
    dry: Session, family: MaddressFamily | None, word: str, dev: str | None, words: str
) -> None:
    """The family is a global option; that of one link has a process, as iproute2 keeps it."""
    dry.ip.maddress.show(dev, family=family)
    assert f"ip -j{word} maddress show{words}" == line(dry)
    assert dry.recording.commands[-1].command.batch is (dev is None)


@pytest.mark.parametrize(
    "address",
    ["", "224.0.0.1", "ff02::1", "01:00:5e:00:00", "01:00:5e:00:00:00:01", "01:00:5e:00:00:0g", 7],
)
def test_address_that_is_none_is_refused(dry: Session, address: Any) -> None:
    """It has six bytes; what has not is refused before anything runs."""
    for run in (dry.ip.maddress.add, dry.ip.maddress.delete):
        with pytest.raises(InvalidArgument, match="six bytes"):
            run(address, "v0")
    assert [] == dry.recording.commands


def test_family_that_is_none_is_refused(dry: Session) -> None:
    """With those that there are."""
    with pytest.raises(InvalidArgument, match="inet, inet6, link"):
        dry.ip.maddress.show(family=cast("MaddressFamily", "mpls"))


def test_add_says_what_it_makes(dry: Session) -> None:
    """An address goes with its link; `delete` names it alike, in whatever letters."""
    (made,) = dry.ip.maddress.add("01:00:5E:00:00:99", "v0").command.creates
    assert ("maddress", None, f"{MAC} dev v0") == made.key
    assert (
        "ip",
        "maddress",
        "delete",
        "address",
        "01:00:5E:00:00:99",
        "dev",
        "v0",
    ) == made.delete_argv
    assert ("v0",) == made.depends_on
    assert (made.key,) == dry.ip.maddress.delete(MAC, "v0").command.deletes


@pytest.mark.live
def test_address_is_added_shown_and_deleted(there: Namespace) -> None:
    """It is static; added again nothing changes, and its undo takes it away."""
    (made,) = there.ip.maddress.add(MAC, "v0").command.creates
    there.ip.maddress.add(MAC, "v0")
    assert [MAC] == static(there)
    assert [] == static(there, "v1")
    there.exec(*made.delete_argv)
    assert [] == static(there)
    with pytest.raises(NotFound):
        there.ip.maddress.delete(MAC, "v0")


@pytest.mark.live
@pytest.mark.parametrize(
    ("family", "expected"),
    [
        ("inet", {("inet", "224.0.0.1")}),
        ("inet6", {("inet6", "ff02::1"), ("inet6", "ff01::1")}),
        ("link", {(None, "01:00:5e:00:00:01"), (None, "33:33:00:00:00:01")}),
    ],
)
def test_every_link_listens_to_all_hosts(
    there: Namespace, family: MaddressFamily, expected: set[Any]
) -> None:
    """Of each family, and each family alone."""
    there.ip.address.add("10.0.0.1/24", "v0")
    (found,) = there.ip.maddress.show("v0", family=family)
    said = {(each.family, each.address or each.link) for each in found.maddr}
    assert expected <= said
    assert {which for which, _ in expected} == {which for which, _ in said}


@pytest.mark.live
def test_all_links_are_shown(there: Namespace) -> None:
    """Each with its number and all its families; the filter of one `show` is not kept."""
    there.ip.maddress.show("v0")
    found = there.ip.maddress.show()
    assert {"lo", "v0", "v1"} == {each.ifname for each in found}
    assert all(
        isinstance(each, Memberships) and each.ifindex and each.extra == {} for each in found
    )
    assert Maddress(family="inet6", address="ff02::1") in found[0].maddr


@pytest.mark.live
def test_link_that_is_not_there(there: Namespace) -> None:
    """It listens to nothing, and can be given nothing."""
    assert [] == there.ip.maddress.show("nope")
    for run in (there.ip.maddress.add, there.ip.maddress.delete):
        with pytest.raises(CommandError) as caught:
            run(MAC, "nope")
        assert isinstance(caught.value, NotFound)
