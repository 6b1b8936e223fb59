"""An address of a link, past duplicate address detection: `ip address show to ADDRESS -tentative`.

See ip-address(8), and RFC 4862 5.4 for tentative addresses.
"""

import ipaddress

from attrs import field, frozen

from ipwrap.conditions.base import (
    Condition,
    Listing,
    Observation,
    Prober,
    check_choice,
    check_flag,
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

__all__ = ["AddressCondition"]

SCOPES = ("global", "site", "link", "host")  # of rtnl_rtscope_tab in iproute2's lib/rt_names.c


@frozen
class AddressCondition(Condition):
    """An address exists, and duplicate address detection has ended: programs can bind to it.

    - ``local``: the address, without a prefix length; None is every address of the link
    - ``dev``: its link; None is every link
    - ``scope``: "global", "site", "link" or "host"; None is every scope. A link has its IPv6
      address of scope "link" a moment after it is up
    - ``tentative``: False: none of these addresses is tentative any more; True: at least one is;
      None: the state is not looked at. An address whose detection failed stays tentative.
    """

    tag = "address"

    local: str | None = field(default=None, metadata=positional())
    dev: str | None = field(default=None, kw_only=True)
    tentative: bool | None = field(default=False, kw_only=True)
    scope: str | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.local is not None:
            _check_local(self.local)
        if self.dev is not None:
            check_test_device(self.dev)
        if self.tentative is not None:
            check_flag(self.tentative, "tentative")
        if self.scope is not None:
            check_choice(self.scope, SCOPES, label="scope")

    @property
    def monitored(self) -> tuple[str, ...]:
        """The objects of `ip monitor` that tell of a change."""
        return ("address",)

    def _argv(self, flag: str, *filters: str) -> tuple[str, ...]:
        """Return the command that lists the addresses: a flag of `ip`, filters of `show`."""
        dev = () if self.dev is None else ("dev", self.dev)
        local = () if self.local is None else ("to", self.local)
        scope = () if self.scope is None else ("scope", self.scope)
        return ("ip", flag, "address", "show", *dev, *local, *scope, *filters)

    def look(self, prober: Prober, netns: str | None) -> Observation:
        """List the addresses."""
        name_problem = None
        if self.dev is not None:
            name_problem = real_name_problem(prober, netns, dev=self.dev)
        if name_problem is not None:
            return name_problem

        links = read_objects(prober, self._argv("-j"), netns=netns)
        addresses = _addresses(links)
        if not addresses:
            return links.missing("no such address")

        tentative_addresses = [address for address in addresses if address.get("tentative")]
        has_tentative = bool(tentative_addresses)
        satisfied = self.tentative is None or self.tentative == has_tentative

        shown = tentative_addresses[0] if has_tentative else addresses[0]
        flags = [flag for flag in ("tentative", "dadfailed") if shown.get(flag)]
        seen = f"{shown.get('local')}/{shown.get('prefixlen')} {' '.join(flags)}"
        return Observation(satisfied, shorten(seen))

    def shell_test(self, netns: str | None) -> str:
        """Return a test of the lines that `ip -o address show` prints."""
        tests = [] if self.dev is None else real_name_tests(self.dev, netns)
        tentative_test = _has_lines(shell_line(self._argv("-o", "tentative"), netns))
        if self.tentative:
            return join_tests([*tests, tentative_test])

        tests.append(_has_lines(shell_line(self._argv("-o"), netns)))
        if self.tentative is not None:
            tests.append(f"! {tentative_test}")
        return join_tests(tests)

    def __str__(self) -> str:
        address = "an address" if self.local is None else f"address {self.local}"
        address += "" if self.scope is None else f" of scope {self.scope}"
        owner = "" if self.dev is None else f" of {self.dev}"
        states = {None: "exists", True: "is tentative", False: "exists and is not tentative"}
        return f"{address}{owner} {states[self.tentative]}"


def _check_local(local: str) -> None:
    """Check an address. Raises `InvalidArgument`."""
    text = check_public(local, "local")
    try:
        address = ipaddress.ip_address(text)
    except ValueError as error:
        raise InvalidArgument(
            f"local: {text!r} is not an IP address; give it without a prefix length"
        ) from error

    if getattr(address, "scope_id", None) is not None:
        raise InvalidArgument(f"local: {text!r} has a zone; give the link as dev=")


def _has_lines(line: str) -> str:
    """Return the test of a script that a command line prints something."""
    return f"{line} 2>/dev/null | grep -q ."


def _addresses(links: Listing) -> list[dict[str, object]]:
    """Return the addresses of all links; iproute2 prints an empty object for a filtered one."""
    addresses: list[dict[str, object]] = []
    for link in links.objects:
        addresses += [address for address in link.get("addr_info", ()) if address]
    return addresses
