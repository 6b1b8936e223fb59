"""Round trips of hsr."""

from tests.live.rounds.base import Round

ROUNDS = {
    "hsr": Round(
        needed={"slave1": "base", "slave2": "third"},
        variants=({"proto": 1}, {"version": 1}),
        extra_links=("third", "fourth"),
        values={
            "slave1": ["base", "fourth"],
            "slave2": ["third", "fourth"],
            "interlink": ["fourth"],
        },
        shown_since={"version": "6.19"},
    ),
}
