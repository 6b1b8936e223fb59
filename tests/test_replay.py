"""A recording run again comes out the same, and what does not is said in a line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ipwrap import Command, CommandError, DryRun, Local, Playback, Recording, Result, Session
from ipwrap.export.python import python
from ipwrap.kinds import Bridge, Veth
from ipwrap.recording import CommandEvent, Header, Note, ResultEvent
from ipwrap.replay import Replay, noun_of, replay, replay_export, replay_python, replay_script
from tests.labs import exported, opened, pair, recorded

Event = dict[str, Any]
CASES = (
    Path(__file__).parent / "cases" / "machines"
)  # one lab, recorded with each of several releases


def looking(session: Session) -> None:
    """Build, and look at what was built."""
    session.note("Look at it.")
    pair(session)
    session.ip.link.show()
    session.ip.address.show()
    session.netns("red").ip.route.show(table="all")
    session.bridge.link.show()
    session.bridge.fdb.show()
    session.ip.netns.list()
    session.exec("ls", "/", changes=False)
    with pytest.raises(CommandError):
        session.ip.link.delete("nothing")


def edited(path: Path, edit: Callable[[list[Event]], None]) -> Recording:
    """Edit a recording's lines by hand, and read it."""
    events = [json.loads(line) for line in path.read_text().splitlines()]
    edit(events)
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return Recording.load(path)


def result_of(events: list[Event], *words: str) -> Event:
    """Return the result event of the first command that has these words."""
    asked = next(e for e in events if e["event"] == "command" and set(words) <= set(e["argv"]))
    return next(e for e in events if e["event"] == "result" and e["n"] == asked["n"])


def replayed(recording: Recording, *, check: bool = True) -> Replay:
    """Run a recording again in a place of its own."""
    with opened() as session:
        return replay(recording, session, check=check)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording of a lab that builds and looks."""
    path = tmp_path_factory.mktemp("original") / "x.jsonl"
    recorded(looking, path)
    return path


@pytest.fixture
def path(original: Path, tmp_path: Path) -> Path:
    """A copy of the recording, to be edited."""
    copy = tmp_path / "x.jsonl"
    copy.write_bytes(original.read_bytes())
    return copy


@pytest.mark.live
def test_a_replay_comes_out_the_same(original: Path) -> None:
    """Every command is run again; each read and the end state are as they were."""
    found = replayed(Recording.load(original))

    assert ([], True, True) == (found.differences, found.same, found.state_compared)
    assert (len(Recording.load(original).commands), 6) == (found.commands, found.reads)


@pytest.mark.live
def test_a_replay_is_a_session_of_its_own(original: Path) -> None:
    """What is replayed is recorded again: the same notes, the same commands."""
    with opened() as session:
        replay(Recording.load(original), session)
        again = session.recording

    kept = [
        (type(e), e.text if isinstance(e, Note) else e.command)
        for e in again.events
        if isinstance(e, (Note, CommandEvent))
    ]

    assert kept == [
        (type(e), e.text if isinstance(e, Note) else e.command)
        for e in Recording.load(original).events
        if isinstance(e, (Note, CommandEvent))
    ]


@pytest.mark.live
def test_another_status_is_a_difference(path: Path) -> None:
    """A command that ended otherwise is told with both statuses, and with what it says now."""

    def edit(events: list[Event]) -> None:
        result_of(events, "add", "br0")["status"] = 2
        result_of(events, "delete", "nothing")["status"] = 0

    assert [
        "ip link add name br0 up type bridge: status 2 -> 0",
        'ip link delete dev nothing: status 0 -> 1 Cannot find device "nothing"',
    ] == [line.partition(", ")[2] for line in replayed(edited(path, edit), check=False).differences]


@pytest.mark.live
def test_another_reading_is_a_difference(path: Path) -> None:
    """A read that gives something else is told field by field."""

    def edit(events: list[Event]) -> None:
        result = result_of(events, "-j", "link", "show")
        links = json.loads(result["stdout"])
        next(link for link in links if link["ifname"] == "br0")["mtu"] = 9
        result["stdout"] = json.dumps(links)

    (line,) = replayed(edited(path, edit)).differences

    assert line.endswith("ip -j -d link show: ~ (first)  link br0: mtu 9 -> 1500")


@pytest.mark.live
def test_without_check_readings_are_not_compared(path: Path) -> None:
    """Then only each status is."""

    def edit(events: list[Event]) -> None:
        result_of(events, "-j", "link", "show")["stdout"] = "[]"

    found = replayed(edited(path, edit), check=False)

    assert ([], 0, False) == (found.differences, found.reads, found.state_compared)


@pytest.mark.live
def test_another_end_state_is_a_difference(path: Path) -> None:
    """A state that differs from the one recorded is told thing by thing."""

    def edit(events: list[Event]) -> None:
        (end,) = [event for event in events if event["event"] == "end"]
        next(link for link in end["state"][""]["link"] if link["ifname"] == "br0")["mtu"] = 9

    assert ["~ (first)  link br0: mtu 9 -> 1500"] == replayed(edited(path, edit)).differences


@pytest.mark.live
def test_what_was_there_before_is_not_compared(path: Path) -> None:
    """A link that stood in the recorded place from the start is none of the lab's."""
    extra = {"ifname": "from-before", "mtu": 1500, "flags": []}

    def edit(events: list[Event]) -> None:
        for event in events:
            if event["event"] in ("snapshot", "end"):
                event["state"][""]["link"].append(extra)

    assert [] == replayed(edited(path, edit)).differences


