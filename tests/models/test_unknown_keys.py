"""What a newer iproute2 prints is found again by its path."""

from ipwrap.models import parse
from ipwrap.models.unknown_keys import unknown_keys


def test_nothing_unknown_is_nothing() -> None:
    """All keys have names here."""
    assert {} == unknown_keys(
        parse("link", '[{"ifname": "a", "flags": ["UP"], "linkinfo": {"info_kind": "dummy"}}]')
    )


def test_each_key_is_told_with_its_path() -> None:
    """In the object, within it, in lists of it, in the kind and in the port; a key counts once an object."""
    info = '{"info_kind": "bridge", "info_data": {"k": 1}, "info_slave_kind": "bridge", "info_slave_data": {"p": 1}}'
    links = parse(
        "address",
        f'[{{"x": 1, "addr_info": [{{"y": 1}}, {{"y": 2}}], "linkinfo": {info}}}, {{"x": 2}}]',
    )
    expected = {
        "x": 2,
        "addr_info.y": 1,
        "linkinfo.info_data.k": 1,
        "linkinfo.info_slave_data.p": 1,
    }
    assert expected == unknown_keys(links)


def test_a_kind_without_a_table_has_no_unknown_keys() -> None:
    """All of them are its options."""
    text = '[{"linkinfo": {"info_kind": "new", "info_data": {"k": 1}}}]'
    assert {} == unknown_keys(parse("link", text))
