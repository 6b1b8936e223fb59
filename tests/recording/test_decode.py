"""A recording is untrusted: anything but the documented types and ranges is refused, by key."""

import contextlib
import copy
import json
import random
import re
import shlex
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipwrap.cmdline.parsed import ParsedCommand
from ipwrap.command import Command
from ipwrap.errors import OutputError, RecordingError
from ipwrap.export import FORMATS
from ipwrap.export.batchfile import batch_files
from ipwrap.recording import (
    CommandEvent,
    Event,
    Header,
    ProcessAction,
    ProcessEvent,
    Recording,
    ResultEvent,
    Snapshot,
    State,
    StreamedRecording,
)
from ipwrap.recording.decode import STRUCTS
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.replay import count_programs
from ipwrap.result import Result
from ipwrap.state import Machine, compare_changes
from ipwrap.teardown.ledger import teardown_commands
from ipwrap.undo.restore import Restorer
from ipwrap.views import table
from ipwrap.views.drawing.drawing import draw
from ipwrap.views.topology.evidence import recorded_evidence
from ipwrap.views.topology.tree import format_tree
from tests.mutations import RECORDINGS, mutate, read_objects, write_objects

Json = dict[str, Any]

LINK = {"ifname": "v0", "ifindex": 2, "flags": ["UP"]}
STATE: Json = {"": {"link": [LINK]}}
CREATED: Json = {
    "noun": "link",
    "name": "v0",
    "undo": ["ip", "link", "delete", "dev", "v0"],
    "netns": "ns1",
    "on": ["br0"],
}
LINES: list[Json] = [
    {
        "event": "recording",
        "format": 1,
        "ipwrap": "0.1",
        "iproute2": "6.1.0",
        "kernel": "6.1",
        "place": "local",
        "started": 1.5,
        "owner": {"pid": 7, "start_ticks": 9, "boot": "b"},
        "normalised": ["mac"],
    },
    {"event": "note", "text": "x"},
    {"event": "snapshot", "state": STATE},
    {
        "event": "command",
        "n": 1,
        "argv": ["ip", "link", "add", "name", "v0"],
        "netns": None,
        "changes": True,
        "batch": True,
        "stdin": "in",
        "timeout": 1.5,
        "env": {"A": "b", "PASSWORD": "$KEY"},
        "cwd": "/usr",
        "secrets": ["KEY"],
        "prints": "KEY",
        "makes": [CREATED],
        "drops": [["link", None, "v9"]],
        "becomes": {"link": "v1", "name": "v2", "netns": "ns1"},
        "at": "lab.py:3",
    },
    {
        "event": "result",
        "n": 1,
        "status": 0,
        "stdout": "",
        "stderr": "",
        "started": 1.5,
        "seconds": 0.1,
        "timed_out": False,
        "left_running": True,
        "text": "x",
    },
    {"event": "end", "error": None, "failed": None, "state": STATE},
]
HEADER, NOTE, SNAPSHOT, COMMAND, RESULT, END = range(len(LINES))


def changed(position: int, *keys: Any, value: Any) -> list[Json]:
    """Return the lines with one value replaced."""
    lines = copy.deepcopy(LINES)
    container: Any = lines[position]
    for key in keys[:-1]:
        container = container[key]
    container[keys[-1]] = value
    return lines


def refusal(path: Path, lines: list[Json]) -> str:
    """Return the message of both readers, behind the path."""
    write_objects(path, lines)
    messages = []

    for read in (Recording.load, StreamedRecording.open):
        with pytest.raises(RecordingError) as caught:
            read(path)
        messages.append(str(caught.value))

    assert messages[0] == messages[1]
    return messages[0].removeprefix(f"{path}:")


def test_the_lines_of_these_tests_are_a_recording(tmp_path: Path) -> None:
    """Unchanged, the lines that the tests damage are read."""
    path = write_objects(tmp_path / "a.jsonl", LINES)

    (result,) = Recording.load(path).results
    assert result.left_running
    assert ("/usr", {"A": "b", "PASSWORD": "$KEY"}) == (result.command.cwd, result.command.env)
    assert "KEY" in {secret.name for secret in result.command.secrets}


