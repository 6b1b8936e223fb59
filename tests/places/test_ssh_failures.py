"""`describe_failure`: each failure of ssh is told with the problem, and with what to do."""

import pytest

from ipwrap.errors import PlaceError
from ipwrap.places.ssh_connection import SshCommand, _require_parts
from ipwrap.places.ssh_failures import describe_failure

FACTS = {
    "system": "Linux",
    "iproute2": "ip utility, iproute2-6.1.0",
    "setsid": "/usr/bin/setsid",
}


@pytest.mark.parametrize(
    ("said", "problem", "advice"),
    [
        (
            "ssh: Could not resolve hostname lab1: Name or service not known",
            "unknown host",
            "HostName",
        ),
        ("ssh: connect to host lab1 port 22: Connection refused", "was refused", "start sshd"),
        ("root@lab1: Permission denied (publickey).", "authentication failed", "ssh-add"),
        ("Host key verification failed.", "host key is not known", "ssh lab1"),
        ("ssh: connect to host lab1 port 22: Connection timed out", "no answer", "firewalls"),
        ("ssh: connect to host lab1 port 22: No route to host", "cannot be reached", "route"),
        ("something new", "was not made", "ssh -v lab1"),
    ],
)
def test_a_failure_is_told(said: str, problem: str, advice: str) -> None:
    """The message has the problem, what was tried, the words of ssh and the next step."""
    message = describe_failure("lab1", said, tried="root@lab1 port 22")
    assert all(text in message for text in (problem, advice, said, "root@lab1 port 22"))


def test_control_characters_of_a_server_are_escaped() -> None:
    """A banner does not write to the terminal."""
    assert "\x1b" not in describe_failure("lab1", "\x1b[2J", tried="lab1")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"system": "FreeBSD"}, "this is FreeBSD"),
        ({"iproute2": "sh: 1: ip: not found"}, "install iproute2 there"),
        ({"iproute2": "BusyBox v1.36"}, "install iproute2 there"),
        ({"setsid": ""}, "install util-linux there"),
        ({}, "`sudo -n true` failed there"),
    ],
)
def test_a_missing_part_is_told(change: dict[str, str], problem: str) -> None:
    """A machine that lacks something is refused before anything runs."""
    with pytest.raises(PlaceError, match=problem):
        _require_parts(SshCommand("lab1", (), sudo=True), FACTS | change)
