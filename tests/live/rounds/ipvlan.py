"""Round trips of ipvlan and ipvtap."""

from tests.live.rounds.base import Round

ROUNDS = dict.fromkeys(("ipvlan", "ipvtap"), Round(on_base=True))
