"""The network namespaces that only processes have, such as those of containers.

No file in /run/netns names them. They are read by way of /proc/PID/ns/net, where that is allowed:
in a sandbox, and by root.
"""

import re
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from ipwrap.command import Command
from ipwrap.errors import IpwrapError
from ipwrap.places.helper_argv import helper_argv
from ipwrap.result import Result
from ipwrap.state.snapshot import State, read_namespaces
from ipwrap.verbs.runner import Runner

__all__ = [
    "PlaceNamespaces",
    "ProcessNamespace",
    "find_namespaces",
    "is_process_key",
    "read_process_namespaces",
]

PROGRAM = str(Path(__file__).with_name("namespaces_main.py"))
READ_SECONDS = 60.0
PROCESS_KEY = re.compile(r"pid:[0-9]+ \(.*\)", re.DOTALL)
BATCH_ARGV = ("ip", "-j", "-d")  # of the reads that one `ip -batch -` runs


@frozen
class ProcessNamespace:
    """A namespace without a name: its oldest process, and the process's name."""

    pid: int
    program: str

    @property
    def key(self) -> str:
        """The key in a snapshot: `pid:1234 (nginx)`. No file in /run/netns can have a slash."""
        return f"pid:{self.pid} ({self.program.replace('/', '_')})"

    @property
    def path(self) -> str:
        """The path of the namespace."""
        return f"/proc/{self.pid}/ns/net"


@frozen
class PlaceNamespaces:
    """The namespaces of a place without a name, and what identifies its first one.

    ``origin`` is the boot with device and inode; None where the helper cannot run.
    """

    origin: str | None = None
    processes: tuple[ProcessNamespace, ...] = field(factory=tuple)


@frozen
class NsenterRunner:
    """A runner whose reads run in the namespace of a process: nsenter(1)."""

    runner: Runner
    namespace: ProcessNamespace

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a read in the namespace of the process."""
        argv = ("nsenter", f"--net={self.namespace.path}", "--", *command.argv)
        return self.runner.run(evolve(command, argv=argv, netns=None, batch=False), check=check)

    def netns_names(self) -> list[str] | None:
        """Return no names: one namespace is read."""
        return []

    def describe_link(self, netns: str | None, name: str) -> dict[str, Any] | None:
        """Return None: the kernel is not listened to."""
        del netns, name
        return None

    def read_together(
        self, commands: Sequence[Command], *, retires_workers: bool = False
    ) -> Generator[tuple[int, Result], None, None]:
        """Run the reads of `ip` as the lines of one process, and yield results with positions.

        None where a line has failed: then the reads run one by one. `link show` comes last: the
        same `ip` would take any later `address show` for one.
        """
        del retires_workers
        positions = [
            position
            for position, command in enumerate(commands)
            if command.argv[: len(BATCH_ARGV)] == BATCH_ARGV
        ]
        positions.sort(key=lambda position: "link" in commands[position].argv)
        lines = [" ".join(commands[position].argv[len(BATCH_ARGV) :]) for position in positions]
        batch = Command(
            (*BATCH_ARGV, "-batch", "-"),
            stdin="".join(f"{line}\n" for line in lines),
            changes=False,
        )

        result = self.run(batch, check=False)
        lists = result.stdout.splitlines(keepends=True)
        if result.ok and len(lists) == len(positions):
            for position, text in zip(positions, lists, strict=True):
                yield position, Result(commands[position], 0, text)


def is_process_key(netns: str) -> bool:
    """Return whether a namespace of a snapshot is one that only processes have."""
    return PROCESS_KEY.fullmatch(netns) is not None


def find_namespaces(runner: Runner) -> PlaceNamespaces:
    """Return the namespaces of a place that only processes have."""
    command = Command(helper_argv(runner, PROGRAM), changes=False, timeout=READ_SECONDS)
    try:
        reply = runner.run(command).stdout
    except IpwrapError:
        return PlaceNamespaces()

    origin = None
    processes = []
    for record in reply.split("\0"):
        first, _, rest = record[1:].partition(" ")
        if record.startswith("o"):
            origin = record[1:]
        elif record.startswith("p"):
            processes.append(ProcessNamespace(int(first), rest))
    return PlaceNamespaces(origin, tuple(processes))


def read_process_namespaces(runner: Runner, namespaces: tuple[ProcessNamespace, ...]) -> State:
    """Return the state of namespaces that only processes have, by key.

    One that cannot be read, since its process has ended or is another user's, is left out.
    """
    state: State = {}
    for namespace in namespaces:
        nouns = read_namespaces(NsenterRunner(runner, namespace), [None])[""]
        if "link" in nouns:
            state[namespace.key] = nouns
    return state
