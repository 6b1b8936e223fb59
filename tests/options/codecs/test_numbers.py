"""Numbers are written so that iproute2 reads the same ones."""

from hypothesis import given
from hypothesis import strategies as st

from ipwrap.options.codecs import Number


@given(number=st.integers())
def test_a_number_never_has_a_leading_zero(number: int) -> None:
    """`010` is 8 to iproute2."""
    word = Number(-(2**100), 2**100).format("k", number) if abs(number) <= 2**100 else "0"
    assert word == "0" or not word.lstrip("-").startswith("0")
