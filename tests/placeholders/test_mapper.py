"""Placeholders: kernel-assigned values are the same in every recording."""

import json
from pathlib import Path
from typing import Any

import pytest

from ipwrap import Command, Recording, Result, Secret, Session, UnknownOption, until
from ipwrap.command import CreatedObject, LinkRename
from ipwrap.kinds import Bridge, Veth
from ipwrap.placeholders import EVERY, PlaceholderMapper
from ipwrap.recording import (
    CommandEvent,
    End,
    Header,
    Note,
    ProcessEvent,
    ProcessStarted,
    ResultEvent,
    Sleep,
    Snapshot,
    WaitEvent,
)

FIRST_MAC, SECOND_MAC = "02:00:00:00:00:01", "02:00:00:00:00:02"
KERNEL_MAC, OTHER_KERNEL_MAC = "9e:07:c1:00:12:34", "ae:fb:00:0a:0b:0c"


def read_command(line: str, **options: Any) -> Command:
    """Return a read-only command."""
    return Command(tuple(line.split()), changes=False, **options)


LOOK = read_command("ip -j link show")
TYPED = read_command("ip link show")


@pytest.mark.parametrize(
    ("output", "masked"),
    [
        (
            f'"address":"{KERNEL_MAC}","broadcast":"ff:ff:ff:ff:ff:ff"',
            f'"address":"{FIRST_MAC}","broadcast":"ff:ff:ff:ff:ff:ff"',
        ),
        (
            f"link/ether {KERNEL_MAC} peer {OTHER_KERNEL_MAC} and {KERNEL_MAC}",
            f"link/ether {FIRST_MAC} peer {SECOND_MAC} and {FIRST_MAC}",
        ),
        (f"link/ether {KERNEL_MAC.upper()}", f"link/ether {FIRST_MAC}"),
        (
            "00:00:00:00:00:00 01:00:5e:00:00:01 33:33:00:00:00:01",
            "00:00:00:00:00:00 01:00:5e:00:00:01 33:33:00:00:00:01",
        ),
        (f"{KERNEL_MAC} 8000.9e:7:c1:0:12:34", f"{FIRST_MAC} 8000.2:0:0:0:0:1"),
        (f"{KERNEL_MAC} fe80::9c07:c1ff:fe00:1234/64", f"{FIRST_MAC} fe80::ff:fe00:1/64"),
        ("2001:db8::9c07:c1ff:fe00:1234 fe80::1", "2001:db8::ff:fe00:1 fe80::1"),
        (
            f"{KERNEL_MAC} 33:33:ff:00:12:34 ff02::1:ff00:1234",
            f"{FIRST_MAC} 33:33:ff:00:00:01 ff02::1:ff00:1",
        ),
        ("33:33:ff:6e:6d:05 ff02::1:ff6e:6d05", "33:33:ff:ff:00:01 ff02::1:ffff:1"),
        ("33:33:ff:00:00:00", "33:33:ff:00:00:00"),
        ("a0:36:9f:00:01:02:aa:bb 1:2:3:4:5:6:7:8 12:34:56:78:9a:bc:de:f0", None),
        ("1::9c07:c1ff:fe00:1234:5:6:7:8:9", None),
    ],
)
def test_mac_addresses_and_derived_addresses(output: str, masked: str | None) -> None:
    """Addresses get placeholders in order; groups stay, except solicited-node groups."""
    expected = output if masked is None else masked

    assert expected == PlaceholderMapper(["mac"]).mask_text(output, LOOK)


def test_mentioned_addresses_are_kept() -> None:
    """MAC and IPv6 addresses of a command are kept, and are no placeholders."""
    mapper = PlaceholderMapper(["mac"])
    addresses = "2001:db8::9c07:c1ff:fe00:99 and fd00::7/64"
    line = f"ip link set dev a address {KERNEL_MAC} and {FIRST_MAC} and {addresses}"

    assert line.split() == [*mapper.mask_command(read_command(line)).argv]

    assert f"{KERNEL_MAC} {SECOND_MAC}" == mapper.mask_text(f"{KERNEL_MAC} {OTHER_KERNEL_MAC}")
    assert "2001:db8::9c07:c1ff:fe00:99" == mapper.mask_text("2001:db8::9c07:c1ff:fe00:99")
    assert "33:33:ff:00:00:07" == mapper.mask_text("33:33:ff:00:00:07")


