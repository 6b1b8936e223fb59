"""`model`: attrs to type checkers and to attrs, and a struct of msgspec to everything else."""

import copy
import gc
import pickle
from typing import Any

import attrs
import msgspec
import pytest

from ipwrap.models import Address, Interface, Link, Route, Rule
from ipwrap.models.base import json_key
from ipwrap.models.declaration import UnknownKeys, model
from ipwrap.models.filter_options import FlowerOptions, InHardware


@model(kw_only=True)
class Lamp:
    """A model with a required field, a renamed field and a method."""

    number: int
    shade_: str | None = json_key("shade")
    flags: tuple[str, ...] = ()
    extra: dict[str, Any] = attrs.field(factory=dict, hash=False)

    @property
    def is_bright(self) -> bool:
        """Whether the flag is set."""
        return "BRIGHT" in self.flags


@model(kw_only=True)
class Lantern(Lamp):
    """A model with a base class, and a required field of its own."""

    height: int


def test_model_is_a_class_of_attrs() -> None:
    """`attrs.fields`, `attrs.evolve` and `attrs.asdict` take a model."""
    lamp = Lamp(number=1, flags=("BRIGHT",))

    assert ["number", "shade_", "flags", "extra"] == [field.name for field in attrs.fields(Lamp)]
    assert Lamp(number=2, flags=("BRIGHT",)) == attrs.evolve(lamp, number=2)
    assert {"number": 1, "shade_": None, "flags": ("BRIGHT",), "extra": {}} == attrs.asdict(lamp)


def test_model_behaves_as_a_frozen_value() -> None:
    """A model has a repr, a hash without its dict, and equality; its fields cannot be set."""
    lamp = Lamp(number=1, flags=("BRIGHT",), extra={"new": [1]})

    assert "Lamp(number=1, flags=('BRIGHT',), extra={'new': [1]})" == repr(lamp)
    assert hash(Lamp(number=1, flags=("BRIGHT",))) == hash(lamp)
    assert Lamp(number=1) != lamp
    with pytest.raises(AttributeError, match=r"number|immutable"):
        lamp.number = 2  # type: ignore[misc]


def test_fields_are_given_by_keyword() -> None:
    """A positional argument, an unknown argument and a missing argument are refused."""
    with pytest.raises(TypeError):
        Lamp(1)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Lamp(number=1, size=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Lamp()  # type: ignore[call-arg]


def test_models_do_not_share_their_dicts() -> None:
    """Every model has a dict of unknown keys of its own."""
    assert Lamp(number=1).extra is not Lamp(number=1).extra


def test_derived_model_has_the_fields_of_its_base() -> None:
    """A derived model has the fields, properties and defaults of its base, and is one."""
    lantern = Lantern(number=1, height=3, flags=("BRIGHT",))

    assert isinstance(lantern, Lamp)
    assert lantern.is_bright
    assert "height" == attrs.fields(Lantern)[-1].name
    assert isinstance(Interface(), Link)
    assert issubclass(FlowerOptions, InHardware)


@pytest.mark.parametrize(
    "value",
    [
        Link(ifname="a", flags=("UP",)),
        Interface(ifname="a", addr_info=(Address(local="192.0.2.1", prefixlen=24),)),
        Route(dst="default", extra={"new": [1]}),
    ],
)
def test_models_are_pickled_and_copied(value: object) -> None:
    """A pickled and a copied model are equal to the model."""
    assert value == pickle.loads(pickle.dumps(value))
    assert value == copy.deepcopy(value) == copy.copy(value)


@pytest.mark.parametrize(
    "text", [b'{"number":1,"new":2}', b'{"number":1,"extra":{}}', b'{"number":1,"shade_":"x"}']
)
def test_decoder_refuses_keys_without_a_field(text: bytes) -> None:
    """Unknown keys, a key `extra` and the name of a renamed attribute need preparation."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=Lamp)


def test_decoder_takes_the_key_of_a_renamed_field() -> None:
    """A renamed field is read by its JSON key."""
    lamp = msgspec.json.decode(b'{"number":1,"shade":"x"}', type=Lamp)
    assert Lamp(number=1, shade_="x") == lamp


def test_unknown_keys_are_read_into_extra_only_by_preparation() -> None:
    """Prepared objects have `UnknownKeys`, which are equal to a dict."""
    lamp = msgspec.convert({"number": 1, "extra": UnknownKeys(new=1)}, Lamp)
    assert {"new": 1} == lamp.extra


def test_required_field_has_no_default() -> None:
    """A model lacks neither a required field of its own nor one of its base."""
    with pytest.raises(TypeError, match="number"):
        Lantern(height=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="height"):
        Lantern(number=1)  # type: ignore[call-arg]

    assert attrs.NOTHING is attrs.fields_dict(Lantern)["height"].default


def test_garbage_collector_does_not_walk_models() -> None:
    """Thousands of models make no later collection slower."""
    assert not gc.is_tracked(Link(ifname="a"))


@pytest.mark.parametrize(
    ("value", "name", "field"),
    [
        (Link(ifname="lo"), "name", "ifname"),
        (Link(ifname="lo"), "mac", "address"),
        (Link(ifname="lo"), "state", "operstate"),
        (Interface(ifname="lo"), "ip", "prefixes"),
        (Address(), "ip", "local"),
        (Route(dst="default"), "nexthop", "gateway"),
        (Rule(priority=7), "from_", "src"),
        (Rule(priority=7), "prio", "priority"),
        (Link(ifname="lo"), "zzz", None),
        (Link(ifname="lo"), "__wrapped__", None),
    ],
)
def test_a_missing_field_is_told_with_the_one_of_another_word(
    value: Any, name: str, field: str | None
) -> None:
    """Fields have the names of JSON; the words of the command line and of habit lead there."""
    with pytest.raises(AttributeError) as raised:
        getattr(value, name)

    hint = "" if field is None else f"; did you mean {field!r}?"
    assert f"{type(value).__name__!r} object has no attribute {name!r}{hint}" == str(raised.value)
