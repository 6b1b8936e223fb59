"""The classes and filters below the qdiscs of a state.

`tc` lists them for a link only: tc_dump_tclass() in net/sched/sch_api.c and tc_dump_tfilter() in
net/sched/cls_api.c. So they are read where a qdisc was set, behind the other reads; the filters of
a class where it has classes below.
"""

import contextlib
import re
from collections.abc import Iterable, Iterator
from typing import Any

from attrs import frozen

from ipwrap.command import Command
from ipwrap.errors import CommandError, ExecutorError, InvalidArgument, OutputError
from ipwrap.jsonio.reader import check_objects, decode
from ipwrap.qdiscs.units import to_bits, to_bytes
from ipwrap.result import Result
from ipwrap.state.snapshot import TRAFFIC_NOUNS, State
from ipwrap.state.traffic_kinds import CLASSLESS, FILTERLESS, may_have_traffic
from ipwrap.state.traffic_sizes import is_rounded_by, restore_sizes
from ipwrap.verbs.runner import Runner, run_reads

__all__ = ["add_made_traffic", "add_traffic", "read_traffic"]

Json = dict[str, Any]

# The words of `tc filter show` for each place with filters of its own.
ATTACH_POINTS = {"ingress": ("ingress",), "clsact": ("ingress", "egress")}
OWN_PLACES = frozenset({"ingress", "egress"})

CLASS = re.compile(
    r"class (?P<class>\S+) (?P<handle>\S+) (?:root|parent (?P<parent>\S+))\s*(?P<options>.*)"
)

