"""Round trips of macsec."""

from tests.live.rounds.base import Round

REPLAY = {"replay": True, "window": 32}
QUIET = {"send_sci": False}

ROUNDS = {
    "macsec": Round(
        on_base=True,
        variants=(
            {"send_sci": False},
            {"end_station": True, "send_sci": False},
            {"cipher": "gcm-aes-xpn-128"},
            {"cipher": "gcm-aes-256"},
        ),
        requires={
            "window": REPLAY,
            "replay": REPLAY,
            "end_station": QUIET,
            "scb": QUIET,
            "cipher": {"icvlen": 16},
        },
        values={
            "sci": ["0200000000050001", "ffffffffffff0001"],
            "cipher": ["gcm-aes-128", "gcm-aes-256"],  # `default` is another word for the first
            "icvlen": [8, 16],
            "window": [1, 2**32 - 2],
        },
    ),
}
