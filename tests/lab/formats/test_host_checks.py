"""A file of a lab over several hosts becomes a topology, or an error with its place."""

from pathlib import Path

import pytest

from ipwrap.errors import LabFileError
from ipwrap.lab.formats import parse_lab, read_lab
from ipwrap.lab.topology import HostSpec

FILE = Path("tests/cases/lab_files/over-hosts.toml")
TEXT = FILE.read_text(encoding="utf-8")


def test_every_key() -> None:
    """Hosts, the rule and the hosts of nodes are in the topology."""
    topology = read_lab(FILE)

    assert topology.hosts == (
        HostSpec(name="lab1", ssh="root@lab1", underlay="192.0.2.1"),
        HostSpec(name="lab2", ssh="admin@lab2", underlay="192.0.2.2", sudo=True),
    )
    assert {"web*": "lab1", "*": "lab2"} == topology.place
    assert ["lab1", "lab2", "lab1"] == [topology.host_of(node) for node in topology.nodes]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '"web*" = "lab1"',
            '"web*" = "lab9"',
            "14:1: place.\"web*\": there is no host 'lab9'; there",
        ),
        ('host = "lab1"', 'host = "lab3"', "22:1: nodes.db.host: there is no host 'lab3'; there"),
        ('"*" = "lab2"', "", "19:8: nodes.client: is on no host; give it host, or give place the"),
        ('underlay = "192.0.2.2"\n', "", "8:8: hosts.lab2: has no underlay, the address by which"),
        ("192.0.2.2", "192.0.2.1", "10:1: hosts.lab2.underlay: is the address of lab1, too"),
        ("192.0.2.2", "fd00::2", "24:3: links[0]: joins two hosts whose underlay addresses are of"),
        (
            "192.0.2.2",
            "192.0.2.2/24",
            "10:1: hosts.lab2.underlay: '192.0.2.2/24' does not appear to be",
        ),
        ("root@lab1", "-oProxyCommand=id", "5:1: hosts.lab1.ssh: destination: "),
        ('ssh = "root@lab1"', "", "4:8: hosts.lab1: the key ssh is missing: How it is reached"),
        ("sudo = true", 'sudo = "yes"', "11:1: hosts.lab2.sudo: is text, and should be true or"),
        ("[hosts.lab1]", '[hosts."a/b"]', "4:8: hosts.\"a/b\": lab: host: 'a/b' is no name"),
    ],
)
def test_place_of_a_mistake(old: str, new: str, message: str) -> None:
    """A mistake is told with file, line, column and key."""
    with pytest.raises(LabFileError) as raised:
        parse_lab(TEXT.replace(old, new, 1), "toml", name="lab.toml")

    assert str(raised.value).startswith(f"lab.toml:{message}")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("nodes: {h1: {host: lab1}}", "nodes.h1.host"),
        ('place: {"*": lab1}\nnodes: {h1: }', 'place."*"'),
    ],
)
def test_hosts_that_no_table_has(text: str, key: str) -> None:
    """Without a table of hosts, there is none to name."""
    with pytest.raises(LabFileError) as raised:
        parse_lab(text, "yaml", name="lab.yaml")

    assert f"{key}: there is no host 'lab1'; the file has no table of hosts" in str(raised.value)
