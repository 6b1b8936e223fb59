"""Batch files and flat lists build the same state as the session."""

from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve

from ipwrap import Command, DryRun, Local, Recording, Secret, Session
from ipwrap.export.batchfile import batch, batch_files, segments
from ipwrap.export.plain import plain
from ipwrap.export.shell_line import script_line
from ipwrap.export.shell_processes import ProcessLines
from ipwrap.kinds import Bridge, Veth
from ipwrap.recording import CommandEvent, Note, ResultEvent
from ipwrap.result import Result
from ipwrap.system.programs import command_environment
from tests.labs import diff_states, open_sandbox, record_lab, run_script_inside


def recording_of(*commands: Command, status: int = 0) -> Recording:
    """Return a recording of commands with the same exit status."""
    recording = Recording()
    for number, command in enumerate(commands, start=1):
        recording.append(CommandEvent(number, command))
        recording.append(ResultEvent(number, Result(command, status)))

    return recording


def ip_command(line: str, netns: str | None = None) -> Command:
    """Return a command of `ip`."""
    return Command(("ip", *line.split()), netns)


def foreign_command(line: str, netns: str | None = None) -> Command:
    """Return a command of `ip` as read from a recording: its effects are derived."""
    return evolve(ip_command(line, netns), from_file=True)


def segment_sizes(recording: Recording) -> list[tuple[str | None, int]]:
    """Return the namespace file and the number of lines of each segment."""
    return [
        (segment.name if segment.key else None, len(segment.lines))
        for segment in segments(recording, ProcessLines(recording, script_line))
    ]


def test_lines_of_a_namespace_are_together() -> None:
    """Lines of a namespace are joined, even if commands of two namespaces alternate."""
    pods = [
        command
        for name in ("a", "b")
        for command in (ip_command(f"netns add {name}"), ip_command("link set dev lo up", name))
    ]

    assert [("first.ip", 2), ("a.ip", 1), ("b.ip", 1)] == segment_sizes(recording_of(*pods))


@pytest.mark.parametrize(
    "between",
    [
        ip_command("link set dev x netns a"),
        ip_command("netns delete a"),
        ip_command("link add name x type veth peer name y netns a"),
    ],
)
def test_a_line_about_a_namespace_keeps_its_place(between: Command) -> None:
    """A line about a namespace stays between the lines inside the namespace."""
    inside = ip_command("link set dev lo up", "a")

    assert [("a.ip", 1), ("first.ip", 1), ("a.ip", 1)] == segment_sizes(
        recording_of(inside, between, inside)
    )


def test_a_link_is_deleted_after_the_lines_of_its_peer() -> None:
    """The deletion of a link stays after the lines of the peer in every namespace."""
    delete_link = evolve(ip_command("link delete dev x"), deletes=(("link", None, "x"),))
    inside = ip_command("link set dev y up", "a")

    assert [("first.ip", 1), ("a.ip", 1), ("first.ip", 1)] == segment_sizes(
        recording_of(ip_command("netns add b"), inside, delete_link)
    )


def test_a_namespace_is_deleted_after_the_lines_of_the_peers_of_its_links() -> None:
    """The deletion of a namespace stays after the lines of every namespace: links go with it."""
    inside = ip_command("link set dev v0 up", "b")

    assert [("first.ip", 2), ("b.ip", 1), ("first.ip", 1)] == segment_sizes(
        recording_of(
            ip_command("netns add a"),
            ip_command("netns add b"),
            inside,
            ip_command("netns delete a"),
        )
    )


def test_a_link_below_is_up_before_the_link_on_it() -> None:
    """A vlan in a namespace is not set up ahead of the link that it stands on."""
    recording = recording_of(
        foreign_command("link add name x link eth0 netns a type vlan id 5"),
        foreign_command("link set dev lo up", "a"),
        Command(("bridge", "fdb", "add", "02::1", "dev", "y")),
        foreign_command("link set dev eth0 up"),
        foreign_command("link set dev x up", "a"),
    )

    assert [
        ("first.ip", 1),
        ("a.ip", 1),
        ("first.bridge", 1),
        ("first.ip", 1),
        ("a.ip", 1),
    ] == segment_sizes(recording)


