"""Workers: what they answer is what a process of its own would have, also when they die, hang, or say much."""

import random
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from ipwrap import Command, CommandError, ExecutorError, NotFound, Session
from ipwrap.executors.worker import Worker
from ipwrap.ip.route import RouteOptions
from ipwrap.kinds import Bridge
from tests.executors.twins import Twins
from tests.executors.workers import workers

pytestmark = pytest.mark.live


@pytest.fixture
def twins() -> Iterator[Twins]:
    """Two sandboxes, one with workers, one with processes."""
    opened = Twins.open()
    yield opened
    opened.close()


GOOD_AND_BAD = [
    ("ip", "link", "add", "name", "br", "type", "bridge"),
    ("ip", "link", "add", "name", "br", "type", "bridge"),
    ("ip", "link", "add", "name", "v0", "type", "veth", "peer", "name", "v1"),
    ("ip", "link", "add", "name", "x", "type", "nosuchkind"),
    (
        "ip",
        "link",
        "add",
        "name",
        "vx",
        "type",
        "vxlan",
        "id",
        "7",
    ),  # warns on stderr, and succeeds
    ("ip", "link", "add", "name", "vy", "type", "vxlan", "id", "8", "dev", "nope"),
    ("ip", "link", "add", "name", "mv", "link", "nope", "type", "macvlan"),
    ("ip", "link", "add", "name", "toolongforalink1", "type", "bridge"),
    ("ip", "link", "add", "name", "bs", "type", "bridge", "stp_state", "x"),
    ("ip", "link", "add", "name", "bs", "type", "bridge", "nosuchoption", "1"),
    ("ip", "link", "set", "dev", "v0", "mtu", "1"),
    ("ip", "link", "set", "dev", "v0", "mtu", "x"),
    ("ip", "link", "set", "dev", "nope", "up"),
    ("ip", "link", "set", "dev", "v0", "multicast", "maybe"),
    ("ip", "link", "set", "dev", "v0", "netns", "nope"),
    ("ip", "link", "set", "dev", "v0", "alias", "an alias with 'quotes' in it"),
    ("ip", "link", "set", "dev", "v0", "alias", ""),
    ("ip", "link", "set", "dev", "v0", "alias", "\\"),
    ("ip", "link", "set", "dev", "v0", "alias", "'both\" kinds"),
    ("ip", "link", "set", "dev", "v0", "alias", "a # b"),
    ("ip", "link", "set", "dev", "v0", "alias", "two\nlines"),
    ("ip", "link", "set", "dev", "v0", "nosuchword"),
    ("ip", "link", "delete", "dev", "lo"),
    ("ip", "address", "add", "local", "10.0.0.1/24", "dev", "v0"),
    ("ip", "address", "add", "local", "10.0.0.1/24", "dev", "v0"),
    ("ip", "address", "add", "local", "10.0.0.300/24", "dev", "v0"),
    ("ip", "address", "delete", "local", "10.9.9.9/24", "dev", "v0"),
    ("ip", "address", "delete", "local", "10.0.0.1", "dev", "v0"),  # a warning of four lines
    ("ip", "address", "add", "local", "10.0.0.1/24", "dev", "v0", "valid_lft", "0"),
    ("ip", "address", "flush"),
    ("ip", "route", "add", "to", "10.1.0.0/16", "via", "10.0.0.9"),
    ("ip", "route", "add", "blackhole", "10.2.0.0/16"),
    ("ip", "route", "add", "to", "nonsense"),
    ("ip", "route", "delete", "to", "10.99.0.0/16"),
    ("ip", "route", "add", "to", "10.3.0.0/16", "dev", "nope"),
    ("ip", "neigh", "add", "to", "10.0.0.9", "dev", "v0", "lladdr", "02:00:00:00:00:01"),
    ("ip", "neigh", "add", "to", "10.0.0.9", "dev", "v0", "lladdr", "zz"),
    ("ip", "neigh", "delete", "to", "10.0.0.77", "dev", "v0"),
    ("ip", "nexthop", "add", "id", "1", "via", "10.0.0.9", "dev", "v0"),
    ("ip", "nexthop", "add", "id", "2", "blackhole"),
    ("ip", "nexthop", "add", "id", "3", "group", "1,300"),
    ("ip", "nexthop", "add", "id", "3", "group", "1/77"),
    ("ip", "nexthop", "add", "id", "3", "group", "1", "type", "resilient", "buckets", "2"),
    ("ip", "nexthop", "add", "id", "4", "via", "10.0.0.9", "dev", "nope"),
    ("ip", "-6", "nexthop", "add", "id", "5", "via", "10.0.0.9", "dev", "v0"),
    ("ip", "nexthop", "replace", "id", "2", "via", "nonsense"),
    ("ip", "nexthop", "delete", "id", "77"),
    ("ip", "rule", "add", "from", "10.0.0.0/8", "table", "100", "priority", "7"),
    ("ip", "rule", "add", "from", "10.0.0.0/8", "table", "100", "priority", "7"),
    ("ip", "rule", "add", "from", "nonsense"),
    ("ip", "rule", "add", "fwmark", "x"),
    ("ip", "rule", "add", "goto", "5", "priority", "7"),
    ("ip", "rule", "add"),
    ("ip", "-6", "rule", "add", "iif", "nope", "priority", "9"),
    ("ip", "rule", "delete", "priority", "77"),
    ("ip", "netns", "add", "red"),
    ("ip", "netns", "add", "red"),
    ("ip", "netns", "delete", "nope"),
    ("ip", "netns", "set", "red", "7"),
    ("ip", "netns", "set", "nope", "8"),
    ("ip", "nosuchobject"),
    ("ip", "link", "nosuchverb"),
    ("bridge", "link", "set", "dev", "v0", "cost", "5"),
    ("bridge", "link", "set", "dev", "nope", "cost", "5"),
    ("bridge", "fdb", "add", "to", "02:00:00:00:00:05", "dev", "v0", "master"),
    ("bridge", "fdb", "add", "to", "02:00:00:00:00:05", "dev", "vx", "dst", "10.0.0.9", "self"),
    ("bridge", "fdb", "add", "to", "nonsense", "dev", "vx", "self"),
    ("bridge", "fdb", "delete", "to", "02:00:00:00:00:77", "dev", "vx", "self"),
    ("bridge", "vlan", "add", "vid", "10", "dev", "v0"),
    ("bridge", "vlan", "set", "vid", "10", "dev", "v0", "state", "blocking"),
    ("bridge", "vlan", "set", "vid", "10", "dev", "nope", "state", "blocking"),
    ("bridge", "mdb", "add", "grp", "239.1.1.1", "dev", "br", "port", "v0", "permanent"),
    ("bridge", "mdb", "add", "grp", "nonsense", "dev", "br", "port", "v0"),
    ("bridge", "mdb", "delete", "grp", "239.1.1.77", "dev", "br", "port", "v0"),
    ("bridge", "mdb", "delete", "grp", "239.1.1.1", "dev", "nope", "port", "v0"),
    ("bridge", "vni", "add", "vni", "7", "dev", "v0"),
    ("bridge", "vni", "add", "vni", "7", "dev", "nope"),
    ("bridge", "vni", "add", "vni", "7", "dev", "v0", "remote", "nonsense"),
    ("bridge", "mst", "set", "dev", "v0", "msti", "3", "state", "0"),
]

