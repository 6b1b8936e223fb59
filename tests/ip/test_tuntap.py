"""`ip tuntap`: its words, and links whose other end is a program."""

from typing import Any

import pytest

from ipwrap import Busy, CommandError, InvalidArgument, RejectedByKernel, Session, UnknownOption
from ipwrap.ip.tuntap import TuntapOptions
from ipwrap.models import TunProcess, Tuntap, read
from ipwrap.session import Namespace

ALL: TuntapOptions = {
    "user": 0,
    "group": "nogroup",
    "one_queue": True,
    "pi": True,
    "vnet_hdr": True,
    "multi_queue": True,
}


def line(session: Session) -> str:
    """Return the last command."""
    return session.recording.commands[-1].command.line


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, ""),
        ({"user": "nobody"}, " user nobody"),
        ({"pi": False, "multi_queue": True}, " multi_queue"),
        (ALL, " user 0 group nogroup one_queue pi vnet_hdr multi_queue"),
    ],
)
def test_add_becomes_words(dry: Session, options: TuntapOptions, words: str) -> None:
    """In the order of the usage text."""
    dry.netns("ns1").ip.tuntap.add("t0", "tap", **options)
    assert f"ip -n ns1 tuntap add dev t0 mode tap{words}" == line(dry)


def test_delete_and_show_become_words(dry: Session) -> None:
    """The mode is said again; the list has no filter."""
    dry.ip.tuntap.delete("t0", "tun", multi_queue=True)
    assert "ip tuntap delete dev t0 mode tun multi_queue" == line(dry)
    dry.ip.tuntap.show()
    assert "ip -j -d tuntap show" == line(dry)


def test_add_says_what_it_makes(dry: Session) -> None:
    """A link, which `delete` takes away."""
    (made,) = dry.ip.tuntap.add("t0", "tun").command.creates
    assert ("link", None, "t0") == made.key
    assert ("ip", "link", "delete", "dev", "t0") == made.delete_argv
    assert (made.key,) == dry.ip.tuntap.delete("t0", "tun").command.deletes


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
def test_bad_values_are_refused(dry: Session, dev: str, mode: Any, options: Any) -> None:
    """Before anything runs."""
    with pytest.raises(InvalidArgument):
        dry.ip.tuntap.add(dev, mode, **options)
    with pytest.raises(UnknownOption, match="did you mean 'user'"):
        dry.ip.tuntap.add("t0", "tap", usr="x")  # type: ignore[call-arg]
    assert [] == dry.recording.commands


def made(there: Namespace, dev: str, mode: Any, **options: Any) -> Tuntap:
    """Make a link and return it as it is shown; skip where this kernel cannot."""
    try:
        there.ip.tuntap.add(dev, mode, **options)
    except CommandError as error:
        if "/dev/net/tun" in str(error) or "open:" in str(error):
            pytest.skip(f"this kernel or place has no /dev/net/tun: {error.reason}")
        raise
    return next(each for each in there.ip.tuntap.show() if each.ifname == dev)


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
def test_link_is_shown_as_it_was_made(
    there: Namespace, mode: Any, options: TuntapOptions, expected: Tuntap
) -> None:
    """And goes with `delete`."""
    found = made(there, "t0", mode, **options)
    assert expected == Tuntap(
        ifname=found.ifname,
        flags=tuple(flag for flag in found.flags if flag not in ("filter", "one_queue")),
        user=found.user,
        group=found.group,
        processes=found.processes,
    )
    there.ip.tuntap.delete("t0", mode, multi_queue=options.get("multi_queue"))
    assert [] == there.ip.tuntap.show()


@pytest.mark.live
def test_processes_at_the_other_end_are_shown(there: Namespace) -> None:
    """By name and number."""
    made(there, "t0", "tun")
    program = (
        "import fcntl, struct, subprocess, os; f = os.open('/dev/net/tun', os.O_RDWR); "
        "fcntl.ioctl(f, 0x400454CA, struct.pack('16sH22x', b't0', 0x1001)); "
        "print(os.getpid(), flush=True); subprocess.run(['ip', '-j', '-d', 'tuntap', 'show'])"
    )
    pid, _, shown = there.exec("python3", "-c", program).stdout.partition("\n")
    (found,) = read(Tuntap, shown)
    assert (pid, "python3") == _other_end(found)


def _other_end(link: Tuntap) -> tuple[str, str | None]:
    """Return the one process that a link is attached to."""
    (process,) = link.processes or ()
    assert isinstance(process, TunProcess)
    return str(process.pid), process.name


@pytest.mark.live
def test_errors(there: Namespace) -> None:
    """There is one already; it was made otherwise."""
    made(there, "t0", "tap")
    with pytest.raises(Busy):
        there.ip.tuntap.add("t0", "tap")
    with pytest.raises(RejectedByKernel):
        there.ip.tuntap.delete("t0", "tun")


@pytest.mark.live
def test_script_takes_away_what_it_made(shared: Session, there: Namespace) -> None:
    """`down` leaves none, also of several queues."""
    made(there, "t1", "tap", multi_queue=True)
    there.ip.tuntap.delete("t1", "tap", multi_queue=True)
    shared.ip.tuntap.add("t2", "tap", multi_queue=True)
    try:
        assert "undo ip link delete dev t2" in shared.export("sh")
        assert "delete dev t1" not in shared.export("sh").partition("down()")[2]
    finally:
        shared.ip.link.delete("t2")
    assert [] == shared.ip.tuntap.show()
