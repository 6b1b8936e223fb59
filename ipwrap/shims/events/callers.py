"""Programs that made calls of their own: which of the two are steps of a recording.

A *wrapper* is a program whose own calls changed the network, such as the bash of `ip netns exec red
bash setup.sh`: its calls are the steps, and a note stands for the program. Any other program is a
step itself, and a replay makes its calls by running it again.
"""

from collections.abc import Collection, Iterable, Sequence

from ipwrap.command import IPROUTE2, Command
from ipwrap.recording import Note
from ipwrap.shims.calls.batch_parser import is_batch
from ipwrap.shims.calls.call import Call
from ipwrap.shims.events.call_commands import ConvertedCall
from ipwrap.shims.sysctls.writes import is_write

__all__ = [
    "find_wrappers",
    "runs_with_its_caller",
    "without_calls_of",
    "without_calls_of_batches",
    "wrapper_note",
]


def find_wrappers(converted: list[ConvertedCall]) -> set[int]:
    """Return the numbers of the calls whose programs made changes by calls of their own.

    The whole chain of callers above a change counts.
    """
    callers = {call.number: call.caller for call, _ in converted}
    wrappers: set[int] = set()

    for call, command in converted:
        if not isinstance(command, Command) or not command.changes or is_write(call):
            continue

        caller = call.caller
        while caller is not None and caller not in wrappers:
            wrappers.add(caller)
            caller = callers.get(caller)

    return wrappers


def wrapper_note(command: Command) -> Note:
    """Return the note that replaces a program whose own calls are recorded."""
    return Note(f"{command}: the calls that it made follow")


def runs_with_its_caller(call: Call, wrappers: Collection[int]) -> bool:
    """Return whether a replay runs a program by running its caller.

    Calls of iproute2 are steps of their own, as a replay compares their output. The exception is a
    namespace without a name, which only the caller can enter: `nsenter -t PID -n ip link`.
    """
    is_run_by_caller = call.caller is not None and call.caller not in wrappers
    return is_run_by_caller and (call.argv[0] not in IPROUTE2 or call.netns == "?")


def without_calls_of(calls: Iterable[Call], programs: Collection[int]) -> list[Call]:
    """Return the calls without those that some programs made, at any depth."""
    kept: list[Call] = []
    omitted = set(programs)

    for call in calls:
        if call.caller in omitted:
            omitted.add(call.number)
        else:
            kept.append(call)
    return kept


def without_calls_of_batches(calls: Sequence[Call]) -> list[Call]:
    """Return the calls without those that the lines of a batch made: the lines stand for them."""
    return without_calls_of(calls, {call.number for call in calls if is_batch(call)})
