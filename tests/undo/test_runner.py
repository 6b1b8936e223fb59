"""What runs commands to undo, and leaves no trace."""

import os

import pytest

from ipwrap import Command
from ipwrap.undo import UndoRunner
from tests.doubles import Scripted, Somewhere

HOST, SANDBOX = Somewhere(), Somewhere(isolated=True)
BACK = Command(("ip", "link", "set", "dev", "v0", "netns", "/proc/1/ns/net"))


@pytest.mark.parametrize(
    ("place", "expected"),
    [(HOST, f"/proc/{os.getpid()}/ns/net"), (SANDBOX, "/proc/1/ns/net")],
    ids=["host", "sandbox"],
)
def test_the_first_namespace_of_a_host_is_ours(place: Somewhere, expected: str) -> None:
    """Process 1 may be in another one; that of a sandbox is its own."""
    assert (*BACK.argv[:-1], expected) == UndoRunner(place, Scripted()).run(BACK).command.argv


def test_other_words_are_run_as_they_are() -> None:
    """All of them."""
    command = Command(("ip", "link", "delete", "dev", "v0"))
    assert command is UndoRunner(HOST, Scripted()).run(command).command
