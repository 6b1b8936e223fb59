"""The variables of a script: new namespaces, and namespaces that several steps use."""

from ipwrap import Command, Result
from tests.export.python.recordings import main_lines, recording_of


def test_a_namespace_that_is_used_often_is_a_variable() -> None:
    """A namespace with several commands is a variable, with a number after a reserved name."""
    names = ("red", "red", "blue", "main", "main", "10.0", "10.0", "class", "class", "--", "--")
    lines = main_lines(recording_of(*(Command(("true",), name) for name in names)))

    assert [
        'red = session.netns("red")',
        'red.exec("true")',
        'red.exec("true")',
        'session.netns("blue").exec("true")',
        'main_2 = session.netns("main")',
    ] == lines[:5]
    assert [
        'ns_10_0 = session.netns("10.0")',
        'class_2 = session.netns("class")',
        'ns = session.netns("--")',
    ] == [line for line in lines if line.startswith(("ns", "class")) and "session" in line]


def test_a_new_namespace_is_the_value_of_its_verb() -> None:
    """`netns.add` returns the namespace: a variable, unless it is used once, or `add` failed."""
    commands = (
        Command(("ip", "netns", "add", "red")),
        Command(("ip", "netns", "add", "blue")),
        Command(("true",), "blue"),
        Command(("true",), "red"),
        Command(("false",), "red"),
        Command(("ip", "netns", "delete", "red")),
        Command(("ip", "netns", "attach", "red", "1")),
        Command(("true",), "red"),
    )

    assert [
        'red = session.ip.netns.add("red")',
        'session.ip.netns.add("blue")',
        'session.netns("blue").exec("true")',
        'red.exec("true")',
        'red.exec("false")',
        'session.ip.netns.delete("red")',
        'session.ip.netns.attach("red", pid=1)',
        'red.exec("true")',
    ] == main_lines(recording_of(*commands))

    exists = "Cannot create namespace file: File exists"
    failed = Result(commands[0], 1, stderr=exists)
    others = [Result(Command(("true",), "red"))] * 2
    assert [
        "# in the session: status 1, Cannot create namespace file: File exists",
        "with contextlib.suppress(AlreadyExists):",
        '    session.ip.netns.add("red")',
        'red = session.netns("red")',
    ] == main_lines(recording_of(failed, *others))[:4]
