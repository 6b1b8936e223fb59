"""Many like texts in a few words."""

import pytest

from ipwrap.views.topology.ranges import format_range


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["eth0"], "eth0"),
        (["eth0", "eth0"], "eth0"),
        (["pod1", "pod2", "pod3"], "pod1 … pod3"),
        (["10.0.0.1/24", "10.0.0.2/24", "10.0.0.3/24"], "10.0.0.1–3/24"),
        (["10.0.0.1", "10.0.0.2"], "10.0.0.1–2"),
        (["10.0.0.1/24", "10.0.0.3/24"], "10.0.0.1/24 … 10.0.0.3/24"),
        (["10.0.0.1/24", "10.0.0.2/25"], "10.0.0.1/24 … 10.0.0.2/25"),
        (["10.0.0.255/16", "10.0.1.0/16"], "10.0.0.255/16 … 10.0.1.0/16"),
        (["10.0.0.1/24", "2001:db8::1/64"], "10.0.0.1/24 … 2001:db8::1/64"),
    ],
)
def test_range(texts: list[str], expected: str) -> None:
    """Equal texts are one, consecutive addresses a range, and others the first and the last."""
    assert expected == format_range(texts)
