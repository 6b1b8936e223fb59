"""`read_together`: replies equal those of a process for each read."""

import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from ipwrap import Command, Process, Session
from ipwrap.executors import Batch, Reply, helper_process
from ipwrap.executors.survey import MAX_UNDER_WAY, Reader, Survey, TimedReply, plan_processes
from ipwrap.objects.reads import READS
from tests.executors import worlds
from tests.executors.test_differential import diff_lines, to_comparable
from tests.executors.workers import CHANGES_KEY, stop_worker, workers
from tests.labs import open_sandbox
from tests.waiting import until

pytestmark = pytest.mark.live

SHOW_LINKS = ("ip", "-j", "-d", "link", "show")
SHOW_ADDRESSES = ("ip", "-j", "-d", "address", "show")


def read(*argv: str, netns: str | None = None, batch: bool = True) -> Command:
    """Return a read."""
    return Command(argv, netns, changes=False, batch=batch)


def snapshot_reads(*namespaces: str | None) -> list[Command]:
    """Return every read of a snapshot in some namespaces."""
    return [
        read(*argv, netns=netns, batch=not snapshot_read.aborts_batch)
        for netns in namespaces
        for snapshot_read in READS.values()
        for argv in snapshot_read.commands
    ]


def read_together(
    session: Session, commands: list[Command], *, retires_workers: bool = False
) -> list[TimedReply | None]:
    """Run reads at once."""
    assert isinstance(session.executor, Batch)
    replies = dict(
        session.executor.read_together(commands, session.place, retires_workers=retires_workers)
    )
    return [replies.get(position) for position in range(len(commands))]


def outcome(reply: Reply) -> tuple[int, Any, str]:
    """Return what a reply tells, without the values that change with time."""
    return reply.status, to_comparable(reply.stdout), reply.stderr


def differences(
    session: Session, commands: list[Command], replies: list[TimedReply | None]
) -> dict[str, list[str]]:
    """Return the differences between replies and those of a process for each read."""
    lines_by_read = {}
    for command, timed in zip(commands, replies, strict=True):
        assert timed is not None, command.line
        by_process = outcome(Process().run(command, session.place))
        if lines := diff_lines(by_process, outcome(timed.reply)):
            lines_by_read[command.line] = lines
    return lines_by_read


def error_of_a_process(session: Session, command: Command) -> bool:
    """Return whether a process fails at a read, as for an object that the kernel lacks."""
    reply = Process().run(command, session.place)
    return reply.status != 0 or bool(reply.stderr)


@pytest.fixture(scope="module")
def rich_session() -> Iterator[Session]:
    """A session with a namespace that has links, routes, rules, ports and qdiscs of many kinds."""
    with open_sandbox() as session:
        worlds.build(session.place, "rich")
        session.ip.link.set("lo", up=True)
        session.netns("other").ip.link.set("lo", up=True)
        session.netns("rich").ip.route.add("10.99.0.0/16", dev="d0")
        yield session


@pytest.mark.parametrize("retires_workers", [False, True])
def test_every_read_of_a_snapshot_replies_as_a_process(
    rich_session: Session, *, retires_workers: bool
) -> None:
    """In an empty namespace and in a rich one, by processes and by workers for changes."""
    namespaces = (None, "rich", "other")
    commands = [
        command
        for command in snapshot_reads(*namespaces)
        if not error_of_a_process(rich_session, command)
    ]
    replies = read_together(rich_session, commands, retires_workers=retires_workers)

    assert len(commands) > 3 * 8
    assert {} == differences(rich_session, commands, replies)


def test_a_worker_for_changes_runs_the_reads_as_its_last_lines() -> None:
    """It is handed over for good; the next change starts another."""
    with open_sandbox() as session:
        session.ip.link.set("lo", up=True)
        worker = workers(session)[CHANGES_KEY]
        commands = [read(*SHOW_LINKS), read(*SHOW_ADDRESSES)]
        replies = read_together(session, commands, retires_workers=True)

        assert {} == differences(session, commands, replies)
        assert worker.fds == []
        assert CHANGES_KEY not in workers(session)
        session.ip.link.set("lo", up=False)


def test_a_single_read_is_none_for_a_worker_for_changes() -> None:
    """Its exit status, and the numbers of its lines, are those of a life of changes."""
    with open_sandbox() as session:
        session.ip.link.set("lo", up=True)
        command = read(*SHOW_LINKS, "dev", "nope")
        (timed,) = read_together(session, [command], retires_workers=True)

        assert timed is not None
        assert outcome(Process().run(command, session.place)) == outcome(timed.reply)


