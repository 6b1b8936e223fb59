"""The classes and filters below the qdiscs of a state.

`tc` lists them for a link only: tc_dump_tclass() in net/sched/sch_api.c and tc_dump_tfilter() in
net/sched/cls_api.c. So they are read where a qdisc was set, behind the other reads.
"""

from collections.abc import Iterator
from typing import Any

from attrs import frozen

from ipwrap.command import Command
from ipwrap.errors import CommandError, ExecutorError, OutputError
from ipwrap.jsonio.reader import check_objects
from ipwrap.result import Result
from ipwrap.state.snapshot import TRAFFIC_NOUNS, State
from ipwrap.verbs.runner import Runner, run_reads

__all__ = ["add_traffic"]

Json = dict[str, Any]

# Qdiscs without classes: most of those that are set. Any other may have some.
CLASSLESS = frozenset(
    {
        *("bfifo", "blackhole", "cake", "choke", "codel", "fq", "fq_codel", "fq_pie", "gred"),
        *("hhf", "pfifo", "pfifo_fast", "pfifo_head_drop", "pie", "plug", "red", "sfb", "sfq"),
        *("noqueue", "clsact", "ingress"),
    }
)
# The words of `tc filter show` for each place with filters of its own.
ATTACH_POINTS = {"ingress": ("ingress",), "clsact": ("ingress", "egress")}


@frozen
class TrafficRead:
    """A command that lists the classes or filters of a link, and what its JSON leaves out."""

    netns: str
    noun: str
    command: Command
    omitted: Json

    def objects(self, result: Result) -> list[Json]:
        """Return the objects that the command has printed; none where it has failed."""
        try:
            printed = check_objects(result.check().json())
        except (CommandError, OutputError, ExecutorError):
            return []
        return [self.omitted | json_object for json_object in printed]


def add_traffic(state: State, runner: Runner) -> None:
    """Add the classes and filters to a state with qdiscs, all read at once."""
    reads = list(_reads(state))
    results = run_reads(runner, [read.command for read in reads])

    # An empty list of the first namespace shows that they were read.
    for noun in sorted(TRAFFIC_NOUNS):
        state.setdefault("", {}).setdefault(noun, [])

    for read, result in zip(reads, results, strict=True):
        objects = read.objects(result)
        if objects:
            state[read.netns].setdefault(read.noun, []).extend(objects)


def _reads(state: State) -> Iterator[TrafficRead]:
    """Yield the reads of the links that have qdiscs."""
    for netns, nouns in state.items():
        for qdisc in nouns.get("tc qdisc", ()):
            dev, kind, handle = (str(qdisc.get(key)) for key in ("dev", "kind", "handle"))
            if kind not in CLASSLESS and qdisc.get("root"):
                yield _read(netns, "class", dev=dev)

            for place in ATTACH_POINTS.get(kind, ()):
                yield _read(netns, "filter", dev=dev, place=(place,))
            if kind not in CLASSLESS:
                yield _read(netns, "filter", dev=dev, place=("parent", handle))


def _read(netns: str, noun: str, *, dev: str, place: tuple[str, ...] = ()) -> TrafficRead:
    """Return the read of the classes or filters of a link, at a place."""
    command = Command(
        ("tc", "-j", noun, "show", "dev", dev, *place), netns or None, changes=False, batch=True
    )
    omitted = {"dev": dev, "parent": place[-1]} if place else {"dev": dev}
    return TrafficRead(netns, f"tc {noun}", command, omitted)
