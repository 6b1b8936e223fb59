"""What is kept of the labs is compared with what they do now.

Not to the letter where the kernel has its say.
"""

import pytest

from ipwrap import Command, Recording, Result
from ipwrap.recording import CommandEvent, Header, Note, ResultEvent
from scripts.recordings import stable, told_otherwise


def recording(note: str, said: str, *, kernel: str = "6.1") -> Recording:
    """Return a recording of one command."""
    command = Command(("ip", "link", "show"))
    return Recording(
        Header(kernel=kernel),
        [Note(note), CommandEvent(1, command), ResultEvent(1, Result(command, 0, said))],
    )


@pytest.mark.parametrize(
    ("one", "other"),
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
        ("inet6 fe80::cc:1/64", "inet6 fe80::5c:99ff:fe45:16db/64"),
    ],
)
def test_what_the_kernel_chooses_is_not_compared(one: str, other: str) -> None:
    """Nor what was measured."""
    assert stable(one) == stable(other)
    assert [] == told_otherwise(recording("", one), recording("", other))


@pytest.mark.parametrize(
    ("one", "other"),
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
    ],
)
def test_what_a_person_chose_is(one: str, other: str) -> None:
    """Addresses, names, sizes, what was set up."""
    assert ["--- kept", "+++ now", f"-{stable(one)}", f"+{stable(other)}"] == told_otherwise(
        recording("", one), recording("", other)
    )


def test_another_machine_may_print_otherwise() -> None:
    """There prose and commands are compared, and nothing else."""
    kept = recording("Links", "as this kernel prints it")

    assert [] == told_otherwise(kept, recording("Links", "as another does", kernel="6.12"))
    assert ["-Links", "+Other links"] == told_otherwise(
        kept, recording("Other links", "", kernel="6.12")
    )[2:]
