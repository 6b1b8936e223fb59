"""`inet …` of `ip link set`: settings of IPv4."""

from typing import Any

import pytest

from ipwrap import InvalidArgument, Session
from ipwrap.kinds.ipv4_conf import Ipv4Conf
from ipwrap.options.codecs import Number, OnOff
from ipwrap.options.table import options_of, to_args


def line(session: Session) -> str:
    """Return the last command."""
    return session.recording.commands[-1].command.line


@pytest.mark.parametrize("row", options_of(Ipv4Conf), ids=lambda row: row.name)
def test_every_setting_becomes_words(row: Any) -> None:
    """A number within its range, or on and off."""
    if isinstance(row.codec, OnOff):
        assert (row.name, "on") == to_args(Ipv4Conf, {row.name: True})
        assert (row.name, "off") == to_args(Ipv4Conf, {row.name: False})
        return
    assert isinstance(row.codec, Number)
    assert (row.name, str(row.codec.high)) == to_args(Ipv4Conf, {row.name: row.codec.high})
    for value in (row.codec.low - 1, row.codec.high + 1, True):
        with pytest.raises(InvalidArgument):
            to_args(Ipv4Conf, {row.name: value})


def test_settings_stand_together_before_the_kind(dry: Session) -> None:
    """Behind the one word; other options of the link are not taken for settings."""
    dry.ip.link.set(
        "v0", up=True, inet=Ipv4Conf(forwarding=True, arp_ignore=2, tag=-1), protodown=False
    )
    assert "ip link set dev v0 up inet forwarding on tag -1 arp_ignore 2 protodown off" == line(dry)


def test_no_setting_at_all_is_refused(dry: Session) -> None:
    """iproute2 would say that the command is not complete."""
    for value in (Ipv4Conf(), 7, "forwarding"):
        with pytest.raises(InvalidArgument):
            dry.ip.link.set("v0", inet=value)  # type: ignore[arg-type]
    assert [] == dry.recording.commands
