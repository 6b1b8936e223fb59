"""Questions about many namespaces that a helper program answers, instead of a process for each.

In most of a thousand namespaces there is no qdisc and no rule of IPv6 that somebody has set; and
`ip netns list-id` opens every name of the place: in every namespace, that takes seconds. Few
namespaces are read by the commands alone, which need less time than a Python to start.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ipwrap.command import Command
from ipwrap.errors import IpwrapError
from ipwrap.jsonio.reader import check_objects
from ipwrap.places.helper_argv import helper_argv
from ipwrap.verbs.runner import Runner

__all__ = ["find_unchanged", "read_fresh", "read_numbers"]

PROGRAM = str(Path(__file__).with_name("netlink_main.py"))
READ_SECONDS = 60.0
# By the record that says that a namespace has the same of them as a fresh one.
UNCHANGED_NOUNS = {"r": "rule inet6", "q": "tc qdisc"}
LIST_NUMBERS, COMPARE = "i", "d"  # the kinds of a request

Objects = list[dict[str, Any]]


def find_unchanged(runner: Runner, namespaces: Sequence[str]) -> dict[str, set[str]]:
    """Return, for each namespace, the nouns in which it does not differ from a fresh one.

    Qdiscs count where somebody has set them, and not those that the kernel gives a link. A
    namespace that the helper cannot read is left out.
    """
    records = _ask(runner, namespaces, question=COMPARE)
    return {
        netns: {UNCHANGED_NOUNS[record] for record in netns_records if record in UNCHANGED_NOUNS}
        for netns, netns_records in records.items()
    }


def read_fresh(runner: Runner, argv: tuple[str, ...]) -> Objects | None:
    """Return what a read prints in a namespace made for it, which nobody else can change.

    None if it fails.
    """
    command = Command(("unshare", "--net", "--", *argv), changes=False)
    try:
        return check_objects(runner.run(command).json())
    except IpwrapError:
        return None


def read_numbers(runner: Runner, namespaces: Sequence[str]) -> dict[str, Objects]:
    """Return the numbers of each namespace for others, as `ip -j netns list-id` prints them.

    A namespace that the helper cannot read is left out.
    """
    numbers: dict[str, Objects] = {}
    for netns, records in _ask(runner, namespaces, question=LIST_NUMBERS).items():
        numbers[netns] = []
        for record in records:
            number, _, name = record[1:].partition(" ")
            numbers[netns].append({"nsid": int(number), **({"name": name} if name else {})})
    return numbers


def _ask(runner: Runner, namespaces: Iterable[str], *, question: str) -> dict[str, list[str]]:
    """Return the records of a reply by namespace: see `ipwrap.state.netlink_main`.

    No records where the helper cannot run, or where the kernel does not know the question.
    """
    command = Command(
        helper_argv(runner, PROGRAM),
        stdin="".join(f"{question}{netns}\0" for netns in namespaces),
        changes=False,
        timeout=READ_SECONDS,
    )
    try:
        reply = runner.run(command).stdout
    except IpwrapError:
        return {}

    records: dict[str, list[str]] = {}
    for record in reply.split("\0")[:-1]:
        if record.startswith("n"):
            netns_records = records[record[1:]] = []
        else:
            netns_records.append(record)
    return records
