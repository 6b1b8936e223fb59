"""The session opens, runs, checks and closes."""

import errno
import inspect
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ipwrap import (
    AlreadyExists,
    Busy,
    Command,
    CommandError,
    ExecutorError,
    IpwrapError,
    Local,
    NotFound,
    NotPermitted,
    NotSupported,
    OutputError,
    PlaceError,
    Process,
    Recording,
    RecordingError,
    RejectedByKernel,
    Sandbox,
    Session,
    UnknownOption,
    UsageError,
)
from ipwrap.executors import Batch
from ipwrap.kinds import Bridge, Dummy, Ifb, Kind, Macvlan, Veth
from ipwrap.recording import Note, ResultEvent, Snapshot
from tests.doubles import ExecutorDouble, PlaceDouble
from tests.labs import open_sandbox
from tests.processes import alive, running
from tests.waiting import LIMIT, until

# Place and executor.


@pytest.mark.parametrize(
    "options",
    [
        {"place": Local(), "sandbox": True},
        {"place": Local(), "sudo": True},
        {"sandbox": True, "sudo": True},
        {"place": Local(), "sandbox": True, "sudo": True},
    ],
)
def test_two_places_are_refused(options: dict[str, Any]) -> None:
    """`place=`, `sandbox=True` and `sudo=True` exclude each other."""
    with pytest.raises(UnknownOption, match="give one of them"):
        Session(**options)


def test_places_have_short_cuts() -> None:
    """A session is on this host by default, and opens no place yet."""
    assert Local() == Session().place
    assert Local(sudo=True) == Session(sudo=True).place
    assert isinstance(Session(sandbox=True).place, Sandbox)
    assert "sandbox" == Session(sandbox=True).recording.header.place


def test_session_opens_with_its_first_command() -> None:
    """Without a `with` block the first command opens; a second `open` does nothing."""
    place = PlaceDouble()
    session = Session(place, ExecutorDouble())

    assert [] == place.calls

    session.exec("true")
    session.open()
    session.note("x")
    session.state()

    assert ["open"] == place.calls

    session.close()


@pytest.mark.parametrize("use", [lambda session: session.note("x"), lambda session: session.open()])
def test_use_opens_a_session(use: Callable[[Session], None]) -> None:
    """A note opens a session as a command does."""
    place = PlaceDouble()
    session = Session(place, ExecutorDouble())
    use(session)

    assert ["open"] == place.calls

    session.close()


def test_close_is_idempotent() -> None:
    """A second `close` does nothing, as well as the `close` of an unopened session."""
    place, executor = PlaceDouble(), ExecutorDouble()
    session = Session(place, executor)
    session.close()
    session.close()

    assert [] == place.calls
    assert 0 == executor.closed

    with Session(place, executor) as reopened:
        reopened.close()
        reopened.close()

    assert ["open", "close"] == place.calls
    assert 1 == executor.closed


@pytest.mark.parametrize(
    "use",
    [lambda s: s.open(), lambda s: s.exec("true"), lambda s: s.note("x"), lambda s: s.state()],
)
def test_closed_session_is_closed(use: Callable[[Session], None]) -> None:
    """No command runs in a closed session."""
    session = Session(PlaceDouble(), ExecutorDouble())
    session.close()

    with pytest.raises(IpwrapError, match="make a new one"):
        use(session)


def test_opening_starts_the_helper_of_workers_ahead(tmp_path: Path) -> None:
    """It starts while the first verbs are loaded; a session that does not open ends it."""
    executor = Batch()
    with Session(Local(), executor):
        spawner = executor.workers.starter.spawner
        assert spawner is not None
        assert not spawner.is_closed
    assert spawner.is_closed

    with pytest.raises(RecordingError):
        Session(Local(), executor, tmp_path / "missing" / "x.jsonl").open()
    assert executor.workers.starter.spawner is None


def test_one_failure_does_not_stop_the_rest_of_close(tmp_path: Path) -> None:
    """Place and recording are closed after a failure of the executor, which is raised."""
    place, executor = PlaceDouble(broken=True), ExecutorDouble(broken=True)
    session = Session(place, executor, tmp_path / "x.jsonl")
    session.open()

    with pytest.raises(OSError, match="the executor did not close"):
        session.close()

    assert ["open", "close"] == place.calls
    assert Recording.load(tmp_path / "x.jsonl").end is not None

    session.close()


