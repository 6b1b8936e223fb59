"""The channel of a MACsec link is 16 hexadecimal digits, and precedes the other arguments."""

from typing import Any

import pytest

from ipwrap.errors import InvalidArgument
from ipwrap.kinds import Macsec

MAC = "02:00:00:00:00:01"


@pytest.mark.parametrize(
    ("macsec", "arguments"),
    [
        (Macsec(encrypt=True, port=11), "port 11 encrypt on"),
        (Macsec(address=MAC, port=1), f"address {MAC} port 1"),
        (
            Macsec(cipher="gcm-aes-xpn-256", sci="0200000000010001"),
            "sci 0200000000010001 cipher gcm-aes-xpn-256",
        ),
        (Macsec(sci="0x1"), "sci 0000000000000001"),
        (
            Macsec(icvlen=8, send_sci=False, end_station=True, scb=False),
            "icvlen 8 send_sci off end_station on scb off",
        ),
        (Macsec(protect=True, replay=True, window=32), "protect on replay on window 32"),
        (
            Macsec(validate="strict", encodingsa=3, offload="phy"),
            "validate strict encodingsa 3 offload phy",
        ),
    ],
)
def test_macsec_becomes_arguments(macsec: Macsec, arguments: str) -> None:
    """The identifier of the channel precedes the other options, as iproute2 requires."""
    expected = tuple(arguments.split())

    assert expected == macsec.to_args()


# Written after macsec_print_opt() in ip/ipmacsec.c.
@pytest.mark.parametrize(
    ("data", "macsec"),
    [
        ({"sci": "0200000000010001"}, Macsec(sci="0200000000010001")),
        ({"cipher_suite": "GCM-AES-256", "icv_len": 16}, Macsec(cipher="gcm-aes-256", icvlen=16)),
        (
            {"inc_sci": True, "es": False, "scb": False},
            Macsec(send_sci=True, end_station=False, scb=False),
        ),
        ({"replay_protect": True, "window": 32}, Macsec(replay=True, window=32)),
        ({"window": -2}, Macsec(window=2**32 - 2)),
        ({"validation": "check", "encoding_sa": 0}, Macsec(validate="check", encodingsa=0)),
    ],
)
def test_json_becomes_a_macsec(data: dict[str, Any], macsec: Macsec) -> None:
    """Every key has a field, although most names differ."""
    assert macsec == Macsec.from_json(data)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"port": 0}, "port: 0 is not within 1 to 65535"),
        (
            {"sci": "02:00:00:00:00:01"},
            "sci: '02:00:00:00:00:01' is not text of up to 16 hexadecimal digits",
        ),
        ({"sci": 1}, "sci: 1 is not text"),
        ({"sci": "0"}, "sci: '0' is not within 1 to ffffffffffffffff"),
        ({"sci": "10000000000000000"}, "sci: '10000000000000000' is not within"),
        ({"icvlen": 7}, "icvlen: 7 is not within 8 to 16"),
        ({"encodingsa": 4}, "encodingsa: 4 is not within 0 to 3"),
        ({"window": 2**32 - 1}, "window: 4294967295 is not within 0 to 4294967294"),
        ({"cipher": "GCM-AES-128"}, "cipher: 'GCM-AES-128' is not one of default, gcm-aes-128"),
    ],
)
def test_invalid_macsec_is_refused(options: dict[str, Any], message: str) -> None:
    """The command is refused before it runs, and the message names a valid value."""
    with pytest.raises(InvalidArgument, match=message):
        Macsec(**options).to_args()
