"""The arguments that enter a UTS namespace."""

import pytest

from ipwrap.system.uts import enter_uts_argv, split_uts_argv, without_uts


def test_a_program_behind_a_hostname() -> None:
    """The program is found behind the arguments before it."""
    argv = (*enter_uts_argv("h1"), "ping", "10.0.0.1")

    assert argv == ("nsenter", "--uts=/run/utsns/h1", "ping", "10.0.0.1")
    assert without_uts(argv) == ("ping", "10.0.0.1")
    assert split_uts_argv(argv) == ("h1", ("ping", "10.0.0.1"))


def test_a_namespace_that_is_made() -> None:
    """`unshare` makes one, and is the program of its command."""
    argv = ("unshare", "--uts=/run/utsns/h1", "hostname", "h1.example")

    assert split_uts_argv(argv) == ("h1", ("hostname", "h1.example"))
    assert without_uts(argv) == argv


@pytest.mark.parametrize(
    "argv",
    [
        ("ping", "10.0.0.1"),
        ("nsenter", "--uts=/run/utsns/h1"),
        ("nsenter", "--net=/run/netns/h1", "ping"),
        ("nsenter", "--uts=/elsewhere", "ping"),
    ],
)
def test_other_commands(argv: tuple[str, ...]) -> None:
    """Any other command is the program itself."""
    assert without_uts(argv) == argv
    assert split_uts_argv(argv) == (None, argv)
