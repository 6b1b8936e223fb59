"""The order of the commands in a playback, and repeats."""

import threading
from typing import Any

import pytest

from ipwrap import (
    Command,
    Local,
    Playback,
    PlaybackError,
    Recording,
    Result,
    Session,
    UnknownOption,
)
from ipwrap.executors import Ordered
from ipwrap.recording import CommandEvent, End, ResultEvent, Snapshot
from ipwrap.state import State


def command(line: str, netns: str | None = None, **options: Any) -> Command:
    """Return a read-only command, unless `changes` is given."""
    return Command(tuple(line.split()), netns, **{"changes": False, **options})


def recording(*entries: tuple[Command, str] | State, end: State | None = None) -> Recording:
    """Return a recording of commands with their output, and of requested states."""
    created = Recording()
    for number, entry in enumerate(entries, start=1):
        if isinstance(entry, dict):
            created.append(Snapshot(entry, asked=True))
        else:
            recorded_command, stdout = entry
            created.append(CommandEvent(number, recorded_command))
            created.append(ResultEvent(number, Result(recorded_command, 0, stdout)))

    created.append(End(state=end))
    return created


READ_LINKS = command("ip link")
TWO_NAMESPACES = recording(
    (command("ip link", "red"), "red 1"),
    (command("ip addr", "red"), "red 2"),
    (command("ip link", "blue"), "blue 1"),
    (READ_LINKS, "first 1"),
    (command("ip addr", "blue"), "blue 2"),
)


def run_commands(session: Session, *commands: Command) -> list[str]:
    """Run commands and return their output."""
    return [session.run(read).stdout for read in commands]


def test_session_plays_a_recording(tmp_path: Any) -> None:
    """`Session.playback` takes a recording or a path; `unplayed` lists the remaining commands."""
    path = TWO_NAMESPACES.save(tmp_path / "two.jsonl")
    with Session.playback(path) as session:
        assert ["red 1"] == run_commands(session, command("ip link", "red"))
        assert [
            "ip -n red addr",
            "ip -n blue link",
            "ip link",
            "ip -n blue addr",
        ] == session.unplayed
        with pytest.raises(PlaybackError):
            run_commands(session, READ_LINKS)


def test_live_session_has_no_unplayed_commands(dry_session: Session) -> None:
    """Only a playback has unplayed commands."""
    dry_session.ip.link.show()
    assert [] == dry_session.unplayed


def test_namespaces_are_independent() -> None:
    """With per-namespace order, each namespace has a separate queue."""
    session = Session.playback(TWO_NAMESPACES, "per-namespace")
    blue = (command("ip link", "blue"), command("ip addr", "blue"))
    red = (command("ip link", "red"), command("ip addr", "red"))

    assert ["first 1", "blue 1", "blue 2"] == run_commands(session, READ_LINKS, *blue)
    assert ["ip -n red link", "ip -n red addr"] == session.unplayed
    assert ["red 1", "red 2"] == run_commands(session, *red)
    assert [] == session.unplayed


def test_order_holds_within_a_namespace() -> None:
    """With per-namespace order, a namespace's second command must come after the first."""
    session = Session.playback(TWO_NAMESPACES, "per-namespace")

    with pytest.raises(PlaybackError) as caught:
        run_commands(session, command("ip addr", "blue"))

    assert "ip -n blue link" == caught.value.recorded
    assert "ip -n blue addr" == caught.value.nearest
    assert "in the order: it is recorded later" == caught.value.differs


def test_any_order() -> None:
    """With any order, only equal commands get their replies in the recorded order."""
    session = Session.playback(
        recording((READ_LINKS, "1"), (command("ip addr"), "2"), (READ_LINKS, "3")), "any"
    )

    assert ["2", "1", "3"] == run_commands(session, command("ip addr"), READ_LINKS, READ_LINKS)


def test_reply_is_used_up() -> None:
    """A reply is given once; the error says how often the command was recorded."""
    session = Session.playback(recording((READ_LINKS, "1")), "any")
    run_commands(session, READ_LINKS)

    with pytest.raises(PlaybackError) as caught:
        run_commands(session, READ_LINKS)

    assert (None, "ip link") == (caught.value.recorded, caught.value.nearest)
    assert "it was recorded less often than it is asked for" == caught.value.differs


@pytest.mark.parametrize("ordered", ["strict", "per-namespace", "any"])
def test_repeated_read_gets_the_last_reply(ordered: Ordered) -> None:
    """With `allow_playback_repeats`, a read may get its last reply again, in any order."""
    played = recording((READ_LINKS, "1"), (READ_LINKS, "2"), (command("ip addr"), "3"))
    session = Session.playback(played, ordered, allow_playback_repeats=True)

    assert ["1", "2", "2", "2", "3", "3"] == run_commands(
        session, *[READ_LINKS] * 4, *[command("ip addr")] * 2
    )


