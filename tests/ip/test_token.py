"""`ip token`: its arguments, and the tokens of links."""

from typing import Any

import pytest

from ipwrap import InvalidArgument, NotFound, OutputError, RejectedByKernel, Session
from ipwrap.models import Token
from ipwrap.objects import delete_command
from ipwrap.session import Namespace


def last_line(session: Session) -> str:
    """Return the command line of the last command."""
    return session.recording.commands[-1].command.line


def test_verbs_are_formatted(dry_session: Session) -> None:
    """Changes are not batched, since `ip token` caches the names of all links."""
    verbs = dry_session.ip.token
    done = dry_session.netns("ns1").ip.token.set("::5", "v0")
    assert "ip -n ns1 token set ::5 dev v0" == last_line(dry_session)
    assert not done.command.batch
    assert not verbs.delete("v0").command.batch
    assert "ip token delete dev v0" == last_line(dry_session)
    assert [] == verbs.list()
    assert "ip -j token list" == last_line(dry_session)

    verbs.list("v0")
    assert "ip -j token list dev v0" == last_line(dry_session)
    with pytest.raises(OutputError):
        verbs.get("v0")

    assert "ip -j token get dev v0" == last_line(dry_session)


def test_set_declares_the_token(dry_session: Session) -> None:
    """A token is a created object, dependent on its link."""
    result = dry_session.ip.token.set("::5", "v0")
    (created,) = result.command.creates
    assert ("token", None, "v0") == created.key
    assert ("v0",) == created.depends_on
    assert ("ip", "token", "delete", "dev", "v0") == delete_command(created).argv

    deletion = dry_session.ip.token.delete("v0")
    assert (created.key,) == deletion.command.deletes


@pytest.mark.parametrize("token", ["", "10.0.0.1", "::5/64", "help", "02:00:00:00:00:01", 5])
def test_invalid_token_is_refused(dry_session: Session, token: Any) -> None:
    """A token other than an IPv6 address is refused before a command runs."""
    with pytest.raises(InvalidArgument):
        dry_session.ip.token.set(token, "v0")

    assert [] == dry_session.recording.commands


@pytest.fixture
def autoconf_netns(veth_netns: Namespace) -> Namespace:
    """A namespace with router advertisements accepted on v0, even on a forwarding host."""
    veth_netns.exec("sysctl", "-qw", "net.ipv6.conf.v0.accept_ra=2", "net.ipv6.conf.v0.autoconf=1")
    return veth_netns


@pytest.mark.live
def test_token_is_set_shown_and_deleted(autoconf_netns: Namespace) -> None:
    """A token belongs to a single link, and its inverse removes the token."""
    verbs = autoconf_netns.ip.token
    result = verbs.set("::5", "v0")
    (created,) = result.command.creates

    assert Token(token="::5", ifname="v0") == verbs.get("v0")

    tokens = verbs.list()
    tokens_by_ifname = {token.ifname: token.token for token in tokens}
    assert {"v0": "::5", "v1": "::"} == tokens_by_ifname
    assert [Token(token="::5", ifname="v0")] == verbs.list("v0")

    autoconf_netns.exec(*delete_command(created).argv)
    assert "::" == verbs.get("v0").token

    verbs.set("::6", "v0")
    verbs.delete("v0")
    assert "::" == verbs.get("v0").token


@pytest.mark.live
def test_refusals_raise_their_errors(autoconf_netns: Namespace) -> None:
    """A missing link and a link without tokens raise their own error classes."""
    verbs = autoconf_netns.ip.token
    for call in (
        verbs.get,
        verbs.list,
        verbs.delete,
    ):
        with pytest.raises(NotFound):
            call("nope")

    with pytest.raises(RejectedByKernel):
        verbs.set("::5", "lo")

    with pytest.raises(OutputError):
        verbs.get("lo")
