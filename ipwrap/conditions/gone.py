"""A link or a named namespace is gone: after `ip netns delete` the links follow a moment later."""

import shlex

from attrs import field, frozen

from ipwrap.conditions.base import (
    Condition,
    Observation,
    Prober,
    check_public,
    check_test_device,
    read_objects,
)
from ipwrap.conditions.link import LinkCondition
from ipwrap.errors import InvalidArgument
from ipwrap.options.validation import check_netns_name

__all__ = ["Gone"]

NETNS_DIRECTORY = "/var/run/netns"  # NETNS_RUN_DIR of iproute2's include/namespace.h


@frozen
class Gone(Condition):
    """No link has a name, or no namespace. Give one of the two.

    - ``link``: a link of the namespace in which the wait waits. The kernel destroys the links of a
      deleted namespace, with their peers elsewhere, a moment after the deletion: wait for the peer
      to use its name again.
    - ``netns``: the name of a namespace. The name is gone when `ip netns delete` has ended.
    """

    tag = "gone"

    link: str | None = field(default=None, kw_only=True)
    netns: str | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if (self.link is None) == (self.netns is None):
            raise InvalidArgument("gone: give link= or netns=, one of them")

        if self.link is not None:
            check_test_device(self.link, "link")
        if self.netns is not None:
            check_netns_name(check_public(self.netns, "netns"))

    @property
    def monitored(self) -> tuple[str, ...]:
        """The objects of `ip monitor` that tell of a change."""
        return () if self.link is None else ("link",)

    def look(self, prober: Prober, netns: str | None) -> Observation:
        """Look for the name."""
        if self.link is not None:
            return LinkCondition(self.link, exists=False).look(prober, netns)

        # Names belong to the place, not to a namespace.
        namespaces = read_objects(prober, ("ip", "-j", "netns", "list"), netns=None)
        is_there = any(entry.get("name") == self.netns for entry in namespaces.objects)
        if namespaces.problem:
            return namespaces.missing("")
        return Observation(not is_there, "it exists" if is_there else "it is gone")

    def shell_test(self, netns: str | None) -> str:
        """Return a test for the name."""
        if self.link is not None:
            return LinkCondition(self.link, exists=False).shell_test(netns)

        return f"[ ! -e {shlex.quote(f'{NETNS_DIRECTORY}/{self.netns}')} ]"

    def __str__(self) -> str:
        return f"link {self.link} is gone" if self.link else f"namespace {self.netns} is gone"
