"""The secrets of a session: results show names instead of values."""

import pytest

from ipwrap import Command, InvalidArgument, Result, Secret
from ipwrap.secrets.store import SecretStore

ARGUMENTS = ("wpa_passphrase", "home")


def test_a_command_without_secrets_is_unchanged() -> None:
    """Most commands have no secrets, and are not copied."""
    command = Command(("ip", "link", "show"))

    assert command is SecretStore().resolve(command, live=True)


def test_a_value_is_known_to_later_commands() -> None:
    """A secret without a value, as of a recording, gets the value of an earlier command."""
    store = SecretStore()
    store.resolve(Command((*ARGUMENTS, Secret("open sesame", "PASS"))), live=True)
    (secret,) = store.resolve(Command((*ARGUMENTS, Secret(None, "PASS"))), live=True).secrets

    assert "open sesame" == secret.reveal()


@pytest.mark.parametrize("live", [True, False])
def test_a_missing_value_is_needed_where_commands_run(live: bool) -> None:
    """A live command without the value is refused, a playback needs none."""
    command = Command((*ARGUMENTS, Secret(None, "NOWHERE_TO_BE_FOUND")))
    if live:
        with pytest.raises(InvalidArgument, match="NOWHERE_TO_BE_FOUND"):
            SecretStore().resolve(command, live=live)
    else:
        assert command == SecretStore().resolve(command, live=live)


def test_a_result_shows_names() -> None:
    """Output, errors and text have the name of the secret."""
    store = SecretStore()
    command = store.resolve(Command((*ARGUMENTS, Secret("open sesame", "PASS"))), live=True)
    redacted = store.redact(
        Result(command, 1, "open sesame", "bad: open sesame", text="as open sesame")
    )

    assert "$PASS" == redacted.stdout
    assert "bad: $PASS" == redacted.stderr
    assert "as $PASS" == redacted.text


def test_the_callers_result_has_the_output_but_not_in_its_repr() -> None:
    """A command without a secret of its own may print one, as `wg show wg0 private-key` does."""
    store = SecretStore()
    store.resolve(Command((*ARGUMENTS, Secret("open sesame", "PASS"))), live=True)
    shown = store.hide_from_repr(Result(Command(("show",)), 1, "open sesame", "no open sesame"))

    assert "open sesame" == shown.stdout
    assert "<Result 1: show>" == repr(shown)


def test_a_result_without_a_secret_shows_its_output() -> None:
    """Other outputs of a session with secrets stay in the repr."""
    store = SecretStore()
    store.resolve(Command((*ARGUMENTS, Secret("open sesame", "PASS"))), live=True)
    result = Result(Command(("show",)), 0, "nothing secret")

    assert result is store.hide_from_repr(result)


def test_a_result_without_known_secrets_is_unchanged() -> None:
    """Without known secrets the same result is returned."""
    result = Result(Command(("true",)), 0, "x")

    assert result is SecretStore().redact(result)


def test_a_printed_secret_is_known() -> None:
    """The result of the program, and later arguments, have the name."""
    store = SecretStore()
    printed = store.redact(
        Result(Command(("wg", "genkey"), output_secret="WG_KEY"), 0, "abcdefgh12345678\n")
    )

    assert "$WG_KEY\n" == printed.stdout

    (secret,) = store.resolve(Command(("echo", "abcdefgh12345678")), live=True).secrets

    assert "WG_KEY" == secret.name


def test_a_key_that_was_found_in_an_output_is_known() -> None:
    """The output of `ip xfrm state` shows a name for a key, and so does a later command."""
    store = SecretStore()
    shown = store.redact(
        Result(Command(("ip", "xfrm", "state")), 0, "\tenc cbc(aes) 0x0123456789abcdef\n")
    )

    assert "\tenc cbc(aes) 0x$XFRM_KEY\n" == shown.stdout

    (secret,) = store.resolve(Command(("echo", "0123456789abcdef")), live=True).secrets

    assert "XFRM_KEY" == secret.name
