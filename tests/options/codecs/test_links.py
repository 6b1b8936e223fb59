"""Names of links: one that has to exist is known as such."""

from ipwrap.options.codecs.links import ExistingLink, MaybeLinkName


def test_a_device_that_looks_like_an_index_is_doubtful() -> None:
    """`if7` is asked for first, since iproute2 may take it for a number."""
    assert ExistingLink().format("dev", "if7").looks_like_ifindex  # type: ignore[attr-defined]


def test_an_ordinary_device_is_not_doubtful() -> None:
    """No question is asked about `eth0`."""
    assert not MaybeLinkName("eth0").looks_like_ifindex


def test_an_existing_name_is_plain_text_too() -> None:
    """It is equal to its text, so that it can be compared and joined."""
    assert MaybeLinkName("eth0") == "eth0"
