"""A recording run again gives the same results, and a report of the differences."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ipwrap
from ipwrap import Command, CommandError, DryRun, Local, Playback, Recording, Result, Session
from ipwrap.errors import ExecutorError
from ipwrap.export.python.exporter import python
from ipwrap.kinds import Bridge, Veth
from ipwrap.recording import CommandEvent, Header, Note, ResultEvent
from ipwrap.replay import (
    Replay,
    count_programs,
    noun_of,
    replay,
    replay_export,
    replay_python,
    replay_script,
)
from tests.labs import build_or_skip, build_pair, open_sandbox, record_lab, write_script
from tests.traffic import CLASSES, FILTERS

Event = dict[str, Any]
MACHINE_RECORDINGS = (
    Path(__file__).parent / "cases" / "machines"
)  # one lab, recorded with each of several releases


def build_and_read(session: Session) -> None:
    """Build objects, and read them."""
    session.note("Look at it.")
    build_pair(session)
    session.ip.link.show()
    session.ip.address.show()
    session.netns("red").ip.route.show(table="all")
    session.bridge.link.show()
    session.bridge.fdb.show()
    session.ip.netns.list()
    session.exec("ls", "/", changes=False)

    with pytest.raises(CommandError):
        session.ip.link.delete("nothing")


def edit_recording(path: Path, edit: Callable[[list[Event]], None]) -> Recording:
    """Edit the lines of a recording, and load the result."""
    events = [json.loads(line) for line in path.read_text().splitlines()]
    edit(events)
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return Recording.load(path)


def is_command_with(event: Event, arguments: tuple[str, ...]) -> bool:
    """Return whether an event is a command with these arguments."""
    return event["event"] == "command" and set(arguments) <= set(event["argv"])


def is_result_of(event: Event, number: int) -> bool:
    """Return whether an event is the result of the command of that number."""
    return (event["event"], event.get("n")) == ("result", number)


def link_named(links: list[Event], name: str) -> Event:
    """Return the link of that name."""
    return next(link for link in links if link["ifname"] == name)


def notes_and_commands(recording: Recording) -> list[str | Command]:
    """Return the texts of the notes and the commands of a recording, in order."""
    contents: list[str | Command] = []
    for event in recording.events:
        if isinstance(event, Note):
            contents.append(event.text)
        elif isinstance(event, CommandEvent):
            contents.append(event.command)

    return contents


def result_of(events: list[Event], *arguments: str) -> Event:
    """Return the result event of the first command with these arguments."""
    asked = next(event for event in events if is_command_with(event, arguments))
    return next(event for event in events if is_result_of(event, asked["n"]))


def replay_in_sandbox(recording: Recording, *, check: bool = True) -> Replay:
    """Run a recording again in a new sandbox."""
    with open_sandbox() as session:
        return replay(recording, session, check=check)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording of a lab with changes and reads."""
    path = tmp_path_factory.mktemp("original") / "x.jsonl"
    record_lab(build_and_read, path)
    return path


@pytest.fixture
def path(original: Path, tmp_path: Path) -> Path:
    """A copy of the recording, to be edited."""
    copy = tmp_path / "x.jsonl"
    copy.write_bytes(original.read_bytes())
    return copy


@pytest.mark.live
def test_a_replay_matches_its_recording(original: Path) -> None:
    """Every command runs again; the reads and the end state match."""
    recording = Recording.load(original)
    report = replay_in_sandbox(recording)

    assert [] == report.differences
    assert report.is_same
    assert report.state_compared
    assert len(recording.commands) == report.commands
    assert 6 == report.reads


@pytest.mark.live
def test_a_replay_is_recorded(original: Path) -> None:
    """A replay is recorded with the same notes and commands."""
    with open_sandbox() as session:
        replay(Recording.load(original), session)
        replayed_recording = session.recording

    assert notes_and_commands(replayed_recording) == notes_and_commands(Recording.load(original))


