"""An entry of the neighbour table: `ip neigh show to ADDRESS nud all`. See ip-neighbour(8)."""

import ipaddress

from attrs import field, frozen

from ipwrap.conditions.base import (
    Condition,
    Observation,
    Prober,
    check_choice,
    check_public,
    check_test_device,
    join_tests,
    positional,
    read_objects,
    real_name_problem,
    real_name_tests,
    shell_line,
    shorten,
)
from ipwrap.errors import InvalidArgument
from ipwrap.options.validation import check_mac

__all__ = ["NeighCondition"]

# nud_state_a2n() of ip/ipneigh.c
STATES = (
    "INCOMPLETE",
    "REACHABLE",
    "STALE",
    "DELAY",
    "PROBE",
    "FAILED",
    "NOARP",
    "PERMANENT",
)


@frozen
class NeighCondition(Condition):
    """A neighbour is resolved: its link-layer address is known.

    - ``to``: the IP address of the neighbour
    - ``dev``: the link; None is any
    - ``state``: the state as `ip` prints it, such as REACHABLE or FAILED, instead of any that has
      a link-layer address
    - ``lladdr``: the link-layer address that the entry has to have
    """

    tag = "neigh"

    to: str = field(metadata=positional())
    dev: str | None = field(default=None, kw_only=True)
    state: str | None = field(default=None, kw_only=True)
    lladdr: str | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        text = check_public(self.to, "to")
        try:
            address = ipaddress.ip_address(text)
        except ValueError as error:
            raise InvalidArgument(f"to: {text!r} is not an IP address") from error
        if getattr(address, "scope_id", None) is not None:
            raise InvalidArgument(f"to: {text!r} has a zone; give the link as dev=")

        if self.dev is not None:
            check_test_device(self.dev)
        if self.state is not None:
            check_choice(self.state, STATES, label="state")
        if self.lladdr is not None:
            check_mac(check_public(self.lladdr, "lladdr"), "lladdr")

    @property
    def monitored(self) -> tuple[str, ...]:
        """The objects of `ip monitor` that tell of a change."""
        return ("neigh",)

    def _argv(self, *options: str) -> tuple[str, ...]:
        """The command that lists the entries."""
        dev = () if self.dev is None else ("dev", self.dev)
        return ("ip", *options, "neigh", "show", "to", self.to, *dev, "nud", "all")

    def look(self, prober: Prober, netns: str | None) -> Observation:
        """List the entries."""
        missing = None if self.dev is None else real_name_problem(prober, netns, dev=self.dev)
        if missing is not None:
            return missing

        entries = read_objects(prober, self._argv("-j"), netns=netns)
        if not entries.objects:
            return entries.missing("no such entry")

        satisfied = False
        descriptions = []
        for entry in entries.objects:
            states = entry.get("state", ())
            lladdr = entry.get("lladdr")
            satisfied = satisfied or self._matches(states, lladdr)
            descriptions.append(f"{' '.join(states)} with {lladdr or 'no link-layer address'}")
        return Observation(satisfied, shorten("; ".join(descriptions)))

    def _matches(self, states: list[str], lladdr: str | None) -> bool:
        """Return whether an entry is as asked."""
        if self.lladdr is not None and lladdr != self._printed_lladdr:
            return False
        return lladdr is not None if self.state is None else self.state in states

    @property
    def _printed_lladdr(self) -> str:
        """The link-layer address as `ip` prints it: two small digits a byte."""
        lladdr = self.lladdr or ""
        if "." in lladdr or "::" in lladdr:
            return str(ipaddress.ip_address(lladdr))  # of a tunnel

        return ":".join(digits.zfill(2) for digits in lladdr.lower().split(":"))

    def shell_test(self, netns: str | None) -> str:
        """Return a test of the line that `ip neigh show` prints."""
        pattern = r" lladdr "
        if self.lladdr is not None:
            pattern += self._printed_lladdr.replace(".", r"\.") + " "
        if self.state is not None:
            start = pattern if self.lladdr is not None else " "
            pattern = rf"{start}\(.* \)*{self.state}\( \|$\)"

        test = f"{shell_line(self._argv(), netns)} 2>/dev/null | grep -q '{pattern}'"
        tests = [] if self.dev is None else real_name_tests(self.dev, netns)
        return join_tests([*tests, test])

    def __str__(self) -> str:
        dev = "" if self.dev is None else f" on {self.dev}"
        facts = [self.state or "resolved"]
        if self.lladdr is not None:
            facts.append(f"at {self.lladdr}")
        return f"neighbour {self.to}{dev} is {' '.join(facts)}"
