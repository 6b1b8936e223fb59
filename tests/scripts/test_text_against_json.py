"""The same state as JSON and as text: the models are equal, but for what a text does not tell."""

import json

import attrs
import pytest

from ipwrap import Session
from scripts.text_against_json import Comparison, Printed, compare, print_state, summarize


def make_printed(text: str, before: str, after: str = "", *, noun: str = "route") -> Printed:
    """Return an output with its JSON."""
    return Printed("1.0", noun, ("ip", "route"), text, before, after or before)


def test_installed_release_prints_one_state_in_two_forms(session: Session) -> None:
    """At least 98 % of the values are equal, without `-d` and with it, on any kernel.

    The rest is in JSON only: the counter of overruns, the index of a bridge in its groups, and
    the keys that releases before 6.3 have for an encapsulation.
    """
    comparisons = [compare(printed) for printed in print_state(session, {"installed": ""})]
    problems = [comparison.problem for comparison in comparisons if comparison.problem]

    assert [] == [problem for problem in problems if problem.startswith("text: ")]
    for has_details, wanted in ((False, 98), (True, 98)):
        counted = [part for part in comparisons if part.printed.has_details == has_details]
        equal = sum(comparison.equal for comparison in counted)
        total = sum(comparison.total for comparison in counted)

        assert total > 100
        assert equal >= wanted * total / 100


@pytest.mark.parametrize(
    ("text", "before", "after", "expected"),
    [
        ("default dev lo", '[{"dst":"default","dev":"lo"}]', "", (3, (), ())),
        (
            "default dev a",
            '[{"dst":"default","dev":"lo","metric":5}]',
            "",
            (2, ("[0].metric",), ("[0].dev: 'lo' is read as 'a'",)),
        ),
        (
            "default expires 8sec",
            '[{"dst":"default","expires":9}]',
            '[{"dst":"default","expires":7}]',
            (3, (), ()),
        ),
    ],
)
def test_values_are_compared_by_their_path(
    text: str, before: str, after: str, expected: tuple[int, tuple[str, ...], tuple[str, ...]]
) -> None:
    """A value is equal, missing or different; a timer is between the JSON before and after."""
    comparison = compare(make_printed(text, before, after))

    assert expected == (comparison.equal, comparison.missing, comparison.different)
    assert "" == comparison.problem


@pytest.mark.parametrize(
    ("text", "before", "problem"),
    [
        ("default dev lo", "[{]", "JSON: not JSON at line 1"),
        ("Any ideas?", '[{"dst":"default"}]', "text: not JSON at line 1"),
    ],
)
def test_output_that_is_refused_is_a_problem(text: str, before: str, problem: str) -> None:
    """JSON that is refused counts nothing, text that is refused lacks every value."""
    comparison = compare(make_printed(text, before))

    assert comparison.problem.startswith(problem)
    assert (0, problem.startswith("text")) == (comparison.equal, bool(comparison.missing))


def test_table_has_the_share_of_each_noun() -> None:
    """The totals are at the end; fewer equal values than wanted are told."""
    printed = make_printed("", "[]")
    good = Comparison(printed, 995, ("x",) * 5, (), ())
    detailed = attrs.evolve(good, printed=attrs.evolve(printed, argv=("ip", "-d", "route")))
    bad = attrs.evolve(good, equal=5)

    table, is_good = summarize([good, detailed])
    assert is_good
    assert ["all", "all", "with", "-d", "995", "5", "0", "99.50"] == table.split("\n")[-1].split()
    assert not summarize([bad, detailed])[1]


def test_output_is_kept_as_json() -> None:
    """What `--save` writes, `--load` reads."""
    printed = make_printed("default", "[]")
    kept = json.loads(json.dumps([attrs.asdict(printed)]))

    assert [printed] == [Printed(**{**entry, "argv": tuple(entry["argv"])}) for entry in kept]
