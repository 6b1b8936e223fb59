"""`Step`: an operation for all players, and the iproute2 command of the operation."""

from collections.abc import Iterable

from attrs import frozen

__all__ = ["COMMANDS", "READS", "Step", "group_by_namespace", "shell_line"]

READS = frozenset({"show", "links"})

COMMANDS: dict[str, str] = {
    "netns": "netns add {}",
    "delete-netns": "netns delete {}",
    "bridge": "link add name {} up type bridge",
    "veth": "link add name {} type veth peer name {} netns {}",
    "between": "link add name {} netns {} type veth peer name {} netns {}",
    "port": "link set dev {} master {} up",
    "up": "link set dev {} up",
    "mtu": "link set dev {} mtu {}",
    "delete-link": "link delete dev {}",
    "address": "address add {} dev {}",
    "route": "route add {} via {}",
    "show": "link show dev {}",
    "links": "link show",
}


@frozen
class Step:
    """A verb of `COMMANDS` and its arguments, in a named namespace or in the first namespace."""

    verb: str
    args: tuple[str, ...] = ()
    netns: str | None = None

    @property
    def batch_line(self) -> str:
        """The step as a line of an `ip -batch` file."""
        return COMMANDS[self.verb].format(*self.args)


def shell_line(step: Step) -> str:
    """Return the step as a command line for a shell."""
    netns = f" -n {step.netns}" if step.netns else ""
    flags = " -j -d" if step.verb in READS else ""

    return f"ip{netns}{flags} {step.batch_line}"


def group_by_namespace(steps: Iterable[Step]) -> dict[str | None, list[Step]]:
    """Return the steps by namespace, the first namespace before the named namespaces."""
    groups: dict[str | None, list[Step]] = {None: []}
    for step in steps:
        groups.setdefault(step.netns, []).append(step)

    return groups
