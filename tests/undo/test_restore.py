"""Undo restores a host in use after each kind of change."""

import json
import subprocess
from pathlib import Path

import pytest
from attrs import define, evolve, field

from ipwrap import Command, Recording, Session
from ipwrap.recording import CommandEvent, ResultEvent, Snapshot
from ipwrap.result import Result
from ipwrap.sessions.unrecorded import UnrecordedRunner
from ipwrap.undo import Restorer
from tests.undo.conftest import UsedHost
from tests.undo.hosts import (
    list_differences,
    open_host,
    parse_lines,
    read_raw,
    read_settled,
    snapshot_of,
    undo_recording,
)

CASES = {
    "settings": "ip link set dev eth0 mtu 1400 alias other txqueuelen 9 promisc on arp off group 7",
    "an address of the link": "ip link set dev eth0 address 02:00:00:00:00:99",
    "an address of the link, and addresses generated from it": """\
ip link set dev eth0 address 02:00:00:00:00:99
ip link set dev eth0 down
ip link set dev eth0 up""",
    "down": "ip link set dev eth0 down",
    "down and up": "ip link set dev eth0 down\nip link set dev eth0 up",
    "lo down": "ip link set dev lo down",
    "an MTU too small for IPv6": "ip link set dev eth0 mtu 1000",
    "a name": "ip link set dev eth0 name eth9\nip link set dev eth9 name eth8",
    "names that go round": """\
ip link set dev eth0 name tmp
ip link set dev spare name eth0
ip link set dev tmp name spare""",
    "another namespace": "ip link set dev eth0 netns other",
    "a namespace of the lab": "ip netns add pod\nip link set dev eth0 netns pod",
    "a namespace of the lab that is gone": """\
ip netns add pod
ip link set dev eth0 netns pod
ip netns delete pod""",
    "a master": "ip link set dev eth0 master br0",
    "no master": "ip link set dev p0 nomaster",
    "a bridge's options": "ip link set dev br0 type bridge stp_state 1 ageing_time 30000",
    "a port's options": "ip link set dev p0 type bridge_slave cost 9 learning on hairpin on",
    "a port's options by bridge": "bridge link set dev p0 cost 9 learning on",
    "an alternative name": "ip link property del dev eth0 altname enp0s1",
    "an address": "ip address delete 192.0.2.1/24 dev eth0",
    "all addresses": "ip address flush dev eth0",
    "lifetimes": "ip address replace 192.0.2.2/24 dev eth0 valid_lft 1000 preferred_lft 500",
    "an address again": """\
ip address delete 192.0.2.2/24 dev eth0
ip address add 192.0.2.2/24 dev eth0 label eth0:x""",
    "default routes": "ip route delete default\nip route delete ::/0",
    "a route replaced": "ip route replace default via 192.0.2.99 metric 100",
    "a route changed": "ip route change 198.51.100.0/24 via 192.0.2.5",
    "a multipath route": "ip route delete 198.51.101.0/24",
    "a route appended": "ip route append 203.0.113.0/24 via 192.0.2.77",
    "a route of the kernel": "ip route delete 192.0.2.0/24",
    "a table": "ip route flush table 100",
    "a next hop": "ip nexthop delete id 5",
    "next hops": """\
ip nexthop replace id 5 via 192.0.2.8 dev eth0
ip nexthop replace id 6 via 192.0.2.8 dev eth0""",
    "rules": """\
ip rule delete priority 100
ip -6 rule delete priority 101
ip rule add from 10.0.0.0/8 table 7 priority 55""",
    "neighbours": """\
ip neigh replace 192.0.2.9 lladdr 02:00:00:00:00:0a dev eth0
ip neigh delete proxy 192.0.2.10 dev eth0""",
    "an entry of a forwarding table": "bridge fdb delete 02:00:00:00:00:08 dev p0 master",
    "a qdisc replaced": """\
tc qdisc replace dev eth0 root handle 2: tbf rate 2mbit burst 10k latency 50ms""",
    "no qdisc": "tc qdisc delete dev eth0 root",
    "a new qdisc": "tc qdisc replace dev p0 root tbf rate 2mbit burst 10k latency 50ms",
    "a pair": "ip link delete dev eth0",
    "a pair to another namespace": "ip link delete dev to-other",
    "a bridge": "ip link delete dev br0",
    "a link in the place of one": "ip link delete dev spare\nip link add name spare type ifb",
    "a link under the name of one": """\
ip link set dev eth0 name tmp
ip link add name eth0 type ifb""",
    "inside another namespace": """\
ip link set dev e0 down -n other
ip address delete 10.5.0.2/24 dev e0 -n other""",
}