@pytest.mark.live
def test_a_different_status_is_a_difference(path: Path) -> None:
    """The difference shows both statuses, and the present stderr."""

    def edit(events: list[Event]) -> None:
        result_of(events, "add", "br0")["status"] = 2
        result_of(events, "delete", "nothing")["status"] = 0

    assert [
        "ip link add name br0 up type bridge: status 2 -> 0",
        'ip link delete dev nothing: status 0 -> 1 Cannot find device "nothing"',
    ] == [
        line.partition(", ")[2]
        for line in replay_in_sandbox(edit_recording(path, edit), check=False).differences
    ]


@pytest.mark.live
def test_a_different_read_is_a_difference(path: Path) -> None:
    """The difference of a read shows the field."""

    def edit(events: list[Event]) -> None:
        result = result_of(events, "-j", "link", "show")
        links = json.loads(result["stdout"])
        link_named(links, "br0")["mtu"] = 9
        result["stdout"] = json.dumps(links)

    (line,) = replay_in_sandbox(edit_recording(path, edit)).differences

    assert line.endswith("ip -j -d link show: ~ (host)  link br0: mtu 9 -> 1500")


@pytest.mark.live
def test_without_check_reads_are_not_compared(path: Path) -> None:
    """Without check only the statuses are compared."""

    def edit(events: list[Event]) -> None:
        result_of(events, "-j", "link", "show")["stdout"] = "[]"

    report = replay_in_sandbox(edit_recording(path, edit), check=False)

    assert [] == report.differences
    assert 0 == report.reads
    assert not report.state_compared


@pytest.mark.live
def test_a_different_end_state_is_a_difference(path: Path) -> None:
    """The difference of a state shows the object and the field."""

    def edit(events: list[Event]) -> None:
        (end,) = [event for event in events if event["event"] == "end"]
        link_named(end["state"][""]["link"], "br0")["mtu"] = 9

    assert ["~ (host)  link br0: mtu 9 -> 1500"] == replay_in_sandbox(
        edit_recording(path, edit)
    ).differences


@pytest.mark.live
def test_classes_and_filters_are_compared(tmp_path: Path) -> None:
    """Also where they were made by a script, which `tc` read from its stdin."""
    path = tmp_path / "x.jsonl"
    with open_sandbox() as session, Session(session.place, record=path) as recorded:
        build_or_skip(recorded, CLASSES + FILTERS)

    def edit(events: list[Event]) -> None:
        end = events[-1]["state"][""]
        (classful,) = [data for data in end["tc class"] if data["handle"] == "1:10"]
        classful["rate"] += 1
        end["tc filter"] = [data for data in end["tc filter"] if data["pref"] != 6]

    assert [] == replay_in_sandbox(Recording.load(path)).differences
    changed_class, extra_filter = replay_in_sandbox(edit_recording(path, edit)).differences
    assert re.fullmatch(r"~ \(host\)  tc class v0 .*1:10.*: rate .*", changed_class)
    assert re.match(r"\+ \(host\)  tc filter v0 .*flower", extra_filter)


@pytest.mark.live
def test_preexisting_objects_are_not_compared(path: Path) -> None:
    """A link of the initial state does not belong to the lab."""
    extra = {"ifname": "from-before", "mtu": 1500, "flags": []}

    def edit(events: list[Event]) -> None:
        for event in events:
            if event["event"] in ("snapshot", "end"):
                event["state"][""]["link"].append(extra)

    assert [] == replay_in_sandbox(edit_recording(path, edit)).differences


@pytest.mark.live
def test_a_read_without_json_is_a_difference(path: Path) -> None:
    """A recorded output that is not JSON does not end the replay."""

    def edit(events: list[Event]) -> None:
        result_of(events, "-j", "link", "show")["stdout"] = "[{"

    (line,) = replay_in_sandbox(edit_recording(path, edit)).differences

    assert "link show" in line
    assert "not JSON at line 1" in line


@pytest.mark.live
def test_a_read_without_objects_is_a_difference(path: Path) -> None:
    """A recorded output that the model does not fit does not end the replay."""

    def edit(events: list[Event]) -> None:
        result_of(events, "-j", "link", "show")["stdout"] = "[1]"

    (line,) = replay_in_sandbox(edit_recording(path, edit)).differences

    assert "link show" in line


