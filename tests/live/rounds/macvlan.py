"""Round trips of macvlan and macvtap."""

from tests.live.rounds.base import Round

VARIANTS = tuple({"mode": mode} for mode in ("private", "vepa", "bridge", "passthru", "source"))

ROUNDS = {
    "macvlan": Round(
        on_base=True,
        variants=VARIANTS,
        requires={
            "nopromisc": {"mode": "passthru"},
            "macaddr": {"mode": "source"},
        },
        values={
            "mode": ["private", "vepa", "bridge", "passthru", "source"],
            "macaddr": [("set", "02:00:00:00:00:01", "02:00:00:00:00:02")],
            "bclim": [5, -1],
        },
    ),
    "macvtap": Round(
        on_base=True,
        variants=VARIANTS,
        requires={
            "nopromisc": {"mode": "passthru"},
            "macaddr": {"mode": "source"},
        },
        values={
            "mode": ["private", "vepa", "bridge", "passthru", "source"],
            "macaddr": [("set", "02:00:00:00:00:01", "02:00:00:00:00:02")],
            "bclim": [5, -1],
        },
    ),
}
