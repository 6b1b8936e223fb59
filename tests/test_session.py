"""The session: one choke point that opens, runs, records, checks and closes."""

import errno
import inspect
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

import ipwrap.caller
from ipwrap import (
    AlreadyExists,
    BadOption,
    BadValue,
    Busy,
    Command,
    CommandError,
    CommandTimeout,
    DryRun,
    ExecutorError,
    InvalidValue,
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
    Sandbox,
    Session,
    UsageError,
)
from ipwrap.executors import Reply
from ipwrap.kinds import Bridge, Dummy, Ifb, Kind, Macvlan, Veth
from ipwrap.places import Place
from ipwrap.quiet import version_of
from ipwrap.recording import Answered, Asked, End, Note, Snapshot
from ipwrap.state import common

HERE = Path(__file__).parent


def next_line() -> int:
    """Return the number of the line after the caller's."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno + 1


def running(marker: str) -> list[str]:
    """Return the command lines of the processes of this machine that hold a marker."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if marker.encode() in words:
                found.append(b" ".join(words).decode(errors="replace"))
    return found


def alive(pid: int | str) -> bool:
    """Tell whether a process is there, and not only waits to be noticed as dead."""
    try:
        return "Z" != Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def until(condition: Callable[[], bool]) -> bool:
    """Wait until a condition holds, for so long that it will never hold; tell whether it does."""
    for _ in range(400):
        if condition():
            return True
        time.sleep(0.05)
    return condition()


@pytest.fixture
def marker(request: pytest.FixtureRequest) -> str:
    """A number of seconds that no other process of this machine sleeps."""
    return f"{abs(hash(request.node.nodeid)) % 10**6 + 10**6}.{os.getpid()}"


@define
class Somewhere:
    """A place that remembers what was asked of it."""

    broken: bool = False
    name: str = "double"
    private: bool = False
    calls: list[str] = field(factory=list)

    def open(self) -> bool:
        """Remember it."""
        self.calls.append("open")
        return True

    def close(self) -> None:
        """Remember it, and fail if it should."""
        self.calls.append("close")
        if self.broken:
            raise OSError("the place did not close")

    def seen(self, path: str) -> str:
        """Return the path as it is."""
        return path

    def wrap(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        """Return the words as they are."""
        return argv


@define
class Scripted:
    """An executor that answers in order; an error among the answers is raised."""

    answers: list[Reply | BaseException] = field(factory=list)
    live: bool = False
    broken: bool = False
    closed: int = 0

    def run(self, command: Command, place: Place) -> Reply:  # noqa: ARG002 - as the protocol has it
        """Return the next answer."""
        answer = self.answers.pop(0) if self.answers else Reply()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def close(self) -> None:
        """Count it, and fail if it should."""
        self.closed += 1
        if self.broken:
            raise OSError("the executor did not close")


@pytest.fixture
def fresh() -> Iterator[None]:
    """No path of a script is remembered from another test's directory."""
    ipwrap.caller._script.cache_clear()
    yield
    ipwrap.caller._script.cache_clear()


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
    with pytest.raises(BadOption, match="give one of them"):
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
    "use", [lambda s: s.open(), lambda s: s.exec("true"), lambda s: s.note("x"), lambda s: s.state()]
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
    with pytest.raises(RecordingError, match="cannot be written"), Session(place, Scripted(), tmp_path / "no" / "x"):
        pass
    assert ["open", "close"] == place.calls


def test_place_is_left_when_nothing_can_run_there() -> None:
    """A session whose first look at iproute2 fails does not open, and leaves no place behind."""
    place = Somewhere()
    with pytest.raises(ExecutorError), Session(place, Scripted([ExecutorError("no ip")], live=True)):
        pass
    assert ["open", "close"] == place.calls


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("ip utility, iproute2-6.1.0, libbpf 1.1.2\n", "6.1.0"),
        ("ip utility, iproute2-6.15.0\n", "6.15.0"),
        ("ip utility, iproute2-ss190708\n", "ss190708"),
        ("BusyBox v1.36\n", None),
        ("", None),
    ],
)
def test_release_of_iproute2(said: str, version: str | None) -> None:
    """The release is what `ip -V` says, a date through 5.4; another program has none."""
    assert version == version_of(said)


