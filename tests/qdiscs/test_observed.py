"""A qdisc that was shown is made without what is assumed anyway, and changed with it."""

from typing import Any

import pytest

from ipwrap.cmdline.reader import CommandCollector
from ipwrap.qdiscs import Fq, Qdisc, Sfq, qdisc_from_json
from ipwrap.tc.qdisc import QdiscVerbs

WEIGHTS = [589824, 196608, 65536]


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("fq", {"limit": 10, "weights": WEIGHTS}, "limit 10"),
        ("fq", {"limit": 10, "weights": [3, 2, 1]}, "limit 10 weights 3 2 1"),
        ("sfq", {"limit": 127, "quantum": 1514, "depth": 127, "flows": 128, "divisor": 1024}, ""),
        ("sfq", {"limit": 127, "quantum": 1514, "flows": 127}, "limit 127 quantum 1514 flows 127"),
        ("sfq", {"perturb": 10}, "perturb 10"),
        ("cake", {"bandwidth": "1mbit"}, "bandwidth 1mbit"),
    ],
)
def test_what_is_left_is_what_makes_a_difference(
    kind: str, data: dict[str, Any], words: str
) -> None:
    """Some of the rest no release can say, or not each that shows it."""
    assert words == " ".join(qdisc_from_json(kind, data).words_to_add())


def test_default_that_a_person_has_set_is_written() -> None:
    """Only what was shown is known to hold everything."""
    assert ("weights", "589824", "196608", "65536") == Fq(
        weights=(589824, 196608, 65536)
    ).words_to_add()
    assert (False, False) == (Sfq().observed, Qdisc("cake").observed)


def test_verbs_write_a_shown_qdisc() -> None:
    """To make one without its defaults; to change or replace one with them, since there they may alter something."""
    runner = CommandCollector()
    qdisc = QdiscVerbs(runner, None)
    shown = qdisc_from_json("fq", {"weights": WEIGHTS})

    qdisc.add("x", shown)
    qdisc.replace("x", shown)
    qdisc.change("x", shown)

    said = "dev x root fq pacing weights 589824 196608 65536"
    expected = ["tc qdisc add dev x root fq", f"tc qdisc replace {said}", f"tc qdisc change {said}"]
    assert expected == [command.line for command in runner.commands]
