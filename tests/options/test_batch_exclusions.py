"""Which commands may be a line of a batch."""

import pytest

from ipwrap.options.batch_exclusions import EXCLUSIONS, exclusion_reason


@pytest.mark.parametrize(
    "line",
    [
        "ip maddress add 01:00:5e:00:00:07 dev eth0",
        "ip maddr del 01:00:5e:00:00:07 dev eth0",
        "ip xfrm state deleteall",
        "ip x s delall",
        "ip xfrm policy deleteall",
        "ip route flush dev eth0",
        "ip nexthop flush",
        "ip address restore",
        "ip route restore",
        "ip rule restore",
        "ip netns exec red cat",
        "ip vrf exec blue cat",
        "ip mon",
        "ip link add name nk0 type netkit",
        "tc exec bpf import /run/x",
    ],
)
def test_a_command_that_takes_later_lines_along_is_excluded(line: str) -> None:
    """A command that ends a batch, or reads its lines, is excluded, also in its short form."""
    program, *arguments = line.split()

    assert exclusion_reason(program, arguments) is not None


@pytest.mark.parametrize(
    "line",
    [
        "ip maddress",
        "ip link add name v0 type veth peer name v1",
        "ip route add default via 10.0.0.1",
        "ip xfrm state flush",
        "ip netns add red",
        "bridge fdb flush dev br0",
        "tc qdisc add dev eth0 root netem delay 10ms",
        "ip",
    ],
)
def test_other_commands_may_be_lines(line: str) -> None:
    """Any other command may be a line, and so may an object without its verb."""
    program, *arguments = line.split()

    assert exclusion_reason(program, arguments) is None


def test_every_exclusion_covers_its_own_words() -> None:
    """Each row is found by the words that it is written with."""
    for exclusion in EXCLUSIONS:
        program, *words = exclusion.words
        arguments = [*words, *(exclusion.argument or ())]

        assert exclusion_reason(program, arguments) is not None, exclusion
