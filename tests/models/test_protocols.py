"""Settings of protocols, some of which iproute2 prints as text or with repeated keys."""

import json

import pytest

from ipwrap import OutputError, parse
from ipwrap.models import IoamNamespace, IoamSchema, MptcpEndpoint, MptcpLimits, dump


def test_bytes_of_a_schema_are_a_list() -> None:
    """`ip -j ioam schema show` prints each byte behind an empty key."""
    printed = '[{"schema":3,"namespace":5,"data":null,"":97,"":98},{"schema":4,"data":null,"":7}]'

    schemas = parse(IoamSchema, printed)

    assert [(97, 98), (7,)] == [schema.data for schema in schemas]
    assert [{}, {}] == [schema.extra for schema in schemas]
    assert schemas == parse(IoamSchema, json.dumps([dump(schema) for schema in schemas]))


def test_limits_are_text() -> None:
    """`ip -j mptcp limits show` prints text."""
    expected = MptcpLimits(add_addr_accepted=0, subflows=2)

    assert [expected] == parse("mptcp limits", "add_addr_accepted 0 subflows 2 \n")
    assert [expected] == parse("mptcp limits", '[{"add_addr_accepted":0,"subflows":2}]')
    with pytest.raises(OutputError):
        parse("mptcp limits", "add_addr_accepted 0 subflows many")


def test_endpoint_flags_are_booleans() -> None:
    """An endpoint has a key for each of its flags."""
    (endpoint,) = parse(MptcpEndpoint, '[{"address":"10.1.1.1","id":2,"signal":true,"dev":"v0"}]')

    assert (2, True, None) == (endpoint.id, endpoint.signal, endpoint.backup)


def test_namespace_with_a_schema_is_no_schema() -> None:
    """Both nouns have the same keys, but for the type of the data."""
    text = '[{"namespace":5,"schema":3,"data":"1"}]'

    assert ["1"] == [namespace.data for namespace in parse(IoamNamespace, text)]
    with pytest.raises(OutputError, match="data"):
        parse(IoamSchema, text)
