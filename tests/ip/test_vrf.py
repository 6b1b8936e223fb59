"""`ip vrf`: its words, what it tells in text, and processes in a routing domain."""

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


def line(session: Session) -> str:
    """Return the last command."""
    return session.recording.commands[-1].command.line


def answer(stdout: str) -> Result:
    """Return what `ip vrf show` gave back."""
    return Result(Command(("ip", "-j", "vrf", "show"), changes=False), 0, stdout, "")


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
def test_answers_of_all_releases_are_read(text: str, expected: list[VrfTable]) -> None:
    """JSON, and the text of old ones, or of one VRF."""
    assert expected == parse_vrf_reply(answer(text))


def test_another_answer_is_refused() -> None:
    """With what it was."""
    with pytest.raises(OutputError, match=r"expected names of VRFs .* 'no such thing'"):
        parse_vrf_reply(answer("no such thing"))


def test_verbs_become_words(dry: Session) -> None:
    """In a namespace, and here."""
    vrf = dry.netns("ns1").ip.vrf
    vrf.show()
    assert "ip -n ns1 -j vrf show" == line(dry)
    dry.ip.vrf.show("blue")
    assert "ip -j vrf show blue" == line(dry)
    vrf.exec("blue", "ping", "-c", "1", "10.0.0.1", timeout=LIMIT)
    assert "ip -n ns1 vrf exec blue ping -c 1 10.0.0.1" == line(dry)
    assert None is dry.ip.vrf.identify(7)
    assert "ip vrf identify 7" == line(dry)
    assert {} == dry.ip.vrf.pids("blue")
    assert "ip vrf pids blue" == line(dry)


@pytest.mark.parametrize(
    "run",
    [
        lambda vrf: vrf.exec("blue"),
        lambda vrf: vrf.exec("", "true"),
        lambda vrf: vrf.pids("a/b"),
        lambda vrf: vrf.show(7.5),
        lambda vrf: vrf.identify(0),
        lambda vrf: vrf.identify("self"),
    ],
)
def test_bad_values_are_refused(dry: Session, run: Any) -> None:
    """Before anything runs."""
    with pytest.raises(InvalidArgument):
        run(dry.ip.vrf)
    assert [] == dry.recording.commands


@pytest.fixture
def blue(there: Namespace) -> Namespace:
    """A namespace with a VRF."""
    try:
        there.ip.link.add("blue", Vrf(table=10))
    except CommandError as error:
        pytest.skip(f"this kernel: {error.reason}")
    return there


@pytest.mark.live
def test_without_any_there_is_none(there: Namespace) -> None:
    """No VRF, and no process in one."""
    assert [] == there.ip.vrf.show()
    assert None is there.ip.vrf.identify()


@pytest.mark.live
def test_vrf_is_shown(blue: Namespace) -> None:
    """All, and one."""
    assert [BLUE] == blue.ip.vrf.show()
    assert [BLUE] == blue.ip.vrf.show("blue")
    with pytest.raises(CommandError, match="Invalid VRF"):
        blue.ip.vrf.show("v0")


@pytest.mark.live
def test_process_is_in_a_vrf(shared: Session) -> None:
    """`exec` puts it there, and `pids` finds it there; in a named namespace iproute2 cannot see the control groups."""
    vrf = shared.ip.vrf
    try:
        shared.ip.link.add("blue", Vrf(table=10))
        done = vrf.exec("blue", "sh", "-c", "ip vrf identify $$; ip vrf pids blue")
    except CommandError as error:
        pytest.skip(f"this kernel or place: {error.reason}")
    finally:
        shared.exec("ip", "link", "delete", "dev", "blue", check=False)
    name, *pids = done.stdout.splitlines()
    assert "blue" == name
    assert any(each.split()[1] == "sh" for each in pids)


@pytest.mark.live
def test_no_process_is_in_a_vrf(blue: Namespace) -> None:
    """As long as none was put there."""
    assert {} == blue.ip.vrf.pids("blue")


@pytest.mark.live
def test_what_is_no_vrf_is_refused(there: Namespace) -> None:
    """A link of another kind, a process that is not there."""
    with pytest.raises(CommandError, match="Invalid VRF name"):
        there.ip.vrf.pids("v0")
    with pytest.raises(CommandError):
        there.ip.vrf.identify(2**22)
