"""What was there before is brought back: each kind of change by itself, on a host that is in use."""

import subprocess
from pathlib import Path

import pytest

from ipwrap import Recording, Session
from ipwrap.recording import CommandEvent
from ipwrap.undo import Restorer, UndoRunner
from tests.undo.conftest import Used
from tests.undo.hosts import calls, in_use, raw, seen, still, undone, unlike

CASES = {
    "settings": "ip link set dev eth0 mtu 1400 alias other txqueuelen 9 promisc on arp off group 7",
    "an address of the link": "ip link set dev eth0 address 02:00:00:00:00:99",
    "an address of the link, and what is made of it": """\
ip link set dev eth0 address 02:00:00:00:00:99
ip link set dev eth0 down
ip link set dev eth0 up""",
    "down": "ip link set dev eth0 down",
    "down and up": "ip link set dev eth0 down\nip link set dev eth0 up",
    "lo down": "ip link set dev lo down",
    "too narrow for IPv6": "ip link set dev eth0 mtu 1000",
    "a name": "ip link set dev eth0 name eth9\nip link set dev eth9 name eth8",
    "names that go round": """\
ip link set dev eth0 name tmp
ip link set dev spare name eth0
ip link set dev tmp name spare""",
    "another namespace": "ip link set dev eth0 netns other",
    "a namespace of the lab": "ip netns add pod\nip link set dev eth0 netns pod",
    "a namespace of the lab that is gone": "ip netns add pod\nip link set dev eth0 netns pod\nip netns delete pod",
    "a master": "ip link set dev eth0 master br0",
    "a bridge's only port": "ip link set dev spare master bare\nip link set dev spare nomaster",
    "no master": "ip link set dev p0 nomaster",
    "a bridge's options": "ip link set dev br0 type bridge stp_state 1 ageing_time 30000",
    "a port's options": "ip link set dev p0 type bridge_slave cost 9 learning on hairpin on",
    "a port's options by bridge": "bridge link set dev p0 cost 9 learning on",
    "a name beside": "ip link property del dev eth0 altname enp0s1",
    "an address": "ip address delete 192.0.2.1/24 dev eth0",
    "all addresses": "ip address flush dev eth0",
    "lifetimes": "ip address replace 192.0.2.2/24 dev eth0 valid_lft 1000 preferred_lft 500",
    "an address again": "ip address delete 192.0.2.2/24 dev eth0\nip address add 192.0.2.2/24 dev eth0 label eth0:x",
    "default routes": "ip route delete default\nip route delete ::/0",
    "a route replaced": "ip route replace default via 192.0.2.99 metric 100",
    "a route changed": "ip route change 198.51.100.0/24 via 192.0.2.5",
    "a route of several ways": "ip route delete 198.51.101.0/24",
    "a route beside": "ip route append 203.0.113.0/24 via 192.0.2.77",
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
    "an entry": "bridge fdb delete 02:00:00:00:00:08 dev p0 master",
    "a qdisc replaced": "tc qdisc replace dev eth0 root handle 2: tbf rate 2mbit burst 10k latency 50ms",
    "no qdisc": "tc qdisc delete dev eth0 root",
    "a qdisc where none was": "tc qdisc replace dev p0 root tbf rate 2mbit burst 10k latency 50ms",
    "a pair": "ip link delete dev eth0",
    "a pair to another namespace": "ip link delete dev to-other",
    "a bridge": "ip link delete dev br0",
    "a link in the place of one": "ip link delete dev spare\nip link add name spare type ifb",
    "a link under the name of one": "ip link set dev eth0 name tmp\nip link add name eth0 type ifb",
    "inside another namespace": "ip link set dev e0 down -n other\nip address delete 10.5.0.2/24 dev e0 -n other",
}


