"""Recordings with one damaged or hostile value, made from the recordings of real sessions."""

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RECORDINGS = tuple(sorted((Path(__file__).parent.parent / "recordings").glob("*.jsonl")))

HOSTILE_TEXTS = (
    "",
    "\n    open('/tmp/ipwrap-hostile', 'w')\n    #",
    "A=1; touch /tmp/ipwrap-hostile; B",
    "$(touch /tmp/ipwrap-hostile)",
    "`touch /tmp/ipwrap-hostile`",
    "'; touch /tmp/ipwrap-hostile; '",
    "-/../../evil",
    "```\n# heading\n``````",
    "\x1b]0;title\x07\x1b[2J\x9b31m\u202eexe.\u2066",
    "a\rb\u2028c\u2029d\x85e\x00f\x0bg",
    "END\n",
    '"""\\\n',
    "\udcff",
)
WRONG_VALUES: tuple[Any, ...] = (
    *HOSTILE_TEXTS,
    *(None, True, False, 0, -1, 1, 255, 256, 10**30, 1.5, -0.5, 1e300),
    *([], [1], [[]], [{}], [None], ["sh", "-c", "touch /tmp/ipwrap-hostile"], ["-"]),
    *({}, {"a": 1}, {"": {}}, {"": {"link": [{}]}}, {"link": None}),
)

Objects = list[dict[str, Any]]


def read_objects(path: Path) -> Objects:
    """Return the objects of a recording's lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write_objects(path: Path, objects: Objects) -> Path:
    """Write objects as the lines of a recording."""
    path.write_text("".join(f"{json.dumps(line)}\n" for line in objects), encoding="utf-8")
    return path


def mutate(objects: Objects, chance: random.Random) -> str:
    """Replace, delete or add one value of the objects; return a description."""
    # The states are the longest lines: each line counts alike, and then each of its values.
    line = chance.randrange(len(objects))
    places = list(_places(objects[line]))
    container, key = chance.choice(places)
    value = copy.deepcopy(chance.choice(WRONG_VALUES))

    if chance.random() < 0.1:
        del container[key]
        return f"line {line + 1}: {key!r} deleted"

    container[key] = value
    return f"line {line + 1}: {key!r} = {value!r}"


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every member of nested containers, as container and key."""
    if isinstance(value, dict):
        keys: list[Any] = list(value)
    elif isinstance(value, list):
        keys = list(range(len(value)))
    else:
        return

    for key in keys:
        yield value, key
        yield from _places(value[key])
