"""Round trips of geneve, gtp, bareudp, amt, and of xfrm."""

from tests.live.rounds.base import Round

SIX = {"remote": "2001:db8::2"}

ROUNDS = {
    "geneve": Round(
        needed={"id": 7, "remote": "192.0.2.2"},
        variants=(SIX, {"ttl": "inherit"}, {"external": True, "id": None, "remote": None}),
        requires={
            "flowlabel": SIX,
            "udp6zerocsumtx": SIX,
            "udp6zerocsumrx": SIX,
            "external": {"id": None, "remote": None},
        },
        values={
            "id": [0, 2**24 - 1],
            "remote": ["192.0.2.9", "2001:db8::9"],
            "ttl": [1, 255, 0],
            "tos": [16, 1],
            "flowlabel": [5, 2**20 - 1],
            "external": [True],  # False is not shown
        },
    ),
    "gtp": Round(
        needed={"role": "ggsn"},
        variants=({"role": "sgsn"},),
        values={"hsize": [1, 2048], "restart_count": [0, 255]},
    ),
    "bareudp": Round(
        needed={"dstport": 6635, "ethertype": "mpls_uc"},
        values={
            "dstport": [1, 65535],
            "ethertype": ["ip", "ipv6", "mpls_uc", 0x1234],
            "srcportmin": [1024, 65535],
        },
    ),
    "amt": Round(
        needed={"mode": "gateway", "local": "192.0.2.1", "discovery": "192.0.2.2", "dev": "base"},
        variants=({"mode": "relay", "discovery": None},),
        requires={"max_tunnels": {"mode": "relay", "discovery": None}},
        values={
            "mode": ["gateway", "relay"],
            "relay_port": [1, 65535],
            "gateway_port": [1, 65535],
            "max_tunnels": [1, 100],
            "local": ["192.0.2.8"],
            "discovery": ["192.0.2.9"],
        },
    ),
    "xfrm": Round(
        needed={"if_id": 7},
        variants=({"external": True, "if_id": None},),
        requires={"external": {"if_id": None}},
        values={"if_id": [1, 2**32 - 1]},
    ),
}
