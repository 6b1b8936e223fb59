"""Tests of saving: the formats, the stand-ins, the labs, and what a script says it cannot do."""

import json
from pathlib import Path
from typing import Any

import pytest

from ipwrap import Session, UnknownOption
from ipwrap.apply import remaining_differences, save
from ipwrap.apply.saving import build_commands
from ipwrap.cli.snapshot_source import read_snapshot
from ipwrap.kinds import Bridge, Macvlan, Veth, Vxlan
from ipwrap.state import State
from tests import waiting
from tests.apply.test_round_trips import list_differences, read_state
from tests.labs import open_sandbox, run_script

MAC = "02:00:00:00:00:77"
RECORDINGS = Path(__file__).parents[2] / "recordings"
# Those whose links and qdiscs every kernel has.
LABS = (
    *("bridge", "capture", "dual_stack", "http_pods", "isolation", "nat", "netns", "pods"),
    *("router", "stp", "veth"),
)


def lines_of(state: State, **options: Any) -> list[str]:
    """Return the lines of the commands that build a state."""
    return [command.line for command in build_commands(state, **options).commands]


def hardware(name: str, **keys: Any) -> dict[str, Any]:
    """Return the JSON of a network card."""
    link = {"ifname": name, "ifindex": 2, "flags": ["UP"], "mtu": 1500, "txqlen": 1000}
    return {**link, "link_type": "ether", "address": "02:00:00:00:00:02", **keys}


@pytest.mark.parametrize("lab", LABS)
def test_a_lab_is_saved_from_its_recording(lab: str) -> None:
    """The final state of a recording, saved as commands, is built by these commands."""
    wanted = read_snapshot(str(RECORDINGS / f"{lab}.jsonl")).state
    script = save(wanted, format="plain")

    with open_sandbox() as session:
        result = session.exec("sh", "-c", script, check=False)
        differences = list_differences(session, wanted)

    assert ("", []) == (result.stderr, differences)


@pytest.fixture(scope="module")
def wanted() -> State:
    """The state of two equal cables between four namespaces, and a macvlan in another one."""
    with open_sandbox() as session:
        for name in ("red", "blue", "green", "grey"):
            session.ip.netns.add(name)
        # All four ends have the same name and the same index.
        session.cable("red:eth0", "blue:eth0", addresses=("10.0.0.1/24", "10.0.0.2/24"))
        session.cable("green:eth0", "grey:eth0", addresses=("10.0.0.1/24", "10.0.0.3/24"))
        session.ip.link.add("br0", Bridge(), up=True)
        session.ip.link.add("mv0", Macvlan(mode="bridge"), link="br0", netns="red")
        session.netns("red").sysctl.set("net.ipv4.ip_forward", 1)
        return dict(session.snapshot().state)


def test_equal_pairs_are_told_apart(wanted: State) -> None:
    """The numbers of namespaces tell which ends belong together."""
    pairs = [line for line in lines_of(wanted) if "type veth" in line]

    assert 2 == len(pairs)
    assert all("blue" in line and "red" in line for line in pairs if "red" in line)
    assert all("green" in line and "grey" in line for line in pairs if "grey" in line)


def test_a_macvlan_is_made_where_its_lower_link_is(wanted: State) -> None:
    """A link on a link of another namespace is made there, and put in its own."""
    (line,) = [line for line in lines_of(wanted) if "type macvlan" in line]

    assert line.startswith("ip link add name mv0 link br0 address ")
    assert line.endswith(" netns red type macvlan mode bridge")


def test_sysctls_are_saved(wanted: State) -> None:
    """A sysctl that is not as by default is written where it was."""
    assert "ip netns exec red sysctl -w net.ipv4.ip_forward=1" in lines_of(wanted)


@pytest.mark.parametrize("format_", ["sh", "plain", "batch"])
def test_each_script_builds_the_state(wanted: State, format_: Any, tmp_path: Path) -> None:
    """The scripts of all formats build an equal state."""
    script = tmp_path / "lab.sh"
    script.write_text(save(wanted, format=format_))

    with open_sandbox() as session:
        result = session.exec("sh", str(script), check=False)
        differences = list_differences(session, wanted)

    assert (0, []) == (result.status, differences), result.stderr


