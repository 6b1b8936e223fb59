"""The comparison of traffic control objects: handles and seeds from commands."""

import pytest

from ipwrap.errors import InvalidArgument
from ipwrap.objects.tc_filter import FilterObject
from ipwrap.recording.mentioned import GENERATED
from tests.objects.counted import Json, has_no_item, mentioned, only_item


@pytest.mark.parametrize(
    ("handle", "line", "expected"),
    [
        ("8001:", "", GENERATED),
        ("8001:", "tc qdisc add dev x handle 8001: root netem", "8001:"),
        ("1:", "", "1:"),
        ("ffff:", "tc qdisc add dev x handle ffff: ingress", "ffff:"),
    ],
)
def test_a_handle_is_compared_if_named(handle: str, line: str, expected: str) -> None:
    """A handle from 8000: is masked unless a command named the handle, also as a parent."""
    mentioned_words = mentioned(*filter(None, [line]))
    identity, fields = only_item(
        "tc qdisc",
        {"kind": "netem", "dev": "x", "root": True, "handle": handle},
        mentioned_words,
    )
    _, class_fields = only_item(
        "tc class",
        {"class": "htb", "dev": "x", "parent": handle},
        mentioned_words,
    )

    assert (expected, expected) == (fields["handle"], class_fields["parent"])
    assert expected in identity


@pytest.mark.parametrize(
    ("line", "is_compared"),
    [("", False), ("tc qdisc add dev x root netem loss 1% seed 7", True)],
)
def test_a_seed_is_compared_if_named(line: str, is_compared: bool) -> None:
    """The random seed of netem is compared only if a command named a seed."""
    _, fields = only_item(
        "tc qdisc",
        {"kind": "netem", "options": {"limit": 5, "seed": 7}},
        mentioned(*filter(None, [line])),
    )

    assert ({"limit": 5} | ({"seed": 7} if is_compared else {})) == fields["options"]


def test_the_number_of_a_class_counts_below_a_masked_one() -> None:
    """The kernel has chosen the number of the qdisc, and somebody that of the class."""
    _, fields = only_item("tc class", {"class": "htb", "dev": "x", "handle": "8001:a"})

    assert f"{GENERATED}:a" == fields["handle"]


def test_a_class_is_compared_without_its_qdisc() -> None:
    """The qdisc below a class is an object of its own, often with a number of the kernel."""
    _, fields = only_item("tc class", {"class": "htb", "dev": "x", "leaf": "0x8001", "rate": 5})

    assert {"class": "htb", "dev": "x", "rate": 5} == fields


def test_classes_that_no_command_makes_are_not_compared() -> None:
    """A fq_codel has a class for each flow of packets."""
    assert has_no_item("tc class", {"class": "fq_codel", "dev": "x", "handle": "8001:9f"})


PLACE = {"dev": "x", "parent": "ingress", "protocol": "ip", "pref": 5}


def test_what_the_kernel_numbers_in_a_filter_is_not_compared() -> None:
    """The hash table of a preference, and the numbers of actions."""
    action = {"kind": "gact", "control_action": {"type": "drop"}}
    options = {
        "fh": "801::800",
        "key_ht": "801",
        "order": 2048,
        "not_in_hw": True,
        "actions": [{**action, "index": 3, "ref": 1, "bind": 1}],
    }
    name, fields = only_item("tc filter", {**PLACE, "kind": "u32", "options": options})

    assert ("x", "ingress", "ip", "5", "u32", f"{GENERATED}::800") == name
    assert {
        "fh": f"{GENERATED}::800",
        "key_ht": GENERATED,
        "actions": [action],
    } == fields["options"]


def test_the_police_of_a_u32_is_compared_without_numbers() -> None:
    """Its keys are among those of the filter."""
    police = {"kind": "police", "rate": 5, "overhead": 0}
    data = {**PLACE, "kind": "u32", "options": {**police, "index": 7, "ref": 1, "bind": 1}}
    _, fields = only_item("tc filter", data)

    assert police == fields["options"]


@pytest.mark.parametrize(
    "data",
    [
        {**PLACE, "kind": "u32"},
        {**PLACE, "kind": "u32", "options": {}},
        {**PLACE, "kind": "u32", "options": {"fh": "800:", "ht_divisor": 1}},
    ],
)
def test_entries_that_come_with_filters_are_not_compared(data: dict[str, object]) -> None:
    """iproute2 lists an entry for each kind, and one for the kernel's hash table."""
    assert has_no_item("tc filter", data)


def test_a_chain_is_part_of_the_name_of_a_filter() -> None:
    """Each chain has preferences of its own; the first one needs no word."""
    filters = [
        {**PLACE, "kind": "fw", "chain": chain, "options": {"fw": {"mark": "0x6"}}}
        for chain in (0, 3)
    ]
    names = [only_item("tc filter", data)[0] for data in filters]

    assert [(), ("chain", "3")] == [name[6:] for name in names]
    assert "0x6" == names[0][5]


def u32_at(parent: str, pref: int = 3) -> Json:
    """Return a u32 as `tc` lists it at a place of a qdisc."""
    options = {"fh": "800::800", "key_ht": "800", "match": {"value": "0", "mask": "0", "off": 0}}
    place = {"dev": "d", "parent": parent, "protocol": "ip", "pref": pref}
    return {**place, "kind": "u32", "chain": 0, "options": options}


def test_u32_that_is_listed_at_two_places() -> None:
    """Where ingress and egress have u32 filters of one preference, none has a known place."""
    kind = FilterObject()
    filters = [u32_at("ffff:fff2"), u32_at("ffff:fff3"), u32_at("ffff:fff3", pref=4)]

    *ambiguous, known = kind.split("tc filter", {"tc filter": filters})

    assert filters == [kind.as_printed(data) for data in (*ambiguous, known)]
    assert 4 == kind.arguments("tc filter", known)["pref"]
    for data in ambiguous:
        with pytest.raises(InvalidArgument, match="at ffff:fff2 and ffff:fff3, and tc lists"):
            kind.arguments("tc filter", data)
        with pytest.raises(InvalidArgument, match="preference 3"):
            kind.delete_commands("tc filter", data, netns=None)
