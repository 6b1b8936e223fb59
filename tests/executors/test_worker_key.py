"""`WorkerKey`: commands share a worker only if the same process can run both."""

import pytest

from ipwrap import Command
from ipwrap.executors.batch_line import parse_line
from ipwrap.executors.worker_key import WorkerKey, key_of


@pytest.mark.parametrize(
    ("command", "key"),
    [
        (
            Command(("ip", "link", "set", "dev", "v0", "up")),
            WorkerKey("ip", None, (), changes=True, reads_links=False),
        ),
        (
            Command(("ip", "-j", "-d", "address", "show"), "red", changes=False),
            WorkerKey("ip", "red", ("-j", "-d"), changes=False, reads_links=False),
        ),
        (
            Command(("ip", "-j", "link", "show"), changes=False),
            WorkerKey("ip", None, ("-j",), changes=False, reads_links=True),
        ),
        (
            Command(("bridge", "-j", "fdb", "show"), changes=False),
            WorkerKey("bridge", None, ("-j",), changes=False, reads_links=False),
        ),
    ],
)
def test_key_of_a_command(command: Command, key: WorkerKey) -> None:
    """The key holds program, namespace, global options, and whether links are read or changed."""
    assert key == key_of(command, parse_line(command.argv))
