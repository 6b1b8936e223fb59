"""Undo and clean after a crash touch what is the session's, and say what they leave."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipwrap import Recording
from tests.processes import alive
from tests.undo.standin import StandIn, needs_root, open_standin
from tests.waiting import until

pytestmark = [pytest.mark.live, needs_root]

BRIDGE_LAB = """\
from ipwrap import Session
from ipwrap.kinds import Bridge
session = Session()
session.ip.link.add("br0", Bridge())
session.ip.address.add("10.5.0.1/24", dev="br0")
session.ip.link.set("br0", up=True)
session.ip.route.add("default", via="10.5.0.2")
"""
MOVE_LAB = """\
from ipwrap import Session
session = Session()
session.ip.netns.add("lab")
session.ip.link.set("nic0", netns="lab"{options})
{more}
"""
NIC = """\
ip link add nic0 address 02:00:00:00:00:10 type veth peer name wire
ip address add 10.1.0.1/24 dev nic0
ip link set dev nic0 up
"""
STRANGER = """\
ip link add nic0 address 02:00:00:00:00:77 type bridge
ip address add 10.77.0.1/24 dev nic0
"""


@pytest.fixture
def host(tmp_path: Path) -> Iterator[StandIn]:
    """A stand-in for a host."""
    with open_standin(tmp_path) as standin:
        yield standin


def test_session_of_another_network_namespace_is_left_alone(host: StandIn) -> None:
    """The host's own link, address and route of the same names stay as they are."""
    host.run(
        "ip link add br0 type bridge; ip address add 192.168.1.1/24 dev br0; "
        "ip link set dev br0 up; ip route add default via 192.168.1.254"
    )
    before = host.run("ip -br address; ip route")
    host.crash(BRIDGE_LAB, inside=("unshare", "--net"))
    (kept,) = host.kept

    status, output, messages = host.ipwrap("clean", "--yes")

    assert (0, "") == (status, output)
    assert "was made in another network namespace" in messages
    assert "nothing to clean" in messages
    assert before == host.run("ip -br address; ip route")
    assert [kept] == host.kept

    path = str(host.folder / "state" / "ipwrap" / kept)
    status, output, messages = host.ipwrap("undo", "--here", path)
    assert (1, "") == (status, output)
    assert "was made in another network namespace" in messages
    assert before == host.run("ip -br address; ip route")


def test_the_namespace_to_go_to_is_named(host: StandIn) -> None:
    """While a process is left in the other namespace, the message says how to get there."""
    waiting = BRIDGE_LAB + (
        "import subprocess\n"
        "subprocess.Popen(['sleep', '1000'], stdout=subprocess.DEVNULL)\n"
        "print(subprocess.check_output(['pgrep', '-P', str(__import__('os').getpid()), 'sleep'],"
        " text=True), flush=True)"
    )
    process = host.start(waiting + "\nimport time; time.sleep(1000)", inside=("unshare", "--net"))
    assert process.stdout is not None
    sleeper = int(process.stdout.readline())
    try:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        status, _, messages = host.ipwrap("clean", "--yes")
        assert 0 == status
        assert "run this there: nsenter --target" in messages
        assert "--net ipwrap" in messages
    finally:
        os.kill(sleeper, signal.SIGKILL)
    process.communicate()


def test_live_session_of_another_pid_namespace_is_alive(host: StandIn) -> None:
    """A session in a pid namespace below is known by /proc, one beside it by its lock."""
    script = BRIDGE_LAB + "print('ready', flush=True)\nimport time; time.sleep(1000)\n"
    inside = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")
    process = host.start(script, inside=inside)
    assert process.stdout is not None
    try:
        assert "ready\n" == process.stdout.readline()
        (kept,) = host.kept
        path = str(host.folder / "state" / "ipwrap" / kept)
        before = host.run("ip -br address; ip route")

        for others in ((), inside):
            status, output, messages = host.ipwrap("clean", "--yes", "--here", inside=others)
            assert (0, "") == (status, output)
            assert "nothing to clean" in messages
            status, output, messages = host.ipwrap("undo", "--here", path, inside=others)
            assert (1, "") == (status, output)
            assert "is still being written" in messages
        assert before == host.run("ip -br address; ip route")
    finally:
        process.kill()
        process.communicate()

    assert until(lambda: "nothing to clean" not in host.ipwrap("clean", "--dry-run", "--here")[2])
    assert "other mount and pid namespace" not in host.ipwrap("clean", "--yes", "--here")[2]
    assert "br0" not in host.run("ip -br link")


