"""Undo writes back the sysctls that a session changed, and leaves those of others alone."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipwrap import Command, Recording
from ipwrap.recording import CommandEvent, End, Snapshot
from ipwrap.recording.events import Event
from ipwrap.undo.sysctls import SysctlWrites, known_sysctls, plan_sysctls
from tests.doubles import ReplyDouble
from tests.undo.standin import StandIn, needs_root, open_standin

FORWARD = "net.ipv4.ip_forward"
BACKLOG = "net.ipv4.tcp_max_syn_backlog"
READ = f"sysctl -n {FORWARD} net.ipv6.conf.all.forwarding net.ipv4.conf.nic0.rp_filter {BACKLOG}"
LAB = f"""\
from ipwrap import Session
session = Session(record="lab.jsonl")
session.sysctl.set("{FORWARD}", 1)
session.sysctl.set("{BACKLOG}", 77)
session.sysctl.set("net.ipv4.conf.nic0.rp_filter", 2)
session.exec("sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding")
session.netns("old").sysctl.set("{FORWARD}", 1)
"""


@pytest.fixture
def host(tmp_path: Path) -> Iterator[StandIn]:
    """A stand-in for a host with a link and a namespace."""
    with open_standin(tmp_path) as standin:
        standin.run(
            "ip link add nic0 type veth peer name wire; ip netns add old; "
            f"sysctl -qw {BACKLOG}=99 {FORWARD}=0 net.ipv6.conf.all.forwarding=0"
        )
        yield standin


@pytest.mark.live
@needs_root
def test_sysctls_are_written_back(host: StandIn) -> None:
    """Set by the verb, in a namespace too, or by a program: undo restores the values before."""
    before = host.run(READ)
    host.start(LAB + "session.close()\n").communicate()
    assert before != host.run(READ)
    assert "1\n" == host.run(f"ip netns exec old sysctl -n {FORWARD}")

    status, output, messages = host.ipwrap("undo", "lab.jsonl")

    assert before == host.run(READ)
    assert "0\n" == host.run(f"ip netns exec old sysctl -n {FORWARD}")
    assert f"sysctl -w {FORWARD}=0" in output + messages
    # Nobody knows what else the shell did; of the verbs all is known.
    assert "cannot be undone, if it changed something: sh -c" in messages
    assert "cannot be undone, if it changed something: sysctl" not in messages
    assert status == 1


@pytest.mark.live
@needs_root
def test_verbs_of_sysctl_are_undone_whole(host: StandIn) -> None:
    """Without another program, undo reports success."""
    before = host.run(READ)
    host.start(LAB.replace("session.exec", "# ") + "session.close()\n").communicate()

    status, _, messages = host.ipwrap("undo", "lab.jsonl")

    assert (0, before) == (status, host.run(READ)), messages


@pytest.mark.live
@needs_root
def test_a_crashed_session_is_undone(host: StandIn) -> None:
    """Without a state at the end, what the commands wrote is known."""
    before = host.run(READ)
    host.crash(LAB.replace("session.exec", "# "))
    assert before != host.run(READ)

    status, _, messages = host.ipwrap("clean", "--yes")

    assert (0, before) == (status, host.run(READ)), messages


@pytest.mark.live
@needs_root
def test_a_value_of_somebody_else_stays(host: StandIn) -> None:
    """A sysctl that was written since the session is left alone, and undo says so."""
    host.start(LAB + "session.close()\n").communicate()
    host.run(f"sysctl -qw {BACKLOG}=55")

    status, _, messages = host.ipwrap("undo", "lab.jsonl")

    assert f"{BACKLOG} is 55: the session found 99 and left 77" in messages
    assert "55" in host.run(READ).split()
    assert "0\n" == host.run(f"sysctl -n {FORWARD}")
    assert status == 1


@pytest.mark.live
@needs_root
def test_a_sysctl_that_only_others_changed_stays(host: StandIn) -> None:
    """The session ran a program that changed nothing: a later change is not undone."""
    lab = LAB.partition("session.sysctl")[0] + 'session.exec("sh", "-c", "true")\nsession.close()\n'
    host.start(lab).communicate()
    host.run(f"sysctl -qw {FORWARD}=1")

    host.ipwrap("undo", "lab.jsonl")

    assert "1\n" == host.run(f"sysctl -n {FORWARD}")


@pytest.mark.live
@needs_root
@pytest.mark.parametrize("link", ["nic0", "all"])
def test_addresses_that_go_with_ipv6_come_back(link: str, host: StandIn) -> None:
    """The kernel deletes them, and the routes, where a link is deprived of IPv6."""
    host.run(
        "ip link set wire up; ip link set nic0 up; ip address add 2001:db8::1/64 dev nic0 nodad; "
        "ip route add 2001:db8:1::/48 via 2001:db8::2; ip address add 10.9.0.1/24 dev nic0"
    )
    look = "ip -6 -br address show dev nic0 scope global; ip -6 route show 2001:db8:1::/48"
    before = host.run(look)
    lab = f"""\
