"""Typed lines and the exported calls of the lines build the same state."""

import shlex
from collections.abc import Iterator

import pytest

from ipwrap import Command, Recording, Session
from ipwrap.cmdline import Call, read_command
from ipwrap.recording import Header
from ipwrap.replay import replay_export
from tests.labs import diff_states, open_sandbox

# Lines that this machine's kernel can run, in the order of a script. A `!` marks those that fail,
# here as there.
SCRIPTS = {
    "a pair": """
        ip netn a red
        ip l a veth0 ty veth peer n veth1
        ip link set veth1 netns red
        ip a a 10.0.0.1/24 brd + dev veth0
        ip -n red addr add dev veth1 10.0.0.2/24
        ip l s veth0 up
        ip netns exec red ip link set lo up
        ip netns exec red ip l se veth1 up
        ip -n red r a default via 10.0.0.1
        ! ip -n red r a default via 10.0.0.1
        ip ro add 10.9.0.0/16 via 10.0.0.2 metric 0x10
        ip ro rep blackhole 10.8.0.0/16
        ip neigh add 10.0.0.9 ll 02:00:00:00:00:09 dev veth0
        ip n rep proxy 10.0.0.8 dev veth0
        ip ru a from 10.0.0.0/8 lookup 100 pref 50
        ip -6 a add fd00::1/64 dev veth0 nodad
        ip -6 route add fd01::/64 dev veth0
        ip route add 10.7.0.0/16 dev veth0 mtu lock 1300
        ip link set dev veth0 txqlen 500 alias "the cable" mtu 1400
        ! ip link set dev nothing up
        ip link prop a dev veth0 altname cable-to-red
    """,
    "a bridge": """
        ! ip link del br0
        ! ip a flush dev nosuch
        ! bridge vlan del dev nosuch vid 5
        ! ip netns del nosuch
        ip link add dev br0 type bridge stp 0 forward_d 400
        ip li add name v0 type veth peer name v1
        ip link set v0 ma br0 up
        ip l s v1 up
        ip l s br0 up
        ip link set v0 type bridge_slave cost 7 hairpin on
        bridge link set dev v0 learning off
        bridge f a 02:00:00:00:00:05 dev v0 master stat
        ip link add vx0 type vxlan vni 42 remote 10.0.0.2 dstport 4789 nolearning
        ! bridge f a 02:00:00:00:00:05 dev v0 master stat
        bridge fdb append 00:00:00:00:00:00 dev vx0 dst 10.0.0.9
        ip link add link v1 mv0 type macvlan mode bridge
        ip link set v0 nom
        ip a f dev v1
        ip l d mv0
        ip netns add blue
        ip -all netns delete
    """,
}


def script_lines(script: str) -> Iterator[tuple[bool, Command]]:
    """Yield the commands of a script, each with the expectation of a failure."""
    for line in filter(None, map(str.strip, script.splitlines())):
        yield line.startswith("!"), Command(shlex.split(line.removeprefix("!")))


def run_typed(script: str, session: Session) -> Recording:
    """Run a script as typed, and return the recording as a recording of another tool."""
    for fails, command in script_lines(script):
        assert fails is not session.run(command, check=False).ok, command.line

    session.recording.header = Header(place="elsewhere")
    return session.recording


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_same_state_is_reached(name: str) -> None:
    """The exported calls build the state of the typed lines."""
    with open_sandbox() as session:
        recording = run_typed(SCRIPTS[name], session)
        state = session.state()

    with open_sandbox() as session:
        report = replay_export(recording, session, export_format="python")

        assert ([], len(list(script_lines(SCRIPTS[name])))) == (report.differences, report.commands)
        assert [] == diff_states(state, session.state(), recording)


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_line_is_read_as_a_call(name: str) -> None:
    """Every line of the scripts is read as a call of a verb."""
    assert [] == [
        line.line
        for _, line in script_lines(SCRIPTS[name])
        if not isinstance(read_command(line), Call)
    ]
