"""Show one state as JSON and as text by several releases of iproute2, parse both, and compare.

    python scripts/text_against_json.py 6.1=/usr/sbin 7.1=/somewhere/iproute2-7.1
    scripts/kernel python3 scripts/text_against_json.py    links of every kind, on a full kernel

A release is a name and the folder of `ip` and `bridge`; without one the installed iproute2. The
state is made in a sandbox by the commands in text_states.txt. The table has, by release and noun,
the values of the models that are equal, missing in the text, and different. `--differences` lists
the values, `--save` and `--load` keep what was printed for a later comparison. The exit status is 1
if fewer values are equal than wanted: 99 % without `-d`, 95 % with.
"""

import argparse
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

# A script has its own folder on sys.path, and needs the repository's.
if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))

from ipwrap import OutputError, Session
from ipwrap.models.base import dump
from ipwrap.models.nouns import parse
from ipwrap.views.table import format_table

__all__ = ["READS", "Comparison", "Printed", "compare", "main", "print_state"]

STATES = Path(__file__).parent / "text_states.txt"
WANTED = {"without -d": 99.0, "with -d": 95.0}

# What is shown: the noun, the program, its options and its object.
READS: tuple[tuple[str, str, str], ...] = (
    ("address", "ip", "address show"),
    ("link", "ip", "link show"),
    ("route", "ip", "-4 route show table all"),
    ("route", "ip", "-6 route show table all"),
    ("route", "ip", "-f mpls route show"),
    ("rule", "ip", "-4 rule show"),
    ("rule", "ip", "-6 rule show"),
    ("neigh", "ip", "neigh show"),
    ("neigh", "ip", "neigh show proxy"),
    ("nexthop", "ip", "nexthop show"),
    ("bridge link", "bridge", "link show"),
    ("bridge fdb", "bridge", "fdb show"),
    ("bridge vlan", "bridge", "vlan show"),
    ("bridge mdb", "bridge", "mdb show"),
)
BRIEF = frozenset({"address", "link"})
FORMS: tuple[tuple[str, ...], ...] = ((), ("-o",), ("-s",), ("-br",), ("-d",), ("-d", "-o"))
PLAIN_STATISTICS = frozenset({"address", "route", "rule", "nexthop", "bridge vlan"})
TIMER = re.compile(r" *\d+\.\d\d", re.ASCII)
END = "=== the output ends here ===\n"


@attrs.frozen
class Printed:
    """What a release printed of one noun: the text, and JSON before and after it."""

    release: str
    noun: str
    argv: tuple[str, ...]
    text: str
    before: str
    after: str

    @property
    def has_details(self) -> bool:
        """Whether the command had `-d`."""
        return "-d" in self.argv


@attrs.frozen
class Comparison:
    """The values of an output: equal, and the paths of those that are missing or different."""

    printed: Printed
    equal: int
    missing: tuple[str, ...]
    different: tuple[str, ...]
    added: tuple[str, ...]
    problem: str = ""

    @property
    def total(self) -> int:
        """The number of values in JSON."""
        return self.equal + len(self.missing) + len(self.different)


def print_state(session: Session, releases: Mapping[str, str]) -> Iterator[Printed]:
    """Make the state in a sandbox, and yield what each release prints of it."""
    script = STATES.read_text()
    lines = [line for line in script.split("\n") if line and line[0] != "#"]
    counted = "\n".join(f"( {line} ) 2>/dev/null && made=$((made + 1))" for line in lines)
    made = session.exec("sh", "-c", f"made=0\n{counted}\necho $made", check=False)
    print(f"{made.stdout.strip()} of {len(lines)} commands took effect", file=sys.stderr)

    for release, folder in releases.items():
        commands = list(_commands(folder))
        yield from _print_all(session, release, commands=commands)


