"""Stand-ins: what is otherwise each time is recorded as the same each time."""

import json
from pathlib import Path
from typing import Any

import pytest

from ipwrap import Command, Recording, Result, Secret, Session, UnknownOption
from ipwrap.command import CreatedObject, LinkRename
from ipwrap.kinds import Bridge, Veth
from ipwrap.placeholders import EVERY, PlaceholderMapper
from ipwrap.recording import CommandEvent, End, Header, Note, ResultEvent, Snapshot

ONE, TWO = "02:00:00:00:00:01", "02:00:00:00:00:02"
RED, BLUE = "9e:07:c1:00:12:34", "ae:fb:00:0a:0b:0c"


def command(line: str, **options: Any) -> Command:
    """Return a command that only looks."""
    return Command(tuple(line.split()), changes=False, **options)


LOOK = command("ip -j link show")
TYPED = command("ip link show")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (
            f'"address":"{RED}","broadcast":"ff:ff:ff:ff:ff:ff"',
            f'"address":"{ONE}","broadcast":"ff:ff:ff:ff:ff:ff"',
        ),
        (f"link/ether {RED} peer {BLUE} and {RED}", f"link/ether {ONE} peer {TWO} and {ONE}"),
        (f"link/ether {RED.upper()}", f"link/ether {ONE}"),
        (
            "00:00:00:00:00:00 01:00:5e:00:00:01 33:33:00:00:00:01",
            "00:00:00:00:00:00 01:00:5e:00:00:01 33:33:00:00:00:01",
        ),
        (f"{RED} 8000.9e:7:c1:0:12:34", f"{ONE} 8000.2:0:0:0:0:1"),
        (f"{RED} fe80::9c07:c1ff:fe00:1234/64", f"{ONE} fe80::ff:fe00:1/64"),
        ("2001:db8::9c07:c1ff:fe00:1234 fe80::1", "2001:db8::ff:fe00:1 fe80::1"),
        (f"{RED} 33:33:ff:00:12:34 ff02::1:ff00:1234", f"{ONE} 33:33:ff:00:00:01 ff02::1:ff00:1"),
        ("33:33:ff:6e:6d:05 ff02::1:ff6e:6d05", "33:33:ff:ff:00:01 ff02::1:ffff:1"),
        ("33:33:ff:00:00:00", "33:33:ff:00:00:00"),
        ("a0:36:9f:00:01:02:aa:bb 1:2:3:4:5:6:7:8 12:34:56:78:9a:bc:de:f0", None),
        ("1::9c07:c1ff:fe00:1234:5:6:7:8:9", None),
    ],
)
def test_mac_addresses_and_what_is_made_of_them(said: str, kept: str | None) -> None:
    """Each gets the next stand-in; groups stay, but for those of addresses made of one; what is longer is none."""
    assert (said if kept is None else kept) == PlaceholderMapper(["mac"]).text(said, LOOK)


def test_what_a_command_named_is_kept() -> None:
    """A MAC or an IPv6 address that a person has chosen is no choice of the kernel's; nor is it a stand-in."""
    standins = PlaceholderMapper(["mac"])
    line = (
        f"ip link set dev a address {RED} and {ONE} and 2001:db8::9c07:c1ff:fe00:99 and fd00::7/64"
    )
    assert line.split() == [*standins.command(command(line)).argv]

    assert f"{RED} {TWO}" == standins.text(f"{RED} {BLUE}")
    assert "2001:db8::9c07:c1ff:fe00:99" == standins.text("2001:db8::9c07:c1ff:fe00:99")
    assert "33:33:ff:00:00:07" == standins.text("33:33:ff:00:00:07")


def test_what_was_seen_before_it_was_named_keeps_its_standin() -> None:
    """A script that uses what it has read is recorded as it would be if it had read the stand-in; on stdin, too."""
    standins = PlaceholderMapper(["mac"])
    standins.text(RED)
    now = standins.command(command(f"ip neigh add to 10.0.0.1 lladdr {RED}", stdin=f"{RED}\n"))

    assert f"ip neigh add to 10.0.0.1 lladdr {ONE}" == now.line
    assert f"{ONE}\n" == now.stdin
    assert ONE == standins.text(RED)