from ipwrap import Session
with Session(record="lab.jsonl") as session:
    session.sysctl.set("net.ipv6.conf.{link}.disable_ipv6", 1)
"""
    host.start(lab).communicate()
    assert "2001" not in host.run(look)
    host.run("ip address delete 10.9.0.1/24 dev nic0")

    status, _, messages = host.ipwrap("undo", "lab.jsonl")

    assert (0, before) == (status, host.run(look)), messages
    assert "10.9.0.1" not in host.run("ip address show dev nic0")


def _recording(before: dict[str, str], after: dict[str, str] | None, *lines: str) -> Recording:
    """Return a recording of commands with sysctls before and after."""
    states = [
        {"": {"sysctl": [{"key": key, "value": value} for key, value in (values or {}).items()]}}
        for values in (before, after)
    ]
    events: list[Event] = [Snapshot(states[0])]
    events += [
        CommandEvent(number, Command(tuple(line.split()))) for number, line in enumerate(lines)
    ]
    if after is not None:
        events.append(End(state=states[1]))
    return Recording(events=events)


def _reply(values: dict[str, str]) -> str:
    """Return the reply of the program that reads sysctls."""
    records = [f"v{key.replace('.', '/')} {value}" for key, value in values.items()]
    return "\0".join(("n", *records, ""))


def _plan(recording: Recording, now: dict[str, str]) -> tuple[list[str], tuple[str, ...]]:
    """Return the lines of the commands, and the problems, of a recording's plan."""
    writes = SysctlWrites()
    for event in recording.commands:
        writes.follow(event.command)
    plan = plan_sysctls(ReplyDouble(_reply(now)), recording, writes=writes)
    return [command.line for command in plan.commands], plan.problems


def test_only_keys_of_the_network_are_written() -> None:
    """A forged recording does not write a key that runs programs, nor an odd value."""
    forged = {"kernel.core_pattern": "|/tmp/x", FORWARD: "0; rm", BACKLOG: "9", "../x": "1"}
    present = {"kernel.core_pattern": "core", FORWARD: "1", BACKLOG: "8"}
    recording = _recording(forged, present, "sysctl -w kernel.core_pattern=core")

    assert _plan(recording, present) == ([f"sysctl -w {BACKLOG}=9"], ())
    assert known_sysctls(recording.initial_state) == {("", FORWARD), ("", BACKLOG)}


def test_the_value_of_a_link_that_was_not_listed_is_that_of_the_default() -> None:
    """A snapshot lists a link where it differs from `default`."""
    default, link = "net.ipv4.conf.default.rp_filter", "net.ipv4.conf.nic0.rp_filter"
    recording = _recording({default: "1"}, {default: "1", link: "2"})

    assert _plan(recording, {link: "2"}) == ([f"sysctl -w {link}=1"], ())


def test_keys_of_all_links_are_written_first() -> None:
    """The kernel sets those of the single links along with them."""
    keys = [
        "net.ipv4.ip_forward",
        "net.ipv4.conf.all.forwarding",
        "net.ipv4.conf.default.forwarding",
        "net.ipv4.conf.a.forwarding",
    ]
    recording = _recording(dict.fromkeys(keys, "0"), dict.fromkeys(keys, "1"))

    lines, _ = _plan(recording, dict.fromkeys(keys, "1"))

    assert lines[-2:] == [f"sysctl -w {key}=0" for key in keys[-2:]]


def test_sysctls_that_cannot_be_read_are_reported() -> None:
    """Nothing is written blindly; a namespace that is gone needs nothing."""
    recording = _recording({FORWARD: "0"}, {FORWARD: "1"})

    plan = plan_sysctls(ReplyDouble("", status=1), recording, writes=SysctlWrites())
    assert plan.commands == ()
    assert plan.problems == ("sysctls cannot be read, and stay as they are: outside",)

    gone = plan_sysctls(ReplyDouble(""), recording, writes=SysctlWrites())
    assert (gone.commands, gone.problems) == ((), ())


def test_control_characters_of_a_recorded_value_are_escaped() -> None:
    """The line about a foreign value goes to a terminal."""
    recording = _recording({BACKLOG: "1"}, {BACKLOG: "2\x1b[31m"})

    _, problems = _plan(recording, {BACKLOG: "3"})

    assert problems[0].isprintable()
    assert json.dumps(problems[0])
