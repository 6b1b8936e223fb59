"""The name server of a lab answers as RFC 1035 has it."""

import socket
import struct

from scripts.k8s.dns_server import answer, read_question

NAMES = {"web.default.svc": ["10.244.0.4", "10.244.0.5"]}
NAME = b"\x03web\x07default\x03svc\x00"
IPV4, IPV6 = 1, 28


def make_query(name: bytes, kind: int) -> bytes:
    """Return a query with the number 7, which wants recursion."""
    return struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + name + struct.pack(">HH", kind, 1)


def read_header(reply: bytes) -> tuple[int, ...]:
    """Return number, flags, and the numbers of questions and answers."""
    return struct.unpack_from(">4H", reply)


def test_name_of_a_question_is_read() -> None:
    """The labels of a name are joined by dots."""
    query = make_query(NAME, IPV4)

    assert ("web.default.svc", query[12:]) == read_question(query)


def test_every_address_is_an_answer() -> None:
    """The reply repeats the question, and has a record for each address."""
    query = make_query(NAME, IPV4)
    records = [
        struct.pack(">HHHLH", 0xC00C, 1, 1, 5, 4) + socket.inet_aton(address)
        for address in NAMES["web.default.svc"]
    ]

    reply = answer(query, NAMES)

    assert (7, 0x8500, 1, 2) == read_header(reply)
    assert query[12:] + b"".join(records) == reply[12:]


def test_case_of_a_name_does_not_count() -> None:
    """Resolvers may ask in any case."""
    reply = answer(make_query(NAME.upper(), IPV4), NAMES)

    assert (7, 0x8500, 1, 2) == read_header(reply)


def test_name_without_ipv6_addresses_exists() -> None:
    """The reply about another family has no answers, and is no error."""
    reply = answer(make_query(NAME, IPV6), NAMES)

    assert (7, 0x8500, 1, 0) == read_header(reply)


def test_unknown_name_does_not_exist() -> None:
    """The reply is the error NXDOMAIN."""
    reply = answer(make_query(b"\x04mail\x00", IPV4), NAMES)

    assert (7, 0x8503, 1, 0) == read_header(reply)