READS = [
    ("ip", "-j", "-d", "link", "show"),
    ("ip", "-j", "-d", "link", "show", "dev", "v0"),
    ("ip", "-j", "-d", "link", "show", "dev", "nope"),
    ("ip", "-j", "-d", "-s", "link", "show"),
    ("ip", "-j", "-d", "address", "show"),
    ("ip", "-j", "-d", "address", "show", "dev", "v0"),
    ("ip", "-j", "-d", "-6", "address", "show", "dev", "v0"),
    ("ip", "-j", "-d", "address", "show", "master", "br"),
    ("ip", "-j", "-d", "route", "show", "table", "all"),
    ("ip", "-j", "-d", "-6", "route", "show", "table", "all"),
    ("ip", "-j", "-d", "route", "get", "to", "10.0.0.9"),
    ("ip", "-j", "-d", "route", "get", "to", "203.0.113.9"),
    ("ip", "-j", "neigh", "show"),
    ("ip", "-j", "neigh", "show", "dev", "nope"),
    ("ip", "-j", "-d", "nexthop", "show"),
    ("ip", "-j", "-d", "-6", "nexthop", "show"),
    ("ip", "-j", "-d", "nexthop", "get", "id", "1"),
    ("ip", "-j", "-d", "nexthop", "get", "id", "77"),
    ("ip", "-j", "-d", "nexthop", "bucket", "get", "id", "3", "index", "9"),
    ("ip", "-j", "-d", "rule", "show"),
    ("ip", "-j", "-d", "rule", "show", "priority", "7"),
    ("ip", "-j", "-d", "rule", "show", "from", "nonsense"),
    ("ip", "-j", "-d", "-6", "rule", "show"),
    ("ip", "-j", "-4", "maddress", "show"),
    ("ip", "-j", "-d", "mroute", "show"),
    ("ip", "-j", "-d", "mroute", "show", "iif", "nope"),
    ("ip", "-j", "netns", "list"),
    ("bridge", "-j", "-d", "link", "show"),
    ("bridge", "-j", "-d", "fdb", "show"),
    ("bridge", "-j", "vlan", "show"),
    ("bridge", "-j", "vlan", "tunnelshow"),
    ("bridge", "-j", "-d", "mdb", "show"),
    ("bridge", "-j", "-d", "-s", "mdb", "show"),
    ("bridge", "-j", "vni", "show"),
    ("bridge", "-j", "mst", "show"),
]


