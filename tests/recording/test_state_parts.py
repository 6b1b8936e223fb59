"""A state in parts: what was read first stays."""

from pathlib import Path

from ipwrap import Recording
from ipwrap.recording import Header, Snapshot, StreamedRecording
from ipwrap.recording.state_parts import merge_state

ONE = {"key": "net.ipv4.ip_forward", "value": "0"}
ONE_LATER = {"key": "net.ipv4.ip_forward", "value": "1"}
TWO = {"key": "net.ipv4.tcp_syncookies", "value": "1"}


def test_keys_are_added_and_none_is_replaced() -> None:
    """A later reading may show a change of the session already."""
    state = {"": {"link": [{"ifname": "lo"}], "sysctl": [ONE], "nft": []}}
    part = {"": {"sysctl": [ONE_LATER, TWO], "nft": [{"table": {}}]}, "pod": {"sysctl": [TWO]}}

    merged = merge_state(state, part)

    assert merged == {
        "": {"link": [{"ifname": "lo"}], "sysctl": [ONE, TWO], "nft": [{"table": {}}]},
        "pod": {"sysctl": [TWO]},
    }
    assert state[""]["sysctl"] == [ONE]


def test_a_recording_has_one_initial_state(tmp_path: Path) -> None:
    """In memory, in a file, and streamed; states that the script asked for are none."""
    path = tmp_path / "lab.jsonl"
    recording = Recording.start(Header(), path)
    recording.append(Snapshot({"": {"link": []}}))
    recording.append(Snapshot({"": {"sysctl": [TWO]}}, asked=True))
    recording.append(Snapshot({"": {"sysctl": [ONE]}}))
    recording.close()

    expected = {"": {"link": [], "sysctl": [ONE]}}
    assert expected == recording.initial_state
    assert expected == Recording.load(path).initial_state
    assert expected == StreamedRecording.open(path).initial_state
