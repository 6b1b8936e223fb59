"""Processes, waits and pauses as lines of scripts, which do what the session did."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from ipwrap import (
    Command,
    InvalidArgument,
    NotExportable,
    ProcessEnded,
    Recording,
    Session,
    WaitTimeout,
    until,
)
from ipwrap.export import shell_functions, shell_state
from ipwrap.export.batchfile import batch, batch_files
from ipwrap.export.plain import plain
from ipwrap.export.shell import shell
from ipwrap.export.shell_functions import RESERVED_VARIABLES
from ipwrap.kinds import Veth
from ipwrap.recording import (
    CommandEvent,
    End,
    Event,
    ProcessAction,
    ProcessEvent,
    ProcessStarted,
    ResultEvent,
    Sleep,
    WaitEvent,
)
from ipwrap.result import Result
from tests import waiting
from tests.labs import open_sandbox, run_script_inside

SHELLS = [("dash",), ("bash",), ("busybox", "sh")]
FORMATS: dict[str, Callable[[Recording], str]] = {
    "sh": shell,
    "plain": plain,
    "batch": batch,
}

FETCH = "import urllib.request as r; print(len(r.urlopen('http://10.0.0.1:8000/').read()) > 0)"
SLEEP = Command(("sleep", "1000"))


def recording_of(*events: Event) -> Recording:
    """Return a recording of events."""
    recording = Recording()
    for event in events:
        recording.append(event)
    return recording


def process_events(
    *actions: ProcessAction,
    status: int | None = None,
    pid: int | None = 20,
    name: str = "web",
    number: int = 1,
    command: Command = SLEEP,
    **options: Any,
) -> list[Event]:
    """Return the events of a process: its start, actions, and its end with a status."""
    events: list[Event] = [ProcessEvent(number, command, name, **options)]
    if pid is not None:
        events.append(ProcessStarted(number, pid))
    events += actions
    if status is not None:
        events.append(ResultEvent(number, Result(command, status)))
    return events


def plain_lines(*events: Event) -> list[str]:
    """Return the lines of a flat script below its functions."""
    *_, body = re.split(r"(?m)^\}\n\n?", plain(recording_of(*events)))
    setup = ("trap ", "logs=", "#!/bin/sh", "set -eu")
    return [line for line in body.splitlines() if line and not line.startswith(setup)]


def shellcheck_output(script: str) -> str:
    """Return the output of shellcheck for a script; empty without shellcheck."""
    if shutil.which("shellcheck") is None:
        return ""

    argv = ("shellcheck", "--shell=sh", "-")
    process = subprocess.run(argv, input=script, capture_output=True, text=True, check=False)
    return process.stdout + process.stderr


@pytest.fixture
def host() -> Iterator[Session]:
    """A sandbox that stands for a host."""
    with open_sandbox() as session:
        yield session


@pytest.fixture(params=SHELLS, ids=" ".join)
def shell_words(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The command line of a shell; the test is skipped without it."""
    words: tuple[str, ...] = request.param
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    return words


