"""`VfInfo`: a virtual function of a network card in `ip -d link show`."""

from typing import Any

from attrs import field

from ipwrap.models.base import json_key, nested
from ipwrap.models.declaration import model
from ipwrap.models.old_keys import renamer

__all__ = ["VfInfo", "VfRate", "VfReceived", "VfSent", "VfStats", "VfVlan"]


@model(kw_only=True)
class VfVlan:
    """A VLAN of a virtual function. Zeros and the ``protocol`` 802.1Q are omitted."""

    vlan: int | None = None
    qos: int | None = None
    protocol: str | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class VfRate:
    """The maximum and the guaranteed transmit rate, in Mbit/s; 0 is no limit."""

    max_tx: int | None = None
    min_tx: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class VfReceived:
    """The received packets of a virtual function."""

    bytes: int | None = None
    packets: int | None = None
    multicast: int | None = None
    broadcast: int | None = None
    dropped: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class VfSent:
    """The sent packets of a virtual function."""

    tx_bytes: int | None = None
    tx_packets: int | None = None
    dropped: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class VfStats:
    """The counters of a virtual function, with `-s`.

    print_vf_stats64() in iproute2's ip/ipaddress.c.
    """

    rx: VfReceived | None = nested(VfReceived)
    tx: VfSent | None = nested(VfSent)
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class VfInfo:
    """A virtual function. print_vfinfo() in iproute2's ip/ipaddress.c.

    ``vlan`` and ``qos`` come from kernels without ``vlan_list``. ``tx_rate`` is in Mbit/s.
    ``link_state`` is auto, enable or disable.
    """

    # print_vfinfo() in ip/ipaddress.c through 5.0
    in_json = staticmethod(renamer({"mac": "address"}))

    vf: int | None = None
    link_type: str | None = None
    address: str | None = None
    link_pointtopoint: bool | None = None
    broadcast: str | None = None
    vlan_list: tuple[VfVlan, ...] | None = nested(VfVlan)
    vlan: int | None = None
    qos: int | None = None
    tx_rate: int | None = None
    rate: VfRate | None = nested(VfRate)
    spoofchk: bool | None = None
    # print_vfinfo() prints these keys with a blank.
    node_guid: str | None = json_key("node guid", since="5.5")
    port_guid: str | None = json_key("port guid", since="5.5")
    link_state: str | None = None
    trust: bool | None = None
    query_rss_en: bool | None = None
    stats: VfStats | None = nested(VfStats)
    extra: dict[str, Any] = field(factory=dict, hash=False)