@pytest.mark.live
@pytest.mark.parametrize("lab", CASES.values(), ids=CASES)
def test_undo_restores_the_host(used_host: UsedHost, lab: str) -> None:
    """`ip` prints the same JSON as before, snapshots are equal, and a second undo does nothing."""
    check_undo(used_host, lab)


@pytest.mark.live
def test_undo_restores_the_address_of_a_bridge_without_ports() -> None:
    """A bridge loses its generated address with its only port, and undo sets the address.

    The host is a new one: a bridge whose address somebody set keeps it (NET_ADDR_SET), and an
    earlier undo sets addresses.
    """
    with open_host() as session:
        host = UsedHost(session, read_raw(session), snapshot_of(session))
        check_undo(host, "ip link set dev spare master bare\nip link set dev spare nomaster")


def check_undo(used_host: UsedHost, lab: str) -> None:
    """Run a lab on a host, undo it, and compare the host with its state before."""
    host = used_host.session
    with Session(host.place) as session:
        for command in parse_lines(lab):
            session.run(command)
        has_new_reading = used_host.reading != read_raw(host)
        has_new_state = list_differences(
            used_host.state, snapshot_of(host), commands=parse_lines(lab)
        )

        is_restored, _, warnings = undo_recording(host, session.recording)

        assert (True, []) == (is_restored, warnings)
        assert has_new_reading or has_new_state
        assert used_host.reading == read_settled(host, used_host.reading)
        assert [] == list_differences(used_host.state, snapshot_of(host), commands=parse_lines(lab))
        assert (True, [], []) == undo_recording(host, session.recording)


@pytest.mark.live
def test_move_that_did_not_run_is_not_undone(used_host: UsedHost) -> None:
    """A link with the name already moved earlier, and is moved home by the undo of that move."""
    host = used_host.session
    move = "ip link set dev eth0 netns other"
    lab = f"{move}\nip link add name eth0 type ifb\nip link delete dev eth0"

    with Session(host.place) as session:
        for command in parse_lines(lab):
            session.run(command)
        session.recording.append(CommandEvent(99, next(parse_lines(move))))
        is_restored, _, warnings = undo_recording(host, session.recording)

        assert (True, []) == (is_restored, warnings)
    assert used_host.reading == read_settled(host, used_host.reading)


@pytest.mark.live
def test_changes_by_somebody_else_are_kept() -> None:
    """Undo leaves an option of the same link, a route and a rule alone that no command named."""
    lab = """\
ip link set dev eth0 mtu 1400
ip route delete default
ip rule add priority 7 table 7
"""
    foreign_changes = """\
ip link set dev eth0 txqueuelen 5
ip link set dev p0 mtu 1300
ip route delete 198.51.100.0/24
ip rule delete priority 100
ip neigh delete 192.0.2.9 dev eth0
ip address add 192.0.2.33/24 dev eth0
"""
    with open_host() as host:
        with Session(host.place) as session:
            for command in parse_lines(lab):
                session.run(command)
            for line in foreign_changes.splitlines():
                host.exec(*line.split())
            _, undo_lines, _ = undo_recording(host, session.recording)

        assert [
            "ip rule delete priority 7 table 7",
            "ip link set dev eth0 mtu 1450",
            "ip route add to default metric 100 via 192.0.2.254 dev eth0",
        ] == undo_lines


@pytest.mark.live
def test_deleted_namespace_is_reported_and_the_rest_restored() -> None:
    """A namespace is lost with its links, and with the peers of these links."""
    with open_host() as host, Session(host.place) as session:
        for command in parse_lines("ip netns delete other\nip link set dev eth0 mtu 1400"):
            session.run(command)
        read_settled(host)
        is_restored, undo_lines, warnings = undo_recording(host, session.recording)

        assert not is_restored
        assert "ip link set dev eth0 mtu 1450" in undo_lines
        netns_warnings = [line for line in warnings if "netns" in line]
        assert ["not as before: - other  netns other"] == netns_warnings


@pytest.mark.live
def test_preview_is_a_shell_script(tmp_path: Path) -> None:
    """A preview changes nothing, and a shell can run its lines."""
    lab = """\
ip link set dev eth0 down
ip link set dev eth0 alias y name eth9
ip route flush table 100
ip netns add new
"""
    lines: list[str] = []
    script = tmp_path / "undo.sh"

    with open_host() as host, Session(host.place) as session:
        before = read_raw(host)
        for command in parse_lines(lab):
            session.run(command)
        after = read_raw(host)

        with UnrecordedRunner(host.place) as runner:
            Restorer(runner, session.recording, lines.append, lines.append).preview()
        script.write_text("\n".join(lines))
        assert after == read_raw(host)

        argv = host.place.wrap(("sh", "-e", str(script)))
        process = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert (0, "") == (process.returncode, process.stderr)

        undo_recording(host, session.recording)
        assert before == read_settled(host, before)


