"""Names of links: one that has to exist is known as such."""

from ipwrap.options.codecs.links import Device, Existing


def test_a_device_that_looks_like_an_index_is_doubtful() -> None:
    """`if7` is asked for first, since iproute2 may take it for a number."""
    assert Device().spell("dev", "if7").doubtful  # type: ignore[attr-defined]


def test_an_ordinary_device_is_not_doubtful() -> None:
    """No question is asked about `eth0`."""
    assert not Existing("eth0").doubtful


def test_an_existing_name_is_plain_text_too() -> None:
    """It is equal to its text, so that it can be compared and joined."""
    assert Existing("eth0") == "eth0"
