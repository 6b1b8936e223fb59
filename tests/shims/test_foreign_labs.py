"""What scripts by others do, each in its smallest form, is replayed by every way."""

import pytest

from tests.every_way import WAYS, replay_by
from tests.shims.recording import RecordedRun, record_script

PAIR = """\
ip netns add red
ip link add v0 type veth peer name eth0 netns red
ip address add 10.0.0.1/24 dev v0
ip link set v0 up
ip -n red address add 10.0.0.2/24 dev eth0
ip -n red link set eth0 up
"""

LABS = {
    "path of a program": f"{PAIR}ping=$(which ping)\nip netns exec red $ping -c1 10.0.0.1\n",
    "input of a program behind timeout": f"""\
{PAIR}
echo 1 | ip netns exec red timeout 9 tee /proc/sys/net/ipv4/ip_forward
echo add table inet tidy | ip netns exec red timeout -s INT 9 nft -f -
""",
    "batch of the standard input": f"""\
{PAIR}
echo netns exec red ip address add 10.0.0.9/24 dev eth0 | ip -batch /dev/stdin
ip -n red -b /dev/fd/0 <<END
address add 10.0.0.10/24 dev eth0
END
mkfifo lines rules
echo link set v0 mtu 1400 >lines & ip -b lines
echo add table inet tidy >rules & nft -f rules
ip netns exec red ping -c1 10.0.0.1
""",
    "server that handles a signal of kill": f"""\
{PAIR}
ip netns exec red python3 -c '
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
print("ready", flush=True)
signal.pause()
' >ready & server=$!
until [ -s ready ]; do sleep 0.1; done
ip netns pids red | xargs kill
wait "$server" || true
ip link set v0 mtu 1400
""",
    "input of a process behind timeout": f"""\
{PAIR}
(sleep 0.5; echo 1) | ip netns exec red timeout 9 tee /proc/sys/net/ipv4/ip_forward &
ip link set v0 mtu 1400
wait
""",
}

pytestmark = pytest.mark.live


@pytest.fixture(scope="module", params=LABS, ids=lambda name: name.replace(" ", "-"))
def recorded_lab(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> RecordedRun:
    """A recorded lab, which has found what it asked for."""
    folder = tmp_path_factory.mktemp("lab")
    recorded_run = record_script(folder, f"set -e\ncd {folder}\n{LABS[request.param]}")
    assert 0 == recorded_run.status, recorded_run.stderr
    return recorded_run


@pytest.mark.parametrize("via", WAYS)
def test_lab_is_replayed(via: str, recorded_lab: RecordedRun) -> None:
    """A replay reaches the recorded state, and each step ends as it did."""
    comparison = replay_by(via, recorded_lab.recording)

    assert [] == comparison.differences
    assert comparison.state_compared