@pytest.mark.live
def test_a_recording_without_an_end_is_replayed(path: Path) -> None:
    """A session that was cut short has no end state, which the report mentions."""

    def edit(events: list[Event]) -> None:
        del events[-1]

    report = replay_in_sandbox(edit_recording(path, edit))

    assert report.is_same
    assert not report.state_compared
    assert "no end state (the recording holds none)" in str(report)


def test_a_command_that_never_ended_is_run_again() -> None:
    """A command without a recorded status cannot differ."""
    recording = Recording(Header(), [CommandEvent(1, Command(("ip", "link", "add", "a")))])
    with Session(Local(), DryRun()) as session:
        report = replay(recording, session)

    assert 1 == report.commands
    assert report.is_same


def test_a_command_that_cannot_be_run_is_a_difference(tmp_path: Path) -> None:
    """A program that is missing has the status 127, and the replay continues."""
    missing = Command(("no-such-program-anywhere",))
    installed = Command(("true",))
    recording = Recording(
        Header(),
        [
            CommandEvent(1, missing),
            ResultEvent(1, Result(missing)),
            CommandEvent(2, installed),
            ResultEvent(2, Result(installed)),
        ],
    )

    with Session(Local()) as session:
        report = replay(recording, session)

    (difference,) = report.differences
    assert 2 == report.commands
    assert difference.startswith("~ command 1, no-such-program-anywhere: status 0 -> 127")


@pytest.mark.live
def test_a_program_missing_in_both_is_no_difference(tmp_path: Path) -> None:
    """A session that tried a missing program is replayed to its end."""

    def lab(session: Session) -> None:
        session.ip.link.add("a", Bridge())

        with pytest.raises(Exception, match="no such program"):
            session.exec("no-such-program-anywhere")

        session.ip.link.add("b", Bridge())

    report = replay_in_sandbox(record_lab(lab, tmp_path / "x.jsonl"))

    assert [] == report.differences
    assert 3 == report.commands


def test_the_report_of_a_replay() -> None:
    """The report shows the comparisons and the differences."""
    compared = "3 commands run again; compared: their status, 1 read"
    matching = Replay(3, 1, [], state_compared=True)
    differing = Replay(3, 1, ["~ x"])

    assert f"{compared}, the end state\nno difference" == str(matching)
    assert [
        f"{compared}, no end state (the recording holds none)",
        "~ x",
        "1 differ",
    ] == str(differing).splitlines()


@pytest.mark.parametrize(
    ("argv", "stdout", "expected"),
    [
        (("ip", "-j", "-d", "link", "show"), "[]", "link"),
        (("ip", "-j", "-6", "address", "show"), "[{}]", "address"),
        (("ip", "-j", "netns", "list"), "[]", "netns"),
        (("ip", "-j", "netns", "list-id"), "[]", "netns list-id"),
        (("bridge", "-j", "-d", "fdb", "show"), " [\n]", "bridge fdb"),
        (("bridge", "-j", "vlan", "show"), "[]", "bridge vlan"),
        (("bridge", "-j", "-d", "mdb", "show", "dev", "get"), "[]", "bridge mdb"),
        (("bridge", "-j", "-d", "mdb", "get", "grp", "239.1.1.1"), "[]", "bridge mdb get"),
        (("bridge", "-j", "vlan", "global", "show"), "[]", "bridge vlan global"),
        (("bridge", "-j", "vlan", "tunnelshow"), "[]", "bridge vlan tunnelshow"),
        (("bridge", "-j", "vni", "show"), "[]", "bridge vni"),
        (("bridge", "-j", "mst", "show"), "[]", "bridge mst"),
        (("ip", "-j", "link", "xstats", "type", "bridge"), "[]", "link xstats"),
        (("ip", "-j", "rule", "show"), "[]", "rule"),
        (("ip", "-j", "nexthop", "show"), "[]", "nexthop"),
        (("ip", "-j", "-d", "nexthop", "bucket", "show"), "[]", "nexthop bucket"),
        (("ip", "-j", "ntable", "show"), "[]", None),
        (("ip", "link", "show"), "1: lo", None),
        (("ip", "-j", "link", "show"), "", None),
        (("ip", "-j", "link", "show"), "text", None),
        (("cat", "-j", "link"), "[]", None),
        (("ip", "-j"), "[]", None),
    ],
)
def test_the_noun_of_a_read(argv: tuple[str, ...], stdout: str, expected: str | None) -> None:
    """JSON of nouns with a model can be compared; text and programs cannot."""
    assert expected == noun_of(Result(Command(argv, changes=False), stdout=stdout))