def test_change_is_never_repeated() -> None:
    """The second run of a change would have another outcome."""
    add = command("ip link add name br0 type bridge", changes=True)
    session = Session.playback(recording((add, "")), "any", allow_playback_repeats=True)
    session.run(add)

    with pytest.raises(PlaybackError):
        session.run(add)


def test_only_the_last_command_is_repeated() -> None:
    """In strict order, only the last command can be repeated."""
    session = Session.playback(
        recording((READ_LINKS, "1"), (command("ip addr"), "2")), allow_playback_repeats=True
    )
    run_commands(session, READ_LINKS, command("ip addr"))

    with pytest.raises(PlaybackError):
        run_commands(session, READ_LINKS)


def test_unknown_order_is_refused() -> None:
    """The error for an unknown order names the known ones."""
    with pytest.raises(
        UnknownOption, match="ordered: 'none' is not one of strict, per-namespace, any"
    ):
        Session.playback(TWO_NAMESPACES, "none")  # type: ignore[arg-type]


def test_threads_can_share_a_playback() -> None:
    """The thread of each namespace gets the namespace's replies, in order."""
    names = [f"ns{number}" for number in range(4)]
    played = recording(
        *((command(f"ip link show {n}", name), f"{name} {n}") for n in range(200) for name in names)
    )
    session = Session.playback(played, "per-namespace")
    outputs: dict[str, list[str]] = {}

    def read_all(name: str) -> None:
        outputs[name] = run_commands(
            session, *(command(f"ip link show {n}", name) for n in range(200))
        )

    threads = [threading.Thread(target=read_all, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {name: [f"{name} {n}" for n in range(200)] for name in names} == outputs
    assert [] == session.unplayed


@pytest.mark.parametrize(
    ("asked", "difference"),
    [
        (command("ip addr show dev br1 up"), "ip [-link-]{+addr+} show dev [-br0-]{+br1 up+}"),
        (command("ip link show"), "ip link show [-dev br0-]"),
        (command("ip link show dev br0", timeout=5), "timeout=[-None-]{+5+}"),
        (command("ip link show dev br0", changes=True), "changes=[-False-]{+True+}"),
        (
            command("ip link show dev $x", stdin="x"),
            "ip link show dev [-br0-]{+'$x'+}, stdin=[-None-]{+'x'+}",
        ),
    ],
)
def test_error_marks_different_arguments(asked: Command, difference: str) -> None:
    """Arguments only recorded, and arguments only asked for, have different marks."""
    session = Session.playback(recording((command("ip link show dev br0"), "")))

    with pytest.raises(PlaybackError) as caught:
        run_commands(session, asked)

    assert difference == caught.value.differs
    assert f"  differs:  {difference}" in str(caught.value)


def test_mismatches_are_kept() -> None:
    """A script that catches every error of ipwrap cannot hide a mismatch."""
    executor = Playback(recording((READ_LINKS, "1")))
    with pytest.raises(PlaybackError) as caught:
        run_commands(Session(Local(), executor), command("ip addr"))

    assert [caught.value] == executor.mismatches


BEFORE: State = {"": {}}
AFTER: State = {"": {"link": [{"ifname": "br0"}]}}


def test_state_is_played_back() -> None:
    """The recording includes requested states, in the order of the commands."""
    session = Session.playback(recording(BEFORE, (READ_LINKS, "1"), AFTER))
    assert BEFORE == session.state()
    with pytest.raises(PlaybackError) as caught:
        session.state()
    assert ("session.state()", "ip link") == (caught.value.asked, caught.value.recorded)
    with pytest.raises(PlaybackError) as wrong_command:
        session.run(command("ip addr"))
    assert "ip link" == wrong_command.value.recorded

    run_commands(session, READ_LINKS)

    assert ["session.state()"] == session.unplayed
    with pytest.raises(PlaybackError) as early_repeat:
        run_commands(session, READ_LINKS)
    assert "session.state()" == early_repeat.value.recorded
    assert AFTER == session.state()
    assert [] == session.unplayed


def test_state_after_the_last_command() -> None:
    """After the last command, the state is the one at the end of the recorded session."""
    session = Session.playback(recording((READ_LINKS, "1"), end=AFTER))
    with pytest.raises(PlaybackError):
        session.state()
    run_commands(session, READ_LINKS)

    assert [AFTER, AFTER] == [session.state(), session.state()]


def test_state_can_be_repeated() -> None:
    """With `allow_playback_repeats`, a state can be read repeatedly."""
    session = Session.playback(
        recording(BEFORE, (READ_LINKS, "1")), "any", allow_playback_repeats=True
    )

    assert [BEFORE, BEFORE] == [session.state(), session.state()]


@pytest.mark.live
def test_lab_with_compared_states_is_played_back(session: Session) -> None:
    """States read by a live session are equal in its playback."""
    before = session.state()
    session.ip.netns.add("red")
    after = session.state()
    session.close()

    played = Session.playback(session.recording)

    assert before == played.state()
    played.ip.netns.add("red")

    assert after == played.state()
    assert [] == played.unplayed
