"""An observed qdisc is created without its default options, and changed with them."""

from typing import Any

import pytest

from ipwrap.cmdline.reader import CommandCollector
from ipwrap.qdiscs import Fq, Qdisc, Sfq, qdisc_from_json
from ipwrap.tc.qdisc import QdiscVerbs

WEIGHTS = [589824, 196608, 65536]


@pytest.mark.parametrize(
    ("kind", "data", "arguments"),
    [
        ("fq", {"limit": 10, "weights": WEIGHTS}, "limit 10"),
        ("fq", {"limit": 10, "weights": [3, 2, 1]}, "limit 10 weights 3 2 1"),
        ("sfq", {"limit": 127, "quantum": 1514, "depth": 127, "flows": 128, "divisor": 1024}, ""),
        ("sfq", {"limit": 127, "quantum": 1514, "flows": 127}, "limit 127 quantum 1514 flows 127"),
        ("sfq", {"perturb": 10}, "perturb 10"),
        ("pie", {"limit": 1000}, "limit 1000"),
        ("cake", {"bandwidth": 125000, "nat": True, "fwmark": "0"}, "bandwidth 1mbit nat"),
    ],
)
def test_observed_kind_omits_its_defaults(kind: str, data: dict[str, Any], arguments: str) -> None:
    """Not every release of iproute2 can parse the options that it shows."""
    assert arguments == " ".join(qdisc_from_json(kind, data).args_to_add())


def test_default_set_by_the_user_is_formatted() -> None:
    """Only an observed kind omits defaults; a kind is not observed by default."""
    fq = Fq(weights=(589824, 196608, 65536))

    assert ("weights", "589824", "196608", "65536") == fq.args_to_add()
    assert not Sfq().observed
    assert not Qdisc("cake").observed


def test_verbs_format_an_observed_qdisc() -> None:
    """`add` omits the defaults; `change` and `replace` may alter a value with a default."""
    runner = CommandCollector()
    qdisc = QdiscVerbs(runner, None)
    fq = qdisc_from_json("fq", {"weights": WEIGHTS})

    qdisc.add("x", fq)
    qdisc.replace("x", fq)
    qdisc.change("x", fq)

    arguments = "dev x root fq pacing weights 589824 196608 65536"
    assert [
        "tc qdisc add dev x root fq",
        f"tc qdisc replace {arguments}",
        f"tc qdisc change {arguments}",
    ] == [command.line for command in runner.commands]
