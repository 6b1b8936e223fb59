"""Labs that use more programs than those of iproute2 replay equal by every way."""

import shutil
from pathlib import Path

import pytest

from tests.every_way import differences_by_way
from tests.shims.recording import record_script

pytestmark = pytest.mark.live

# Before iproute2, a link was configured by ioctl(2).
OLD_PROGRAMS = """\
ip netns add red
ip link add v0 type veth peer name v1 netns red
brctl addbr br0
brctl addif br0 v0
ifconfig br0 10.0.0.1 netmask 255.255.255.0 up
ifconfig v0 up
ip netns exec red ifconfig v1 10.0.0.2/24 up
ip netns exec red route add default gw 10.0.0.1
"""

# A reader of packets behind wrappers, in the background; the others end by themselves.
WRAPPED = """\
ip netns add red
ip link add v0 type veth peer name v1 netns red
ip addr add 10.0.0.1/24 dev v0
ip link set v0 up
ip -n red addr add 10.0.0.2/24 dev v1
ip -n red link set v1 up
ip netns exec red timeout 60 nice env A=b sleep 1000 &
server=$!
until [ "$(ip netns pids red)" ]; do sleep 0.05; done
nice ping -c 1 10.0.0.2 >/dev/null
kill "$server"
wait "$server"
timeout 60 ip link set v0 alias wrapped
"""

# The usual head and end of a lab: take away what an earlier run left, and do not mind its absence.
TOLERATED = """\
set -e
ip link del br0 2>/dev/null || true
ip netns del red 2>/dev/null || :
ip netns add red
ip link add br0 type bridge
if ! ip -n red link show br0 >/dev/null 2>&1; then ip -n red link add br0 type bridge; fi
ip link del br1 2>/dev/null || true
"""

LABS = {
    "old programs": (OLD_PROGRAMS, ("brctl", "ifconfig", "route")),
    "wrapped": (WRAPPED, ()),
    "tolerated failures": (TOLERATED, ()),
}


@pytest.mark.parametrize("name", LABS, ids=lambda name: name.replace(" ", "-"))
def test_lab_replays_equal_by_every_way(name: str, tmp_path: Path) -> None:
    """A lab with programs that change the network, or that other programs start."""
    text, programs = LABS[name]
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"no {program} here")
    recorded_run = record_script(tmp_path, text)

    assert 0 == recorded_run.status
    assert {} == differences_by_way(recorded_run.recording)
