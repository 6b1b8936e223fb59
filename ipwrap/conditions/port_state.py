"""The state of a bridge port in the spanning tree: `bridge link show dev NAME`. See bridge(8)."""

from attrs import field, frozen

from ipwrap.conditions.base import (
    Condition,
    Observation,
    Prober,
    check_choice,
    check_test_device,
    join_tests,
    positional,
    read_objects,
    real_name_problem,
    real_name_tests,
    shell_line,
)

__all__ = ["PortState"]

# port_states of bridge/link.c
STATES = ("disabled", "listening", "learning", "forwarding", "blocking")


@frozen
class PortState(Condition):
    """A port of a bridge is in a state: `forwarding` when frames pass.

    With ``stp_state=1`` a port forwards only after twice the bridge's ``forward_delay``, which is
    15 seconds by default.
    """

    tag = "port_state"

    dev: str = field(metadata=positional())
    state: str = field(metadata=positional())

    def __attrs_post_init__(self) -> None:
        check_test_device(self.dev)
        check_choice(self.state, STATES, label="state")

    @property
    def monitored(self) -> tuple[str, ...]:
        """The objects of `ip monitor` that tell of a change: br_ifinfo_notify() of the kernel."""
        return ("link",)

    def look(self, prober: Prober, netns: str | None) -> Observation:
        """Read the port."""
        missing = real_name_problem(prober, netns, dev=self.dev)
        if missing is not None:
            return missing

        ports = read_objects(prober, ("bridge", "-j", "link", "show", "dev", self.dev), netns=netns)
        states = [port["state"] for port in ports.objects if "state" in port]
        if not states:
            return ports.missing("no such port of a bridge")
        return Observation(self.state in states, f"state {states[0]}")

    def shell_test(self, netns: str | None) -> str:
        """Return a test of the line that `bridge link show` prints."""
        show = shell_line(("bridge", "link", "show", "dev", self.dev), netns)
        test = f"{show} 2>/dev/null | grep -q ' state {self.state} '"
        return join_tests([*real_name_tests(self.dev, netns), test])

    def __str__(self) -> str:
        return f"bridge port {self.dev} is {self.state}"
