"""The tests' own waiting: for the event itself."""

import pytest

from tests import waiting
from tests.waiting import settled, until


def test_the_first_value_that_fits_is_returned() -> None:
    """Those before it are passed over."""
    values = iter([1, 2, 3, 4])

    assert 3 == settled(lambda: next(values), lambda value: value > 2)
    assert until(lambda: next(values) == 4)


def test_what_never_comes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the limit, with the last value."""
    monkeypatch.setattr(waiting, "LIMIT", 0.0)

    assert not until(lambda: False)
    assert 1 == settled(lambda: 1, lambda value: value > 2)
