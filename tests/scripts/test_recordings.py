"""Recordings of labs are compared with new runs, except for values that the kernel chooses."""

import pytest

import scripts.recordings
from ipwrap import Command, CommandError, NotSupported, Recording, Result, UnknownOption
from ipwrap.recording import CommandEvent, Header, Note, ResultEvent
from scripts.recordings import (
    KUBERNETES,
    compare_transcripts,
    find_series,
    may_be_left_out,
    missing_programs,
    normalise,
)


def make_recording(note: str, output: str, *, kernel: str = "6.1") -> Recording:
    """Return a recording of one command."""
    command = Command(("ip", "link", "show"))
    return Recording(
        Header(kernel=kernel),
        [Note(note), CommandEvent(1, command), ResultEvent(1, Result(command, 0, output))],
    )


@pytest.mark.parametrize(
    ("old_output", "new_output"),
    [
        (
            "64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=0.049 ms",
            "64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=12 ms",
        ),
        (
            "1 packets transmitted, 1 received, time 0ms",
            "1 packets transmitted, 1 received, time 11ms",
        ),
        (
            "rtt min/avg/max/mdev = 0.049/0.049/0.049/0.000 ms",
            "rtt min/avg/max/mdev = 1/1/1/0 ms, pipe 2",
        ),
        ("3: eth0@if4: <UP> mtu 1500", "12: eth0@if9: <UP> mtu 1500"),
        ("2: a: <NO-CARRIER,BROADCAST,UP> state DOWN", "2: a: <BROADCAST,UP,LOWER_UP> state UP"),
        ("2: a: <BROADCAST,UP,M-DOWN> state LOWERLAYERDOWN", "2: a: <BROADCAST,UP> state UNKNOWN"),
        (
            "    link/ether ce:b5:9f:45:16:db link-netnsid 0",
            "    link/ether 02:b5:9f:45:16:db link-netnsid 1",
        ),
        (
            "10.0.0.2 dev a lladdr ce:b5:9f:45:16:db REACHABLE",
            "10.0.0.2 dev a lladdr ce:b5:9f:45:16:dc DELAY",
        ),
        (
            "50 packets transmitted, 43 received, 14% packet loss",
            "50 packets transmitted, 50 received, 0% packet loss",
        ),
        (
            " Sent 5040 bytes 52 pkt (dropped 7, overlimits 0)",
            " Sent 50 bytes 5 pkt (dropped 0, overlimits 0)",
        ),
        (
            "tcp 6 119 TIME_WAIT src=10.0.0.1 dst=10.0.0.2 sport=48946 dport=80",
            "tcp 6 7 TIME_WAIT src=10.0.0.1 dst=10.0.0.2 sport=33928 dport=80",
        ),
        (
            "[  5] local 10.0.0.1 port 40112 connected to 10.0.0.2 port 5201",
            "[  5] local 10.0.0.1 port 51234 connected to 10.0.0.2 port 5201",
        ),
        (
            '10.0.0.1 - - [26/Nov/2026 07:56:12] "GET / HTTP/1.1" 200 -',
            '10.0.0.1 - - [01/Dec/2026 17:06:59] "GET / HTTP/1.1" 200 -',
        ),
        (
            "[  5]   0.00-2.00   sec  22.8 MBytes  95.6 Mbits/sec    0    212 KBytes       sender",
            "[  5]   0.00-2.04   sec  9 MBytes  40 Mbits/sec   12    8 KBytes       sender",
        ),
        ("inet6 fe80::cc:1/64", "inet6 fe80::5c:99ff:fe45:16db/64"),
        ("5 packets captured", "12 packets captured"),
    ],
)
def test_chosen_and_measured_values_are_not_compared(old_output: str, new_output: str) -> None:
    """Values that the kernel chooses, and measured values, make no difference."""
    kept = make_recording("", old_output)
    new = make_recording("", new_output)

    assert normalise(old_output) == normalise(new_output)
    assert [] == compare_transcripts(kept, new)