def test_reads_answer_the_same_in_any_order(twins: Twins) -> None:
    """What a read has left in a worker misleads no other: each two of them follow each other, in either order."""
    for argv in (*GOOD_AND_BAD, ("ip", "link", "set", "dev", "v0", "master", "br", "up")):
        twins.do(*argv)
    twins.do("ip", "address", "add", "local", "10.0.0.1/24", "dev", "v0")
    seed = time.time_ns()
    order = [argv for argv in READS for _ in range(8)]
    random.Random(seed).shuffle(order)
    print(f"seed {seed}")  # noqa: T201 - shown if it fails
    for argv in order:
        twins.do(*argv, changes=False)


def test_text_left_in_a_worker_is_not_taken_for_an_answer(session: Session) -> None:
    """Where a command has printed text that stays in the buffer of a worker, the next answer is a process's."""
    leaves_text = Command(("ip", "-j", "-d", "netns", "identify", "1"), changes=False, batch=True)
    session.ip.address.show()
    session.exec("ip", "netns", "attach", "first", "1")

    session.run(leaves_text)
    assert ["lo"] == [link.ifname for link in session.ip.address.show()]
    assert ["lo"] == [link.ifname for link in session.ip.address.show()]


def test_text_is_read_by_a_process(session: Session) -> None:
    """In a worker it would stay in the buffer, from iproute2 7.1 on."""
    shown = session.run(Command(("ip", "address", "show"), changes=False, batch=True))
    assert shown.stdout.startswith("1: lo")
    assert {} == workers(session)


@pytest.mark.parametrize(
    ("asked", "is_line"),
    [
        ({}, True),
        ({"proto": "static"}, True),
        ({"to": "10.0.0.0/8", "type": "unicast"}, True),
        ({"dev": "lo"}, False),
        ({"table": 70}, False),
        ({"vrf": "red"}, False),
    ],
)
def test_what_the_kernel_filters_is_no_line(dry: Session, asked: Any, is_line: bool) -> None:
    """A batch does not ask it to: blackholes would be listed among the routes of a link, a missing table as empty."""
    dry.ip.route.show(**asked)
    assert is_line is dry.recording.commands[-1].command.batch


def test_links_asked_for_first_leave_addresses_as_they_are(session: Session) -> None:
    """`link show` before `address show dev X` in one `ip` would have it answer without addresses."""
    session.ip.link.add("v0", Bridge(), up=True)
    session.ip.address.add("10.0.0.1/24", dev="v0")
    session.ip.link.show("v0")
    assert "10.0.0.1/24" == session.ip.address.show("v0")[0].addr_info[0].prefix


def test_every_answer_is_that_of_a_process(twins: Twins) -> None:
    """Status, stdout and stderr of good and bad commands are those of a process each, and so is the state."""
    for argv in (*GOOD_AND_BAD, *READS, *GOOD_AND_BAD):
        twins.do(*argv, changes=argv not in READS)
    for argv in (*GOOD_AND_BAD[:30], *READS):
        twins.do(*argv, netns="red", changes=argv not in READS)
        twins.do(*argv, netns="nope", changes=argv not in READS)
    twins.compare()


