"""`type dummy`."""

from typing import ClassVar

from attrs import frozen

from ipwrap.kinds.base import LinkKind

__all__ = ["Dummy"]


@frozen(kw_only=True)
class Dummy(LinkKind):
    """A link that drops all packets. ip-link(8); ip/iplink_dummy.c. It has no options."""

    kind: ClassVar[str] = "dummy"