@pytest.mark.live
def test_a_reading_that_is_no_json_is_a_difference(path: Path) -> None:
    """A recorded output that cannot be read is told, and does not end the replay."""

    def edit(events: list[Event]) -> None:
        result_of(events, "-j", "link", "show")["stdout"] = "[{"

    (line,) = replayed(edited(path, edit)).differences

    assert "link show" in line
    assert "not JSON at line 1" in line


@pytest.mark.live
def test_a_reading_of_things_that_are_no_objects_is_a_difference(path: Path) -> None:
    """A recorded output that is JSON, but not what the noun looks like, is told, and does not end the replay."""

    def edit(events: list[Event]) -> None:
        result_of(events, "-j", "link", "show")["stdout"] = "[1]"

    (line,) = replayed(edited(path, edit)).differences

    assert "link show" in line


@pytest.mark.live
def test_a_recording_without_an_end_is_replayed(path: Path) -> None:
    """A session that was cut short has no end state to compare; the answer says so."""

    def edit(events: list[Event]) -> None:
        del events[-1]

    found = replayed(edited(path, edit))

    assert (True, False) == (found.same, found.state_compared)
    assert "no end state (the recording holds none)" in str(found)


def test_a_command_that_never_ended_is_run_again() -> None:
    """Its status is not known, so nothing can differ."""
    recording = Recording(Header(), [CommandEvent(1, Command(("ip", "link", "add", "a")))])
    with Session(Local(), DryRun()) as session:
        found = replay(recording, session)

    assert (1, True) == (found.commands, found.same)


def test_a_command_that_cannot_be_run_any_more_is_a_difference(tmp_path: Path) -> None:
    """A program that is not on this machine is told as a status, and the replay goes on."""
    asked = [Command(("no-such-program-anywhere",)), Command(("true",))]
    events: list[Any] = [
        each
        for n, command in enumerate(asked, start=1)
        for each in (CommandEvent(n, command), ResultEvent(n, Result(command)))
    ]
    with Session(Local()) as session:
        found = replay(Recording(Header(), events), session)

    assert 2 == found.commands
    assert ["~ command 1, no-such-program-anywhere: status 0 -> 127"] == [
        line.partition("127")[0] + "127" for line in found.differences
    ]


@pytest.mark.live
def test_a_program_that_was_missing_and_is_missing_is_no_difference(tmp_path: Path) -> None:
    """A session that tried a program, and went on without it, is replayed to its end."""

    def lab(session: Session) -> None:
        session.ip.link.add("a", Bridge())
        with pytest.raises(Exception, match="no such program"):
            session.exec("no-such-program-anywhere")
        session.ip.link.add("b", Bridge())

    found = replayed(recorded(lab, tmp_path / "x.jsonl"))

    assert ([], 3) == (found.differences, found.commands)


