"""The session: one choke point that opens, runs, checks and closes."""

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
from ipwrap.kinds import Bridge, Dummy, Ifb, Kind, Macvlan, Veth
from ipwrap.recording import Note, ResultEvent, Snapshot
from tests.doubles import Scripted, Somewhere
from tests.processes import alive, running
from tests.waiting import LIMIT, until

# Where and how.


@pytest.mark.parametrize(
    "where",
    [
        {"place": Local(), "sandbox": True},
        {"place": Local(), "sudo": True},
        {"sandbox": True, "sudo": True},
        {"place": Local(), "sandbox": True, "sudo": True},
    ],
)
def test_two_places_are_refused(where: dict[str, Any]) -> None:
    """`place=`, `sandbox=True` and `sudo=True` exclude each other."""
    with pytest.raises(UnknownOption, match="give one of them"):
        Session(**where)


def test_places_have_short_cuts() -> None:
    """A session is on this host unless it says otherwise; nothing is opened yet."""
    assert Local() == Session().place
    assert Local(sudo=True) == Session(sudo=True).place
    assert isinstance(Session(sandbox=True).place, Sandbox)
    assert "sandbox" == Session(sandbox=True).recording.header.place


def test_session_opens_with_its_first_command() -> None:
    """Without a `with` block the first command opens, and `open` again does nothing."""
    place = Somewhere()
    session = Session(place, Scripted())
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
    place = Somewhere()
    session = Session(place, Scripted())
    use(session)
    assert ["open"] == place.calls
    session.close()


def test_close_is_idempotent() -> None:
    """Closing again does nothing, and a session that was never opened has nothing to close."""
    place, executor = Somewhere(), Scripted()
    session = Session(place, executor)
    session.close()
    session.close()
    assert ([], 0) == (place.calls, executor.closed)
    with Session(place, executor) as again:
        again.close()
        again.close()
    assert (["open", "close"], 1) == (place.calls, executor.closed)


@pytest.mark.parametrize(
    "use",
    [lambda s: s.open(), lambda s: s.exec("true"), lambda s: s.note("x"), lambda s: s.state()],
)
def test_closed_session_is_closed(use: Callable[[Session], None]) -> None:
    """Nothing runs in a session after its end."""
    session = Session(Somewhere(), Scripted())
    session.close()
    with pytest.raises(IpwrapError, match="make a new one"):
        use(session)


def test_one_failure_does_not_stop_the_rest_of_close(tmp_path: Path) -> None:
    """The place and the recording are closed also when the executor does not close; the first failure is told."""
    place, executor = Somewhere(broken=True), Scripted(broken=True)
    session = Session(place, executor, tmp_path / "x.jsonl")
    session.open()
    with pytest.raises(OSError, match="the executor did not close"):
        session.close()
    assert ["open", "close"] == place.calls
    assert Recording.load(tmp_path / "x.jsonl").end is not None
    session.close()


def test_place_is_left_when_the_recording_cannot_be_written(tmp_path: Path) -> None:
    """A session that cannot record does not open, and leaves no place behind."""
    place = Somewhere()
    with (
        pytest.raises(RecordingError, match="cannot be written"),
        Session(place, Scripted(), tmp_path / "no" / "x"),
    ):
        pass
    assert ["open", "close"] == place.calls


def test_place_is_left_when_nothing_can_run_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A session whose first look at iproute2 fails does not open, and leaves no place behind."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("ipwrap.system.programs.SBIN", ())
    place = Somewhere()
    with (
        pytest.raises(ExecutorError, match=r"^ip: no such program"),
        Session(place, Scripted(live=True)),
    ):
        pass
    assert ["open", "close"] == place.calls


# What is made of it.


def test_export_of_an_unknown_format_is_refused(dry: Session) -> None:
    """The error lists the formats that there are."""
    with pytest.raises(UnknownOption, match=r"'pdf' is not one of .*sh"):
        dry.export("pdf")


def test_export_is_the_recording_as_a_script(dry: Session) -> None:
    """What changes is in the script; what only looks, if it is asked for."""
    dry.ip.link.add("br0", Bridge())
    dry.ip.link.show()
    assert "ip link add name br0 type bridge" in dry.export()
    assert "link show" not in dry.export()
    assert "link show" in dry.export("sh", reads=True)


def test_nothing_runs_in_a_dry_run(dry: Session, tmp_path: Path) -> None:
    """A dry run changes nothing, every command ends well, and there is no state."""
    assert dry.exec("touch", str(tmp_path / "x")).ok
    assert [] == dry.ip.link.show()
    assert {"": {}} == dry.state()
    assert [] == list(tmp_path.iterdir())


# What a kernel does.


