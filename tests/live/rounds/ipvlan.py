"""Round trips of ipvlan and ipvtap."""

from tests.live.rounds.base import Round

VARIANTS = tuple({"mode": mode} for mode in ("l2", "l3", "l3s"))

ROUNDS = dict.fromkeys(("ipvlan", "ipvtap"), Round(on_base=True, variants=VARIANTS))
