r"""What is otherwise each time (MAC addresses, indexes, pids, times) is recorded as the same each time.

What a command named is kept; what the kernel chose gets a stand-in, the same for the same value throughout a recording,
so that what belongs together still does: ``link_index`` and ``@if5`` lead to the link of that ``ifindex``, and an
address made of a MAC address is made of its stand-in. Text is changed where it stands, and not decoded: what was
recorded is what iproute2 printed, valid or not.

=========== ============================================== ===========================================================
``mac``     MAC addresses, and IPv6 addresses made of them 02:00:00:00:00:01, and so on, in order of appearance
``ifindex`` indexes of links                               2, 3, … in order of appearance; 1 is ``lo``, and stays 1
``pid``     numbers of processes                           1001, 1002, … in order of appearance
``time``    when a command ran, and how long it took       0
\           timers, and how long ago something was         0
\           lifetimes that run out                         the next 10 seconds
\           what ping measures                             whole milliseconds; its total, tenths of a second
``name:RE`` names that a script makes up                   name1, name2, … in order of appearance
=========== ============================================== ===========================================================
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
