"""The waiting helpers of the tests wait for a condition."""

import pytest

from tests import waiting
from tests.waiting import until, wait_until_equal


def test_the_first_matching_value_is_returned() -> None:
    """Earlier values are skipped."""
    values = iter([1, 2, 3, 4])

    assert 3 == wait_until_equal(lambda: next(values), lambda value: value > 2)
    assert until(lambda: next(values) == 4)


def test_a_timeout_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the limit, the last value is returned."""
    monkeypatch.setattr(waiting, "LIMIT", 0.0)

    assert not until(lambda: False)
    assert 1 == wait_until_equal(lambda: 1, lambda value: value > 2)
