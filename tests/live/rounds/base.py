"""`Round`: what one kind's round trip needs."""

from typing import Any

from attrs import field, frozen

__all__ = ["Round"]


@frozen(kw_only=True)
class Round:
    """What has to be said and to be there so that the kind can be made, and which values to try.

    - ``needed``: what it cannot be made without
    - ``on_base``: it stands on another link: ``link="base"``
    - ``together``: what one option cannot be set without
    - ``values``: the values of an option where not any will do; within what the kernel takes, and other than what it
      would choose
    - ``again``: the options that what was shown cannot set again, each with the reason
    """

    needed: dict[str, Any] = field(factory=dict)
    on_base: bool = False
    together: dict[str, dict[str, Any]] = field(factory=dict)
    values: dict[str, list[Any]] = field(factory=dict)
    again: dict[str, str] = field(factory=dict)
