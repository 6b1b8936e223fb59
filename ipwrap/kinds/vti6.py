"""`type vti6`."""

from typing import ClassVar

from attrs import field, frozen

from ipwrap.kinds.tunnel import Endpoint
from ipwrap.kinds.vti import Vti
from ipwrap.options.converters import to_text
from ipwrap.options.table import option_metadata

__all__ = ["Vti6"]


@frozen(kw_only=True)
class Vti6(Vti):
    """A tunnel for IPsec over IPv6. ip-link(8); ip/link_vti6.c. As `Vti`."""

    kind: ClassVar[str] = "vti6"

    remote: str | None = field(
        default=None, converter=to_text, metadata=option_metadata(Endpoint(version=6))
    )
    local: str | None = field(
        default=None, converter=to_text, metadata=option_metadata(Endpoint(version=6))
    )
