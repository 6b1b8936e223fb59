"""A command is a value that can be written as a shell line."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from attrs.exceptions import FrozenInstanceError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ipwrap import Secret, Session
from ipwrap.command import Command, CreatedObject, LinkRename
from ipwrap.errors import InvalidArgument, NotBatchable
from ipwrap.secrets.secret import reveal
from tests.strategies import TEXTS


@pytest.mark.parametrize(
    ("argv", "netns", "full_argv"),
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
def test_the_namespace_is_an_option_or_a_wrapper(
    argv: tuple[str, ...], netns: str | None, full_argv: tuple[str, ...]
) -> None:
    """Programs of iproute2 enter a namespace by `-n`, further programs by `ip netns exec`."""
    assert full_argv == Command(argv, netns).full_argv


@given(
    argv=st.lists(TEXTS, min_size=1, max_size=5).filter(lambda argv: bool(argv[0])),
    netns=st.sampled_from([None, "a b"]),
)
def test_a_shell_splits_the_line_into_the_arguments(argv: list[str], netns: str | None) -> None:
    """A logged line can be pasted into a shell, whatever the arguments hold."""
    command = Command(tuple(argv), netns)

    assert list(command.full_argv) == shlex.split(command.line)


def test_the_line_quotes_only_where_necessary() -> None:
    """A line for people has quotes only around arguments with special characters."""
    assert Command(("ip", "link", "set", "dev", "a", "alias", "it's me")).line == (
        """ip link set dev a alias 'it'"'"'s me'"""
    )


def test_a_command_prints_as_its_line() -> None:
    """`print(command)` shows the line to type."""
    assert str(Command(("ip", "link"), "ns1")) == "ip -n ns1 link"


def test_arguments_become_text() -> None:
    """A number or a path among the arguments is written as text."""
    assert ("ip", "link", "7") == Command(["ip", "link", 7]).argv


@pytest.mark.parametrize("argv", [(), [], ("",), ("", "x")])
def test_a_command_without_a_program_is_refused(argv: object) -> None:
    """An empty command is refused before anything runs."""
    with pytest.raises(InvalidArgument, match="there is no program to run"):
        Command(argv)


def test_a_single_string_is_no_command() -> None:
    """A command line in a single string is refused, and not split."""
    with pytest.raises(InvalidArgument, match="'ip link' is one string"):
        Command("ip link")


def test_a_nul_cannot_be_given_to_a_program() -> None:
    """A NUL character would cut the argument, and is refused."""
    with pytest.raises(InvalidArgument, match="NUL"):
        Command(("ip", "a\0b"))


@pytest.mark.parametrize("netns", ["", "a/b", "..", "../../proc/self/ns/net", "x" * 256])
def test_a_namespace_is_a_name_and_no_path(netns: str) -> None:
    """`ip -n` itself would take a path and leave the place."""
    with pytest.raises(InvalidArgument, match=r"^netns: "):
        Command(("ip", "link"), netns)


def test_a_command_cannot_be_changed() -> None:
    """A recorded command stays the command that ran."""
    with pytest.raises(FrozenInstanceError):
        Command(("ip",)).argv = ("tc",)  # type: ignore[misc]


def test_commands_are_equal_without_their_objects() -> None:
    """Created, deleted and renamed objects do not count for equality."""
    created = CreatedObject("link", "v0", {"dev": "v0"})

    assert Command(
        ("ip",), creates=(created,), deletes=(("a", None, "b"),), renames=LinkRename("a", "b", None)
    ) == Command(("ip",))


@pytest.mark.parametrize(
    "command",
    [
        Command(("ip", "a")),
        Command(("ip",), "ns1"),
        Command(("ip",), stdin="x"),
        Command(("ip",), changes=False),
        Command(("ip",), timeout=1.0),
        Command(("ip",), env={"A": "b"}),
        Command(("ip",), cwd="/"),
    ],
)
def test_commands_differ_by_their_execution(command: Command) -> None:
    """Arguments, namespace, stdin, purpose, timeout and environment count for equality."""
    assert command != Command(("ip",))


def test_a_command_changes_state_by_default() -> None:
    """A command of unknown purpose has to be in the script."""
    assert Command(("true",)).changes


@pytest.mark.parametrize(
    ("deletes", "expected"),
    [
        ((), False),
        ((("netns", None, "pod"),), True),
        ((("netns", None, "other"),), False),
        ((("netns", None, "*"),), True),
        ((("link", None, "pod"), ("link", "pod", "*")), False),
    ],
)
def test_a_command_deletes_the_namespaces_that_it_names(
    deletes: tuple[tuple[str, str | None, str], ...], expected: bool
) -> None:
    """A namespace is deleted by its name or with all others; the first one never is."""
    command = Command(("ip", "netns", "delete"), deletes=deletes)

    assert expected == command.deletes_namespace("pod")
    assert not command.deletes_namespace(None)


def test_a_created_object_has_a_key() -> None:
    """Noun, namespace and name identify a created object."""
    assert ("link", "ns1", "v0") == CreatedObject("link", "v0", {"dev": "v0"}, "ns1", ("br0",)).key


@pytest.fixture(scope="module")
def link_session(sandbox_session: Session) -> Session:
    """A sandbox for the tests of this file, with a link `d`."""
    sandbox_session.exec("ip", "link", "add", "name", "d", "type", "ifb")
    return sandbox_session


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
def test_iproute2_splits_a_batch_line_into_the_arguments(link_session: Session, text: str) -> None:
    """iproute2's tokenizer reads every argument unchanged, or the argument is refused before."""
    command = Command(("ip", "link", "set", "dev", "d", "alias", text, "mtu", "1234"))
    try:
        line = command.batch_line
    except NotBatchable:
        return

    link_session.exec("ip", "-batch", "-", stdin=f"{line}\nlink set dev d txqueuelen 77\n")
    shown = link_session.exec("ip", "-j", "link", "show", "dev", "d")
    link = json.loads(shown.stdout, strict=False)[0]

    assert text == link.get("ifalias", "")
    assert 1234 == link["mtu"]
    assert 77 == link["txqlen"]

    link_session.exec(
        "ip", "link", "set", "dev", "d", "alias", "", "mtu", "1500", "txqueuelen", "32"
    )


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
def test_a_batch_line_has_the_arguments_behind_the_options(
    argv: tuple[str, ...], line: str
) -> None:
    """The program and the global options belong to the worker."""
    assert line == Command(argv).batch_line


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (Command(("ping", "x")), "only arguments of ip, bridge and tc"),
        (Command(("ip", "link"), stdin="x"), "only arguments of ip, bridge and tc"),
        (Command(("ip", "link", "set", "dev", "a", "alias", "a#b")), "end a batch line"),
        (Command(("ip", "link", "set", "dev", "a", "alias", "a\nb")), "end a batch line"),
        (Command(("ip", "link", "set", "dev", "a", "alias", '"it\'s me"')), "both kinds of quotes"),
        (Command(("ip", *("x",) * 91)), "more than 90 arguments"),
        (
            Command(("ip", "maddress", "add", "01:00:5e:00:00:07", "dev", "a")),
            "it ends a batch",
        ),
        (Command(("ip", "maddr", "del", "01:00:5e:00:00:07", "dev", "a")), "it ends a batch"),
        (Command(("ip", "-6", "route", "flush", "dev", "a")), "deletes routes of no link"),
        (Command(("ip", "r", "f", "dev", "a")), "deletes routes of no link"),
    ],
)
def test_an_unbatchable_command_is_refused(command: Command, reason: str) -> None:
    """The error gives the reason, and the command runs in a process of its own."""
    with pytest.raises(NotBatchable, match=reason):
        _ = command.batch_line


