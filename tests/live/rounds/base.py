"""`Round`: the requirements and values of a kind's round trips."""

from typing import Any

from attrs import field, frozen

from ipwrap.kinds import LinkKind

__all__ = ["Round"]


@frozen(kw_only=True)
class Round:
    """The prerequisites of a kind, and the values to test.

    - ``needed``: the options that the kind requires
    - ``variants``: further options that may change the defaults of a kind
    - ``on_base``: whether the link has a lower link: ``link="base"``
    - ``requires``: the further options that an option requires
    - ``values``: the values of an option, for options with few valid values; valid in the kernel,
      and different from the default
    - ``extra_links``: the links besides `base`
    - ``master``: for a port, the link with the port
    - ``with_port``: the options to set after `base` has become a port of the link
    - ``shown_since``: the release of iproute2 that first showed an older option
    - ``shown_to_root``: the options that the kernel shows to root of the machine only
    - ``config``: the kernel configuration of an option that other kernels ignore
    """

    needed: dict[str, Any] = field(factory=dict)
    variants: tuple[dict[str, Any], ...] = ()
    on_base: bool = False
    requires: dict[str, dict[str, Any]] = field(factory=dict)
    values: dict[str, list[Any]] = field(factory=dict)
    extra_links: tuple[str, ...] = ()
    master: LinkKind | None = None
    with_port: tuple[str, ...] = ()
    shown_since: dict[str, str] = field(factory=dict)
    shown_to_root: frozenset[str] = frozenset()
    config: dict[str, str] = field(factory=dict)