@pytest.mark.parametrize("options", ["", ', name="eth0"'])
def test_link_of_others_with_the_name_is_left_alone(options: str, host: StandIn) -> None:
    """No address, flag or MAC address lands on it; the link in the lab and the lab stay."""
    host.run(NIC)
    host.crash(MOVE_LAB.format(options=options, more=""))
    host.run(STRANGER)
    before = host.run("ip -d link show nic0; ip address show nic0")
    name = "eth0" if options else "nic0"

    for _ in range(2):
        status, output, messages = host.ipwrap("clean", "--yes")

        assert (1, "") == (status, output)
        assert "nic0 (index" in messages
        assert "02:00:00:00:00:77) has that name now" in messages
        assert f"the namespace lab stays, since it holds {name}" in messages
        assert before == host.run("ip -d link show nic0; ip address show nic0")
        assert "02:00:00:00:00:10" in host.run(f"ip -n lab link show {name}")

    # With the name free again, all comes back.
    host.run("ip link set dev nic0 name other")
    assert 0 == host.ipwrap("clean", "--yes")[0]
    assert "02:00:00:00:00:10" in host.run("ip link show nic0")
    assert "10.1.0.1/24" in host.run("ip address show nic0")
    assert "" == host.run("ip netns list")
    assert "10.77.0.1/24" in host.run("ip address show other")
    assert [] == host.kept


def test_link_renamed_by_others_in_the_lab_comes_home(host: StandIn) -> None:
    """A link that was moved in and renamed there is found by its MAC address."""
    host.run(NIC)
    host.crash(MOVE_LAB.format(options="", more=""))
    host.run("ip -n lab link set dev nic0 name eth7")

    status, output, messages = host.ipwrap("clean", "--yes")

    assert (0, []) == (status, [line for line in messages.splitlines() if "commands" not in line])
    assert "ip -n lab link set dev eth7 name nic0" in output
    assert "02:00:00:00:00:10" in host.run("ip link show nic0")
    assert "10.1.0.1/24" in host.run("ip address show nic0")


def test_interrupted_move_is_undone(host: StandIn) -> None:
    """The crash came after the move and before its result was written."""
    host.run(NIC)
    host.crash(MOVE_LAB.format(options=', name="eth0"', more=""))
    (kept,) = host.kept
    path = host.folder / "state" / "ipwrap" / kept
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))

    assert 0 == host.ipwrap("clean", "--yes")[0]
    assert "02:00:00:00:00:10" in host.run("ip link show nic0")
    assert "" == host.run("ip netns list")


def test_created_link_that_others_have_made_anew_stays(host: StandIn) -> None:
    """A bridge of the session's name with another index is somebody else's."""
    host.crash(BRIDGE_LAB)
    host.run(
        "ip link delete dev br0; ip link add br0 type bridge; ip address add 10.9.0.1/24 dev br0"
    )

    status, output, messages = host.ipwrap("clean", "--yes")

    assert (1, "") == (status, output)
    assert "is not the link of that name in the recording: left alone" in messages
    assert "10.9.0.1/24" in host.run("ip address show br0")


@pytest.mark.parametrize("others", [False, True])
def test_interrupted_creation_is_undone_where_nobody_else_made_links(
    others: bool, host: StandIn
) -> None:
    """Else the link may be somebody else's, and the message says what to look at."""
    host.run("ip link add gone type bridge; ip link delete gone")
    host.crash("\n".join(BRIDGE_LAB.splitlines()[:4]))
    (kept,) = host.kept
    path = host.folder / "state" / "ipwrap" / kept
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]))
    if others:
        host.run("ip link add foreign type bridge")

    status, _, messages = host.ipwrap("clean", "--yes")

    has_bridge = "br0" in host.run("ip -br link")
    assert (int(others), others) == (status, has_bridge)
    assert others == ("look at `ip -d link show dev br0`" in messages)


def test_link_deleted_and_made_anew_by_others_is_left_alone(host: StandIn) -> None:
    """A link that the session deleted is not restored onto a link that has the name now."""
    host.run("ip link add old type bridge; ip address add 10.1.0.1/24 dev old")
    host.crash("from ipwrap import Session\nsession = Session()\nsession.ip.link.delete('old')\n")
    host.run("ip link add old mtu 1300 type bridge")
    before = host.run("ip -d link show old; ip address show old")

    status, output, messages = host.ipwrap("clean", "--yes")

    assert (1, "") == (status, output)
    assert "left alone" in messages
    assert before == host.run("ip -d link show old; ip address show old")