@pytest.mark.parametrize(("status", "changes"), [(1, False), (0, True)])
def test_failed_commands_and_changes_have_no_noun(status: int, changes: bool) -> None:
    """Only a successful read has objects to compare."""
    assert (
        noun_of(Result(Command(("ip", "-j", "link", "show"), changes=changes), status, "[]"))
        is None
    )


@pytest.mark.live
def test_a_replay_of_a_playback_matches(tmp_path: Path) -> None:
    """A replay against a playback of the same recording needs no kernel."""

    def lab(session: Session) -> None:
        session.ip.link.add("a", Veth(peer="b"))
        session.ip.link.show()

    recording = record_lab(lab, tmp_path / "x.jsonl")
    with Session(Local(), Playback(recording)) as session:
        report = replay(recording, session, check=False)

    assert report.is_same


@pytest.mark.live
def test_a_script_is_compared_by_its_end_state(original: Path, tmp_path: Path) -> None:
    """The exported script, run in an empty place, is a single command."""
    recording = Recording.load(original)
    script = write_script(recording, tmp_path / "x.sh")
    with open_sandbox() as session:
        report = replay_script(recording, session, script=str(script))

    assert [] == report.differences
    assert 1 == report.commands
    assert report.state_compared


@pytest.mark.live
def test_a_script_that_fails_is_a_difference(original: Path, tmp_path: Path) -> None:
    """The report shows the status and stderr of the script, and missing objects."""
    script = tmp_path / "x.sh"
    script.write_text("echo sorry >&2; exit 3\n")

    with open_sandbox() as session:
        report = replay_script(Recording.load(original), session, script=str(script))

    assert f"~ sh {script}: status 3 sorry" == report.differences[0]
    assert "- (host)  link br0" in report.differences


def record_error(path: Path) -> Recording:
    """Return a recording of a session that ended by an error."""
    with (
        open_sandbox() as session,
        pytest.raises(CommandError),
        Session(session.place, record=path) as failing,
    ):
        failing.ip.netns.add("red")
        failing.ip.link.delete("nothing")

    return Recording.load(path)


@pytest.mark.live
def test_a_script_in_python_gives_the_same_recording(original: Path, tmp_path: Path) -> None:
    """The commands of the script, its reads, and the state are compared."""
    recording = Recording.load(original)
    script = tmp_path / "x.py"
    script.write_text(python(recording))

    with open_sandbox() as session:
        report = replay_python(recording, session, script=str(script))

    assert [] == report.differences
    assert len(recording.commands) == report.commands
    assert report.state_compared
    assert 6 == report.reads


@pytest.mark.live
def test_a_session_that_ended_by_an_error_raises_it_again(tmp_path: Path) -> None:
    """The script raises the recorded error, which is no difference."""
    recording = record_error(tmp_path / "x.jsonl")
    with open_sandbox() as session:
        report = replay_export(recording, session, export_format="python")

    assert [] == report.differences
    assert 2 == report.commands
    assert report.state_compared


@pytest.mark.live
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("pass", "~ recorded: ip netns add red; the script ran: nothing"),
        ("session.exec('true')", "~ recorded: ip netns add red; the script ran: true"),
        (
            (
                "session.ip.netns.add('red'); "
                "session.exec('ip', 'l', 'd', 'nothing', check=False); session.exec('ls')"
            ),
            "~ recorded: nothing; the script ran: ls",
        ),
    ],
    ids=["nothing", "another", "more"],
)
def test_a_python_script_with_different_commands(body: str, expected: str, tmp_path: Path) -> None:
    """The report shows the first command that differs."""
    recording = record_error(tmp_path / "x.jsonl")
    script = tmp_path / "x.py"
    script.write_text(f"def main(session):\n    {body}\n")

    with open_sandbox() as session:
        report = replay_python(recording, session, script=str(script))

    assert expected == report.differences[0]


