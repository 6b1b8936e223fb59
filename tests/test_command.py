"""A command is a value that can write itself as one would type it."""

import json
import shlex
from collections.abc import Iterator

import pytest
from attrs.exceptions import FrozenInstanceError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ipwrap import PlaceError, Session
from ipwrap.command import Command, CreatedObject, LinkRename
from ipwrap.errors import InvalidArgument, NotBatchable
from tests.strategies import TEXTS


@pytest.mark.parametrize(
    ("argv", "netns", "full"),
    [
        (("ip", "link"), None, ("ip", "link")),
        (("ip", "link"), "ns1", ("ip", "-n", "ns1", "link")),
        (
            ("ip", "-j", "-d", "link", "show"),
            "ns1",
            ("ip", "-n", "ns1", "-j", "-d", "link", "show"),
        ),
        (("bridge", "fdb"), "ns1", ("bridge", "-n", "ns1", "fdb")),
        (("tc", "qdisc"), "ns1", ("tc", "-n", "ns1", "qdisc")),
        (("ping", "-c", "1"), "ns1", ("ip", "netns", "exec", "ns1", "ping", "-c", "1")),
        (("/sbin/ip", "link"), "ns1", ("ip", "netns", "exec", "ns1", "/sbin/ip", "link")),
        (("ping",), None, ("ping",)),
    ],
)
def test_the_namespace_is_written_as_iproute2_wants_it(
    argv: tuple[str, ...], netns: str | None, full: tuple[str, ...]
) -> None:
    """iproute2's programs enter a namespace by themselves; others by `ip netns exec`."""
    assert full == Command(argv, netns).full_argv


@given(
    argv=st.lists(TEXTS, min_size=1, max_size=5).filter(lambda words: bool(words[0])),
    netns=st.sampled_from([None, "a b"]),
)
def test_the_line_is_read_by_a_shell_as_the_words(argv: list[str], netns: str | None) -> None:
    """What is logged can be pasted, whatever the words hold."""
    command = Command(tuple(argv), netns)
    assert list(command.full_argv) == shlex.split(command.line)


def test_the_line_quotes_only_what_needs_it() -> None:
    """A line is for people."""
    assert Command(("ip", "link", "set", "dev", "a", "alias", "it's me")).line == (
        """ip link set dev a alias 'it'"'"'s me'"""
    )


def test_a_command_prints_as_its_line() -> None:
    """`print(command)` shows what one would type."""
    assert str(Command(("ip", "link"), "ns1")) == "ip -n ns1 link"


def test_words_become_text() -> None:
    """A number or a path among the words is written as text."""
    assert ("ip", "link", "7") == Command(["ip", "link", 7]).argv


@pytest.mark.parametrize("argv", [(), [], ("",), ("", "x")])
def test_there_has_to_be_a_program(argv: object) -> None:
    """Nothing to run is refused before anything is tried."""
    with pytest.raises(InvalidArgument, match="there is no program to run"):
        Command(argv)


def test_one_string_is_no_command() -> None:
    """Words are given one by one: nothing is split behind anyone's back."""
    with pytest.raises(InvalidArgument, match="'ip link' is one string"):
        Command("ip link")


def test_a_nul_cannot_be_given_to_a_program() -> None:
    """It would cut the word."""
    with pytest.raises(InvalidArgument, match="NUL"):
        Command(("ip", "a\0b"))


@pytest.mark.parametrize("netns", ["", "a/b", "..", "../../proc/self/ns/net", "x" * 256])
def test_a_namespace_is_a_name_and_no_path(netns: str) -> None:
    """`ip -n` itself would take a path and leave the place."""
    with pytest.raises(InvalidArgument, match=r"^netns: "):
        Command(("ip", "link"), netns)


def test_a_command_cannot_be_changed() -> None:
    """What was recorded is what ran."""
    with pytest.raises(FrozenInstanceError):
        Command(("ip",)).argv = ("tc",)  # type: ignore[misc]


def test_commands_are_equal_by_what_runs() -> None:
    """What a command leaves behind is a note on it, no part of it."""
    made = CreatedObject("link", "v0", ("ip", "link", "delete", "dev", "v0"))
    assert Command(
        ("ip",), creates=(made,), deletes=(("a", None, "b"),), renames=LinkRename("a", "b", None)
    ) == Command(("ip",))


@pytest.mark.parametrize(
    "other",
    [
        Command(("ip", "a")),
        Command(("ip",), "ns1"),
        Command(("ip",), stdin="x"),
        Command(("ip",), changes=False),
        Command(("ip",), timeout=1.0),
    ],
)
def test_commands_differ_by_what_runs(other: Command) -> None:
    """Words, namespace, input, purpose and patience are parts of it."""
    assert other != Command(("ip",))


def test_a_command_changes_state_unless_it_says_otherwise() -> None:
    """What is not known to be a read has to be in the script."""
    assert Command(("true",)).changes


def test_a_thing_made_is_known_by_noun_namespace_and_name() -> None:
    """How it is taken away again does not matter."""
    assert ("link", "ns1", "v0") == CreatedObject("link", "v0", ("ip",), "ns1", ("br0",)).key


