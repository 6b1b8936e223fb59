"""`Session.tree` and `Session.draw`."""

from pathlib import Path

import pytest

from ipwrap import Session, UnknownOption
from ipwrap.kinds import Bridge, Veth, Vxlan
from tests.labs import build_pair

# A namespace that a process keeps alive, without its name.
UNNAMED = """
ip netns add gone
ip link add veth1 up type veth peer name eth0 netns gone
ip netns exec gone sh -c 'ip link set eth0 up; sleep 600 >/dev/null 2>&1 &'
ip netns delete gone
"""


def build_overlay(session: Session) -> None:
    """Build two nodes with a vxlan tunnel between their bridges, and a pod on each."""
    for name in ("node1", "node2", "pod1", "pod2"):
        session.ip.netns.add(name)
    session.netns("node1").ip.link.add("eth0", Veth(peer="eth0", peer_netns="node2"), up=True)
    session.netns("node2").ip.link.set("eth0", up=True)

    for number, far_number in ((1, 2), (2, 1)):
        node = session.netns(f"node{number}")
        node.ip.address.add(f"192.168.0.{number}/24", dev="eth0")
        node.ip.link.add("br0", Bridge(), up=True)
        vxlan = Vxlan(id=42, remote=f"192.168.0.{far_number}", dev="eth0", dstport=4789)
        node.ip.link.add("vxlan42", vxlan, master="br0", up=True)

        # Both pods look the same: the recorded commands tell them apart.
        pair = Veth(peer="eth0", peer_netns=f"pod{number}")
        node.ip.link.add("veth1", pair, master="br0", up=True)
        pod = session.netns(f"pod{number}")
        pod.ip.address.add(f"10.0.0.{number}/24", dev="eth0")
        pod.ip.link.set("eth0", up=True)


OVERLAY_TREE = [
    "node1",
    "├─ eth0 <-> node2:eth0 192.168.0.1/24",
    "└─ br0 (bridge)",
    "   ├─ vxlan42 (vxlan id 42 remote 192.168.0.2) <-> node2:vxlan42",
    "   └─ veth1 <-> pod1:eth0",
    "node2",
    "├─ eth0 <-> node1:eth0 192.168.0.2/24",
    "└─ br0 (bridge)",
    "   ├─ vxlan42 (vxlan id 42 remote 192.168.0.1) <-> node1:vxlan42",
    "   └─ veth1 <-> pod2:eth0",
    "pod1",
    "└─ eth0 <-> node1:veth1 10.0.0.1/24",
    "pod2",
    "└─ eth0 <-> node2:veth1 10.0.0.2/24",
]


@pytest.mark.live
def test_tree_of_an_overlay(session: Session) -> None:
    """The tree says where each cable and tunnel ends."""
    build_overlay(session)

    assert OVERLAY_TREE == session.tree().splitlines()


@pytest.mark.live
def test_recording_alone_has_the_same_tree(session: Session, tmp_path: Path) -> None:
    """Played back, where the kernel cannot be asked, the recorded commands decide."""
    build_overlay(session)
    session.tree()
    path = session.recording.save(tmp_path / "a.jsonl")

    with Session.playback(path) as playback:
        build_overlay(playback)
        assert OVERLAY_TREE == playback.tree().splitlines()


@pytest.mark.live
def test_end_in_a_container_is_told(session: Session) -> None:
    """A peer in a namespace without a name is told as such, though another link looks the same."""
    session.exec("sh", "-c", UNNAMED)
    index = session.ip.link.show("veth1")[0].ifindex
    session.ip.netns.add("red")
    session.ip.netns.add("blue")
    lookalike = Veth(peer="eth0", peer_netns="red")
    session.netns("blue").ip.link.add("veth9", lookalike, index=index)

    assert [
        "(sandbox)",
        "└─ veth1 <-> an unnamed namespace",
        "blue",
        "└─ veth9 <-> red:eth0 down",
        "red",
        "└─ eth0 <-> blue:veth9 down",
    ] == session.tree().splitlines()


@pytest.mark.live
def test_drawing_of_a_session_is_saved(session: Session, tmp_path: Path) -> None:
    """`draw` returns mermaid by default, which `save` writes to a file."""
    build_pair(session)

    drawing = session.draw()
    path = drawing.save(tmp_path / "lab.mmd")

    assert str(drawing) == path.read_text(encoding="utf-8")
    assert str(drawing).startswith("flowchart LR\n")
    assert '-- "to-red" ---' in str(drawing)


@pytest.mark.live
def test_unknown_format_is_refused(session: Session) -> None:
    """The error names the formats."""
    with pytest.raises(UnknownOption, match="format: 'gif' is not one of mermaid, dot, svg, png"):
        session.draw("gif")


@pytest.mark.live
def test_markdown_export_ends_with_the_picture(session: Session) -> None:
    """The exporter takes a drawing, and puts it into a block of mermaid."""
    build_pair(session)
    drawing = session.draw()

    text = session.export("markdown", picture=str(drawing), reads=False)

    assert text.endswith(f"\n```mermaid\n{str(drawing).rstrip()}\n```\n")