def test_place_is_left_when_the_recording_cannot_be_written(tmp_path: Path) -> None:
    """A session that cannot record does not open, and leaves its place."""
    place = PlaceDouble()
    with (
        pytest.raises(RecordingError, match="cannot be written"),
        Session(place, ExecutorDouble(), tmp_path / "no" / "x"),
    ):
        pass

    assert ["open", "close"] == place.calls


def test_place_is_left_when_iproute2_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A session without iproute2 does not open, and leaves its place."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("ipwrap.system.programs.SBIN", ())
    place = PlaceDouble()
    with (
        pytest.raises(ExecutorError, match=r"^ip: no such program"),
        Session(place, ExecutorDouble(live=True)),
    ):
        pass

    assert ["open", "close"] == place.calls


# Exports and dry runs.


def test_export_of_an_unknown_format_is_refused(dry_session: Session) -> None:
    """The error lists the formats."""
    with pytest.raises(UnknownOption, match=r"'pdf' is not one of .*sh"):
        dry_session.export("pdf")


def test_export_is_the_recording_as_a_script(dry_session: Session) -> None:
    """The script has the changes; read-only commands on request."""
    dry_session.ip.link.add("br0", Bridge())
    dry_session.ip.link.show()

    assert "ip link add br0 type bridge" in dry_session.export()
    assert "ip -j -d link show" not in dry_session.export()
    assert "ip -j -d link show" in dry_session.export("sh", reads=True)


def test_nothing_runs_in_a_dry_run(dry_session: Session, tmp_path: Path) -> None:
    """In a dry run every command succeeds without effect, and the state is empty."""
    assert dry_session.exec("touch", str(tmp_path / "x")).ok
    assert [] == dry_session.ip.link.show()
    assert {"": {}} == dry_session.state()
    assert [] == list(tmp_path.iterdir())


# With a kernel.


@pytest.mark.live
@pytest.mark.parametrize("executor", [None, Process()], ids=["default", "process"])
def test_threads_share_a_session(executor: Process | None) -> None:
    """Every command of several threads is recorded with a number and a result."""
    try:
        session = Session(Sandbox(), executor)  # type: ignore[arg-type]
        session.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")

    names = [f"ns{number}" for number in range(16)]
    start = threading.Barrier(8)
    errors: list[BaseException] = []

    def work(thread_names: list[str]) -> None:
        try:
            start.wait()
            for name in thread_names:
                session.ip.netns.add(name)
                session.netns(name).ip.link.set("lo", up=True)
                session.note(name)
        except BaseException as error:
            errors.append(error)

    with session:
        threads = []
        for first in range(0, 16, 2):
            thread_names = names[first : first + 2]
            threads.append(threading.Thread(target=work, args=(thread_names,)))

        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert [] == errors
        assert set(names) == {netns.name for netns in session.ip.netns.list()}

    recording = session.recording
    expected_numbers = list(range(1, 34))
    command_numbers = [asked.number for asked in recording.commands]
    result_numbers = [event.number for event in recording.events if isinstance(event, ResultEvent)]
    notes = [event for event in recording.events if isinstance(event, Note)]
    event_types = [type(event) for event in recording.events]

    assert expected_numbers == sorted(command_numbers)
    assert expected_numbers == sorted(result_numbers)
    assert all(result.ok for result in recording.results)
    assert event_types.index(Snapshot) < event_types.index(ResultEvent)
    assert 16 == len(notes)


# Refusals of a kernel: each class of error.


def _already_exists(session: Session) -> None:
    session.ip.link.add("lo", Bridge())


def _not_found(session: Session) -> None:
    session.ip.link.delete("nope")


def _not_found_netns(session: Session) -> None:
    session.netns("nope").ip.link.show()


def _not_permitted(session: Session) -> None:
    session.exec("setpriv", "--bounding-set=-all", "ip", "link", "add", "name", "x", "type", "veth")