def test_a_survey_in_mid_session_leaves_the_workers_alone() -> None:
    """Processes of their own run the reads."""
    with open_sandbox() as session:
        session.ip.link.set("lo", up=True)
        read_together(session, [read(*SHOW_LINKS)])

        assert CHANGES_KEY in workers(session)


@pytest.mark.parametrize("state", ["stale", "has_printed", "in use"])
def test_a_doubtful_worker_is_not_handed_over(state: str) -> None:
    """Not one that may remember a wrong name, has dumped, or runs a command of another thread."""
    with open_sandbox() as session:
        session.ip.link.set("lo", up=True)
        assert isinstance(session.executor, Batch)
        pool = session.executor.workers
        worker = workers(session)[CHANGES_KEY]
        if state == "in use":
            worker.user = -1
        else:
            setattr(worker, state, True)

        assert {} == pool.retire_change_workers([None], place=session.place)
        assert worker.fds
        worker.user = None


def test_a_worker_that_has_printed_is_noted() -> None:
    """What prints may have dumped: a `link show` would turn `address show` into another one."""
    with open_sandbox() as session:
        session.ip.link.set("lo", up=True)
        has_printed = [workers(session)[CHANGES_KEY].has_printed]
        session.run(Command(("ip", "link", "show"), batch=True))
        has_printed.append(workers(session)[CHANGES_KEY].has_printed)

    assert [False, True] == has_printed


def test_names_that_others_have_given_are_read() -> None:
    """A link that another program renames and makes anew has its present name."""
    with open_sandbox() as session:
        session.run("ip link add name a0 type veth peer name b0")
        session.ip.link.set("a0", mtu=1400)
        Process().run(Command(("ip", "link", "set", "dev", "a0", "name", "c0")), session.place)
        Process().run(Command(("ip", "link", "add", "name", "a0", "type", "dummy")), session.place)
        commands = [read(*SHOW_ADDRESSES), read(*SHOW_LINKS)]
        replies = read_together(session, commands, retires_workers=True)

        assert {} == differences(session, commands, replies)


@pytest.mark.parametrize(
    "command",
    [
        read("ip", "-j", "-d", "link", "show", "dev", "nope"),
        read("ip", "-j", "-d", "route", "show", "table", "nonsense"),
        read("ip", "-j", "-d", "link", "show", "dev", "nope", batch=False),
        read("ip", "netns", "list-id", "nsid", "77"),
        read("ip", "-j", "netns", "list"),
        read("bridge", "-j", "fdb", "show", "dev", "nope"),
    ],
    ids=lambda command: command.line,
)
def test_a_single_read_that_fails_replies_as_a_process(command: Command) -> None:
    """Its status and the words of `ip` are those of a process, also as the line of a batch."""
    with open_sandbox() as session:
        (timed,) = read_together(session, [command])

        assert timed is not None
        assert outcome(Process().run(command, session.place)) == outcome(timed.reply)


def test_lines_beside_a_failure_have_no_reply() -> None:
    """Nobody knows which output belongs to which line; other processes are not affected."""
    with open_sandbox() as session:
        failing = read("ip", "-j", "-d", "link", "show", "dev", "nope")
        first, second, third = read_together(
            session, [read(*SHOW_ADDRESSES), failing, read("ip", "-j", "netns", "list")]
        )

        assert (None, None) == (first, second)
        assert third is not None


def test_a_name_with_a_newline_has_no_reply() -> None:
    """Releases before 7.0 print it as it is: a list then has more than one line."""
    with open_sandbox() as session:
        session.ip.link.set("lo", alias="one\ntwo")
        commands = [read(*SHOW_ADDRESSES), read(*SHOW_LINKS)]
        replies = read_together(session, commands)

        if "\n" in Process().run(commands[1], session.place).stdout.rstrip("\n"):
            assert [None, None] == replies
        else:
            assert {} == differences(session, commands, replies)


def test_a_missing_namespace_has_no_reply() -> None:
    """A process of its own then fails with the words of `ip`."""
    with open_sandbox() as session:
        commands = [read(*SHOW_LINKS, netns="nowhere"), read(*SHOW_ADDRESSES, netns="nowhere")]

        assert [None, None] == read_together(session, commands)


def test_what_needs_more_than_arguments_is_left_to_the_caller() -> None:
    """Changes, an input, an environment, a directory, a timeout."""
    commands = [
        Command(SHOW_LINKS),
        Command(SHOW_LINKS, changes=False, stdin="text"),
        Command(SHOW_LINKS, changes=False, env={"A": "b"}),
        Command(SHOW_LINKS, changes=False, cwd="/"),
        Command(SHOW_LINKS, changes=False, timeout=5),
    ]

    assert [] == plan_processes(commands)