# The limits of a police, which its JSON lacks: print_police() in iproute2's tc/m_police.c.
POLICE = re.compile(r"^.*\bpolice 0x([0-9a-f]+) (.*)$", re.MULTILINE)
LIMITS = {
    **dict.fromkeys(("rate", "peakrate", "avrate"), lambda text: (to_bits(text) or 0) // 8),
    **dict.fromkeys(("burst", "mtu"), to_bytes),
}


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
            printed = _parse(self.noun, result.check().stdout)
        except (CommandError, OutputError, ExecutorError):
            return []
        return [self.omitted | json_object for json_object in printed]


def add_traffic(state: State, runner: Runner) -> None:
    """Add the classes and filters to a state with qdiscs, all of a kind read at once."""
    # An empty list of the first namespace shows that they were read.
    for noun in sorted(TRAFFIC_NOUNS):
        state.setdefault("", {}).setdefault(noun, [])

    _add(state, runner, reads=_reads(state))
    _add(state, runner, reads=_reads_of_classes(state))
    _add_limits(state, runner)
    _restore_sizes(state, runner)


def read_traffic(state: State, runner: Runner) -> State:
    """Return the classes and filters at the qdiscs of a state; only those that commands may make.

    Nothing is read where no qdisc may have any.
    """
    part: State = {}
    for netns, nouns in state.items():
        part[netns] = {"tc qdisc": [*filter(may_have_traffic, nouns.get("tc qdisc", ()))]}

    add_traffic(part, runner)
    for nouns in part.values():
        nouns.pop("tc qdisc", None)
    return {netns: nouns for netns, nouns in part.items() if nouns}


def add_made_traffic(state: State, runner: Runner) -> None:
    """Add the classes and filters that commands may have made to a state with qdiscs."""
    for netns, nouns in read_traffic(state, runner).items():
        state[netns] |= nouns


def _add(state: State, runner: Runner, *, reads: Iterable[TrafficRead]) -> None:
    """Add the objects of some reads to a state."""
    pending = list(reads)
    results = run_reads(runner, [read.command for read in pending])

    for read, result in zip(pending, results, strict=True):
        objects = read.objects(result)
        if objects:
            state[read.netns].setdefault(read.noun, []).extend(objects)


def _parse(noun: str, text: str) -> list[Json]:
    """Return the objects in the output of a read, in the JSON of later releases.

    `tc class` prints text before iproute2 6.2. Raises `OutputError`.
    """
    # Loaded late: most places have no qdisc that somebody has set.
    from ipwrap.models.tc_filter import TcFilter
    from ipwrap.models.tc_text_options import repair_filter

    if not text.strip():
        return []
    if noun == "tc class" and text.lstrip().startswith("class "):
        return [*_parse_classes(text)]
    return [*map(repair_filter, check_objects(decode(text, repeated=TcFilter.repeated)))]


def _parse_classes(text: str) -> Iterator[Json]:
    """Yield the classes in the text of `tc class`; those of unknown options with these as text."""
    from ipwrap.models.base import dump_all
    from ipwrap.models.tc_class import classes_from_text

    for line in filter(None, map(str.strip, text.splitlines())):
        try:
            yield from dump_all(classes_from_text(line))
        except OutputError:
            match = CLASS.match(line)
            if match is not None:
                yield {
                    **{key: value for key, value in match.groupdict().items() if value},
                    **({} if match["parent"] else {"root": True}),
                }


def _reads(state: State) -> Iterator[TrafficRead]:
    """Yield the reads of the links that have qdiscs."""
    for netns, nouns in state.items():
        for qdisc in nouns.get("tc qdisc", ()):
            dev, kind, handle = (str(qdisc.get(key)) for key in ("dev", "kind", "handle"))
            if kind not in CLASSLESS and qdisc.get("root"):
                yield _read(netns, "class", dev=dev)

            for place in ATTACH_POINTS.get(kind, ()):
                yield _read(netns, "filter", dev=dev, place=(place,))
            if kind not in {*FILTERLESS, *ATTACH_POINTS}:
                yield _read(netns, "filter", dev=dev, place=("parent", handle))


def _reads_of_classes(state: State) -> Iterator[TrafficRead]:
    """Yield the reads of the filters that classes have, which choose among the classes below."""
    for netns, nouns in state.items():
        classes = nouns.get("tc class", ())
        uppers = {(lower["dev"], lower.get("parent")) for lower in classes}
        for upper in classes:
            if (upper["dev"], upper.get("handle")) in uppers:
                place = ("parent", str(upper["handle"]))
                yield _read(netns, "filter", dev=upper["dev"], place=place)


def _read(netns: str, noun: str, *, dev: str, place: tuple[str, ...] = ()) -> TrafficRead:
    """Return the read of the classes or filters of a link, at a place."""
    # The quantum of a class is one of its details.
    flags = ("-j", "-d") if noun == "class" else ("-j",)
    command = Command(
        ("tc", *flags, noun, "show", "dev", dev, *place), netns or None, changes=False, batch=True
    )
    omitted = {"dev": dev, "parent": place[-1]} if place else {"dev": dev}
    return TrafficRead(netns, f"tc {noun}", command, omitted)


def _add_limits(state: State, runner: Runner) -> None:
    """Add the limits of the police actions of filters, which `tc` prints as text only."""
    places = [
        (netns, str(data["dev"]), str(data["parent"]))
        for netns, nouns in state.items()
        for data in nouns.get("tc filter", ())
        if any(_police_actions(data))
    ]
    commands = {place: _text_command(place) for place in places}
    results = run_reads(runner, [*commands.values()])

    for (netns, dev, parent), result in zip(commands, results, strict=True):
        limits = _parse_limits(result.stdout)
        for data in state[netns]["tc filter"]:
            if (data["dev"], data["parent"]) == (dev, parent):
                for action in _police_actions(data):
                    action |= limits.get(int(action.get("index", 0)), {})


def _police_actions(data: Json) -> Iterator[Json]:
    """Yield the police actions of a filter; the options of a u32 may be those of one as well."""
    options = data.get("options")
    if isinstance(options, dict):
        actions = options.get("actions")
        candidates = [options, *(actions if isinstance(actions, list) else ())]
        yield from (action for action in candidates if action.get("kind") == "police")


def _text_command(location: tuple[str, str, str]) -> Command:
    """Return the command that lists the filters of a namespace, link and parent as text."""
    netns, dev, parent = location
    place = (parent,) if parent in OWN_PLACES else ("parent", parent)
    argv = ("tc", "filter", "show", "dev", dev, *place)
    return Command(argv, netns or None, changes=False, batch=True)


def _parse_limits(text: str) -> dict[int, Json]:
    """Return the limits of police actions by their index, rates in bytes a second."""
    limits: dict[int, Json] = {}
    for index, rest in POLICE.findall(text):
        words = rest.split()
        pairs = dict(zip(words[::2], words[1::2], strict=False))
        with contextlib.suppress(InvalidArgument):
            limits[int(index, 16)] = {
                key: parse(pairs[key]) for key, parse in LIMITS.items() if key in pairs
            }
    return limits


def _restore_sizes(state: State, runner: Runner) -> None:
    """Undo the rounding of sizes, where the release of `tc` rounds them."""
    sized = [
        data
        for nouns in state.values()
        for data in (
            *nouns.get("tc class", ()),
            *(action for data in nouns.get("tc filter", ()) for action in _police_actions(data)),
        )
        if "burst" in data
    ]
    if not sized:
        return

    (result,) = run_reads(runner, [Command(("tc", "-V"), changes=False)])
    if is_rounded_by(result.stdout):
        for data in sized:
            restore_sizes(data)