@pytest.mark.parametrize(
    ("old_output", "new_output"),
    [
        ("64 bytes from 10.0.0.1: ttl=64", "64 bytes from 10.0.0.1: ttl=63"),
        ("2: a: <BROADCAST,UP> mtu 1500", "2: a: <BROADCAST> mtu 1500"),
        ("2: a: <UP> mtu 1500", "2: a: <UP> mtu 1400"),
        (
            "1 packets transmitted, 1 received, 0% packet loss",
            "1 packets transmitted, 0 received, 100% packet loss",
        ),
        ("qdisc netem 1: root delay 40ms", "qdisc netem 1: root delay 80ms"),
        ("10.0.0.0/24 dev a", "10.0.0.0/24 dev b"),
        ("0 packets captured", "5 packets captured"),
        ("connected to 10.0.0.2 port 5201", "connected to 10.0.0.2 port 5202"),
        ("src=10.0.0.1 dport=7000", "src=10.0.0.1 dport=7001"),
    ],
)
def test_configured_values_are_compared(old_output: str, new_output: str) -> None:
    """A different address, name, size or option is a difference."""
    kept = make_recording("", old_output)
    new = make_recording("", new_output)

    assert [
        "--- kept",
        "+++ now",
        f"-{normalise(old_output)}",
        f"+{normalise(new_output)}",
    ] == compare_transcripts(kept, new)


def test_output_of_another_kernel_is_not_compared() -> None:
    """Between different kernels, only prose and commands are compared."""
    kept = make_recording("Links", "as this kernel prints it")
    other_output = make_recording("Links", "as another does", kernel="6.12")
    other_note = make_recording("Other links", "", kernel="6.12")

    assert [] == compare_transcripts(kept, other_output)
    assert ["-Links", "+Other links"] == compare_transcripts(kept, other_note)[2:]


def test_events_of_a_monitor_are_not_compared() -> None:
    """The kernel tells a change once or several times: the lines of a monitor do not count."""
    event = "[2026-11-26T21:23:17.356909] [LINK]4: port2: <UP> mtu 1500\n"

    assert [] == compare_transcripts(make_recording("A", event), make_recording("A", 2 * event))


def test_equal_entries_of_an_fdb_are_compared_once() -> None:
    """How many a bridge learns depends on who has sent meanwhile; where they lead to does not."""
    learned = "0a:ad:25:7e:29:57 master br0\n0a:ad:25:7e:29:57 dst 192.0.2.2 self\n"
    more = learned + learned.replace("57", "58")
    elsewhere = learned.replace("192.0.2.2", "192.0.2.3")

    assert [] == compare_transcripts(make_recording("A", learned), make_recording("A", more))
    assert [] != compare_transcripts(make_recording("A", learned), make_recording("A", elsewhere))


def test_equal_lines_are_compared_each() -> None:
    """Only the entries of an fdb are joined."""
    kept = make_recording("A", "10.0.0.0/24 dev a\n")
    new = make_recording("A", 2 * "10.0.0.0/24 dev a\n")

    assert ["+10.0.0.0/24 dev a"] == compare_transcripts(kept, new)[2:]


def test_missing_programs_of_a_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lab needs each of its programs, but only one of several alternatives."""
    installed = {"nft", "dumpcap"}
    monkeypatch.setattr(
        scripts.recordings, "find_program", lambda name: name if name in installed else None
    )

    assert ["conntrack"] == missing_programs("nat")
    assert [] == missing_programs("capture")
    assert [] == missing_programs("veth")

    installed.clear()
    assert ["tcpdump or dumpcap"] == missing_programs("capture")


def test_labs_of_a_series_are_found() -> None:
    """A folder's labs are its scripts with main(session); other programs are none."""
    assert {"k8s/dns", "k8s/service"} <= set(KUBERNETES)
    assert "k8s/dns_server" not in KUBERNETES
    assert () == find_series("reference")


def test_lab_is_left_out_without_support_of_the_kernel() -> None:
    """Labs that need much of the kernel are left out where it lacks that, others fail."""
    unsupported = NotSupported(Result(Command(("ip", "link", "add", "v", "type", "vrf")), 2))

    assert may_be_left_out("vlans", unsupported)
    assert not may_be_left_out("veth", unsupported)
    assert may_be_left_out("veth", UnknownOption("too old"))


@pytest.mark.parametrize(
    ("message", "is_left_out"),
    [
        ("Error: Could not process rule: Operation not supported", True),
        ("netlink: Error: cache initialization failed: Protocol not supported", True),
        ("Error: Could not process rule: No such file or directory", True),
        ("Error: syntax error, unexpected policy", False),
    ],
)
def test_lab_of_nftables_is_left_out_without_them(message: str, is_left_out: bool) -> None:
    """A kernel without nftables, or without NAT, is no failure of the lab; a wrong rule is one."""
    command = Command(("nft", "-f", "-"), "node", stdin="table ip nat {}")
    error = CommandError(Result(command, 1, "", message))

    assert is_left_out == may_be_left_out("k8s/service", error)
    assert not may_be_left_out("veth", error)
