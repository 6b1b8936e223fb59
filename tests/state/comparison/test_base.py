"""What counts whatever the object: what the kernel chose does not, the machine's defaults if they were named."""

import pytest

from ipwrap.state.comparison.base import COUNT_IF_NAMED, KERNEL_ASSIGNED
from tests.state.comparison.counted import named, one


@pytest.mark.parametrize("key", sorted(KERNEL_ASSIGNED - {"id", "no"}))
def test_what_the_kernel_chose_does_not_count(key: str) -> None:
    """Indexes, counters, timers and what the carrier brings are no part of a link."""
    assert (("x",), {"ifname": "x", "flags": []}) == one("link", {"ifname": "x", key: 1})


def test_timers_do_not_count() -> None:
    """A key that ends in _timer is the time that is left."""
    data = {
        "ifname": "x",
        "linkinfo": {"info_kind": "bridge", "info_data": {"gc_timer": 1.5, "ageing_time": 300}},
    }

    assert {"ifname": "x", "flags": [], "info_kind": "bridge", "ageing_time": 300} == one(
        "link", data
    )[1]


@pytest.mark.parametrize(("key", "word"), sorted(COUNT_IF_NAMED.items()))
def test_what_depends_on_the_machine_counts_if_it_was_named(key: str, word: str) -> None:
    """The number of queues, say, is the machine's, unless a command gave one."""
    data = {"ifname": "x", key: 4}

    assert {"ifname": "x", "flags": []} == one("link", data)[1]
    assert {"ifname": "x", "flags": [], key: 4} == one(
        "link", data, named(f"ip link add name x {word} 4 type bridge")
    )[1]