def test_the_report_of_a_replay() -> None:
    """A person reads what was compared, and what differs."""
    assert (
        "3 commands run again; compared: their status, 1 reads, the end state\nno difference"
        == str(Replay(3, 1, [], state_compared=True))
    )
    assert [
        "3 commands run again; compared: their status, 1 reads, no end state (the recording holds none)",
        "~ x",
        "1 differ",
    ] == str(Replay(3, 1, ["~ x"])).splitlines()


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
def test_which_noun_a_reading_holds(
    argv: tuple[str, ...], stdout: str, expected: str | None
) -> None:
    """The JSON of what has a model can be compared; text and programs cannot."""
    assert expected == noun_of(Result(Command(argv, changes=False), stdout=stdout))


@pytest.mark.parametrize(("status", "changes"), [(1, False), (0, True)])
def test_what_failed_or_changed_holds_no_noun(status: int, changes: bool) -> None:
    """Only a read that succeeded has something to compare."""
    assert (
        noun_of(Result(Command(("ip", "-j", "link", "show"), changes=changes), status, "[]"))
        is None
    )


@pytest.mark.live
def test_a_script_is_answered_from_its_recording(tmp_path: Path) -> None:
    """A replay against a playback of the same recording is the same, without a kernel."""

    def lab(session: Session) -> None:
        session.ip.link.add("a", Veth(peer="b"))
        session.ip.link.show()

    recording = recorded(lab, tmp_path / "x.jsonl")
    with Session(Local(), Playback(recording)) as session:
        found = replay(recording, session, check=False)

    assert found.same


@pytest.mark.live
def test_a_script_is_compared_by_the_state_that_it_reaches(original: Path, tmp_path: Path) -> None:
    """The exported script, run in an empty place, is one command, and its end state is the recorded one."""
    recording = Recording.load(original)
    script = exported(recording, tmp_path / "x.sh")
    with opened() as session:
        found = replay_script(recording, session, script=str(script))

    assert ([], 1, True) == (found.differences, found.commands, found.state_compared)


@pytest.mark.live
def test_a_script_that_fails_is_a_difference(original: Path, tmp_path: Path) -> None:
    """Its status and what it said are told, and then what is missing."""
    script = tmp_path / "x.sh"
    script.write_text("echo sorry >&2; exit 3\n")
    with opened() as session:
        found = replay_script(Recording.load(original), session, script=str(script))

    assert f"~ sh {script}: status 3 sorry" == found.differences[0]
    assert "- (first)  link br0" in found.differences


def ended_by_an_error(path: Path) -> Recording:
    """Return a recording of a session that ended by an error."""
    with (
        opened() as session,
        pytest.raises(CommandError),
        Session(session.place, record=path) as failing,
    ):
        failing.ip.netns.add("red")
        failing.ip.link.delete("nothing")
    return Recording.load(path)


@pytest.mark.live
def test_a_script_in_python_gives_the_same_recording(original: Path, tmp_path: Path) -> None:
    """Its commands are compared one by one, what its reads return, and the state."""
    recording = Recording.load(original)
    script = tmp_path / "x.py"
    script.write_text(python(recording))
    with opened() as session:
        found = replay_python(recording, session, script=str(script))

    assert ([], len(recording.commands), True) == (
        found.differences,
        found.commands,
        found.state_compared,
    )
    assert 6 == found.reads


@pytest.mark.live
def test_a_session_that_ended_by_an_error_ends_so_again(tmp_path: Path) -> None:
    """The script raises it, and that is no difference."""
    recording = ended_by_an_error(tmp_path / "x.jsonl")
    with opened() as session:
        found = replay_export(recording, session, export_format="python")

    assert ([], 2, True) == (found.differences, found.commands, found.state_compared)


@pytest.mark.live
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("pass", "~ recorded: ip netns add red; the script ran: nothing"),
        ("session.exec('true')", "~ recorded: ip netns add red; the script ran: true"),
        (
            "session.ip.netns.add('red'); session.exec('ip', 'l', 'd', 'nothing', check=False); session.exec('ls')",
            "~ recorded: nothing; the script ran: ls",
        ),
    ],
    ids=["nothing", "another", "more"],
)
def test_a_script_in_python_that_runs_something_else(
    body: str, expected: str, tmp_path: Path
) -> None:
    """The first command that differs is told."""
    recording = ended_by_an_error(tmp_path / "x.jsonl")
    script = tmp_path / "x.py"
    script.write_text(f"def main(session):\n    {body}\n")
    with opened() as session:
        found = replay_python(recording, session, script=str(script))

    assert expected == found.differences[0]