def run_in(
    session: Session, *argv: object, stdin: str = "", folder: Path | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a program in a session's place, unrecorded; temporary files go to ``folder``."""
    environment = dict(os.environ)
    if folder is not None:
        environment["TMPDIR"] = str(folder)
    return subprocess.run(
        session.place.wrap(("env", f"TMPDIR={folder or '/tmp'}", *map(str, argv))),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=waiting.LIMIT,
        env=environment,
    )


def count_programs(session: Session, words: str) -> int:
    """Return how many programs with such words among their arguments run in a place."""
    script = 'for f in /proc/[0-9]*/cmdline; do tr "\\0" " " <"$f" && echo; done 2>/dev/null'
    lines = run_in(session, "sh", "-c", script).stdout.splitlines()
    return sum(line.startswith(words) for line in lines)


def build_server(session: Session) -> None:
    """Build two pods; the first serves, the second fetches."""
    pods = [session.netns(name) for name in ("pod1", "pod2")]
    for name in ("pod1", "pod2"):
        session.ip.netns.add(name)
    pods[0].ip.link.add("eth0", Veth(peer="eth0", peer_netns="pod2"))
    for number, pod in enumerate(pods, start=1):
        pod.ip.address.add(f"10.0.0.{number}/24", dev="eth0")
        pod.ip.link.set("eth0", up=True)
    pods[1].wait_for(until.link("eth0", operstate="UP"))

    pods[0].spawn("python3", "-m", "http.server", "8000", ready=until.listening(8000), name="web")
    pods[1].exec("python3", "-c", FETCH)


@pytest.fixture(scope="module")
def server_recording() -> Recording:
    """The recording of a server that is left running, and a client."""
    with open_sandbox() as session:
        build_server(session)
    return session.recording


def write(text: str, path: Path) -> Path:
    """Write a script."""
    path.write_text(text)
    return path


# ---- The lines.


def test_a_script_without_processes_has_no_functions_for_them() -> None:
    """Functions for processes and waits are in the scripts that need them, and in no other."""
    recording = recording_of(CommandEvent(1, Command(("true",))), Sleep(0.5))

    for export in FORMATS.values():
        text = export(recording)
        assert [] == re.findall("setsid|within|wait_for|end_processes|mktemp|is_empty", text)


def defined_functions(script: str) -> set[str]:
    """Return the names of the functions that a script defines."""
    return set(re.findall(r"(?m)^(\w+)\(\) \{", script))


def test_a_script_has_the_functions_that_it_needs() -> None:
    """A script that only waits has none for processes, and so with every other need."""
    wait = WaitEvent(until.listening(80), None, 2.0)
    waits = {"within", "tell", "wait_for", "holds"}
    processes = {"within", "start_of", "started", "is_begun", "runs", "ended", "is_empty", "send"}
    processes |= {"stop", "end_processes"}
    served = process_events(log="l", ready=until.listening(80), ready_timeout=1.0)
    limited = ProcessAction(1, "wait", seconds=1.0)

    needs: list[tuple[list[Event], set[str]]] = [
        ([wait], waits),
        (process_events(log="l"), processes),
        ([wait, *process_events(log="l"), wait], waits | processes),
        (served, (waits | processes | {"is_settled"}) - {"holds"}),
        (process_events(limited, status=0), processes | {"tell", "wait_within"}),
    ]
    for export in (plain, batch):
        for events, functions in needs:
            assert functions == defined_functions(export(recording_of(*events)))

    assert {"delete_logs"} == defined_functions(
        shell(recording_of(*process_events()))
    ) - defined_functions(shell(recording_of(*process_events(log="l"))))


def test_functions_stand_above_the_commands() -> None:
    """Functions, traps and the directory of the logs come before the first command."""
    first = Command(("ip", "link", "set", "dev", "a", "up"))
    run: list[Event] = [CommandEvent(2, first), ResultEvent(2, Result(first))]
    recording = recording_of(*run, *process_events())
    run_sh = batch_files(recording)["run.sh"]

    for text, line in (
        (plain(recording), "ip link"),
        (batch(recording), "ip -b"),
        (run_sh, "ip -b"),
    ):
        head, _, body = text.partition(f"\n{line}")
        assert body
        assert "set -eu" in head
        assert "end_processes() {" in head
        assert head.index("trap end_processes EXIT") < head.index("logs=$(mktemp")
        assert "() {" not in body


def test_a_process_with_a_log() -> None:
    """The output goes to the user's file, in the namespace runs the program itself."""
    command = Command(("python3", "-m", "http.server", "8000"), "pod1")
    ready = until.listening(8000)
    test = "ip netns exec pod1 ss -Hltn 'sport = :8000' 2>/dev/null | grep -q ."

    assert [
        "setsid ip netns exec pod1 python3 -m http.server 8000 >web.log 2>&1 & web=$!",
        'started "$web" ip',
        f'wait_for 10 "{test}" "$web" web.log',
    ] == plain_lines(
        *process_events(command=command, log="web.log", ready=ready, ready_timeout=9.5)
    )


def test_a_process_without_a_log() -> None:
    """The output goes to a file in a private directory of the script, and stdin comes by a pipe."""
    command = Command(("sort",), stdin="b\na\n")

    assert [
        "web_log=$logs/web",
        "printf '%s' 'b",
        "a",
        '\' | setsid sort >"$web_log" 2>&1 & web=$!',
        'started "$web"',
    ] == plain_lines(*process_events(command=command))


def test_a_program_with_others_beside_it_runs_until_its_end() -> None:
    """The server of a thread, which began and ended like a command, is not ended at once."""
    server, client = Command(("nc", "-l", "80"), "red"), Command(("nc", "10.0.0.1", "80"))

    lines = plain_lines(
        CommandEvent(1, server),
        CommandEvent(2, client),
        ResultEvent(2, Result(client)),
        ResultEvent(1, Result(server)),
    )

    assert ['started "$nc" ip', "nc 10.0.0.1 80", 'wait "$nc"'] == lines[-3:]


def test_a_monitor_runs_in_the_background() -> None:
    """A monitor does not end by itself: as a process it runs until it is stopped."""
    command = Command(("ip", "monitor", "link"), "red")

    assert "setsid ip -n red monitor link >m 2>&1 & web=$!" in plain_lines(
        *process_events(command=command, log="m")
    )


@pytest.mark.parametrize("log", [None, "a log"])
def test_a_condition_on_the_output(log: str | None, tmp_path: Path) -> None:
    """A condition reads the file that the process writes to, whoever has named it."""
    path = None if log is None else str(tmp_path / log)
    command = Command(("echo", "it's up"))
    wait = WaitEvent(until.output("web", "^it's up$"), None, 60.0)
    recording = recording_of(*process_events(command=command, log=path), wait)

    for name, export in FORMATS.items():
        script = write(export(recording), tmp_path / name)
        assert "" == shellcheck_output(script.read_text())
    for name in ("plain", "batch"):
        process = subprocess.run(("sh", tmp_path / name), capture_output=True, check=False)
        assert (0, b"") == (process.returncode, process.stderr)


def test_conditions_on_processes_with_other_variables() -> None:
    """Where a variable has another name than its process, a condition reads that variable."""
    events: list[Event] = []
    for number, name in enumerate(("web_log", "web", "log", "state", "web"), start=1):
        both = until.all_of(until.output(name, "up"), until.idle(name))
        events += process_events(name=name, number=number, pid=20 + number)
        events.append(WaitEvent(both, None, 1.0))

    lines = plain_lines(*events)
    variables = [re.findall(r"& (\w+)=", line)[0] for line in lines if line.endswith("=$!")]
    logs = [line.partition("=")[0] for line in lines if "=$logs/" in line]
    tests = [
        re.findall(r'up "\$(\w+)" .* "/proc/\$(\w+)/status"', line)[0]
        for line in lines
        if line.startswith("wait_for")
    ]

    assert ["web_log", "web", "log", "state_2", "web_2"] == variables
    assert ["web_log_log", "web_log_2", "log_log", "state_log", "web_log_3"] == logs
    assert list(zip(logs, variables, strict=True)) == tests


@pytest.mark.live
def test_a_script_waits_for_processes_with_other_variables(
    host: Session, shell_words: tuple[str, ...], tmp_path: Path
) -> None:
    """Each wait reads the output and the state of its own process."""
    for number, name in enumerate(("web_log", "web", "log", "state"), start=1):
        script = f"echo up {number}; exec sleep 1000"
        with host.spawn("sh", "-c", script, name=name):
            host.wait_for(until.all_of(until.output(name, f"up {number}"), until.idle(name)))
    path = write(plain(host.recording), tmp_path / "x.sh")

    process = run_in(host, *shell_words, path)

    assert (0, "") == (process.returncode, process.stderr)


def test_a_log_is_a_word() -> None:
    """The path of a log is quoted."""
    first, *_ = plain_lines(*process_events(log="$(touch x); it's"))

    assert "setsid sleep 1000 >'$(touch x); it'\"'\"'s' 2>&1 & web=$!" == first


@pytest.mark.parametrize("name", ["path", "status", "state", "http_proxy", "now"])
def test_a_name_with_another_meaning_is_changed(name: str) -> None:
    """A variable of the script or of the shell is not the variable of a process."""
    assert f"setsid sleep 1000 >l 2>&1 & {name}_2=$!" in plain_lines(
        *process_events(name=name, log="l")
    )


def test_names_of_processes_and_logs_differ() -> None:
    """A process may be named like another one, or like another one's log."""
    events = [
        *process_events(number=1),
        *process_events(name="web_log", number=2),
        *process_events(number=3),
    ]
    lines = [line for line in plain_lines(*events) if line.endswith("=$!")]

    assert ["web", "web_log_2", "web_2"] == [re.findall(r"& (\w+)=", line)[0] for line in lines]


def test_every_variable_of_the_functions_is_reserved() -> None:
    """No name of a process is a variable that the script uses itself."""
    templates = [
        text
        for module in (shell_functions, shell_state, sys.modules[shell.__module__])
        for name, text in vars(module).items()
        if name.isupper() and isinstance(text, str) and "=" in text
    ]
    text = "\n".join(templates).replace("mode=755", "").replace("{", "")
    assigned = set(re.findall(r"(?:^|[\s;])([a-z_]+)=", text))
    assigned |= set(re.findall(r"\bfor (\w+) in", text))

    assert {"deadline", "start", "notes", "shown"} < assigned
    assert set() == assigned - RESERVED_VARIABLES


def test_actions() -> None:
    """Signals reach the group, a stop has its grace, a wait its limit."""
    actions = [
        ProcessAction(1, "signal", signal="HUP"),
        ProcessAction(1, "wait", seconds=0.5),
        ProcessAction(1, "stop", seconds=2.0),
        ProcessAction(1, "wait"),
    ]

    assert [
        'send HUP "$web"',
        'wait_within 1 "$web" || true',
        'stop 2 "$web"',
        'wait "$web" || true',
    ] == plain_lines(*process_events(*actions, status=0, log="l"))[2:]


@pytest.mark.parametrize(("status", "suffix"), [(0, ""), (3, " || true")])
def test_a_recorded_status_is_tolerated(status: int, suffix: str) -> None:
    """A wait fails with its process, unless the process failed in the session as well."""
    action = ProcessAction(1, "wait")

    assert f'wait "$web"{suffix}' == plain_lines(*process_events(action, status=status))[-1]


@pytest.mark.parametrize(
    ("program", "signal"), [("sleep", "INT"), ("sleep", "QUIT"), ("kill", None), ("pkill", None)]
)
def test_an_interrupt_reaches_the_process(program: str, signal: str | None) -> None:
    """A shell ignores SIGINT in the background: where one is sent, that is undone."""
    events = process_events(log="l")
    if signal is None:
        events.append(CommandEvent(2, Command((program, "-INT", "20"))))
    else:
        events.append(ProcessAction(1, "signal", signal=signal))

    first, *_ = plain_lines(*events)

    assert "setsid env --default-signal=INT,QUIT sleep 1000 >l 2>&1 & web=$!" == first


def test_a_wait_in_vain_is_tolerated() -> None:
    """The script waits as long as the session did, and goes on as it did."""
    wait = WaitEvent(until.listening(80), "red", 2.0, satisfied=False, seen="no\nsocket")
    test = "ip netns exec red ss -Hltn 'sport = :80' 2>/dev/null | grep -q ."

    assert [
        r"# in the session: it did not hold in time: no\nsocket",
        f'wait_for 2 "{test}" || true',
    ] == plain_lines(wait)


@pytest.mark.parametrize(("seconds", "text"), [(1.5, "1.5"), (0.0, "0"), (1e-9, "0"), (60, "60")])
def test_a_pause(seconds: float, text: str) -> None:
    """A pause is written without an exponent."""
    assert f"sleep {text}" == plain(recording_of(Sleep(seconds))).splitlines()[-1]


def test_a_batch_file_ends_before_a_process_and_a_wait() -> None:
    """Commands before and behind a step for the shell are in files of their own."""
    commands = [Command(("ip", "link", "set", "dev", name, "up")) for name in "abc"]
    first, second, third = (
        (CommandEvent(number, command), ResultEvent(number, Result(command)))
        for number, command in enumerate(commands, start=2)
    )
    recording = recording_of(*first, *process_events(log="l"), *second, Sleep(1), *third)

    assert ["01-first.ip", "03-first.ip", "05-first.ip", "run.sh"] == sorted(batch_files(recording))


def test_a_script_with_sudo_waits_with_sudo() -> None:
    """What looks at a namespace needs the same rights as the commands."""
    wait = recording_of(WaitEvent(until.listening(80), "red", 2.0))

    assert 1 == plain(wait, sudo=True).count('sudo sh -c "$1"')
    assert 0 == plain(wait).count("sudo")


def test_a_process_with_sudo_is_refused() -> None:
    """A script cannot end what sudo has started, and says how to go about it."""
    with pytest.raises(InvalidArgument, match=r"web \(sleep 1000\) runs .* sudo sh SCRIPT"):
        plain(recording_of(*process_events()), sudo=True)


def test_a_pid_of_a_stranger_is_refused_in_every_format() -> None:
    """No script is written for a kill of a process that is not the session's."""
    command = Command(("kill", "21"))
    recording = recording_of(CommandEvent(1, command), ResultEvent(1, Result(command)))

    for export in FORMATS.values():
        with pytest.raises(NotExportable, match=r"^kill 21: cannot be exported: 21 is"):
            export(recording)


def test_a_failed_command_with_a_pid_of_a_stranger_is_left_out() -> None:
    """What failed in the session must not reach a stranger later: it is a comment."""
    command = Command(("kill", "21"))
    recording = recording_of(CommandEvent(1, command), ResultEvent(1, Result(command, 1)))

    for export in (plain, shell, batch):
        lines = [line.strip() for line in export(recording).splitlines()]
        assert any(line.endswith("# left out, for its pid: kill 21") for line in lines)
        checked = subprocess.run(("sh", "-n"), input=export(recording), text=True, check=False)
        assert 0 == checked.returncode


def test_the_failure_that_ended_the_session_is_not_left_out() -> None:
    """The last command of a session that failed is refused like one that succeeded."""
    command = Command(("kill", "21"))
    recording = recording_of(
        CommandEvent(1, command), ResultEvent(1, Result(command, 1)), End("x", failed=1)
    )

    with pytest.raises(NotExportable):
        plain(recording)


def test_a_process_that_never_was_ready() -> None:
    """The script waits in vain as the session did, and ends the process."""
    events = process_events(pid=None, status=1, log="l", ready=until.listening(80))
    *_, comment, wait, stop = plain_lines(*events)

    assert "# in the session: not ready, status 1" == comment
    assert wait.endswith('"$web" l || true')
    assert 'stop 3 "$web"' == stop


def test_a_process_that_ended_the_session() -> None:
    """Where the session failed because a process was not ready, the script fails."""
    events = process_events(pid=None, status=1, log="l", ready=until.listening(80))
    *_, wait, _ = plain_lines(*events, End("x", failed=1))

    assert wait.endswith('"$web" l')


def test_a_process_of_a_session_cut_short() -> None:
    """A process without an end or a start is started, as is a command without a result."""
    comment, *_, wait = plain_lines(*process_events(pid=None, log="l", ready=until.listening(80)))

    assert "# the session was cut short while this ran:" == comment
    assert wait.endswith('"$web" l')


def test_events_of_an_unknown_process_are_skipped() -> None:
    """A recording may hold actions of a process that it does not hold."""
    assert [] == plain_lines(ProcessStarted(7, 20), ProcessAction(7, "stop"))


def test_steps_are_counted() -> None:
    """`up` says at which step it stopped: processes, waits and pauses are steps."""
    recording = recording_of(
        CommandEvent(2, Command(("true",))),
        *process_events(ProcessAction(1, "stop"), status=143, ready=until.listening(80)),
        Sleep(1),
    )
    script = shell(recording)

    assert ["true", "sleep", "wait_for", "stop", "sleep"] == re.findall(
        r"(?m)^    step (.*)", script
    )
    assert "of 5: " in script


# ---- The scripts run.


@pytest.mark.live
@pytest.mark.parametrize("export", FORMATS.values(), ids=FORMATS)
def test_a_server_and_its_client(
    server_recording: Recording,
    export: Any,
    shell_words: tuple[str, ...],
    host: Session,
    tmp_path: Path,
) -> None:
    """The client of a script finds the server, and nothing of it is left."""
    script = write(export(server_recording), tmp_path / "x.sh")
    if export is shell:
        # A sandbox of its own, which has no room in another one.
        argv = (*shell_words, str(script), "--sandbox", "--", "true")
        process = subprocess.run(
            argv,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"TMPDIR": str(tmp_path)},
        )
        if "unshare" in process.stderr:
            pytest.skip(f"no sandbox here: {process.stderr}")
    else:
        process = run_in(host, *shell_words, script, folder=tmp_path)

    assert (0, "True\n") == (process.returncode, process.stdout + process.stderr)
    assert "" == shellcheck_output(script.read_text())
    assert ["x.sh"] == os.listdir(tmp_path)
    assert 0 == count_programs(host, "python3 -m http.server")