# What is recorded.


def test_recording_is_kept_in_memory() -> None:
    """Without a path nothing is written, and the recording is there."""
    with Session(Local(), DryRun(), clock=lambda: 1000.0) as session:
        session.note("first")
        session.ip.link.add("br0", Bridge())
        session.ip.link.show()
    header = session.recording.header
    assert (None, "local", 1000.0) == (session.recording.path, header.place, header.started)
    assert [Note, Asked, Answered, Asked, Answered, End] == [type(event) for event in session.recording.events]
    assert [1, 2] == [asked.n for asked in session.recording.commands]
    assert [1000.0, 1000.0] == [result.started for result in session.recording.results]


def test_recording_grows_on_disk(tmp_path: Path) -> None:
    """With a path each event has left the process when the call returns: a change before it runs."""
    path = tmp_path / "x.jsonl"

    @define
    class Looks:
        live: bool = False
        seen: list[str] = field(factory=list)

        def run(self, command: Command, place: Place) -> Reply:  # noqa: ARG002 - as the protocol has it
            """Look at what is on the disk while the command runs."""
            self.seen.append(json.loads(path.read_text().splitlines()[-1])["event"])
            return Reply()

        def close(self) -> None:
            """There is nothing to close."""

    executor = Looks()
    with Session(Local(), executor, path) as session:
        assert 1 == len(path.read_text().splitlines())
        session.note("x")
        assert 2 == len(path.read_text().splitlines())
        session.exec("true")
        assert 4 == len(path.read_text().splitlines())
    assert ["command"] == executor.seen
    assert session.recording.events == Recording.load(path).events


def test_end_tells_which_error_ended_the_session() -> None:
    """The error that left the `with` block is recorded, with the number of the command that raised it."""
    session = Session(Local(), Scripted([Reply(), Reply(2, "", "RTNETLINK answers: File exists\n")]))
    with pytest.raises(AlreadyExists), session:
        session.exec("true")
        session.exec("ip", "link", "add", "x", "type", "bridge")
    assert End("AlreadyExists: RTNETLINK answers: File exists (EEXIST)", 2) == session.recording.end


@pytest.mark.parametrize(
    ("error", "said"),
    [(RuntimeError("two\nlines"), "RuntimeError: two"), (KeyboardInterrupt(), "KeyboardInterrupt: ")],
)
def test_end_tells_an_error_of_the_script(error: BaseException, said: str) -> None:
    """An error that no command raised is recorded without a number, also after a command that failed and was caught."""
    session = Session(Local(), Scripted([Reply(1)]))
    with pytest.raises(type(error)), session:
        with pytest.raises(CommandError):
            session.exec("false")
        raise error
    assert End(said, None) == session.recording.end


def test_end_without_an_error_is_none() -> None:
    """A session that ended well says so, also when a command failed and was caught."""
    session = Session(Local(), Scripted([Reply(1)]))
    with session:
        session.exec("false", check=False)
    assert End() == session.recording.end


def test_command_that_cannot_run_is_recorded() -> None:
    """What was said of a program that is not there is recorded as its result, and the session goes on."""
    session = Session(Local(), Scripted([ExecutorError("no such program")]))
    with pytest.raises(ExecutorError), session:
        session.exec("nothing")
    (result,) = session.recording.results
    assert (127, "no such program") == (result.status, result.stderr)
    assert End("ExecutorError: no such program", 1) == session.recording.end


