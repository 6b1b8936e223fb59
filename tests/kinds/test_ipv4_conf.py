"""`inet …` of `ip link set`: the IPv4 settings of a link."""

from typing import Any

import pytest

from ipwrap import InvalidArgument, Session
from ipwrap.kinds.ipv4_conf import Ipv4Conf
from ipwrap.options.codecs import Number, OnOff
from ipwrap.options.table import options_of, to_args


def last_line(session: Session) -> str:
    """Return the last command."""
    return session.recording.commands[-1].command.line


@pytest.mark.parametrize("option", options_of(Ipv4Conf), ids=lambda option: option.name)
def test_every_setting_becomes_arguments(option: Any) -> None:
    """A setting is a number within its range, or on and off."""
    name = option.name
    codec = option.codec

    if isinstance(codec, OnOff):
        assert (name, "on") == to_args(Ipv4Conf, {name: True})
        assert (name, "off") == to_args(Ipv4Conf, {name: False})
        return

    assert isinstance(codec, Number)
    highest = to_args(Ipv4Conf, {name: codec.high})
    assert (name, str(codec.high)) == highest

    for value in (codec.low - 1, codec.high + 1, True):
        with pytest.raises(InvalidArgument):
            to_args(Ipv4Conf, {name: value})


def test_settings_follow_the_keyword(dry_session: Session) -> None:
    """Other options of the link are not taken for settings."""
    dry_session.ip.link.set(
        "v0", up=True, inet=Ipv4Conf(forwarding=True, arp_ignore=2, tag=-1), protodown=False
    )
    assert (
        "ip link set dev v0 up inet forwarding on tag -1 arp_ignore 2 protodown off"
        == last_line(dry_session)
    )


def test_empty_settings_are_refused(dry_session: Session) -> None:
    """iproute2 would report an incomplete command."""
    for value in (Ipv4Conf(), 7, "forwarding"):
        with pytest.raises(InvalidArgument):
            dry_session.ip.link.set("v0", inet=value)  # type: ignore[arg-type]
    assert [] == dry_session.recording.commands