VETH_LAB = """\
from ipwrap import Session
from ipwrap.kinds import Veth
session = Session()
session.ip.netns.add("lab")
session.ip.link.add("v0", Veth(peer="e0", peer_netns="lab"))
"""


@pytest.mark.parametrize(
    ("changes", "held"),
    [
        ("ip link add b0 netns lab type bridge", "b0"),
        ("ip link delete v0; ip link add e0 netns lab type bridge", "e0"),
    ],
)
def test_namespace_with_links_of_others_stays(changes: str, held: str, host: StandIn) -> None:
    """Others have moved a link in, or have made the namespace or the link anew."""
    host.crash(VETH_LAB)
    host.run(changes)

    status, _, messages = host.ipwrap("clean", "--yes")

    assert 1 == status
    assert f"the namespace lab stays, since it holds {held}; " in messages
    assert held in host.run("ip -n lab -br link")
    assert "v0" not in host.run("ip -br link")


EXEC_LAB = """\
import subprocess
from ipwrap import Session
session = Session()
session.exec("sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
session.exec("sh", "-c", "true")
session.exec("ping", "-c", "1", "-W", "1", "127.0.0.1", check=False)
session.exec("sh", "-c", "exit 0", changes=False)
session.ip.netns.add("lab")
session.netns("lab").exec("sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
sleeper = subprocess.Popen(
    ["ip", "netns", "exec", "lab", "sleep", "1000"], stdout=subprocess.DEVNULL
)
while subprocess.run(["ip", "netns", "pids", "lab"], capture_output=True).stdout == b"":
    pass
"""


def test_what_cannot_be_undone_is_said(host: StandIn) -> None:
    """Programs that may have changed something, and processes in the lab, with their lines."""
    host.crash(EXEC_LAB)
    pid = int(host.run("ip netns pids lab"))
    stays = f"the namespace lab stays, since processes are alive in it: {pid} sleep 1000"
    shell_line = "cannot be undone, if it changed something: sh -c true"
    try:
        status, output, messages = host.ipwrap("clean", "--yes")
        problems = [line for line in messages.splitlines()[1:] if "fully restored" not in line]
        assert (1, "sysctl -w net.ipv4.ip_forward=0\n") == (status, output)
        assert [
            f"ipwrap: {stays}; end them, by --kill, and run this again",
            f"ipwrap: {shell_line}",
        ] == problems
        assert alive(pid)
        assert "lab" in host.run("ip netns list")

        # A preview says what it would run, and ends nothing.
        status, output, _ = host.ipwrap("clean", "--dry-run", "--kill")
        assert (0, "ip netns delete lab\n") == (status, output)
        assert alive(pid)

        status, output, messages = host.ipwrap("clean", "--yes", "--kill")
        assert 1 == status
        assert "ip netns delete lab\n" == output
        assert shell_line in messages
        assert until(lambda: not alive(pid))
        assert "" == host.run("ip netns list")
    finally:
        if alive(pid):
            os.kill(pid, signal.SIGKILL)

    # All that a command can undo is undone: the session is not offered again.
    status, _, messages = host.ipwrap("clean", "--yes")
    assert (0, "ipwrap: nothing to clean: no session has crashed here\n") == (status, messages)


