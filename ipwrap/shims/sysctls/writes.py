"""The writes of a script to /proc/sys: the keys and namespaces, and the calls around each write.

No program is called for `echo 1 >/proc/sys/net/ipv4/ip_forward`. In a sandbox, a helper program
watches the files. Each write becomes a call of sysctl(8) between the calls around the write, unless
the writing program is a recorded call itself, which a replay runs again.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from attrs import define, evolve, field, frozen

from ipwrap.errors import InvalidArgument, IpwrapError
from ipwrap.places import Place
from ipwrap.shims.calls.call import Call
from ipwrap.shims.calls.classify import classify, may_change
from ipwrap.state import State
from ipwrap.sysctl.keys import check_value, key_of_path, path_of_key
from ipwrap.system.programs import command_environment

__all__ = ["SysctlWatch", "SysctlWrite", "calls_with_writes", "is_write", "written_state"]

PROGRAM = str(Path(__file__).with_name("watch_main.py"))
READY_SECONDS = 10.0
END_SECONDS = 10.0
NICENESS = -10
AT_ONCE = 0.002  # seconds between two writes of which only the last counts


@frozen(kw_only=True)
class SysctlWrite:
    """A value written to a key.

    - ``started``: the number of the last call that had started before the write
    - ``running``: the numbers of the calls that had started and not ended
    - ``time``: when the helper saw the write, in seconds since the epoch
    - ``is_exact``: whether the kernel reported the write; else the helper found the value in a new
      link or namespace, some time after the write
    """

    netns: str
    key: str
    value: str
    started: int
    running: frozenset[int]
    time: float
    is_exact: bool = True


@define
class SysctlWatch:
    """Follows the writes to /proc/sys in a place. ``writes`` is complete after `follow`."""

    place: Place
    folder: str
    writes: list[SysctlWrite] = field(factory=list, init=False)
    _is_ready: threading.Event = field(factory=threading.Event, init=False)

    @contextmanager
    def follow(self) -> Iterator[None]:
        """Follow the writes during the block. Without a running helper, ``writes`` stays empty."""
        # The helper is idle most of the time, and has to scan a new link before the script writes
        # to the link. If the user may not raise the priority, nice(1) runs the helper unchanged.
        program = self.place.wrap((sys.executable, "-I", "-S", PROGRAM, self.folder))
        argv = ("nice", "-n", str(NICENESS), *program)
        try:
            helper = subprocess.Popen(
                argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=command_environment(),
                start_new_session=True,  # a terminal's Ctrl-C does not reach it
            )
        except OSError:
            yield
            return

        reader = threading.Thread(target=self._read, args=(helper,), daemon=True)
        reader.start()
        self._is_ready.wait(READY_SECONDS)
        try:
            yield
        finally:
            with suppress(OSError):
                helper.stdin.close()  # type: ignore[union-attr] # it is a pipe
            try:
                helper.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                helper.kill()
                helper.wait()
            reader.join(END_SECONDS)

    def _read(self, helper: "subprocess.Popen[bytes]") -> None:
        """Read the records of the helper until it ends."""
        stream = helper.stdout
        if stream is None:
            return

        started, running = 0, set[int]()
        for record in _records(stream.fileno()):
            kind, text = record[:1], record[1:]
            if kind == "r":
                self._is_ready.set()
            elif kind == "s":
                started = max(started, int(text))
                running.add(int(text))
            elif kind == "e":
                running.discard(int(text))
            else:
                self.writes.append(_parse_write(kind, text, started=started, running=running))

        stream.close()
        self._is_ready.set()


def _records(descriptor: int) -> Iterator[str]:
    """Yield the records of a helper, which end with a NUL."""
    rest = b""
    while data := os.read(descriptor, 1 << 16):
        *records, rest = (rest + data).split(b"\0")
        for record in records:
            yield record.decode("utf-8", "surrogateescape")


def _parse_write(kind: str, text: str, *, started: int, running: Iterable[int]) -> SysctlWrite:
    """Return a write from the record of a helper."""
    time_text, _, rest = text.partition(" ")
    name, _, value = rest.partition(" ")
    netns, _, path = name.partition("/")
    return SysctlWrite(
        netns=netns,
        key=key_of_path(path),
        value=value,
        started=started,
        running=frozenset(running),
        time=float(time_text),
        is_exact=kind == "w",
    )


def written_state(writes: Iterable[SysctlWrite]) -> State:
    """Return a state with the written keys, which a later state has to contain."""
    state: State = {}
    for write in writes:
        listing = state.setdefault(write.netns, {}).setdefault("sysctl", [])
        listing.append({"key": write.key, "value": write.value})
    return state


def is_write(call: Call) -> bool:
    """Return whether a call stands for a write to /proc/sys, and no program was called."""
    return call.number < 0


def calls_with_writes(calls: Iterable[Call], writes: Iterable[SysctlWrite]) -> list[Call]:
    """Return the calls, with added calls of sysctl(8) for the writes of other programs.

    An added call comes behind the last call that started before the write. The caller is the
    program that probably wrote the key: the last started call in the namespace that still ran and
    may make changes. The numbers of the added calls are negative.
    """
    calls_by_number = {call.number: call for call in calls}
    following: dict[int, list[Call]] = {}

    for index, write in enumerate(_without_repeats(writes), start=1):
        caller = _find_writer(write, calls_by_number)
        call = _call_of_write(write, caller, number=-index)
        if call is not None and (caller is None or caller.argv[0] != "sysctl"):
            following.setdefault(write.started, []).append(call)

    # A call without arguments, after a crash of the shim, is not among the calls.
    numbers = sorted(calls_by_number)
    merged: list[Call] = []
    for number, later in zip([0, *numbers], [*numbers, None], strict=True):
        if number:
            merged.append(calls_by_number[number])
        for position in [key for key in following if later is None or key < later]:
            merged += following.pop(position)
    return merged


def _without_repeats(writes: Iterable[SysctlWrite]) -> list[SysctlWrite]:
    """Return the writes without repetitions between the same calls.

    The helper reads a value after the kernel's message. For two writes in quick succession, it may
    therefore read the last value twice, or a value in between.
    """
    last: dict[tuple[str, str], int] = {}  # the index of the last write of a key
    kept: list[SysctlWrite | None] = []

    for write in writes:
        key = (write.netns, write.key)
        index = last.get(key)
        previous = None if index is None else kept[index]

        if previous is not None and index is not None:
            is_at_once = write.started == previous.started and write.running == previous.running
            if write.value == previous.value and (is_at_once or not write.is_exact):
                continue
            if is_at_once and write.time - previous.time < AT_ONCE:
                kept[index] = None

        last[key] = len(kept)
        kept.append(write)
    return [write for write in kept if write is not None]


def _find_writer(write: SysctlWrite, calls: dict[int, Call]) -> Call | None:
    """Return the call whose program wrote a key; None if the script itself wrote the key."""
    for number in sorted(write.running, reverse=True):
        call = calls.get(number)
        if call is not None and _runs_in(call, write.netns) and may_change(call.argv):
            return call

    if write.is_exact:
        return None

    # The value of a new link is seen late: the writing program may have ended.
    for number in sorted(calls, reverse=True):
        call = calls[number]
        if number <= write.started and _names(call, write.key) and _runs_in(call, write.netns):
            return call
    return None


def _names(call: Call, key: str) -> bool:
    """Return whether the arguments of a call have a key, as a path or with dots."""
    text = " ".join(call.argv)
    return key in text or path_of_key(key) in text


def _runs_in(call: Call, netns: str) -> bool:
    """Return whether a call runs a program outside iproute2 in a namespace."""
    if call.netns == "?":
        return False
    try:
        command = classify(call.argv, call.netns)
    except IpwrapError:
        return False

    is_program = command.argv[0] not in ("ip", "bridge", "tc") or "exec" in command.argv
    return is_program and (command.netns or "") == netns


def _call_of_write(write: SysctlWrite, caller: Call | None, *, number: int) -> Call | None:
    """Return the call of sysctl(8) for a write; None for a value that sysctl(8) cannot write."""
    try:
        value = check_value(write.value)
    except InvalidArgument:
        return None

    call = Call(
        number,
        ("sysctl", "-w", f"{write.key}={value}"),
        netns=write.netns or None,
        status=0,
        stdout=f"{write.key} = {value}\n",
        started=write.time,
    )
    if caller is None:
        return call
    return evolve(call, caller=caller.number, script_offset=caller.script_offset)