def _not_permitted_route(session: Session) -> None:
    session.ip.route.add("10.1.0.0/16", type="prohibit")
    session.ip.route.get("10.1.0.1")


def _not_supported(session: Session) -> None:
    session.ip.link.delete("lo")


def _not_supported_kind(session: Session) -> None:
    session.ip.link.add("x", Kind("nosuchkind"))


def _busy(session: Session) -> None:
    session.ip.link.add("br0", Bridge())
    session.ip.link.add("v0", Veth(peer="v1"), master="br0")
    session.ip.link.add("m0", Macvlan(), link="v0")


def _usage(session: Session) -> None:
    session.ip.address.flush()


def _plain(session: Session) -> None:
    session.exec("sh", "-c", "exit 3")


ERRORS: list[tuple[Callable[[Session], None], type[CommandError], int | None]] = [
    (_already_exists, AlreadyExists, errno.EEXIST),
    (_not_found, NotFound, errno.ENODEV),
    (_not_found_netns, NotFound, errno.ENOENT),
    (_not_permitted, NotPermitted, errno.EPERM),
    (_not_permitted_route, NotPermitted, errno.EACCES),
    (_not_supported, NotSupported, errno.EOPNOTSUPP),
    (_not_supported_kind, NotSupported, errno.EOPNOTSUPP),
    (_busy, Busy, errno.EBUSY),
    (_usage, UsageError, errno.EINVAL),
    (_plain, CommandError, None),
]


@pytest.mark.live
@pytest.mark.parametrize(
    ("refused", "error", "number"), ERRORS, ids=[case[0].__name__ for case in ERRORS]
)
def test_refusal_is_a_small_report(
    session: Session,
    refused: Callable[[Session], None],
    error: type[CommandError],
    number: int | None,
) -> None:
    """A failed command has a class, an errno, and a report of command and call site."""
    with pytest.raises(CommandError) as caught:
        refused(session)

    assert isinstance(caught.value, OSError)
    assert error is type(caught.value)
    assert number == caught.value.errno

    result = session.recording.results[-1]
    first_stderr_line = result.stderr.strip().split("\n")[0]
    report = str(caught.value)

    assert f"command:   {result.line}" in report
    first_namespace = "the sandbox's own"
    assert f"namespace: {result.netns or first_namespace}" in report
    assert f"status:    {result.status}" in report
    assert first_stderr_line in report
    assert f"asked at:  {result.call_site}" in report

    _lines, first_line = inspect.getsourcelines(refused)
    possible_lines = range(first_line + 1, first_line + 5)

    assert any(f"test_session.py:{line}" in report for line in possible_lines)


@pytest.mark.live
def test_unreachable_gateway_is_an_invalid_value(session: Session) -> None:
    """A value that the kernel refuses has an errno, by its text or by default."""
    with pytest.raises(RejectedByKernel) as caught:
        session.ip.route.add("10.1.0.0/16", via="10.0.0.1")

    assert caught.value.errno in (errno.EINVAL, errno.ENETUNREACH)


@pytest.mark.live
def test_error_travels_between_processes(session: Session) -> None:
    """A pickled error keeps class, errno and text."""
    with pytest.raises(NotFound) as caught:
        session.ip.link.delete("nope")

    copied = pickle.loads(pickle.dumps(caught.value))

    assert NotFound is type(copied)
    assert caught.value.errno == copied.errno
    assert str(caught.value) == str(copied)


@pytest.mark.live
def test_missing_program_names_its_package(session: Session, tmp_path: Path) -> None:
    """The error for a missing program names the package to install."""
    with pytest.raises(ExecutorError, match="apt-get install iputils-ping"):
        session.exec(str(tmp_path / "ping"))

    with pytest.raises(ExecutorError, match="no-such-program: no such program"):
        session.exec("no-such-program")


@pytest.mark.live
def test_output_that_is_no_json_is_shown(session: Session) -> None:
    """The error for wrong JSON shows the output and the command."""
    result = session.run(Command(("ip", "link", "show"), changes=False))
    with pytest.raises(
        OutputError, match=r"(?s)ip link show: not JSON at line 1.*LOOPBACK|ip link show: not JSON"
    ):
        result.json()