@pytest.mark.live
def test_a_python_script_that_fails_is_a_difference(original: Path, tmp_path: Path) -> None:
    """The report shows the exception."""
    script = tmp_path / "x.py"
    script.write_text("def main(session):\n    session.ip.link.delete('nothing')\n")

    with open_sandbox() as session:
        report = replay_python(Recording.load(original), session, script=str(script))

    assert report.differences[0].startswith(f"~ {script}: NotFound: ")


def set_another_machine(events: list[Event]) -> None:
    """Let a recording be made by the last release that is named by a date."""
    events[0]["iproute2"] = "ss191125"


@pytest.mark.live
@pytest.mark.parametrize(
    "recording", sorted(MACHINE_RECORDINGS.glob("*.jsonl")), ids=lambda path: path.stem
)
def test_a_recording_of_another_release_matches(recording: Path) -> None:
    """Recordings of every release match, and the report names both machines."""
    report = replay_in_sandbox(Recording.load(recording))

    assert [] == report.differences
    assert report.state_compared
    assert (report.machines is None) is report.recorded.prints_as(report.replayed)


@pytest.mark.live
def test_the_report_names_both_machines(path: Path) -> None:
    """The line has both releases and kernels; for the same machine there is none."""
    same_machine = replay_in_sandbox(Recording.load(path))
    report = replay_in_sandbox(edit_recording(path, set_another_machine))

    assert same_machine.machines is None
    recorded_kernel, machine = same_machine.recorded.kernel, same_machine.replayed
    assert report.machines == (
        f"recorded with iproute2 ss191125 on Linux {recorded_kernel}, replayed with {machine}: "
        "keys that only one of them prints are taken for their defaults, or not compared"
    )
    assert report.machines == str(report).splitlines()[1]
    assert [] == report.differences


@pytest.mark.live
def test_a_difference_is_found_across_releases(path: Path) -> None:
    """A different MTU is a difference across releases, in reads and in the end state."""

    def edit(events: list[Event]) -> None:
        set_another_machine(events)

        result = result_of(events, "-j", "link", "show")
        result["stdout"] = result["stdout"].replace('"mtu":1500', '"mtu":1499', 1)

        (end,) = [event for event in events if event["event"] == "end"]
        link_named(end["state"][""]["link"], "br0")["mtu"] = 9

    differences = replay_in_sandbox(edit_recording(path, edit)).differences
    read_differences = [line for line in differences if line.startswith("~ command")]
    state_differences = [line for line in differences if line not in read_differences]

    assert ["~ (host)  link br0: mtu 9 -> 1500"] == state_differences
    assert 1 == len([line for line in read_differences if "mtu 1499 -> 1500" in line])


@pytest.mark.live
@pytest.mark.parametrize(("status", "differs"), [(255, False), (2, True), (0, True)])
def test_refusals_of_two_releases_match(status: int, differs: bool, path: Path) -> None:
    """A refusal by `ip` ends with 1 or 255, depending on the release; the kernel's with 2."""

    def edit(events: list[Event]) -> None:
        result_of(events, "delete", "nothing")["status"] = status

    def edit_both(events: list[Event]) -> None:
        set_another_machine(events)
        edit(events)

    assert 1 == len(replay_in_sandbox(edit_recording(path, edit), check=False).differences)
    assert differs == bool(
        replay_in_sandbox(edit_recording(path, edit_both), check=False).differences
    )


