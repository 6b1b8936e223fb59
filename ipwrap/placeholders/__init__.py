"""Placeholders: stable values for the values that the kernel assigns anew in every run.

Values that a command names are kept. Every other value gets a placeholder, the same one throughout
a recording, so that references still match: ``link_index`` and ``@if5`` lead to the link of that
``ifindex``, and an address derived from a MAC address is derived from its placeholder. Text is
changed in place and never decoded, so that a recording keeps the output of iproute2, valid or not.

``mac``
    MAC addresses, and IPv6 addresses derived from them: 02:00:00:00:00:01 and so on, in order of
    appearance.
``ifindex``
    Indexes of links: 2, 3, … in order of appearance; 1 is ``lo``, and stays 1.
``pid``
    Process numbers: 1001, 1002, … in order of appearance.
``time``
    The start and duration of commands, timers and ages: 0. Lifetimes: the next 10 seconds. Times
    of ping: whole milliseconds; its total: tenths of a second.
``name:REGEX``
    Names that a script generates: name1, name2, … in order of appearance.
"""

from typing import TYPE_CHECKING

from ipwrap.system.lazy import lazy_attributes, public_names

if TYPE_CHECKING:
    from ipwrap.placeholders.mapper import EVERY as EVERY
    from ipwrap.placeholders.mapper import PlaceholderMapper as PlaceholderMapper

MODULES = {
    "mapper": (
        "EVERY",
        "PlaceholderMapper",
    ),
}

__all__ = public_names(MODULES)

if not TYPE_CHECKING:  # a type checker would take it that every name exists
    __getattr__, __dir__ = lazy_attributes(__name__, MODULES)