@pytest.mark.parametrize(
    ("asked", "said", "kept"),
    [
        (
            LOOK,
            '[{"ifindex":9,"link_index":5,"mtu":9},{"ifindex":5}]',
            '[{"ifindex":2,"link_index":3,"mtu":9},{"ifindex":3}]',
        ),
        (
            LOOK,
            '[{"ifindex":1,"ifname":"lo"},{"ifindex":7}]',
            '[{"ifindex":1,"ifname":"lo"},{"ifindex":2}]',
        ),
        (
            LOOK,
            '{"ifindex":7,"link":"if9","master":"if7","alias":"if7 "}',
            '{"ifindex":2,"link":"if3","master":"if2","alias":"if7 "}',
        ),
        (
            TYPED,
            "9: v0@if5: <UP>\n5: v1@if9: <UP>\n   7: x",
            "2: v0@if3: <UP>\n3: v1@if2: <UP>\n   7: x",
        ),
        (command("ip maddress"), "9:\tv0\n", "2:\tv0\n"),
        (command("cat notes"), "9: nine\n", "9: nine\n"),
        (
            command("bridge -j mdb"),
            '{"index":9,"dev":"br0"},{"bucket":{"index":9}}',
            '{"index":2,"dev":"br0"},{"bucket":{"index":9}}',
        ),
    ],
)
def test_indexes_are_numbered_as_they_appear(asked: Command, said: str, kept: str) -> None:
    """From 2 on, the same for the same; `lo` is 1; a number at the start of a line is one only if iproute2 says so."""
    assert kept == PlaceholderMapper(["ifindex"]).text(said, asked)


def test_an_index_that_was_given_is_kept() -> None:
    """`ip link add index 50` names it; no other gets it as its stand-in."""
    standins = PlaceholderMapper(["ifindex"])
    standins.command(command("ip link add name a index 2 type dummy"))

    assert '{"ifindex":2},{"ifindex":3}' == standins.text('{"ifindex":2},{"ifindex":50}')


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("kill -9 4711 815", "kill -9 1001 1002"),
        ("ip link set dev a netns 4711", "ip link set dev a netns 1001"),
        ("ip netns identify 4711", "ip netns identify 1001"),
        ("nsenter -t 4711 -n cat /proc/4711/stat", "nsenter -t 1001 -n cat /proc/1001/stat"),
        ("ip link set dev a mtu 4711", "ip link set dev a mtu 4711"),
        ("ip netns delete 4711", "ip netns delete 4711"),
    ],
)
def test_pids_where_a_command_takes_one(line: str, kept: str) -> None:
    """Each gets the next stand-in; a number that is something else stays."""
    assert kept == PlaceholderMapper(["pid"]).command(command(line)).line


@pytest.mark.parametrize(
    ("line", "said", "kept"),
    [
        ("ip netns pids red", "4711\n815\n", "1001\n1002\n"),
        (
            "ip -j -d tuntap show",
            '{"processes":[{"name":"qemu","pid":4711}]}',
            '{"processes":[{"name":"qemu","pid":1001}]}',
        ),
        ("ss -p", 'users:(("nc",pid=4711,fd=3))', 'users:(("nc",pid=1001,fd=3))'),
        ("sh -c x", "pid 4711 of 4711", "pid 1001 of 4711"),
    ],
)
def test_pids_in_what_is_said(line: str, said: str, kept: str) -> None:
    """JSON, text, and the lines of `ip netns pids`."""
    assert kept == PlaceholderMapper(["pid"]).text(said, command(line))


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (
            '"hello_timer":1.27,"hello_time":200,"gc_timer":12',
            '"hello_timer":0.00,"hello_time":200,"gc_timer":0',
        ),
        ('"timer":" 257.80"', '"timer":"0.00"'),
        (
            '"used":12,"confirmed":7,"updated":3,"usedbcqueuelen":1000',
            '"used":0,"confirmed":0,"updated":0,"usedbcqueuelen":1000',
        ),
        ("used 12/34/5 probes 1", "used 0/0/0 probes 1"),
        ("hello_timer    1.27 tcn_timer 0.00", "hello_timer 0.00 tcn_timer 0.00"),
        (
            '"valid_life_time":3591,"preferred_life_time":4294967295',
            '"valid_life_time":3600,"preferred_life_time":4294967295',
        ),
        ("valid_lft 3600sec preferred_lft forever", "valid_lft 3600sec preferred_lft forever"),
        ('"expires":1799', '"expires":1800'),
        ("icmp_seq=1 ttl=64 time=100.7 ms", "icmp_seq=1 ttl=64 time=100.0 ms"),
        ("2 received, 0% packet loss, time 1003ms", "2 received, 0% packet loss, time 1000ms"),
        ("rtt min/avg/max/mdev = 0.043/1.9/2/0.1 ms", "rtt min/avg/max/mdev = 0.000/1.0/2/0.0 ms"),
        (
            "[2026-01-31T23:59:59.123456] 2026-01-31 23:59:59",
            "[2000-01-01T00:00:00] 2000-01-01 00:00:00",
        ),
    ],
)
def test_times_that_pass_are_nothing(said: str, kept: str) -> None:
    """Timers are 0, lifetimes the next ten seconds, what ping measures whole milliseconds; settings stay."""
    assert kept == PlaceholderMapper(["time"]).text(said)
    assert kept == PlaceholderMapper(["time"]).text(kept)


