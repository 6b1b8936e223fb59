"""Batch files and flat lists: run by their own tools, they build what the session built."""

from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve

from ipwrap import Command, DryRun, Local, Recording, Secret, Session
from ipwrap.export import batch, batch_files, plain
from ipwrap.export.batchfile import segments
from ipwrap.kinds import Bridge, Veth
from ipwrap.recording import CommandEvent, Note, ResultEvent
from ipwrap.result import Result
from ipwrap.system.programs import environment
from tests.labs import differences, opened, recorded, sh_inside


def of(*commands: Command, status: int = 0) -> Recording:
    """Return a recording of commands that all ended alike."""
    made = Recording()
    for number, command in enumerate(commands, start=1):
        made.append(CommandEvent(number, command))
        made.append(ResultEvent(number, Result(command, status)))
    return made


def ip(words: str, netns: str | None = None) -> Command:
    """Return a command of ip."""
    return Command(("ip", *words.split()), netns)


def shape(recording: Recording) -> list[tuple[str | None, int]]:
    """Return where each segment runs and how many lines it has."""
    return [(each.name if each.key else None, len(each.lines)) for each in segments(recording)]


def test_lines_of_a_namespace_are_together() -> None:
    """Also where they were said in turn with those of others."""
    pods = [
        each for n in ("a", "b") for each in (ip(f"netns add {n}"), ip("link set dev lo up", n))
    ]
    assert [("first.ip", 2), ("a.ip", 1), ("b.ip", 1)] == shape(of(*pods))


@pytest.mark.parametrize(
    "between",
    [
        ip("link set dev x netns a"),
        ip("netns delete a"),
        ip("link add name x type veth peer name y netns a"),
    ],
)
def test_a_line_that_speaks_of_a_namespace_stays_behind_those_in_it(between: Command) -> None:
    """And those behind it stay there."""
    inside = ip("link set dev lo up", "a")
    assert [("a.ip", 1), ("first.ip", 1), ("a.ip", 1)] == shape(of(inside, between, inside))


def test_a_link_is_deleted_behind_what_was_done_at_its_other_end() -> None:
    """Which goes along, in whatever namespace it is."""
    gone = evolve(ip("link delete dev x"), deletes=(("link", None, "x"),))
    inside = ip("link set dev y up", "a")

    assert [("first.ip", 1), ("a.ip", 1), ("first.ip", 1)] == shape(
        of(ip("netns add b"), inside, gone)
    )


@pytest.mark.parametrize("words", ["maddress add 01:00:5e:00:00:07 dev x", "route flush dev x"])
def test_what_a_batch_does_otherwise_is_a_command_of_its_own(words: str) -> None:
    """After the first a batch would end without a word; the second would take blackholes away, too."""
    up = ip("link set dev x up")
    assert [("first.ip", 1), (None, 1), ("first.ip", 1)] == shape(of(up, ip(words), up))


def test_what_is_no_batch_line_stays_in_its_place() -> None:
    """A program may look at anything."""
    ping = Command(("ping", "-c", "1", "10.0.0.1"), "a")
    assert [("first.ip", 1), (None, 1), ("first.ip", 1)] == shape(
        of(ip("netns add a"), ping, ip("netns add b"))
    )
    assert [(None, 1)] == shape(of(ip("link set dev x alias 'a\"b'")))
    assert [(None, 1)] == shape(
        of(Command(("ip", "netns", "exec", "a", "ip", "link", "set", "lo", "up")))
    )


def test_programs_and_options_have_files_of_their_own() -> None:
    """`ip -4` is not `ip`, and `bridge` is another program."""
    bridge = Command(("bridge", "fdb", "add", "to", "02::1", "dev", "x"))
    files = batch_files(of(ip("-4 rule flush priority 7"), ip("link set dev lo up"), bridge))
    assert ["01-first-4.ip", "02-first.ip", "03-first.bridge", "run.sh"] == sorted(files)
    assert (
        "ip -4 -batch 01-first-4.ip\nip -batch 02-first.ip\nbridge -batch 03-first.bridge\n"
        in files["run.sh"]
    )


def test_what_failed_and_what_only_looked_is_left_out() -> None:
    """It changed nothing."""
    assert [] == shape(of(ip("link add name x"), status=2))
    assert [] == shape(of(Command(("ip", "link", "show"), changes=False)))


def test_a_secret_is_asked_of_the_environment() -> None:
    """It cannot be in a file."""
    text = batch(of(ip("link set dev lo up"), Command(("wg", "set", "x", Secret("sesam", "KEY")))))
    assert "sesam" not in text
    assert ': "${KEY:?' in text
    assert 'wg set x "$KEY"\n' in text


def two_pods(session: Session) -> None:
    """Two pods on a bridge, said in turn."""
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
    """Run by sh, with iproute2 alone. What a person types needs the person's sbin, too."""
    recording = recorded(two_pods, tmp_path / "x.jsonl")
    script = tmp_path / "x.sh"
    script.write_text(export(recording))
    assert recording.end is not None
    assert recording.end.state is not None
    with opened() as place:
        place.state()
        done = sh_inside(place, script, env=environment() if export is plain else None)

        assert (0, []) == (
            done.returncode,
            differences(recording.end.state, place.state(), recording),
        ), done.stderr


@pytest.mark.live
def test_files_build_what_the_session_built(tmp_path: Path) -> None:
    """`sh run.sh`, from anywhere."""
    recording = recorded(two_pods, tmp_path / "x.jsonl")
    for name, text in batch_files(recording).items():
        (tmp_path / name).write_text(text)
    assert recording.end is not None
    assert recording.end.state is not None
    with opened() as place:
        place.state()
        done = sh_inside(place, tmp_path / "run.sh")

        assert (0, []) == (
            done.returncode,
            differences(recording.end.state, place.state(), recording),
        ), done.stderr


def test_a_flat_list_is_what_a_person_types() -> None:
    """Notes are comments, a failure that was tolerated stays so."""
    made = of(ip("netns add a"), ip("link set dev lo up", "a"))
    made.append(Note("shellcheck disable"))
    made.append(CommandEvent(9, Command(("false",))))
    made.append(ResultEvent(9, Result(Command(("false",)), 1)))
    expected = "#!/bin/sh\nset -eu\nip netns add a\nip -n a link set dev lo up\n\n## shellcheck disable\nfalse || true\n"
    assert expected == plain(made)


def test_sudo_stands_before_each() -> None:
    """Also behind a pipe."""
    made = of(
        ip("netns add a"), Command(("wg", "set"), stdin="x"), Command(("ip", "link"), changes=False)
    )
    lines = plain(made, sudo=True, reads=True).splitlines()[2:]
    assert ["sudo ip netns add a", "printf '%s' x | sudo wg set", "sudo ip link"] == lines


def test_a_secret_that_the_session_made_is_made_again() -> None:
    """What prints a secret changes nothing, and later lines need it."""
    with Session(Local(), DryRun()) as session:
        session.run(Command(("wg", "genkey"), changes=False, output_secret="WG_KEY"))
        session.exec(
            "wg", "set", "wg0", "private-key", "/dev/stdin", stdin=Secret("a key", "WG_KEY")
        )
        script = batch(session.recording)

    assert "WG_KEY=${WG_KEY:-$(wg genkey)}\n" in script
    assert script.index("WG_KEY=") < script.index('"$WG_KEY"')