@pytest.mark.live
def test_a_script_in_python_that_fails_is_a_difference(original: Path, tmp_path: Path) -> None:
    """What it raised is told."""
    script = tmp_path / "x.py"
    script.write_text("def main(session):\n    session.ip.link.delete('nothing')\n")
    with opened() as session:
        found = replay_python(Recording.load(original), session, script=str(script))

    assert found.differences[0].startswith(f"~ {script}: NotFound: ")


def from_another_machine(events: list[Event]) -> None:
    """Let a recording be one of the last release that calls itself by a date."""
    events[0]["iproute2"] = "ss191125"


@pytest.mark.live
@pytest.mark.parametrize("recording", sorted(CASES.glob("*.jsonl")), ids=lambda path: path.stem)
def test_a_recording_of_another_release_comes_out_the_same_here(recording: Path) -> None:
    """Whichever release recorded it, and whichever is installed: no difference, and a line says which have met."""
    found = replayed(Recording.load(recording))

    assert ([], True) == (found.differences, found.state_compared)
    assert (found.machines is None) is found.recorded.prints_as(found.replayed)


@pytest.mark.live
def test_which_releases_met_is_said_in_one_line(path: Path) -> None:
    """The line names both releases, both kernels, and what is compared then; nothing is said of one machine."""
    here = replayed(Recording.load(path))
    found = replayed(edited(path, from_another_machine))

    assert here.machines is None
    assert found.machines == (
        f"recorded with iproute2 ss191125 on Linux {here.recorded.kernel}, replayed with {here.replayed}: "
        "keys that only one of them prints are taken for their defaults, or not compared"
    )
    assert found.machines == str(found).splitlines()[1]
    assert [] == found.differences


@pytest.mark.live
def test_a_difference_is_found_across_releases(path: Path) -> None:
    """Another release does not excuse another size, in the end state and in what was read."""

    def edit(events: list[Event]) -> None:
        from_another_machine(events)
        result = result_of(events, "-j", "link", "show")
        result["stdout"] = result["stdout"].replace('"mtu":1500', '"mtu":1499', 1)
        (end,) = [event for event in events if event["event"] == "end"]
        next(link for link in end["state"][""]["link"] if link["ifname"] == "br0")["mtu"] = 9

    found = replayed(edited(path, edit)).differences

    assert ["~ (first)  link br0: mtu 9 -> 1500"] == [
        line for line in found if not line.startswith("~ command")
    ]
    assert 1 == len([line for line in found if "mtu 1499 -> 1500" in line])


@pytest.mark.live
@pytest.mark.parametrize(("status", "differs"), [(255, False), (2, True), (0, True)])
def test_words_refused_by_two_releases_are_refused_alike(
    status: int, differs: bool, path: Path
) -> None:
    """What `ip` itself refuses ends with 1 or 255, as its release has it; what the kernel refuses, with 2."""

    def edit(events: list[Event]) -> None:
        result_of(events, "delete", "nothing")["status"] = status

    def edit_across(events: list[Event]) -> None:
        from_another_machine(events)
        edit(events)

    assert 1 == len(replayed(edited(path, edit), check=False).differences)
    assert differs == bool(replayed(edited(path, edit_across), check=False).differences)


@pytest.mark.live
@pytest.mark.parametrize("across", [False, True])
def test_what_a_release_has_only_as_text_is_not_compared(across: bool, tmp_path: Path) -> None:
    """A read that was JSON there and is text here cannot be compared across releases: `ip vrf show` before 5.5."""

    def lab(session: Session) -> None:
        session.ip.netns.add("red")
        session.run(
            Command(("ip", "-j", "netns", "identify"), "red", changes=False)
        )  # text, by every release

    def edit(events: list[Event]) -> None:
        result_of(events, "identify")["stdout"] = "[]"
        if across:
            from_another_machine(events)

    recorded(lab, tmp_path / "x.jsonl")
    found = replayed(edited(tmp_path / "x.jsonl", edit))

    expected = (0, 0) if across else (1, 1)
    assert expected == (len(found.differences), found.reads)