@pytest.mark.parametrize(
    ("position", "keys", "value", "message"),
    [
        (HEADER, ["ipwrap"], 1, "$.ipwrap: expected str, got int"),
        (HEADER, ["normalised"], 5, "$.normalised: expected array, got int"),
        (HEADER, ["started"], "now", "$.started: expected float, got str"),
        (HEADER, ["started"], -1, "$.started: -1.0 is no time"),
        (HEADER, ["owner"], [], "$.owner: expected object, got array"),
        (HEADER, ["owner"], {}, "$.owner: object missing required field pid"),
        (HEADER, ["owner", "pid"], "\udcff", "$.owner.pid: expected int, got str"),
        (NOTE, ["text"], {}, "$.text: expected str, got object"),
        (COMMAND, ["n"], True, "$.n: expected int, got bool"),
        (COMMAND, ["n"], -1, "$.n: expected int >= 0"),
        (COMMAND, ["argv"], "ip", "$.argv: expected array, got str"),
        (COMMAND, ["argv", 1], 7, "$.argv[1]: expected str, got int"),
        (COMMAND, ["netns"], [], "$.netns: expected str | null, got array"),
        (COMMAND, ["changes"], 1, "$.changes: expected bool, got int"),
        (COMMAND, ["stdin"], False, "$.stdin: expected str | null, got bool"),
        (COMMAND, ["timeout"], 0, "$.timeout: expected float > 0.0"),
        (COMMAND, ["env"], ["A=b"], "$.env: expected object | null, got array"),
        (COMMAND, ["env"], {"A;touch x;B": "c"}, "expected str matching regex"),
        (COMMAND, ["env"], {"A\n": "c"}, "expected str matching regex"),
        (COMMAND, ["env", "A"], None, "$.env[...]: expected str, got null"),
        (COMMAND, ["env", "A"], "b\0", "env['A'] holds a NUL"),
        (COMMAND, ["env"], {"PATH": "$KEY"}, "env['PATH']: a search path is an argument of env"),
        (COMMAND, ["cwd"], 7, "$.cwd: expected str | null, got int"),
        (COMMAND, ["cwd"], "", "cwd: '' is no path of a directory"),
        (COMMAND, ["cwd"], "/\0", "cwd holds a NUL"),
        (COMMAND, ["secrets", 0], "A;B", "$.secrets[0]: expected str matching regex"),
        (COMMAND, ["prints"], ["KEY"], "$.prints: expected str | null, got array"),
        (COMMAND, ["prints"], "A=1; touch x; B", "$.prints: expected str matching regex"),
        (COMMAND, ["prints"], "KEY\n", "$.prints: expected str matching regex"),
        (COMMAND, ["prints"], "PATH", "secret: 'PATH' is no name for it"),
        (COMMAND, ["makes", 0, "identity"], [], "$.makes[0].identity: expected object"),
        (COMMAND, ["makes", 0, "on"], None, "$.makes[0].on: expected array, got null"),
        (COMMAND, ["makes", 0, "netns"], "../x", "netns: '../x' is not a file's name"),
        (COMMAND, ["makes", 0, "identity"], {"dev": "a\0"}, "holds a NUL"),
        (COMMAND, ["makes", 0, "name"], "a\0", "holds a NUL"),
        (COMMAND, ["drops", 0, 0], {}, "$.drops[0][0]: expected str, got object"),
        (COMMAND, ["drops", 0, 1], "a/b", "netns: 'a/b' is not a file's name"),
        (COMMAND, ["becomes", "link"], [], "$.becomes.link: expected str, got array"),
        (COMMAND, ["becomes", "name"], "a\0", "holds a NUL"),
        (COMMAND, ["at"], 3, "$.at: expected str | null, got int"),
        (RESULT, ["status"], "1\n    open('/tmp/x','w')\n", "$.status: expected int, got str"),
        (RESULT, ["status"], True, "$.status: expected int, got bool"),
        (RESULT, ["status"], 256, "$.status: expected int <= 255"),
        (RESULT, ["left_running"], 1, "$.left_running: expected bool, got int"),
        (RESULT, ["stdout"], {}, "$.stdout: expected str, got object"),
        (RESULT, ["stderr"], [], "$.stderr: expected str, got array"),
        (RESULT, ["text"], {}, "$.text: expected str | null, got object"),
        (RESULT, ["seconds"], -1, "$.seconds: expected float >= 0.0"),
        (RESULT, ["seconds"], "\udcff", "$.seconds: expected float, got str"),
        (RESULT, ["started"], 1e300, "$.started: expected float <= 1000000000000.0"),
        (SNAPSHOT, ["asked"], 1, "$.asked: expected bool, got int"),
        (END, ["error"], {}, "$.error: expected str | null, got object"),
        (END, ["failed"], "1", "$.failed: expected int | null, got str"),
        (END, ["state"], [], "$.state: expected object | null, got array"),
    ],
)
def test_a_value_of_another_type_or_range_is_refused(
    position: int, keys: list[Any], value: Any, message: str, tmp_path: Path
) -> None:
    """The error names path, line and key, and the expected type."""
    lines = changed(position, *keys, value=value)
    text = refusal(tmp_path / "a.jsonl", lines)

    assert text.startswith(f"{position + 1}: damaged: ")
    assert message in text


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"": []}, "$.state[...]: expected object, got array"),
        ({"": {"link": {}}}, "expected array, got object"),
        ({"": {"link": [1]}}, "expected object, got int"),
        ({"": {"made up": [1]}}, "expected object, got int"),
        ({"": {"link": [{}]}}, "$.state..link[0]: object missing required field ifname"),
        ({"": {"link": [{"ifname": 7}]}}, "$.state..link[0].ifname: expected str, got int"),
        ({"": {"link": [{**LINK, "linkinfo": []}]}}, "linkinfo: expected object, got array"),
        ({"a": {"address": [{"ifname": "lo"}]}}, "object missing required field addr_info"),
        (
            {"a": {"address": [{"ifname": "lo", "addr_info": [{"local": [], "prefixlen": 8}]}]}},
            "$.state.a.address[0].addr_info[0].local: expected str, got array",
        ),
        (
            {
                "a": {
                    "address": [{"ifname": "lo", "addr_info": [{"local": "::", "prefixlen": 129}]}]
                }
            },
            "addr_info[0].prefixlen: expected int <= 128",
        ),
        ({"a": {"route": [{"dst": {}}]}}, "$.state.a.route[0].dst: expected str, got object"),
        ({"a": {"bridge vlan": [{"ifname": "p", "vlans": [1]}]}}, "expected object, got int"),
        ({"../a": {}}, "$.state.../a: netns: '../a' is not a file's name"),
        ({"": {"link": [{"ifname": "a", "ifindex": "\udcff"}]}}, "text that is not UTF-8"),
    ],
)
@pytest.mark.parametrize("position", [SNAPSHOT, END])
def test_a_state_of_another_shape_is_refused(
    position: int, state: Any, message: str, tmp_path: Path
) -> None:
    """A state is checked as deep as its readers rely on."""
    lines = changed(position, "state", value=state)
    text = refusal(tmp_path / "a.jsonl", lines)

    assert text.startswith(f"{position + 1}: damaged: the {LINES[position]['event']} event")
    assert message in text


