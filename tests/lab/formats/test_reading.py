"""A file of a lab becomes a topology, or an error with its place."""

from pathlib import Path

import pytest

from ipwrap.errors import LabFileError
from ipwrap.lab.formats import parse_lab, read_lab
from ipwrap.lab.topology import LinkSpec, NodeSpec, PortSpec, ProcessSpec, Topology
from ipwrap.qdiscs import Netem

CASES = Path("tests/cases/lab_files")
TEXT = (CASES / "two-hosts.toml").read_text(encoding="utf-8")


def test_every_key() -> None:
    """Each key of a file is in the topology."""
    expected = Topology(
        name="two-hosts",
        pools=("10.0.0.0/16", "fd00::/48"),
        routes="none",
        hostnames=True,
        nodes=(
            NodeSpec(
                name="h1",
                addresses=("192.0.2.1/32",),
                routes=("default via 10.0.0.1",),
                sysctls={"net.ipv4.ip_forward": "1", "net.ipv4.conf.all.rp_filter": "2"},
                files={"hosts": "10.0.0.3 h2\n"},
                hostname="h1.example",
                commands=("ip link set lo up",),
                processes=(
                    ProcessSpec(line="sleep 100", name="idle"),
                    ProcessSpec(line="sleep 200"),
                ),
            ),
            NodeSpec(name="h2"),
            NodeSpec(name="sw1", role="switch", addresses=("10.0.0.1/24",)),
        ),
        links=(
            LinkSpec(
                ends=(
                    PortSpec(
                        node="h1",
                        interface="eth0",
                        addresses=("10.0.0.2/24",),
                        netem=Netem(delay="10ms", loss=1),
                        netem_to={"h2": Netem(delay="100ms")},
                    ),
                    PortSpec(node="sw1", addresses=()),
                ),
                mtu=1400,
            ),
            LinkSpec(
                ends=(
                    PortSpec(node="h2", interface="eth0", addresses=("10.0.0.3/24",)),
                    PortSpec(node="sw1", interface="p2", addresses=()),
                )
            ),
            LinkSpec(
                ends=(
                    PortSpec(node="h1", netem=Netem(delay="5ms")),
                    PortSpec(node="h2", netem=Netem(delay="5ms")),
                )
            ),
        ),
    )

    assert expected == read_lab(CASES / "two-hosts.toml")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"sw1"]', '"sw9"]', "26:20: links[0].ends[1]: 'sw9' is no node; there are h1, h2, sw1"),
        ("mtu = 1400", 'mtu = "1400"', "28:1: links[0].mtu: is text, and should be a whole"),
        ("mtu", "mtuu", "28:1: links[0].mtuu: there is no such key; did you mean 'mtu'?"),
        ("delay 10ms", "dealy 10ms", "29:10: links[0].netem[0]: there is no 'dealy' of netem"),
        ("loss 1%", "loss x", "29:10: links[0].netem[0]: 'delay 10ms loss x' are no words"),
        ("10.0.0.2/24", "10.0.0.300/24", "27:15: links[0].addresses[0][0]: '10.0.0.300/24' is"),
        ("default via", "default vai", "9:11: nodes.h1.routes[0]: 'default vai 10.0.0.1' cannot"),
        ("sleep 200", "a | b", "12:53: nodes.h1.processes[1]: '|' is for a shell"),
        ('"switch"', '"swich"', "22:1: nodes.sw1.role: there is no 'swich'"),
        ("[nodes.sw1]", "[nodes.sw1", "21:11: is no TOML: "),
        ("[nodes.h1]", '[nodes."h1:x"]', '7:8: nodes."h1:x": the name'),
        ("hosts =", '"../hosts" =', '10:11: nodes.h1.files."../hosts": '),
        ("sw1:p2", "sw1:p2345678901234567", "33:20: links[1].ends[1]: link: "),
        ('"h2:eth0"', '"h1:eth0"', "33:9: links[1].ends[0]: node h1 has two links 'eth0'; first"),
        ('ends = ["h1", "h2"]', "", "36:3: links[2]: the key ends is missing"),
        ('"h1", "h2"', '"h1"', "37:1: links[2].ends: has 1 members, and should have 2"),
        ("{ delay", "{ dealy", "38:11: links[2].netem.dealy: there is no such key; did you mean"),
        ('delay = "5ms"', 'delay = "5foo"', "38:1: links[2].netem: '5foo' is not a time"),
        ("10.0.0.0/16", "10.0.0.1/16", "3:10: pools[0]: '10.0.0.1/16' is no prefix"),
        ("h1.example", "h1_example", "13:1: nodes.h1.hostname: 'h1_example' is no hostname"),
        ("= true", "= 1", "5:1: hostnames: is a number, and should be true or false"),
        ("two-hosts", "two hosts", "2:1: name: 'two hosts' is no name"),
    ],
)
def test_place_of_a_mistake(old: str, new: str, message: str) -> None:
    """A mistake is told with file, line, column and key."""
    with pytest.raises(LabFileError) as raised:
        parse_lab(TEXT.replace(old, new, 1), "toml", name="lab.toml")

    assert f"lab.toml:{message}" in str(raised.value)