def _commands(folder: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the nouns and the commands that show them."""
    for noun, program, words in READS:
        for form in FORMS:
            is_brief = "-br" in form and noun not in BRIEF
            has_statistics = "-s" not in form or noun not in PLAIN_STATISTICS
            if has_statistics and not is_brief:
                yield noun, (os.path.join(folder, program), *form, *words.split())


def _print_all(
    session: Session, release: str, *, commands: list[tuple[str, tuple[str, ...]]]
) -> Iterator[Printed]:
    """Yield the outputs of commands, if this release has their JSON."""
    lines = []
    for _, (program, *words) in commands:
        text = f"{program} {' '.join(words)}"
        json_text = f"{program} -j {' '.join(words)}"
        lines += [json_text, text, json_text]

    # One shell for all: to enter a sandbox takes longer than to show something.
    shown = "\n".join(f"{line} 2>/dev/null; printf '{END}'" for line in lines)
    outputs = session.exec("sh", "-c", shown, check=False, changes=False).stdout.split(END)
    for number, (noun, argv) in enumerate(commands):
        before, text, after = outputs[3 * number : 3 * number + 3]
        if before.strip()[:1] in ("[", "{"):
            yield Printed(release, noun, argv, text, before, after)


def compare(printed: Printed) -> Comparison:
    """Compare the models of a text with those of the JSON of the same state."""
    try:
        before, after = parse(printed.noun, printed.before), parse(printed.noun, printed.after)
    except OutputError as error:
        return Comparison(printed, 0, (), (), (), f"JSON: {error}")

    wanted, later = flatten(before), flatten(after)
    try:
        models = parse(printed.noun, printed.text)
    except OutputError as error:
        return Comparison(printed, 0, tuple(wanted), (), (), f"text: {error}")

    actual = flatten(models)
    missing = [path for path in wanted if path not in actual]
    different = [
        f"{path}: {wanted[path]!r} is read as {actual[path]!r}"
        for path in wanted.keys() & actual.keys()
        if not _is_between(actual[path], wanted[path], last=later.get(path))
    ]

    added = [f"{path}: {actual[path]!r}" for path in actual if path not in wanted]
    equal = len(wanted) - len(missing) - len(different)
    return Comparison(printed, equal, tuple(missing), tuple(sorted(different)), tuple(added))


def _is_between(value: Any, first: Any, *, last: Any) -> bool:
    """Return whether a value is that of JSON, or between those of before and after: a timer."""
    if value in (first, last):
        return type(value) is type(first) or not isinstance(value, bool)

    numbers = [_number_of(number) for number in (value, first, last)]
    if None in numbers:
        return False
    actual, *limits = numbers
    return bool(min(limits) <= actual <= max(limits))


def _number_of(value: Any) -> Any:
    """Return a number; that of a timer, which JSON may have as text; None for anything else."""
    if isinstance(value, str):
        return float(value) if TIMER.fullmatch(value) else None
    return value if isinstance(value, int | float) else None


def flatten(models: list[Any]) -> dict[str, Any]:
    """Return the values of models by their paths."""
    values: dict[str, Any] = {}
    for index, model in enumerate(models):
        _flatten(dump(model), f"[{index}]", values)
    return values


def _flatten(data: Any, path: str, values: dict[str, Any]) -> None:
    """Add the values of JSON data to a dict of paths."""
    if isinstance(data, dict) and data:
        for key, value in data.items():
            _flatten(value, f"{path}.{key}", values)
    elif isinstance(data, list | tuple) and data:
        for index, value in enumerate(data):
            _flatten(value, f"{path}[{index}]", values)
    else:
        values[path] = data


def summarize(comparisons: list[Comparison]) -> tuple[str, bool]:
    """Return the table of all comparisons, and whether as many values are equal as wanted."""
    counts: dict[tuple[str, str, str], Counter[str]] = {}
    totals: dict[str, Counter[str]] = {name: Counter() for name in WANTED}
    for comparison in comparisons:
        details = "with -d" if comparison.printed.has_details else "without -d"
        count = Counter(
            equal=comparison.equal,
            missing=len(comparison.missing),
            different=len(comparison.different),
        )
        key = (comparison.printed.release, comparison.printed.noun, details)
        counts.setdefault(key, Counter()).update(count)
        counts.setdefault((comparison.printed.release, "all", details), Counter()).update(count)
        totals[details].update(count)

    rows: list[tuple[Any, ...]] = [(*key, *_cells(count)) for key, count in sorted(counts.items())]
    rows += [("all", "all", details, *_cells(count)) for details, count in totals.items()]
    header = ("release", "noun", "form", "equal", "missing", "different", "%")
    good = all(_share(count) >= WANTED[details] for details, count in totals.items())
    return format_table(header, rows), good


def _cells(count: Counter[str]) -> tuple[Any, ...]:
    """Return the cells of a count."""
    return count["equal"], count["missing"], count["different"], f"{_share(count):.2f}"


def _share(count: Counter[str]) -> float:
    """Return the percentage of equal values."""
    return 100 * count["equal"] / max(1, count.total())


def main() -> None:
    """Print the table, and exit with 1 if fewer values are equal than wanted."""
    options = _parse_arguments()
    if options.load:
        printed = [Printed(**entry) for entry in json.loads(Path(options.load).read_text())]
    else:
        releases = dict(argument.split("=", 1) for argument in options.releases)
        with Session(sandbox=True) as session:
            printed = list(print_state(session, releases or {"installed": ""}))
    if options.save:
        Path(options.save).write_text(json.dumps([attrs.asdict(entry) for entry in printed]))

    comparisons = [compare(entry) for entry in printed]
    for comparison in comparisons:
        _report(comparison, with_values=options.differences)
    table, is_good = summarize(comparisons)
    print(table)
    sys.exit(not is_good)


def _report(comparison: Comparison, *, with_values: bool) -> None:
    """Print what is not equal."""
    command = f"{comparison.printed.release}: {' '.join(comparison.printed.argv)}"
    if comparison.problem:
        print(f"{command}: {comparison.problem}")
    if with_values:
        for name in ("missing", "different", "added"):
            for value in getattr(comparison, name):
                print(f"{command}: {name}: {value}")


def _parse_arguments() -> argparse.Namespace:
    """Return the arguments."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("releases", nargs="*", metavar="NAME=FOLDER")
    parser.add_argument("--differences", action="store_true", help="list the values, too")
    parser.add_argument("--save", metavar="FILE", help="keep what was printed")
    parser.add_argument("--load", metavar="FILE", help="compare what was kept")
    return parser.parse_args()


if __name__ == "__main__":
    main()