@pytest.mark.parametrize(
    "deletion",
    [("sh", "-c", "touch /tmp/ipwrap-hostile", "x"), ("ip", "link", "delete", "dev", "eth0")],
)
def test_an_inverse_command_of_a_file_is_ignored(deletion: tuple[str, ...], tmp_path: Path) -> None:
    """No text of a recording becomes a command that `down` runs: verbs make the deletions."""
    forged = {**CREATED, "noun": "foo", "undo": deletion}
    path = write_objects(tmp_path / "a.jsonl", changed(COMMAND, "makes", value=[forged]))

    planned = [command.line for command in teardown_commands(Recording.load(path))]

    assert all("v0" in line for line in planned)
    assert not any("sh" in line.split() or "eth0" in line for line in planned)


def test_the_identity_of_an_object_is_read(tmp_path: Path) -> None:
    """Other tools read what a command creates; the identity is part of that."""
    made = {**CREATED, "identity": {"dev": "v0"}}
    path = write_objects(tmp_path / "a.jsonl", changed(COMMAND, "makes", value=[made]))

    assert {"dev": "v0"} == Recording.load(path).commands[0].command.creates[0].identity


def test_unknown_keys_are_ignored_everywhere(tmp_path: Path) -> None:
    """A later version of the same format may add keys to lines and to objects in them."""
    lines = copy.deepcopy(LINES)
    extended = [*lines, lines[HEADER]["owner"], lines[COMMAND]["makes"][0]]
    for json_object in (*extended, lines[COMMAND]["becomes"]):
        json_object["mood"] = {"good": [1]}

    plain = Recording.load(write_objects(tmp_path / "plain.jsonl", LINES))
    read = Recording.load(write_objects(tmp_path / "read.jsonl", lines))

    assert (plain.header, plain.events) == (read.header, read.events)


