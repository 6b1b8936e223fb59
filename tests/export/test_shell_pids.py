"""Pids among the arguments of commands become variables; a stranger's is refused."""

import pytest

from ipwrap import Command, NotExportable, Secret
from ipwrap.export.shell import script_line
from ipwrap.export.shell_pids import PidVariables, ShellWord

WEB = 20
REFUSAL = "is the pid of a process that the session did not spawn()"


def line_of(*argv: str) -> str:
    """Return the line of a command in a script with the process `web`."""
    pids = PidVariables()
    pids.add(WEB, "web")
    return script_line(pids.substitute(Command(argv)))


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (("kill", "20"), 'env kill "$web"'),
        (("kill", "-9", "20"), 'env kill -9 "$web"'),
        (("kill", "-s", "HUP", "20"), 'env kill -s HUP "$web"'),
        (("kill", "--", "-20"), 'env kill -- -"$web"'),
        (("kill", "-TERM", "-20"), 'env kill -TERM -"$web"'),
        (("/bin/kill", "20"), '/bin/kill "$web"'),
        (("nsenter", "-t", "20", "-n", "ip", "link"), 'nsenter -t "$web" -n ip link'),
        (("nsenter", "--target=20", "-n", "true"), 'nsenter --target="$web" -n true'),
        (("cat", "/proc/20/status"), 'cat /proc/"$web"/status'),
        (("ls", "/proc/20"), 'ls /proc/"$web"'),
        (("sh", "-c", "kill 20; true"), "sh -c 'kill '\"$web\"'; true'"),
        (("sh", "-c", "kill -HUP 20"), "sh -c 'kill -HUP '\"$web\""),
        (
            ("sh", "-c", "cat /proc/20/a /proc/20/b"),
            "sh -c 'cat /proc/'\"$web\"'/a /proc/'\"$web\"/b",
        ),
        (("sh", "-c", 'kill "$1"', "sh", "20"), 'sh -c \'kill "$1"\' sh "$web"'),
        (("strace", "-p", "20"), 'strace -p "$web"'),
        (("client", "--server-pid", "20"), 'client --server-pid "$web"'),
        (("ip", "link", "set", "dev", "v0", "netns", "20"), 'ip link set dev v0 netns "$web"'),
        (("ip", "netns", "attach", "red", "20"), 'ip netns attach red "$web"'),
        (("ip", "netns", "identify", "20"), 'ip netns identify "$web"'),
        (
            ("ip", "link", "set", "dev", "v0", "netns", "/proc/20/ns/net"),
            'ip link set dev v0 netns /proc/"$web"/ns/net',
        ),
    ],
)
def test_the_pid_of_a_process_is_its_variable(argv: tuple[str, ...], line: str) -> None:
    """Wherever a command takes a pid, that of a recorded process becomes its variable."""
    assert line == line_of(*argv)


@pytest.mark.parametrize(
    "argv",
    [
        ("ip", "link", "set", "dev", "v0", "mtu", "20"),
        ("ip", "link", "add", "link", "v0", "name", "v0.20", "type", "vlan", "id", "20"),
        ("bridge", "vlan", "add", "dev", "v0", "vid", "20"),
        ("tc", "qdisc", "add", "dev", "v0", "root", "pfifo", "limit", "20"),
        ("ping", "-c", "20", "10.0.0.1"),
        ("sleep", "20"),
        ("kill", "-20", "1"),
        ("kill", "-l", "20"),
        ("cat", "/proc/self/status"),
        ("cat", "/proc/1/status"),
        ("cat", "/proc/sys/net/ipv4/ip_forward"),
        ("cat", "/srv/proc/21/status"),
        ("20", "x"),
        ("nsenter", "-t", "1", "-n", "true"),
        ("sh", "-c", "kill 0; killall 20"),
        ("sh", "-c", "kill -9 $PPID; kill -21 $!; sleep 20"),
        ("ip", "netns", "add", "20"),
    ],
)
def test_other_numbers_stay(argv: tuple[str, ...]) -> None:
    """A number that is no pid is written as it is, and so are pids that are everywhere the same."""
    command = Command(argv)
    pids = PidVariables()
    pids.add(WEB, "web")

    assert command is pids.substitute(command)


@pytest.mark.parametrize(
    "argv",
    [
        ("kill", "21"),
        ("kill", "-9", "20", "21"),
        ("kill", "--", "-21"),
        ("nsenter", "-t", "21", "-n", "true"),
        ("nsenter", "--target=21", "true"),
        ("cat", "/proc/21/status"),
        ("sh", "-c", "kill -9 21"),
        ("sh", "-c", "kill -s HUP -- -21"),
        ("sh", "-c", "nsenter -n -t 21 true"),
        ("ip", "link", "set", "dev", "v0", "netns", "21"),
        ("ip", "netns", "attach", "red", "21"),
        ("ip", "netns", "identify", "21"),
        ("ip", "-n", "/proc/21/ns/net", "link", "show"),
    ],
)
def test_the_pid_of_a_stranger_is_refused(argv: tuple[str, ...]) -> None:
    """A pid that no process of the recording has is an error that names the command."""
    pids = PidVariables()
    pids.add(WEB, "web")

    with pytest.raises(NotExportable) as caught:
        pids.substitute(Command(argv), "lab.py:7")

    message = str(caught.value)
    assert message.startswith(f"{Command(argv).line} (asked at lab.py:7): 21 {REFUSAL}")


def test_pids_in_the_environment() -> None:
    """The value of an environment variable may be a pid, and is looked at like a word."""
    pids = PidVariables()
    pids.add(WEB, "web")
    env = {"A": "20", "B": "/proc/20/fd", "C": "120", "D": Secret("20", "KEY")}
    command = pids.substitute(Command(("true",), env=env))

    assert 'D="$KEY" A="$web" B=/proc/"$web"/fd C=120 true' == script_line(command)
    with pytest.raises(NotExportable):
        pids.substitute(Command(("true",), env={"A": "/proc/21/fd"}))


def test_a_namespace_may_have_a_number_for_a_name() -> None:
    """The name of a namespace that the session made is no pid."""
    pids = PidVariables()
    pids.add(WEB, "web")
    pids.substitute(Command(("ip", "netns", "add", "20")))
    pids.substitute(Command(("ip", "netns", "add", "21")))

    for name in ("20", "21"):
        command = Command(("ip", "link", "set", "dev", "v0", "netns", name))
        assert command is pids.substitute(command)


def test_the_latest_process_has_the_pid() -> None:
    """A pid that is used again belongs to the process that started last."""
    pids = PidVariables()
    pids.add(WEB, "first")
    pids.add(WEB, "second")

    assert 'env kill "$second"' == script_line(pids.substitute(Command(("kill", "20"))))


def test_a_word_with_a_pid_keeps_its_text() -> None:
    """Only a script sees the variable: for everything else the word is what was recorded."""
    pids = PidVariables()
    pids.add(WEB, "web")
    command = pids.substitute(Command(("ls", "/proc/20", Secret("x", "KEY"))))

    assert ("ls", "/proc/20") == command.argv[:2]
    assert ShellWord is type(command.argv[1])
    assert 'ls /proc/"$web" "$KEY"' == script_line(command)
