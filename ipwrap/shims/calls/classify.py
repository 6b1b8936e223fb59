"""Convert a recorded call into a `Command`: its namespace, its effect, and the created objects."""

from attrs import evolve

from ipwrap.cmdline import ParsedCommand, closest_command
from ipwrap.cmdline.program_effects import changes_network, may_change
from ipwrap.command import IPROUTE2, Command

__all__ = ["classify", "may_change"]

Arguments = tuple[str, ...]


def classify(argv: Arguments, netns: str | None = None, *, stdin: str | None = None) -> Command:
    """Return the command of a call, in the form that a session records.

    ``netns`` is the namespace of the caller. `ip -n NAME …` and `ip netns exec NAME …` override
    ``netns``. Object and verb are written in full: `ip -n red l s eth0 up` becomes
    `ip link set eth0 up` in red. The command lists only created objects that ipwrap's verbs can
    delete again.
    """
    program = argv[0].rpartition("/")[2]
    if program not in IPROUTE2:
        return Command(argv, netns, stdin=stdin, changes=may_change(argv))

    # `ip netns exec red ip link` runs `ip link` in red: the recorded command is `ip -n red link`.
    parsed = ParsedCommand.of(argv, netns)
    if parsed.exec_argv is not None:
        exec_netns, exec_argv = parsed.exec_argv
        return classify(exec_argv, exec_netns, stdin=stdin)

    batch = () if parsed.batch is None else ("-batch", parsed.batch)
    command = Command(
        (parsed.program, *parsed.options(), *batch, *parsed.words),
        parsed.netns,
        stdin=stdin,
        changes=changes_network(parsed),
    )

    # A read creates nothing, and the lines of a batch are in its input.
    if batch or not command.changes:
        return command

    equivalent = closest_command(parsed)
    if equivalent is None:
        return command

    return evolve(
        command,
        creates=equivalent.creates,
        deletes=equivalent.deletes,
        renames=equivalent.renames,
    )
