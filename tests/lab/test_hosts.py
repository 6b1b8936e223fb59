"""A lab over several hosts: sessions by name, placement, one that is lost. Real sshds."""

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from ipwrap import ConnectionLost, InvalidArgument, PlaceError, Session, Ssh, until
from ipwrap.lab import HostSpec, Lab, LinkSpec, NodeSpec, PortSpec, Topology
from ipwrap.lab.formats import parse_lab
from ipwrap.lab.hosts import host_record
from tests.cli.running import run_ipwrap
from tests.remote_hosts import END_SSHDS, NAMES, FarHosts

ROOT = Path(__file__).parents[2]
# Of a program in a node: the sshds of its host, in whose network the shell that started it is.
END_OWN_SSHD = END_SSHDS.replace("/proc/self/", "/proc/$PPID/")
PING = ("ping", "-c", "1", "-w", "20")
RULE = {"a*": "lab1", "*": "lab2"}
HOSTS = {"lab1": Ssh("root@lab1"), "lab2": Ssh("root@lab2")}
UNDERLAY = {"lab1": "192.0.2.1", "lab2": "192.0.2.2"}
TOPOLOGY = Topology(
    hosts=(
        HostSpec(name="lab1", ssh="root@lab1", underlay="192.0.2.1"),
        HostSpec(name="lab2", ssh="root@lab2", underlay="192.0.2.2", sudo=True),
    ),
    place=RULE,
    nodes=(NodeSpec(name="a1"), NodeSpec(name="b1"), NodeSpec(name="a2", host="lab2")),
    links=(LinkSpec(ends=(PortSpec(node="a1"), PortSpec(node="b1"))),),
)


def places(remote_hosts: FarHosts) -> dict[str, Ssh]:
    """Return the machines as the hosts of a lab."""
    return {f"lab{number}": remote_hosts.place(name) for number, name in enumerate(NAMES, start=1)}


@contextmanager
def open_lab(remote_hosts: FarHosts, **options: Any) -> Iterator[Lab]:
    """A lab over both machines, that is taken down in the end, and deleted after a failure."""
    (addresses,) = remote_hosts.add_underlay("192.0.2.")
    underlay = dict(zip(("lab1", "lab2"), addresses.values(), strict=True))
    options = {"place": RULE, "pools": ("10.0.0.0/16", "fd00::/48")} | options
    try:
        with Lab(places(remote_hosts), underlay=underlay, **options) as lab:
            yield lab
            lab.down()
    finally:
        remote_hosts.delete_namespaces()


def office(lab: Lab) -> None:
    """Declare three hosts on a switch, two of them on the switch's host, one behind a router."""
    switch = lab.switch("switch", host="lab1")
    for name in ("a1", "a2", "b1"):
        lab.link(lab.node(name), switch)
    lab.link(lab.router("b-router"), switch)
    lab.link(lab.node("b2"), "b-router")


def lose(session: Session) -> None:
    """Cut the connection of a session off."""
    process = session.place._connections[0].process  # type: ignore[attr-defined]
    process.kill()
    process.wait()


def test_nodes_of_two_hosts_reach_each_other(remote_hosts: FarHosts) -> None:
    """Switches, routers, pools and routes are those of a lab on one host, in both families."""
    with open_lab(remote_hosts) as lab:
        office(lab)
        lab.up()

        with pytest.raises(PlaceError, match="b1 is on another machine"):
            lab.get("b1").call(os.getpid)
        assert {"host1": ["a1", "a2", "switch"], "host2": ["b-router", "b1", "b2"]} == (
            remote_hosts.namespaces()
        )
        for node in (lab.get("a1"), lab.get("b1")):
            for address in lab.get("b2").addresses:
                # The link-local addresses of IPv6 take a second or two until routers use them.
                target = address.partition("/")[0]
                node.wait_for(until.succeeds(*PING, target), timeout=60)

    assert {"host1": [], "host2": []} == remote_hosts.namespaces()


def test_nodes_of_two_hosts_have_hostnames(remote_hosts: FarHosts) -> None:
    """Each host makes the hostnames of its nodes, which find those of the other host by name."""
    with open_lab(remote_hosts, hostnames=True) as lab:
        office(lab)
        lab.up()

        for name in ("a1", "b2"):
            assert f"{name}\n" == lab.get(name).exec("hostname").stdout
        for name in ("a1", "b1"):
            found = lab.get(name).exec("getent", "ahostsv4", "b2").stdout.split()
            assert found[0] in [text.partition("/")[0] for text in lab.get("b2").addresses]

        plan = lab.topology()
        nodes = [evolve(n, hostname="other") if n.name == "b2" else n for n in plan.nodes]
        lab.apply(evolve(plan, nodes=tuple(nodes)))
        assert "other\n" == lab.get("b2").exec("hostname").stdout