def test_a_mac_read_before_its_mention_keeps_its_placeholder() -> None:
    """A script that uses an address it has read is recorded with the placeholder."""
    mapper = PlaceholderMapper(["mac"])
    mapper.mask_text(KERNEL_MAC)
    masked = mapper.mask_command(
        read_command(f"ip neigh add to 10.0.0.1 lladdr {KERNEL_MAC}", stdin=f"{KERNEL_MAC}\n")
    )

    assert f"ip neigh add to 10.0.0.1 lladdr {FIRST_MAC}" == masked.line
    assert f"{FIRST_MAC}\n" == masked.stdin
    assert FIRST_MAC == mapper.mask_text(KERNEL_MAC)


@pytest.mark.parametrize(
    ("command", "output", "masked"),
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
        (read_command("ip maddress"), "9:\tv0\n", "2:\tv0\n"),
        (read_command("cat notes"), "9: nine\n", "9: nine\n"),
        (
            read_command("bridge -j mdb"),
            '{"index":9,"dev":"br0"},{"bucket":{"index":9}}',
            '{"index":2,"dev":"br0"},{"bucket":{"index":9}}',
        ),
    ],
)
def test_indexes_are_numbered_in_order(command: Command, output: str, masked: str) -> None:
    """Numbers start from 2, `lo` is 1; only iproute2 starts a line with an index."""
    assert masked == PlaceholderMapper(["ifindex"]).mask_text(output, command)


def test_a_chosen_index_is_kept() -> None:
    """The index of `ip link add index 50` is kept, and is no placeholder."""
    mapper = PlaceholderMapper(["ifindex"])
    mapper.mask_command(read_command("ip link add name a index 2 type dummy"))

    assert '{"ifindex":2},{"ifindex":3}' == mapper.mask_text('{"ifindex":2},{"ifindex":50}')


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("kill -9 4711 815", "kill -9 1001 1002"),
        ("ip link set dev a netns 4711", "ip link set dev a netns 1001"),
        ("ip netns identify 4711", "ip netns identify 1001"),
        ("nsenter -t 4711 -n cat /proc/4711/stat", "nsenter -t 1001 -n cat /proc/1001/stat"),
        ("ip link set dev a mtu 4711", "ip link set dev a mtu 4711"),
        ("ip netns delete 4711", "ip netns delete 4711"),
    ],
)
def test_pids_in_arguments(line: str, masked: str) -> None:
    """Process ids get placeholders; further numbers stay."""
    assert masked == PlaceholderMapper(["pid"]).mask_command(read_command(line)).line


@pytest.mark.parametrize(
    ("line", "output", "masked"),
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
def test_pids_in_output(line: str, output: str, masked: str) -> None:
    """Process ids in JSON, in text, and in the lines of `ip netns pids`."""
    assert masked == PlaceholderMapper(["pid"]).mask_text(output, read_command(line))


@pytest.mark.parametrize(
    ("output", "masked"),
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
def test_times_are_masked(output: str, masked: str) -> None:
    """Timers are 0, lifetimes the next 10 seconds, ping's times whole ms; settings stay."""
    assert masked == PlaceholderMapper(["time"]).mask_text(output)
    assert masked == PlaceholderMapper(["time"]).mask_text(masked)


def test_generated_names_are_masked() -> None:
    """Matches of the expression are masked in every attribute of a command, and in output."""
    mapper = PlaceholderMapper(["name:tap[0-9a-f]{4}"])
    command = Command(
        ("ip", "link", "add", "tap12ab"),
        "tap00ff",
        creates=(
            CreatedObject(
                "link",
                "tap12ab",
                {"dev": "tap12ab"},
                "tap00ff",
                ("tap12ab",),
            ),
        ),
        deletes=(("link", None, "tap34cd"),),
        renames=LinkRename("tap12ab", "tap34cd", None),
        stdin="tap12ab",
        env={"DEV": "on tap12ab", "KEY": Secret("x", "TAP")},
        cwd="/proc/tap34cd",
    )
    masked_object = CreatedObject(
        "link",
        "name1",
        {"dev": "name1"},
        "name2",
        ("name1",),
    )

    masked = mapper.mask_command(command)

    assert (
        "(cd /proc/name3 && DEV='on name1' KEY=\"$TAP\" ip -n name2 link add name1)" == masked.line
    )
    assert "name1" == masked.stdin
    assert (masked_object,) == masked.creates
    assert (("link", None, "name3"),) == masked.deletes
    assert LinkRename("name1", "name3", None) == masked.renames

    assert "no name1" == mapper.mask_text("no tap12ab")
    assert "tap12ab of tap34cd, name9" == mapper.to_script("name1 of name3, name9")
    assert command == mapper.to_machine(masked)


def test_a_secret_is_no_name() -> None:
    """Secrets are kept unchanged."""
    secret = Secret("tap12ab", "TAP")
    mapper = PlaceholderMapper(["name:TAP", *EVERY])
    masked = mapper.mask_command(Command(("cat", secret), stdin=secret))

    assert secret == masked.argv[1]
    assert secret == masked.stdin
    assert (secret,) == masked.secrets[:1]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("macs", "normalise: 'macs' is not one of mac, ifindex, pid, time, name:EXPRESSION"),
        ("name:[", "is no regular expression"),
        ("name:x*", "would be any name"),
    ],
)
def test_an_unknown_name_is_refused(name: str, message: str) -> None:
    """The error is raised before anything runs."""
    with pytest.raises(UnknownOption, match=message.replace("[", r"\[")):
        Session(sandbox=True, normalise=(name,))


