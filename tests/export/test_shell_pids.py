"""Pids among the arguments of commands become variables of a script."""

import pytest

from ipwrap import Command, Secret
from ipwrap.export.pids import ProcessPids
from ipwrap.export.shell_line import script_line
from ipwrap.export.shell_pids import ShellWord, with_variables
from ipwrap.recording import CommandEvent, ProcessEvent, ProcessStarted


def substitute(command: Command) -> Command:
    """Return a command of a session with the process `web`, whose pid is 20."""
    pids = ProcessPids()
    pids.note(ProcessEvent(1, Command(("httpd",)), "web"))
    pids.note(ProcessStarted(1, 20))
    found = pids.find(CommandEvent(2, command))
    return with_variables(command, found, variable_of=lambda pid: f"{pid.name}_2")


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (("kill", "20"), 'env kill "$web_2"'),
        (("kill", "--", "-20"), 'env kill -- -"$web_2"'),
        (("cat", "/proc/20/status"), 'cat /proc/"$web_2"/status'),
        (("sh", "-c", "kill 20; true"), "sh -c 'kill '\"$web_2\"'; true'"),
        (
            ("sh", "-c", "cat /proc/20/a /proc/20/b"),
            "sh -c 'cat /proc/'\"$web_2\"'/a /proc/'\"$web_2\"/b",
        ),
        (("ip", "link", "set", "dev", "v0", "netns", "20"), 'ip link set v0 netns "$web_2"'),
    ],
)
def test_the_pid_of_a_process_is_its_variable(argv: tuple[str, ...], line: str) -> None:
    """The text around a pid is quoted for itself."""
    assert line == script_line(substitute(Command(argv)))


def test_other_commands_are_the_same() -> None:
    """A command without a pid is returned itself."""
    command = Command(("ping", "-c", "20", "10.0.0.1"))
    assert command is substitute(command)


def test_pids_in_the_environment() -> None:
    """The value of an environment variable may name a pid; a secret is left alone."""
    env = {"B": "/proc/20/fd", "C": "120", "D": Secret("20", "KEY"), "WEB_PID": "20"}
    command = substitute(Command(("true",), env=env))

    expected = 'D="$KEY" B=/proc/"$web_2"/fd C=120 WEB_PID="$web_2" true'
    assert expected == script_line(command)


def test_a_word_with_a_pid_keeps_its_text() -> None:
    """Only a script sees the variable: for everything else the word is what was recorded."""
    command = substitute(Command(("ls", "/proc/20", Secret("x", "KEY"))))

    assert ("ls", "/proc/20") == command.argv[:2]
    assert ShellWord is type(command.argv[1])
    assert 'ls /proc/"$web_2" "$KEY"' == script_line(command)