@pytest.mark.live
@pytest.mark.parametrize("lab", CASES.values(), ids=CASES)
def test_what_was_changed_is_set_as_it_was(used: Used, lab: str) -> None:
    """By what `ip` shows, and by ipwrap's own states; a second time there is nothing to do."""
    host = used.host
    with Session(host.place) as session:
        for command in calls(lab):
            session.run(command)
        changed = used.before != raw(host) or unlike(used.state, seen(host), calls(lab))
        done, _, warned = undone(host, session.recording)

        assert (True, [], True) == (done, warned, bool(changed))
        assert used.before == still(host, used.before)
        assert [] == unlike(used.state, seen(host), calls(lab))
        assert (True, [], []) == undone(host, session.recording)


@pytest.mark.live
def test_a_move_that_was_cut_off_and_had_not_been_made_leads_nowhere(used: Used) -> None:
    """A link that is there under the name already came by an earlier one: by the way back of that it goes home."""
    again = "ip link set dev eth0 netns other"
    with Session(used.host.place) as session:
        for command in calls(f"{again}\nip link add name eth0 type ifb\nip link delete dev eth0"):
            session.run(command)
        session.recording.append(CommandEvent(99, next(calls(again))))

        assert (True, []) == undone(used.host, session.recording)[::2]
    assert used.before == still(used.host, used.before)


@pytest.mark.live
def test_what_no_command_spoke_of_stays() -> None:
    """Someone else has changed it since: another option of the same link, another route, another rule."""
    others = """\
ip link set dev eth0 txqueuelen 5
ip link set dev p0 mtu 1300
ip route delete 198.51.100.0/24
ip rule delete priority 100
ip neigh delete 192.0.2.9 dev eth0
ip address add 192.0.2.33/24 dev eth0
"""
    with in_use() as host:
        with Session(host.place) as session:
            for command in calls(
                "ip link set dev eth0 mtu 1400\nip route delete default\nip rule add priority 7 table 7"
            ):
                session.run(command)
            for line in others.splitlines():
                host.exec(*line.split())
            _, said, _ = undone(host, session.recording)

        assert [
            "ip rule delete priority 7 table 7",
            "ip link set dev eth0 mtu 1450",
            "ip route add to default metric 100 via 192.0.2.254 dev eth0",
        ] == said


@pytest.mark.live
def test_what_cannot_be_brought_back_is_said() -> None:
    """A namespace is gone with what was in it, and so is the other end of a pair; the rest comes back."""
    with in_use() as host, Session(host.place) as session:
        for command in calls("ip netns delete other\nip link set dev eth0 mtu 1400"):
            session.run(command)
        still(host)
        done, said, warned = undone(host, session.recording)

        assert (False, True) == (done, "ip link set dev eth0 mtu 1450" in said)
        assert ["not as before: - other  netns other"] == [
            each for each in warned if "netns" in each
        ]


@pytest.mark.live
def test_a_dry_run_is_a_script(tmp_path: Path) -> None:
    """What it would run can be pasted into a shell, and nothing has run before."""
    lab = "ip link set dev eth0 down\nip link set dev eth0 alias y name eth9\nip route flush table 100\nip netns add new"
    with in_use() as host, Session(host.place) as session:
        before = raw(host)
        for command in calls(lab):
            session.run(command)
        changed, said = raw(host), list[str]()
        with UndoRunner(host.place) as runner:
            Restorer(runner, session.recording, said.append, said.append).preview()
        script = tmp_path / "back.sh"
        script.write_text("\n".join(said))

        assert changed == raw(host)
        ran = subprocess.run(
            host.place.wrap(("sh", "-e", str(script))), capture_output=True, text=True, check=False
        )
        assert (0, "") == (ran.returncode, ran.stderr)
        undone(host, session.recording)
        assert before == still(host, before)


def test_a_recording_without_the_state_before_is_undone_as_far_as_it_tells(dry: Session) -> None:
    """What it made is taken away; what it changed is not known."""
    dry.ip.link.set("eth0", mtu=1400)
    said: list[str] = []

    assert Restorer(dry, Recording(events=dry.recording.events), said.append, said.append).run()
    assert [] == said