def test_two_pending_commands_have_two_numbers(tmp_path: Path) -> None:
    """A number that belongs to a command without a result belongs to no other command."""
    lines = [*LINES[: COMMAND + 1], LINES[COMMAND], *LINES[RESULT:]]
    text = refusal(tmp_path / "a.jsonl", lines)

    assert "5: damaged: a second command 1, before the result of the first" == text


def test_the_first_spelling_of_the_owner_is_read(tmp_path: Path) -> None:
    """`since` was the key of `start_ticks` before 0.1.0."""
    old = {"pid": 7, "since": 9, "boot": "b"}
    path = write_objects(tmp_path / "a.jsonl", changed(HEADER, "owner", value=old))

    owner = Recording.load(path).header.owner
    assert owner is not None
    assert 9 == owner.start_ticks


def test_a_sandbox_has_no_owner(tmp_path: Path) -> None:
    """`null` stays an owner of a recording."""
    path = write_objects(tmp_path / "a.jsonl", changed(HEADER, "owner", value=None))

    assert Recording.load(path).header.owner is None


class FrozenState:
    """A runner that shows the recorded state, and runs nothing."""

    def __init__(self, state: State) -> None:
        self.state = state

    def run(self, command: Command, *, check: bool = True) -> Result:  # noqa: ARG002
        """Return what the recorded state holds for the read of a snapshot."""
        arguments = [word for word in command.argv[1:] if not word.startswith("-")]
        if arguments == ["netns", "list"]:
            names = [{"name": name} for name in self.state if name]
            return Result(command, stdout=json.dumps(names))

        prefix = "" if command.argv[0] == "ip" else f"{command.argv[0]} "
        noun = f"{prefix}{arguments[0]}"
        objects = self.state.get(command.netns or "", {}).get(noun, [])
        return Result(command, stdout=json.dumps(objects))


def uses(
    recording: Recording, honest: Recording, planned: list[str]
) -> Iterator[Callable[[], object]]:
    """Yield every use of a recording, as functions; `undo` adds its commands to ``planned``."""
    assert honest.end is not None
    assert honest.end.state is not None

    for exporter in FORMATS.values():
        yield partial(exporter, recording)
    yield lambda: batch_files(recording)
    yield lambda: table.format_command_table(recording)
    yield lambda: count_programs(recording)

    states = [honest.end.state]
    if recording.end is not None and recording.end.state is not None:
        state = recording.end.state
        states.append(state)
        yield lambda: show_state(state, recording)

        mentioned = MentionedWords(event.command for event in recording.commands)
        machines = (Machine.of(honest.header), Machine.of(recording.header))
        before = recording.initial_state
        after = (honest.initial_state, honest.end.state)
        yield lambda: compare_changes((before, state), after, named=mentioned, machines=machines)

    for state in states:
        restorer = Restorer(
            FrozenState(state),
            recording,
            echo=planned.append,
            warn=lambda _: None,
        )
        yield restorer.preview


def show_state(state: State, recording: Recording) -> None:
    """Write a state as a tree and as drawings, or refuse it as no output of `ip`."""
    with contextlib.suppress(OutputError):
        format_tree(state, evidence=recorded_evidence(recording))
        for format_ in ("mermaid", "dot"):
            draw(state, format_, evidence=recorded_evidence(recording))


HONEST = [(read_objects(path), Recording.load(path)) for path in RECORDINGS]


