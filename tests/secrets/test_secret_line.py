"""The secret arguments of iproute2 are a line for its stdin."""

import traceback

import pytest

from ipwrap import Command, InvalidArgument
from ipwrap.secrets.redact import redact_command
from ipwrap.secrets.secret import Secret
from ipwrap.secrets.secret_line import SecretLine

KEY = "0123456789abcdef0123456789abcdef"
LINE = f"macsec add m0 tx sa 0 pn 1 on key 01 {KEY}"
ADD = tuple(LINE.split())


def line_of(*argv: str, netns: str | None = None) -> SecretLine | None:
    """Return the line of a command with a key in plain text."""
    return SecretLine.of(redact_command(Command(argv, netns)))


@pytest.mark.parametrize(
    ("before", "netns", "argv"),
    [
        (("ip",), None, "ip -batch -"),
        (("ip",), "red", "ip -n red -batch -"),
        (("/sbin/ip",), None, "/sbin/ip -batch -"),
        (("/sbin/ip",), "red", "ip netns exec red /sbin/ip -batch -"),
        (("ip", "-s", "-n", "red", "-rc", "9"), None, "ip -s -n red -rc 9 -batch -"),
        (("ip", "-force", "--"), "red", "ip -n red -force -- -batch -"),
    ],
)
def test_options_stay_and_the_rest_is_a_line(
    before: tuple[str, ...], netns: str | None, argv: str
) -> None:
    """Namespace and global options are arguments; object, verb and key are the line."""
    line = line_of(*before, *ADD, netns=netns)

    assert line is not None
    assert tuple(argv.split()) == line.argv
    assert LINE == line.reveal()
    assert KEY not in repr(line)


@pytest.mark.parametrize(
    "argv",
    [
        ("ip", "link", "show"),
        ("ip", "netns", "exec", "red", "ip", *ADD),
        ("ip", "net", "e", "red", "ip", *ADD),
        ("ip", "vrf", "exec", "red", "ip", *ADD),
        ("ip", "-b", Secret("file", "FILE")),
        ("wpa_passphrase", "home", "sesame open"),
        ("sudo", "ip", *ADD),
    ],
)
def test_no_line_without_secrets_or_for_another_program(argv: tuple[str, ...]) -> None:
    """A command without secrets has no such line, nor has one that starts another program."""
    assert line_of(*argv) is None


def test_a_secret_may_be_the_only_argument() -> None:
    """Nothing behind the object is needed to find the line."""
    line = line_of("ip", Secret("netns", "OBJECT"))

    assert line is not None
    assert "netns" == line.reveal()


def test_a_value_with_blanks_is_quoted() -> None:
    """A key of xfrm may be any text: iproute2 reads it as one argument."""
    line = line_of("ip", "xfrm", "state", "add", "enc", "cbc(aes)", "a key of words")

    assert line is not None
    assert "xfrm state add enc cbc(aes) 'a key of words'" == line.reveal()


@pytest.mark.parametrize(
    "value", ["sesame#open", "sesame\nopen", "sesame\0open", "sesame '\" open"]
)
def test_a_value_that_no_line_holds_is_refused(value: str) -> None:
    """The error names the secret and the remedy, and neither text nor traceback has the value."""
    secret = Secret(value, "ENC_KEY")
    line = line_of("ip", "xfrm", "state", "add", "enc", "cbc(aes)", secret)
    assert line is not None

    with pytest.raises(
        InvalidArgument, match=r"\$ENC_KEY: ip gets it on stdin.*hexadecimal"
    ) as info:
        line.reveal()

    assert info.value.__context__ is None
    assert "sesame" not in "".join(traceback.format_exception(info.value)) + repr(info.value)
