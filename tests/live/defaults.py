"""The defaults of options, measured: each kind made with the least words, and what is shown of it then.

``python -m tests.live.defaults`` prints each option with what was measured and what its table declares; in front of
what differs is a ``!``, in front of a value that no table declares a ``?``.
"""

import sys
from collections.abc import Iterator
from typing import Any

from attrs import frozen
from tabulate import tabulate

from ipwrap import Session
from ipwrap.errors import CommandError
from ipwrap.kinds import KINDS, LinkKind
from ipwrap.options.table import Option, options_of
from tests.live.making import furnish, make
from tests.live.rounds import ROUNDS

__all__ = ["Measured", "measure", "ways_to_make"]


@frozen
class Measured:
    """The value that is shown of an option that was omitted; None where nothing is shown."""

    kind: str
    row: Option
    value: Any

    @property
    def mark(self) -> str:
        """Return "!" for a value other than the declared default, "?" where none is declared."""
        if self.value is None:
            return ""
        if self.row.default is None:
            return "?"
        return "" if self.row.is_default(self.value) else "!"


def ways_to_make(kind: str) -> Iterator[dict[str, Any]]:
    """Yield the options with which a kind can be made: the least, and further ones that lead to other defaults."""
    about = ROUNDS[kind]
    yield about.needed

    for way in about.ways:
        yield {**about.needed, **way}


def measure(session: Session, cls: type[LinkKind], way: dict[str, Any]) -> list[Measured]:
    """Make a link of a kind, and return what is shown of each option that was omitted.

    Raises `CommandError` where this kernel or iproute2 cannot make it.
    """
    furnish(session, ROUNDS[cls.kind])
    shown = make(session, cls(**way))

    omitted = [
        row for row in options_of(cls) if row.keyword and row.json_key and way.get(row.name) is None
    ]
    return [Measured(cls.kind, row, getattr(shown, row.name)) for row in omitted]


def main() -> None:
    """Measure every kind, each in a sandbox of its own, and print the options."""
    rows = []
    for kind, cls in KINDS.items():
        for way in ways_to_make(kind):
            said = " ".join(cls(**way).to_args())
            with Session(sandbox=True) as session:
                try:
                    measured = measure(session, cls, way)
                except CommandError as error:
                    sys.stderr.write(f"{kind} {said}: {error.reason}\n")
                    continue
            rows += [
                (each.mark, kind, said, each.row.name, each.value, each.row.default)
                for each in measured
            ]

    headers = ["", "kind", "made with", "option", "measured", "declared"]
    sys.stdout.write(f"{tabulate(rows, headers=headers, disable_numparse=True)}\n")


if __name__ == "__main__":
    main()
