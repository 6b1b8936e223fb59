"""Round trips of netkit."""

from tests.live.rounds.base import Round

POLICIES = ["forward", "blackhole"]
SCRUBS = ["default", "none"]

ROUNDS = {
    "netkit": Round(
        variants=({"mode": "l2"}, {"mode": "l3"}),
        values={"policy": POLICIES, "peer_policy": POLICIES, "scrub": SCRUBS, "peer_scrub": SCRUBS},
    ),
}