@pytest.mark.usefixtures("fresh")
def test_command_asks_at_the_callers_line(dry: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """`at` is the line of the script, however deep in this package the command is made, relative to where one is."""
    monkeypatch.chdir(HERE)
    line = next_line()
    results = [dry.ip.link.add("br0", Bridge()), dry.exec("true"), dry.netns("ns1").exec("true")]
    assert {f"test_session.py:{line}"} == {result.at for result in results}
    assert {f"test_session.py:{line}"} == {asked.at for asked in dry.recording.commands}


@pytest.mark.usefixtures("fresh")
def test_command_asks_at_a_whole_path_from_elsewhere(
    dry: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A script that is not below the current directory is named by its whole path."""
    monkeypatch.chdir(tmp_path)
    line = next_line()
    assert f"{__file__}:{line}" == dry.exec("true").at


@pytest.mark.usefixtures("fresh")
def test_command_of_nobody_has_no_line(dry: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no file asks, as at a prompt, there is no line."""
    monkeypatch.setattr(ipwrap.caller, "PACKAGE", "/")
    assert dry.exec("true").at is None


@pytest.mark.usefixtures("fresh")
def test_session_works_in_a_directory_that_is_gone(
    dry: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where the current directory has been deleted, a command is asked for all the same."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    line = next_line()
    assert f"{__file__}:{line}" == dry.exec("true").at


def test_export_of_an_unknown_format_is_refused(dry: Session) -> None:
    """The error lists the formats that there are."""
    with pytest.raises(BadOption, match=r"'pdf' is not one of .*sh"):
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
def test_states_before_and_after_are_recorded(session: Session, tmp_path: Path) -> None:
    """The state before the first change and the state reached are in the recording; a copy in mid-session has both."""
    session.ip.link.show()
    assert session.recording.before is None
    session.ip.netns.add("ns1")
    session.ip.link.add("br0", Bridge())
    before = session.recording.before
    assert before is not None
    assert (["lo"], [""]) == ([link["ifname"] for link in before[""]["link"]], list(before))
    end = Recording.load(session.recording.save(tmp_path / "copy.jsonl")).end
    assert end is not None
    then, now = common(end.state, session.state())
    assert then == now
    assert ["", "ns1"] == list(session.state())
    session.close()
    assert session.recording.end == end


@pytest.mark.live
def test_session_that_changes_nothing_records_no_state(session: Session) -> None:
    """A session that only looks has no states."""
    session.ip.link.show()
    session.exec("true", changes=False)
    session.close()
    assert [] == [event for event in session.recording.events if isinstance(event, Snapshot)]
    assert End() == session.recording.end


@pytest.mark.live
def test_header_tells_where_and_with_what(session: Session) -> None:
    """The header has the release of iproute2, the kernel's, and the place."""
    header = session.recording.header
    said = subprocess.run(["ip", "-V"], capture_output=True, text=True, check=True).stdout
    assert (version_of(said), "sandbox") == (header.iproute2, header.place)
    assert header.kernel is not None
    assert os.uname().release.startswith(header.kernel)


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
    assert list(range(1, 34)) == sorted(asked.n for asked in recording.commands)
    answered = [event.n for event in recording.events if isinstance(event, Answered)]
    assert sorted(answered) == sorted(set(answered)) == list(range(1, 34))
    assert all(result.ok for result in recording.results)
    places = {type(event): i for i, event in reversed(list(enumerate(recording.events)))}
    assert places[Snapshot] < places[Answered]
    assert 16 == sum(isinstance(event, Note) for event in recording.events)


# Programs.


@pytest.mark.live
@pytest.mark.parametrize("netns", [None, "ns1"])
def test_program_gets_its_words_as_they_are(session: Session, netns: str | None) -> None:
    """No word is split, expanded, dropped or quoted on its way to a program."""
    where: Any = session
    if netns:
        session.ip.netns.add(netns)
        where = session.netns(netns)
    words = ["a b", "", "\n", "é 中", "'\"`", "$HOME", "*", "#", "\\", "-x", "--", "\udcff", "%s", "a" * 5000]
    shown = where.exec(
        sys.executable, "-c", "import sys, os; os.write(1, b'\\0'.join(map(os.fsencode, sys.argv[1:])))", *words
    )
    assert words == shown.stdout.split("\0")


@pytest.mark.live
@pytest.mark.parametrize("text", ["", "one\n", "é 中\n", "a\0b", "\udcff\n", "x" * 300_000], ids=range(6))
def test_program_gets_its_stdin(session: Session, text: str) -> None:
    """What is given on stdin arrives, all of it, and comes back; it is recorded with the command."""
    result = session.exec("cat", stdin=text, timeout=10)
    assert text == result.stdout
    assert text == session.recording.commands[-1].command.stdin


@pytest.mark.live
def test_program_without_stdin_reads_nothing(session: Session) -> None:
    """A program that asks for input gets none, and does not wait for a person."""
    assert "" == session.exec("cat", timeout=10).stdout


@pytest.mark.live
def test_output_that_is_no_utf8_survives(session: Session, tmp_path: Path) -> None:
    """Bytes that are no text come back as they were, also from the recording."""
    assert b"\xff\n" == os.fsencode(session.exec("printf", r"\377\n").stdout)
    loaded = Recording.load(session.recording.save(tmp_path / "x.jsonl"))
    assert b"\xff\n" == os.fsencode(loaded.results[-1].stdout)


@pytest.mark.live
def test_check_false_returns_what_failed(session: Session) -> None:
    """With `check=False` a failure is a result like any other."""
    result = session.exec("sh", "-c", "echo out; echo bad >&2; exit 3", check=False)
    assert (3, "out\n", "bad\n", False) == (result.status, result.stdout, result.stderr, result.ok)
    assert result == session.recording.results[-1]
    with pytest.raises(CommandError) as caught:
        result.check()
    assert result is caught.value.result


@pytest.mark.live
def test_program_killed_by_a_signal_fails(session: Session) -> None:
    """A signal is a status of 128 and its number, as in a shell."""
    assert 128 + signal.SIGKILL == session.exec("sh", "-c", "kill -9 $$", check=False).status


@pytest.mark.live
def test_program_runs_where_the_session_was_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A relative path means for a program what it means for the script that opened the session."""
    monkeypatch.chdir(tmp_path)
    try:
        session = Session(sandbox=True)
        session.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    with session:
        session.ip.netns.add("ns1")
        for where in (session, session.netns("ns1")):
            assert f"{tmp_path}\n" == where.exec("pwd").stdout


@pytest.mark.live
@pytest.mark.parametrize("netns", [None, "ns1"])
@pytest.mark.parametrize("check", [True, False])
def test_timeout_ends_the_program(session: Session, marker: str, netns: str | None, check: bool) -> None:
    """A program that takes too long is ended, really, and with its children."""
    where: Any = session
    if netns:
        session.ip.netns.add(netns)
        where = session.netns(netns)
    words = ("sh", "-c", f"sleep {marker} & sleep {marker}; true", marker)
    if check:
        with pytest.raises(CommandTimeout, match=r"ended after 0\.3 s \(asked at .*test_session.py:\d+\)"):
            where.exec(*words, timeout=0.3)
    else:
        where.exec(*words, timeout=0.3, check=False)
    result = session.recording.results[-1]
    assert (124, True, 0.3) == (result.status, result.timed_out, result.command.timeout)
    assert until(lambda: running(marker) == []), running(marker)


@pytest.mark.live
def test_what_was_said_before_the_timeout_is_kept(session: Session) -> None:
    """The output of a program that was ended is in its result."""
    result = session.exec("sh", "-c", "echo early; echo bad >&2; exec sleep 1000", timeout=1, check=False)
    assert ("early\n", "bad\n") == (result.stdout, result.stderr)


@pytest.mark.live
@pytest.mark.parametrize("timeout", [0, -1])
def test_timeout_of_nothing_is_no_timeout_at_all_never(session: Session, timeout: float) -> None:
    """A timeout of 0 or less is refused or ends the program at once: it does not mean forever."""
    with pytest.raises((BadValue, CommandTimeout)):
        session.exec("sleep", "0.2", timeout=timeout)


@pytest.mark.live
def test_program_in_time_is_not_ended(session: Session) -> None:
    """A timeout that is not reached changes nothing."""
    assert "x\n" == session.exec("echo", "x", timeout=1000).stdout


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
@pytest.mark.parametrize(("refused", "error", "number"), ERRORS, ids=[case[0].__name__ for case in ERRORS])
def test_refusal_is_a_small_report(
    session: Session, refused: Callable[[Session], None], error: type[CommandError], number: int | None
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
    assert f"asked at:  {result.at}" in report


@pytest.mark.live
def test_unreachable_gateway_is_an_invalid_value(session: Session) -> None:
    """What the kernel refuses for its value has an errno, by its text or by default."""
    with pytest.raises(InvalidValue) as caught:
        session.ip.route.add("10.1.0.0/16", via="10.0.0.1")
    assert caught.value.errno in (errno.EINVAL, errno.ENETUNREACH)


@pytest.mark.live
def test_error_travels_between_processes(session: Session) -> None:
    """An error can be pickled, and is the same afterwards."""
    with pytest.raises(NotFound) as caught:
        session.ip.link.delete("nope")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (NotFound, caught.value.errno, str(caught.value)) == (type(again), again.errno, str(again))


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
    with pytest.raises(OutputError, match=r"(?s)ip link show: not JSON at line 1.*LOOPBACK|ip link show: not JSON"):
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
    done = subprocess.run([*user, sys.executable, "-c", script], capture_output=True, text=True, check=False)
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
    (first,) = Path(f"/proc/{session.place.pid}/task/{session.place.pid}/children").read_text().split()
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
    child = subprocess.Popen([sys.executable, "-c", script, marker], stderr=subprocess.PIPE, text=True)
    try:
        assert until(lambda: any(line.startswith("sleep") for line in running(marker)))
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=60)
    finally:
        child.kill()
        child.wait()
    assert "KeyboardInterrupt" in said
    assert until(lambda: running(marker) == []), running(marker)


# Several changes at once.


@pytest.mark.live
@pytest.mark.parametrize("executor", [None, Process()], ids=["default", "process"])
def test_batch_sends_changes_together(executor: Process | None) -> None:
    """In a batch block a change is queued, a read waits for those before it, and all are recorded in order."""
    try:
        session = Session(Sandbox(), executor)  # type: ignore[arg-type]
        session.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    with session:
        with session.batch():
            queued = [session.ip.link.add(f"i{number}", Ifb()) for number in range(5)]
            assert 6 == len(session.ip.link.show())
            session.ip.link.set("i0", up=True)
        assert {True} == {result.queued for result in queued}
        (link,) = session.ip.link.show("i0")
        assert link.up
    assert list(range(1, 9)) == [asked.n for asked in session.recording.commands]
    assert all(result.ok for result in session.recording.results)


@pytest.mark.live
def test_batch_raises_the_first_failure_at_its_end(session: Session) -> None:
    """A change that fails does not stop those behind it, and is raised when the block ends."""
    with pytest.raises(AlreadyExists) as caught, session.batch():
        session.ip.link.add("i0", Ifb())
        session.ip.link.add("i0", Ifb())
        session.ip.link.delete("nope")
        session.ip.link.add("i1", Ifb())
    assert {"lo", "i0", "i1"} == {link.ifname for link in session.ip.link.show()}
    notes = "\n".join(caught.value.__notes__)
    assert "2 changes were done, 2 failed" in notes
    assert "nope" in notes


@pytest.mark.live
def test_batch_in_a_batch_is_refused(session: Session) -> None:
    """One block at a time; after one that failed the next can begin."""
    with pytest.raises(IpwrapError, match="open already"), session.batch(), session.batch():
        pass
    with session.batch():
        session.ip.link.add("i0", Ifb())
    assert {"lo", "i0"} == {link.ifname for link in session.ip.link.show()}


@pytest.mark.live
def test_error_of_the_script_leaves_a_batch(session: Session) -> None:
    """An error within the block is the error that is raised; what was asked for before is done."""
    with pytest.raises(ZeroDivisionError), session.batch():
        session.ip.link.add("i0", Ifb())
        session.ip.link.add("i0", Ifb())
        raise ZeroDivisionError
    assert {"lo", "i0"} == {link.ifname for link in session.ip.link.show()}
    assert [0, 2, 0] == [result.status for result in session.recording.results]