def test_names_that_a_script_makes_up() -> None:
    """A regular expression says which; they are changed in all that a command holds, and in what it says."""
    standins = PlaceholderMapper(["name:tap[0-9a-f]{4}"])
    made = CreatedObject(
        "link", "tap12ab", ("ip", "link", "delete", "dev", "tap12ab"), "tap00ff", ("tap12ab",)
    )
    becomes = LinkRename("tap12ab", "tap34cd", None)
    drops = (("link", None, "tap34cd"),)
    asked = Command(
        ("ip", "link", "add", "tap12ab"),
        "tap00ff",
        creates=(made,),
        deletes=drops,
        renames=becomes,
        stdin="tap12ab",
    )
    kept = standins.command(asked)

    assert "ip -n name2 link add name1" == kept.line
    assert "name1" == kept.stdin
    assert (
        CreatedObject(
            "link", "name1", ("ip", "link", "delete", "dev", "name1"), "name2", ("name1",)
        ),
    ) == kept.creates
    assert ((("link", None, "name3"),), LinkRename("name1", "name3", None)) == (
        kept.deletes,
        kept.renames,
    )
    assert "no name1" == standins.text("no tap12ab")
    assert "tap12ab of tap34cd, name9" == standins.to_script("name1 of name3, name9")
    assert asked == standins.to_machine(kept)


def test_a_secret_is_no_name() -> None:
    """Secrets are kept as they are."""
    secret = Secret("tap12ab", "TAP")
    kept = PlaceholderMapper(["name:TAP", *EVERY]).command(Command(("cat", secret), stdin=secret))

    assert (secret, secret) == (kept.argv[1], kept.stdin)
    assert (secret,) == kept.secrets[:1]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("macs", "normalise: 'macs' is not one of mac, ifindex, pid, time, name:EXPRESSION"),
        ("name:[", "is no regular expression"),
        ("name:x*", "would be any name"),
    ],
)
def test_a_name_that_is_none_is_refused(name: str, why: str) -> None:
    """Before anything runs."""
    with pytest.raises(UnknownOption, match=why.replace("[", r"\[")):
        Session(sandbox=True, normalise=(name,))


def test_events_are_kept_whole() -> None:
    """Every event is changed where something is told of the kernel's choices, and stays what it is."""
    standins = PlaceholderMapper(EVERY)
    said = json.dumps([{"ifindex": 5, "address": RED}], separators=(",", ":"))
    result = Result(LOOK, 1, said, f"no {RED}", 1.5, 0.5, "a.py:1", text=f"5: a {RED}")
    state = {"": {"link": [{"ifindex": 5, "address": RED}]}}
    kept_state = {"": {"link": [{"ifindex": 2, "address": ONE}]}}
    kept = json.dumps([{"ifindex": 2, "address": ONE}], separators=(",", ":"))

    assert CommandEvent(1, LOOK, "a.py:1") == standins(CommandEvent(1, LOOK, "a.py:1"))
    answered = standins(ResultEvent(1, result))
    assert isinstance(answered, ResultEvent)
    assert Result(LOOK, 1, kept, f"no {ONE}") == answered.result
    assert (0.0, 0.0, "a.py:1", f"2: a {ONE}") == (
        answered.result.started,
        answered.result.seconds,
        answered.result.call_site,
        answered.result.text,
    )
    assert Snapshot(kept_state, asked=True) == standins(Snapshot(state, asked=True))
    assert End(f"no {ONE}", 1, kept_state) == standins(End(f"no {RED}", 1, state))
    assert End() == standins(End())
    assert Note(RED) == standins(Note(RED))


