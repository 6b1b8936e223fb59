"""Round trips of kinds on hardware or on a simulation of hardware."""

from tests.live.rounds.base import Round

ROUNDS = {
    "can": Round(
        needed={"bitrate": 500000},
        requires={"dbitrate": {"fd": True}, "xbitrate": {"xl": True}},
        values={"bitrate": [125000, 500000], "sample_point": [0.875], "restart_ms": [100]},
    ),
    "dsa": Round(values={"conduit": ["base"]}),
    "ipoib": Round(needed={"pkey": 0x8001}, on_base=True, values={"pkey": [0x8001, 0xFFFF]}),
    "lowpan": Round(on_base=True),
    "rmnet": Round(needed={"mux_id": 1}, on_base=True, values={"mux_id": [1, 254]}),
    "virt_wifi": Round(on_base=True),
    "wwan": Round(needed={"linkid": 1}, values={"linkid": [1, 2**32 - 1]}),
}