def test_a_topology_is_changed_over_hosts(remote_hosts: FarHosts) -> None:
    """A node that moves to another host is made anew there, and its link with it."""
    with open_lab(remote_hosts) as lab:
        office(lab)
        plan = lab.up().topology()
        moved = [evolve(n, host="lab2") if n.name == "a2" else n for n in plan.nodes]

        lab.apply(evolve(plan, nodes=tuple(moved)))

        assert "a2" in remote_hosts.namespaces()["host2"]
        assert lab.get("a1").exec(*PING, lab.get("a2").address).ok
        lab.apply(evolve(plan, nodes=tuple(moved), links=plan.links[:2]))
        assert ["lo"] == [link.ifname for link in lab.get("b1").ip.link.show()]

        lab.apply(evolve(plan, place={"b1": "lab1"} | RULE))
        assert ["a1", "a2", "b1", "switch"] == remote_hosts.namespaces()["host1"]
        assert lab.get("b1").exec(*PING, lab.get("b2").address).ok


SCRIPT = """
import sys
from pathlib import Path
from ipwrap import ConnectionLost, Ssh
from ipwrap.lab import Lab

config, folder, is_cut = sys.argv[1:]
hosts = {"lab1": Ssh("host1", config=config), "lab2": Ssh("host2", config=config)}
underlay = {"lab1": "192.0.2.1", "lab2": "192.0.2.2"}
rule = {"a*": "lab1", "*": "lab2"}
with Lab(
    hosts, underlay=underlay, place=rule, pools="10.0.0.0/16", record=f"{folder}/lab.jsonl"
) as lab:
    for name in ("a1", "b1"):
        lab.link(lab.node(name), lab.switch(f"{name}-switch"))
    lab.link("a1-switch", "b1-switch")
    pulled = lab.link("a1", "b1", mtu=1400)
    lab.up()
    pulled.pull()
    if is_cut == "cut":
        process = lab.sessions["lab2"].place._connections[0].process
        process.kill()
        process.wait()
        try:
            lab.link(lab.node("a2"), lab.node("b2"))
        except ConnectionLost as error:
            print(error)
    for host, script in lab.export().items():
        Path(folder, f"{host}.sh").write_text(script)
"""


def build_elsewhere(remote_hosts: FarHosts, folder: Path, *options: str) -> str:
    """Build a lab in another process, which leaves it there; return what it printed."""
    remote_hosts.add_underlay("192.0.2.")
    argv = (sys.executable, "-c", SCRIPT, str(remote_hosts.config), str(folder), *options)
    completed = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert completed.returncode == 0, completed.stderr
    return completed.stdout


def run_on_hosts(remote_hosts: FarHosts, folder: Path, *words: str) -> None:
    """Run `ipwrap` for the recording of each host, there."""
    for host, name in zip(("lab1", "lab2"), NAMES, strict=True):
        ssh = ("--ssh", name, "--ssh-config", str(remote_hosts.config))
        result = run_ipwrap(*words, *ssh, str(folder / f"lab.{host}.jsonl"))
        assert 0 == result.exit_code, result.output


