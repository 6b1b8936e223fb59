"""The state of a link: `ip link show dev NAME`.

See ip-link(8), and Documentation/networking/operstates.rst of the kernel.
"""

from typing import Any

from attrs import field, frozen

from ipwrap.conditions.base import (
    Condition,
    Observation,
    Prober,
    check_choice,
    check_flag,
    check_test_device,
    join_tests,
    positional,
    read_objects,
    real_name_problem,
    real_name_tests,
    shell_line,
)
from ipwrap.errors import InvalidArgument

__all__ = ["LinkCondition"]

OPERSTATES = ("UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP")


# The beginning of a line of `ip -o link show`, up to a backslash: behind it may be any alias.
LINE_START = r"^[0-9]*: [^ ]* <[^ ]*> [^\]*"


@frozen
class LinkCondition(Condition):
    """A link exists (or not), and has an operational state, or a carrier.

    - ``operstate``: as `ip` prints it: UP, DOWN, LOWERLAYERDOWN, DORMANT, UNKNOWN, …
    - ``carrier``: whether the link has the flag LOWER_UP
    - ``exists=False``: no link has the name
    """

    tag = "link"

    dev: str = field(metadata=positional())
    exists: bool = field(default=True, kw_only=True)
    operstate: str | None = field(default=None, kw_only=True)
    carrier: bool | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_test_device(self.dev)
        check_flag(self.exists, "exists")
        if self.operstate is not None:
            check_choice(self.operstate, OPERSTATES, label="operstate")
        if self.carrier is not None:
            check_flag(self.carrier, "carrier")

        if not self.exists and (self.operstate is not None or self.carrier is not None):
            raise InvalidArgument("exists=False: a missing link has no operstate and no carrier")

    @property
    def monitored(self) -> tuple[str, ...]:
        """The objects of `ip monitor` that tell of a change."""
        return ("link",)

    def look(self, prober: Prober, netns: str | None) -> Observation:
        """Read the link. Without its namespace there is no link either."""
        missing = real_name_problem(prober, netns, dev=self.dev)
        if missing is None:
            links = read_objects(prober, ("ip", "-j", "link", "show", "dev", self.dev), netns=netns)
            missing = links.missing("no such link")
            if links.objects:
                return self._observe(links.objects[0])

        return Observation(not self.exists, missing.seen, missing.lacks_netns)

    def _observe(self, link: dict[str, Any]) -> Observation:
        """Return the observation of an existing link."""
        operstate = link.get("operstate", "UNKNOWN")
        has_carrier = "LOWER_UP" in link.get("flags", ())
        satisfied = (
            self.exists
            and self.operstate in (None, operstate)
            and self.carrier in (None, has_carrier)
        )

        carrier = "with" if has_carrier else "without"
        return Observation(satisfied, f"operstate {operstate}, {carrier} a carrier")

    def shell_test(self, netns: str | None) -> str:
        """Return a test of the line that `ip -o link show` prints."""
        argv = ("ip", "-o", "link", "show", "dev", self.dev)
        show = f"{shell_line(argv, netns)} 2>/dev/null"
        name_tests = real_name_tests(self.dev, netns)
        exists = name_tests[0] if name_tests else f"{show} | grep -q ."
        if not self.exists:
            return f"! {exists}"

        tests = []
        if self.operstate is not None:
            tests.append(f"{show} | grep -q '{LINE_START} state {self.operstate} '")
        if self.carrier is not None:
            option = "-q" if self.carrier else "-qv"
            tests.append(f"{show} | grep {option} '^[0-9]*: [^ ]* <[^ ]*LOWER_UP[,>]'")

        return join_tests([*name_tests, *tests] or [exists])

    def __str__(self) -> str:
        if not self.exists:
            return f"link {self.dev} is gone"

        facts = []
        if self.operstate is not None:
            facts.append(f"operstate {self.operstate}")
        if self.carrier is not None:
            facts.append("a carrier" if self.carrier else "no carrier")
        return f"link {self.dev} has {' and '.join(facts)}" if facts else f"link {self.dev} exists"
