"""Commands as people type them, taken apart as iproute2 takes them."""

import subprocess

import pytest

from ipwrap.capture.spoken import OBJECTS, first_of, spoken
from ipwrap.programs import find


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ip l s eth0 up", "ip link set eth0 up"),
        ("ip a", "ip address"),
        ("ip a s", "ip address show"),
        ("ip r a default via 10.0.0.1", "ip route add default via 10.0.0.1"),
        ("ip ro del default", "ip route delete default"),
        ("ip n a 10.0.0.1 dev x", "ip neigh add 10.0.0.1 dev x"),
        ("ip net e red ip l", "ip netns exec red ip l"),
        ("ip netns", "ip netns"),
        ("ip ne chg 10.0.0.1 dev x", "ip neigh change 10.0.0.1 dev x"),
        ("ip ru l", "ip rule list"),
        ("ip -6 -o rou ls", "ip -6 -o route list"),
        ("ip x s a src 10.0.0.1", "ip xfrm s add src 10.0.0.1"),
        ("ip tap add t0 mode tap", "ip tuntap add t0 mode tap"),
        ("ip nosuch add", "ip nosuch add"),
        ("ip -V", "ip -V"),
        ("ip -- link", "ip link"),
        ("/sbin/ip link", "ip link"),
        ("bridge f r 02:00:00:00:00:01 dev x", "bridge fdb replace 02:00:00:00:00:01 dev x"),
        ("bridge v a vid 5 dev x", "bridge vlan add vid 5 dev x"),
        ("tc q a dev x root fq", "tc qdisc add dev x root fq"),
    ],
)
def test_object_and_verb_are_written_out(line: str, expected: str) -> None:
    """The first word of iproute2's tables that begins so is meant; what is none stays as it was typed."""
    assert expected == " ".join(spoken(tuple(line.split())).argv)


@pytest.mark.parametrize(
    ("line", "flags", "netns", "batch"),
    [
        ("ip -n red link", (), "red", None),
        ("ip -net red -4 link", ("-4",), "red", None),
        ("ip --netns red --json link", ("--json",), "red", None),
        ("ip -n ../x link", ("-n", "../x"), None, None),
        ("ip -f inet6 -br link", ("-f", "inet6", "-br"), None, None),
        ("ip -l 3 -rc 9 -N link", ("-l", "3", "-rc", "9", "-N"), None, None),
        ("ip -color=always -b file", ("-color=always",), None, "file"),
        ("bridge -n red -b -", (), "red", "-"),
        ("tc -f -b -", ("-f",), None, "-"),
        ("tc -nm -cf file qdisc", ("-nm", "-cf", "file"), None, None),
        ("ip -n", ("-n",), None, None),
    ],
)
def test_the_options_before_the_object(line: str, flags: tuple[str, ...], netns: str | None, batch: str | None) -> None:
    """The namespace and the file of lines are taken out; the values of the others stay with them."""
    said = spoken(tuple(line.split()))

    assert (flags, netns, batch) == (said.flags, said.netns, said.batch)


def test_all_namespaces() -> None:
    """`ip -all netns …` is told from one namespace."""
    assert spoken(("ip", "-a", "netns", "delete")).everywhere
    assert not spoken(("ip", "-d", "netns", "delete", "all")).everywhere


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_the_order_of_objects_is_that_of_the_installed_iproute2(length: int) -> None:
    """Each beginning of an object is asked of `ip` itself: its `help` is that of the object that is found here."""
    ip = find("ip")
    assert ip is not None

    def help_of(word: str) -> str:
        return subprocess.run((ip, word, "help"), capture_output=True, text=True, check=False).stderr

    known = [each for each in OBJECTS["ip"] if "unknown" not in help_of(each)]
    words = {each[:length] for each in known}

    assert {word: help_of(word) for word in words} == {word: help_of(str(first_of(known, word))) for word in words}
