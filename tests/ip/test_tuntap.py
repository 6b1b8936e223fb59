"""`ip tuntap`: its arguments, and links attached to programs."""

import re
from typing import Any

import pytest

from ipwrap import Busy, CommandError, InvalidArgument, RejectedByKernel, Session, UnknownOption
from ipwrap.ip.tuntap import TuntapOptions
from ipwrap.models import TunProcess, Tuntap, read
from ipwrap.objects import delete_command
from ipwrap.session import Namespace

ALL: TuntapOptions = {
    "user": 0,
    "group": "nogroup",
    "one_queue": True,
    "pi": True,
    "vnet_hdr": True,
    "multi_queue": True,
}


def last_line(session: Session) -> str:
    """Return the command line of the last command."""
    return session.recording.commands[-1].command.line


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ({}, ""),
        ({"user": "nobody"}, " user nobody"),
        ({"pi": False, "multi_queue": True}, " multi_queue"),
        (ALL, " user 0 group nogroup one_queue pi vnet_hdr multi_queue"),
    ],
)
def test_add_is_formatted(dry_session: Session, options: TuntapOptions, arguments: str) -> None:
    """`add` formats options in the order of the usage text."""
    dry_session.netns("ns1").ip.tuntap.add("t0", "tap", **options)
    assert f"ip -n ns1 tuntap add dev t0 mode tap{arguments}" == last_line(dry_session)


def test_delete_and_show_are_formatted(dry_session: Session) -> None:
    """`delete` repeats the mode, and `show` has no filter."""
    dry_session.ip.tuntap.delete("t0", "tun", multi_queue=True)
    assert "ip tuntap delete dev t0 mode tun multi_queue" == last_line(dry_session)

    dry_session.ip.tuntap.show()
    assert "ip -j -d tuntap show" == last_line(dry_session)


def test_add_declares_the_created_object(dry_session: Session) -> None:
    """`add` creates a link, deleted by `delete`."""
    result = dry_session.ip.tuntap.add("t0", "tun")
    (created,) = result.command.creates
    assert ("link", None, "t0") == created.key
    assert ("ip", "link", "delete", "dev", "t0") == delete_command(created).argv

    deletion = dry_session.ip.tuntap.delete("t0", "tun")
    assert (created.key,) == deletion.command.deletes


@pytest.mark.parametrize(
    ("dev", "mode", "options"),
    [
        ("t0", "veth", {}),
        ("a/b", "tap", {}),
        ("t0", "tap", {"user": -1}),
        ("t0", "tap", {"user": True}),
        ("t0", "tap", {"group": ""}),
        ("t0", "tap", {"pi": 1}),
    ],
)
def test_invalid_values_are_refused(
    dry_session: Session, dev: str, mode: Any, options: Any
) -> None:
    """Invalid values are refused before a command runs."""
    with pytest.raises(InvalidArgument):
        dry_session.ip.tuntap.add(dev, mode, **options)

    with pytest.raises(UnknownOption, match="did you mean 'user'"):
        dry_session.ip.tuntap.add("t0", "tap", usr="x")  # type: ignore[call-arg]

    assert [] == dry_session.recording.commands


def add_tuntap(netns: Namespace, dev: str, *, mode: Any, **options: Any) -> Tuntap:
    """Create a link and return the shown link, or skip on a kernel without TUN."""
    try:
        netns.ip.tuntap.add(dev, mode, **options)
    except CommandError as error:
        if "/dev/net/tun" in str(error) or "open:" in str(error):
            pytest.skip(f"this kernel or place has no /dev/net/tun: {error.reason}")
        raise

    links = netns.ip.tuntap.show()

    return next(link for link in links if link.ifname == dev)


@pytest.mark.live
@pytest.mark.parametrize(
    ("mode", "options", "expected"),
    [
        ("tun", {}, Tuntap(ifname="t0", flags=("tun", "persist"), processes=())),
        (
            "tap",
            {"user": 0, "group": 0},
            Tuntap(ifname="t0", flags=("tap", "persist"), user=0, group=0, processes=()),
        ),
        (
            "tap",
            {"pi": True, "vnet_hdr": True, "multi_queue": True},
            Tuntap(
                ifname="t0", flags=("tap", "pi", "multi_queue", "vnet_hdr", "persist"), processes=()
            ),
        ),
    ],
)
def test_link_is_shown_as_created(
    veth_netns: Namespace, mode: Any, options: TuntapOptions, expected: Tuntap
) -> None:
    """`show` returns the flags and owners of a link, until `delete`."""
    link = add_tuntap(veth_netns, "t0", mode=mode, **options)
    assert expected == Tuntap(
        ifname=link.ifname,
        flags=tuple(flag for flag in link.flags if flag not in ("filter", "one_queue")),
        user=link.user,
        group=link.group,
        processes=link.processes,
    )

    veth_netns.ip.tuntap.delete("t0", mode, multi_queue=options.get("multi_queue"))
    assert [] == veth_netns.ip.tuntap.show()


@pytest.mark.live
def test_attached_processes_are_shown(veth_netns: Namespace) -> None:
    """An attached process is shown by name and number."""
    add_tuntap(veth_netns, "t0", mode="tun")

    program = (
        "import fcntl, struct, subprocess, os; f = os.open('/dev/net/tun', os.O_RDWR); "
        "fcntl.ioctl(f, 0x400454CA, struct.pack('16sH22x', b't0', 0x1001)); "
        "print(os.getpid(), flush=True); subprocess.run(['ip', '-j', '-d', 'tuntap', 'show'])"
    )
    pid, _, shown = veth_netns.exec("python3", "-c", program).stdout.partition("\n")
    (link,) = read(Tuntap, shown)
    assert (pid, "python3") == attached_process(link)


def attached_process(link: Tuntap) -> tuple[str, str | None]:
    """Return number and name of the only process attached to a link."""
    (process,) = link.processes or ()
    assert isinstance(process, TunProcess)

    return str(process.pid), process.name


@pytest.mark.live
def test_refusals_raise_their_errors(veth_netns: Namespace) -> None:
    """An existing link is busy, and a different mode is rejected."""
    add_tuntap(veth_netns, "t0", mode="tap")
    with pytest.raises(Busy):
        veth_netns.ip.tuntap.add("t0", "tap")

    with pytest.raises(RejectedByKernel):
        veth_netns.ip.tuntap.delete("t0", "tun")


@pytest.mark.live
def test_script_deletes_its_links(sandbox_session: Session, veth_netns: Namespace) -> None:
    """The teardown of a script deletes remaining links only."""
    add_tuntap(veth_netns, "t1", mode="tap", multi_queue=True)
    veth_netns.ip.tuntap.delete("t1", "tap", multi_queue=True)
    sandbox_session.ip.tuntap.add("t2", "tap", multi_queue=True)

    try:
        assert re.search(r"undo \d+ ip link del t2", sandbox_session.export("sh"))
        assert "link del t1" not in sandbox_session.export("sh").partition("down()")[2]
    finally:
        sandbox_session.ip.link.delete("t2")

    assert [] == sandbox_session.ip.tuntap.show()
