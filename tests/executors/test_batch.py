"""Workers: replies equal those of processes, also after a worker's death or timeout."""

import errno
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from ipwrap import (
    Batch,
    Command,
    CommandError,
    ExecutorError,
    NotBatchable,
    NotFound,
    Session,
)
from ipwrap.executors import process
from ipwrap.executors.worker import Worker
from ipwrap.ip.route import RouteOptions
from ipwrap.kinds import Bridge
from ipwrap.system.shortage import require_descriptors
from tests.executors.links import names_of
from tests.executors.twins import Twins
from tests.executors.workers import (
    CHANGES_KEY,
    LINK_READS_KEY,
    killed_during_command,
    workers,
)

pytestmark = pytest.mark.live


@pytest.fixture
def twins() -> Iterator[Twins]:
    """Two sandboxes, a session with workers in one, a session with processes in the other."""
    sandbox_pair = Twins.open()
    yield sandbox_pair
    sandbox_pair.close()


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


def test_reads_in_any_order(twins: Twins) -> None:
    """No read disturbs the next read in the same worker: pairs of reads in random order."""
    for argv in (*GOOD_AND_BAD, ("ip", "link", "set", "dev", "v0", "master", "br", "up")):
        twins.run_argv(argv)
    twins.run("ip address add local 10.0.0.1/24 dev v0")
    seed = time.time_ns()
    order = [argv for argv in READS for _ in range(8)]
    random.Random(seed).shuffle(order)
    print(f"seed {seed}")  # noqa: T201 - result if it fails
    for argv in order:
        twins.run_argv(argv, changes=False)


def test_text_left_in_a_worker_is_not_taken_for_a_reply(session: Session) -> None:
    """After text that stays in a worker's buffer, a process answers the next read."""
    leaves_text = Command(("ip", "-j", "-d", "netns", "identify", "1"), changes=False, batch=True)
    session.ip.address.show()
    session.exec("ip", "netns", "attach", "first", "1")

    session.run(leaves_text)

    assert ["lo"] == names_of(session.ip.address.show())
    assert ["lo"] == names_of(session.ip.address.show())


def test_text_is_read_by_a_process(session: Session) -> None:
    """A read of text is a process: text stays in a worker's buffer from iproute2 7.1 on."""
    result = session.run(Command(("ip", "address", "show"), changes=False, batch=True))
    assert result.stdout.startswith("1: lo")
    assert {} == workers(session)


@pytest.mark.parametrize(
    ("filters", "is_line"),
    [
        ({}, True),
        ({"proto": "static"}, True),
        ({"to": "10.0.0.0/8", "type": "unicast"}, True),
        ({"dev": "lo"}, False),
        ({"table": 70}, False),
        ({"vrf": "red"}, False),
    ],
)
def test_filter_of_the_kernel_is_no_line(dry_session: Session, filters: Any, is_line: bool) -> None:
    """In a batch, `ip route show` does not ask the kernel to filter.

    Blackholes would be listed among the routes of a link, and a missing table as an empty one.
    """
    dry_session.ip.route.show(**filters)
    assert is_line is dry_session.recording.commands[-1].command.batch


def test_addresses_after_links(session: Session) -> None:
    """A worker that has run `link show` does not run `address show dev X`, without addresses."""
    session.ip.link.add("v0", Bridge(), up=True)
    session.ip.address.add("10.0.0.1/24", dev="v0")
    session.ip.link.show("v0")

    assert "10.0.0.1/24" == session.ip.address.show("v0")[0].addr_info[0].prefix


def test_every_reply_is_that_of_a_process(twins: Twins) -> None:
    """Status, stdout, stderr and state of good and bad commands equal those of processes."""
    for argv in (*GOOD_AND_BAD, *READS, *GOOD_AND_BAD):
        twins.run_argv(argv, changes=argv not in READS)
    for argv in (*GOOD_AND_BAD[:30], *READS):
        twins.run_argv(argv, netns="red", changes=argv not in READS)
        twins.run_argv(argv, netns="nope", changes=argv not in READS)

    twins.assert_same_state()