@pytest.mark.live
def test_up_leaves_processes_and_down_ends_them(
    server_recording: Recording, shell_words: tuple[str, ...], host: Session, tmp_path: Path
) -> None:
    """On a host the server serves on after `up`, with its log, until `down`."""
    script = write(shell(server_recording), tmp_path / "x.sh")

    up = run_in(host, *shell_words, script, folder=tmp_path)
    client = host.netns("pod2").exec("python3", "-c", FETCH)
    again = run_in(host, *shell_words, script, folder=tmp_path)
    state = run_in(host, *shell_words, script, "state").stdout.strip()
    notes = run_in(host, "cat", state).stdout.splitlines()
    (folder,) = (path for path in tmp_path.iterdir() if path != script)

    assert (0, "True\n") == (up.returncode, client.stdout)
    assert (1, True) == (again.returncode, "it stands already" in again.stderr)
    assert ["web"] == os.listdir(folder)
    assert [f"logs {folder}"] == [line for line in notes if line.startswith("logs")]
    assert 1 == len([line for line in notes if re.fullmatch(r"p1 \d+:\d+", line)])

    down = run_in(host, *shell_words, script, "down")

    assert (0, "") == (down.returncode, down.stderr)
    assert 0 == count_programs(host, "python3 -m http.server")
    assert [] == host.ip.netns.list()
    assert ["x.sh"] == os.listdir(tmp_path)


