"""A secret is used, and shown nowhere."""

import io
import logging
import pickle
import stat
from pathlib import Path

import pytest

from ipwrap import Command, CommandError, InvalidArgument, Playback, Recording, Secret, Session
from ipwrap.export import shell
from ipwrap.secrets.secret import redact_text, reveal
from ipwrap.sessions.log import LOGGER, _LineFormatter
from tests.labs import opened, sh_inside

WORD = "sesam-open"


@pytest.mark.parametrize(
    "shown", [str, repr, "{}".format, lambda word: f"{word!s}", lambda word: word + "", ascii]
)
def test_a_secret_does_not_show_its_value(shown: object) -> None:
    """However it is made text."""
    assert callable(shown)
    assert WORD not in shown(Secret(WORD, "KEY"))
    assert "KEY" in shown(Secret(WORD, "KEY"))


def test_a_secret_reveals_its_value() -> None:
    """To who asks for it."""
    assert (WORD, WORD) == (Secret(WORD, "KEY").reveal(), reveal(Secret(WORD, "KEY")))
    assert "plain" == reveal("plain")


def test_a_secret_of_a_secret_is_the_same() -> None:
    """Wrapping it again may give it a name."""
    again = Secret(Secret(WORD, "KEY"))
    assert ("$KEY", WORD) == (again, again.reveal())
    assert "$OTHER" == Secret(again, "OTHER")


def test_secrets_without_a_name_are_numbered() -> None:
    """The same one always has the same number."""
    one, other = Secret("a word of this test"), Secret("another word of this test")
    assert one.name.startswith("SECRET_")
    assert one.name != other.name
    assert one.name == Secret("a word of this test").name


def test_a_pickled_secret_has_lost_its_value() -> None:
    """It would be written to a file."""
    assert WORD.encode() not in pickle.dumps(Secret(WORD, "KEY"))
    assert not pickle.loads(pickle.dumps(Secret(WORD, "KEY"))).has_value


@pytest.mark.parametrize("name", ["", "key", "1KEY", "KEY-1", "PATH", "IFS", "KEY\n", "LC_ALL"])
def test_a_name_that_no_script_can_use_is_refused(name: str) -> None:
    """It has to be the name of an environment variable, and not of one that the script needs."""
    with pytest.raises(InvalidArgument, match="is no name for it"):
        Secret(WORD, name)


def test_a_secret_is_text() -> None:
    """Nothing else."""
    with pytest.raises(InvalidArgument, match="not a int"):
        Secret(7)  # type: ignore[arg-type]


def test_a_secret_without_a_value_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the environment; where it is not, the error says what to set."""
    with pytest.raises(InvalidArgument, match="set the environment variable KEY"):
        Secret(None, "KEY").reveal()
    monkeypatch.setenv("KEY", WORD)
    assert WORD == Secret(None, "KEY").reveal()


def test_values_are_hidden_the_longest_first() -> None:
    """One may hold another."""
    assert "$B, $A, $C" == redact_text("abc, ab, c", {"A": "ab", "B": "abc", "C": "c", "D": ""})


def test_a_line_can_be_pasted_where_the_secret_is_in_the_environment() -> None:
    """It is written as a shell expands it."""
    assert (
        "wg set wg0 \"$KEY\" '$PLAIN'"
        == Command(("wg", "set", "wg0", Secret(WORD, "KEY"), "$PLAIN")).line
    )


@pytest.fixture
def used(session: Session, tmp_path: Path) -> tuple[Session, Path]:
    """A session in which secrets were used as word, on stdin, and printed, also by a program that failed."""
    key = session.secret("KEY", "sh", "-c", "echo sesam-$(echo open)")
    session.exec("sh", "-c", 'test "$0" = sesam-$(echo open) && echo "on stdout $0"', key)
    session.exec("sh", "-c", "cat >&2; exit 3", stdin=Secret("other-word", "GIVEN"), check=False)
    return session, session.recording.save(tmp_path / "x.jsonl")


@pytest.mark.live
def test_a_recording_holds_no_secret(used: tuple[Session, Path]) -> None:
    """Neither in words, nor on stdin, nor in what was printed; and its file is its owner's alone."""
    text = used[1].read_text()

    assert WORD not in text
    assert "other-word" not in text
    assert "on stdout $KEY" in text
    assert 0o600 == stat.S_IMODE(used[1].stat().st_mode)


