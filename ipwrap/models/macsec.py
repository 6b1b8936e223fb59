"""`Secy`: an object of `ip -j macsec show`."""

from collections.abc import Mapping
from typing import Any, ClassVar

from attrs import field

from ipwrap.models.base import nested
from ipwrap.models.declaration import model

__all__ = ["ReceiveChannel", "SecureAssociation", "Secy"]


@model(kw_only=True)
class SecureAssociation:
    """A key in use, with its number ``an``.

    print_tx_sc(), print_rx_sc() in iproute2's ip/ipmacsec.c. ``key`` is the identifier of the key;
    iproute2 never prints the key. ``pn`` is the next packet number. ``ssci`` belongs to ciphers
    with extended packet numbers (XPN). Counters need `-s`.
    """

    an: int = 0
    pn: int | None = None
    ssci: str | None = None
    active: bool | None = None
    key: str | None = None
    OutPktsProtected: int | None = None
    OutPktsEncrypted: int | None = None
    InPktsOK: int | None = None
    InPktsInvalid: int | None = None
    InPktsNotValid: int | None = None
    InPktsNotUsingSA: int | None = None
    InPktsUnusedSA: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class ReceiveChannel:
    """A receive channel with its keys. print_rx_sc() in iproute2's ip/ipmacsec.c.

    ``sci`` is a hexadecimal number without leading zeros. Counters need `-s`.
    """

    sci: str | None = None
    active: bool | None = None
    InOctetsValidated: int | None = None
    InOctetsDecrypted: int | None = None
    InPktsUnchecked: int | None = None
    InPktsDelayed: int | None = None
    InPktsOK: int | None = None
    InPktsInvalid: int | None = None
    InPktsLate: int | None = None
    InPktsNotValid: int | None = None
    InPktsNotUsingSA: int | None = None
    InPktsUnusedSA: int | None = None
    sa_list: tuple[SecureAssociation, ...] = nested(SecureAssociation, ())
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class Secy:
    """A MACsec link with its channels and keys.

    process(), print_attrs() in iproute2's ip/ipmacsec.c. ``sa_list`` are the transmit keys,
    ``encoding_sa`` is the number of the key in use. ``sci`` is a hexadecimal number without leading
    zeros.
    """

    repr_head: ClassVar[Mapping[str, str]] = {
        "ifname": "ifname",
        "cipher_suite": "cipher_suite",
        "encrypt": "encrypt",
        "validate": "validate",
        "sci": "sci",
    }

    ifindex: int | None = None
    ifname: str = ""
    protect: bool | None = None
    validate: str | None = None
    sc: bool | None = None
    sa: bool | None = None
    encrypt: bool | None = None
    send_sci: bool | None = None
    end_station: bool | None = None
    scb: bool | None = None
    replay: bool | None = None
    window: int | None = None
    cipher_suite: str | None = None
    icv_length: int | None = None
    sci: str | None = None
    encoding_sa: int | None = None
    OutPktsUntagged: int | None = None
    InPktsUntagged: int | None = None
    OutPktsTooLong: int | None = None
    InPktsNoTag: int | None = None
    InPktsBadTag: int | None = None
    InPktsUnknownSCI: int | None = None
    InPktsNoSCI: int | None = None
    InPktsOverrun: int | None = None
    OutPktsProtected: int | None = None
    OutPktsEncrypted: int | None = None
    OutOctetsProtected: int | None = None
    OutOctetsEncrypted: int | None = None
    sa_list: tuple[SecureAssociation, ...] = nested(SecureAssociation, ())
    rx_sc: tuple[ReceiveChannel, ...] = nested(ReceiveChannel, ())
    offload: str | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)