@pytest.mark.live
def test_down_leaves_a_stranger_with_the_same_pid(host: Session, tmp_path: Path) -> None:
    """A process with the noted pid, but another start, is not that of `up`."""
    script = write(shell(recording_of(*process_events())), tmp_path / "x.sh")
    run_in(host, "sh", script, folder=tmp_path)
    state = run_in(host, "sh", script, "state").stdout.strip()
    assert 1 == count_programs(host, "sleep 1000")
    run_in(host, "sed", "-i", r"s/^\(p1 [0-9]*:\)/\11/", state)

    down = run_in(host, "sh", script, "down")

    assert (0, "") == (down.returncode, down.stderr)
    assert 1 == count_programs(host, "sleep 1000")


@pytest.mark.live
def test_down_after_a_process_has_ended(host: Session, tmp_path: Path) -> None:
    """A process that has ended meanwhile is nothing to take away, and no failure."""
    script = write(shell(recording_of(*process_events())), tmp_path / "x.sh")
    run_in(host, "sh", script, folder=tmp_path)
    run_in(host, "pkill", "-f", "^sleep 1000")

    down = run_in(host, "sh", script, "down")

    assert (0, "") == (down.returncode, down.stderr)
    assert ["x.sh"] == os.listdir(tmp_path)


@pytest.mark.live
def test_an_up_that_fails_ends_its_processes(
    host: Session, shell_words: tuple[str, ...], tmp_path: Path
) -> None:
    """Nothing runs on after an `up` that stopped half way."""
    failure = Command(("false",))
    recording = recording_of(
        *process_events(), CommandEvent(2, failure), ResultEvent(2, Result(failure))
    )
    script = write(shell(recording), tmp_path / "x.sh")

    up = run_in(host, *shell_words, script, folder=tmp_path)

    assert (1, True) == (up.returncode, "at command 2 of 2: false" in up.stderr)
    assert 0 == count_programs(host, "sleep 1000")
    assert ["x.sh"] == os.listdir(tmp_path)


