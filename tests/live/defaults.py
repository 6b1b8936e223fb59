"""The defaults of options, measured with links of every kind and minimal options.

``python -m tests.live.defaults`` prints each option with the measured and the declared default. A
``!`` marks a difference, and a ``?`` marks a value without a declared default.
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
from tests.live.making import add_base_links, build_kind
from tests.live.rounds import ROUNDS

__all__ = ["Measured", "measure", "minimal_options"]


@frozen
class Measured:
    """The shown value of an omitted option; None if no value is shown."""

    kind: str
    option: Option
    value: Any

    @property
    def mark(self) -> str:
        """Return "!" for a difference from the declared default, "?" without a declared default."""
        if self.value is None:
            return ""
        if self.option.default is None:
            return "?"

        return "" if self.option.is_default(self.value) else "!"


def minimal_options(kind: str) -> Iterator[dict[str, Any]]:
    """Yield the minimal options of a kind, and variants with other defaults."""
    round_trip = ROUNDS[kind]
    yield round_trip.needed

    for variant in round_trip.variants:
        yield {**round_trip.needed, **variant}


def measure(session: Session, cls: type[LinkKind], options: dict[str, Any]) -> list[Measured]:
    """Add a link of a kind, and return the shown values of omitted options.

    Raises `CommandError` if this kernel or iproute2 cannot add the link.
    """
    add_base_links(session, ROUNDS[cls.kind])
    shown_kind = build_kind(session, cls(**options))

    omitted = [
        option
        for option in options_of(cls)
        if option.keyword and option.json_key and options.get(option.name) is None
    ]

    return [Measured(cls.kind, option, getattr(shown_kind, option.name)) for option in omitted]


def main() -> None:
    """Measure every kind in a separate sandbox, and print the options."""
    rows = []
    for kind, cls in KINDS.items():
        for options in minimal_options(kind):
            arguments = " ".join(cls(**options).to_args())
            with Session(sandbox=True) as session:
                try:
                    measured = measure(session, cls, options)
                except CommandError as error:
                    sys.stderr.write(f"{kind} {arguments}: {error.reason}\n")
                    continue

            rows += [
                (
                    measurement.mark,
                    kind,
                    arguments,
                    measurement.option.name,
                    measurement.value,
                    measurement.option.default,
                )
                for measurement in measured
            ]

    headers = ["", "kind", "made with", "option", "measured", "declared"]
    sys.stdout.write(f"{tabulate(rows, headers=headers, disable_numparse=True)}\n")


if __name__ == "__main__":
    main()
