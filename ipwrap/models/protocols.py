"""Settings of protocols: `ip -j mptcp endpoint|limits show`, `ioam …`, `sr tunsrc show`."""

import re
from typing import Any, ClassVar

from attrs import field

from ipwrap.models.base import Json, added
from ipwrap.models.declaration import model

__all__ = ["IoamNamespace", "IoamSchema", "MptcpEndpoint", "MptcpLimits", "SrTunsrc"]

LIMIT = re.compile(r"(add_addr_accepted|subflows) (\d{1,9})")
LIMITS = re.compile(rf"\s*(?:{LIMIT.pattern}\s*)+")


@model(kw_only=True)
class MptcpEndpoint:
    """An address of multipath TCP. print_mptcp_addrinfo() in iproute2's ip/ipmptcp.c."""

    address: str | None = None
    port: int | None = None
    id: int | None = None
    signal: bool | None = None
    subflow: bool | None = None
    backup: bool | None = None
    fullmesh: bool | None = added("5.17")
    implicit: bool | None = added("5.18")
    laminar: bool | None = added("6.19")
    nobackup: bool | None = None
    nofullmesh: bool | None = None
    rawflags: str | None = None
    dev: str | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class MptcpLimits:
    """How many subflows a connection of multipath TCP may have, and how many announced addresses.

    print_mptcp_limit() in iproute2's ip/ipmptcp.c, which prints text, also with `-j`.
    """

    add_addr_accepted: int | None = None
    subflows: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)

    @classmethod
    def from_text(cls, text: str) -> "list[MptcpLimits] | None":
        """Return the limits in a text; None for another text."""
        if not LIMITS.fullmatch(text):
            return None
        limits: dict[str, Any] = {name: int(number) for name, number in LIMIT.findall(text)}
        return [cls(**limits)]


@model(kw_only=True)
class IoamNamespace:
    """A namespace of in-situ OAM; ``data`` is hexadecimal, without a prefix.

    print_namespace() in iproute2's ip/ipioam6.c.
    """

    namespace: int | None = None
    schema: int | None = None
    data: str | None = None
    wide: str | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class IoamSchema:
    """A schema of in-situ OAM, with its bytes. print_schema() in iproute2's ip/ipioam6.c."""

    # Each byte is printed behind an empty key, and `data` is null.
    repeated: ClassVar[tuple[str, ...]] = ("",)

    schema: int | None = None
    namespace: int | None = None
    data: tuple[int, ...] | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)

    @staticmethod
    def in_json(data: Json) -> Json:
        """Return the object with its bytes in a list."""
        if "" not in data:
            return data

        octets = data[""]
        members = {key: value for key, value in data.items() if key}
        return {**members, "data": octets if isinstance(octets, list) else [octets]}


@model(kw_only=True)
class SrTunsrc:
    """The source address of packets that segment routing wraps.

    print_tunsrc() in iproute2's ip/ipseg6.c.
    """

    tunsrc: str | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)