def test_what_is_normalised_stays_so() -> None:
    """A recording that is made of what a recording has told is the same."""
    said = f'9: v0@if5: {RED} fe80::9c07:c1ff:fe00:1234 33:33:ff:6e:6d:05 "ifindex":5 pid=77 "used":5 "expires":77'
    once = PlaceholderMapper(EVERY).text(said, TYPED)

    assert said != once
    assert once == PlaceholderMapper(EVERY).text(once, TYPED)


def test_a_recording_without_it_says_nothing_of_it(tmp_path: Path) -> None:
    """The header names what was normalised, and is as it ever was where nothing is."""
    path = Recording(Header(normalised=("mac",))).save(tmp_path / "some.jsonl")
    plain = Recording().save(tmp_path / "none.jsonl")

    assert ("mac",) == Recording.load(path).header.normalised
    assert () == Recording.load(plain).header.normalised
    assert "normalised" not in plain.read_text()


def lab(session: Session) -> list[Any]:
    """Build a bridge with a host, use what was read, and return what has to be the same each time."""
    session.ip.link.add("br0", Bridge())
    session.ip.netns.add("red")
    session.ip.link.add("v0", Veth(peer="eth0", peer_netns="red"), master="br0", up=True)
    (port,), (host,) = session.ip.link.show("v0"), session.netns("red").ip.link.show("eth0")
    session.ip.neigh.add("10.0.0.9", dev="br0", lladdr=host.address)
    session.exec("ip", "link", changes=False)
    said = session.exec("sh", "-c", "sleep 100 > /dev/null 2>&1 & echo pid $!").stdout
    session.exec("kill", said.split()[1])
    return [
        port.ifindex == host.link_index,
        host.ifindex == port.link_index,
        port.address == host.address,
    ]


@pytest.mark.live
def test_a_lab_that_uses_what_it_has_read_is_played_back(tmp_path: Path) -> None:
    """The live session sees what is there, the recording holds stand-ins, and the same script goes the same way."""
    path = tmp_path / "lab.jsonl"
    with Session(sandbox=True, record=path, normalise=EVERY) as session:
        seen = lab(session)
        assert session.ip.link.show("v0")[0].address != ONE
    text = path.read_text()
    with Session.playback(path) as played:
        again = lab(played)
        played.ip.link.show("v0")

    assert [True, True, False] == seen == again
    assert [] == played.unplayed
    assert '"pid 1001\\n"' in text
    assert '"kill","1001"' in text


@pytest.mark.live
def test_an_in_memory_recording_and_its_copies_are_normalised_too(
    session: Session, tmp_path: Path
) -> None:
    """Whether it is saved in mid-session or at the end, from memory or as it grows."""
    with Session(session.place, normalise=EVERY) as inside:
        inside.ip.link.add("br0", Bridge())
        (bridge,) = inside.ip.link.show("br0")
        early = inside.recording.save(tmp_path / "early.jsonl")
    late = inside.recording.save(tmp_path / "late.jsonl")

    assert bridge.address is not None
    assert bridge.address not in early.read_text() + late.read_text()
    assert ONE in early.read_text()


def test_a_pid_that_the_script_brings_is_found_again() -> None:
    """What a script gives by itself is another each time: in what is played back it is the one of this time."""

    def script(session: Session, pid: str) -> str:
        session.exec("ip", "link", "set", "dev", "a", "netns", pid)
        return session.exec("ip", "netns", "pids", "red", changes=False).stdout

    recording = Recording(Header(normalised=("pid",)))
    standins = PlaceholderMapper(["pid"])
    move, look = Command(command("ip link set dev a netns 4711").argv), command("ip netns pids red")
    for number, (asked, said) in enumerate(((move, ""), (look, "4711\n815\n")), start=1):
        recording.append(standins(CommandEvent(number, asked)))
        recording.append(standins(ResultEvent(number, Result(asked, 0, said))))

    assert "99\n1002\n" == script(Session.playback(recording), "99")
