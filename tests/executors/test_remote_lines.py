"""`RemoteLines`: which commands are lines of the shell on another machine."""

import shlex

import pytest

from ipwrap import Command, Secret, Session
from ipwrap.executors.remote_lines import RemoteLines, can_be_line
from ipwrap.kinds import Bridge
from tests.remote_hosts import FarHosts


@pytest.mark.parametrize(
    "line",
    [
        "ip -j link show dev monitor",
        "ip link add name exec type bridge",
        "ip -n exec -j addr",
        "ip netns add monitor",
        "ip l",
        "bridge -j vlan show dev monitor",
        "tc q",
        "stat -L /proc/self/ns/net",
    ],
)
def test_a_command_that_ends_by_itself_can_be_a_line(line: str) -> None:
    """Names are only names, whatever else the word means."""
    assert can_be_line(Command(tuple(shlex.split(line)), changes=False))


@pytest.mark.parametrize(
    "line",
    [
        *("ip monitor", "ip mon", "ip netns mon", "ip x m", "bridge mo", "tc -s m"),
        *("ip netns exec red sleep 9", "ip netns e red sleep 9", "ip -all netn ex sleep 9"),
        *("ip vrf exec blue sleep 9", "ip v e blue sleep 9", "tc e bpf"),
        *("ip -batch FILE link show", "ip -b FILE", "ip newobject monitor", "ip", "ping -c 1 ::1"),
    ],
)
def test_other_commands_have_a_shell_of_their_own(line: str) -> None:
    """Abbreviated words count as written out, and of unknown ones nobody knows."""
    assert not can_be_line(Command(tuple(shlex.split(line)), changes=False))


@pytest.mark.parametrize(
    "options", [{"stdin": "x"}, {"timeout": 3.0}, {"env": {"A": "b"}}, {"cwd": "/"}]
)
def test_a_command_that_needs_more_is_no_line(options: dict[str, object]) -> None:
    """A line has no input, no limit and no environment of its own."""
    assert not can_be_line(Command(("ip", "link"), changes=False, **options))  # type: ignore[arg-type]


def test_a_secret_is_no_part_of_a_line() -> None:
    """The arguments of a line are kept in the shell."""
    assert not can_be_line(Command(("ip", "link", Secret("a", "KEY")), changes=False))


def test_reads_that_cannot_be_lines_have_no_reply(remote_hosts: FarHosts) -> None:
    """The others have theirs, and nothing waits for replies to none."""
    place = remote_hosts.place()
    place.open()
    lines = RemoteLines.of(place)
    commands = [Command(tuple(line.split()), changes=False) for line in ("ip mon", "ip -br link")]
    together = [position for position, _ in lines.read_together(commands)]
    alone = list(lines.read_together(commands[:1]))
    reply = lines.run(commands[0])
    lines.close()
    place.close()

    assert ([1], [], None) == (together, alone, reply)


def test_links_may_have_any_name(remote_hosts: FarHosts) -> None:
    """A link is called like a command that runs for ever."""
    with Session(remote_hosts.place()) as session:
        session.ip.link.add("monitor", Bridge())
        names = [link.ifname for link in session.ip.link.show("monitor")]
        states = session.state()[""]["link"]
        session.ip.link.delete("monitor")

    assert ["monitor"] == names
    assert "monitor" in [link["ifname"] for link in states]


def test_a_child_of_an_abbreviated_command_does_not_print_into_later_ones(
    remote_hosts: FarHosts,
) -> None:
    """It has a shell of its own, as that of a command that is written out."""
    script = "(while :; do echo noise; sleep 0.01; done) & echo $!"
    with Session(remote_hosts.place()) as session:
        session.ip.netns.add("red")
        result = session.run(f"ip netns e red sh -c {shlex.quote(script)}")
        outputs = [session.run("ip -br link show dev lo").stdout for _ in range(5)]
        pid = result.stdout.split()[0]
        remote_hosts.run("kill", pid)
        session.ip.netns.delete("red")

    assert (True, [1] * 5) == (result.left_running, [len(text.splitlines()) for text in outputs])
