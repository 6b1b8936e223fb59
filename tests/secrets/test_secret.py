"""The value of a secret is used, and shown in no output."""

import io
import logging
import pickle
import stat
from pathlib import Path

import pytest

from ipwrap import Command, CommandError, InvalidArgument, Playback, Recording, Secret, Session
from ipwrap.export.shell import shell
from ipwrap.secrets.secret import redact_text, reveal
from ipwrap.sessions.log import LOGGER, _LineFormatter
from tests.labs import open_sandbox, run_script_inside

VALUE = "sesam-open"


@pytest.mark.parametrize(
    "to_text",
    [str, repr, "{}".format, lambda secret: f"{secret!s}", lambda secret: secret + "", ascii],
)
def test_a_secret_does_not_show_its_value(to_text: object) -> None:
    """Every conversion to text shows the name only."""
    assert callable(to_text)
    assert VALUE not in to_text(Secret(VALUE, "KEY"))
    assert "KEY" in to_text(Secret(VALUE, "KEY"))


def test_a_secret_reveals_its_value() -> None:
    """`reveal` returns the value of a secret, and plain text unchanged."""
    assert VALUE == Secret(VALUE, "KEY").reveal()
    assert VALUE == reveal(Secret(VALUE, "KEY"))
    assert "plain" == reveal("plain")


def test_a_secret_of_a_secret_keeps_its_value() -> None:
    """A secret of a secret may get a new name."""
    renamed = Secret(Secret(VALUE, "KEY"))

    assert "$KEY" == renamed
    assert VALUE == renamed.reveal()
    assert "$OTHER" == Secret(renamed, "OTHER")


def test_secrets_without_a_name_are_numbered() -> None:
    """The same value always has the same number."""
    first, second = Secret("a word of this test"), Secret("another word of this test")

    assert first.name.startswith("SECRET_")
    assert first.name != second.name
    assert first.name == Secret("a word of this test").name


def test_a_pickled_secret_loses_its_value() -> None:
    """A pickle may be written to a file."""
    assert VALUE.encode() not in pickle.dumps(Secret(VALUE, "KEY"))
    assert not pickle.loads(pickle.dumps(Secret(VALUE, "KEY"))).has_value


@pytest.mark.parametrize("name", ["", "key", "1KEY", "KEY-1", "PATH", "IFS", "KEY\n", "LC_ALL"])
def test_a_name_that_no_script_can_use_is_refused(name: str) -> None:
    """The name must be a free environment variable of a shell."""
    with pytest.raises(InvalidArgument, match="is no name for it"):
        Secret(VALUE, name)


def test_a_secret_is_text() -> None:
    """A value of a type other than text is refused."""
    with pytest.raises(InvalidArgument, match="not a int"):
        Secret(7)  # type: ignore[arg-type]