def test_reads_of_links_come_last() -> None:
    """Behind them the same `ip` takes `address show dev X` for a `link show`."""
    commands = [read(*SHOW_LINKS), read(*SHOW_ADDRESSES), read(*SHOW_LINKS, "dev", "lo")]
    (own_reads,) = plan_processes(commands)

    assert [1, 0, 2] == own_reads.positions
    assert [commands[position] for position in own_reads.positions] == own_reads.commands


def test_a_place_without_workers_has_no_reply(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Python in the place every read is a process."""
    monkeypatch.setattr("sys.executable", "/nonexistent/python")
    with open_sandbox() as session:
        for _ in range(2):
            assert [None] == read_together(session, [read(*SHOW_LINKS)])


def test_more_lines_than_a_pipe_holds_are_all_run() -> None:
    """Lines are written while the output is read."""
    with open_sandbox() as session:
        commands = [read(*SHOW_ADDRESSES, "dev", "lo")] * 5000
        replies = read_together(session, commands)

        outputs = {timed.reply.stdout for timed in replies if timed is not None}
        assert None not in replies
        assert ["lo"] == [json.loads(output)[0]["ifname"] for output in outputs]


def test_reads_that_are_added_meanwhile_run_as_well() -> None:
    """As where the links of a namespace show that it has ports."""
    with open_sandbox() as session:
        assert isinstance(session.executor, Batch)
        commands = [read(*SHOW_LINKS)]
        replies = session.executor.read_together(commands, session.place)
        first_position, _ = next(replies)
        commands += [read(*SHOW_ADDRESSES), read("ip", "-j", "netns", "list")]

        assert 0 == first_position
        assert {1, 2} == {position for position, _ in replies}


def test_so_many_processes_are_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dozen: both processors of a small machine stay busy, and few descriptors are open."""
    counts = []
    handle_events = Survey._handle_events

    def count_and_handle(survey: Survey) -> Iterator[Reader]:
        counts.append(len(survey.readers))
        yield from handle_events(survey)

    monkeypatch.setattr(Survey, "_handle_events", count_and_handle)
    with open_sandbox() as session:
        commands = [read("ip", "netns", "list-id", "nsid", "77")] * (3 * MAX_UNDER_WAY)
        assert None not in read_together(session, commands)

    assert MAX_UNDER_WAY == max(counts)


def test_an_interruption_closes_every_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C leaves no pipe behind, and the session goes on."""
    surveys: list[Survey] = []

    def interrupt(survey: Survey) -> None:
        surveys.append(survey)
        raise KeyboardInterrupt

    with open_sandbox() as session:
        session.ip.link.set("lo", up=True)
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(Survey, "_handle_events", interrupt)
            read_together(session, [read(*SHOW_LINKS), read("tc", "-j", "qdisc", "show")])

        (survey,) = surveys
        assert [[], []] == [reader.worker.fds for reader in survey.readers]
        assert ["lo"] == [link.ifname for link in session.ip.link.show()]


def test_a_stopped_helper_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reads are left to the caller once the helper that starts processes is given up."""
    with open_sandbox() as session:
        session.ip.link.set("lo", up=True)
        monkeypatch.setattr(helper_process, "HELPER_SECONDS", 0.5)
        assert isinstance(session.executor, Batch)
        spawner = session.executor.workers.starter.spawner
        assert spawner is not None
        spawner._socket.settimeout(0.5)
        os.killpg(spawner._process.pid, signal.SIGSTOP)

        assert [None] == read_together(session, [read(*SHOW_LINKS)])
        assert ["lo"] == [link.ifname for link in session.ip.link.show()]


def test_a_stopped_process_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """What hangs is killed after a while, and its reads are left to the caller."""
    with open_sandbox() as session:
        session.ip.link.set("lo", up=True)
        worker = workers(session)[CHANGES_KEY]
        pid = stop_worker(session, worker)
        monkeypatch.setattr(helper_process, "HELPER_SECONDS", 0.5)

        replies = read_together(
            session, [read(*SHOW_LINKS), read(*SHOW_ADDRESSES)], retires_workers=True
        )

        assert [None, None] == replies
        assert until(lambda: not session.exec("kill", "-0", pid, check=False).ok)
        assert ["lo"] == [link.ifname for link in session.ip.link.show()]


def test_a_shortage_leaves_reads_to_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too few descriptors for another process are no failure of the survey."""

    def refuse(count: int) -> None:
        raise OSError(24, "Too many open files")

    with open_sandbox() as session:
        session.ip.link.set("lo", up=True)
        monkeypatch.setattr("ipwrap.executors.worker.require_descriptors", refuse)

        assert [None] == read_together(session, [read(*SHOW_LINKS)])