@pytest.mark.live
def test_a_recording_knows_where_its_secrets_stood(used: tuple[Session, Path]) -> None:
    """Read again, the same words are secrets."""
    loaded = Recording.load(used[1])
    assert [(), ("KEY",), ("GIVEN",)] == [
        tuple(s.name for s in asked.command.secrets) for asked in loaded.commands
    ]
    assert ["KEY", None, None] == [asked.command.output_secret for asked in loaded.commands]
    assert [asked.command for asked in used[0].recording.commands] == [
        asked.command for asked in loaded.commands
    ]


@pytest.mark.live
def test_a_script_makes_the_secrets_that_it_can_and_asks_for_the_others(
    used: tuple[Session, Path], tmp_path: Path
) -> None:
    """It refuses to run without; with them, it does what the session did."""
    script = tmp_path / "x.sh"
    script.write_text(shell(Recording.load(used[1])))
    with opened() as place:
        refused = sh_inside(place, script)
        done = place.exec("env", "GIVEN=x", "sh", str(script), check=False)
        other = place.exec("env", "GIVEN=x", "KEY=y", "sh", str(script), check=False)

    assert (2, True) == (refused.returncode, "GIVEN: is a secret of the session" in refused.stderr)
    assert (0, "on stdout sesam-open\n") == (done.status, done.stdout)
    assert 1 == other.status


@pytest.mark.live
def test_a_secret_that_a_replay_makes_again_is_used_by_it(
    used: tuple[Session, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the recorded program prints this time; another is asked of the environment."""
    monkeypatch.setenv("GIVEN", "x")
    asked = Recording.load(used[1]).commands
    with Session(sandbox=True) as again:
        statuses = [again.run(each.command, check=False).status for each in asked]
    assert [0, 0, 3] == statuses


@pytest.mark.live
def test_an_error_and_the_log_hold_no_secret(session: Session) -> None:
    """What the program says of it is hidden as well."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_LineFormatter())
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    try:
        with pytest.raises(CommandError) as caught:
            session.exec("sh", "-c", 'echo "no $0" >&2; exit 3', Secret(WORD, "KEY"))
    finally:
        LOGGER.removeHandler(handler)
        LOGGER.setLevel(logging.NOTSET)
    assert WORD not in f"{caught.value}{caught.value!r}{caught.value.__dict__}{stream.getvalue()}"
    assert "no $KEY" in str(caught.value)


@pytest.mark.live
def test_a_named_namespace_has_secrets_too(session: Session) -> None:
    """`session.netns("x").secret(…)`; and they can be used in a batch block."""
    session.ip.netns.add("x")
    key = session.netns("x").secret("KEY", "echo", WORD)
    with session.batch():
        session.netns("x").exec("test", WORD, "=", key)
    assert [("$KEY", "$KEY")] == [
        asked.command.secrets for asked in session.recording.commands if asked.command.secrets
    ]


def test_playback_needs_no_secrets(used: tuple[Session, Path]) -> None:
    """The same script, played back, asks for the same words."""
    with Session(executor=Playback(used[1])) as played:
        key = played.secret("KEY", "sh", "-c", "echo sesam-$(echo open)")
        played.exec("sh", "-c", 'test "$0" = sesam-$(echo open) && echo "on stdout $0"', key)
    assert [] == [line for line in played.recording.commands if WORD in line.command.line]


def test_a_name_is_refused_before_anything_runs(dry: Session) -> None:
    """It would be too late when the secret is there."""
    with pytest.raises(InvalidArgument, match="no name"):
        dry.secret("a key", "wg", "genkey")
    assert [] == dry.recording.commands