def test_the_python_script_builds_the_state(wanted: State, tmp_path: Path) -> None:
    """The Python script, applied to a sandbox, builds an equal state."""
    script = save(wanted, format="python")
    code = script.replace("Session()", "Session(sandbox=True)")

    compile(code, "lab.py", "exec")
    assert "session.ip.netns.add('red')" in code.replace('"', "'")


def test_json_has_commands_and_notes(wanted: State) -> None:
    """The JSON format has the arguments of each command."""
    saved = json.loads(save(wanted, format="json"))

    assert ["ip", "netns", "add", "blue"] in [entry["argv"] for entry in saved["commands"]]
    assert [] == saved["notes"]


def test_an_unknown_format_is_refused(wanted: State) -> None:
    """A format that does not exist is an error that names the others."""
    unknown: Any = "cbor"

    with pytest.raises(UnknownOption, match="'cbor' is not one of sh, plain"):
        save(wanted, format=unknown)


def test_hardware_gets_a_stand_in() -> None:
    """A dummy has the name, the address and the queue of a network card, and a comment says so."""
    state = {"": {"link": [hardware("enp1s0")], "address": []}}

    script = save(state, format="plain")

    assert "# enp1s0: a dummy stands in for hardware" in script
    assert "ip link add enp1s0 address 02:00:00:00:00:02 type dummy" in script


def test_a_veth_may_stand_in() -> None:
    """On a kernel without dummies, a veth stands in, whose other end is up for the carrier."""
    state = {"": {"link": [hardware("enp1s0")], "address": []}}

    with open_sandbox() as session:
        session.exec("sh", "-c", save(state, format="plain", stand_in="veth"))
        link = session.ip.link.get("enp1s0")

        assert ("02:00:00:00:00:02", "enp1s0-peer") == (link.address, link.link)
        assert "LOWER_UP" in link.flags


def test_an_end_without_its_other_end_gets_a_stand_in(wanted: State) -> None:
    """A chosen namespace is saved without the others; its cables end in stand-ins."""
    saved = build_commands(wanted, netns=["blue"])

    note = "eth0 in blue: a dummy stands in for one end of a veth pair, whose other end is in no"
    assert [note] == [line[: len(note)] for line in saved.notes]
    assert {"blue"} == {command.netns or "blue" for command in saved.commands}


def test_a_namespace_of_a_process_gets_a_name() -> None:
    """A namespace without a name is built with one, which a comment gives."""
    state: State = {"": {"link": []}, "pid:77 (my nginx)": {"link": []}}

    saved = build_commands(state)

    assert ["ip netns add my-nginx-77"] == [command.line for command in saved.commands]
    assert ["my-nginx-77 stands in for the namespace of a process: pid:77 (my nginx)"] == [
        *saved.notes
    ]


def test_filters_are_named_as_missing() -> None:
    """Rules of a packet filter are in no command, and the script says so."""
    state = {"red": {"link": [], "nft": [{"table": {"name": "t"}}]}}

    assert "# the rules of nft in red are not in this script\n" in save(state, format="plain")


def test_a_hostile_sysctl_is_not_written() -> None:
    """A key outside of net.* is no command, but a comment."""
    state = {"": {"link": [], "sysctl": [{"key": "kernel.core_pattern", "value": "|/bin/sh"}]}}

    saved = build_commands(state)

    assert ((), ("kernel.core_pattern: no sysctl of a network namespace: not set",)) == (
        saved.commands,
        saved.notes,
    )


def test_the_session_saves_its_place(tmp_path: Path) -> None:
    """`session.save` writes what is there, whoever made it, as a file as well."""
    path = tmp_path / "lab.sh"
    with open_sandbox() as session:
        session.exec("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1")
        text = session.save(path)

    assert text == path.read_text()
    result = run_script(path, "--sandbox", "--", "ip", "link", "show", "v1")
    assert 0 == result.returncode, result.stderr


def test_a_broken_link_differs() -> None:
    """What differs is told, so that an equal state is no accident."""
    with open_sandbox() as session:
        session.ip.link.add("v0", Veth(peer="v1"))
        before = read_state(session)
        session.ip.link.set("v0", mtu=1400)

        lines = waiting.wait_until_equal(lambda: _lines(session, before), bool)

    assert ["~ (host)  link v0: mtu 1500 -> 1400"] == lines