@pytest.mark.live
def test_a_stop_reaches_what_the_process_started(
    host: Session, shell_words: tuple[str, ...], tmp_path: Path
) -> None:
    """Children end with their process: those that ignore SIGTERM, and those that are left alone."""
    stubborn = Command(("sh", "-c", "trap '' TERM; sleep 1001 & echo 1; sleep 1001; wait"))
    leaving = Command(("sh", "-c", "sleep 1001 & exit 0"))
    polite = Command(("sh", "-c", "trap 'echo bye; exit 7' TERM; sleep 1001 & wait"))
    events: list[Event] = []
    for number, command in enumerate((stubborn, leaving, polite), start=1):
        action = ProcessAction(number, "stop", seconds=1.0)
        log = str(tmp_path / f"{number}.log")
        name = f"p{number}"
        # The shell has to have set its trap.
        pause = CommandEvent(10 + number, Command(("sleep", "0.5")))
        events += process_events(number=number, name=name, command=command, log=log)
        events += [pause, ResultEvent(10 + number, Result(pause.command))]
        events += [action, ResultEvent(number, Result(command, 143))]
    script = write(plain(recording_of(*events)), tmp_path / "x.sh")

    process = run_in(host, *shell_words, script)

    assert (0, "") == (process.returncode, process.stdout)
    assert 0 == count_programs(host, "sleep 1001")
    assert ["1\n", "", "bye\n"] == [(tmp_path / f"{n}.log").read_text() for n in (1, 2, 3)]


