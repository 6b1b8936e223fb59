"""`ipwrap apply` and `ipwrap save`, in a sandbox whose host is then this one."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipwrap import Recording, Session
from ipwrap.kinds import Bridge, Veth
from ipwrap.lab.formats import read_lab
from tests.labs import open_sandbox


def run_in_place(
    session: Session, *arguments: str, reply: str = ""
) -> "subprocess.CompletedProcess[str]":
    """Run `ipwrap` inside the place of a session, whose host it then is."""
    argv = session.place.wrap((sys.executable, "-m", "ipwrap", *arguments))
    return subprocess.run(
        argv, input=reply, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture
def host() -> Iterator[Session]:
    """A session in a sandbox with two namespaces, a pair, and a bridge."""
    with open_sandbox() as session:
        session.ip.netns.add("red")
        session.ip.netns.add("blue")
        session.cable("red:eth0", "blue:eth0", addresses=("10.0.0.1/24", "10.0.0.2/24"))
        session.ip.link.add("br0", Bridge(), up=True)
        yield session


def test_a_file_is_applied_and_recorded(host: Session, tmp_path: Path) -> None:
    """The commands are printed and recorded; a second run prints none, and undo takes them back."""
    path, record = str(tmp_path / "lab.json"), str(tmp_path / "apply.jsonl")
    host.snapshot().save(path)
    host.ip.link.set("br0", mtu=1400)
    host.ip.link.add("v0", Veth(peer="v1"))
    changed = host.snapshot()

    preview = run_in_place(host, "apply", "--dry-run", path)
    first = run_in_place(host, "apply", "--yes", "--record", record, path)
    second = run_in_place(host, "apply", path)

    lines = "ip link delete dev v1\nip link set dev br0 mtu 1500\n"
    assert [(0, lines, ""), (0, lines, ""), (0, "", "")] == [
        (finished.returncode, finished.stdout, finished.stderr)
        for finished in (preview, first, second)
    ]
    assert Recording.load(record).end is not None

    undone = run_in_place(host, "undo", "--here", record)
    assert (0, []) == (undone.returncode, [*map(str, changed.diff(host.snapshot()))]), undone.stderr


@pytest.mark.parametrize(("reply", "is_deleted"), [("", False), ("n\n", False), ("y\n", True)])
def test_what_is_deleted_is_shown_first(
    reply: str, is_deleted: bool, host: Session, tmp_path: Path
) -> None:
    """Without `--yes`, the commands that delete something wait for an answer."""
    path = str(tmp_path / "lab.json")
    host.snapshot().save(path)
    host.ip.link.add("v0", Veth(peer="v1"))

    finished = run_in_place(host, "apply", path, reply=reply)

    assert (0 if is_deleted else 1) == finished.returncode
    assert finished.stderr.startswith("  ip link delete dev v1\nthis deletes what FILE does not")
    assert is_deleted is ("v0" not in {link.ifname for link in host.ip.link.show()})


def test_other_namespaces_stay(host: Session, tmp_path: Path) -> None:
    """With `--netns`, what is in other namespaces is left as it is."""
    path = str(tmp_path / "lab.json")
    host.snapshot().save(path)
    host.ip.link.set("br0", mtu=1400)
    host.netns("red").ip.link.set("eth0", mtu=1400)

    finished = run_in_place(host, "apply", "--netns", "r*", path)

    assert (0, "ip -n red link set dev eth0 mtu 1500\n") == (finished.returncode, finished.stdout)


def test_what_cannot_be_reached_is_told(host: Session, tmp_path: Path) -> None:
    """Missing hardware is an error: with the link, and exit status 1."""
    path = tmp_path / "lab.json"
    snapshot = host.snapshot()
    snapshot.state[""]["link"].append(
        {"ifname": "enp1s0", "ifindex": 99, "flags": ["UP"], "mtu": 1500, "link_type": "ether"}
    )
    snapshot.save(path)

    finished = run_in_place(host, "apply", str(path))

    assert 1 == finished.returncode
    assert "ipwrap: enp1s0: a link without a kind cannot be created again\n" in finished.stderr
    assert "ipwrap: the state is not reached; see the lines above\n" in finished.stderr


def test_the_host_is_saved_as_a_script(host: Session, tmp_path: Path) -> None:
    """The live state, the state of a file and that of a recording become the same commands."""
    snapshot, recording = tmp_path / "lab.json", tmp_path / "lab.jsonl"
    host.snapshot().save(snapshot)
    live = run_in_place(host, "save", "--format", "plain")
    host.close()
    host.recording.save(recording)

    from_file = run_in_place_less("save", "--format", "plain", str(snapshot))
    from_recording = run_in_place_less("save", "--format", "plain", str(recording))

    assert "ip -n blue addr add 10.0.0.2/24 dev eth0\n" in live.stdout
    assert [live.stdout, live.stdout] == [from_file.stdout, from_recording.stdout]


def run_in_place_less(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run `ipwrap` on this host, for commands that read files only."""
    argv = (sys.executable, "-m", "ipwrap", *arguments)
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)


def test_the_host_is_saved_as_a_lab(host: Session, tmp_path: Path) -> None:
    """Namespaces are nodes, and a pair is a link; what no lab has is a comment, and on stderr."""
    path = tmp_path / "copy.toml"
    host.exec("mkdir", "-p", "/run/utsns")
    host.exec("touch", "/run/utsns/red", "/run/utsns/stale")
    host.exec("unshare", "--uts=/run/utsns/red", "hostname", "red.example")

    finished = run_in_place(host, "save", "--format", "lab", "-o", str(path))

    lines = [line.removeprefix("ipwrap: ") for line in finished.stderr.splitlines()]
    topology = read_lab(path)
    assert (0, "") == (finished.returncode, finished.stdout)
    assert lines[0].startswith("not in a lab: ip link add name br0 ")
    assert "not in a lab: ip link set dev br0 up" == lines[1]
    assert [f"# {line}" for line in lines] == path.read_text().splitlines()[:2]
    assert ("copy", ["blue", "red"]) == (topology.name, [node.name for node in topology.nodes])
    assert [None, "red.example"] == [node.hostname for node in topology.nodes]
    (link,) = topology.links
    assert {("10.0.0.1/24",), ("10.0.0.2/24",)} == {end.addresses for end in link.ends}


def test_a_pattern_and_json(host: Session, tmp_path: Path) -> None:
    """`--netns` chooses namespaces, `-o` writes a file, and JSON has the notes."""
    path = tmp_path / "red.json"

    finished = run_in_place(
        host, "save", "--netns", "red", "--format", "json", "--stand-in", "veth", "-o", str(path)
    )

    saved = json.loads(path.read_text())
    assert (0, "", "") == (finished.returncode, finished.stdout, finished.stderr)
    assert ["ip", "netns", "add", "red"] == saved["commands"][0]["argv"]
    note = "eth0 in red: a veth stands in for one end of a veth pair, whose other end is in no "
    assert [f"{note}namespace of the script"] == saved["notes"]
