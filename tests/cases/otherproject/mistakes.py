"""Tests that fail, each for a reason that the plugin tells; they are run by name."""

import contextlib
import subprocess

import pytest
from attrs import evolve
from bridgelab import build

from ipwrap import IpwrapError, Session


def test_states(session: Session) -> None:
    """Two states that differ."""
    before = session.state()
    build(session, "red")
    assert before == session.state()


def test_models(session: Session) -> None:
    """Two readings that differ."""
    build(session, "red")
    links = session.ip.link.show()
    assert links == [evolve(link, mtu=1280) if link.ifname == "br0" else link for link in links]


def test_model(session: Session) -> None:
    """Two models that differ in what the kernel has chosen."""
    (link,) = session.ip.link.show("lo")
    assert link == evolve(link, ifindex=7)


def test_leaves_something(no_leftovers: None) -> None:
    """A namespace and a link stay behind, and a route that came with it."""
    subprocess.run(("ip", "netns", "add", "forgotten"), check=True)
    subprocess.run(("ip", "link", "add", "lost0", "type", "bridge"), check=True)
    subprocess.run(("ip", "link", "set", "lost0", "up"), check=True)
    subprocess.run(("ip", "route", "add", "10.9.0.0/16", "dev", "lost0"), check=True)


def test_leaves_nothing() -> None:
    """What was there before is not blamed on this one."""


def test_swallows(ip_recording: Session) -> None:
    """An error that the code under test catches."""
    with contextlib.suppress(IpwrapError):
        build(ip_recording, "red")


def test_broken(ip_recording: Session) -> None:
    """A test that fails is not worth a recording."""
    build(ip_recording, "red")
    pytest.fail("broken")
