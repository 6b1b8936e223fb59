"""The programs that a replay runs besides ip, bridge and tc."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from attrs import evolve

from ipwrap.cmdline import runs_until_stopped
from ipwrap.cmdline.parsed import ParsedCommand
from ipwrap.export.pids import ProcessPids
from ipwrap.recording import CommandEvent, ProcessEvent, RecordingView, WaitEvent
from ipwrap.result import Result
from ipwrap.system.uts import without_uts

__all__ = ["ProgramStep", "count_programs", "program_steps", "steps_that_end"]

IPROUTE2 = ("ip", "bridge", "tc")

# `ip netns exec NAME PROGRAM`
EXEC_VERBS = (("netns", "exec"), ("vrf", "exec"))

ProgramStep = tuple[CommandEvent | ProcessEvent, Result | None]


def program_steps(recording: RecordingView) -> Iterator[ProgramStep]:
    """Yield the commands and background processes of a recording with their results.

    The pids of the processes in later commands, which differ from run to run, are replaced by the
    names of the processes.
    """
    pids = ProcessPids()

    for event, result in recording.pairs():
        pids.note(event)
        if isinstance(event, (CommandEvent, ProcessEvent)):
            command = pids.replace(event.command, lambda process: f"the pid of {process.name}")
            yield evolve(event, command=command), result


def steps_that_end(recording: RecordingView) -> Iterator[ProgramStep]:
    """Yield the commands and background processes with their results, without monitors."""
    for event, result in program_steps(recording):
        if isinstance(event, ProcessEvent) or not runs_until_stopped(event.command):
            yield event, result


def count_programs(recording: RecordingView) -> Counter[str]:
    """Return the programs besides ip, bridge and tc that a replay runs, and how often.

    `ip netns exec` and `ip vrf exec` run the program behind the name; `ip -batch` runs the unknown
    commands of a file, and `tc exec bpf` a shell. A wait may run a program, too.
    """
    programs: Counter[str] = Counter()

    for event, _ in recording.pairs():
        if isinstance(event, WaitEvent):
            programs.update(_programs_in(event.condition.to_json()))
        elif isinstance(event, ProcessEvent):
            programs[_program_of(event.command.argv)] += 1
            if event.ready is not None:
                programs.update(_programs_in(event.ready.to_json()))
        elif isinstance(event, CommandEvent) and not runs_until_stopped(event.command):
            programs[_program_of(event.command.argv)] += 1

    for program in IPROUTE2:
        del programs[program]
    return programs


def _programs_in(data: Any) -> Iterator[str]:
    """Yield the programs that a recorded condition runs, as lists of arguments."""
    values: Iterable[Any] = data if isinstance(data, (list, tuple)) else ()
    if isinstance(data, dict):
        program = data.get("program")
        if isinstance(program, (list, tuple)) and program:
            yield _program_of(tuple(program))
        values = data.values()

    for value in values:
        yield from _programs_in(value)


def _program_of(argv: tuple[str, ...]) -> str:
    """Return the program that a command runs, also behind `ip netns exec` and `ip vrf exec`."""
    while argv[0] in IPROUTE2:
        typed = ParsedCommand.of(argv)
        if typed.batch is not None:
            return f"{argv[0]} -batch"
        if typed.arguments[:1] == ("exec",):
            return f"{argv[0]} exec"
        if typed.arguments not in EXEC_VERBS:
            break

        # `ip -all netns exec PROGRAM` has no name.
        has_name = "-all" not in typed.flags
        inner = typed.rest[1:] if has_name else typed.rest
        if not inner or not inner[0]:
            break
        argv = inner

    return without_uts(argv)[0]