def test_a_name_that_another_link_had_begins_a_batch() -> None:
    """`ip` remembers the index behind a name: a new link of that name needs a new process."""
    recording = recording_of(
        foreign_command("link add name v type veth peer name p"),
        foreign_command("address add 10.0.0.1/24 dev p"),
        foreign_command("link delete dev v"),
        foreign_command("link add name p type bridge"),
        foreign_command("address add 10.0.0.2/24 dev p"),
    )

    assert [("first.ip", 3), ("first.ip", 2)] == segment_sizes(recording)


def test_global_options_with_a_value_are_options_of_the_batch() -> None:
    """`-f inet6` and `-n PATH` stand before -batch with their values."""
    text = batch(
        recording_of(
            Command(("ip", "-f", "inet6", "route", "add", "fd00::/64", "dev", "x")),
            Command(("ip", "-n", "/proc/1/ns/net", "link", "set", "x", "up")),
        )
    )

    assert "ip -f inet6 -batch - <<'END'\nroute add fd00::/64 dev x\nEND\n" in text
    assert "ip -n /proc/1/ns/net -batch - <<'END'\nlink set x up\nEND\n" in text


@pytest.mark.parametrize("line", ["maddress add 01:00:5e:00:00:07 dev x", "route flush dev x"])
def test_a_command_with_other_effects_in_a_batch_is_a_command(line: str) -> None:
    """A batch would stop after the first line, and delete blackholes by the second."""
    up = ip_command("link set dev x up")

    assert [("first.ip", 1), (None, 1), ("first.ip", 1)] == segment_sizes(
        recording_of(up, ip_command(line), up)
    )


def test_a_command_that_is_no_batch_line_keeps_its_place() -> None:
    """A program may read every state, so the lines before and after are not joined."""
    ping = Command(("ping", "-c", "1", "10.0.0.1"), "a")

    assert [("first.ip", 1), (None, 1), ("first.ip", 1)] == segment_sizes(
        recording_of(ip_command("netns add a"), ping, ip_command("netns add b"))
    )
    assert [(None, 1)] == segment_sizes(recording_of(ip_command("link set dev x alias 'a\"b'")))
    assert [(None, 1)] == segment_sizes(
        recording_of(Command(("ip", "netns", "exec", "a", "ip", "link", "set", "lo", "up")))
    )


def test_programs_and_options_have_files_of_their_own() -> None:
    """`ip`, `ip -4` and `bridge` have different files."""
    bridge = Command(("bridge", "fdb", "add", "to", "02::1", "dev", "x"))
    files = batch_files(
        recording_of(
            ip_command("-4 rule flush priority 7"),
            ip_command("link set dev lo up"),
            bridge,
        )
    )

    assert ["01-first-4.ip", "02-first.ip", "03-first.bridge", "run.sh"] == sorted(files)
    assert (
        "ip -4 -batch 01-first-4.ip\nip -batch 02-first.ip\nbridge -batch 03-first.bridge\n"
        in files["run.sh"]
    )


def test_failed_and_read_only_commands_are_left_out() -> None:
    """Failed commands and reads are left out, because nothing changed."""
    assert [] == segment_sizes(recording_of(ip_command("link add name x"), status=2))
    assert [] == segment_sizes(recording_of(Command(("ip", "link", "show"), changes=False)))


def test_another_program_that_failed_is_kept() -> None:
    """A ping with one reply of two has sent its packets: its line stays, and its failure too."""
    ping = Command(("ping", "-c2", "10.0.0.1"), netns="red")

    assert "ip netns exec red ping -c2 10.0.0.1 || true\n" in batch(recording_of(ping, status=1))


def test_a_secret_comes_from_the_environment() -> None:
    """A secret is read from the environment and never written to a file."""
    text = batch(
        recording_of(
            ip_command("link set dev lo up"),
            Command(("wg", "set", "x", Secret("sesam", "KEY"))),
        )
    )

    assert "sesam" not in text
    assert ': "${KEY:?' in text
    assert 'wg set x "$KEY"\n' in text


def build_two_pods(session: Session) -> None:
    """Build two pods on a bridge, with alternating commands."""
    session.note("Two pods")
    session.ip.link.add("cni0", Bridge(), up=True)
    session.ip.address.add("10.0.0.1/24", dev="cni0")
    for number, name in enumerate(("ns 1", "ns2"), start=2):
        session.ip.netns.add(name)
        session.ip.link.add(f"v{number}", Veth(peer="eth0"), master="cni0", up=True)
        session.ip.link.set("eth0", netns=name)
        session.netns(name).ip.address.add(f"10.0.0.{number}/24", dev="eth0")
        session.netns(name).ip.link.set("eth0", up=True)
        session.netns(name).ip.route.add("default", via="10.0.0.1")
        session.bridge.link.set(f"v{number}", hairpin=True)

    session.exec("sh", "-c", "exit 3", check=False)


