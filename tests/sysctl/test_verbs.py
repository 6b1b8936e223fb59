"""`sysctl` as verbs: values, errors with the closest keys, and what may be written where."""

import errno
from pathlib import Path

import pytest

from ipwrap import CommandError, InvalidArgument, NotFound, OutputError, Session
from ipwrap.kinds import Veth
from ipwrap.session import Namespace
from ipwrap.sysctl.suggestions import describe_missing
from ipwrap.sysctl.verbs import Sysctl
from tests.doubles import ReplyDouble

FORWARD = "net.ipv4.ip_forward"


@pytest.fixture
def pod(sandbox_session: Session) -> Namespace:
    """A namespace with a link whose name has a dot."""
    session = sandbox_session
    names = [netns.name for netns in session.ip.netns.list()]
    pod = session.netns("pod")
    if "pod" not in names:
        session.ip.netns.add("pod")
        pod.ip.link.add("eth0.10", Veth(peer="eth1"))
    return pod


@pytest.mark.live
def test_a_number_is_read_as_a_number(pod: Namespace) -> None:
    """What was set is read back, in this namespace alone."""
    pod.sysctl.set(FORWARD, 1)

    assert pod.sysctl.get(FORWARD) == 1
    assert pod.session.sysctl.get(FORWARD) == 0
    assert "ip netns exec pod sysctl -n net.ipv4.ip_forward" in [
        event.command.line for event in pod.session.recording.commands
    ]


@pytest.mark.live
def test_a_list_of_numbers_is_text(pod: Namespace) -> None:
    """Its columns are separated by a blank each."""
    pod.sysctl.set("net.ipv4.tcp_rmem", "4096\t131072 6291456")
    assert pod.sysctl.get("net.ipv4.tcp_rmem") == "4096 131072 6291456"


@pytest.mark.live
def test_the_key_of_a_link_with_a_dot(pod: Namespace) -> None:
    """The spelling with slashes keeps the dot in the name."""
    pod.sysctl.set("net/ipv4/conf/eth0.10/forwarding", True)

    assert pod.sysctl.get("net/ipv4/conf/eth0.10/forwarding") == 1
    shown = pod.sysctl.show("net/ipv4/conf/eth0.10")
    assert shown["net/ipv4/conf/eth0.10/forwarding"] == 1
    assert all(key.startswith("net/ipv4/conf/eth0.10/") for key in shown)


@pytest.mark.live
def test_show_lists_a_folder(pod: Namespace) -> None:
    """Keys that nobody can read are left out; one key is a folder of itself."""
    assert pod.sysctl.show(FORWARD) == {FORWARD: pod.sysctl.get(FORWARD)}
    assert "net.ipv6.conf.lo.forwarding" in pod.sysctl.show("net.ipv6.conf.")
    assert len(pod.sysctl.show()) > 100
    with pytest.raises(NotFound, match="did you mean"):
        pod.sysctl.show("net.ipv4.ip_forwrd")


@pytest.mark.live
def test_a_missing_key_names_the_closest_ones(pod: Namespace) -> None:
    """Read and written alike, with the link that was asked for."""
    with pytest.raises(NotFound, match=r"mean .net\.ipv4\.ip_forward") as caught:
        pod.sysctl.get("net.ipv4.ip_forwad")
    assert caught.value.errno == errno.ENOENT

    with pytest.raises(NotFound, match=r"mean .net\.ipv4\.conf\.eth1\.forwarding"):
        pod.sysctl.set("net.ipv4.conf.eth1.forwading", 1)
    with pytest.raises(NotFound, match="there is no link 'eth7' in the namespace pod"):
        pod.sysctl.get("net.ipv4.conf.eth7.forwarding")


@pytest.mark.live
def test_a_value_that_the_kernel_refuses(pod: Namespace) -> None:
    """The error holds the kernel's answer."""
    with pytest.raises(CommandError, match="Invalid argument"):
        pod.sysctl.set(FORWARD, "many")


@pytest.mark.live
def test_keys_of_the_machine_are_refused(pod: Namespace) -> None:
    """In a named namespace and in a sandbox, before anything runs."""
    count = len(pod.session.recording.commands)

    with pytest.raises(InvalidArgument, match="not to the namespace pod"):
        pod.sysctl.set("kernel.panic", 1)
    with pytest.raises(InvalidArgument, match="not to a sandbox"):
        pod.session.sysctl.set("kernel.panic", 1)

    assert count == len(pod.session.recording.commands)


@pytest.mark.live
def test_a_folder_has_no_value(pod: Namespace) -> None:
    """The error says which verb lists it; a key that can only be written has none either."""
    with pytest.raises(InvalidArgument, match="is a folder of keys"):
        pod.sysctl.get("net.ipv4.conf")
    with pytest.raises(OutputError, match="can be written only"):
        pod.sysctl.get("net.ipv4.route.flush")


def test_a_host_may_write_keys_of_the_machine() -> None:
    """A session of the host has no namespace of its own."""
    runner = ReplyDouble("")
    Sysctl(runner).set("kernel.panic", 10)
    assert ["sysctl -w kernel.panic=10"] == [command.line for command in runner.commands]


def test_show_raises_other_failures() -> None:
    """Such as a program that is not allowed to read."""
    with pytest.raises(CommandError):
        Sysctl(ReplyDouble("", status=1)).show("net.ipv4")


def test_missing_keys_are_described(tmp_path: Path) -> None:
    """A key of the whole machine, a link that is missing, and a name that resembles none."""
    for path in ("net/core/rmem_max", "net/ipv4/conf/default/tag", "net/ipv4/conf/eth0/tag"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()

    assert "to the whole machine" in describe_missing("net.core.rmem_max", "pod", root=tmp_path)
    assert "no link 'eth7' here" in describe_missing("net.ipv4.conf.eth7.tag", None, root=tmp_path)
    assert "module is not loaded" in describe_missing("net.mpls.x", None, root=tmp_path)
    assert describe_missing("net.ipv4.conf.eth7.tak", None, root=tmp_path).endswith(
        "did you mean 'net.ipv4.conf.eth7.tag'?"
    )
