"""`Host`: what a test has left behind."""

import pytest

from ipwrap.testing import Host, host


def test_what_has_come_and_gone() -> None:
    """Links, routes and namespaces that are new or gone are told; what is only otherwise is not."""
    before = Host(
        {
            "link": [{"ifname": "lo", "mtu": 1}, {"ifname": "a"}],
            "route": [],
            "netns": [{"name": "red"}],
        }
    )
    after = Host(
        {
            "link": [{"ifname": "lo", "mtu": 2}],
            "route": [{"dst": "default", "dev": "a"}],
            "netns": [],
        }
    )

    assert [
        "- (first)  link a",
        "+ (first)  route default a",
        "- (first)  netns red",
    ] == after.since(before)
    assert [] == before.since(before)


def test_a_host_without_iproute2_has_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where recordings are played back there may be none."""
    monkeypatch.setattr(host, "find", lambda _: None)

    assert Host({}) == Host.look()


def test_a_host_is_looked_at() -> None:
    """Every host has a link, and may have no namespaces; what no reader takes is nothing."""
    look = Host.look()
    if not look.nouns:
        pytest.skip("no iproute2 here")

    assert "lo" in [link["ifname"] for link in look.nouns["link"]]
    assert [] == host._read(("echo", "no json"))
    assert [] == host._read(("echo", '["of another shape"]'))