@pytest.mark.live
@pytest.mark.parametrize("export", [batch, plain])
def test_a_script_builds_what_the_session_built(
    export: Callable[[Recording], str], tmp_path: Path
) -> None:
    """The script builds the state of the session, by sh and iproute2 alone."""
    recording = record_lab(build_two_pods, tmp_path / "x.jsonl")
    script = tmp_path / "x.sh"
    script.write_text(export(recording))

    assert recording.end is not None
    assert recording.end.state is not None
    with open_sandbox() as sandbox_session:
        sandbox_session.state()
        process = run_script_inside(
            sandbox_session, script, env=command_environment() if export is plain else None
        )

        assert (0, []) == (
            process.returncode,
            diff_states(recording.end.state, sandbox_session.state(), recording),
        ), process.stderr


@pytest.mark.live
def test_files_build_what_the_session_built(tmp_path: Path) -> None:
    """`sh run.sh` builds the state of the session from every folder."""
    recording = record_lab(build_two_pods, tmp_path / "x.jsonl")
    for name, text in batch_files(recording).items():
        (tmp_path / name).write_text(text)

    assert recording.end is not None
    assert recording.end.state is not None
    with open_sandbox() as sandbox_session:
        sandbox_session.state()
        process = run_script_inside(sandbox_session, tmp_path / "run.sh")

        assert (0, []) == (
            process.returncode,
            diff_states(recording.end.state, sandbox_session.state(), recording),
        ), process.stderr


def test_a_flat_list_has_comments_and_tolerated_failures() -> None:
    """Notes become comments, and tolerated failures stay tolerated."""
    recording = recording_of(ip_command("netns add a"), ip_command("link set dev lo up", "a"))
    recording.append(Note("shellcheck disable"))
    recording.append(CommandEvent(9, Command(("false",))))
    recording.append(ResultEvent(9, Result(Command(("false",)), 1)))
    expected = (
        "#!/bin/sh\nset -eu\nip netns add a\nip -n a link set lo up\n\n"
        "## shellcheck disable\nfalse || true\n"
    )

    assert expected == plain(recording)


def test_sudo_precedes_every_command() -> None:
    """`sudo` precedes every command, also behind a pipe."""
    recording = recording_of(
        ip_command("netns add a"),
        Command(("wg", "set"), stdin="x"),
        Command(("ip", "link"), changes=False),
    )
    lines = plain(recording, sudo=True, reads=True).splitlines()[2:]

    assert ["sudo ip netns add a", "printf '%s' x | sudo wg set", "sudo ip link"] == lines


def test_a_generated_secret_is_generated_again() -> None:
    """A read-only command that generates a secret is kept for the later lines."""
    with Session(Local(), DryRun()) as session:
        session.run(Command(("wg", "genkey"), changes=False, output_secret="WG_KEY"))
        session.exec(
            "wg",
            "set",
            "wg0",
            "private-key",
            "/dev/stdin",
            stdin=Secret("a key", "WG_KEY"),
        )
        script = batch(session.recording)

    assert "WG_KEY=${WG_KEY:-$(wg genkey)}\n" in script
    assert script.index("WG_KEY=") < script.index('"$WG_KEY"')


def test_sudo_runs_the_timeout() -> None:
    """timeout(1) of an ordinary user could not end what sudo has started."""
    command = Command(("sleep", "9"), "red", timeout=0.5, env={"X": "1"})
    recording = Recording()
    recording.append(CommandEvent(1, command))
    recording.append(ResultEvent(1, Result(command, 124, timed_out=True)))

    line = "sudo env X=1 timeout -k 3 0.5 ip netns exec red sleep 9 || true"
    assert line == plain(recording, sudo=True).splitlines()[-1]


def test_a_monitor_that_was_stopped_is_left_out() -> None:
    """A script cannot wait for it, and has no failure to tolerate."""
    recording = recording_of(ip_command("monitor link"), status=130)

    assert ": ip monitor link  # it goes on until it is ended" == plain(recording).splitlines()[-1]
