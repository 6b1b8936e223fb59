"""`WorkerKey`: the properties of a command that determine the worker."""

from typing import NamedTuple

from ipwrap.command import Command
from ipwrap.executors.batch_line import BatchLine

__all__ = ["WorkerKey", "key_of"]


class WorkerKey(NamedTuple):
    """Program, namespace (None is the place's first), global options, and use of a worker.

    Reads and changes never share a worker. ``reads_links`` marks the worker for reads of `ip link`.
    """

    program: str
    netns: str | None
    flags: tuple[str, ...]
    changes: bool
    reads_links: bool


def key_of(command: Command, line: BatchLine) -> WorkerKey:
    """Return the key of the worker for a command.

    Reads of `ip link` need a separate worker: after the first of them, the same `ip` runs every
    `address show dev X` as a `link show` (do_link is set once and never reset: ip/ipaddress.c).
    """
    object_name = command.argv[1 + len(line.flags)]
    reads_links = not command.changes and object_name == "link"

    return WorkerKey(command.argv[0], command.netns, line.flags, command.changes, reads_links)
