"""Round trips of vrf and its ports."""

from ipwrap.kinds import Vrf
from tests.live.rounds.base import Round

ROUNDS = {
    "vrf": Round(needed={"table": 10}, values={"table": [1, 2**32 - 1]}),
    "vrf_slave": Round(master=Vrf(table=10)),
}
