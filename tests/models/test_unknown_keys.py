"""`unknown_keys`: the paths of JSON keys without a field."""

from ipwrap.models import parse
from ipwrap.models.unknown_keys import unknown_keys


def test_known_keys_are_not_reported() -> None:
    """A link without unknown keys gives an empty count."""
    assert {} == unknown_keys(
        parse("link", '[{"ifname": "a", "flags": ["UP"], "linkinfo": {"info_kind": "dummy"}}]')
    )


def test_unknown_keys_are_counted_by_path() -> None:
    """Unknown keys of a link, its addresses, its kind and its port count once for a link."""
    info = (
        '{"info_kind": "bridge", "info_data": {"k": 1}, '
        '"info_slave_kind": "bridge", "info_slave_data": {"p": 1}}'
    )
    links = parse(
        "address",
        f'[{{"ifname": "a", "x": 1, "addr_info": [{{"y": 1}}, {{"y": 2}}], "linkinfo": {info}}}, '
        '{"ifname": "b", "addr_info": [], "x": 2}]',
    )
    expected = {
        "x": 2,
        "addr_info.y": 1,
        "linkinfo.info_data.k": 1,
        "linkinfo.info_slave_data.p": 1,
    }

    assert expected == unknown_keys(links)


def test_kind_without_a_table_has_no_unknown_keys() -> None:
    """Every key of a kind without a table is an option."""
    text = '[{"ifname": "a", "linkinfo": {"info_kind": "new", "info_data": {"k": 1}}}]'

    assert {} == unknown_keys(parse("link", text))
