"""A sandbox with a way out by pasta. No test sends a packet outside."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from ipwrap import PlaceError, Sandbox, Session
from ipwrap.places.uplink import require_pasta, resolver_text
from ipwrap.system.programs import find_program
from tests.labs import open_sandbox


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


def test_the_device_of_tap_links_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An ordinary user has to be able to open it, and the error says what root can do."""
    monkeypatch.setattr("ipwrap.places.uplink.find_program", lambda _: "/usr/bin/pasta")
    monkeypatch.setattr("ipwrap.places.uplink.TUN", str(tmp_path / "tun"))

    with pytest.raises(PlaceError, match="modprobe tun && chmod 666"):
        require_pasta()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nameserver 192.0.2.53\nnameserver 127.0.0.1\n", None),
        ("nameserver 127.0.0.53\noptions edns0\n", "nameserver 169.254.1.1\noptions edns0\n"),
        ("search lan\nnameserver ::1\n", "nameserver 169.254.1.1\nsearch lan\n"),
        ("nameserver fe80::1%eth0\n", None),
        ("nameserver nobody\n", None),
        ("", None),
        (None, None),
    ],
)
def test_a_resolver_of_the_loopback_is_none_inside(
    text: str | None, expected: str | None, tmp_path: Path
) -> None:
    """pasta forwards to it; another one is reached as it is."""
    path = tmp_path / "resolv.conf"
    if text is not None:
        path.write_text(text)

    assert resolver_text(str(path)) == expected


def test_a_resolver_below_run_is_hidden_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox has a /run of its own: what the file says is copied."""
    run, link = tmp_path / "run", tmp_path / "resolv.conf"
    run.mkdir()
    (run / "stub.conf").write_text("nameserver 192.0.2.53")
    link.symlink_to(run / "stub.conf")
    real = os.path.realpath
    monkeypatch.setattr(
        "os.path.realpath", lambda path: str(run) if path == "/var/run" else real(path)
    )

    assert resolver_text(str(link)) == "nameserver 192.0.2.53\n"


@pytest.mark.live
def test_a_sandbox_has_a_resolver_of_its_own() -> None:
    """It takes the place of the machine's, which stays as it is."""
    with open_sandbox() as session:
        assert isinstance(session.place, Sandbox)
        session.place._set_resolver("nameserver 169.254.1.1\n")
        session.ip.netns.add("red")
        text = session.netns("red").exec("cat", "/etc/resolv.conf").stdout

    assert text == "nameserver 169.254.1.1\n"
    assert "169.254.1.1" not in Path("/etc/resolv.conf").read_text(encoding="utf-8")
