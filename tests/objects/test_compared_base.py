"""The shared comparison rules: no kernel-assigned values, and machine defaults only if named."""

import pytest

from ipwrap.kinds import KINDS
from ipwrap.objects.comparison import COUNT_IF_NAMED, KERNEL_ASSIGNED
from ipwrap.options.table import Option, options_of
from ipwrap.qdiscs import CLASSES, QDISCS
from tests.objects.counted import Json, mentioned, only_item

TABLES = {
    **{("link", kind): KINDS[kind] for kind in KINDS},
    **{("qdisc", kind): QDISCS[kind] for kind in QDISCS},
    **{("class", kind): CLASSES[kind] for kind in CLASSES},
}


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


def read_only_rows() -> list[tuple[str, str, str]]:
    """Return table, kind and JSON key of each read-only row, but of those inside another value."""
    return [
        (*table, str(option.json_key))
        for table, cls in TABLES.items()
        for option in options_of(cls)
        if option.is_read_only and is_plain(option)
    ]


def is_plain(option: Option) -> bool:
    """Return whether an option is a key of its own."""
    return "." not in str(option.json_key)


def object_with(table: str, kind: str, key: str, value: int) -> tuple[str, Json]:
    """Return the noun and the JSON of an object of a kind with a value."""
    if table == "qdisc":
        return "tc qdisc", {"kind": kind, "dev": "x", "options": {key: value}}
    if table == "class":
        return "tc class", {"class": kind, "dev": "x", key: value}

    port_kind = kind.removesuffix("_slave")
    info: Json = {"info_kind": kind, "info_data": {key: value}}
    if port_kind != kind:
        info = {"info_slave_kind": port_kind, "info_slave_data": {key: value}}
    return "link", {"ifname": "x", "linkinfo": info}


@pytest.mark.parametrize(("table", "kind", "key"), read_only_rows())
def test_a_read_only_field_of_a_table_is_never_a_difference(
    table: str, kind: str, key: str
) -> None:
    """Counters and states of the kernel are read-only, such as `direct_packets_stat` of htb."""
    noun, before = object_with(table, kind, key, 0)
    _, after = object_with(table, kind, key, 1)

    assert only_item(noun, before) == only_item(noun, after)


@pytest.mark.parametrize("key", ["type", "user", "group", "pi", "vnet_hdr", "multi_queue"])
def test_an_option_that_another_command_sets_is_compared(key: str) -> None:
    """`ip tuntap add` sets options that `ip link` only shows."""
    noun, before = object_with("link", "tun", key, 0)
    _, after = object_with("link", "tun", key, 1)

    assert only_item(noun, before) != only_item(noun, after)