@pytest.mark.live
@pytest.mark.parametrize(("signal", "status"), [("TERM", 143), ("HUP", 129), ("INT", 130)])
def test_a_script_that_is_ended_ends_its_processes(
    host: Session, shell_words: tuple[str, ...], signal: str, status: int, tmp_path: Path
) -> None:
    """A signal to the script ends what it has started."""
    kill = Command(("sh", "-c", f"kill -{signal} $PPID; sleep 0.2"))
    recording = recording_of(
        *process_events(), CommandEvent(2, kill), ResultEvent(2, Result(kill)), Sleep(60)
    )
    script = write(plain(recording), tmp_path / "x.sh")

    process = run_in(host, *shell_words, script, folder=tmp_path)

    assert status == process.returncode
    assert 0 == count_programs(host, "sleep 1000")
    assert ["x.sh"] == os.listdir(tmp_path)


@pytest.mark.live
def test_a_process_that_dies_before_it_is_ready(
    host: Session, shell_words: tuple[str, ...], tmp_path: Path
) -> None:
    """The script fails at once, and shows the last lines of the process."""
    command = Command(("sh", "-c", "echo no port >&2; printf '\\033[31m'; exit 4"))
    events = process_events(command=command, ready=until.listening(80), ready_timeout=100.0)
    script = write(plain(recording_of(*events)), tmp_path / "x.sh")

    begin = time.monotonic()
    process = run_in(host, *shell_words, script, folder=tmp_path)

    assert time.monotonic() - begin < 90
    assert 1 == process.returncode
    assert (
        "wait_for: the process has ended before: ss -Hltn 'sport = :80' 2>/dev/null | grep -q .\n"
        "no port\n?[31m"
    ) == process.stderr


