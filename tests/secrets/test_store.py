"""The secrets that a session knows: what comes out of the ring shows their names, not their values."""

import pytest

from ipwrap import Command, InvalidArgument, Result, Secret
from ipwrap.secrets.store import SecretStore

SET = ("wpa_passphrase", "home")


def test_a_command_without_secrets_is_itself() -> None:
    """Nothing is made anew for the many commands that bring none."""
    command = Command(("ip", "link", "show"))
    assert command is SecretStore().resolve(command, live=True)


def test_a_value_is_known_to_what_comes_after() -> None:
    """A secret without a value, as of a recording, has the one that an earlier command brought."""
    ring = SecretStore()
    ring.resolve(Command((*SET, Secret("open sesame", "PASS"))), live=True)
    (word,) = ring.resolve(Command((*SET, Secret(None, "PASS"))), live=True).secrets
    assert "open sesame" == word.reveal()


@pytest.mark.parametrize("live", [True, False])
def test_a_value_that_nobody_knows_is_needed_where_commands_run(live: bool) -> None:
    """It is asked for before the command runs; where none does, nobody needs it."""
    command = Command((*SET, Secret(None, "NOWHERE_TO_BE_FOUND")))
    if live:
        with pytest.raises(InvalidArgument, match="NOWHERE_TO_BE_FOUND"):
            SecretStore().resolve(command, live=live)
    else:
        assert command == SecretStore().resolve(command, live=live)


def test_a_result_shows_names() -> None:
    """In all that a program said, also in the text that a person would have seen."""
    ring = SecretStore()
    command = ring.resolve(Command((*SET, Secret("open sesame", "PASS"))), live=True)
    said = ring.redact(Result(command, 1, "open sesame", "bad: open sesame", text="as open sesame"))
    assert ("$PASS", "bad: $PASS", "as $PASS") == (said.stdout, said.stderr, said.text)


def test_a_result_of_a_session_without_secrets_is_itself() -> None:
    """Nothing is looked for where nothing is known."""
    result = Result(Command(("true",)), 0, "x")
    assert result is SecretStore().redact(result)


def test_what_a_program_prints_as_a_secret_is_known() -> None:
    """Its own result shows the name already, and so does a plain word that is its value."""
    ring = SecretStore()
    printed = ring.redact(
        Result(Command(("wg", "genkey"), output_secret="WG_KEY"), 0, "abcdefgh12345678\n")
    )
    assert "$WG_KEY\n" == printed.stdout
    (word,) = ring.resolve(Command(("echo", "abcdefgh12345678")), live=True).secrets
    assert "WG_KEY" == word.name