def test_kill_spares_processes_outside_the_namespaces_of_the_session(host: StandIn) -> None:
    """`--kill` ends a process that ignores SIGTERM, and none on the host or elsewhere."""
    host.run("ip netns add other")
    host.crash("from ipwrap import Session\nsession = Session()\nsession.ip.netns.add('lab')\n")
    stubborn = "trap '' TERM; echo; while :; do sleep 1; done"
    processes = [
        host.start(f"import os\nos.execvp('sh', ['sh', '-c', {stubborn!r}])", inside=inside)
        for inside in (
            ("ip", "netns", "exec", "lab"),
            ("ip", "netns", "exec", "other"),
            ("env",),
        )
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert "\n" == process.stdout.readline()
        assert 0 == host.ipwrap("clean", "--yes", "--kill")[0]
        assert -signal.SIGKILL == processes[0].wait()
        assert [None, None] == [process.poll() for process in processes[1:]]
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def test_clean_finds_a_session_with_a_path(host: StandIn) -> None:
    """A pointer leads to the recording, which stays; a closed session leaves no pointer."""
    script = BRIDGE_LAB.replace("Session()", "Session(record='x.jsonl')")
    host.crash(script)
    assert [True] == [name.endswith(".pointer") for name in host.kept]

    status, output, messages = host.ipwrap("clean", "--yes")
    assert (0, True) == (status, "ip link delete dev br0" in output), messages
    assert [] == host.kept
    assert (host.folder / "x.jsonl").exists()
    assert "br0" not in host.run("ip -br link")

    process = host.start(script + "session.close()\n")
    process.communicate()
    assert (0, []) == (process.returncode, host.kept)


def test_recording_written_over_by_a_later_session_is_said(host: StandIn) -> None:
    """The pointer of the first crash does not lead to the recording of the second session."""
    script = BRIDGE_LAB.replace("Session()", "Session(record='x.jsonl')")
    host.crash(script)
    host.start("from ipwrap import Session\nwith Session(record='x.jsonl'): pass\n").communicate()

    status, output, messages = host.ipwrap("clean", "--yes")
    assert (0, "") == (status, output)
    assert "x.jsonl: was written over by a later session" in messages
    assert [] == host.kept


def test_normalised_session_is_undone_by_the_kept_recording(host: StandIn) -> None:
    """The user's recording has placeholders, which are no addresses of this host."""
    host.run(NIC)
    script = MOVE_LAB.format(options="", more="session.netns('lab').ip.link.set('nic0', mtu=1300)")
    names = "normalise=('mac', 'ifindex', 'time')"
    host.crash(script.replace("Session()", f"Session(record='x.jsonl', {names})"))

    status, output, messages = host.ipwrap("undo", "x.jsonl")
    assert (1, "") == (status, output)
    assert "has placeholders for values of this machine (mac, ifindex)" in messages

    assert 0 == host.ipwrap("clean", "--yes")[0]
    assert "mtu 1500" in host.run("ip link show nic0")
    assert "02:00:00:00:00:10" in host.run("ip link show nic0")


def test_session_whose_only_command_failed_is_not_offered(host: StandIn) -> None:
    """A session that was never closed, and has changed nothing, is no crash."""
    script = """\
from ipwrap import IpwrapError, Session
session = Session()
try:
    session.ip.link.set("nothing0", up=True)
except IpwrapError:
    pass
"""
    host.start(script).communicate()
    assert 1 == len(host.kept)

    status, output, messages = host.ipwrap("clean")
    assert (0, "") == (status, output)
    assert "ipwrap: nothing to clean: no session has crashed here\n" == messages
    assert [] == host.kept


def test_recording_without_namespaces_needs_an_option(host: StandIn) -> None:
    """Recordings of earlier versions do not say where they were made."""
    script = BRIDGE_LAB.replace("Session()", "Session(record='x.jsonl')")
    host.crash(script)
    path = host.folder / "x.jsonl"
    header, rest = path.read_text().split("\n", 1)
    start = header.index(',"namespaces"')
    path.write_text(f"{header[:start]}}}}}\n{rest}")

    status, output, messages = host.ipwrap("undo", "x.jsonl")
    assert (1, "") == (status, output)
    assert "does not name the network namespace it was made in" in messages

    assert 0 == host.ipwrap("undo", "--here", "x.jsonl")[0]
    assert "br0" not in host.run("ip -br link")


def test_bridge_has_no_further_address_after_undo(host: StandIn) -> None:
    """The kernel generates an address from the present MAC address, which was another before."""
    host.run(
        "sysctl -qw net.ipv6.conf.default.accept_dad=0; ip link add br0 type bridge;"
        "ip link add p type veth peer name q; ip link set br0 up; ip link set p up;"
        "ip link set q up; sysctl -qw net.ipv6.conf.br0.accept_dad=0"
    )
    # The bridge has no carrier yet: its generated address comes with the first port.
    host.run("ip link set p master br0")
    assert until(lambda: "fe80" in host.run("ip -br address show br0"))
    host.run("ip address flush dev br0; ip address add fe80::1234/64 dev br0")
    before = host.run("ip -br address show br0")

    host.crash(
        "from ipwrap import Session\nsession = Session()\n"
        "session.ip.link.set('br0', up=False)\nsession.ip.link.set('br0', up=True)\n"
    )
    assert 0 == host.ipwrap("clean", "--yes")[0]
    assert before.split() == host.run("ip -br address show br0").split()
    # No address comes later either.
    host.run("ip link set p nomaster; ip link set p master br0")
    assert until(lambda: "UP" in host.run("ip -br link show br0"))
    assert before.split() == host.run("ip -br address show br0").split()


def test_address_of_a_link_that_others_replaced_is_reported(host: StandIn) -> None:
    """The session deleted an address of a link; the link of that name is another one now."""
    host.run(NIC)
    host.crash(
        "from ipwrap import Session\n"
        "session = Session()\n"
        "session.ip.address.delete('10.1.0.1/24', dev='nic0')\n"
    )
    host.run("ip link delete nic0; " + STRANGER)
    before = host.run("ip address show nic0")

    status, output, messages = host.ipwrap("clean", "--yes")

    assert (1, "") == (status, output), messages
    assert "is not the link of that name in the recording: left alone" in messages
    assert before == host.run("ip address show nic0")


def test_namespace_that_others_made_anew_is_left_alone(host: StandIn) -> None:
    """Neither the namespace goes, nor a link in it, nor a process."""
    host.run(NIC)
    host.crash("from ipwrap import Session\nsession = Session()\nsession.ip.netns.add('lab')\n")
    host.run("ip netns delete lab; ip netns add lab; ip link set dev nic0 netns lab")
    sleeper = host.start(
        "import os\nos.execvp('sleep', ['sleep', '1000'])", inside=("ip", "netns", "exec", "lab")
    )
    try:
        assert until(lambda: host.run("ip netns pids lab") != "")
        status, output, messages = host.ipwrap("clean", "--yes", "--kill")

        assert (1, "") == (status, output)
        assert "the namespace lab is not the one of that name in the recording" in messages
        assert sleeper.poll() is None
        assert "nic0" in host.run("ip -n lab -br link")
    finally:
        sleeper.kill()
        sleeper.communicate()


def test_namespace_that_only_got_a_name_loses_only_the_name(host: StandIn) -> None:
    """`ip netns attach` made neither the namespace nor its processes: `--kill` spares them."""
    others = host.start(
        "import os\nos.execvp('sleep', ['sleep', '1000'])", inside=("unshare", "-n")
    )
    try:
        assert until(lambda: "sleep" in Path(f"/proc/{others.pid}/cmdline").read_text())
        host.crash(
            "from ipwrap import Session\n"
            "session = Session()\n"
            f"session.ip.netns.attach('me', {others.pid})\n"
        )
        status, output, messages = host.ipwrap("clean", "--yes", "--kill")

        assert (0, "ip netns delete me\n") == (status, output), messages
        assert others.poll() is None
    finally:
        others.kill()
        others.communicate()


def test_iproute2_by_its_path_is_undone(host: StandIn) -> None:
    """A program's path hides nothing."""
    host.crash(
        "import shutil\n"
        "from ipwrap import Session\n"
        "session = Session()\n"
        "ip = shutil.which('ip', path='/usr/sbin:/sbin:/usr/bin:/bin')\n"
        "session.exec(ip, 'link', 'add', 'b8', 'type', 'bridge')\n"
    )
    assert "b8" in host.run("ip -br link")

    status, output, messages = host.ipwrap("clean", "--yes")

    assert (0, "ip link delete dev b8\n") == (status, output), messages
    assert "b8" not in host.run("ip -br link")


def test_port_comes_home_from_an_interrupted_move(host: StandIn) -> None:
    """The session was killed between the move of a bridge's port and its result."""
    host.run(NIC + "ip link add br0 type bridge; ip link set nic0 master br0")
    host.crash(MOVE_LAB.format(options="", more=""))
    (kept,) = host.kept
    path = host.folder / "state" / "ipwrap" / kept
    *lines, result = path.read_bytes().splitlines(keepends=True)
    assert b'"event":"result"' in result
    path.write_bytes(b"".join(lines))

    status, output, messages = host.ipwrap("clean", "--yes")

    assert 0 == status, messages
    assert "ip netns delete lab" in output
    assert "master br0" in host.run("ip link show nic0")


ROUTE_LAB = """\
from ipwrap import Session
session = Session({options})
session.{route}
"""
UPLINK = """\
ip link add up0 type bridge
ip address add 10.0.0.2/24 dev up0; ip link set dev up0 up
"""
OTHER_UPLINK = """\
ip link delete dev up0
ip link add {name} type bridge
ip address add 10.0.0.3/24 dev {name}; ip link set dev {name} up
"""
ROUTES = [
    ("ip.route.add('10.9.0.0/16', via='10.0.0.1')", "ip route add 10.9.0.0/16 via 10.0.0.1"),
    ("ip.route.replace('10.9.0.0/16', via='10.0.0.1')", "ip route add 10.9.0.0/16 via 10.0.0.1"),
    (
        "ip.nexthop.add(5, via='10.0.0.1', dev='up0')",
        "ip nexthop add id 5 via 10.0.0.1 dev {name}",
    ),
    (
        "ip.route.add('10.9.0.0/16', nexthops=[NextHop(via='10.0.0.1'), NextHop(via='10.0.0.7')])",
        "ip route add 10.9.0.0/16 nexthop via 10.0.0.1 nexthop via 10.0.0.7",
    ),
]


def route_script(route: str, options: str = "") -> str:
    """Return a script that adds a route or a next hop."""
    script = ROUTE_LAB.format(route=route, options=options)
    return f"from ipwrap.ip.route import NextHop\n{script}"


@pytest.mark.parametrize("name", ["eth5", "up0"])
@pytest.mark.parametrize(("route", "line"), ROUTES)
def test_route_of_others_through_another_link_is_left_alone(
    route: str, line: str, name: str, host: StandIn
) -> None:
    """The kernel deleted the route with its link, and somebody has added an equal one."""
    host.run(UPLINK)
    host.crash(route_script(route))
    host.run(OTHER_UPLINK.format(name=name) + line.format(name=name))
    before = host.run("ip -4 route; ip nexthop")

    status, output, messages = host.ipwrap("clean", "--yes")

    assert (1, "") == (status, output), messages
    assert f"goes through {name} (index" in messages
    assert "and that of the recording went through up0 (index" in messages
    assert before == host.run("ip -4 route; ip nexthop")


@pytest.mark.parametrize("others", ["", "ip link set dev up0 down name x; ip link set dev x up"])
@pytest.mark.parametrize(("route", "line"), ROUTES)
def test_own_route_is_deleted(route: str, line: str, others: str, host: StandIn) -> None:
    """The link is the same, also where somebody has renamed it, and added the route again."""
    host.run(UPLINK)
    before = host.run("ip route; ip nexthop")
    host.crash(route_script(route))
    if others:
        host.run(others)
        host.run(line.format(name="x"))

    status, output, messages = host.ipwrap("clean", "--yes")

    assert 0 == status, messages
    assert 1 == len(output.splitlines())
    assert before.replace("up0", "x" if others else "up0") == host.run("ip route; ip nexthop")


TWO_MOVES = """\
from ipwrap import Session
session = Session()
session.ip.netns.add("a")
session.ip.netns.add("b")
session.ip.link.set("nic0", netns="a")
session.netns("a").ip.link.set("nic0", netns="b")
{more}
"""


@pytest.mark.parametrize(
    ("more", "others", "problem"),
    [
        ("", "ip netns delete a", ""),
        ("session.ip.netns.delete('a')", "true", ""),
        ("", "ip netns delete a; sleep 0.01; ip netns add a", "the namespace a is not the one"),
    ],
    ids=["others delete it", "the session deletes it", "others make it anew"],
)
def test_link_comes_home_straight_when_the_namespace_between_is_gone(
    more: str, others: str, problem: str, host: StandIn
) -> None:
    """The link went through two namespaces, and cannot go back through the first one."""
    host.run(NIC)
    host.crash(TWO_MOVES.format(more=more))
    host.run(others)

    status, preview, messages = host.ipwrap("clean", "--dry-run")
    assert 0 == status, messages
    assert 'ip -n b link set dev nic0 netns "/proc/$$/ns/net"\n' in preview
    assert "stays" not in messages

    status, output, messages = host.ipwrap("clean", "--yes")
    assert (preview, problem in messages) == (output, True), messages
    assert int(bool(problem)) == status
    assert "02:00:00:00:00:10" in host.run("ip link show nic0")
    assert "10.1.0.1/24" in host.run("ip address show nic0")
    assert ("a\n" if problem else "") == host.run("ip netns list")


def test_link_that_gets_another_index_at_home_is_the_same(host: StandIn) -> None:
    """Another link has the index by now: address and flags are restored all the same."""
    host.run(NIC)
    index = host.run("ip -o link show nic0").partition(":")[0]
    host.crash(TWO_MOVES.format(more=""))
    host.run(f"ip netns delete a; ip link add index {index} name taken type bridge")

    status, _, messages = host.ipwrap("clean", "--yes")

    assert 0 == status, messages
    assert "10.1.0.1/24" in host.run("ip address show nic0")
    assert index != host.run("ip -o link show nic0").partition(":")[0]


def test_loopback_of_a_namespace_that_is_gone_is_not_sought_elsewhere(host: StandIn) -> None:
    """All loopbacks have one index: the one in the namespace of the session stays there."""
    host.run("ip netns add a; " + NIC)
    host.crash(TWO_MOVES.replace('session.ip.netns.add("a")\n', "").format(more=""))
    host.run("ip netns delete a")

    status, output, messages = host.ipwrap("clean", "--yes")

    assert 0 == status, messages
    assert "dev lo" not in output
    assert "nic0" in host.run("ip -br link")


def test_preview_deletes_a_namespace_that_its_link_has_left(host: StandIn) -> None:
    """The link is in the namespace while the preview is printed, and will have left it."""
    host.run(NIC)
    host.crash(MOVE_LAB.format(options="", more=""))

    status, output, messages = host.ipwrap("clean", "--dry-run")

    assert 0 == status
    assert "stays" not in messages
    assert "ip netns delete lab\n" in output


def test_links_of_many_routes_are_recorded(host: StandIn) -> None:
    """A block of many routes on a host is looked at with one list, and undone by it."""
    host.run(UPLINK)
    before = host.run("ip route")
    host.crash(
        "from ipwrap import Session\n"
        "session = Session(record='x.jsonl')\n"
        "with session.batch():\n"
        "    for number in range(40):\n"
        "        session.ip.route.add(f'10.9.{number}.0/24', via='10.0.0.1')\n"
    )
    results = Recording.load(host.folder / "x.jsonl").results
    assert 40 == len(results)
    assert {("up0",)} == {tuple(link.name for link in result.devices or ()) for result in results}
    host.run("ip route delete 10.9.7.0/24; ip address add 10.9.7.1/24 dev up0")
    assert "10.9.7.0/24 dev up0" in host.run("ip route")

    status, output, messages = host.ipwrap("clean", "--yes")
    assert 0 == status, messages
    assert "10.9.7.0/24 dev up0" in host.run("ip route")
    assert "ip route delete to 10.9.8.0/24 via 10.0.0.1 dev up0\n" in output
    host.run("ip address delete 10.9.7.1/24 dev up0")
    assert before == host.run("ip route")


FOREIGN_SCRIPT = """\
ip netns add lab
ip l add dev br7 type bridge
ip link add nic7 address 02:00:00:00:00:07 type veth peer name wire7
ip link set wire7 netns lab name e7
ip -n lab link set e7 up
ip link set nic0 netns lab
ip link set br7 up
ip address add 10.0.0.2/24 dev br7
printf 'link add b8 type bridge\\naddress add 10.2.0.1/24 dev b8\\nlink add b9 type bridge\\n' |
    ip -batch -
ip r add 10.9.0.0/16 via 10.1.0.254
"""


def record_foreign_script(host: StandIn, *, is_killed: bool) -> None:
    """Record a script of others; killed, the recorder cannot complete the recording.

    The recorder looks at the objects of a call while the script goes on: the script waits.
    """
    waiting = "for _ in {1..600}; do [ ! -e stop ] || break; sleep 0.1; done\n"
    (host.folder / "lab.sh").write_text(FOREIGN_SCRIPT + waiting)
    path = host.folder / "x.jsonl"

    argv = (sys.executable, "-m", "ipwrap", "record", "-o", "x.jsonl", "bash", "lab.sh")
    process = subprocess.Popen(host.argv(*argv), env=host.env, stderr=subprocess.DEVNULL)
    try:
        assert until(lambda: path.exists() and '"devices":[' in path.read_text())
        if is_killed:
            process.kill()
    finally:
        (host.folder / "stop").touch()
        process.communicate()


def test_recording_of_a_script_names_links(host: StandIn) -> None:
    """The results have the indexes of links, the identity of a namespace, the link of a route."""
    host.run(
        NIC + "ip link add up0 type bridge; ip address add 10.1.0.2/24 dev up0; "
        "ip link set up0 up; ip address delete 10.1.0.1/24 dev nic0"
    )
    record_foreign_script(host, is_killed=False)

    results = Recording.load(host.folder / "x.jsonl").results
    # The second link of the pair may have moved on before the recorder looks.
    names = [tuple(link.name for link in result.links or ())[:1] for result in results]
    assert [
        (),
        ("br7",),
        ("nic7",),
        ("e7",),
        (),
        ("nic0",),
        (),
        (),
        ("b8",),
        (),
        ("b9",),
        (),
    ] == names
    assert ["lab"] == [netns.name for netns in results[0].namespaces or ()]
    assert ["up0"] == [link.name for link in results[-1].devices or ()]
    index = int(host.run("ip -o link show b9").partition(":")[0])
    (b9,) = results[-2].links or ()
    assert (index, "bridge") == (b9.ifindex, b9.kind)
    assert 0 == host.ipwrap("undo", "x.jsonl")[0]
    assert "02:00:00:00:00:10" in host.run("ip link show nic0")
    assert "" == host.run("ip netns list")


@pytest.mark.parametrize("is_killed", [False, True], ids=["complete", "killed"])
def test_undo_of_a_recorded_script_leaves_links_of_others(is_killed: bool, host: StandIn) -> None:
    """A bridge of the same name and kind as the script's, with another index, stays."""
    host.run(NIC + "ip address add 10.1.0.9/24 dev wire; ip link set wire up")
    record_foreign_script(host, is_killed=is_killed)
    host.run(
        "ip link delete br7; ip link delete b8; ip link add b8 type bridge; "
        "ip link add br7 type bridge; ip address add 10.77.0.1/24 dev br7"
    )
    before = host.run("ip -d link show br7; ip -d link show b8; ip address show br7")

    if is_killed:
        status, output, messages = host.ipwrap("clean", "--yes")
    else:
        status, output, messages = host.ipwrap("undo", "x.jsonl")

    assert 1 == status
    assert "is not the link of that name in the recording: left alone" in messages
    assert before == host.run("ip -d link show br7; ip -d link show b8; ip address show br7")
    assert "ip link delete dev b9\n" in output
    assert "02:00:00:00:00:10" in host.run("ip link show nic0")
    assert "nic7" not in host.run("ip -br link")


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        ("ip link add br0 type ifb", "its link would be of kind bridge"),
        ("ip link add index 2 name br0 type bridge", "others have made links since"),
    ],
)
def test_interrupted_creation_of_another_kind_or_age_stays(
    others: str, reason: str, host: StandIn
) -> None:
    """The session was killed before its bridge was made, and others have made their own."""
    host.run("ip link add gone type bridge; ip link add index 9 name last type bridge")
    host.crash("\n".join(BRIDGE_LAB.splitlines()[:4]))
    (kept,) = host.kept
    path = host.folder / "state" / "ipwrap" / kept
    *lines, result = path.read_bytes().splitlines(keepends=True)
    assert b'"event":"result"' in result
    path.write_bytes(b"".join(lines))
    host.run(f"ip link delete br0; ip link delete gone; {others}")

    status, output, messages = host.ipwrap("clean", "--yes")

    assert (1, "") == (status, output), messages
    assert f"and {reason}; look at `ip -d link show dev br0`" in messages
    assert "br0" in host.run("ip -br link")


def test_interrupted_creation_of_a_name_that_was_taken_stays(host: StandIn) -> None:
    """A bridge stood there before, so that the command failed; others have made it anew since."""
    host.run("ip link add br0 type bridge")
    argv = ("ip", "link", "add", "name", "br0", "type", "bridge")
    host.crash(f"from ipwrap import Session\nSession().exec(*{argv}, check=False)\n")
    (kept,) = host.kept
    path = host.folder / "state" / "ipwrap" / kept
    *lines, result = path.read_bytes().splitlines(keepends=True)
    assert b"File exists" in result
    path.write_bytes(b"".join(lines))
    host.run("ip link delete br0; ip link add br0 type bridge")

    status, output, messages = host.ipwrap("clean", "--yes")

    assert (1, "") == (status, output), messages
    assert "and a link of that name stood there before; look at" in messages
    assert "br0" in host.run("ip -br link")
