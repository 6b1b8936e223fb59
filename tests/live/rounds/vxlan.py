"""Round trips of vxlan."""

from tests.live.rounds.base import Round

ROUNDS = {
    "vxlan": Round(
        needed={"id": 7, "dstport": 4789},
        together={
            "group": {"dev": "base"},
            "external": {"id": None},
            "vnifilter": {"external": True, "id": None},
            "df": {"ttl": 64},
        },
        values={
            "dev": ["base"],
            "group": ["239.1.1.1", "ff05::100"],
            "srcport": [(10000, 20000)],
            "label": [5],
            "maxaddress": [100],
            "tos": [16],
            "localbypass": [False, True],
            "ttl": [1, 255],
        },
    ),
}