def test_worker_killed_between_two_commands(session: Session) -> None:
    """A worker that others have killed is replaced, and the next command works."""
    session.ip.link.add("br", Bridge())
    (worker,) = (
        each for key, each in workers(session).items() if key == ("ip", None, (), True, False)
    )
    kill(session, worker)
    session.ip.link.set("br", mtu=1400)
    assert 1400 == session.ip.link.show("br")[0].mtu


def kill(session: Session, worker: Worker) -> None:
    """Kill a worker from within its place, and wait until it is dead."""
    session.exec("kill", "-9", worker.started.get().decode(), changes=False)
    while worker.is_alive():
        pass


def test_worker_killed_while_it_runs_a_change(session: Session) -> None:
    """Whether a change was done whose worker was killed in the middle, the error says nobody knows; the next works."""
    session.ip.link.add("br", Bridge())
    (worker,) = (
        each for key, each in workers(session).items() if key == ("ip", None, (), True, False)
    )
    pid = worker.started.get().decode()
    session.exec("kill", "-STOP", pid, changes=False)
    killer = threading.Timer(0.3, lambda: session.exec("kill", "-9", pid, changes=False))
    killer.start()
    with pytest.raises(ExecutorError, match="may or may not"):
        session.ip.link.set("br", mtu=1400)
    killer.join()
    session.ip.link.set("br", mtu=1300)
    assert 1300 == session.ip.link.show("br")[0].mtu


def test_worker_killed_while_it_runs_a_read(session: Session) -> None:
    """A read whose worker was killed is simply read again."""
    session.ip.link.show("lo")
    (worker,) = (
        each
        for key, each in workers(session).items()
        if key == ("ip", None, ("-j", "-d"), False, True)
    )
    pid = worker.started.get().decode()
    session.exec("kill", "-STOP", pid, changes=False)
    killer = threading.Timer(0.3, lambda: session.exec("kill", "-9", pid, changes=False))
    killer.start()
    assert "lo" == session.ip.link.show("lo")[0].ifname
    killer.join()


def test_worker_that_takes_too_long(session: Session) -> None:
    """A command with a timeout ends in time, and the next one works."""
    session.ip.link.show("lo")
    (worker,) = (
        each
        for key, each in workers(session).items()
        if key == ("ip", None, ("-j", "-d"), False, True)
    )
    session.exec("kill", "-STOP", worker.started.get().decode(), changes=False)
    slow = Command(("ip", "-j", "-d", "link", "show"), changes=False, batch=True, timeout=0.2)
    assert session.run(slow, check=False).timed_out
    assert "lo" == session.ip.link.show("lo")[0].ifname


def test_reply_larger_than_a_pipe(session: Session) -> None:
    """A reply of megabytes comes whole, from a worker as from a process."""
    metrics: RouteOptions = {
        "type": "blackhole",
        "window": 9,
        "reordering": 9,
        "hoplimit": 9,
        "initcwnd": 9,
        "initrwnd": 9,
    }
    metrics |= {
        "mtu": 1400,
        "advmss": 1300,
        "cwnd": 9,
        "ssthresh": 9,
        "quickack": 1,
        "fastopen_no_cookie": 1,
    }
    with session.batch():
        for n in range(20_000):
            session.ip.route.add(f"10.{n >> 8}.{n & 255}.0/24", **metrics)
    assert 20_000 == len(session.ip.route.show())
    assert len(session.recording.results[-1].stdout) > 5_000_000


def test_eight_threads_share_a_session(session: Session) -> None:
    """Eight threads at once: every command gets its own answer, and the recording holds all, numbered in order."""
    for n in range(8):
        session.ip.netns.add(f"ns{n}")
    failures: list[BaseException] = []

    def work(n: int) -> None:
        inside = session.netns(f"ns{n}")
        try:
            for k in range(25):
                inside.ip.link.add(f"br{k}", Bridge())
                assert [f"br{k}"] == [link.ifname for link in inside.ip.link.show(f"br{k}")]
                with pytest.raises(NotFound):
                    session.ip.link.show(f"nope{n}")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [] == failures
    assert list(range(1, 8 + 8 * 75 + 1)) == [asked.number for asked in session.recording.commands]
    assert 8 + 8 * 75 == len(session.recording.results)


def test_signal_of_a_program_is_not_taken_for_a_worker(session: Session) -> None:
    """A program that is ended by a signal ends with 128 and the signal's number, as a shell has it."""
    with pytest.raises(CommandError) as caught:
        session.exec("sh", "-c", "kill -9 $$")
    assert 128 + signal.SIGKILL == caught.value.result.status
