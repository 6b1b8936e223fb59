"""`fact` declares a struct that attrs and type checkers take for a class of attrs."""

from typing import TYPE_CHECKING, ClassVar

import attrs
import msgspec
import pytest

from ipwrap.system.facts import as_dict, fact, replace

if TYPE_CHECKING:
    from ipwrap.models import Route


@fact
class Walk:
    """A walk, with what every walk has in common."""

    legs: ClassVar[int] = 2

    goal: str
    steps: int = 10
    stops: list[str] = msgspec.field(default_factory=list)

    @property
    def is_long(self) -> bool:
        """Whether a walk takes many steps."""
        return self.steps > 1000


@fact
class Guide:
    """A guide, with a type that only type checkers know."""

    walk: "Route | None" = None


@fact(kw_only=True)
class Hill:
    """A hill, whose name comes behind its height."""

    height: int = 1
    name: str


@fact
class Parcel:
    """A parcel whose weight does not count in a comparison."""

    number: int
    weight: float = 0.0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Parcel) and self.number == other.number

    def __hash__(self) -> int:
        return hash(self.number)


class TestFact:
    """The struct of a declared class."""

    def test_has_fields_and_defaults(self) -> None:
        """A fact has its fields, with their defaults, and its methods and class attributes."""
        walk = Walk("town", 2000)

        assert ("town", 2000, [], True, 2) == (
            walk.goal,
            walk.steps,
            walk.stops,
            walk.is_long,
            Walk.legs,
        )

    def test_is_a_struct(self) -> None:
        """A fact is a struct of msgspec, with the name and module of its declaration."""
        assert issubclass(Walk, msgspec.Struct)
        assert (__name__, "Walk") == (Walk.__module__, Walk.__name__)

    def test_is_immutable(self) -> None:
        """A field of a fact cannot be set."""
        with pytest.raises(AttributeError):
            setattr(Walk("town"), "steps", 3)  # noqa: B010 - a type checker would refuse it

    def test_makes_a_default_for_each_object(self) -> None:
        """Two objects do not share a default that a function makes."""
        Walk("town").stops.append("inn")

        assert [] == Walk("town").stops

    def test_takes_keywords_only(self) -> None:
        """A declaration with kw_only refuses positional values, and keeps the order of fields."""
        with pytest.raises(TypeError):
            Hill(4, "Ben")  # type: ignore[call-arg]  # is what the test is about

        assert "Hill(height=4, name='Ben')" == repr(Hill(name="Ben", height=4))

    def test_shows_text_of_any_bytes(self) -> None:
        """The repr shows a file name whose bytes are no UTF-8."""
        assert "Walk(goal='\\udcff', steps=10, stops=[])" == repr(Walk("\udcff"))

    def test_keeps_its_own_comparison(self) -> None:
        """A class with `__eq__` and `__hash__` of its own is compared by them."""
        light, heavy = Parcel(1, 0.5), Parcel(1, 9.5)

        assert light == heavy
        assert hash(light) == hash(heavy)


class TestAttrs:
    """What attrs does with a fact."""

    def test_evolves(self) -> None:
        """`attrs.evolve` returns a changed copy."""
        assert Walk("hill", 10) == attrs.evolve(Walk("town", 10), goal="hill")

    def test_lists_fields(self) -> None:
        """`attrs.fields` lists the fields in order, with their types and defaults."""
        fields = attrs.fields(Walk)

        assert ["goal", "steps", "stops"] == [field.name for field in fields]
        assert [str, int, list[str]] == [field.type for field in fields]
        defaults: list[object] = [field.default for field in fields]
        assert [attrs.NOTHING, 10, attrs.Factory(list)] == defaults

    def test_tells_which_fields_are_keywords(self) -> None:
        """The fields of a declaration with kw_only are keywords, as those of attrs."""
        assert [False, True] == [attrs.fields(Walk).goal.kw_only, attrs.fields(Hill).name.kw_only]

    def test_needs_no_names_of_type_checkers(self) -> None:
        """A field whose type is not imported when the program runs can be changed as well."""
        assert Guide(None) == attrs.evolve(Guide(Walk("town")), walk=None)  # type: ignore[arg-type]

    def test_makes_a_dict(self) -> None:
        """`attrs.asdict` has every field."""
        assert {"height": 4, "name": "Ben"} == attrs.asdict(Hill(name="Ben", height=4))

    def test_recognises_the_class(self) -> None:
        """`attrs.has` takes a fact for a class of attrs."""
        assert attrs.has(Walk)


class TestReplace:
    """A changed copy."""

    def test_changes_a_field(self) -> None:
        """The copy has the new value, and the other fields of the first fact."""
        assert Walk("hill", 10) == replace(Walk("town", 10), goal="hill")


class TestAsDict:
    """The fields of a fact by name."""

    def test_has_every_field(self) -> None:
        """The dict has the fields in their order."""
        assert [("height", 4), ("name", "Ben")] == list(as_dict(Hill(height=4, name="Ben")).items())

    def test_has_the_fields_of_facts_in_it(self) -> None:
        """A fact that is the value of a field is a dict, too."""
        parcel = Parcel(1, weight=Hill(name="Ben"))  # type: ignore[arg-type]  # any value will do

        assert {"number": 1, "weight": {"height": 1, "name": "Ben"}} == as_dict(parcel)


def test_a_fact_has_no_base_class() -> None:
    """A class with bases is refused: the struct would lose what it inherits."""

    class Base:
        """What a fact would inherit."""

    with pytest.raises(TypeError, match="Derived: a fact has no base class"):

        @fact
        class Derived(Base):
            """A class with a base."""
