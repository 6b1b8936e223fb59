"""A typed command line read back into the verb that runs it: abbreviations, positional words, and all."""

from ipwrap.cmdline.closest import nearest
from ipwrap.cmdline.parsed import Typed
from ipwrap.cmdline.reader import Call, Exec, goes_on, means_the_same, read_command

__all__ = ["Call", "Exec", "Typed", "goes_on", "means_the_same", "nearest", "read_command"]
