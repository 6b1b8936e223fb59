"""The options of a table in words: each is there, with its type, its unit and its range."""

import inspect
import subprocess
import sys
from typing import Any

import pytest

from ipwrap.bridge.global_vlan import GlobalVlanOptions
from ipwrap.ip.address import AddressFilter, AddressOptions
from ipwrap.ip.route import RouteOptions
from ipwrap.kinds import KINDS, Bridge, Dummy, Gre, Kind, LinkKind, Veth, Vxlan
from ipwrap.kinds.link_options import LinkOptions
from ipwrap.options.description import describe_kind, usage_of
from ipwrap.options.table import options_of
from ipwrap.qdiscs import QDISCS, Netem

TABLES = [
    (LinkOptions, "mtu=int bytes"),
    (LinkOptions, "index=1..2147483647"),
    (LinkOptions, "up=True|False"),
    (LinkOptions, "nomaster=True"),
    (LinkOptions, "master=LINK"),
    (LinkOptions, "netns=NAMESPACE|int"),
    (LinkOptions, 'mode="default"|"dormant"'),
    (LinkOptions, "gro_max_size=int bytes (5.18+)"),
    (LinkOptions, "vf=Vf|tuple[Vf, ...]"),
    (AddressOptions, 'valid_lft=int seconds|"forever"|timedelta'),
    (AddressOptions, "peer=PREFIX"),
    (AddressFilter, "nodad=True|False"),
    (RouteOptions, "via=ADDRESS|tuple[str, str]"),
    (RouteOptions, "hoplimit=0..255|Locked"),
    (RouteOptions, "expires=int seconds|timedelta"),
    (GlobalVlanOptions, "mcast_querier_interval=int hundredths of a second|timedelta (5.16+)"),
]
LINES = [
    (Bridge, "forward_delay int hundredths of a second|timedelta; default 1500"),
    (Bridge, "group_address MAC; JSON group_addr; default '01:80:c2:00:00:00'"),
    (Bridge, "fdb_flush True; not in JSON; since iproute2 4.11"),
    (Vxlan, "id 0..16777215"),
    (Vxlan, "remote ADDRESS"),
    (Netem, 'delay float seconds|"100ms"|timedelta; JSON delay.delay'),
    (Netem, 'rate int bits a second|"10mbit"; JSON rate.rate'),
    (Gre, "ignore_df True|False; keyword ignore-df; default False; since iproute2 4.13"),
]


@pytest.mark.parametrize(("table", "usage"), TABLES)
def test_an_option_of_a_verb(table: type, usage: str) -> None:
    """Each option is its keyword with what it takes."""
    assert usage in usage_of(table)


@pytest.mark.parametrize(("kind", "line"), LINES)
def test_an_option_of_a_kind(kind: type, line: str) -> None:
    """Each option is a line with what it takes, its JSON key, its default and its release."""
    lines = [" ".join(line.split()) for line in describe_kind(kind).splitlines()]

    assert line in lines


@pytest.mark.parametrize("name", [*KINDS, *QDISCS])
def test_help_of_a_kind_has_every_option(name: str) -> None:
    """`help(Bridge)` begins with the docstring, and has a line for each option of the table."""
    kind: Any = KINDS[name] if name in KINDS else QDISCS[name]
    documented = inspect.getdoc(kind)
    assert documented is not None

    lines = documented.splitlines()
    assert inspect.cleandoc(vars(kind)["__doc__"]).splitlines()[0] == lines[0]
    first_words = {line.split()[0] for line in lines if line.startswith("  ") and line.split()}
    names = {
        option.name for option in options_of(kind) if option.keyword and not option.is_read_only
    }
    assert names <= first_words
    assert {len(line) <= 160 for line in lines} == {True}


def test_kinds_without_options_have_their_docstring_alone() -> None:
    """Nothing is added to the docstring of a kind without options, or of a base class."""
    for kind in (Dummy, Veth, Kind, LinkKind):
        assert inspect.cleandoc(vars(kind)["__doc__"]) == inspect.getdoc(kind)


def test_keys_of_json_are_listed_apart() -> None:
    """What no command sets is no option."""
    assert "Read from JSON only: bridge_id, root_id" in describe_kind(Bridge)


def test_descriptions_are_not_imported_before_somebody_asks() -> None:
    """Kinds and verbs do not need the module."""
    code = (
        "import sys; from ipwrap.kinds import Bridge; import ipwrap.ip.link; Bridge(); "
        "print('ipwrap.options.description' in sys.modules)"
    )
    completed = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True)

    assert "False" == completed.stdout.strip()
