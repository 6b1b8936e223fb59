"""Undo and clean after a crash touch what is the session's, and say what they leave."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

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