def test_events_are_masked() -> None:
    """Kernel-assigned values of every event are masked, and the event is complete."""
    mapper = PlaceholderMapper(EVERY)
    link = {"ifindex": 5, "address": KERNEL_MAC}
    masked_link = {"ifindex": 2, "address": FIRST_MAC}
    state = {"": {"link": [link]}}
    masked_state = {"": {"link": [masked_link]}}
    result = Result(
        LOOK,
        1,
        json.dumps([link], separators=(",", ":")),
        f"no {KERNEL_MAC}",
        started=1.5,
        seconds=0.5,
        call_site="a.py:1",
        text=f"5: a {KERNEL_MAC}",
    )
    command_event = CommandEvent(1, LOOK, "a.py:1")

    assert command_event == mapper(command_event)

    result_event = mapper(ResultEvent(1, result))
    assert isinstance(result_event, ResultEvent)

    masked = result_event.result
    masked_stdout = json.dumps([masked_link], separators=(",", ":"))
    assert Result(LOOK, 1, masked_stdout, f"no {FIRST_MAC}") == masked
    assert 0.0 == masked.started
    assert 0.0 == masked.seconds
    assert "a.py:1" == masked.call_site
    assert f"2: a {FIRST_MAC}" == masked.text

    assert Snapshot(masked_state, asked=True) == mapper(Snapshot(state, asked=True))
    assert End(f"no {FIRST_MAC}", 1, masked_state) == mapper(End(f"no {KERNEL_MAC}", 1, state))
    assert End() == mapper(End())
    assert Note(KERNEL_MAC) == mapper(Note(KERNEL_MAC))


def test_masking_is_idempotent() -> None:
    """Masked output does not change when it is masked again."""
    addresses = f"{KERNEL_MAC} fe80::9c07:c1ff:fe00:1234 33:33:ff:6e:6d:05"
    numbers = '"ifindex":5 pid=77 "used":5 "expires":77'
    output = f"9: v0@if5: {addresses} {numbers}"
    masked = PlaceholderMapper(EVERY).mask_text(output, TYPED)

    assert output != masked
    assert masked == PlaceholderMapper(EVERY).mask_text(masked, TYPED)


def test_the_header_names_the_masked_values(tmp_path: Path) -> None:
    """Without normalisation the header has no such key."""
    path = Recording(Header(normalised=("mac",))).save(tmp_path / "some.jsonl")
    plain = Recording().save(tmp_path / "none.jsonl")

    assert ("mac",) == Recording.load(path).header.normalised
    assert () == Recording.load(plain).header.normalised
    assert "normalised" not in plain.read_text()


def lab(session: Session) -> list[Any]:
    """Build a bridge with a host, use read values, and return comparisons."""
    session.ip.link.add("br0", Bridge())
    session.ip.netns.add("red")
    session.ip.link.add("v0", Veth(peer="eth0", peer_netns="red"), master="br0", up=True)

    (port,) = session.ip.link.show("v0")
    (host,) = session.netns("red").ip.link.show("eth0")
    session.ip.neigh.add("10.0.0.9", dev="br0", lladdr=host.address)
    session.exec("ip", "link", changes=False)

    result = session.exec("sh", "-c", "sleep 100 > /dev/null 2>&1 & echo pid $!")
    pid = result.stdout.split()[1]
    session.exec("kill", pid)

    return [
        port.ifindex == host.link_index,
        host.ifindex == port.link_index,
        port.address == host.address,
    ]


@pytest.mark.live
def test_a_lab_that_uses_read_values_is_played_back(tmp_path: Path) -> None:
    """The live session has real values, the recording placeholders, and both agree."""
    path = tmp_path / "lab.jsonl"
    with Session(sandbox=True, record=path, normalise=EVERY) as session:
        live_values = lab(session)

        assert session.ip.link.show("v0")[0].address != FIRST_MAC

    text = path.read_text()
    with Session.playback(path) as played:
        played_values = lab(played)
        played.ip.link.show("v0")

    assert [True, True, False] == live_values == played_values
    assert [] == played.unplayed
    assert '"pid 1001\\n"' in text
    assert '"kill","1001"' in text


