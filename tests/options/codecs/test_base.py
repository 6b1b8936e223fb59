"""A codec declares the values that it accepts, for property tests."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipwrap.options.codecs import ChoiceOr, Codec, Number
from tests.strategies import values


class Undeclared(Codec, frozen=True):
    """A codec that does not declare its values."""


class Even(Codec, frozen=True):
    """A codec that declares its values."""

    def strategy(self) -> st.SearchStrategy[int]:
        """Return a strategy of even numbers."""
        return st.integers(0, 100).map(lambda number: 2 * number)


@pytest.mark.parametrize("codec", [Undeclared(), ChoiceOr(("auto",), Undeclared())], ids=repr)
def test_a_codec_without_a_strategy_is_named(codec: Codec) -> None:
    """The error names the codec and the method to write."""
    expected = (
        "Undeclared has no strategy; define Undeclared.strategy()"
        " and return a hypothesis strategy of the values that the codec accepts"
    )

    with pytest.raises(NotImplementedError) as caught:
        values(codec)

    assert expected == str(caught.value)


@given(data=st.data())
def test_a_new_codec_brings_its_own_strategy(data: st.DataObject) -> None:
    """No table of the tests has to know a new codec."""
    assert data.draw(values(Even())) % 2 == 0


@given(data=st.data())
def test_a_subclass_shares_the_strategy_of_its_base(data: st.DataObject) -> None:
    """A codec that only prints a number differently accepts the same numbers."""

    class Octal(Number, frozen=True):
        """A number that JSON shows in octal."""

    assert 1 <= data.draw(values(Octal(1, 5))) <= 5


def test_ipwrap_runs_without_hypothesis() -> None:
    """Only property tests import it."""
    code = "import sys, ipwrap.kinds, ipwrap.qdiscs; sys.exit('hypothesis' in sys.modules)"

    assert 0 == subprocess.run((sys.executable, "-c", code), check=False).returncode
