"""Round trips of vxlan."""

from tests.live.rounds.base import Round

ROUNDS = {
    "vxlan": Round(
        # Earlier releases print no options of an external vxlan: ip/iplink_vxlan.c.
        shown_since={"gpe": "5.15"},
        needed={"id": 7, "dstport": 4789},
        variants=(
            {"external": True, "id": None},
            {"external": True, "id": None, "vnifilter": True},
            {"ttl": "inherit"},
            {"remote": "192.0.2.1"},
            {"remote": "2001:db8::1"},
            {"group": "239.1.1.1", "dev": "base"},
        ),
        requires={
            "group": {"dev": "base"},
            "flowlabel": {"remote": "2001:db8::1"},
            "gpe": {"external": True, "id": None},
            "external": {"id": None},
            "vnifilter": {"external": True, "id": None},
            "df": {"ttl": 64},
        },
        values={
            "dev": ["base"],
            "group": ["239.1.1.1", "ff05::100"],
            "srcport": [(10000, 20000)],
            "external": [True],
            "flowlabel": [5],
            "maxaddress": [100],
            "tos": [16],
            "localbypass": [False, True],
            "ttl": [1, 255],
        },
    ),
}
