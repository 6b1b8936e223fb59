"""The kinds of qdiscs that may have classes or filters."""

import pytest

from ipwrap.state.traffic_kinds import CLASSLESS, FILTERLESS, has_traffic, may_have_traffic


@pytest.mark.parametrize("kind", ["htb", "prio", "clsact", "ingress", "fq_codel", "of-tomorrow"])
def test_a_kind_may_have_classes_or_filters(kind: str) -> None:
    """So may one that nobody knows here."""
    qdisc = {"dev": "d0", "kind": kind, "handle": "1:"}

    assert may_have_traffic(qdisc)
    assert has_traffic([{"link": []}, {"tc qdisc": [{"kind": "pfifo"}, qdisc]}])


def test_most_kinds_have_neither() -> None:
    """The classes of a tbf are the kernel's."""
    assert not has_traffic([{"tc qdisc": [{"kind": kind} for kind in FILTERLESS]}, {"link": []}])
    assert {"cake", "fq_codel", "sfb", "sfq", "clsact", "ingress"} == CLASSLESS - FILTERLESS
