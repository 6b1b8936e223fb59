"""A typed command line read back into the verb that runs it: abbreviations, positional words, and all."""

from ipwrap.cmdline.closest import closest_calls
from ipwrap.cmdline.parsed import ParsedCommand
from ipwrap.cmdline.reader import Call, Exec, is_equivalent, read_command, runs_until_stopped

__all__ = [
    "Call",
    "Exec",
    "ParsedCommand",
    "closest_calls",
    "is_equivalent",
    "read_command",
    "runs_until_stopped",
]