@pytest.mark.live
def test_irreversible_change_of_a_link_under_the_name_of_a_created_one() -> None:
    """A change of the session's own link goes with that link; of a former link, it is reported."""
    lines = """\
ip link add name x type bridge
ip macsec offload x off
ip link delete dev x
ip link set dev bare name x
ip macsec offload x mac
"""
    with open_host() as host:
        with Session(host.place) as session:
            for command in parse_lines(lines):
                session.run(command, check=False)

        # Few kernels have the driver: as with one that has it.
        events = [
            evolve(event, result=evolve(event.result, status=0))
            if isinstance(event, ResultEvent)
            else event
            for event in session.recording.events
        ]
        is_restored, _, warnings = undo_recording(host, Recording(events=events))

    assert (False, ["cannot be undone: ip macsec offload x mac"]) == (is_restored, warnings)


def test_recording_without_initial_state_is_undone_by_deletions_only(dry_session: Session) -> None:
    """Undo deletes created objects; the former options of links are unknown."""
    dry_session.ip.link.set("eth0", mtu=1400)
    recording = Recording(events=dry_session.recording.events)
    lines: list[str] = []

    assert Restorer(dry_session, recording, lines.append, lines.append).run()
    assert [] == lines


LOOPBACK = {"ifname": "lo", "ifindex": 1, "flags": ["LOOPBACK"], "link_type": "loopback"}
HARDWARE = {
    "ifname": "eth0",
    "ifindex": 2,
    "flags": ["BROADCAST"],
    "link_type": "ether",
    "address": "aa:00:00:00:00:01",
}


@define
class HardwareRunner:
    """A runner on a host with a namespace `lab` that holds hardware under a name."""

    name: str
    commands: list[str] = field(factory=list)

    def run(self, command: Command, *, check: bool = True) -> Result:  # noqa: ARG002 - a Runner
        """Answer reads of links, and keep changes."""
        if command.changes:
            self.commands.append(command.line)
            return Result(command)
        if "netns" in command.argv and "list" in command.argv:
            return Result(command, stdout='[{"name": "lab"}]')
        if "link" not in command.argv or command.argv[0] != "ip":
            return Result(command, stdout="[]")

        links = [LOOPBACK]
        if command.netns == "lab":
            links.append({**HARDWARE, "ifname": self.name, "ifindex": 7})
        if command.argv[-2] == "dev":
            links = [link for link in links if link["ifname"] == command.argv[-1]]
        status = 0 if links else 1
        return Result(command, status, json.dumps(links), "" if links else "does not exist")


def record_lab(*links: dict[str, object]) -> Recording:
    """Return the recording of a session that created `lab` on a host with these links."""
    command = next(parse_lines("ip netns add lab"))
    return Recording(
        events=[
            Snapshot({"": {"link": [LOOPBACK, *links]}}),
            CommandEvent(1, command),
            ResultEvent(1, Result(command)),
        ]
    )


def test_hardware_comes_home_before_its_namespace_is_deleted() -> None:
    """Also if no recorded command has moved it: it is known by its address."""
    runner = HardwareRunner("wlan7")
    commands, _ = Restorer(runner, record_lab(HARDWARE), print, print).plan()
    assert "ip -n lab link set dev wlan7 name eth0 netns /proc/1/ns/net" == commands[0].line


def test_namespace_with_unknown_hardware_stays() -> None:
    """The kernel would give the device to the namespace of process 1."""
    runner = HardwareRunner("wlan7")
    warnings: list[str] = []

    is_restored = Restorer(runner, record_lab(), print, warnings.append, lambda _: None).run()

    assert (False, []) == (is_restored, runner.commands)
    problem = (
        "the namespace lab stays, since it holds wlan7; move that out of it, and run this again"
    )
    assert [problem] == warnings


class UnreadableRunner(HardwareRunner):
    """A runner that cannot read the links of `lab`."""

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Fail to list the links of the namespace."""
        if command.netns == "lab" and "link" in command.argv:
            return Result(command, 2, "", "RTNETLINK answers: Operation not permitted\n")
        return super().run(command, check=check)


def test_namespace_whose_links_cannot_be_read_stays() -> None:
    """What cannot be seen may be somebody's."""
    runner = UnreadableRunner("wlan7")
    warnings: list[str] = []

    is_restored = Restorer(runner, record_lab(), print, warnings.append, lambda _: None).run()

    assert (False, []) == (is_restored, runner.commands)
    assert ["the namespace lab stays, since its links cannot be read"] == warnings
