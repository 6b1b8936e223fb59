"""A topology that is written as a file is read again as the same one."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipwrap.errors import InvalidArgument
from ipwrap.lab.formats import parse_lab, write_lab
from ipwrap.lab.formats.document import FileFormat
from ipwrap.lab.topology import HostSpec, LinkSpec, NodeSpec, PortSpec, ProcessSpec, Topology
from ipwrap.qdiscs import Netem

NAMES = st.text("abcXY019._-é ", min_size=1, max_size=6).filter(lambda name: name.strip(". "))
LINKS = st.text("abc019._-", min_size=1, max_size=8).filter(lambda name: name.strip("."))
ADDRESSES = st.sampled_from(("10.0.0.1/24", "fd00::1/64")).flatmap(
    lambda first: st.sampled_from(((), (first,), (first, "192.0.2.9/32")))
)
LINES = st.sampled_from(("ping -c 1 h2", "sh -c 'echo \"a\" | cat'", "true"))
NETEMS = st.sampled_from((Netem(), Netem(delay="10ms"), Netem(loss=1.5, rate="10mbit"), None))
FILE_TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=20
)
PROCESSES = st.builds(
    ProcessSpec,
    line=LINES,
    name=st.none() | st.just("web"),
    ready_port=st.none() | st.integers(1, 65535),
)

HOSTS = (
    HostSpec(name="lab1", ssh="root@lab1", underlay="192.0.2.1"),
    HostSpec(name="lab.2", ssh="lab2", underlay="192.0.2.2", sudo=True),
)


def nodes(name: str) -> st.SearchStrategy[NodeSpec]:
    """Return a strategy of nodes of a name."""
    return st.builds(
        NodeSpec,
        name=st.just(name),
        role=st.sampled_from(("node", "switch", "router")),
        addresses=ADDRESSES,
        routes=st.sampled_from(((), ("default via 10.0.0.1",))),
        sysctls=st.dictionaries(
            st.sampled_from(("net.ipv4.ip_forward", "net/ipv4/conf/a.1/rp_filter")), st.just("1")
        ),
        hostname=st.none() | st.just("h1.example"),
        files=st.dictionaries(st.sampled_from(("hosts", "resolv.conf")), FILE_TEXTS),
        commands=st.lists(LINES, max_size=2).map(tuple),
        processes=st.lists(PROCESSES, max_size=2).map(tuple),
    )


def ends(names: list[str]) -> st.SearchStrategy[PortSpec]:
    """Return a strategy of ends at one of the nodes."""
    return st.builds(
        PortSpec,
        node=st.sampled_from(names),
        addresses=st.none() | ADDRESSES,
        netem=NETEMS,
        netem_to=st.dictionaries(st.sampled_from(names), NETEMS.filter(bool), max_size=1),
    )


@st.composite
def topologies(draw: Any) -> Topology:
    """Return a strategy of topologies."""
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    pairs = st.tuples(ends(names), ends(names))
    mtu = st.none() | st.integers(68, 65535)
    hosts = draw(st.sampled_from(((), HOSTS)))
    return Topology(
        name=draw(st.from_regex(r"[a-z0-9+-][a-z.]*", fullmatch=True)),
        nodes=tuple(draw(nodes(name)) for name in names),
        links=tuple(draw(st.lists(st.builds(LinkSpec, ends=pairs, mtu=mtu), max_size=2))),
        pools=draw(st.sampled_from(((), ("10.0.0.0/16",)))),
        routes=draw(st.sampled_from(("auto", "none"))),
        hostnames=draw(st.booleans()),
        hosts=hosts,
        place={"a*": "lab.2", "*": "lab1"} if hosts else {},
    )


@given(topologies(), st.sampled_from(("toml", "yaml", "json")))
@settings(max_examples=60)
def test_round_trip(topology: Topology, format: FileFormat) -> None:  # noqa: A002
    """Whatever is written is read as the same topology."""
    assert topology == parse_lab(write_lab(topology, format), format)


def test_text_of_toml() -> None:
    """A node and a link are tables, and nothing of the defaults is written."""
    topology = Topology(
        nodes=(NodeSpec(name="h1"), NodeSpec(name="h.2", files={"hosts": "a\n"})),
        links=(
            LinkSpec(
                ends=(
                    PortSpec(node="h1", interface="eth0", netem=Netem(delay="1ms")),
                    PortSpec(node="h.2", addresses=("10.0.0.1/24",)),
                )
            ),
        ),
    )

    assert """\
name = "lab"

[nodes.h1]

[nodes."h.2"]
files = { hosts = "a\\n" }

[[links]]
ends = ["h1:eth0", "h.2"]
addresses = ["auto", ["10.0.0.1/24"]]
netem = ["delay 1ms", "none"]
""" == write_lab(topology)


def test_text_of_hosts() -> None:
    """Each host is a table, and so is the rule."""
    topology = Topology(
        hosts=HOSTS, place={"*": "lab1"}, nodes=(NodeSpec(name="h1", host="lab.2"),)
    )

    assert """\
name = "lab"

[hosts.lab1]
ssh = "root@lab1"
underlay = "192.0.2.1"

[hosts."lab.2"]
ssh = "lab2"
underlay = "192.0.2.2"
sudo = true

[place]
"*" = "lab1"

[nodes.h1]
host = "lab.2"
""" == write_lab(topology)


def test_a_host_without_a_destination() -> None:
    """A host whose session was given cannot be written."""
    with pytest.raises(InvalidArgument, match="host lab1 has no destination of ssh"):
        write_lab(Topology(hosts=(HostSpec(name="lab1"),)))


def test_long_list() -> None:
    """A list that is too long for a line has a line for each item."""
    lines = tuple(f"ip route add 10.{number}.0.0/16 via 10.0.0.1" for number in range(3))
    text = write_lab(Topology(nodes=(NodeSpec(name="h1", commands=lines),)))

    assert "commands = [\n" + "".join(f'    "{line}",\n' for line in lines) + "]\n" in text


@pytest.mark.parametrize(
    "topology", [Topology(name="a b"), Topology(nodes=(NodeSpec(name="a:b"),))]
)
def test_name_that_no_file_has(topology: Topology) -> None:
    """A name that could not be read again is refused."""
    with pytest.raises(InvalidArgument):
        write_lab(topology)
