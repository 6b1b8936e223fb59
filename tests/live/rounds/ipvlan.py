"""Round trips of ipvlan and ipvtap."""

from tests.live.rounds.base import Round

WAYS = tuple({"mode": mode} for mode in ("l2", "l3", "l3s"))

ROUNDS = dict.fromkeys(("ipvlan", "ipvtap"), Round(on_base=True, ways=WAYS))
