"""`ipwrap show` lists the commands of a recording, or shows the state of the session's end."""

from pathlib import Path

import pytest

from ipwrap.recording import End, Header, Recording, State
from tests.cli.running import run_ipwrap
from tests.labs import build_pair, record_lab
from tests.views.drawing.figures import like_pods


def test_commands_of_a_recording_are_listed(recording_path: Path) -> None:
    """`ipwrap show FILE` prints a line for every command."""
    result = run_ipwrap("show", str(recording_path))

    assert 0 == result.exit_code
    assert ["n", "1", "2"] == [line.split()[0] for line in result.stdout.splitlines()]


@pytest.mark.live
def test_final_state_is_shown(tmp_path: Path) -> None:
    """`--state` prints a table of links, and a tree."""
    record_lab(build_pair, tmp_path / "x.jsonl")

    result = run_ipwrap("show", "--state", str(tmp_path / "x.jsonl"))

    assert 0 == result.exit_code
    assert {"├─ br0 (bridge) 10.0.0.1/24", "red"} <= {
        line.replace("└", "├") for line in result.stdout.splitlines()
    }


def test_missing_final_state_is_an_error(recording_path: Path) -> None:
    """The recording of a dry run has no final state."""
    result = run_ipwrap("show", "--state", str(recording_path))

    assert 1 == result.exit_code
    assert "" == result.stdout
    assert "holds no end state" in result.stderr


def test_a_state_that_no_model_has_is_an_error_of_the_recording(tmp_path: Path) -> None:
    """A key of a wrong type is reported with the path of the recording."""
    lo = {"ifname": "lo", "addr_info": [], "qdisc": []}
    state: State = {"": {"link": [lo], "address": [lo]}}
    path = Recording(events=[End(state=state)]).save(tmp_path / "a.jsonl")

    result = run_ipwrap("show", "--state", str(path))

    assert 1 == result.exit_code
    assert result.stderr.startswith(f"ipwrap: {path}: damaged: the end state is not what")


def test_like_namespaces_are_shown_once(tmp_path: Path) -> None:
    """Twenty pods are one row and one entry, and a message says so; `--all` shows each."""
    recording = Recording(Header(place="sandbox"), events=[End(state=like_pods(20, []))])
    path = str(recording.save(tmp_path / "a.jsonl"))

    result = run_ipwrap("show", "--state", path)
    full = run_ipwrap("show", "--state", "--all", path)

    assert [
        "where  link   kind        master  address  addresses",
        "       cni0   bridge  up",
        "       veth1  veth    up  cni0",
        "pod1   eth0   veth    up",
        "",
        "(sandbox)",
        "└─ cni0 (bridge)",
        "   └─ veth1 … veth20 (20 ports) <-> pod1 … pod20:eth0",
        "pod1 … pod20 (20 namespaces)",
        "└─ eth0 <-> (sandbox):veth1 … veth20",
    ] == [line.rstrip() for line in result.stdout.splitlines()]
    message = "left out of the table: 19 namespaces that are like others (--all)\n"
    assert message == result.stderr
    assert "" == full.stderr
    assert "pod20  eth0    veth    up" in full.stdout