def test_scripts_rebuild_the_lab_on_both_hosts(
    remote_hosts: FarHosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each host has a recording: undone there, replayed there, and rebuilt there by its script."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    build_elsewhere(remote_hosts, tmp_path, "whole")
    namespaces = remote_hosts.namespaces()
    assert {"host1": ["a1", "a1-switch"], "host2": ["b1", "b1-switch"]} == namespaces

    run_on_hosts(remote_hosts, tmp_path, "undo")
    assert {"host1": [], "host2": []} == remote_hosts.namespaces()
    remote_hosts.wait_for_vnis()
    run_on_hosts(remote_hosts, tmp_path, "replay", "--yes", "--check")
    remote_hosts.delete_namespaces()

    for host, name in zip(("lab1", "lab2"), NAMES, strict=True):
        remote_hosts.run("sh", str(tmp_path / f"{host}.sh"), name=name)
    try:
        assert namespaces == remote_hosts.namespaces()
        remote_hosts.run("ip", "netns", "exec", "a1", *PING, "10.0.0.2")
    finally:
        remote_hosts.delete_namespaces()


def test_undo_cleans_both_hosts_after_a_loss(
    remote_hosts: FarHosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The recordings are complete as far as the lab came, also that of the lost host."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    printed = build_elsewhere(remote_hosts, tmp_path, "cut")
    assert "the connection to host2 was lost" in printed
    assert ["a1", "a1-switch", "a2"] == remote_hosts.namespaces()["host1"]

    run_on_hosts(remote_hosts, tmp_path, "undo")
    assert {"host1": [], "host2": []} == remote_hosts.namespaces()
    remote_hosts.wait_for_vnis()


def test_the_page_is_as_it_says(
    remote_hosts: FarHosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its Python builds a lab over both machines, with a script for each; its file is one."""
    remote_hosts.add_underlay("192.0.2.")
    page = (ROOT / "docs/how-to/other-hosts.md").read_text(encoding="utf-8")
    section = page.partition("## A lab over two hosts")[2]
    code = section.partition("```python\n")[2].partition("```")[0]
    monkeypatch.chdir(tmp_path)
    exec(code.replace("root@lab", "host").replace("Ssh(", "place("), {"place": remote_hosts.place})

    assert all("remote 192.0.2." in Path(f"lab{n}.sh").read_text(encoding="utf-8") for n in (1, 2))
    assert {"host1": [], "host2": []} == remote_hosts.namespaces()
    text = section.partition('title="over.toml"\n')[2].partition("```")[0]
    assert ["lab1", "lab2"] == [node.host for node in Lab.of(parse_lab(text, "toml")).nodes]


def test_a_host_that_is_cut_off_while_the_lab_is_made(remote_hosts: FarHosts) -> None:
    """The error of `up` names it, and `down` cleans both."""
    with open_lab(remote_hosts) as lab:
        office(lab)
        lab.node("b3", commands=shlex.join(("sh", "-c", END_OWN_SSHD)))
        with pytest.raises(ConnectionLost, match="connection to host2 was lost"):
            lab.up()
        assert ["lab2"] == lab.hosts.lost
        assert lab.get("a1").exec(*PING, lab.get("a2").address).ok
        lab.down()

    assert {"host1": [], "host2": []} == remote_hosts.namespaces()


def test_a_lost_host_leaves_the_others_usable(remote_hosts: FarHosts) -> None:
    """The error names the host; the other one works; `down` cleans both, by a new connection."""
    with open_lab(remote_hosts) as lab:
        office(lab)
        lab.up()
        lose(lab.sessions["lab2"])

        with pytest.raises(ConnectionLost, match="connection to host2 was lost"):
            lab.get("b1").exec("true")
        assert lab.get("a1").exec(*PING, lab.get("a2").address).ok
        late = lab.node("a3")
        lab.link(late, "switch")
        assert late.exec(*PING, lab.get("a1").address).ok

        with pytest.raises(ConnectionLost, match="connection to host2 was lost"):
            lab.link(lab.node("a4"), "b2")
        lab.down()

    assert {"host1": [], "host2": []} == remote_hosts.namespaces()


def test_a_host_that_stays_lost(remote_hosts: FarHosts) -> None:
    """The other host is cleaned up, the error tells why the lost one is not, and can be again."""
    with open_lab(remote_hosts) as lab:
        office(lab)
        lab.up()
        lose(lab.sessions["lab2"])

        away = remote_hosts.config.rename(remote_hosts.folder / "away")
        with pytest.raises(ConnectionLost, match="connection to host2 was lost") as raised:
            lab.down()
        assert "a new connection to host lab2 was not made" in raised.value.__notes__[0]
        assert [] == remote_hosts.namespaces()["host1"]

        away.rename(remote_hosts.config)
        lab.down()
        assert {"host1": [], "host2": []} == remote_hosts.namespaces()


def test_another_machine_is_not_cleaned_up(remote_hosts: FarHosts) -> None:
    """A new connection that leads to another machine, or to other namespaces, deletes nothing."""
    with open_lab(remote_hosts) as lab:
        lab.node("b1")
        lab.up()
        lose(lab.sessions["lab2"])

        text = remote_hosts.config.read_text(encoding="utf-8")
        pids = [str(remote_hosts.pids[name]) for name in NAMES]
        swapped = text.replace(f" {pids[1]} ", f" {pids[0]} ").replace("host2.conf", "host1.conf")
        known = (remote_hosts.folder / "host1.pub").read_text(encoding="ascii")
        known_hosts = remote_hosts.folder / "known"
        before = known_hosts.read_text(encoding="ascii")
        remote_hosts.config.write_text(swapped, encoding="utf-8")
        known_hosts.write_text(f"{before}host2 {known}", encoding="ascii")
        remote_hosts.run("ip", "netns", "add", "b1", name="host1")
        try:
            with pytest.raises(ConnectionLost) as raised:
                lab.down()
        finally:
            remote_hosts.config.write_text(text, encoding="utf-8")
            known_hosts.write_text(before, encoding="ascii")

        assert "lab2 is not the one of before" in raised.value.__notes__[0]
        assert {"host1": ["b1"], "host2": ["b1"]} == remote_hosts.namespaces()
        lab.down()
        assert {"host1": ["b1"], "host2": []} == remote_hosts.namespaces()


def test_what_one_host_refuses_does_not_stop_the_other(remote_hosts: FarHosts) -> None:
    """The end of a batch sends what is queued on every host, and raises the first failure."""
    with open_lab(remote_hosts) as lab:
        nodes = lab.node("a1"), lab.node("b1")
        lab.up()
        with pytest.raises(Exception, match="Cannot find device") as raised, lab.open_batch():
            for node in nodes:
                node.ip.link.set("missing", up=True)
                node.ip.link.set("lo", mtu=1400)

        assert [1400, 1400] == [node.ip.link.get("lo").mtu for node in nodes]
        assert raised.value.__notes__[-1].startswith("on another host: ")


def test_an_error_in_a_batch_is_raised_as_it_is(remote_hosts: FarHosts) -> None:
    """A block that does not come to its end sends nothing more."""
    with open_lab(remote_hosts) as lab:
        lab.up()
        with pytest.raises(InvalidArgument, match="stop"), lab.open_batch():
            raise InvalidArgument("stop")


def test_a_host_that_cannot_be_opened_closes_the_others(remote_hosts: FarHosts) -> None:
    """No connection is left behind a lab that was never opened."""
    lab = Lab(places(remote_hosts) | {"lab3": Ssh("lab3", config="/dev/null")})
    with pytest.raises(Exception, match="lab3"):
        lab.hosts.open()
    assert lab.sessions["lab1"].place.open()
    lab.sessions["lab1"].place.close()


def test_sessions_that_are_given_stay_open(remote_hosts: FarHosts) -> None:
    """A lab ends the sessions of its own, and leaves those that were given."""
    with Session(remote_hosts.place("host1")) as given:
        with Lab({"lab1": given, "lab2": remote_hosts.place("host2")}, place=RULE) as lab:
            lab.node("a1")
            lab.up().down()
        assert given.exec("true").ok
    assert frozenset({"lab2"}) == lab.hosts.owned


def test_a_lab_of_hosts_has_no_single_session() -> None:
    """`lab.session` says where the sessions are; those of nodes are by their host."""
    lab = Lab.of(TOPOLOGY)
    with pytest.raises(InvalidArgument, match=r"several hosts: lab1, lab2; use lab\.sessions"):
        _ = lab.session
    assert lab.get("a1").session is lab.sessions["lab1"]


def test_a_topology_with_hosts_is_declared_and_returned() -> None:
    """Hosts, rule and placement are those of the topology."""
    lab = Lab.of(TOPOLOGY)

    assert TOPOLOGY == lab.topology()
    assert ["lab1", "lab2", "lab2"] == [node.host for node in lab.nodes]
    assert [False, True] == [session.place.sudo for session in lab.sessions.values()]  # type: ignore[attr-defined]


def test_sessions_may_be_given_to_a_topology() -> None:
    """The topology tells the underlay, the sessions how the hosts are reached."""
    lab = Lab.of(TOPOLOGY, HOSTS)
    assert TOPOLOGY == lab.topology()
    assert "ssh root@lab2" == lab.sessions["lab2"].place.name


def test_hosts_stay_as_they_are() -> None:
    """A topology with other hosts, or another way to them, is another lab."""
    lab = Lab.of(TOPOLOGY)
    first, second = TOPOLOGY.hosts
    for hosts in ((first, evolve(second, underlay="192.0.2.9")), (first,), ()):
        with pytest.raises(InvalidArgument, match="stay as they are"):
            lab.apply(evolve(TOPOLOGY, hosts=hosts))
    assert TOPOLOGY == lab.topology()


def test_a_function_places_nodes() -> None:
    """A rule of placement may be a function; the topology then has no table."""
    lab = Lab(HOSTS, underlay=UNDERLAY, place=lambda name: f"lab{1 + int(name[-1]) % 2}")
    lab.node("h1"), lab.node("h2"), lab.switch("s1", host="lab1"), lab.router("r1", host="lab1")

    assert ["lab2", "lab1", "lab1", "lab1"] == [node.host for node in lab.nodes]
    topology = lab.topology()
    assert topology.place == {}
    assert topology == Lab.of(topology).topology()
    lab.apply(topology)
    assert "lab2" == lab.node("h3").host


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"session": {}}, "there is no host"),
        ({"session": {"lab1": None}}, "host lab1: None is no session and no place"),
        ({"session": {"a/b": HOSTS["lab1"]}}, "'a/b' is no name of letters"),
        ({"session": None, "underlay": UNDERLAY}, "are for several hosts"),
        ({"session": None, "place": RULE}, "are for several hosts"),
        ({"underlay": {"lab9": "192.0.2.1"}}, "underlay: there is no host 'lab9'; did you mean"),
        ({"underlay": {"lab1": "192.0.2.300"}}, "underlay of lab1: "),
        ({"underlay": {"lab1": "fe80::1"}}, "underlay of lab1: fe80::1 is no address by which"),
        ({"underlay": {"lab1": "fd00::1", "lab2": "fd00::1"}}, "lab1 and lab2 are both fd00::1"),
        ({"underlay": {"lab1": "fd00::1", "lab2": "fd00:0::1"}}, "lab1 and lab2 are both fd00::1"),
        ({"place": {"*": "x"}}, "place: there is no host 'x'; there are lab1, lab2"),
        ({"session": {"lab1": Session(Ssh("lab1"))}, "record": "x"}, "give it to the sessions"),
        ({"session": "lab1"}, "no Session, and no table"),
    ],
)
def test_wrong_hosts_are_refused(options: dict[str, Any], message: str) -> None:
    """What cannot be is refused when the lab is made."""
    with pytest.raises(InvalidArgument, match=message):
        Lab(**({"session": HOSTS} | options))


@pytest.mark.parametrize(
    ("place", "host", "message"),
    [
        ({"a*": "lab1"}, None, "node h1 is on no host; give host="),
        ({"*": "lab1"}, "lab3", "node h1: there is no host 'lab3'"),
        (lambda _: "nowhere", None, "node h1: there is no host 'nowhere'"),
    ],
)
def test_a_node_needs_a_host(place: Any, host: str | None, message: str) -> None:
    """A node that no rule places, and a host that is not there, are refused."""
    lab = Lab(HOSTS, place=place)
    with pytest.raises(InvalidArgument, match=message):
        lab.node("h1", host=host)
    assert [] == lab.nodes


def test_a_lab_on_one_host_has_no_hosts_to_name() -> None:
    """`host=` is for labs over several."""
    with pytest.raises(InvalidArgument, match="no host 'lab1': the lab has a single one"):
        Lab().node("h1", host="lab1")


@pytest.mark.parametrize(
    ("session", "message"),
    [(Session(sandbox=True), "the topology has the hosts lab1, lab2"), (None, "no destination")],
)
def test_a_topology_needs_its_hosts(session: Session | None, message: str) -> None:
    """Another session is not the hosts'; a host without a destination needs one."""
    hosts = TOPOLOGY.hosts if session else (HostSpec(name="lab1"),)
    with pytest.raises(InvalidArgument, match=message):
        Lab.of(evolve(TOPOLOGY, hosts=hosts), session)


@pytest.mark.parametrize(
    ("record", "expected"),
    [(None, None), ("lab.jsonl", "lab.lab1.jsonl"), ("/tmp/lab", "/tmp/lab.lab1")],
)
def test_the_recording_of_a_host(record: str | None, expected: str | None) -> None:
    """Each host has a file of its own beside the others."""
    assert expected == host_record(record, "lab1")


def test_a_lab_exports_a_script_for_each_host(dry_session: Session) -> None:
    """By the name of the host; that of a single one is the lab's."""
    lab = Lab(dry_session, name="office")
    lab.node("h1")
    scripts: Mapping[str, str] = lab.export("plain")
    assert ["office"] == list(scripts)
