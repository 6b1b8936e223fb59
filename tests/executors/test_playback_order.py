"""In which order a playback may be asked, and how often."""

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
    """Return a command that only looks, unless it is said to change something."""
    return Command(tuple(line.split()), netns, **{"changes": False, **options})


def recording(*entries: tuple[Command, str] | State, end: State | None = None) -> Recording:
    """Return a recording of commands, each with what it said, and of states that were asked for."""
    made = Recording()
    for number, entry in enumerate(entries, start=1):
        if isinstance(entry, dict):
            made.append(Snapshot(entry, asked=True))
        else:
            asked, said = entry
            made.append(CommandEvent(number, asked))
            made.append(ResultEvent(number, Result(asked, 0, said)))
    made.append(End(state=end))
    return made


LOOK = command("ip link")
TWO_NAMESPACES = recording(
    (command("ip link", "red"), "red 1"),
    (command("ip addr", "red"), "red 2"),
    (command("ip link", "blue"), "blue 1"),
    (LOOK, "first 1"),
    (command("ip addr", "blue"), "blue 2"),
)


def asked(session: Session, *commands: Command) -> list[str]:
    """Return what commands say."""
    return [session.run(each).stdout for each in commands]


def test_a_session_plays_a_recording(tmp_path: Any) -> None:
    """`Session.playback` takes a recording or its path, in strict order, and tells what is left."""
    path = TWO_NAMESPACES.save(tmp_path / "two.jsonl")
    with Session.playback(path) as session:
        assert ["red 1"] == asked(session, command("ip link", "red"))
        assert [
            "ip -n red addr",
            "ip -n blue link",
            "ip link",
            "ip -n blue addr",
        ] == session.unplayed
        with pytest.raises(PlaybackError):
            asked(session, LOOK)


def test_a_live_session_has_nothing_left(dry: Session) -> None:
    """Only a playback has something that can be left."""
    dry.ip.link.show()
    assert [] == dry.unplayed


def test_namespaces_need_not_wait_for_each_other() -> None:
    """With per-namespace order, each namespace has its own next command."""
    session = Session.playback(TWO_NAMESPACES, "per-namespace")
    blue = (command("ip link", "blue"), command("ip addr", "blue"))
    red = (command("ip link", "red"), command("ip addr", "red"))

    assert ["first 1", "blue 1", "blue 2"] == asked(session, LOOK, *blue)
    assert ["ip -n red link", "ip -n red addr"] == session.unplayed
    assert ["red 1", "red 2"] == asked(session, *red)
    assert [] == session.unplayed


def test_order_holds_within_a_namespace() -> None:
    """With per-namespace order, a namespace's second command has to wait for its first."""
    session = Session.playback(TWO_NAMESPACES, "per-namespace")
    with pytest.raises(PlaybackError) as caught:
        asked(session, command("ip addr", "blue"))

    assert "ip -n blue link" == caught.value.recorded
    assert "ip -n blue addr" == caught.value.nearest
    assert "in the order: it is recorded later" == caught.value.differs


def test_any_order_is_any_order() -> None:
    """With any order, only equal commands wait for each other, and get their answers in the recorded order."""
    session = Session.playback(
        recording((LOOK, "1"), (command("ip addr"), "2"), (LOOK, "3")), "any"
    )

    assert ["2", "1", "3"] == asked(session, command("ip addr"), LOOK, LOOK)


def test_what_was_answered_is_used_up() -> None:
    """An answer is given once, and the error says that there are no more of it."""
    session = Session.playback(recording((LOOK, "1")), "any")
    asked(session, LOOK)
    with pytest.raises(PlaybackError) as caught:
        asked(session, LOOK)

    assert (None, "ip link") == (caught.value.recorded, caught.value.nearest)
    assert "it was recorded less often than it is asked for" == caught.value.differs


@pytest.mark.parametrize("ordered", ["strict", "per-namespace", "any"])
def test_repeats_give_the_last_answer_again(ordered: Ordered) -> None:
    """With `allow_playback_repeats` a read that has had all its answers gets the last of them again, in any order."""
    played = recording((LOOK, "1"), (LOOK, "2"), (command("ip addr"), "3"))
    session = Session.playback(played, ordered, allow_playback_repeats=True)

    assert ["1", "2", "2", "2", "3", "3"] == asked(session, *[LOOK] * 4, *[command("ip addr")] * 2)