@pytest.mark.live
def test_an_in_memory_recording_is_masked(session: Session, tmp_path: Path) -> None:
    """Copies in mid-session and at the end are masked."""
    with Session(session.place, normalise=EVERY) as normalised:
        normalised.ip.link.add("br0", Bridge())
        (bridge,) = normalised.ip.link.show("br0")
        early_copy = normalised.recording.save(tmp_path / "early.jsonl")

    late_copy = normalised.recording.save(tmp_path / "late.jsonl")
    early_text = early_copy.read_text()
    late_text = late_copy.read_text()

    assert bridge.address is not None
    assert bridge.address not in early_text
    assert bridge.address not in late_text
    assert FIRST_MAC in early_text


def test_a_pid_of_the_script_is_restored() -> None:
    """A playback returns the process id of this run in the recorded output."""

    def script(session: Session, pid: str) -> str:
        session.exec("ip", "link", "set", "dev", "a", "netns", pid)
        return session.exec("ip", "netns", "pids", "red", changes=False).stdout

    recording = Recording(Header(normalised=("pid",)))
    mapper = PlaceholderMapper(["pid"])
    move = Command(("ip", "link", "set", "dev", "a", "netns", "4711"))
    look = read_command("ip netns pids red")
    results = [Result(move), Result(look, stdout="4711\n815\n")]

    for number, result in enumerate(results, start=1):
        command_event = CommandEvent(number, result.command)
        recording.append(mapper(command_event))
        recording.append(mapper(ResultEvent(number, result)))

    playback = Session.playback(recording)

    assert "99\n1002\n" == script(playback, "99")


@pytest.mark.parametrize(
    ("argv", "masked"),
    [
        (("kill", "-HUP", "20"), ("kill", "-HUP", "1001")),
        (("strace", "-p", "20"), ("strace", "-p", "1001")),
        (("nc", "-p", "21"), ("nc", "-p", "21")),
        (("tail", "--pid=20", "log"), ("tail", "--pid=1001", "log")),
        (
            ("sh", "-c", "kill -HUP 20 21; kill 20.5; sleep 20"),
            ("sh", "-c", "kill -HUP 1001 21; kill 20.5; sleep 20"),
        ),
        (("cat", "/proc/20/status"), ("cat", "/proc/1001/status")),
        (("ping", "-c", "20", "10.0.0.2"), ("ping", "-c", "20", "10.0.0.2")),
    ],
)
def test_commands_that_name_a_background_process(
    argv: tuple[str, ...], masked: tuple[str, ...]
) -> None:
    """The pid of a process is replaced where it is one; numbers that equal it are kept."""
    mapper = PlaceholderMapper(("pid",))
    started = mapper(ProcessStarted(1, 20, seconds=0.5))
    asked = mapper(CommandEvent(2, Command(argv)))

    assert ProcessStarted(1, 1001, seconds=0.5) == started
    assert CommandEvent(2, Command(masked)) == asked


def test_processes_and_waits_have_placeholders() -> None:
    """Names, MAC addresses and times of processes and waits are replaced."""
    mapper = PlaceholderMapper(("mac", "pid", "time", "name:net-[0-9a-f]+"))
    mapper(CommandEvent(1, read_command("ip netns add net-1f")))
    process = ProcessEvent(
        2, Command(("httpd",), "net-1f"), "web", until.link("net-2e"), 10.0, "net-1f.log"
    )
    wait = WaitEvent(
        until.link("net-2e"), "net-1f", 5.0, 1.5, seen=f"link/ether {KERNEL_MAC}", call_site="x:1"
    )

    assert [
        ProcessEvent(
            2, Command(("httpd",), "name1"), "web", until.link("name2"), 10.0, "name1.log"
        ),
        ProcessStarted(2, 1001),
        WaitEvent(
            until.link("name2"), "name1", 5.0, seen=f"link/ether {FIRST_MAC}", call_site="x:1"
        ),
        Sleep(0.5),
    ] == [
        mapper(event) for event in (process, ProcessStarted(2, 77, seconds=3.0), wait, Sleep(0.5))
    ]

    masked = mapper.mask_wait(until.link("net-2e"), "net-1f")
    assert (until.link("net-2e"), "net-1f") == mapper.wait_to_machine(*masked)


def test_processes_without_placeholders() -> None:
    """Without "pid" and "time" the numbers are those of the machine."""
    mapper = PlaceholderMapper(("mac",))
    started = ProcessStarted(2, 77, seconds=3.0)
    process = ProcessEvent(2, Command(("httpd",)), "web")
    assert [started, process] == [mapper(started), mapper(process)]
    assert 77 == mapper.pid_to_script(77)
