"""Topology files of containerlab are read as far as they map, and refused by name beyond that."""

from pathlib import Path

import pytest

from ipwrap.errors import LabFileError, LabFileWarning
from ipwrap.lab.formats import parse_lab
from ipwrap.lab.topology import LinkSpec, NodeSpec, PortSpec, Topology

TEXT = Path("tests/cases/lab_files/containerlab.clab.yml").read_text(encoding="utf-8")

MAC = "40:11: topology.links[1].endpoints[1].mac: 'mac' has no counterpart in a lab of ipwrap"
NETWORK = "19:7: topology.nodes.pc1.network-mode: node pc1: network-mode '"


def test_topology() -> None:
    """Nodes, bridges, links, exec, and what groups, kinds and defaults say."""
    with pytest.warns(LabFileWarning):
        topology = parse_lab(TEXT, "yaml")

    assert (
        Topology(
            name="office",
            nodes=(
                NodeSpec(
                    name="pc1",
                    sysctls={"net.ipv4.ip_forward": "0"},
                    commands=(
                        "ip addr add 10.1.0.2/24 dev eth1",
                        "ip route add default via 10.1.0.1",
                    ),
                    hostname="pc1",
                ),
                NodeSpec(
                    name="gw",
                    sysctls={"net.ipv4.ip_forward": "1"},
                    commands=("ip addr add 10.1.0.1/24 dev eth1",),
                    hostname="gw",
                ),
                NodeSpec(name="floor1", role="switch"),
            ),
            links=(
                LinkSpec(
                    ends=(
                        PortSpec(node="pc1", interface="eth1", addresses=()),
                        PortSpec(node="floor1", interface="p1", addresses=()),
                    ),
                    mtu=1400,
                ),
                LinkSpec(
                    ends=(
                        PortSpec(node="gw", interface="eth1", addresses=()),
                        PortSpec(node="floor1", interface="p2", addresses=()),
                    )
                ),
            ),
        )
        == topology
    )


def test_what_has_no_effect() -> None:
    """Each key without an effect is told once, with the nodes that have it."""
    with pytest.warns(LabFileWarning) as warned:
        parse_lab(TEXT, "yaml", name="x.yml")

    assert [
        "x.yml: mgmt has no effect here",
        "x.yml: image has no effect here (defaults)",
        "x.yml: ports has no effect here (gw)",
    ] == [str(warning.message) for warning in warned]


@pytest.mark.filterwarnings("ignore::ipwrap.errors.LabFileWarning")
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kind: bridge", "kind: nokia_srlinux", "30:7: topology.nodes.floor1.kind: node floor1: "),
        ("sleep infinity", "/sbin/init", "19:7: topology.nodes.pc1.cmd: node pc1: '/sbin/init'"),
        ("ip addr add 10.1.0.2", "iptables -A", "21:11: topology.nodes.pc1.exec[0]: node pc1: "),
        ("type: veth", "type: macvlan", "34:7: topology.links[1].type: a link of type 'macvlan'"),
        ('"pc1:eth1"', '"host:eth1"', "32:19: topology.links[0].endpoints[0]: 'host:eth1' leads"),
        ('"pc1:eth1"', '"pc9:eth1"', "32:19: topology.links[0].endpoints[0]: 'pc9' is no node"),
        ("ports:", "startup-config:", "25:7: topology.nodes.gw.startup-config: 'startup-config'"),
        ("mtu: 1400", "mtu: big", "33:7: topology.links[0].mtu: is text, and should be a whole"),
        ("interface: p2", "interface: p2\n          mac: 02:00:00:00:00:01", MAC),
        ("interface: p2", "interface: p2\n          macc: x", MAC.replace("mac", "macc", 2)),
        ("sleep infinity", "bash -c /start.sh", "19:7: topology.nodes.pc1.cmd: node pc1: 'bash -c"),
        ("cmd: sleep infinity", "network-mode: host", NETWORK),
        ("cmd: sleep infinity", "network-mode: container:gw", NETWORK),
        ("    kind: linux\n", "", "17:5: topology.nodes.pc1: node pc1: the key kind is missing"),
    ],
)
def test_refused(old: str, new: str, message: str) -> None:
    """What namespaces and links cannot be is refused, with its place and name."""
    with pytest.raises(LabFileError) as raised:
        parse_lab(TEXT.replace(old, new, 1), "yaml", name="x.yml")

    assert str(raised.value).startswith(f"x.yml:{message}")


@pytest.mark.filterwarnings("ignore::ipwrap.errors.LabFileWarning")
@pytest.mark.parametrize("line", ["/bin/sleep infinity", "/bin/bash", "tail -f /dev/null", "''"])
def test_programs_that_keep_a_container_alive(line: str) -> None:
    """By their names, wherever they are; a lab needs none."""
    assert parse_lab(TEXT.replace("sleep infinity", line, 1), "yaml") == parse_lab(TEXT, "yaml")


def test_keys_of_an_end_without_effect() -> None:
    """A table of an end may have variables, which are told."""
    text = TEXT.replace("interface: p2", "interface: p2\n          vars: {}", 1)
    with pytest.warns(LabFileWarning) as warned:
        parse_lab(text, "yaml", name="x.yml")
    assert "x.yml: vars has no effect here (1)" in [str(warning.message) for warning in warned]


@pytest.mark.filterwarnings("ignore::ipwrap.errors.LabFileWarning")
def test_a_network_mode_of_docker_s_own() -> None:
    """The networks that Docker would make for a node are none of a lab's."""
    text = TEXT.replace("cmd: sleep infinity", "network-mode: none", 1)
    assert parse_lab(text, "yaml") == parse_lab(TEXT, "yaml")


def test_node_with_several_links() -> None:
    """A container with several links forwards, as on a host with Docker."""
    topology = parse_lab(
        "topology:\n  nodes: {a: {kind: linux}, b: {kind: linux}}\n"
        "  links:\n  - endpoints: [a:e1, b:e1]\n  - endpoints: [a:e2, a:e3]\n",
        "yaml",
    )

    assert [{"net.ipv4.ip_forward": "1"}, {}] == [node.sysctls for node in topology.nodes]


def test_a_name_that_is_no_hostname() -> None:
    """Such a node has none, and the lab is read."""
    text = "name: lab\ntopology:\n  nodes:\n    pod_1: {kind: linux}\n    pod2: {kind: linux}\n"

    topology = parse_lab(text, "yaml")

    assert [None, "pod2"] == [node.hostname for node in topology.nodes]