@pytest.mark.live
def test_a_daemon_becomes_ready_after_its_parent_has_ended(
    host: Session, shell_words: tuple[str, ...], tmp_path: Path
) -> None:
    """The script waits for the child of a daemon, which has the moment that it needs."""
    ready = tmp_path / "ready"
    command = Command(("sh", "-c", f"(sleep 0.5; : >{ready}) >/dev/null 2>&1 &"))
    condition = until.succeeds("test", "-e", str(ready))
    events = process_events(command=command, ready=condition, ready_timeout=60.0)
    script = write(plain(recording_of(*events)), tmp_path / "x.sh")

    process = run_in(host, *shell_words, script, folder=tmp_path)

    assert (0, "") == (process.returncode, process.stderr)


@pytest.mark.live
def test_a_wait_that_is_too_long(
    host: Session, shell_words: tuple[str, ...], tmp_path: Path
) -> None:
    """A wait that ends in vain fails with its condition, one that may be in vain is tolerated."""
    wait = WaitEvent(until.listening(81), None, 1.0, satisfied=False)
    script = write(plain(recording_of(wait, evolve(wait, satisfied=True))), tmp_path / "x.sh")

    process = run_in(host, *shell_words, script)

    test = "ss -Hltn 'sport = :81' 2>/dev/null | grep -q ."
    message = f"wait_for: it did not hold within 1 s: {test}\n"
    assert (1, 2 * message) == (process.returncode, process.stderr)


