"""The shared comparison rules: no kernel-assigned values, and machine defaults only if named."""

import pytest

from ipwrap.objects.comparison import COUNT_IF_NAMED, KERNEL_ASSIGNED
from tests.objects.counted import mentioned, only_item


@pytest.mark.parametrize("key", sorted(KERNEL_ASSIGNED - {"id", "no"}))
def test_kernel_assigned_keys_are_not_compared(key: str) -> None:
    """Indexes, counters, timers and carrier state are not compared."""
    assert (("x",), {"ifname": "x", "flags": []}) == only_item("link", {"ifname": "x", key: 1})


def test_timers_are_not_compared() -> None:
    """Keys with the suffix `_timer` are not compared."""
    data = {
        "ifname": "x",
        "linkinfo": {"info_kind": "bridge", "info_data": {"gc_timer": 1.5, "ageing_time": 300}},
    }

    assert {"ifname": "x", "flags": [], "info_kind": "bridge", "ageing_time": 300} == only_item(
        "link", data
    )[1]


@pytest.mark.parametrize(("key", "word"), sorted(COUNT_IF_NAMED.items()))
def test_machine_defaults_are_compared_if_named(key: str, word: str) -> None:
    """The number of queues, for instance, is compared if a command set the option."""
    data = {"ifname": "x", key: 4}

    assert {"ifname": "x", "flags": []} == only_item("link", data)[1]
    assert {"ifname": "x", "flags": [], key: 4} == only_item(
        "link",
        data,
        mentioned(f"ip link add name x {word} 4 type bridge"),
    )[1]
