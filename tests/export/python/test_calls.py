"""The call of each step: a verb, a program, a secret, or the command itself."""

import ast
from pathlib import Path

from hypothesis import given

from ipwrap import Command, InvalidArgument, Result, Secret
from ipwrap.command import CreatedObject, LinkRename
from ipwrap.recording import ProcessAction
from tests.export.python.recordings import main_lines, play_script, recording_of, spawned, steps_of
from tests.strategies import ANY_TEXT


def test_exec_with_every_keyword() -> None:
    """A program has stdin, a timeout, a namespace and the read-only mark."""
    command = Command(("cat",), "red", stdin="x\n", changes=False, timeout=1.5)
    with_environment = Command(("cat",), env={"A": "b", "K": Secret("x", "KEY")}, cwd="/usr")

    assert [
        'session.netns("red").exec("cat", changes=False, stdin="x\\n", timeout=1.5)'
    ] == main_lines(recording_of(command))
    assert [
        'session.exec("cat", env={"A": "b", "K": Secret(None, "KEY")}, cwd="/usr")'
    ] == main_lines(recording_of(with_environment))


def test_a_command_of_iproute2_with_variables_stays_raw() -> None:
    """A verb takes no variables: the command itself is run."""
    command = Command(("ip", "link", "set", "v0", "up"), env={"A": "b"})
    assert ['session.run("ip link set v0 up", env={"A": "b"})'] == main_lines(recording_of(command))


def test_a_printed_secret_with_variables_is_a_raw_command() -> None:
    """`session.secret` takes no variables."""
    command = Command(("wg", "genkey"), changes=False, output_secret="KEY", cwd="/")
    assert [
        'session.run(Command(("wg", "genkey"), changes=False, cwd="/", output_secret="KEY"))'
    ] == main_lines(recording_of(command))


def test_secrets_are_generated_or_come_from_the_environment() -> None:
    """A reused secret is a variable, and a failed secret is suppressed."""
    key = Secret(None, "EAST_KEY")
    private_key = Command(("wg", "genkey"), changes=False, output_secret="EAST_KEY")
    public_key = Command(("wg", "pubkey"), "red", stdin=key, changes=False, output_secret="PUBLIC")
    set_peer = Command(("wg", "set", "wg0", "peer", Secret(None, "OTHER")), stdin=key)
    changing_command = Command(("wg", "genkey"), output_secret="UNUSUAL_COMMANDS")

    assert [
        'east_key = session.secret("EAST_KEY", "wg", "genkey")',
        'session.netns("red").secret("PUBLIC", "wg", "pubkey", stdin=east_key)',
        'session.exec("wg", "set", "wg0", "peer", Secret(None, "OTHER"), stdin=east_key)',
        'session.run(Command(("wg", "genkey"), output_secret="UNUSUAL_COMMANDS"))',
    ] == main_lines(recording_of(private_key, public_key, set_peer, changing_command))
    assert "with contextlib.suppress(CommandError):" in main_lines(
        recording_of(Result(private_key, 1))
    )


def test_a_raw_command_is_a_line_of_its_namespace(tmp_path: Path) -> None:
    """A command without a verb is one line, in the variable of its namespace, without effects."""
    created_object = CreatedObject("link", "t0", {"dev": "t0"}, "red", ("x",))
    add_tunnel = Command(
        ("ip", "tunnel", "add", "t0", "mode", "gre", "remote", "10.0.0.1"),
        "red",
        creates=(created_object,),
        deletes=(("link", None, "x"),),
    )
    rename_link = Command(("brctl", "x"), renames=LinkRename("a", "b", None))
    odd_name = Command(("ip", "l2tp", "add", "session", "name", "it's; {so}"), "red")
    recording = recording_of(add_tunnel, rename_link, odd_name)

    assert [
        'red = session.netns("red")',
        'red.run("ip tunnel add t0 mode gre remote 10.0.0.1")',
        'session.exec("brctl", "x")',
        """red.run("ip l2tp add session name 'it'\\"'\\"'s; {so}'")""",
    ] == main_lines(recording)
    replayed = [event.command for event in play_script(recording, tmp_path).commands]
    assert [add_tunnel, rename_link, odd_name] == replayed
    assert ["t0"] == [created.name for created in replayed[0].creates]


def test_a_program_in_every_namespace_is_a_verb() -> None:
    """`ip -all netns exec` is the call of its verb, if it has what the verb has."""
    argv = ("ip", "-all", "netns", "exec", "cat", "x")
    commands = (
        Command(argv, changes=False, timeout=3),
        Result(Command(argv), 1),
        Command(argv, stdin="x"),
    )
    assert [
        'session.ip.netns.exec_all("cat", "x", changes=False, timeout=3)',
        "# in the session: status 1",
        'session.ip.netns.exec_all("cat", "x", check=False)',
        'session.run("ip -all netns exec cat x", changes=True, stdin="x")',
    ] == main_lines(recording_of(*commands))


def test_a_raw_command_with_a_secret_is_a_command() -> None:
    """A line cannot hold a secret: the command itself is run."""
    key = Secret(None, "KEY")
    assert [
        'session.run(Command(("ip", "xfrm", "state", "add", "auth", Secret(None, "KEY"))))'
    ] == main_lines(recording_of(Command(("ip", "xfrm", "state", "add", "auth", key))))


@given(ANY_TEXT.filter(bool), ANY_TEXT)
def test_text_of_processes_stays_text(word: str, text: str) -> None:
    """Arguments, stdin and log of a process are literals of the script, whatever they hold."""
    try:
        events = spawned(1, "httpd", word, stdin=text, log=word)
    except InvalidArgument:
        return
    lines = main_lines(steps_of(*events, ProcessAction(1, "stop", seconds=3.0)))
    (statement,) = ast.parse("\n".join(lines)).body
    assert isinstance(statement, ast.With)
    call = statement.items[0].context_expr
    assert isinstance(call, ast.Call)
    values = [
        ast.literal_eval(value) for value in (*call.args, *(key.value for key in call.keywords))
    ]
    assert ["httpd", word, text, word] == values
