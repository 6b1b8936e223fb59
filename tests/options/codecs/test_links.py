"""Names of existing links are marked by their class."""

from ipwrap.options.codecs.links import ExistingLink, MaybeLinkName


def test_name_like_an_index_is_marked() -> None:
    """`if7` is looked up first, since iproute2 can take it for an index."""
    assert ExistingLink().format("dev", "if7").looks_like_ifindex  # type: ignore[attr-defined]


def test_ordinary_name_is_not_marked() -> None:
    """`eth0` needs no lookup."""
    assert not MaybeLinkName("eth0").looks_like_ifindex


def test_existing_name_equals_its_text() -> None:
    """The name can be compared and joined as text."""
    assert MaybeLinkName("eth0") == "eth0"
