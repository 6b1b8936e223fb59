"""iproute2 reads the numbers that ipwrap writes."""

from hypothesis import given
from hypothesis import strategies as st

from ipwrap.options.codecs import Number


@given(number=st.integers(-(2**100), 2**100))
def test_number_has_no_leading_zero(number: int) -> None:
    """iproute2 reads `010` as 8."""
    text = Number(-(2**100), 2**100).format("k", number)

    assert text == "0" or not text.lstrip("-").startswith("0")