@pytest.mark.live
@pytest.mark.parametrize("across", [False, True])
def test_text_of_another_release_is_not_compared(across: bool, tmp_path: Path) -> None:
    """Recorded JSON and present text cannot be compared, as of `ip vrf show` before 5.5."""
    path = tmp_path / "x.jsonl"

    def lab(session: Session) -> None:
        session.ip.netns.add("red")
        # Every release prints the name as text.
        identify = Command(("ip", "-j", "netns", "identify"), "red", changes=False)
        session.run(identify)

    def edit(events: list[Event]) -> None:
        result_of(events, "identify")["stdout"] = "[]"
        if across:
            set_another_machine(events)

    record_lab(lab, path)
    report = replay_in_sandbox(edit_recording(path, edit))

    expected = 0 if across else 1
    assert expected == len(report.differences)
    assert expected == report.reads


@pytest.mark.parametrize(
    ("argv", "program"),
    [
        (("ping", "-c1", "::1"), "ping"),
        (("/sbin/ip", "link"), "/sbin/ip"),
        (("ip", "netns", "exec", "red", "ping", "::1"), "ping"),
        (("ip", "net", "e", "red", "ip", "vrf", "exec", "blue", "sh"), "sh"),
        (("ip", "-n", "red", "netns", "exec", "blue", "sh"), "sh"),
        (("ip", "-all", "netns", "exec", "sh"), "sh"),
        (("ip", "-b", "file"), "ip -batch"),
        (("tc", "-force", "-batch", "file"), "tc -batch"),
        (("tc", "exec", "bpf", "import", "/x", "run", "sh"), "tc exec"),
        (("ip", *("netns", "exec", "a", "ip") * 3000, "netns", "exec", "a", "sh"), "sh"),
        (("ip", "link", "show"), None),
        (("ip", "netns", "exec"), None),
        (("ip", "netns", "exec", "red", ""), None),
        (("ip", ""), None),
        (("ip", "monitor"), None),
        (("bridge", "fdb", "show"), None),
    ],
    ids=lambda value: str(value)[:50],
)
def test_the_programs_of_a_recording_are_counted(
    argv: tuple[str, ...], program: str | None
) -> None:
    """Programs are found behind the commands of `ip` that run programs, too."""
    events = [CommandEvent(1, Command(argv)), CommandEvent(2, Command(argv, "ns1"))]

    expected = {} if program is None else {program: 2}
    assert expected == count_programs(Recording(events=[*events]))


@pytest.mark.live
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def main(session):\n    raise ValueError('no')\n", "ValueError: no"),
        ("def main(session)\n", "SyntaxError: expected ':'"),
        ("import os\n\ndef main(session):\n    os._exit(7)\n", "status 7"),
    ],
)
def test_a_python_script_with_a_mistake_is_a_difference(
    text: str, expected: str, original: Path, tmp_path: Path
) -> None:
    """An error that is not ipwrap's ends the script in its own process only."""
    script = tmp_path / "x.py"
    script.write_text(text)

    with open_sandbox() as session:
        report = replay_python(Recording.load(original), session, script=str(script))

    assert f"~ {script}: {expected}" == report.differences[0]


@pytest.mark.live
def test_a_python_script_runs_in_a_process_inside_the_place(original: Path, tmp_path: Path) -> None:
    """The script's process is another one, in the namespaces of the sandbox, with our modules."""
    script = tmp_path / "x.py"
    script.write_text(
        "import os\nimport ipwrap\n\n\ndef main(session):\n"
        "    print(os.readlink('/proc/self/ns/net'), ipwrap.__file__)\n"
        "    print(os.environ.get('PYTHONPATH'))\n"
    )

    with open_sandbox() as session:
        inside = session.exec("readlink", "/proc/self/ns/net").stdout.strip()
        replay_python(Recording.load(original), session, script=str(script))
        printed = session.recording.results[-1].stdout.split()

    assert [inside, ipwrap.__file__, str(os.environ.get("PYTHONPATH"))] == printed


def test_a_python_without_a_path_runs_no_script(monkeypatch: pytest.MonkeyPatch) -> None:
    """An embedded Python cannot start another one, and says so."""
    monkeypatch.setattr("sys.executable", "")

    with (
        Session(Local(), DryRun()) as session,
        pytest.raises(ExecutorError, match="does not know its own path"),
    ):
        replay_python(Recording(), session, script="x.py")
