"""Round trips of vlan."""

from tests.live.rounds.base import Round

ROUNDS = {
    "vlan": Round(
        needed={"id": 7},
        on_base=True,
        variants=({"protocol": "802.1ad"},),
        values={
            "ingress_qos_map": [{1: 2, 3: 4}],
            "egress_qos_map": [{1: 2, 3: 4}],
        },
    ),
}
