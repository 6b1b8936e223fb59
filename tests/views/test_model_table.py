"""`table`: models as a table, in a REPL, a script and a notebook."""

import os
import sys
from typing import Any

import pytest

import ipwrap
from ipwrap import InvalidArgument, UnknownOption, parse, table
from ipwrap.kinds import Veth
from ipwrap.models import Address, Link, Route, load
from ipwrap.views.table import object_table
from tests.labs import open_sandbox

LINKS = load(
    Link,
    [
        {"ifname": "b", "mtu": 9000, "operstate": "UP", "ifalias": "<b>to R&D</b>"},
        {"ifname": "a", "mtu": 1500, "operstate": "DOWN"},
    ],
)
ALIAS_WIDTH = 32  # columns of a terminal that is too narrow for the alias


def make_terminal(monkeypatch: pytest.MonkeyPatch, *, columns: int) -> None:
    """Make stdout a terminal of so many columns."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    size = os.terminal_size((columns, 24))
    monkeypatch.setattr("shutil.get_terminal_size", lambda: size)


def test_table_is_that_of_the_command_line() -> None:
    """A table has the text of `ipwrap parse`, as text and as its repr."""
    expected = object_table("link", LINKS).text

    assert (expected, expected) == (str(table(LINKS)), repr(table(LINKS)))


def test_columns_and_order_are_chosen() -> None:
    """Columns are names, or a text with commas; rows are sorted by a column."""
    chosen = table(LINKS, columns="mtu,ifname", sort="mtu")

    assert (("mtu", "ifname"), (("1500", "a"), ("9000", "b"))) == (chosen.headers, chosen.rows)
    assert chosen == table(LINKS, columns=["mtu", "ifname"], sort="mtu")


def test_columns_that_do_not_fit_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a terminal the last columns are left out, and said; a wide table has them all."""
    make_terminal(monkeypatch, columns=ALIAS_WIDTH)

    lines = str(table(LINKS)).splitlines()

    assert "(left out for want of width: alias)" == lines[-1]
    assert max(map(len, lines[:-1])) <= ALIAS_WIDTH
    assert "<b>to R&D</b>" in str(table(LINKS, wide=True))


def test_a_single_model_is_a_row() -> None:
    """A model needs no list around it."""
    assert (("a", "DOWN", "1500"),) == table(LINKS[1]).rows


def test_models_of_many_namespaces_have_a_column_of_names() -> None:
    """The dict of `session.each(…)` becomes one table, with the namespace in front."""
    with open_sandbox() as session:
        for name in ("pod1", "pod2"):
            session.ip.netns.add(name)
            session.ip.link.add(f"v{name}", Veth(peer="eth0", peer_netns=name))

        links = table(session.each("pod*").ip.link.show(), columns="netns,ifname", sort="ifname")

    expected = (("pod1", "eth0"), ("pod2", "eth0"), ("pod1", "lo"), ("pod2", "lo"))
    assert expected == links.rows


def test_without_models_there_are_no_columns() -> None:
    """An empty list has no object; with the noun, the table has its first column."""
    empty = table([])

    assert ("(no objects)", "<p>(no objects)</p>") == (str(empty), empty._repr_html_())
    assert "ifname" == str(table([], "link")).strip()


def test_vlans_and_tunnels_are_told_apart() -> None:
    """The class of both `bridge vlan` and `bridge vlan tunnelshow` has the table that fits."""
    tunnels = parse(
        "bridge vlan tunnelshow", '[{"ifname": "vx", "tunnels": [{"vlan": 5, "tunid": 500}]}]'
    )
    vlans = parse("bridge vlan", '[{"ifname": "p", "vlans": [{"vlan": 5}]}]')

    assert ("ifname", "vlan", "tunid") == table(tunnels).headers
    assert ("ifname", "vlan") == table(vlans).headers
    assert ("ifname",) == table(vlans, "bridge vlan tunnelshow").headers


def test_events_have_a_table() -> None:
    """What a monitor reported is a table too."""
    events = parse("monitor", "[LINK]Deleted 7: v0: <BROADCAST> mtu 1500\n    link/ether\n")

    text = "[LINK]Deleted 7: v0: <BROADCAST> mtu 1500\\n    link/ether"
    assert ("when", "object", "", "text") == table(events).headers
    assert (("", "link", "deleted", text),) == table(events).rows


@pytest.mark.parametrize(
    ("models", "options", "error", "message"),
    [
        ([*LINKS, Route()], {}, InvalidArgument, "of one class: these are of Link, Route"),
        ([Address()], {}, InvalidArgument, "Address has no table: give models as `show`"),
        ("link", {}, InvalidArgument, "str has no table"),
        (LINKS, {"sort": "x"}, UnknownOption, "link has no column 'x'; there are: ifname, kind,"),
        (LINKS, {"noun": "lnik"}, UnknownOption, "'lnik' is no object that is read"),
    ],
)
def test_what_has_no_table_is_refused(
    models: Any, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    """The message says what was given, and what there is."""
    with pytest.raises(error, match=message):
        table(models, **options)


def test_html_is_escaped() -> None:
    """A notebook shows the text of an alias, and no tag of it; control characters are escaped."""
    links = [*LINKS, Link(ifname="\x1b[2J")]

    html = table(links, columns="ifname,alias")._repr_html_()

    assert html == (
        "<table>\n<tr><th>ifname</th><th>alias</th></tr>\n"
        "<tr><td>b</td><td>&lt;b&gt;to R&amp;D&lt;/b&gt;</td></tr>\n"
        "<tr><td>a</td><td></td></tr>\n"
        "<tr><td>\\x1b[2J</td><td></td></tr>\n</table>"
    )


def test_a_model_shows_itself_in_a_notebook() -> None:
    """An object of `show` is the row of its table; a part of one shows the fields that it has."""
    address: Any = Address(local="10.0.0.1", prefixlen=24)
    link: Any = LINKS[1]

    assert table(link)._repr_html_() == link._repr_html_()
    assert address._repr_html_() == (
        "<table>\n<tr><th>Address</th><th></th></tr>\n"
        "<tr><td>local</td><td>10.0.0.1</td></tr>\n<tr><td>prefixlen</td><td>24</td></tr>\n</table>"
    )


def test_table_is_a_public_name() -> None:
    """`from ipwrap import table` is the documented way."""
    assert "table" in ipwrap.__all__
