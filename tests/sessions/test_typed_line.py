"""Tests of `ipwrap.sessions.typed_line`, by the methods `run` that use it."""

import pytest

from ipwrap import Command, InvalidArgument, Secret, Session
from ipwrap.executors import DryRun
from ipwrap.places import Local


def recorded(session: Session) -> list[Command]:
    """Return the commands of a session."""
    return [event.command for event in session.recording.commands]


def test_a_line_is_a_command_with_the_effects_of_its_words() -> None:
    """A line of iproute2 knows whether it changes something, and what it creates and deletes."""
    with Session(Local(), DryRun()) as session:
        red = session.netns("red")
        red.run("ip ntable show")
        red.run("ip tunnel add t0 mode gre remote 10.0.0.1")
        session.run("ip netns del red")
        session.run("ip netns exec red ping -c 1 10.0.0.1")
        red.run("ping -c 1 '10.0.0.1'", timeout=5, env={"LANG": "C"}, cwd="/", stdin="x")

        show, add, delete, ping, own_ping = recorded(session)

    assert (("ip", "ntable", "show"), "red", False) == (show.argv, show.netns, show.changes)
    assert (True, [("link", "red", "t0")]) == (
        add.changes,
        [created.key for created in add.creates],
    )
    assert (("netns", None, "red"),) == delete.deletes
    assert not ping.changes
    assert own_ping == Command(
        ("ping", "-c", "1", "10.0.0.1"),
        "red",
        timeout=5,
        env={"LANG": "C"},
        cwd="/",
        stdin="x",
    )


def test_what_a_line_changes_can_be_declared() -> None:
    """`changes` takes the place of what the tables know."""
    with Session(Local(), DryRun()) as session:
        session.run("ping 10.0.0.1", changes=False)
        session.run("ip ntable show", changes=True)

        assert [False, True] == [command.changes for command in recorded(session)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("ip link show | grep br0", "needs a shell"),
        ("ip link add br0 type bridge && ip link set br0 up", "needs a shell"),
        ("ip link del br0 2>/dev/null", "needs a shell"),
        ("ip link set $dev up", "needs a shell"),
        ('ip link set "$dev" up', "needs a shell"),
        ("ip link show; true", "needs a shell"),
        ("ip link\nip route", "needs a shell"),
        ("ip link set 'v0 up", "no closing quotation"),
        ("  ", "no program to run"),
    ],
)
def test_a_line_that_no_program_can_run_is_refused(line: str, reason: str) -> None:
    """A line for a shell, an open quote and an empty line are refused before anything runs."""
    with Session(Local(), DryRun()) as session, pytest.raises(InvalidArgument, match=reason):
        session.run(line)


def test_quoted_characters_of_a_shell_are_words() -> None:
    """In quotes, or behind a backslash, the characters of a shell stand for themselves."""
    with Session(Local(), DryRun()) as session:
        session.run(r"""echo 'a; $b' "c | d" e\;f""")

        assert [("echo", "a; $b", "c | d", "e;f")] == [
            command.argv for command in recorded(session)
        ]


def test_a_command_runs_in_the_namespace() -> None:
    """A `Command` gets the namespace whose method runs it, and takes no options."""
    with Session(Local(), DryRun()) as session:
        red = session.netns("red")
        command = Command(("wg", "set", "wg0", Secret("x", "KEY")))
        red.run(command)
        red.run(Command(("true",), "red"))

        assert ["red", "red"] == [command.netns for command in recorded(session)]
        with pytest.raises(InvalidArgument, match="another namespace"):
            red.run(Command(("true",), "blue"))
        with pytest.raises(InvalidArgument, match="give it to the Command itself"):
            session.run(command, timeout=3)