@pytest.mark.live
def test_a_process_has_its_directory_its_variables_and_its_stdin(
    host: Session, shell_words: tuple[str, ...], tmp_path: Path
) -> None:
    """The pid of the script is that of the program, wherever the program runs."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    script = 'read -r word; echo "$$ $PWD $WORD $word"'
    command = Command(
        ("sh", "-c", script), stdin="stdin\n", cwd=str(folder), env={"WORD": "two words"}
    )
    show = Command(("sh", "-c", 'echo "$SERVER_PID"'), env={"SERVER_PID": "20"})
    log = str(tmp_path / "l")
    recording = recording_of(
        *process_events(command=command, log=log),
        CommandEvent(2, show),
        ResultEvent(2, Result(show)),
        ProcessAction(1, "wait"),
        ResultEvent(1, Result(command)),
    )
    path = write(plain(recording), tmp_path / "x.sh")

    process = run_in(host, *shell_words, path)

    assert (0, "") == (process.returncode, process.stderr)
    assert f"{process.stdout.strip()} {folder} two words stdin\n" == Path(log).read_text()
    assert "" == shellcheck_output(path.read_text().replace(script, "true"))


@pytest.mark.live
def test_waits_have_the_status_of_the_process(
    host: Session, shell_words: tuple[str, ...], tmp_path: Path
) -> None:
    """A wait fails where the process fails, and where it does not end in time."""
    for command, action, expected in (
        (Command(("sh", "-c", "exit 5")), ProcessAction(1, "wait"), 5),
        (Command(("sh", "-c", "exit 6")), ProcessAction(1, "wait", seconds=60.0), 6),
        (Command(("true",)), ProcessAction(1, "wait", seconds=60.0), 0),
        (SLEEP, ProcessAction(1, "wait", seconds=0.1), 124),
    ):
        events = process_events(action, command=command, status=0)
        script = write(plain(recording_of(*events)), tmp_path / "x.sh")

        assert expected == run_in(host, *shell_words, script).returncode


@pytest.mark.live
def test_an_interrupt_ends_a_program_in_a_script(
    host: Session, shell_words: tuple[str, ...], tmp_path: Path
) -> None:
    """SIGINT, which a shell lets background programs ignore, ends the process."""
    actions = (
        ProcessAction(1, "signal", signal="INT"),
        ProcessAction(1, "wait", seconds=60.0),
    )
    script = write(plain(recording_of(*process_events(*actions, status=0))), tmp_path / "x.sh")

    assert 130 == run_in(host, *shell_words, script).returncode


@pytest.mark.live
def test_a_session_with_everything(shell_words: tuple[str, ...], tmp_path: Path) -> None:
    """Processes, failures, pids and waits of a session are repeated by each script."""
    with open_sandbox() as session:
        session.ip.netns.add("red")
        session.ip.link.add("v0", Veth(peer="v1"))
        red = session.netns("red")
        with pytest.raises(ProcessEnded):
            red.spawn("sh", "-c", "exit 4", ready=until.listening(99))
        with pytest.raises(WaitTimeout):
            red.wait_for(until.listening(98), timeout=0.2)
        lines = red.spawn("sh", "-c", "cat; exec sleep 1002", stdin="a b\n'c'\n", name="lines")
        session.ip.link.set("v0", netns=str(lines.pid))
        session.exec("kill", "-0", str(lines.pid))
        session.exec("sh", "-c", f"test -e /proc/{lines.pid}/stat && kill {lines.pid}")
        lines.wait(60)
        session.sleep(0.1)
        assert [] == session.processes

    for name, export in FORMATS.items():
        script = write(export(session.recording), tmp_path / f"{name}.sh")
        with open_sandbox() as place:
            process = run_in(place, *shell_words, script, folder=tmp_path)

            assert 0 == process.returncode, process.stderr
            assert ["lo", "v1"] == sorted(link.ifname for link in place.ip.link.show())
            assert "v0" in [link.ifname for link in place.netns("red").ip.link.show()]
            assert 0 == count_programs(place, "sleep 1002")


@pytest.mark.live
def test_a_dry_state_is_unchanged(
    server_recording: Recording, host: Session, tmp_path: Path
) -> None:
    """`state` prints the path of the state file, and nothing else."""
    script = write(shell(server_recording), tmp_path / "x.sh")

    process = run_script_inside(host, script, "state")

    assert (0, "") == (process.returncode, process.stderr)
    assert process.stdout.startswith("/run/ipwrap-up/")


FORGED = """
kill() {{ echo "kill $*"; }}
rm() {{ echo "rm $*"; }}
say() {{ :; }}
task=down
nl='
'
notes="${{nl}}{note}${{nl}}"
undo_process mark
delete_logs
"""


@pytest.mark.parametrize(
    "note",
    [
        "mark 1:$(start_of 1)",
        "mark self:$(start_of self)",
        "mark -1:",
        "mark 0:",
        "mark ../1:$(start_of 1)",
        "mark :",
        "logs /tmp/ipwrap-up.abcdef/../../etc",
        "logs /tmp/../ipwrap-up.abcdef",
        "logs /tmp/ipwrap-up.abcdef/x",
        "logs /tmp/ipwrap-up.",
        "logs ipwrap-up.abcdef",
    ],
)
def test_a_forged_state_file_reaches_nobody(note: str, shell_words: tuple[str, ...]) -> None:
    """Whatever a state file says, `down` signals no group of all, and deletes nothing elsewhere."""
    functions = (
        shell_functions.WITHIN,
        shell_functions.PROCESSES,
        shell_functions.STATE_OF_PROCESSES,
        shell_functions.DELETE_LOGS,
    )
    script = "".join(functions) + FORGED.format(note=note)
    ended = subprocess.run(
        (*shell_words, "-c", script), capture_output=True, text=True, check=True, timeout=60
    )
    assert "" == ended.stdout


def test_the_logs_of_up_are_deleted(shell_words: tuple[str, ...]) -> None:
    """The directory that mktemp(1) has made is deleted by `down`."""
    functions = shell_functions.STATE_OF_PROCESSES + shell_functions.DELETE_LOGS
    script = functions + FORGED.format(note="logs /tmp/ipwrap-up.aB3dEf")
    ended = subprocess.run(
        (*shell_words, "-c", script), capture_output=True, text=True, check=True, timeout=60
    )
    assert "rm -rf /tmp/ipwrap-up.aB3dEf\n" == ended.stdout


@pytest.mark.live
@pytest.mark.parametrize("runner", ["setsid", "env", "ip"])
def test_a_program_that_runs_another_is_not_begun(runner: str, tmp_path: Path) -> None:
    """setsid, then env, then ip run a process: none of them is in the namespace of the process."""
    runner_path = tmp_path / runner
    shutil.copy(shutil.which("sleep") or pytest.skip("this machine has no sleep"), runner_path)
    processes = [
        subprocess.Popen((path, "1000"), start_new_session=True)
        for path in (str(runner_path), "sleep")
    ]
    script = f"{shell_functions.PROCESSES}\nis_begun $1 ip && echo begun; is_begun $2 ip"
    pids = [str(process.pid) for process in processes]
    check = subprocess.run(
        ("sh", "-c", script, "sh", *pids), capture_output=True, text=True, check=False
    )
    for process in processes:
        process.kill()
        process.wait()

    assert (0, "", "") == (check.returncode, check.stdout, check.stderr)
