"""Mutations of a recording: hostile values, lost and doubled keys and lines, damaged bytes."""

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["CANARY", "mutate"]

# A program or a line of code that comes from a recording's text would make this file.
CANARY = "/run/ipwrap-canary"

CODE = (
    f"0\n    open('{CANARY}','w')\n    #",
    f"1\ntouch {CANARY}\n",
    f"$(touch {CANARY})",
    f"`touch {CANARY}`",
    f"'; touch {CANARY}; '",
    f"A=1; touch {CANARY}; B",
    f'"""\nopen("{CANARY}", "w")\n"""',
    f"END\ntouch {CANARY}\n",
    f"-/../../..{CANARY}",
)
TEXTS = (
    *("", " ", "\0", "\n", "\r", "\x1b[31m", "\x9b31m", "\u202e", "\u2028", "\x7f", "\ud800"),
    *("-j", "--", "-batch", "*", "br0", "lo", "nic0", "netns", "link", "0", "x" * 20_000),
    *CODE,
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 300, 2**31, 2**64, 2**80, 0.5, -0.5, 1e308),
    *([], {}, [[]], [{}], {"": ""}, [None], [1], ["a"], {"a": {"a": []}}, [["link", None, "lo"]]),
    *([{"noun": "link", "name": "lo", "undo": ["touch", CANARY], "netns": None, "on": []}],),
    *([{"noun": "foo", "name": "x", "undo": ["touch", CANARY], "netns": None, "on": []}],),
)
# Words that a replay would run as a program.
PROGRAM_KEYS = frozenset({"argv"})

Path = tuple[Any, ...]


def mutate(data: bytes, source: random.Random) -> bytes:
    """Return a recording with one to three mutations."""
    lines = data.splitlines(keepends=True)

    for _ in range(source.randint(1, 3)):
        mutation = source.choices(MUTATIONS, WEIGHTS)[0]
        lines = mutation(lines, source) or lines

    text = b"".join(lines)
    if source.random() < 0.05:
        text = text[: source.randrange(len(text) + 1)]
    return text


def _alter_value(lines: list[bytes], source: random.Random) -> list[bytes]:
    """Put a hostile value at a random place of a line."""
    return _edit(lines, source, _put_value)


def _delete_key(lines: list[bytes], source: random.Random) -> list[bytes]:
    """Delete a key or an entry of a list."""
    return _edit(lines, source, _delete)


def _add_key(lines: list[bytes], source: random.Random) -> list[bytes]:
    """Add an unknown key, or a known key of another event."""
    return _edit(lines, source, _add)


def _edit(
    lines: list[bytes],
    source: random.Random,
    edit: Callable[[Any, Any, random.Random], None],
) -> list[bytes]:
    """Edit one place of one line as JSON; return the lines unchanged where a line is no JSON."""
    position = source.randrange(len(lines)) if lines else 0
    try:
        event = json.loads(lines[position])
    except (ValueError, IndexError):
        return lines

    places = list(_places(event))
    if places:
        container, key = source.choice(places)
        edit(container, key, source)

    encoded = json.dumps(event).encode() + b"\n"
    return [*lines[:position], encoded, *lines[position + 1 :]]


def _places(value: Any) -> Sequence[tuple[Any, Any]]:
    """Return every place in a JSON value: its container with the key or index."""
    if isinstance(value, dict):
        keys = [key for key in value if key not in PROGRAM_KEYS]
    elif isinstance(value, list):
        keys = list(range(len(value)))
    else:
        return []

    places = [(value, key) for key in keys]
    for key in keys:
        places += _places(value[key])
    return places


def _put_value(container: Any, key: Any, source: random.Random) -> None:
    """Replace a value by a hostile one."""
    pool = TEXTS if source.random() < 0.5 else VALUES
    container[key] = source.choice(pool)


def _delete(container: Any, key: Any, _: random.Random) -> None:
    """Delete a value."""
    del container[key]


def _add(container: Any, _: Any, source: random.Random) -> None:
    """Add a value to an object or a list."""
    value = source.choice(VALUES)
    if isinstance(container, dict):
        names = (
            "extra",
            "secrets",
            "prints",
            "becomes",
            "makes",
            "drops",
            "stdin",
            "timeout",
            "env",
            "cwd",
        )
        container[source.choice(names)] = value
    else:
        container.append(value)


def _alter_argument(lines: list[bytes], source: random.Random) -> list[bytes]:
    """Put hostile text into the arguments of a command, behind the program."""
    positions = [position for position, line in enumerate(lines) if b'"argv"' in line]
    if not positions:
        return lines

    position = source.choice(positions)
    try:
        event = json.loads(lines[position])
        event["argv"][source.randrange(1, len(event["argv"]))] = source.choice(TEXTS)
    except (ValueError, KeyError, IndexError, TypeError):
        return lines

    encoded = json.dumps(event).encode() + b"\n"
    return [*lines[:position], encoded, *lines[position + 1 :]]


def _double_line(lines: list[bytes], source: random.Random) -> list[bytes]:
    """Repeat a line elsewhere."""
    if not lines:
        return lines
    position = source.randrange(len(lines) + 1)
    return [*lines[:position], source.choice(lines), *lines[position:]]


def _delete_line(lines: list[bytes], source: random.Random) -> list[bytes]:
    """Delete a line."""
    if not lines:
        return lines
    position = source.randrange(len(lines))
    return [*lines[:position], *lines[position + 1 :]]


def _swap_lines(lines: list[bytes], source: random.Random) -> list[bytes]:
    """Exchange two lines."""
    if len(lines) < 2:
        return lines
    first, second = source.sample(range(len(lines)), 2)

    swapped = list(lines)
    swapped[first], swapped[second] = lines[second], lines[first]
    return swapped


def _damage_byte(lines: list[bytes], source: random.Random) -> list[bytes]:
    """Replace a byte by a random one."""
    if not lines:
        return lines
    position = source.randrange(len(lines))

    damaged = bytearray(lines[position])
    if damaged:
        damaged[source.randrange(len(damaged))] = source.randrange(256)
    return [*lines[:position], bytes(damaged), *lines[position + 1 :]]


MUTATIONS = (
    *(_alter_value, _delete_key, _add_key, _alter_argument),
    *(_double_line, _delete_line, _swap_lines, _damage_byte),
)
WEIGHTS = (40, 15, 10, 10, 6, 6, 6, 7)
