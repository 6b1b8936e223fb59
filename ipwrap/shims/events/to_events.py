"""Convert recorded calls to the events of a recording.

A program run in a namespace (`ip netns exec red bash …`) is replaced by the program's own calls, if
a call changed the network; otherwise a replay runs the program again. A batch becomes a command for
each line, and a `sleep` a pause (see `ipwrap.shims.events.pauses`). A program that ran beside other
calls, was ended by a signal, or still ran at the end, is a background process: see
`ipwrap.shims.calls.call_processes`. Two sorts of calls become notes, since a replay must not repeat
them: reads of iproute2 and pipelines that were cut short, and calls in a namespace without a name.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from ipwrap.cmdline.program_effects import program_of
from ipwrap.command import Command
from ipwrap.recording import Event, Note
from ipwrap.shims.calls.batch_parser import split_batch
from ipwrap.shims.calls.call import Call
from ipwrap.shims.calls.call_processes import find_processes
from ipwrap.shims.calls.order import Moment, complete_order
from ipwrap.shims.events.call_commands import CallConverter, ConvertedCall, interruption_note
from ipwrap.shims.events.callers import find_wrappers, runs_with_its_caller, without_calls_of
from ipwrap.shims.events.pauses import pause_of
from ipwrap.shims.events.polls import Poll, find_polls
from ipwrap.shims.events.timeline import Timeline
from ipwrap.shims.script.notes import ScriptNotes
from ipwrap.shims.script.script import Script

__all__ = ["to_events"]

LISTS_PIDS = ("ip", "netns", "pids")


def to_events(
    calls: Iterable[Call],
    script: Script | None = None,
    *,
    order: Sequence[Moment] = (),
    whole: Mapping[int, str] | None = None,
) -> list[Event]:
    """Return the events for calls, with commands and processes numbered from 1.

    The prose of the script becomes notes.

    - ``order``: which calls ran at the same time; without it, each ended before the next began
    - ``whole``: the numbers of programs that stand for the calls that they made, each with the note
      before it; see `ipwrap.shims.changes.whole_programs`
    """
    whole = whole or {}
    calls_by_number = {call.number: call for call in without_calls_of(calls, whole)}
    script = None if script is None else script.locate(calls_by_number.values())

    converter = CallConverter()
    converted: dict[int, list[ConvertedCall]] = {}
    for number, call in calls_by_number.items():
        converted[number] = [converter.convert(single_call) for single_call in split_batch(call)]

    # `sleep 9 &` has a recorded start, but its pause stands where the script waited for it.
    pauses = {number for number, call in calls_by_number.items() if pause_of(call) is not None}
    other_moments = [moment for moment in order if moment.number not in pauses]
    moments = list(complete_order(other_moments, calls_by_number))

    wrappers = find_wrappers([pair for pairs in converted.values() for pair in pairs])
    programs = {number for number, pairs in converted.items() if _may_be_process(pairs, wrappers)}
    killers = _killers_of(converted, programs, script=script)
    processes = find_processes(calls_by_number, moments, programs=programs, killers=killers)

    polls = _polls_of(converted, moments, script=script, wrappers=wrappers, processes=processes)
    polled = {number: poll for poll in polls for number in poll.numbers}

    notes = _prose_before(calls_by_number, script, converter=converter)
    for number, text in whole.items():
        notes.setdefault(number, []).append(text)

    timeline = Timeline(script, notes)
    for position, moment in enumerate(moments):
        pairs = converted[moment.number]
        process = processes.get(moment.number)

        if process is not None:
            timeline.add_process_moment(position, pairs[0], process=process)
        elif moment.number in polled:
            timeline.add_poll(moment, calls_by_number[moment.number], poll=polled[moment.number])
        elif moment.kind == "start":
            timeline.add_calls(pairs, wrappers=wrappers)

    return timeline.events


def _may_be_process(pairs: list[ConvertedCall], wrappers: set[int]) -> bool:
    """Return whether a call may be a background process: a program, or a monitor of iproute2."""
    call, command = pairs[0]
    if not isinstance(command, Command) or call.number in wrappers:
        return False
    if runs_with_its_caller(call, wrappers) or pause_of(call) is not None:
        return False
    # A program whose output is a secret has to end before a step uses the secret.
    if len(pairs) > 1 or command.output_secret is not None:
        return False
    return command.runs_until_stopped or program_of(command) is not None


def _killers_of(
    converted: Mapping[int, list[ConvertedCall]],
    programs: Collection[int],
    *,
    script: Script | None,
) -> dict[int, set[int]]:
    """Return the calls whose output the script gives to kill(1), with the programs that they list.

    Such is `ip netns pids red | xargs kill`: no shim of the programs sees the signal.
    """
    by_netns: dict[str | None, set[int]] = {}
    for number in programs:
        command = converted[number][0][1]
        assert isinstance(command, Command), "a note is no program"
        by_netns.setdefault(command.netns, set()).add(number)

    killers: dict[int, set[int]] = {}
    for number, [(call, command), *_] in converted.items():
        is_list = isinstance(command, Command) and command.argv[:3] == LISTS_PIDS
        if is_list and script is not None and script.kills_near(call):
            killers[number] = by_netns.get(call.argv[-1], set())
    return killers


def _polls_of(
    converted: dict[int, list[ConvertedCall]],
    moments: Iterable[Moment],
    *,
    script: Script | None,
    wrappers: Collection[int],
    processes: Collection[int],
) -> list[Poll]:
    """Return the loops that only wait, among the calls that are a command each."""
    left_out = {*wrappers, *processes}
    calls: list[tuple[Call, Command | None]] = []
    for moment in moments:
        if moment.kind != "start":
            continue

        call, command = converted[moment.number][0]
        is_single = len(converted[moment.number]) == 1
        is_step = moment.number not in left_out and not runs_with_its_caller(call, wrappers)
        if isinstance(command, Note) or interruption_note(call, command) is not None:
            calls.append((call, None))
        else:
            calls.append((call, command if is_single and is_step else None))

    if script is None:
        return list(find_polls(calls))
    conditions = {call.number for call, _ in calls if script.is_loop_condition(call)}
    return list(find_polls(calls, loop_conditions=conditions))


def _prose_before(
    numbers: Iterable[int], script: Script | None, *, converter: CallConverter
) -> dict[int, list[str]]:
    """Return the prose of a script that stands before calls, by their numbers, without secrets."""
    if script is None:
        return {}

    script_notes = ScriptNotes(script.lines)
    prose: dict[int, list[str]] = {}
    for number in numbers:
        if number in script.locations:
            texts = script_notes.before(script.locations[number])
            prose[number] = [converter.redact(text) for text in texts]
    return prose
