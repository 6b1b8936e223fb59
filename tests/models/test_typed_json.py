"""Typed JSON has what the models have, and its schema describes it."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ipwrap import parse
from ipwrap.kinds import KINDS
from ipwrap.models import NOUNS, Link, Neigh, TcClass, TcFilter, TcQdisc, dump, load
from ipwrap.models.typed_json import typed_schema
from ipwrap.qdiscs import CLASSES, QDISCS
from tests.models.test_captures import class_of, objects_of, readable


@pytest.mark.parametrize("noun", sorted(NOUNS))
def test_schema_is_valid(noun: str) -> None:
    """The schema of every object is valid by the rules of its dialect."""
    Draft202012Validator.check_schema(typed_schema(NOUNS[noun]))


@pytest.mark.parametrize("name", readable())
def test_captured_output_is_valid(name: str) -> None:
    """The typed JSON of every capture is valid, and can be written as JSON."""
    cls = class_of(name)
    models: list[Any] = load(cls, objects_of(name))
    typed = [dump(model, typed=True) for model in models]

    errors = Draft202012Validator(typed_schema(cls)).iter_errors(json.loads(json.dumps(typed)))

    assert [] == [f"{error.json_path}: {error.message}" for error in errors]


def test_kind_stands_for_the_raw_options() -> None:
    """A link has its kind and its options as a port, instead of `linkinfo`."""
    info = {
        "info_kind": "vlan",
        "info_data": {"protocol": "802.1Q", "id": 7, "flags": ["REORDER_HDR"]},
        "info_slave_kind": "bridge",
        "info_slave_data": {"state": "forwarding", "hairpin": True},
    }

    (link,) = load(Link, [{"ifname": "v7", "link": None, "linkinfo": info, "new": [1]}])
    typed = dump(link, typed=True)

    assert {"ifname", "link", "flags", "kind", "port", "extra"} == set(typed)
    assert ("vlan", 7) == (typed["kind"]["type"], typed["kind"]["id"])
    assert ("bridge_slave", True) == (typed["port"]["type"], typed["port"]["hairpin"])
    assert {"new": [1]} == typed["extra"]


def test_kind_without_a_table_keeps_its_options() -> None:
    """A kind that is unknown has its name and what iproute2 printed."""
    (link,) = load(Link, [{"ifname": "a", "linkinfo": {"info_kind": "odd", "info_data": {"x": 1}}}])

    assert {"type": "odd", "options": {"x": 1}} == dump(link, typed=True)["kind"]


def test_flags_are_true_and_lifetimes_without_end_null() -> None:
    """Null has one meaning: a time without an end."""
    text = '[{"ifname":"a","addr_info":[{"local":"::1","valid_life_time":4294967295}]}]'

    (neigh,) = load(Neigh, [{"dst": "10.0.0.1", "router": None}])
    (interface,) = parse("address", text)

    assert {"dst": "10.0.0.1", "router": True} == dump(neigh, typed=True)
    assert [{"local": "::1", "valid_life_time": None}] == dump(interface, typed=True)["addr_info"]


def test_qdisc_has_seconds_and_bits() -> None:
    """The options of a qdisc, a class and a filter are those of their `typed`."""
    tbf = {"kind": "tbf", "handle": "1:", "options": {"rate": 125000, "burst": 5000, "lat": 70000}}
    htb = {"class": "htb", "handle": "1:1", "rate": 125000, "ceil": 125000, "burst": 1600}
    odd = {"class": "odd", "handle": "1:1", "rate": 125000, "x": 1}

    (qdisc,) = load(TcQdisc, [tbf])
    first_class, second_class = load(TcClass, [htb, odd])

    assert ("tbf", 1000000) == tuple(
        dump(qdisc, typed=True)["options"][key] for key in ("type", "rate")
    )
    assert 1000000 == dump(first_class, typed=True)["options"]["rate"]
    assert "rate" not in dump(first_class, typed=True)
    assert {"class": "odd", "handle": "1:1", "rate": 125000, "extra": {"x": 1}} == dump(
        second_class, typed=True
    )


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        ("u32", {"fh": "800::800", "actions": []}, {"fh": "800::800"}),
        ("basic", {"handle": 1, "actions": []}, {"handle": 1}),
    ],
)
def test_actions_of_a_filter_are_beside_its_options(
    kind: str, options: dict[str, Any], expected: dict[str, Any]
) -> None:
    """The actions are typed, whether the kind of the filter has a model or not."""
    action = {"order": 1, "kind": "gact", "index": 5}

    (filter_,) = load(TcFilter, [{"kind": kind, "options": {**options, "actions": [action]}}])
    typed = dump(filter_, typed=True)

    assert (expected, [action]) == (typed["options"], typed["actions"])


def test_schema_refuses_what_is_not_typed() -> None:
    """A wrong type, and a wrong option of a kind, are invalid; unknown kinds are valid."""
    validator = Draft202012Validator(typed_schema(Link))

    assert validator.is_valid([{"ifname": "a", "kind": {"type": "odd", "x": 1}, "new": 1}])
    assert not validator.is_valid([{"ifname": 1}])
    assert not validator.is_valid([{"mtu": None}])
    assert not validator.is_valid([{"kind": {"type": "vlan", "id": "seven"}}])
    assert not validator.is_valid([{"kind": {}}])


def test_classes_have_names_of_their_own() -> None:
    """Two classes with one name would share one definition in a schema."""
    classes: dict[str, set[type]] = {}
    for table in (KINDS, QDISCS, CLASSES):
        for name in table:
            cls: type = table[name]
            classes.setdefault(cls.__name__, set()).add(cls)

    assert [] == [name for name, members in classes.items() if len(members) > 1]
