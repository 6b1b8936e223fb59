"""Commands that must not be a line of `ip -batch`, `bridge -batch` or `tc -batch`: the only list.

Exporters and workers follow the list (`Command.batch_line`). A batch is a single process: a command
that ends the process, reads the input or changes the process's state spoils the later lines, mostly
with exit status 0. The list is of iproute2 5.4 to 7.3; `tests/export/test_batch_surface.py` runs
every verb, and further commands, in front of another line.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from msgspec import Struct

from ipwrap.options.aliases import canonical_path

__all__ = ["EXCLUSIONS", "BatchExclusion", "exclusion_reason"]

ENDS = "it ends a batch, with the lines behind it, and with status 0"
EATS_INPUT = "it reads its data from the input, which holds the lines behind it"
RUNS_PROGRAM = "its program would read the lines behind it as input"
GOES_ON = "it runs until it is stopped"
KEEPS_FILTER = "in a batch it applies the filters of earlier lines as well"
FILTERS_ITSELF = "in a batch it deletes routes of no link as well"
KEEPS_OPTIONS = "in a batch a second link of its type is refused"


class BatchExclusion(Struct, frozen=True):
    """A command that needs a separate process, and the reason.

    ``words`` are program, object and verb in ipwrap's spelling. ``argument`` restricts the
    exclusion to commands with a keyword and value; None means every command with the words.
    """

    words: tuple[str, ...]
    reason: str
    argument: tuple[str, str] | None = None

    def may_cover(self, arguments: Sequence[str]) -> bool:
        """Return whether the arguments hold the value of ``argument``."""
        return self.argument is None or self.argument[1] in arguments

    def covers(self, path: tuple[str, ...], arguments: Sequence[str]) -> bool:
        """Return whether the exclusion is of a command, given by program, object and verb."""
        if path[: len(self.words)] != self.words:
            return False
        return self.argument is None or self.argument in pairwise(arguments)


EXCLUSIONS = (
    # multiaddr_modify() in ip/ipmaddr.c, xfrm_state_list_or_deleteall() in ip/xfrm_state.c and
    # xfrm_policy_list_or_deleteall() in ip/xfrm_policy.c call exit(0).
    BatchExclusion(("ip", "maddress", "add"), ENDS),
    BatchExclusion(("ip", "maddress", "delete"), ENDS),
    BatchExclusion(("ip", "xfrm", "state", "deleteall"), ENDS),
    BatchExclusion(("ip", "xfrm", "state", "show"), ENDS),
    BatchExclusion(("ip", "xfrm", "policy", "deleteall"), ENDS),
    BatchExclusion(("ip", "xfrm", "policy", "show"), ENDS),
    # ipaddr_list_flush_or_save() in ip/ipaddress.c.
    BatchExclusion(("ip", "address", "save"), ENDS),
    # bpf_exec() in tc/e_bpf.c calls execvpe() without fork(2).
    BatchExclusion(("tc", "exec"), ENDS),
    # rtnl_from_file(stdin, …), and exit() behind it.
    BatchExclusion(("ip", "address", "restore"), EATS_INPUT),
    BatchExclusion(("ip", "address", "showdump"), EATS_INPUT),
    BatchExclusion(("ip", "route", "restore"), EATS_INPUT),
    BatchExclusion(("ip", "route", "showdump"), EATS_INPUT),
    BatchExclusion(("ip", "rule", "restore"), EATS_INPUT),
    BatchExclusion(("ip", "mrule", "restore"), EATS_INPUT),
    # cmd_exec() in lib/exec.c: the child inherits the standard input.
    BatchExclusion(("ip", "netns", "exec"), RUNS_PROGRAM),
    BatchExclusion(("ip", "vrf", "exec"), RUNS_PROGRAM),
    BatchExclusion(("ip", "monitor"), GOES_ON),
    BatchExclusion(("ip", "netns", "monitor"), GOES_ON),
    BatchExclusion(("ip", "xfrm", "monitor"), GOES_ON),
    BatchExclusion(("ip", "mptcp", "monitor"), GOES_ON),
    BatchExclusion(("bridge", "monitor"), GOES_ON),
    BatchExclusion(("tc", "monitor"), GOES_ON),
    # `filter` in ip/ipnexthop.c is static and never reset.
    BatchExclusion(("ip", "nexthop", "flush"), KEEPS_FILTER),
    # In a process of its own the kernel filters the routes (rtnl_set_strict_dump() in ip/ip.c); in
    # a batch iproute2 does, which from 6.10 on takes a blackhole for a route of every link.
    BatchExclusion(("ip", "route", "flush"), FILTERS_ITSELF),
    # netkit_parse_opt() in ip/iplink_netkit.c keeps `seen_mode` and `seen_peer`.
    BatchExclusion(("ip", "link"), KEEPS_OPTIONS, ("type", "netkit")),
)


def exclusion_reason(program: str, arguments: Sequence[str]) -> str | None:
    """Return why a command must not be a line of a batch; None if the command may be a line.

    ``arguments`` are the arguments behind the global options; object and verb may be abbreviated.
    """
    candidates = _candidates(program, tuple(arguments[:2]))
    if not candidates:
        return None

    # Every `ip link` has a candidate: without its value, the spelling of the path is no matter.
    possible = [exclusion for exclusion in candidates if exclusion.may_cover(arguments)]
    if not possible:
        return None

    path = canonical_path(program, arguments)
    for exclusion in possible:
        if exclusion.covers(path, arguments):
            return exclusion.reason

    return None


@lru_cache(maxsize=1024)
def _candidates(program: str, words: tuple[str, ...]) -> tuple[BatchExclusion, ...]:
    """Return the exclusions that may cover a command, by the first two words: mostly none."""
    path = canonical_path(program, words)
    return tuple(
        exclusion
        for exclusion in EXCLUSIONS
        if exclusion.words[: len(path)] == path[: len(exclusion.words)]
    )
