"""What the kernel does some time after a command is no difference, by every way."""

import subprocess
from pathlib import Path

import pytest

from ipwrap import Command, Recording, Session
from ipwrap.kinds import Veth
from ipwrap.places import Sandbox
from ipwrap.recording import CommandEvent, Snapshot
from ipwrap.replay import Replay
from ipwrap.replay.comparison import Comparison
from ipwrap.replay.outcomes import Outcomes
from ipwrap.result import Result
from ipwrap.shims import record
from ipwrap.state.settling import Patience
from tests.every_way import differences_by_way
from tests.labs import open_sandbox

# The kernel adds the local route of an address once no other host is found to have the address.
DUPLICATE_ADDRESS_DETECTION = """\
ip netns add a
ip netns add b
ip link add v0 netns a type veth peer name v1 netns b
ip -n a link set v0 up
ip -n b link set v1 up
ip -n a addr add 2001:db8::1/64 dev v0
ip -n b addr add 2001:db8::2/64 dev v1
until [ "$(ip -n a -6 addr show dev v0 scope global -tentative)" ]; do sleep .1; done
"""

# A packet that belongs to no class counts as a direct one: the replay sends none.
DIRECT_PACKETS = """\
ip link add x type veth peer name y
ip link set y up
ip link set x up
tc qdisc add dev x root handle 1: htb default 10
ip addr add 10.0.0.1/24 dev x
ping -c 1 -W 1 10.0.0.2 >/dev/null || true
"""

# The bridge that is not the root uses the times of the root, and a MAC address decides which it is.
# A port that begins to forward changes the topology, which shortens the ageing time.
SPANNING_TREE = """\
ip link add br0 type bridge stp_state 1 forward_delay 200 hello_time 100 max_age 600
ip link add br1 type bridge stp_state 1 forward_delay 300 hello_time 200 max_age 700
ip link add x type veth peer name y
ip link set x master br0
ip link set y master br1
for dev in br0 br1 x y; do ip link set $dev up; done
until [ "$(ip -d link show x | grep 'state forwarding')" ]; do sleep .1; done
"""

# The kernel deletes the links of a namespace some time after its name.
ASYNCHRONOUS_DELETION = """\
for i in 1 2 3 4; do
    ip netns add n$i
    ip link add v$i type veth peer name w$i
    ip link set w$i netns n$i
    ip link set v$i up
done
for i in 1 2 3 4; do ip netns del n$i; done
"""


def record_script(text: str, folder: Path) -> Recording:
    """Record a script in a sandbox, and return the recording, loaded from disk."""
    script = folder / "lab.sh"
    script.write_text(text)
    target = folder / "lab.jsonl"
    with open_sandbox():  # skips without support for sandboxes
        pass

    status, _ = record(("sh", str(script)), Sandbox(), target=target)
    assert 0 == status
    return Recording.load(target)


@pytest.mark.live
@pytest.mark.parametrize(
    "script", [DUPLICATE_ADDRESS_DETECTION, ASYNCHRONOUS_DELETION], ids=["addresses", "deletion"]
)
def test_a_lab_replays_equal_by_every_way(script: str, tmp_path: Path) -> None:
    """The smallest labs whose state is still changing when their last command ends."""
    recording = record_script(script, tmp_path)

    assert {} == differences_by_way(recording)


@pytest.mark.live
@pytest.mark.parametrize(
    ("script", "try_out"),
    [
        (DIRECT_PACKETS, "ip link add x type veth; tc qdisc add dev x root htb"),
        (SPANNING_TREE, "ip link add br0 type bridge stp_state 1"),
    ],
    ids=["counters", "spanning tree"],
)
def test_counters_and_passing_values_are_no_difference(
    script: str, try_out: str, tmp_path: Path
) -> None:
    """Counters depend on the packets, and times of a bridge on the state of its spanning tree."""
    with open_sandbox() as session:
        if not session.exec("sh", "-ec", try_out, check=False).ok:
            pytest.skip(f"this kernel refuses: {try_out}")
    recording = record_script(script, tmp_path)

    assert {} == differences_by_way(recording)


@pytest.mark.live
def test_a_state_is_read_until_it_is_as_recorded() -> None:
    """A link that comes some time after the replay is no difference."""
    recording = record_lab_with_link()

    with open_sandbox() as session:
        session.ip.link.set("lo", up=True)  # as before
        comparison = comparison_of(recording, session)
        late = "sleep 1; ip link add x type veth peer name y"
        with subprocess.Popen(session.place.wrap(("sh", "-c", late))) as process:
            comparison.add_states(recording, session)
            process.wait()
        snapshots = [event for event in session.recording.events if isinstance(event, Snapshot)]

    assert [] == comparison.report.differences
    assert [False, True] == [snapshot.asked for snapshot in snapshots]


@pytest.mark.live
def test_a_session_without_a_change_has_no_state_before() -> None:
    """Links that every namespace has are no difference where a replay stopped before its start."""
    recording = record_lab_with_link()

    with open_sandbox() as session:
        comparison = comparison_of(recording, session)
        comparison.add_states(recording, session)

    assert ["- (host)  link x", "- (host)  link y"] == comparison.report.differences


def record_lab_with_link() -> Recording:
    """Return the recording of a pair of links."""
    with open_sandbox() as session:
        session.ip.link.add("x", Veth(peer="y"))
        session.close()
    return session.recording


def comparison_of(recording: Recording, session: Session) -> Comparison:
    """Return a comparison with nothing compared so far."""
    return Comparison(Replay.begin(recording, session), Outcomes.of(recording))


SHOW = Command(("ip", "-j", "link", "show"), changes=False, batch=True)


def read_of(*names: str) -> Result:
    """Return the result of a read that shows some links."""
    links = ",".join(f'{{"ifname":"{name}"}}' for name in names)
    return Result(SHOW, stdout=f"[{links}]")


def compare_reads(replayed: Result, later: list[Result], *, patience: Patience) -> list[str]:
    """Compare a recorded read of one link with reads of a replay; return the differences."""
    event = CommandEvent(1, SHOW)
    comparison = Comparison(Replay(), Outcomes(), patience)
    comparison.add_result(
        event, recorded=read_of("lo"), replayed=replayed, read_again=lambda: later.pop(0)
    )
    return comparison.report.differences


def test_a_read_that_differs_is_repeated() -> None:
    """A link that is about to go may be in the first reads of a replay."""
    later = [Result(SHOW, status=1), read_of("lo", "v0"), read_of("lo"), read_of()]
    pauses: list[float] = []
    patience = Patience(60.0, sleep=pauses.append)

    assert [] == compare_reads(read_of("lo", "v0"), later, patience=patience)
    assert (3, 1) == (len(pauses), len(later))


def test_an_equal_read_is_not_repeated() -> None:
    """Equal reads cost nothing."""
    later = [read_of()]
    pauses: list[float] = []
    patience = Patience(60.0, sleep=pauses.append)

    assert [] == compare_reads(read_of("lo"), later, patience=patience)
    assert ([], 1) == (pauses, len(later))


def test_a_read_that_keeps_differing_is_a_difference() -> None:
    """The last read is compared when the time is up."""
    later = [read_of("lo", "v0"), read_of("lo", "v1")]
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    patience = Patience(0.12, clock=lambda: now[0], sleep=sleep)
    (difference,) = compare_reads(read_of("lo", "v0"), later, patience=patience)

    assert difference.endswith("+ (host)  link v1")
    assert [] == later