@pytest.mark.live
@pytest.mark.parametrize("executor", [None, Process()], ids=["default", "process"])
def test_threads_share_a_session(executor: Process | None) -> None:
    """Commands of several threads are each recorded whole: a number, a result, and all of them done."""
    try:
        session = Session(Sandbox(), executor)  # type: ignore[arg-type]
        session.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    with session:
        start = threading.Barrier(8)
        errors: list[BaseException] = []

        def work(number: int) -> None:
            try:
                start.wait()
                for part in "ab":
                    session.ip.netns.add(f"ns{number}{part}")
                    session.netns(f"ns{number}{part}").ip.link.set("lo", up=True)
                    session.note(f"{number}")
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [] == errors
        names = {f"ns{number}{part}" for number in range(8) for part in "ab"}
        assert names == {each.name for each in session.ip.netns.list()}
    recording = session.recording
    assert list(range(1, 34)) == sorted(asked.number for asked in recording.commands)
    answered = [event.number for event in recording.events if isinstance(event, ResultEvent)]
    assert sorted(answered) == sorted(set(answered)) == list(range(1, 34))
    assert all(result.ok for result in recording.results)
    places = {type(event): i for i, event in reversed(list(enumerate(recording.events)))}
    assert places[Snapshot] < places[ResultEvent]
    assert 16 == sum(isinstance(event, Note) for event in recording.events)


# What a kernel refuses. Each class of error, as it really comes.


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
    """A failed command is its own class, with the errno, the command, the namespace and the line that asked."""
    with pytest.raises(CommandError) as caught:
        refused(session)
    assert (error, number) == (type(caught.value), caught.value.errno)
    result = session.recording.results[-1]
    report = str(caught.value)
    assert isinstance(caught.value, OSError)
    assert f"command:   {result.line}" in report
    assert f"namespace: {result.netns or 'the first one of this place'}" in report
    assert f"status:    {result.status}" in report
    assert result.stderr.strip().split("\n")[0] in report
    first = inspect.getsourcelines(refused)[1]
    assert any(f"test_session.py:{first + n}" in report for n in range(1, 5))
    assert f"asked at:  {result.call_site}" in report


@pytest.mark.live
def test_unreachable_gateway_is_an_invalid_value(session: Session) -> None:
    """What the kernel refuses for its value has an errno, by its text or by default."""
    with pytest.raises(RejectedByKernel) as caught:
        session.ip.route.add("10.1.0.0/16", via="10.0.0.1")
    assert caught.value.errno in (errno.EINVAL, errno.ENETUNREACH)


@pytest.mark.live
def test_error_travels_between_processes(session: Session) -> None:
    """An error can be pickled, and is the same afterwards."""
    with pytest.raises(NotFound) as caught:
        session.ip.link.delete("nope")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (NotFound, caught.value.errno, str(caught.value)) == (
        type(again),
        again.errno,
        str(again),
    )


@pytest.mark.live
def test_missing_program_names_its_package(session: Session, tmp_path: Path) -> None:
    """A program that is not there is told before anything runs, with what to install."""
    with pytest.raises(ExecutorError, match="apt-get install iputils-ping"):
        session.exec(str(tmp_path / "ping"))
    with pytest.raises(ExecutorError, match="no-such-program: no such program"):
        session.exec("no-such-program")


@pytest.mark.live
def test_output_that_is_no_json_is_shown(session: Session) -> None:
    """What was not JSON is in the message, with the command."""
    result = session.run(Command(("ip", "link", "show"), changes=False))
    with pytest.raises(
        OutputError, match=r"(?s)ip link show: not JSON at line 1.*LOOPBACK|ip link show: not JSON"
    ):
        result.json()


@pytest.mark.live
def test_ordinary_user_is_not_permitted_on_the_host() -> None:
    """An ordinary user may look at the host but not change it, and is told of the sandbox."""
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
    done = as_ordinary_user(script)
    assert (f"{errno.EPERM} True\n", 0) == (done.stdout, done.returncode)


def as_ordinary_user(script: str) -> "subprocess.CompletedProcess[str]":
    """Run a Python script as a user who is not root, and who has no privileges here."""
    user = ("unshare", "--user", "--map-user=1000", "--map-group=1000") if os.geteuid() == 0 else ()
    done = subprocess.run(
        [*user, sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    if "unshare failed" in done.stderr:
        pytest.skip(f"no user namespaces here: {done.stderr.strip()}")
    assert "" == done.stderr
    return done


@pytest.mark.live
def test_commands_after_the_holder_died_say_so(session: Session) -> None:
    """When the sandbox is gone, a command is a `PlaceError`; nothing runs on the host, and the session still closes."""
    session.ip.link.add("i0", Ifb())
    assert isinstance(session.place, Sandbox)
    assert session.place.pid is not None
    (first,) = (
        Path(f"/proc/{session.place.pid}/task/{session.place.pid}/children").read_text().split()
    )
    os.kill(session.place.pid, signal.SIGKILL)
    os.waitid(os.P_PID, session.place.pid, os.WEXITED | os.WNOWAIT)
    assert until(lambda: not alive(first))
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
def test_interrupt_ends_the_program(marker: str) -> None:
    """Ctrl-C ends the program that runs, in a namespace too, and the session with it."""
    script = (
        "import sys\n"
        "from ipwrap import Session\n"
        "with Session(sandbox=True) as session:\n"
        "    session.ip.netns.add('ns1')\n"
        "    session.netns('ns1').exec('sleep', sys.argv[1])\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script, marker], stderr=subprocess.PIPE, text=True
    )
    try:
        assert until(lambda: any(line.startswith("sleep") for line in running(marker)))
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=LIMIT)
    finally:
        child.kill()
        child.wait()
    assert "KeyboardInterrupt" in said
    assert until(lambda: running(marker) == []), running(marker)