def test_a_change_is_never_repeated() -> None:
    """What changes something would come out otherwise the second time."""
    add = command("ip link add name br0 type bridge", changes=True)
    session = Session.playback(recording((add, "")), "any", allow_playback_repeats=True)
    session.run(add)
    with pytest.raises(PlaybackError):
        session.run(add)


def test_a_repeat_is_no_other_command() -> None:
    """In strict order only the last command can be asked for again."""
    session = Session.playback(
        recording((LOOK, "1"), (command("ip addr"), "2")), allow_playback_repeats=True
    )
    asked(session, LOOK, command("ip addr"))
    with pytest.raises(PlaybackError):
        asked(session, LOOK)


def test_another_order_is_refused() -> None:
    """An order that there is not is an error that names those that there are."""
    with pytest.raises(
        UnknownOption, match="ordered: 'none' is not one of strict, per-namespace, any"
    ):
        Session.playback(TWO_NAMESPACES, "none")  # type: ignore[arg-type]


def test_threads_can_share_a_playback() -> None:
    """Each namespace's thread gets its own answers, in order."""
    names = [f"ns{number}" for number in range(4)]
    played = recording(
        *((command(f"ip link show {n}", name), f"{name} {n}") for n in range(200) for name in names)
    )
    session = Session.playback(played, "per-namespace")
    seen: dict[str, list[str]] = {}

    def look(name: str) -> None:
        seen[name] = asked(session, *(command(f"ip link show {n}", name) for n in range(200)))

    threads = [threading.Thread(target=look, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {name: [f"{name} {n}" for n in range(200)] for name in names} == seen
    assert [] == session.unplayed


@pytest.mark.parametrize(
    ("now", "how"),
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
def test_the_error_shows_which_words_differ(now: Command, how: str) -> None:
    """Words that were recorded only, and words that are asked for only, are marked, each as what it is."""
    session = Session.playback(recording((command("ip link show dev br0"), "")))
    with pytest.raises(PlaybackError) as caught:
        asked(session, now)

    assert how == caught.value.differs
    assert f"  differs:  {how}" in str(caught.value)


def test_mismatches_are_kept() -> None:
    """Code that catches every error of ipwrap cannot hide that it goes another way than its recording."""
    executor = Playback(recording((LOOK, "1")))
    with pytest.raises(PlaybackError) as caught:
        asked(Session(Local(), executor), command("ip addr"))

    assert [caught.value] == executor.mismatches


BEFORE: State = {"": {}}
AFTER: State = {"": {"link": [{"ifname": "br0"}]}}


def test_a_state_is_played_back() -> None:
    """What `session.state()` gave is in the recording, and comes in its turn."""
    session = Session.playback(recording(BEFORE, (LOOK, "1"), AFTER))
    assert BEFORE == session.state()
    with pytest.raises(PlaybackError) as caught:
        session.state()
    assert ("session.state()", "ip link") == (caught.value.asked, caught.value.recorded)
    with pytest.raises(PlaybackError) as again:
        session.run(command("ip addr"))
    assert "ip link" == again.value.recorded
    asked(session, LOOK)
    assert ["session.state()"] == session.unplayed
    with pytest.raises(PlaybackError) as early:
        asked(session, LOOK)
    assert "session.state()" == early.value.recorded
    assert AFTER == session.state()
    assert [] == session.unplayed


def test_the_state_reached_is_there_at_the_end() -> None:
    """After the last recorded command the state is the one in which the recorded session ended."""
    session = Session.playback(recording((LOOK, "1"), end=AFTER))
    with pytest.raises(PlaybackError):
        session.state()
    asked(session, LOOK)

    assert [AFTER, AFTER] == [session.state(), session.state()]


def test_a_state_can_be_repeated() -> None:
    """With `allow_playback_repeats` a state, too, is given again."""
    session = Session.playback(recording(BEFORE, (LOOK, "1")), "any", allow_playback_repeats=True)

    assert [BEFORE, BEFORE] == [session.state(), session.state()]


@pytest.mark.live
def test_a_lab_that_compares_states_is_played_back(session: Session) -> None:
    """What a live session has asked of the state, its playback tells."""
    before = session.state()
    session.ip.netns.add("red")
    after = session.state()
    session.close()

    played = Session.playback(session.recording)
    assert before == played.state()
    played.ip.netns.add("red")
    assert after == played.state()
    assert [] == played.unplayed
