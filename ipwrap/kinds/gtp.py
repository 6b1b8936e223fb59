"""`type gtp`."""

from typing import ClassVar, Literal

from attrs import frozen

from ipwrap.kinds.base import LinkKind
from ipwrap.options.codecs import Choice, Number
from ipwrap.options.table import option

__all__ = ["Gtp"]


@frozen(kw_only=True)
class Gtp(LinkKind):
    """A tunnel of mobile networks, over UDP.

    ip-link(8) "GTP Type Support"; ip/iplink_gtp.c, since 5.18. ``role`` is required. ``hsize`` is
    the size of the table of contexts, 1024 by default.
    """

    kind: ClassVar[str] = "gtp"

    role: Literal["sgsn", "ggsn"] | None = option(Choice(), since="5.18")
    hsize: int | None = option(Number(1, 2**17 - 1), since="5.18", default=1024)
    restart_count: int | None = option(Number(0, 255), since="5.18", default=0)
