"""A sandbox with a way out by pasta. No test sends a packet outside."""

import json
import subprocess

import pytest

from ipwrap import PlaceError, Sandbox, Session
from ipwrap.system.programs import find_program


def has_host_default_route() -> bool:
    """Return whether this machine has a default route, for pasta to follow."""
    argv = ("ip", "-j", "route", "show", "default")
    return bool(json.loads(subprocess.run(argv, capture_output=True, check=True).stdout or b"[]"))


@pytest.mark.live
def test_a_missing_pasta_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the package, before a sandbox is made."""
    monkeypatch.setattr("ipwrap.places.uplink.find_program", lambda _: None)
    sandbox = Sandbox(uplink=True)

    with pytest.raises(PlaceError, match="install the package passt"):
        sandbox.open()
    assert sandbox.pid is None


@pytest.mark.live
def test_an_uplink_is_a_default_route() -> None:
    """Where pasta is installed, the sandbox has a default route, and the others have none."""
    if find_program("pasta") is None:
        pytest.skip("pasta is not installed")
    if not has_host_default_route():
        pytest.skip("this machine has no default route")

    with Session(Sandbox(uplink=True)) as session:
        routes = session.ip.route.show("default")

    assert len(routes) >= 1