@pytest.fixture(scope="module")
def shared() -> Iterator[Session]:
    """One sandbox for all of this file, with a link `d`."""
    try:
        opened = Session(sandbox=True).__enter__()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    with opened:
        opened.exec("ip", "link", "add", "name", "d", "type", "ifb")
        yield opened


@pytest.mark.live
@settings(max_examples=40)
@given(text=st.text(" \t\r\"'\\\x0b\x0ba$*~", max_size=8))
@example(text="")
@example(text=" ")
@example(text="'a b")
@example(text='"a b')
@example(text="a\\")
@example(text="a b\\")
@example(text="it's")
@example(text="it's me")
@example(text='say "it"')
@example(text="a\u2003b")
def test_a_batch_line_is_read_by_iproute2_as_the_words(shared: Session, text: str) -> None:
    """Whatever the word, iproute2's tokenizer reads it as it was meant, or it is refused before."""
    command = Command(("ip", "link", "set", "dev", "d", "alias", text, "mtu", "1234"))
    try:
        line = command.batch_line
    except NotBatchable:
        return
    shared.exec("ip", "-batch", "-", stdin=f"{line}\nlink set dev d txqueuelen 77\n")
    shown = shared.exec("ip", "-j", "link", "show", "dev", "d")
    link = json.loads(shown.stdout, strict=False)[0]
    assert (text, 1234, 77) == (link.get("ifalias", ""), link["mtu"], link["txqlen"])
    shared.exec("ip", "link", "set", "dev", "d", "alias", "", "mtu", "1500", "txqueuelen", "32")


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (("ip", "link", "show"), "link show"),
        (("ip", "-j", "-d", "link", "show", "dev", "a"), "link show dev a"),
        (("bridge", "fdb", "show"), "fdb show"),
        (
            ("ip", "link", "set", "dev", "a", "alias", "two words"),
            "link set dev a alias 'two words'",
        ),
        (("ip", "link", "set", "dev", "a", "alias", ""), "link set dev a alias ''"),
        (("ip", "link", "set", "dev", "it's", "up"), "link set dev it's up"),
        (("ip", "-j", "netns"), "netns"),
        (("ip", "route", "show", "dev", "a"), "route show dev a"),
        (("bridge", "route", "flush"), "route flush"),
        (("ip", "-V"), ""),
    ],
)
def test_a_batch_line_has_the_words_behind_the_options(argv: tuple[str, ...], line: str) -> None:
    """The program and its global options are the worker's own."""
    assert line == Command(argv).batch_line


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (Command(("ping", "x")), "only arguments of ip, bridge and tc"),
        (Command(("ip", "link"), stdin="x"), "only arguments of ip, bridge and tc"),
        (Command(("ip", "link", "set", "dev", "a", "alias", "a#b")), "end a batch line"),
        (Command(("ip", "link", "set", "dev", "a", "alias", "a\nb")), "end a batch line"),
        (Command(("ip", "link", "set", "dev", "a", "alias", '"it\'s me"')), "both kinds of quotes"),
        (Command(("ip", *("x",) * 91)), "more than 90 arguments"),
        (
            Command(("ip", "maddress", "add", "01:00:5e:00:00:07", "dev", "a")),
            "ends a batch after it",
        ),
        (Command(("ip", "maddr", "del", "01:00:5e:00:00:07", "dev", "a")), "ends a batch after it"),
        (Command(("ip", "-6", "route", "flush", "dev", "a")), "deletes routes of no link"),
        (Command(("ip", "r", "f", "dev", "a")), "deletes routes of no link"),
    ],
)
def test_what_no_batch_line_can_say_is_refused(command: Command, why: str) -> None:
    """It runs in a process of its own, and the reason is said."""
    with pytest.raises(NotBatchable, match=why):
        _ = command.batch_line


def test_ninety_words_are_not_too_many() -> None:
    """The bound is kept exactly."""
    assert " ".join(["x"] * 90) == Command(("ip", *("x",) * 90)).batch_line


@pytest.mark.parametrize(
    ("argv", "flags"),
    [
        (("ip",), ()),
        (("ip", "link", "-j"), ()),
        (("ip", "-j", "-d", "link", "-x"), ("-j", "-d")),
        (("ip", "-V"), ("-V",)),
    ],
)
def test_the_global_options_stand_before_the_object(
    argv: tuple[str, ...], flags: tuple[str, ...]
) -> None:
    """What follows the object is no global option."""
    assert flags == Command(argv).flags


@pytest.mark.parametrize(
    ("argv", "endless"),
    [
        (("ip", "-o", "-ts", "monitor", "link"), True),
        (("ip", "netns", "monitor"), True),
        (("bridge", "-t", "monitor", "all"), True),
        (("ip", "-o", "monitor", "file", "log"), False),
        (("ip", "link", "show", "dev", "monitor"), False),
        (("udevadm", "monitor"), False),
    ],
)
def test_what_goes_on(argv: tuple[str, ...], endless: bool) -> None:
    """Monitors end when they are ended, unless they read a file."""
    assert endless == Command(argv, changes=False).runs_until_stopped
