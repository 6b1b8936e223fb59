"""`Step`: one thing to do, as a value that each player takes in its own way, and its words for
iproute2.
"""

from collections.abc import Iterable

from attrs import frozen

__all__ = ["READS", "WORDS", "Step", "by_namespace", "line"]

READS = frozenset({"show", "links"})

WORDS: dict[str, str] = {
    "netns": "netns add {}",
    "gone": "netns delete {}",
    "bridge": "link add name {} up type bridge",
    "veth": "link add name {} type veth peer name {} netns {}",
    "between": "link add name {} netns {} type veth peer name {} netns {}",
    "port": "link set dev {} master {} up",
    "up": "link set dev {} up",
    "mtu": "link set dev {} mtu {}",
    "unlink": "link delete dev {}",
    "address": "address add {} dev {}",
    "route": "route add {} via {}",
    "show": "link show dev {}",
    "links": "link show",
}


@frozen
class Step:
    """A verb of `WORDS` and what fills its places, in a named namespace or in the first one."""

    verb: str
    args: tuple[str, ...] = ()
    netns: str | None = None

    @property
    def words(self) -> str:
        """The step as a line of `ip -batch`."""
        return WORDS[self.verb].format(*self.args)


def line(step: Step) -> str:
    """Return the step as one would type it into a shell."""
    flags = " -j -d" if step.verb in READS else ""
    inside = f" -n {step.netns}" if step.netns else ""
    return f"ip{inside}{flags} {step.words}"


def by_namespace(steps: Iterable[Step]) -> dict[str | None, list[Step]]:
    """Return the steps of each namespace, the first one's before all others."""
    found: dict[str | None, list[Step]] = {None: []}
    for step in steps:
        found.setdefault(step.netns, []).append(step)
    return found
