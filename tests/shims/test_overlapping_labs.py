"""Labs with servers in the background, and labs that fail, are replayed by every way."""

import os
from pathlib import Path

import pytest

from ipwrap import Recording
from ipwrap.replay import replay_export
from ipwrap.shims.calls.call import SANDBOX_FOLDER
from tests.every_way import WAYS, replay_by
from tests.labs import open_sandbox
from tests.shims.recording import RecordedRun, record_script

LABS = {
    "servers": Path("tests/cases/labs/servers.sh").read_text(),
    "failure of the last command": "set -e\nip netns add red\nip link set nosuch up\n",
    "failure of the last read": "set -e\nip netns add red\nip link show nosuch\n",
    "missing program": "ip netns add red\nip netns exec red nosuchprogram || true\n",
    "end by a missing program": "set -e\nip netns add red\nip netns exec red nosuchprogram\n",
    "status of its own": "ip netns add red\nexit 3\n",
}

pytestmark = pytest.mark.live


@pytest.fixture(scope="module", params=LABS, ids=lambda name: name.replace(" ", "-"))
def recorded_lab(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> RecordedRun:
    """A recorded lab."""
    return record_script(tmp_path_factory.mktemp("lab"), LABS[request.param])


@pytest.mark.parametrize("via", WAYS)
def test_lab_is_replayed(via: str, recorded_lab: RecordedRun) -> None:
    """A replay ends, and reaches the recorded state and the recorded failure."""
    comparison = replay_by(via, recorded_lab.recording)

    assert [] == comparison.differences
    assert comparison.state_compared


@pytest.mark.parametrize("via", ["sh", "plain"])
def test_failure_that_does_not_come_is_a_difference(via: str, tmp_path: Path) -> None:
    """A script has to fail where the recorded lab failed."""
    text = "set -e\nip netns add red\nip netns add red\n"
    recorded = record_script(tmp_path, text).recording
    events = [event for event in recorded.events if getattr(event, "number", 0) != 1]
    recording = Recording(recorded.header, events)

    with open_sandbox() as session:
        comparison = replay_export(recording, session, export_format=via)

    assert any("status 1 -> 0: ip netns add red" in line for line in comparison.differences)


def test_killed_call_takes_its_program_along(tmp_path: Path) -> None:
    """SIGKILL to a call in the background ends the program, so that its namespace goes as well."""
    text = """
ip netns add red
ip link add v0 type veth peer name v1 netns red
ip netns exec red sleep 1000 & server=$!
until [ "$(ip netns pids red)" ]; do sleep 0.05; done
kill -9 "$server"; wait "$server"; echo "$?"
ip netns delete red
until ! ip link show v0 2>/dev/null >&2; do sleep 0.05; done
"""
    recorded_run = record_script(tmp_path, text)
    actions = [(event.action, event.signal) for event in recorded_run.actions]

    assert "137\n" == recorded_run.stdout
    assert ["ip netns exec red sleep 1000"] == [
        event.command.line for event in recorded_run.processes
    ]
    assert [("signal", "KILL"), ("wait", None)] == actions


def test_killed_call_starts_no_program(tmp_path: Path) -> None:
    """SIGKILL to a call, at any moment of its start, leaves no program alive."""
    text = f"""
ip netns add red
exec 9<>{tmp_path}/never
for delay in 0.005 0.010 0.015 0.020 0.025 0.030 0.035 0.040 0.045 0.050; do
    ip netns exec red sleep 1000 & server=$!
    read -r -t "$delay" <&9
    kill -9 "$server"; wait "$server"
done
while pgrep -x sleep; do read -r -t 0.05 <&9; done
exit 0
"""
    os.mkfifo(tmp_path / "never")

    assert 0 == record_script(tmp_path, text).status


def test_killed_call_leaves_no_reader_of_its_output(tmp_path: Path) -> None:
    """SIGKILL to a call, at any moment of its start, leaves none of its own helpers waiting."""
    text = f"""
ip netns add red
for call in {{2..81}}; do
    ip netns exec red cat </dev/null & server=$!
    until [[ $shims == *" $server"* ]]; do
        read -rd "" shims 2>/dev/null <{SANDBOX_FOLDER}/background
    done
    for ((turn = 0; turn < 50 * call; turn++)); do :; done
    kill -9 "$server"; wait "$server"
done
exec 9<>{tmp_path}/never
while pgrep -x 'tee|through'; do read -r -t 0.05 <&9; done
exit 0
"""
    os.mkfifo(tmp_path / "never")

    assert 0 == record_script(tmp_path, text).status


def test_a_call_waits_for_the_start_of_a_program_in_the_background(tmp_path: Path) -> None:
    """A client does not overtake its server; a server that never starts does not hold it up."""
    text = f"""
ip netns add red
ip netns exec red tail -f /dev/null & server=$!
until [ -e {SANDBOX_FOLDER}/2.started ]; do :; done
cat {SANDBOX_FOLDER}/starting
echo 1 >{SANDBOX_FOLDER}/starting
ip netns exec red echo client
ls {SANDBOX_FOLDER}/1.started
kill "$server"
"""
    recorded_run = record_script(tmp_path, text)

    assert f"2\nclient\n{SANDBOX_FOLDER}/1.started\n" == recorded_run.stdout


def test_interrupt_reaches_a_background_program(tmp_path: Path) -> None:
    """`kill -INT` reaches a program that handles it, as tcpdump does."""
    text = """
ip netns add red
ip netns exec red python3 -c '
import signal, sys, time
signal.signal(signal.SIGINT, lambda *_: sys.exit(5))
print("ready", flush=True)
time.sleep(1000)
' >ready & server=$!
until [ -s ready ]; do sleep 0.05; done
kill -INT "$server"; wait "$server"; echo "$?"
"""
    recorded_run = record_script(tmp_path, f"cd {tmp_path}\n{text}")

    assert "5\n" == recorded_run.stdout
    assert ["INT", None] == [event.signal for event in recorded_run.actions]


def test_output_and_errors_in_one_file_keep_their_order(tmp_path: Path) -> None:
    """What a program writes to one file by 2>&1 is there, and in the recording, in its order."""
    text = """
ip netns add red
ip netns exec red sh -c 'for n in 1 2 3; do echo "out $n"; echo "error $n" >&2; done' 2>&1
"""
    recorded_run = record_script(tmp_path, text)
    lines = "".join(f"out {number}\nerror {number}\n" for number in (1, 2, 3))

    assert lines == recorded_run.stdout
    assert lines == recorded_run.recording.results[-1].stdout