def test_ninety_arguments_are_not_too_many() -> None:
    """The limit itself is allowed."""
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
def test_the_global_options_precede_the_object(
    argv: tuple[str, ...], flags: tuple[str, ...]
) -> None:
    """An option behind the object is no global option."""
    assert flags == Command(argv).flags


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (("ip", "-o", "-ts", "monitor", "link"), True),
        (("ip", "netns", "monitor"), True),
        (("bridge", "-t", "monitor", "all"), True),
        (("ip", "-o", "monitor", "file", "log"), False),
        (("ip", "link", "show", "dev", "monitor"), False),
        (("udevadm", "monitor"), False),
    ],
)
def test_monitors_run_until_stopped(argv: tuple[str, ...], expected: bool) -> None:
    """Monitors run until they are stopped, unless they read a file."""
    assert expected == Command(argv, changes=False).runs_until_stopped


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"argv": ("ip", "sesame\ud800")}, r"argv\[1\] cannot be written as bytes: U\+D800 at 6"),
        ({"argv": ("ip", "sesame\0")}, r"argv\[1\] holds a NUL"),
        ({"argv": ("cat",), "stdin": "sesame\ud800"}, "stdin cannot be written as bytes"),
    ],
)
def test_text_without_an_encoding_is_not_quoted(arguments: dict[str, Any], message: str) -> None:
    """An argument that cannot be passed may be a key: the message has its position only."""
    with pytest.raises(InvalidArgument, match=message) as info:
        Command(**arguments)

    assert "sesame" not in f"{info.value!r}"
    assert info.value.__context__ is None


