"""Several conditions hold at once."""

from typing import Any, Self

from attrs import field, frozen

from ipwrap.conditions import condition_from_json
from ipwrap.conditions.base import (
    Condition,
    Observation,
    Prober,
    join_tests,
    positional,
)
from ipwrap.conditions.process_words import NAMED_VARIABLES, ProcessWords
from ipwrap.errors import InvalidArgument

__all__ = ["AllOf"]

MAX_CONDITIONS = 100


@frozen(init=False)
class AllOf(Condition):
    """Several conditions hold at once, in the same namespace.

    They are looked at in order, up to the first that does not hold. An `all_of` among them counts
    as its conditions.
    """

    tag = "all_of"

    conditions: tuple[Condition, ...] = field(metadata=positional())

    def __init__(self, *conditions: Condition) -> None:
        flat: list[Condition] = []
        for condition in conditions:
            if not isinstance(condition, Condition):
                raise InvalidArgument(f"all_of: {condition!r} is no condition of ipwrap.until")
            flat += condition.conditions if isinstance(condition, AllOf) else [condition]

        if not 0 < len(flat) <= MAX_CONDITIONS:
            raise InvalidArgument(
                f"all_of: {len(flat)} conditions; give at least 1, and at most {MAX_CONDITIONS}"
            )
        self.__attrs_init__(tuple(flat))

    def to_json(self) -> dict[str, Any]:
        """Return the condition for a recording."""
        parts = [condition.to_json() for condition in self.conditions]
        return {"until": self.tag, "conditions": parts}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return the condition of a recording, in which no `all_of` holds another."""
        parts = data.get("conditions")
        if not isinstance(parts, list) or len(parts) > MAX_CONDITIONS:
            raise InvalidArgument(f"all_of: no list of at most {MAX_CONDITIONS} conditions")
        if any(isinstance(part, dict) and part.get("until") == cls.tag for part in parts):
            raise InvalidArgument("all_of: it holds an all_of")

        return cls(*[condition_from_json(part) for part in parts])

    @property
    def monitored(self) -> tuple[str, ...]:
        """The objects of `ip monitor` of all conditions; none if one condition has none."""
        names: dict[str, None] = {}
        for condition in self.conditions:
            if not condition.monitored:
                return ()
            names.update(dict.fromkeys(condition.monitored))
        return tuple(names)

    def look(self, prober: Prober, netns: str | None) -> Observation:
        """Look at the conditions, up to the first that does not hold."""
        seen: list[str] = []
        for condition in self.conditions:
            observation = condition.look(prober, netns)
            if not observation.satisfied:
                return Observation(
                    False, f"{condition}: {observation.seen}", observation.lacks_netns
                )
            seen.append(observation.seen)

        return Observation(True, "; ".join(seen))

    def shell_test(self, netns: str | None) -> str:
        """Return the tests of all conditions."""
        return self.script_test(netns, NAMED_VARIABLES)

    def script_test(self, netns: str | None, words: ProcessWords) -> str:
        """Return the tests of all conditions with a script's own words for processes."""
        return join_tests([condition.script_test(netns, words) for condition in self.conditions])

    def __str__(self) -> str:
        return ", and ".join(map(str, self.conditions))
