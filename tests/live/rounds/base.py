"""`Round`: what one kind's round trip needs."""

from typing import Any

from attrs import field, frozen

from ipwrap.kinds import LinkKind

__all__ = ["Round"]


@frozen(kw_only=True)
class Round:
    """What has to be said and to be there so that the kind can be made, and which values to try.

    - ``needed``: what it cannot be made without
    - ``ways``: what else it can be made with, where that may lead to other defaults
    - ``on_base``: it stands on another link: ``link="base"``
    - ``together``: what one option cannot be set without
    - ``values``: the values of an option where not any will do; within what the kernel takes, and other than what it
      would choose
    - ``beside``: links that have to be there besides `base`
    - ``master``: of a port, the link whose port it is
    - ``with_port``: the options that are set once `base` is a port of the link
    - ``shown_since``: the release of iproute2 that began to show an option which it took before
    - ``config``: what in the kernel's configuration an option needs, which is passed over without
    """

    needed: dict[str, Any] = field(factory=dict)
    ways: tuple[dict[str, Any], ...] = ()
    on_base: bool = False
    together: dict[str, dict[str, Any]] = field(factory=dict)
    values: dict[str, list[Any]] = field(factory=dict)
    beside: tuple[str, ...] = ()
    master: LinkKind | None = None
    with_port: tuple[str, ...] = ()
    shown_since: dict[str, str] = field(factory=dict)
    config: dict[str, str] = field(factory=dict)
