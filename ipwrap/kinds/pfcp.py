"""`type pfcp`."""

from typing import ClassVar

from attrs import frozen

from ipwrap.kinds.base import LinkKind

__all__ = ["Pfcp"]


@frozen(kw_only=True)
class Pfcp(LinkKind):
    """The control protocol of mobile networks' tunnels, over UDP.

    ip-link(8) "PFCP Type Support"; ip/iplink.c. It has no options.
    """

    kind: ClassVar[str] = "pfcp"
