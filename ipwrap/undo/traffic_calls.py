"""The commands of `tc` that change qdiscs, classes and filters, read word by word.

The verbs of ipwrap know the options of some kinds. To take back a command, its place suffices:
tc_qdisc_modify(), tc_class_modify() and tc_filter_modify() in iproute2's tc.
"""

from collections.abc import Iterator

from attrs import frozen

from ipwrap.cmdline.parsed import ParsedCommand
from ipwrap.command import Command
from ipwrap.options.aliases import alias_table

__all__ = ["TrafficCall", "traffic_call"]

NOUNS = frozenset({"class", "filter", "qdisc"})
# The words before the kind that have a value, or two, and those that are a place themselves.
VALUE_COUNTS = {
    **dict.fromkeys(("block", "chain", "classid", "dev", "handle", "parent", "pref"), 1),
    **dict.fromkeys(("protocol", "ingress_block", "egress_block"), 1),
    "estimator": 2,
}
PLACES = frozenset({"clsact", "egress", "ingress", "root"})


@frozen
class TrafficCall:
    """A change of a qdisc, class or filter: its verb, and the arguments that tell which one.

    ``netns`` is the name of the namespace; empty for the first one. ``options`` are the words
    behind the kind of a filter.
    """

    noun: str
    verb: str
    netns: str
    arguments: dict[str, str]
    options: frozenset[str] = frozenset()


def traffic_call(command: Command) -> TrafficCall | None:
    """Return what a command of `tc` changes; None for any other command."""
    if not any(word.endswith("tc") for word in command.argv):  # nearly every change
        return None

    parsed = ParsedCommand.of(command.argv, command.netns)
    if parsed.exec_argv is not None:
        netns, argv = parsed.exec_argv
        parsed = ParsedCommand.of(argv, netns)

    if parsed.program != "tc" or parsed.batch is not None or parsed.is_read:
        return None
    noun, verb, *_ = parsed.arguments
    if noun not in NOUNS:
        return None

    words = [*parsed.rest]
    arguments = dict(_take_arguments(noun, words))
    return TrafficCall(noun, verb, parsed.netns or "", arguments, frozenset(words))


def _take_arguments(noun: str, remaining: list[str]) -> Iterator[tuple[str, str]]:
    """Remove and yield the arguments before the options of a kind, and the kind of a filter.

    Those of a qdisc may be behind a size table, whose words are passed over.
    """
    aliases = alias_table("tc filter show" if noun == "filter" else "")
    while remaining:
        word = aliases.canonical(remaining.pop(0))
        if word in PLACES:
            yield "parent", word
        elif word in VALUE_COUNTS:
            values = [remaining.pop(0) for _ in range(VALUE_COUNTS[word]) if remaining]
            yield word, " ".join(values)
        elif noun != "qdisc":
            yield "kind", word
            return