def _lines(session: Session, before: State) -> list[str]:
    """Return the differences as lines."""
    return [str(line) for line in remaining_differences(read_state(session), before)]


def test_a_lower_link_of_a_later_namespace_comes_first() -> None:
    """A macvlan is made, and set up, after its lower link, in whichever namespace that is."""
    with open_sandbox() as session:
        for name in ("a", "b"):
            session.ip.netns.add(name)
        later = session.netns("b")
        later.ip.link.add("br0", Bridge(), up=True)
        later.ip.link.add("mv0", Macvlan(mode="bridge"), link="br0", netns="a")
        session.netns("a").ip.link.set("mv0", up=True)
        lines = lines_of(dict(session.snapshot().state))

    names = [line.split(" address ")[0] for line in lines if "netns add" not in line]
    assert [
        "ip -n b link add name br0",
        "ip -n b link add name mv0 link br0",
        "ip link set dev lo up",
        "ip -n b link set dev br0 up",
        "ip -n a link set dev mv0 up",
    ] == names


def test_groups_and_tunnels_are_saved_and_applied() -> None:
    """Permanent multicast groups and the tunnels of a filter are made again, and taken away."""
    with open_sandbox() as session:
        session.ip.link.add("br0", Bridge(), up=True)
        session.ip.link.add("v0", Veth(peer="v1"), master="br0", up=True)
        session.bridge.mdb.add("239.1.1.1", "br0", port="v0", permanent=True)
        session.ip.link.add("vx0", Vxlan(external=True, vnifilter=True, dstport=4789))
        session.bridge.vni.add((100, 102), "vx0")
        session.bridge.vni.add(300, "vx0", remote="10.0.0.1")
        wanted = session.snapshot()
        lines = lines_of(wanted.state)

        session.bridge.mdb.delete("239.1.1.1", "br0", port="v0")
        session.bridge.mdb.add("239.1.1.9", "br0", port="v0", permanent=True)
        session.bridge.vni.delete(300, "vx0")
        applied = session.apply(wanted)

    assert [
        "bridge mdb add grp 239.1.1.1 dev br0 port v0 permanent",
        "bridge vni add vni 100-102 dev vx0",
        "bridge vni add vni 300 dev vx0 remote 10.0.0.1",
    ] == [line for line in lines if line.startswith("bridge")]
    assert [
        "bridge mdb delete grp 239.1.1.9 dev br0 port v0",
        "bridge mdb add grp 239.1.1.1 dev br0 port v0 permanent",
        "bridge vni add vni 300 dev vx0 remote 10.0.0.1",
    ] == [command.line for command in applied.commands]


def test_an_entry_of_every_vlan_comes_before_those_of_single_vlans(wanted: State) -> None:
    """The kernel adds it to the VLANs of its port: those entries are there by then."""
    place: dict[str, Any] = {"ifname": "br0", "master": "br0", "state": "static", "flags": []}
    entries = [{"mac": MAC, "vlan": 7, **place}, {"mac": MAC, **place}]
    state = {**wanted, "": {**wanted[""], "bridge fdb": entries}}
    state[""].pop("bridge vlan", None)  # of a kernel with VLANs: the port has no VLAN 7
    lines = [line for line in lines_of(state) if "fdb" in line]

    assert [
        f"bridge fdb add to {MAC} dev br0 master static",
        f"bridge fdb replace to {MAC} dev br0 vlan 7 master static",
    ] == lines


@pytest.mark.live
def test_an_entry_of_every_vlan_is_saved() -> None:
    """A kernel with VLANs lists it once for each VLAN of the port."""
    with open_sandbox() as session:
        session.run("ip link add br0 type bridge")
        session.run("ip link add v0 type veth peer name w0")
        session.run("ip link set dev v0 master br0")
        session.run(f"bridge fdb add {MAC} dev v0 master static")
        state = session.snapshot().state
    if not any("vlan" in entry for entry in state[""]["bridge fdb"]):
        pytest.skip("this kernel has no CONFIG_BRIDGE_VLAN_FILTERING")

    script = save(state, format="plain")
    with open_sandbox() as session:
        result = session.exec("sh", "-c", script, check=False)
        differences = list_differences(session, state)

    assert ("", []) == (result.stderr, differences)
