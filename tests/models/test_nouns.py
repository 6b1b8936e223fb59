"""What one types for an object is found: short, as a command line, and of every program."""

import pytest

from ipwrap.errors import UnknownOption
from ipwrap.models.nouns import ALIASES, MONITORS, NOUNS, find_noun


@pytest.mark.parametrize("name", [*NOUNS, *MONITORS])
def test_noun_is_found_by_its_name(name: str) -> None:
    """So is an alias, as the object that it stands for."""
    assert name == find_noun(name)
    assert set(NOUNS) >= {find_noun(alias) for alias in ALIASES}


@pytest.mark.parametrize(
    ("text", "noun"),
    [
        ("a", "address"),
        ("l", "link"),
        ("r", "route"),
        ("ru", "rule"),
        ("n", "neigh"),
        ("m", "maddress"),
        ("bridge f", "bridge fdb"),
        ("bridge vlan global show", "bridge vlan global"),
        ("ip -j -d link", "link"),
        ("ip -j link show dev lo", "link"),
        ("ip -n red -j route show table all", "route"),
        ("ip -j route get 10.0.0.1", "route"),
        ("tc -s -j qdisc ls dev eth0", "tc qdisc"),
        ("ip -j addr s", "address"),
        ("ip -j r g 10.0.0.1", "route"),
        ("sudo /sbin/ip -j link", "link"),
        ("ip -j -echo link add v0 type veth", "link"),
        ("ip -j -echo route del default", "route"),
        ("ip -j link xstats type bridge", "link xstats"),
        ("bridge -j mdb get dev br0 grp 239.1.1.1", "bridge mdb get"),
        ("bridge -j vlan tunnelshow dev vx0", "bridge vlan tunnelshow"),
        ("ip -j l2tp show tunnel tunnel_id 3", "l2tp tunnel"),
        ("ip netns list-id target-nsid 4", "netns list-id"),
        ("ip netns identify 77", "netns identify"),
        ("ip netns pids red", "netns pids"),
        ("ip -j mptcp endpoint show id 2", "mptcp endpoint"),
        ("ip -j ntbl", "ntable"),
        ("ip -j tunl", "tunnel"),
        ("ip -j tcpmetrics show", "tcp_metrics"),
        ("tc -j actions ls action gact", "tc action"),
        ("tc -j chain show dev v0 ingress", "tc chain"),
    ],
)
def test_noun_is_found_in_what_was_run(text: str, noun: str) -> None:
    """An abbreviation means what it means to iproute2, and options and filters do not matter."""
    assert noun == find_noun(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("lnik", "did you mean 'link'?"),
        ("fdb", "did you mean 'bridge fdb'?"),
        ("qdisc", "did you mean 'tc qdisc'?"),
        ("nothing of the sort", "there are: address,"),
        ("link nosuch", "there are: address,"),
        ("ip link add v0", "there are: address,"),
        ("ip", "there are: "),
        ("-n", "there are: "),
    ],
)
def test_other_text_is_no_noun(text: str, hint: str) -> None:
    """The error names the nearest noun, or all."""
    with pytest.raises(UnknownOption) as raised:
        find_noun(text)

    assert str(raised.value).startswith(f"{text!r} is no object that is read; ")
    assert hint in str(raised.value)
