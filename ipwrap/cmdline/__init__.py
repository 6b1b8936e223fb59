"""Parses a typed command line into the equivalent call of a verb, abbreviations and positional
arguments included.
"""

from typing import TYPE_CHECKING

from ipwrap.system.lazy import lazy_attributes, public_names

if TYPE_CHECKING:
    from ipwrap.cmdline.closest import closest_command as closest_command
    from ipwrap.cmdline.parsed import ParsedCommand as ParsedCommand
    from ipwrap.cmdline.reader import Call as Call
    from ipwrap.cmdline.reader import Exec as Exec
    from ipwrap.cmdline.reader import is_equivalent as is_equivalent
    from ipwrap.cmdline.reader import read_command as read_command
    from ipwrap.cmdline.reader import runs_until_stopped as runs_until_stopped

MODULES = {
    "closest": ("closest_command",),
    "parsed": ("ParsedCommand",),
    "reader": (
        "Call",
        "Exec",
        "is_equivalent",
        "read_command",
        "runs_until_stopped",
    ),
}

__all__ = public_names(MODULES)

if not TYPE_CHECKING:  # a type checker would take it that every name exists
    __getattr__, __dir__ = lazy_attributes(__name__, MODULES)
