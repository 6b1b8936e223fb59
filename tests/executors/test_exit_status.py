"""The exit status of a failed line of a batch is told by stderr."""

import pytest

from ipwrap.executors.exit_status import (
    ENDED_FROM_OUTSIDE,
    status_of_failure,
    to_shell_status,
)


@pytest.mark.parametrize(
    ("program", "stderr", "status"),
    [
        ("ip", "RTNETLINK answers: File exists\n", 2),
        ("ip", "Error: Device is not up.\n", 2),
        ("tc", 'Error: argument "x" is wrong: "y"\n', 1),
        ("ip", 'Object "x" is unknown, try "ip help".\n', 1),
        ("bridge", "RTNETLINK answers: File exists\n", 255),
    ],
)
def test_status_is_that_of_a_process(program: str, stderr: str, status: int) -> None:
    """The kernel's refusal is 2, an error of iproute2 itself is 1, and of bridge all are 255."""
    assert status == status_of_failure(program, stderr)


@pytest.mark.parametrize(("code", "status"), [(0, 0), (3, 3), (-15, 143), (-9, ENDED_FROM_OUTSIDE)])
def test_status_of_a_shell(code: int, status: int) -> None:
    """A signal N is the status 128 + N."""
    assert status == to_shell_status(code)