def test_worker_killed_between_two_commands(session: Session) -> None:
    """A worker killed by another program is replaced, and the next command succeeds."""
    session.ip.link.add("br", Bridge())
    worker = workers(session)[CHANGES_KEY]
    kill_worker(session, worker)
    session.ip.link.set("br", mtu=1400)

    assert 1400 == session.ip.link.show("br")[0].mtu


def kill_worker(session: Session, worker: Worker) -> None:
    """Kill a worker from inside its place, and wait for its death."""
    session.exec("kill", "-9", worker.started.get().decode(), changes=False)
    while worker.is_alive():
        pass


def test_worker_killed_during_a_change(session: Session) -> None:
    """A change may or may not be made when its worker is killed: an error with that reason."""
    session.ip.link.add("br", Bridge())
    worker = workers(session)[CHANGES_KEY]

    with (
        pytest.raises(ExecutorError, match="may or may not"),
        killed_during_command(session, worker),
    ):
        session.ip.link.set("br", mtu=1400)

    session.ip.link.set("br", mtu=1300)

    assert 1300 == session.ip.link.show("br")[0].mtu


def test_worker_killed_during_a_read(session: Session) -> None:
    """A read is repeated when its worker is killed."""
    session.ip.link.show("lo")
    worker = workers(session)[LINK_READS_KEY]

    with killed_during_command(session, worker):
        assert "lo" == session.ip.link.show("lo")[0].ifname


def test_timeout_of_a_worker(session: Session) -> None:
    """A command with a timeout ends in time, and the next command succeeds."""
    session.ip.link.show("lo")
    worker = workers(session)[LINK_READS_KEY]
    session.exec("kill", "-STOP", worker.started.get().decode(), changes=False)
    slow = Command(("ip", "-j", "-d", "link", "show"), changes=False, batch=True, timeout=0.2)

    assert session.run(slow, check=False).timed_out
    assert "lo" == session.ip.link.show("lo")[0].ifname


def test_reply_larger_than_a_pipe(session: Session) -> None:
    """A reply of megabytes is complete."""
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
    """Every command of eight threads gets its own reply, and the recording is in order."""
    for n in range(8):
        session.ip.netns.add(f"ns{n}")
    failures: list[BaseException] = []

    def work(n: int) -> None:
        namespace = session.netns(f"ns{n}")
        try:
            for k in range(25):
                namespace.ip.link.add(f"br{k}", Bridge())
                assert [f"br{k}"] == names_of(namespace.ip.link.show(f"br{k}"))
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
    numbers = [event.number for event in session.recording.commands]
    command_count = 8 + 8 * 75
    assert list(range(1, command_count + 1)) == numbers
    assert command_count == len(session.recording.results)


def test_signal_of_a_program_is_not_taken_for_that_of_a_worker(session: Session) -> None:
    """A program ended by a signal has the status 128 plus the signal's number."""
    with pytest.raises(CommandError) as caught:
        session.exec("sh", "-c", "kill -9 $$")
    assert 128 + signal.SIGKILL == caught.value.result.status


def test_workers_make_room_for_a_program(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that lacks descriptors starts after the workers are closed; asked once each."""
    session.ip.link.show("lo")
    worker_counts: list[int] = []

    def require(count: int) -> None:
        worker_counts.append(len(workers(session)))
        if workers(session):
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        require_descriptors(count)

    monkeypatch.setattr(process, "require_descriptors", require)

    assert session.exec("true").ok
    assert session.exec("true").ok
    first, *others = worker_counts
    assert first > 0
    assert [0, 0] == others


def test_program_without_room_is_an_error(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where closing the workers does not help, the error alone is raised, with the remedy."""

    def refuse(_: int) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(process, "require_descriptors", refuse)

    with pytest.raises(ExecutorError, match="ulimit -n") as caught:
        session.exec("true")
    assert caught.value.__context__ is None


@pytest.mark.parametrize("options", [{"env": {"A": "b"}}, {"cwd": "/"}])
def test_a_command_with_an_environment_is_no_line(options: dict[str, Any]) -> None:
    """A worker has an environment of its own: a process runs the command."""
    link = ("ip", "-j", "link", "show", "dev", "lo")
    with pytest.raises(NotBatchable, match="goes to a process"):
        Batch().to_line(Command(link, changes=False, batch=True, **options))

    assert Batch().to_line(Command(link, changes=False, batch=True))
