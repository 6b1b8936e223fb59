"""`ip token`: its words, and tokens of links."""

from typing import Any

import pytest

from ipwrap import InvalidArgument, NotFound, OutputError, RejectedByKernel, Session
from ipwrap.models import Token
from ipwrap.session import Namespace


def line(session: Session) -> str:
    """Return the last command."""
    return session.recording.commands[-1].command.line


def test_verbs_become_words(dry: Session) -> None:
    """Changes in a process of their own: iproute2 remembers every name before it looks at them."""
    done = dry.netns("ns1").ip.token.set("::5", "v0")
    assert "ip -n ns1 token set ::5 dev v0" == line(dry)
    assert not done.command.batch
    assert not dry.ip.token.delete("v0").command.batch
    assert "ip token delete dev v0" == line(dry)
    assert [] == dry.ip.token.list()
    assert "ip -j token list" == line(dry)
    dry.ip.token.list("v0")
    assert "ip -j token list dev v0" == line(dry)
    with pytest.raises(OutputError):
        dry.ip.token.get("v0")
    assert "ip -j token get dev v0" == line(dry)


def test_set_says_what_it_makes(dry: Session) -> None:
    """It goes with its link."""
    (made,) = dry.ip.token.set("::5", "v0").command.creates
    assert (("token", None, "v0"), ("v0",)) == (made.key, made.depends_on)
    assert ("ip", "token", "delete", "dev", "v0") == made.delete_argv
    assert (made.key,) == dry.ip.token.delete("v0").command.deletes


@pytest.mark.parametrize("token", ["", "10.0.0.1", "::5/64", "help", "02:00:00:00:00:01", 5])
def test_token_that_is_none_is_refused(dry: Session, token: Any) -> None:
    """It is an IPv6 address."""
    with pytest.raises(InvalidArgument):
        dry.ip.token.set(token, "v0")
    assert [] == dry.recording.commands


@pytest.fixture
def host(there: Namespace) -> Namespace:
    """A namespace where v0 listens to routers: a place may forward, and does not then."""
    there.exec("sysctl", "-qw", "net.ipv6.conf.v0.accept_ra=2", "net.ipv6.conf.v0.autoconf=1")
    return there


@pytest.mark.live
def test_token_is_set_shown_and_deleted(host: Namespace) -> None:
    """Of one link, and not of the other; its undo takes it away."""
    (made,) = host.ip.token.set("::5", "v0").command.creates
    assert Token(token="::5", ifname="v0") == host.ip.token.get("v0")
    assert {"v0": "::5", "v1": "::"} == {each.ifname: each.token for each in host.ip.token.list()}
    assert [Token(token="::5", ifname="v0")] == host.ip.token.list("v0")
    host.exec(*made.delete_argv)
    assert "::" == host.ip.token.get("v0").token
    host.ip.token.set("::6", "v0")
    host.ip.token.delete("v0")
    assert "::" == host.ip.token.get("v0").token


@pytest.mark.live
def test_errors(host: Namespace) -> None:
    """No such link; one that takes none."""
    for run in (host.ip.token.get, host.ip.token.list, host.ip.token.delete):
        with pytest.raises(NotFound):
            run("nope")
    with pytest.raises(RejectedByKernel):
        host.ip.token.set("::5", "lo")
    with pytest.raises(OutputError):
        host.ip.token.get("lo")
