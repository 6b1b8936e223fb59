"""`type batadv`."""

from typing import ClassVar, Literal

from attrs import frozen

from ipwrap.kinds.base import LinkKind
from ipwrap.options.codecs import Choice
from ipwrap.options.table import option

__all__ = ["Batadv"]


@frozen(kw_only=True)
class Batadv(LinkKind):
    """A mesh of links by B.A.T.M.A.N. ip-link(8); ip/iplink_batadv.c, since 5.18.

    iproute2 does not show the options.
    """

    kind: ClassVar[str] = "batadv"

    # ip/iplink_batadv.c has no print_opt().
    ra: Literal["BATMAN_IV", "BATMAN_V"] | None = option(Choice(), json_key="", since="5.18")
