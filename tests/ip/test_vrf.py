"""`ip vrf`: its arguments, its text replies, and processes in a routing domain."""

from typing import Any

import pytest

from ipwrap import Command, CommandError, InvalidArgument, OutputError, Session
from ipwrap.ip.vrf import parse_vrf_reply
from ipwrap.kinds import Vrf
from ipwrap.models import VrfTable
from ipwrap.result import Result
from ipwrap.session import Namespace
from tests.waiting import LIMIT

BLUE = VrfTable(name="blue", table=10)


def last_line(session: Session) -> str:
    """Return the command line of the last command."""
    return session.recording.commands[-1].command.line


def show_reply(stdout: str) -> Result:
    """Return the result of `ip vrf show` with the given output."""
    return Result(
        Command(("ip", "-j", "vrf", "show"), changes=False),
        0,
        stdout,
        "",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[{"name":"blue","table":10}]', [BLUE]),
        ("[]\n", []),
        ("", []),
        ("blue 10\n", [BLUE]),
        ("Name              Table\n-----------------------\nblue                10\n", [BLUE]),
        ("Name              Table\n-----------------------\nNo VRF has been configured\n", []),
    ],
)
def test_replies_of_every_release_are_parsed(text: str, expected: list[VrfTable]) -> None:
    """JSON and the text of older releases, or of a single VRF, are parsed."""
    assert expected == parse_vrf_reply(show_reply(text))


def test_unexpected_reply_is_refused() -> None:
    """The error for an unexpected reply quotes the reply."""
    with pytest.raises(OutputError, match=r"expected names of VRFs .* 'no such thing'"):
        parse_vrf_reply(show_reply("no such thing"))


def test_verbs_are_formatted(dry_session: Session) -> None:
    """Every verb runs the command line of its docstring."""
    verbs = dry_session.ip.vrf
    vrf = dry_session.netns("ns1").ip.vrf
    vrf.show()

    assert "ip -n ns1 -j vrf show" == last_line(dry_session)

    verbs.show("blue")
    assert "ip -j vrf show blue" == last_line(dry_session)

    vrf.exec("blue", "ping", "-c", "1", "10.0.0.1", timeout=LIMIT)
    assert "ip -n ns1 vrf exec blue ping -c 1 10.0.0.1" == last_line(dry_session)
    assert None is verbs.identify(7)
    assert "ip vrf identify 7" == last_line(dry_session)
    assert {} == verbs.pids("blue")
    assert "ip vrf pids blue" == last_line(dry_session)


@pytest.mark.parametrize(
    "call",
    [
        lambda vrf: vrf.exec("blue"),
        lambda vrf: vrf.exec("", "true"),
        lambda vrf: vrf.pids("a/b"),
        lambda vrf: vrf.show(7.5),
        lambda vrf: vrf.identify(0),
        lambda vrf: vrf.identify("self"),
    ],
)
def test_invalid_values_are_refused(dry_session: Session, call: Any) -> None:
    """Invalid values are refused before a command runs."""
    with pytest.raises(InvalidArgument):
        call(dry_session.ip.vrf)

    assert [] == dry_session.recording.commands


@pytest.fixture
def vrf_netns(veth_netns: Namespace) -> Namespace:
    """A namespace with a VRF."""
    try:
        veth_netns.ip.link.add("blue", Vrf(table=10))
    except CommandError as error:
        pytest.skip(f"this kernel: {error.reason}")

    return veth_netns


@pytest.mark.live
def test_namespace_without_vrfs_is_empty(veth_netns: Namespace) -> None:
    """Without a VRF, `show` and `identify` return nothing."""
    assert [] == veth_netns.ip.vrf.show()
    assert None is veth_netns.ip.vrf.identify()


@pytest.mark.live
def test_vrf_is_shown(vrf_netns: Namespace) -> None:
    """`show` returns every VRF or a single VRF, and refuses a link of another kind."""
    verbs = vrf_netns.ip.vrf
    assert [BLUE] == verbs.show()
    assert [BLUE] == verbs.show("blue")
    with pytest.raises(CommandError, match="Invalid VRF"):
        verbs.show("v0")


@pytest.mark.live
def test_exec_puts_a_process_into_a_vrf(sandbox_session: Session) -> None:
    """`exec` adds a process to the VRF, and `pids` lists the process."""
    vrf = sandbox_session.ip.vrf
    try:
        sandbox_session.ip.link.add("blue", Vrf(table=10))
        done = vrf.exec("blue", "sh", "-c", "ip vrf identify $$; ip vrf pids blue")
    except CommandError as error:
        pytest.skip(f"this kernel or place: {error.reason}")
    finally:
        sandbox_session.exec("ip", "link", "delete", "dev", "blue", check=False)

    name, *pids = done.stdout.splitlines()
    assert "blue" == name
    assert any(pid_line.split()[1] == "sh" for pid_line in pids)


@pytest.mark.live
def test_new_vrf_has_no_processes(vrf_netns: Namespace) -> None:
    """`pids` of a new VRF is empty."""
    assert {} == vrf_netns.ip.vrf.pids("blue")


@pytest.mark.live
def test_refusals_raise_their_errors(veth_netns: Namespace) -> None:
    """A link of another kind and a missing process raise `CommandError`."""
    with pytest.raises(CommandError, match="Invalid VRF name"):
        veth_netns.ip.vrf.pids("v0")

    with pytest.raises(CommandError):
        veth_netns.ip.vrf.identify(2**22)
