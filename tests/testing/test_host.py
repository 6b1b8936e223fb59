"""`Host` reports the leftovers of a test."""

import pytest

from ipwrap.testing import Host, host


def test_added_and_deleted_objects_are_reported() -> None:
    """Added and deleted links, routes and namespaces are reported; changed ones are not."""
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
        "- (host)  link a",
        "+ (host)  route default a",
        "- (host)  netns red",
    ] == after.since(before)
    assert [] == before.since(before)


def test_host_without_iproute2_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without iproute2, as on a machine for playbacks, a host has no content."""
    monkeypatch.setattr(host, "find_program", lambda _: None)

    assert Host({}) == Host.look()


def test_content_of_this_host() -> None:
    """This host has the link lo; unreadable output counts as no objects."""
    current_host = Host.look()
    if not current_host.nouns:
        pytest.skip("no iproute2 here")

    assert "lo" in [link["ifname"] for link in current_host.nouns["link"]]
    assert [] == host._read(("echo", "no json"))
    assert [] == host._read(("echo", '["of another shape"]'))
