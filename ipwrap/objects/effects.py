"""The effects of a command, derived from its arguments: what it creates, deletes and renames.

A recording names the effects of its commands, for other tools to read. ipwrap itself trusts none of
it: whoever could write into the file would choose what is deleted on a host. Instead, the arguments
are read by the tables as the call of a verb, and the verb declares the effects.
"""

from attrs import define, evolve, field

from ipwrap.cmdline.closest import closest_command
from ipwrap.cmdline.netns_files import created_netns
from ipwrap.cmdline.parsed import ParsedCommand
from ipwrap.cmdline.reader import Call, read_command
from ipwrap.command import IPROUTE2, Command, CreatedObject
from ipwrap.recording import CommandEvent, Pair

__all__ = ["EffectReader", "derive_effects", "with_derived_effects", "with_effects_of"]


@define
class EffectReader:
    """Replaces the effects in a recording by derived ones.

    ``unreadable`` collects the successful or interrupted changes of `ip`, `bridge` and `tc` that no
    table can read: nobody knows what they created, so nothing undoes them. Other programs, also
    those that `ip netns exec` runs, are not among them.
    """

    unreadable: list[Command] = field(factory=list)

    def read_pair(self, pair: Pair) -> Pair:
        """Return a command and its result, with the derived effects of a change."""
        event, result = pair
        if not isinstance(event, CommandEvent) or not event.command.changes:
            return pair

        command = self.read(event.command, is_done=result is None or result.ok)
        return evolve(event, command=command), result

    def read(self, command: Command, *, is_done: bool = True) -> Command:
        """Return a change with derived effects. A verb of this process declares them already."""
        command = _without_path(command)
        has_effects = command.creates or command.deletes or command.renames
        if (has_effects or command.declares_effects) and not command.from_file:
            return command

        derived = derive_effects(command)
        if derived is not None:
            return derived

        if is_done and _runs_iproute2(command):
            self.unreadable.append(command)
        return evolve(command, creates=(), deletes=(), renames=None, from_file=False)


def _without_path(command: Command) -> Command:
    """Return a command of iproute2 with the program's name only: `/usr/sbin/ip` is `ip`."""
    program, *arguments = command.argv
    folder, _, name = program.rpartition("/")
    if not folder or name not in IPROUTE2:
        return command
    return evolve(command, argv=(name, *arguments))


def with_derived_effects(command: Command) -> Command:
    """Return a command of a recording with its own arguments and derived effects.

    A command of this process is returned as it is.
    """
    if not command.from_file:
        return command

    derived = derive_effects(command)
    if derived is None:
        return evolve(command, creates=(), deletes=(), renames=None, from_file=False)
    return with_effects_of(command, derived)


def derive_effects(command: Command) -> Command | None:
    """Return a change as the verb would run it, with the effects that the verb declares.

    Where no verb has all of the arguments, the command is returned as it is, with the effects of
    the verb that comes closest. None for a command that no table can read.
    """
    if command.argv[0] not in IPROUTE2:
        return _with_netns_file(command)

    # How long a command may take, or what it reads and prints, does not decide its effects.
    bare = evolve(command, stdin=None, timeout=None, env=None, cwd=None, output_secret=None)
    call = read_command(bare)
    if isinstance(call, Call):
        commands = call.to_commands()
        if commands:
            return commands[-1]

    closest = _closest(bare)
    return None if closest is None else with_effects_of(command, closest)


def _with_netns_file(command: Command) -> Command | None:
    """Return a program that gives a name to a namespace, as `ln -s` does, with what it creates.

    None for any other program. Only outside a named namespace: `ip netns exec` has mounts of its
    own.
    """
    name = created_netns(command.argv)
    if name is None or command.netns is not None:
        return None

    created = CreatedObject("netns", name, {"name": name})
    return evolve(command, creates=(created,), deletes=(), renames=None, from_file=False)


def with_effects_of(command: Command, other: Command) -> Command:
    """Return a command with the effects of another."""
    return evolve(
        command,
        creates=other.creates,
        deletes=other.deletes,
        renames=other.renames,
        from_file=False,
    )


def _closest(command: Command) -> Command | None:
    """Return the change of the verb that comes closest to a command."""
    typed = ParsedCommand.of(command.argv, command.netns)
    if typed.exec_argv is None:
        return closest_command(typed)

    netns, argv = typed.exec_argv
    inner = ParsedCommand.of(argv, netns)
    # `ip netns exec` has a mount namespace of its own: what `ip netns` creates there is not here.
    if inner.program not in IPROUTE2 or inner.arguments[:1] == ("netns",):
        return None
    return closest_command(inner)


def _runs_iproute2(command: Command) -> bool:
    """Return whether a command runs `ip`, `bridge` or `tc` itself, also by `ip netns exec`."""
    if command.argv[0] not in IPROUTE2:
        return False

    exec_argv = ParsedCommand.of(command.argv, command.netns).exec_argv
    if exec_argv is None:
        return True
    program = exec_argv[1][0]
    return program.rpartition("/")[2] in IPROUTE2
