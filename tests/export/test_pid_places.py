"""The places of pids in commands: where programs, options and code take them, and nowhere else."""

import pytest

from ipwrap import Command, Secret
from ipwrap.export.pid_places import find_places


def found(command: Command, *netns_names: str) -> list[tuple[str, bool]]:
    """Return the numbers that are found, and whether each is a pid for certain."""
    numbers = []
    for place in find_places(command, netns_names=netns_names):
        word = command.argv[place.where] if isinstance(place.where, int) else ""
        if isinstance(place.where, str) and command.env is not None:
            word = command.env[place.where]
        numbers.append((word[place.start : place.end], place.is_certain))
    return numbers


@pytest.mark.parametrize(
    ("argv", "pids"),
    [
        (("kill", "20"), "20"),
        (("kill", "-9", "20"), "20"),
        (("/bin/kill", "-20", "21"), "21"),
        (("kill", "-s", "20", "--", "-21"), "21"),
        (("kill", "-TERM", "-20"), "20"),
        (("kill", "-HUP", "20", "21"), "20 21"),
        (("env", "-i", "A=b", "kill", "20"), "20"),
        (("timeout", "5", "kill", "20"), "20"),
        (("sudo", "-n", "kill", "20"), "20"),
        (("ip", "netns", "exec", "red", "kill", "20"), "20"),
        (("nsenter", "-t", "20", "-n", "ip", "link"), "20"),
        (("nsenter", "-t20", "-n", "true"), "20"),
        (("nsenter", "--target=20", "-n", "true"), "20"),
        (("strace", "-p", "20"), "20"),
        (("tail", "--pid=21", "-n", "20", "x"), "21"),
        (("ps", "-p", "20,21"), "20 21"),
        (("pgrep", "--parent", "20"), "20"),
        (("pmap", "20"), "20"),
        (("cat", "/proc/20/status", "/proc/200"), "20 200"),
        (("/proc/20/exe",), "20"),
        (("sh", "-c", "kill -9 20; true"), "20"),
        (("sh", "-ec", "kill -s HUP -- -20"), "20"),
        (("sh", "-c", "while kill -0 20 2>/dev/null; do sleep 21; done"), "20"),
        (("sh", "-c", "nsenter -n -t 20 true && strace --attach=21"), "20 21"),
        (("sh", "-c", "x=$(LC_ALL=C kill -0 20)"), "20"),
        (("sh", "-c", "cat /proc/20/a /proc/21/b"), "20 21"),
        (("sh", "-c", "sh -c 'kill 20'"), "20"),
        (("sh", "-c", "ip link set v0 netns 20"), "20"),
        (("python3", "-c", "import os; os.kill(20, 15); os.killpg( 21, 9)"), "20 21"),
        (("ip", "link", "set", "dev", "v0", "netns", "20"), "20"),
        (("ip", "netns", "attach", "red", "20"), "20"),
        (("ip", "netns", "identify", "20"), "20"),
        (("ip", "link", "set", "v0", "netns", "/proc/20/ns/net"), "20"),
        (("ip", "-n", "/proc/20/ns/net", "link", "show"), "20"),
    ],
)
def test_a_pid_for_certain(argv: tuple[str, ...], pids: str) -> None:
    """What a program takes for a pid is one, whatever processes there are."""
    assert [(pid, True) for pid in pids.split()] == found(Command(argv))


@pytest.mark.parametrize(
    "argv",
    [
        ("client", "--server-pid", "20"),
        ("client", "--pid=20"),
        ("client", "-pid", "20"),
        ("sh", "-c", 'kill "$1"', "sh", "20"),
        ("python3", "-c", "import os, sys; os.kill(int(sys.argv[1]), 15)", "20"),
        ("bash", "-c", 'ls "/proc/$1"', "bash", "20"),
    ],
)
def test_a_number_that_may_be_a_pid(argv: tuple[str, ...]) -> None:
    """It is one if a process has it: by the name of an option, or by the code that takes it."""
    assert [("20", False)] == found(Command(argv))


@pytest.mark.parametrize(
    "argv",
    [
        ("ip", "link", "set", "dev", "v0", "mtu", "20"),
        ("ip", "link", "add", "link", "v0", "name", "v0.20", "type", "vlan", "id", "20"),
        ("ip", "netns", "add", "20"),
        ("ip", "netns", "exec", "20", "true"),
        ("ip", "link", "set", "v0", "netns", "red"),
        ("bridge", "vlan", "add", "dev", "v0", "vid", "20"),
        ("tc", "qdisc", "add", "dev", "v0", "root", "pfifo", "limit", "20"),
        ("ping", "-c", "20", "10.0.0.1"),
        ("ping", "-t", "20", "10.0.0.1"),
        ("nc", "-z", "10.0.0.1", "20"),
        ("nc", "-l", "-p", "20"),
        ("python3", "-m", "http.server", "20"),
        ("python3", "-c", "print('x')", "20"),
        ("python3", "server.py", "20"),
        ("sh", "-c", "exec nc -l $1", "sh", "20"),
        ("iperf3", "--port", "20", "-t", "20"),
        ("my-tool", "20"),
        ("nsenter", "-n", "20"),
        ("sleep", "20"),
        ("kill", "-20", "$PPID"),
        ("kill", "-l", "20"),
        ("echo", "1.20", "x20"),
        ("cat", "/proc/self/status"),
        ("cat", "/proc/sys/net/ipv4/ip_forward"),
        ("cat", "/srv/proc/21/status"),
        ("20", "x"),
        ("sh", "-c", "killall 20; skill 20"),
        ("sh", "-c", "kill -9 $PPID; kill -21 $!; sleep 20; kill 1.20"),
        ("sh", "-c", "sleep 20; ( ) ; python3 -c 20"),
        ("sudo", "true"),
        ("sudo", "-n"),
    ],
)
def test_other_numbers(argv: tuple[str, ...]) -> None:
    """Ports, counts, times and identifiers are no pids."""
    assert [] == found(Command(argv))


def test_secrets_are_not_looked_at() -> None:
    """The value of a secret stays its own, also where a pid could be."""
    secret = Secret("20", "KEY")
    assert [] == found(Command(("kill", secret), env={"PID": secret}))


def test_variables_of_the_environment() -> None:
    """A path below /proc names a pid, and the name of a variable may say that its value is one."""
    env = {"A": "20", "B": "/proc/20/fd", "SERVER_PID": "21", "ppid": "22", "RAPID": "23"}
    command = Command(("true",), env=env)

    assert [("20", True), ("21", False), ("22", False)] == found(command)


def test_a_namespace_whose_name_is_a_number() -> None:
    """The name of a namespace is no pid."""
    command = Command(("ip", "link", "set", "v0", "netns", "20"))
    assert [("20", True)] == found(command, "21")
    assert [] == found(command, "20")
