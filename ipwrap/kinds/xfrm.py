"""`type xfrm`."""

from typing import ClassVar

from attrs import frozen

from ipwrap.kinds.base import LinkKind
from ipwrap.options.codecs import ExistingLink, Flag, Hex
from ipwrap.options.table import option

__all__ = ["Xfrm"]


@frozen(kw_only=True)
class Xfrm(LinkKind):
    """An interface for IPsec. ip-link(8) "XFRM Type Support"; ip/link_xfrm.c, since 5.1.

    ``if_id``, other than 0, is required unless ``external``, which excludes ``if_id`` and ``dev``.
    ``dev`` is shown as the link's own ``link``, not among the options of the kind.
    """

    kind: ClassVar[str] = "xfrm"

    # JSON shows it as the `link` of the link itself.
    dev: str | None = option(ExistingLink(), json_key="", since="5.1")
    if_id: int | None = option(Hex(1, 2**32 - 1), since="5.1")
    external: bool | None = option(Flag(), since="6.1", default=False)