def test_a_secret_without_a_value_uses_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error for a missing variable names the variable."""
    with pytest.raises(InvalidArgument, match="set the environment variable KEY"):
        Secret(None, "KEY").reveal()

    monkeypatch.setenv("KEY", VALUE)

    assert VALUE == Secret(None, "KEY").reveal()


def test_the_longest_values_are_redacted_first() -> None:
    """A value may contain a shorter one."""
    assert "$B, $A, $C" == redact_text("abc, ab, c", {"A": "ab", "B": "abc", "C": "c", "D": ""})


def test_a_line_expands_the_variable_of_a_secret() -> None:
    """A shell with the variable can run the pasted line."""
    assert (
        "wg set wg0 \"$KEY\" '$PLAIN'"
        == Command(("wg", "set", "wg0", Secret(VALUE, "KEY"), "$PLAIN")).line
    )


@pytest.fixture
def session_with_secrets(session: Session, tmp_path: Path) -> tuple[Session, Path]:
    """A session with secrets as arguments, on stdin and in output, and its recording."""
    key = session.secret("KEY", "sh", "-c", "echo sesam-$(echo open)")
    session.exec("sh", "-c", 'test "$0" = sesam-$(echo open) && echo "on stdout $0"', key)
    session.exec("sh", "-c", "cat >&2; exit 3", stdin=Secret("other-word", "GIVEN"), check=False)
    return session, session.recording.save(tmp_path / "x.jsonl")


@pytest.mark.live
def test_a_recording_holds_no_secret(session_with_secrets: tuple[Session, Path]) -> None:
    """Arguments, stdin and output have the names, and only the owner can read the file."""
    text = session_with_secrets[1].read_text()

    assert VALUE not in text
    assert "other-word" not in text
    assert "on stdout $KEY" in text
    assert 0o600 == stat.S_IMODE(session_with_secrets[1].stat().st_mode)


@pytest.mark.live
def test_a_recording_restores_its_secrets(session_with_secrets: tuple[Session, Path]) -> None:
    """The same arguments of a loaded recording are secrets."""
    loaded = Recording.load(session_with_secrets[1])

    assert [(), ("KEY",), ("GIVEN",)] == [
        tuple(secret.name for secret in asked.command.secrets) for asked in loaded.commands
    ]
    assert ["KEY", None, None] == [asked.command.output_secret for asked in loaded.commands]
    assert [asked.command for asked in session_with_secrets[0].recording.commands] == [
        asked.command for asked in loaded.commands
    ]


@pytest.mark.live
def test_a_script_generates_secrets_or_asks_for_them(
    session_with_secrets: tuple[Session, Path], tmp_path: Path
) -> None:
    """A script stops without a secret from outside; with it, it repeats the session."""
    script = tmp_path / "x.sh"
    script.write_text(shell(Recording.load(session_with_secrets[1])))

    with open_sandbox() as place:
        refused = run_script_inside(place, script)
        completed = place.exec("env", "GIVEN=x", "sh", str(script), check=False)
        conflicting = place.exec("env", "GIVEN=x", "KEY=y", "sh", str(script), check=False)

    assert 2 == refused.returncode
    assert "GIVEN: is a secret of the session" in refused.stderr
    assert 0 == completed.status
    assert "on stdout sesam-open\n" == completed.stdout
    assert 1 == conflicting.status


@pytest.mark.live
def test_a_replay_uses_the_secret_that_it_generates(
    session_with_secrets: tuple[Session, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Generated secrets come from the program, further ones from the environment."""
    monkeypatch.setenv("GIVEN", "x")
    events = Recording.load(session_with_secrets[1]).commands
    with Session(sandbox=True) as replayed:
        statuses = [replayed.run(event.command, check=False).status for event in events]

    assert [0, 0, 3] == statuses


@pytest.mark.live
def test_an_error_and_the_log_hold_no_secret(session: Session) -> None:
    """A secret in the program's output is redacted as well."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_LineFormatter())
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)

    try:
        with pytest.raises(CommandError) as caught:
            session.exec("sh", "-c", 'echo "no $0" >&2; exit 3', Secret(VALUE, "KEY"))
    finally:
        LOGGER.removeHandler(handler)
        LOGGER.setLevel(logging.NOTSET)

    assert VALUE not in f"{caught.value}{caught.value!r}{caught.value.__dict__}{stream.getvalue()}"
    assert "no $KEY" in str(caught.value)


@pytest.mark.live
def test_a_named_namespace_has_secrets_too(session: Session) -> None:
    """Secrets of a named namespace can be used in a batch block."""
    session.ip.netns.add("x")
    key = session.netns("x").secret("KEY", "echo", VALUE)
    with session.batch():
        session.netns("x").exec("test", VALUE, "=", key)

    assert [("$KEY", "$KEY")] == [
        asked.command.secrets for asked in session.recording.commands if asked.command.secrets
    ]


def test_playback_needs_no_secrets(session_with_secrets: tuple[Session, Path]) -> None:
    """A playback of the same script needs no values."""
    _session, path = session_with_secrets

    with Session(executor=Playback(path)) as played:
        key = played.secret("KEY", "sh", "-c", "echo sesam-$(echo open)")
        played.exec("sh", "-c", 'test "$0" = sesam-$(echo open) && echo "on stdout $0"', key)

    lines = [event.command.line for event in played.recording.commands]
    assert not any(VALUE in line for line in lines)


def test_a_name_is_refused_before_anything_runs(dry_session: Session) -> None:
    """A wrong name is refused before the program generates the secret."""
    with pytest.raises(InvalidArgument, match="no name"):
        dry_session.secret("a key", "wg", "genkey")

    assert [] == dry_session.recording.commands


def test_a_value_without_an_encoding_is_refused_and_not_quoted() -> None:
    """The message has the position of the character, and neither message nor chain the value."""
    with pytest.raises(InvalidArgument, match=r"a secret cannot .*: U\+D800 at 11") as info:
        Secret("sesame-open\ud800", "PASS")

    assert "sesame" not in f"{info.value!r}"
    assert info.value.__context__ is None