def test_stdin_may_hold_a_nul() -> None:
    """Any byte may come on stdin: also NUL, and those that are not UTF-8."""
    assert "\0\udcff" == Command(("cat",), stdin="\0\udcff").stdin


@pytest.mark.parametrize(
    ("env", "cwd", "netns", "line"),
    [
        ({"A": "b"}, None, "red", "A=b ip netns exec red true"),
        ({"A": "it's"}, "/a b", None, "(cd '/a b' && A='it'\"'\"'s' true)"),
        ({"A": Secret("x", "KEY")}, "-d", None, '(cd -- -d && A="$KEY" true)'),
        ({"PATH": "/x", "A": ""}, None, "red", "A='' ip netns exec red env PATH=/x true"),
        ({"PATH": "/x"}, None, None, "env PATH=/x true"),
        ({}, None, None, "true"),
    ],
)
def test_variables_and_directory_stand_in_the_line(
    env: dict[str, str], cwd: str | None, netns: str | None, line: str
) -> None:
    """The line is what a person would type; a search path is for the program itself."""
    assert line == Command(("true",), netns, env=env, cwd=cwd).line


def test_a_search_path_of_iproute2_stands_before_it() -> None:
    """`ip` is found by it, as `ip` runs programs that are to be found by it."""
    command = Command(("ip", "vrf", "exec", "red", "true"), env={"PATH": "/x"})
    assert "PATH=/x ip vrf exec red true" == command.line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"env": {"A-B": "x"}}, r"^env: 'A-B' is no name of a variable"),
        ({"env": {"": "x"}}, r"^env: '' is no name"),
        ({"env": {"1A": "x"}}, r"^env: '1A' is no name"),
        ({"env": {"A\n": "x"}}, r"^env: 'A\\n' is no name"),
        ({"env": {3: "x"}}, r"^env: 3 is no name"),
        ({"env": {"A": "secret\0"}}, r"^env\['A'\] holds a NUL, which no program's argument can$"),
        ({"env": {"A": None}}, r"^env\['A'\]: a NoneType is no text$"),
        ({"env": {"A": True}}, r"^env\['A'\]: a bool is no text$"),
        ({"env": "A=b"}, r"^env: 'A=b' is no mapping"),
        (
            {"env": {"PATH": Secret("x", "KEY")}},
            r"^env\['PATH'\]: a search path .* cannot be secret",
        ),
        ({"cwd": ""}, r"^cwd: '' is no path of a directory$"),
        ({"cwd": 3}, r"^cwd: 3 is no path of a directory$"),
        ({"cwd": b"/"}, r"^cwd: b'/' is no path of a directory$"),
        ({"cwd": "/\0"}, r"^cwd holds a NUL"),
    ],
)
def test_variables_and_directory_are_checked(arguments: dict[str, Any], message: str) -> None:
    """Names, values and paths that no program can get are refused; no value is quoted."""
    with pytest.raises(InvalidArgument, match=message):
        Command(("true",), **arguments)


def test_variables_become_text() -> None:
    """Numbers and paths are written as text; no variable at all is None."""
    command = Command(("true",), env={"PORT": 8000, "HOME": Path("/x")}, cwd=Path("/y"))

    assert {"PORT": "8000", "HOME": "/x"} == command.env
    assert "/y" == command.cwd
    assert Command(("true",)).env is Command(("true",), env={}).env is None


def test_a_secret_variable_gets_its_value() -> None:
    """A secret without a value among the variables gets the known value, as an argument does."""
    command = Command(("true",), env={"A": Secret(None, "KEY"), "B": "c"})
    assert ("KEY",) == tuple(secret.name for secret in command.secrets)

    known = command.with_secret_values({"KEY": "value"})
    assert known.env is not None
    assert "value" == reveal(known.env["A"])
    assert "c" == known.env["B"]


def test_a_command_with_variables_is_no_batch_line() -> None:
    """A worker has one environment for all lines."""
    for options in ({"env": {"A": "b"}}, {"cwd": "/"}):
        with pytest.raises(NotBatchable, match="a batch line has no environment of its own"):
            _ = Command(("ip", "link"), **options).batch_line