def test_parts_of_an_error() -> None:
    """The error has its place as attributes, too."""
    with pytest.raises(LabFileError) as raised:
        parse_lab("links = [{ends = ['a', 'b']}]", "toml", name="x.toml")

    error = raised.value
    assert ("x.toml", 1, 19, "links[0].ends[0]") == (
        error.path,
        error.line,
        error.column,
        error.key,
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nodes:\n  1:\n", "lab.yaml:2:3: nodes[1]: the name 1 is no text; put it in quotes"),
        ("nodes:\n  a:\n  a:\n", "lab.yaml:3:3: is no YAML: 'a' is given twice; first in line 2"),
        ("nodes: [\n", "lab.yaml:2:1: is no YAML: "),
        ("name: no\n", "lab.yaml:1:1: name: is a boolean, and should be a name; put it in quotes"),
        ("", "lab.yaml: is empty"),
        ("- a\n", "lab.yaml: is a list, and should be a table of name"),
    ],
)
def test_mistakes_of_yaml(text: str, message: str) -> None:
    """Mistakes of YAML have a place as well."""
    with pytest.raises(LabFileError) as raised:
        parse_lab(text, "yaml", name="lab.yaml")

    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"nodes": {,', "lab.json:1:12: is no JSON: "),
        (
            '{"nodes": {"a": {},\n "a": {}}}',
            "lab.json:2:2: nodes.a: is given twice; first in line 1",
        ),
        ("[" * 100_000, "lab.json: is nested too deep"),
    ],
)
def test_mistakes_of_json(text: str, message: str) -> None:
    """Mistakes of JSON are told; json itself takes the last of two keys."""
    with pytest.raises(LabFileError) as raised:
        parse_lab(text, "json", name="lab.json")

    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    ("data", "message"),
    [(None, "cannot be read: No such file"), (b"name = '\xff'", ":1: is not UTF-8")],
)
def test_unreadable_file(tmp_path: Path, data: bytes | None, message: str) -> None:
    """A file that is missing, or no text, is refused."""
    path = tmp_path / "lab.toml"
    if data is not None:
        path.write_bytes(data)

    with pytest.raises(LabFileError, match=message):
        read_lab(path)


def test_suffix_without_a_format() -> None:
    """A file of another suffix is refused, with those that there are."""
    with pytest.raises(LabFileError, match="there are"):
        read_lab("lab.ini")


def test_name_of_the_file(tmp_path: Path) -> None:
    """A lab without a name has that of its file."""
    path = tmp_path / "office.lab.toml"
    path.write_text("[nodes.a]\n")

    assert "office" == read_lab(path).name
