"""The pids of background processes in commands are expressions of a script."""

import pytest

from ipwrap import Command, NotExportable, Result
from ipwrap.export.python.exporter import python
from ipwrap.recording import CommandEvent, End, Event, ProcessEvent, ResultEvent
from tests.export.python.recordings import main_lines, ran, spawned, steps_of


def test_pids_in_commands_are_expressions() -> None:
    """A pid becomes that of the process; braces, quotes and other numbers stay text."""
    recording = steps_of(
        *spawned(1, "httpd"),
        *ran(2, "sh", "-c", "kill -HUP 101; echo '{x}' \"{\""),
        *ran(3, "ping", "-c", "101", "::1"),
        *ran(4, "ip", "link", "set", "dev", "v0", "netns", "101"),
    )
    assert [
        'httpd = session.spawn("httpd")',
        """session.exec("sh", "-c", f"kill -HUP {httpd.pid}; echo '{{x}}' \\"{{\\"")""",
        'session.exec("ping", "-c", "101", "::1")',
        'session.ip.link.set("v0", netns=httpd.pid)',
    ] == main_lines(recording)


def test_an_unknown_pid_is_refused() -> None:
    """The pid of a process that the session did not start is another one's in the next run."""
    with pytest.raises(NotExportable, match="kill 20: cannot be exported"):
        python(steps_of(*ran(1, "kill", "20"), *spawned(2, "httpd")))


def test_pids_in_the_environment_are_expressions() -> None:
    """A variable that is a pid, or names one, has that of the process of the next run."""
    command = Command(("true",), env={"A": "101", "D": "/proc/101/fd", "PID": "101"})
    run: list[Event] = [CommandEvent(2, command), ResultEvent(2, Result(command))]
    recording = steps_of(*spawned(1, "httpd"), *run, ProcessEvent(3, command, "true"))
    env = 'env={"A": "101", "D": f"/proc/{httpd.pid}/fd", "PID": str(httpd.pid)}'

    assert [
        'httpd = session.spawn("httpd")',
        f'session.exec("true", {env})',
        "# the session was cut short while this started:",
        f'session.spawn("true", {env})',
    ] == main_lines(recording)


def test_a_failed_command_with_an_unknown_pid_is_left_out() -> None:
    """What failed in the session must not reach a stranger later; the last command is refused."""
    failure = ran(1, "kill", "20", status=1)
    assert [
        "# in the session: status 1",
        "# left out, for its pid: kill 20",
        'session.exec("true")',
    ] == main_lines(steps_of(*failure, *ran(2, "true")))

    with pytest.raises(NotExportable):
        python(steps_of(*failure, end=End("CommandError: kill 20", failed=1)))


def test_a_namespace_with_a_number_is_no_pid() -> None:
    """`netns 101` is the namespace of that name, and not the process with that number."""
    move = ("ip", "link", "set", "dev", "v0", "netns", "101")
    add = ("ip", "netns", "add", "101")
    recording = steps_of(*spawned(1, "httpd"), *ran(2, *add), *ran(3, *move))
    assert 'session.ip.link.set("v0", netns=101)' == main_lines(recording)[-1]