@pytest.mark.live
def test_ordinary_user_is_not_permitted_on_the_host() -> None:
    """An ordinary user can read the host but not change it, and gets a hint at the sandbox."""
    script = (
        "from ipwrap import NotPermitted, Session\n"
        "from ipwrap.kinds import Ifb\n"
        "with Session() as session:\n"
        "    assert 'lo' in {link.ifname for link in session.ip.link.show()}\n"
        "    try:\n"
        "        session.ip.link.set('lo', alias='x')\n"
        "    except NotPermitted as error:\n"
        "        print(error.errno, 'sandbox=True' in str(error))\n"
    )
    completed = as_ordinary_user(script)

    assert f"{errno.EPERM} True\n" == completed.stdout
    assert 0 == completed.returncode


def as_ordinary_user(script: str) -> "subprocess.CompletedProcess[str]":
    """Run a Python script as an ordinary user without privileges."""
    user = ("unshare", "--user", "--map-user=1000", "--map-group=1000") if os.geteuid() == 0 else ()
    completed = subprocess.run(
        [*user, sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    if "unshare failed" in completed.stderr:
        pytest.skip(f"no user namespaces here: {completed.stderr.strip()}")

    assert "" == completed.stderr

    return completed


@pytest.mark.live
def test_commands_after_the_end_of_the_holder_fail(session: Session) -> None:
    """Without its sandbox a command raises `PlaceError`; the session still closes."""
    session.ip.link.add("i0", Ifb())

    assert isinstance(session.place, Sandbox)
    assert session.place.pid is not None

    (first_child,) = (
        Path(f"/proc/{session.place.pid}/task/{session.place.pid}/children").read_text().split()
    )
    os.kill(session.place.pid, signal.SIGKILL)
    os.waitid(os.P_PID, session.place.pid, os.WEXITED | os.WNOWAIT)

    assert until(lambda: not alive(first_child))

    for run in (
        lambda: session.ip.link.add("x", Dummy()),
        lambda: session.ip.link.show(),
        lambda: session.netns("ns1").ip.link.show(),
        lambda: session.exec("true"),
    ):
        with pytest.raises(PlaceError, match="gone"):
            run()

    session.close()

    assert session.recording.end is not None
    assert session.recording.end.state is None


@pytest.mark.live
def test_interrupt_ends_the_program(sleep_marker: str) -> None:
    """Ctrl-C ends the running program, in a namespace too, and the session with it."""
    script = (
        "import sys\n"
        "from ipwrap import Session\n"
        "with Session(sandbox=True) as session:\n"
        "    session.ip.netns.add('ns1')\n"
        "    session.netns('ns1').exec('sleep', sys.argv[1])\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script, sleep_marker], stderr=subprocess.PIPE, text=True
    )
    try:
        assert until(lambda: any(line.startswith("sleep") for line in running(sleep_marker)))

        child.send_signal(signal.SIGINT)
        _, stderr = child.communicate(timeout=LIMIT)
    finally:
        child.kill()
        child.wait()

    assert "KeyboardInterrupt" in stderr
    assert until(lambda: running(sleep_marker) == []), running(sleep_marker)


# Reports.


@pytest.mark.live
def test_report_of_a_session_that_goes_on() -> None:
    """In the middle of a session its page shows the network of now, and no failure."""
    with open_sandbox() as session:
        session.ip.netns.add("red")
        session.ip.link.add("v0", Veth(peer="v1", peer_netns="red"))

        report = session.report("My lab")

        assert "red" in session.state()  # it still runs
    assert "<h1>My lab</h1>" in report.html
    assert "v0" in report.html.partition("<h3>After</h3>")[2].partition("</section>")[0]
    assert "cut short" not in report.html


@pytest.mark.live
def test_report_of_a_closed_session() -> None:
    """After its end a session still has its page, with the commands that have failed."""
    with open_sandbox() as session, pytest.raises(NotFound):
        session.ip.link.set("v7", up=True)

    html = session.report().html

    assert "<h1>Session</h1>" in html
    assert "Failures" in html
    assert "v7" in html.partition("Failures")[2]
