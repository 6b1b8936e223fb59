"""The state of a link: `ip link show dev NAME`.

See ip-link(8), and Documentation/networking/operstates.rst of the kernel.
"""

from attrs import field, frozen, validators

from ipwrap.command import Command
from ipwrap.conditions.base import Condition, Observation, Prober, positional, shell_line
from ipwrap.errors import InvalidArgument
from ipwrap.options.validation import check_argument

__all__ = ["LinkCondition"]

OPERSTATES = ("UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP")


@frozen
class LinkCondition(Condition):
    """A link exists (or not), and has an operational state, or a carrier."""

    tag = "link"
    monitored = "link"

    dev: str = field(metadata=positional())
    exists: bool = field(default=True, kw_only=True)
    operstate: str | None = field(
        default=None, kw_only=True, validator=validators.optional(validators.in_(OPERSTATES))
    )
    carrier: bool | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_argument("dev", self.dev)
        if not self.exists and (self.operstate is not None or self.carrier is not None):
            raise InvalidArgument("exists=False: a missing link has no operstate and no carrier")

    def look(self, prober: Prober, netns: str | None) -> Observation:
        """Read the link."""
        argv = ("ip", "-j", "link", "show", "dev", self.dev)
        command = Command(argv, netns, changes=False, batch=True)
        result = prober.run(command, check=False)
        links = result.json() if result.ok else []
        if not links:
            return Observation(not self.exists, "no such link")

        operstate = links[0].get("operstate", "UNKNOWN")
        has_carrier = "LOWER_UP" in links[0].get("flags", ())
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
        if not self.exists:
            return f"! {show} | grep -q ."

        tests = []
        if self.operstate is not None:
            tests.append(f"{show} | grep -q ' state {self.operstate} '")
        if self.carrier is not None:
            flag = "-q" if self.carrier else "-qv"
            tests.append(f"{show} | grep {flag} '[<,]LOWER_UP[,>]'")

        return " && ".join(tests) or f"{show} | grep -q ."

    def __str__(self) -> str:
        if not self.exists:
            return f"link {self.dev} is gone"

        facts = []
        if self.operstate is not None:
            facts.append(f"operstate {self.operstate}")
        if self.carrier is not None:
            facts.append("a carrier" if self.carrier else "no carrier")
        return f"link {self.dev} has {' and '.join(facts)}" if facts else f"link {self.dev} exists"