@settings(max_examples=150)
@given(
    seed=st.integers(0, 2**32), position=st.integers(0, len(HONEST) - 1), damages=st.integers(1, 3)
)
def test_a_damaged_recording_is_used_or_refused(
    seed: int, position: int, damages: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """With any wrong value a recording is refused by `RecordingError`, or every use of it works."""
    lines, honest = HONEST[position]
    damaged = copy.deepcopy(lines)
    chance = random.Random(seed)
    for _ in range(damages):
        mutate(damaged, chance)

    path = write_objects(tmp_path_factory.mktemp("damaged") / "a.jsonl", damaged)
    try:
        recording = Recording.load(path)
    except RecordingError:
        return

    planned: list[str] = []
    for use in uses(recording, honest, planned):
        use()

    assert [] == [line for line in planned if not runs_iproute2_only(line)]


def runs_iproute2_only(line: str) -> bool:
    """Return whether a command of `undo` is of ip, bridge or tc, and runs no other program."""
    argv = shlex.split(line)
    command = ParsedCommand.of(argv)
    runs_another = command.batch is not None or "exec" in command.arguments
    return argv[0] in ("ip", "bridge", "tc") and not runs_another


@pytest.mark.parametrize("name", ["x; reboot", "$(reboot)", "-batch", "exec", "a\nsh -c x"])
def test_no_name_in_a_snapshot_becomes_another_command(name: str, tmp_path: Path) -> None:
    """A forged snapshot, of links and namespaces that never were, runs only ip, bridge and tc."""
    forged = {
        name: {"link": [{**LINK, "ifname": name}]},
        "": {
            "link": [LINK, {"ifname": name, "ifindex": 9, "linkinfo": {"info_kind": "dummy"}}],
            "address": [{"ifname": "v0", "addr_info": [{"local": name, "prefixlen": 8}]}],
            "route": [{"dst": name, "dev": name, "gateway": name}],
        },
    }
    deletions = [
        Command(("ip", "link", "delete", "dev", name), deletes=(("link", None, name),)),
        Command(("ip", "netns", "delete", name), deletes=(("netns", None, name),)),
    ]
    events: list[Event] = [Snapshot(forged)]
    for number, command in enumerate(deletions, start=1):
        events += [CommandEvent(number, command), ResultEvent(number, Result(command))]
    path = Recording(Header(place="local"), events).save(tmp_path / "a.jsonl")

    planned: list[str] = []
    warned: list[str] = []
    restorer = Restorer(
        FrozenState(STATE),
        Recording.load(path),
        echo=planned.append,
        warn=warned.append,
    )
    restorer.preview()

    # A name that no link can have is reported instead.
    assert planned or warned
    assert [] == [line for line in planned if not runs_iproute2_only(line)]


@pytest.mark.parametrize("text", [b"a\xff", b"a\xed\xa0\x80", b"\xc3"])
def test_text_that_is_no_utf_8_is_damage(text: bytes, tmp_path: Path) -> None:
    """A damaged byte in a text has a line number, as any other damage."""
    path = write_objects(tmp_path / "a.jsonl", [LINES[HEADER]])
    line = b'{"event": "note", "text": "' + text + b'"}\n'
    path.write_bytes(path.read_bytes() + line)

    with pytest.raises(RecordingError, match=r"a.jsonl:2: damaged: .*utf-8"):
        Recording.load(path)


def test_a_wait_for_a_process_whose_time_was_up(tmp_path: Path) -> None:
    """The recording tells a wait for the end of a process that timed out."""
    process = ProcessEvent(1, Command(("httpd",)), "web")
    actions = [
        ProcessAction(1, "wait", seconds=0.5, timed_out=True),
        ProcessAction(1, "wait", call_site="lab.py:3"),
    ]
    path = tmp_path / "lab.jsonl"
    Recording(events=[process, *actions]).save(path)
    assert actions == [step for step, _ in Recording.load(path).pairs()][1:]


MANY: list[Json] = [
    LINES[HEADER],
    {
        "event": "commands",
        "n": 3,
        "argv": ["ip", "route", "add", "to", None, "metric", None],
        "rows": [["10.1.0.0/24", "1"], ["10.2.0.0/24", "2"], ["10.3.0.0/24", "3"]],
        "netns": "red",
        "at": "lab.py:3",
    },
    {
        "event": "results",
        "n": 3,
        "count": 2,
        "started": 1.5,
        "seconds": 0.5,
        "failures": [{"n": 4, "status": 2, "stderr": "File exists"}],
    },
]


def test_like_commands_are_read_one_by_one(tmp_path: Path) -> None:
    """A line of many commands is the single commands, with the results that they have."""
    path = write_objects(tmp_path / "many.jsonl", MANY)
    pairs = [*Recording.load(path).pairs()]

    assert [
        (3, "ip -n red route add to 10.1.0.0/24 metric 1", 0, ""),
        (4, "ip -n red route add to 10.2.0.0/24 metric 2", 2, "File exists"),
        (5, "ip -n red route add to 10.3.0.0/24 metric 3", None, None),
    ] == [
        (event.number, event.command.line, result and result.status, result and result.stderr)
        for event, result in pairs
        if isinstance(event, CommandEvent)
    ]
    assert [0.25, 0.25] == [result.seconds for _, result in pairs if result is not None]
    assert pairs == [*StreamedRecording.open(path).pairs()]


@pytest.mark.parametrize(
    ("position", "key", "value", "message"),
    [
        (1, "rows", [["10.1.0.0/24"]], "not every row has 2 arguments"),
        (1, "rows", [["10.1.0.0/24", 1]], "rows[0][1]"),
        (1, "rows", [["10.1.0.0/24", "a\0b"]], "NUL"),
        (1, "argv", [None, None], "a second"),
        (1, "argv", [], "not every row has 0 arguments"),
        (1, "netns", "a/b", "netns"),
        (2, "n", 4, "results of the commands 4, which are not there"),
        (2, "count", 4, "4 results of 3 commands"),
        (2, "failures", [{"n": 5, "status": 2, "stderr": ""}], "command 5, which has no result"),
        (2, "failures", [{"n": 2, "status": 2, "stderr": ""}], "command 2, which has no result"),
        (2, "failures", [{"n": 3, "status": "2", "stderr": ""}], "failures[0].status"),
    ],
)
def test_damaged_like_commands_are_refused(
    position: int, key: str, value: Any, message: str, tmp_path: Path
) -> None:
    """Wrong rows, numbers and counts are damage, with the number of the line."""
    lines = copy.deepcopy(MANY)
    lines[position][key] = value
    if message == "a second":  # the program itself may be an argument that differs
        lines.insert(2, {**lines[1], "n": 5})

    text = refusal(tmp_path / "many.jsonl", lines)
    assert message in text


@pytest.mark.parametrize("first", [1, 3, 4, 5])
def test_numbers_of_pending_commands_do_not_overlap(first: int, tmp_path: Path) -> None:
    """A command cannot have the number of one of the like commands before their results."""
    command = {"event": "command", "n": first, "argv": ["true"], "netns": None, "changes": True}
    many = {**MANY[1], "n": first}
    bad = [[MANY[0], MANY[1], many], [MANY[0], many, MANY[1]]]
    if first > 1:
        bad += [[MANY[0], MANY[1], command], [MANY[0], command, MANY[1]]]

    for number, lines in enumerate(bad):
        text = refusal(tmp_path / f"many{number}.jsonl", lines)
        assert "a second command" in text


FORMAT_DOCUMENT = Path(__file__).parents[2] / "docs" / "reference" / "recording.md"


def test_the_documented_events_are_all_events() -> None:
    """The document has a row for every event, and for every key that only it has."""
    text = FORMAT_DOCUMENT.read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([\w-]+)` (\|.*)$", text, re.MULTILINE))
    assert {*STRUCTS} == {*rows}

    for event in ("process", "process-started", "process-action", "wait", "sleep"):
        keys = {field.name for field in msgspec.structs.fields(STRUCTS[event])}
        missing = {key for key in keys if f"`{key}`" not in rows[event]}
        assert missing <= {"at", "secrets"}


def test_the_examples_of_the_document_can_be_read(tmp_path: Path) -> None:
    """The lines in the document are a recording: a process, a wait and a stop."""
    blocks = re.findall(
        r"```json\n(.*?)```", FORMAT_DOCUMENT.read_text(encoding="utf-8"), re.DOTALL
    )
    path = tmp_path / "lab.jsonl"
    path.write_text("".join(blocks))
    steps = [type(step).__name__ for step, _ in Recording.load(path).pairs()]
    processes = ["ProcessEvent", "ProcessStarted", "WaitEvent", "ProcessAction"]
    assert [*processes, "CommandEvent", "CommandEvent"] == steps
