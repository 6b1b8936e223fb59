"""A name server that fits on a page: the addresses of services, by UDP (RFC 1035).

    python3 dns_server.py web.default.svc.cluster.local=10.244.0.3,10.244.0.4 …

It answers questions for IPv4 addresses; other names do not exist. scripts/k8s/dns.py runs it.
"""

import socket
import struct
import sys

IPV4, INTERNET = 1, 1
RECURSION_WANTED, RESPONSE, AUTHORITATIVE, NO_SUCH_NAME = 0x0100, 0x8000, 0x0400, 3
HEADER = struct.Struct(">6H")  # number, flags, then how many questions and answers of three kinds
ANSWER = struct.Struct(">HHHLH4s")  # name, type, class, seconds to keep, length, address
SAME_NAME = 0xC000 | HEADER.size  # the name of the question, which begins behind the header


def main() -> None:
    """Answer until the end."""
    names = {}
    for argument in sys.argv[1:]:
        name, _, addresses = argument.partition("=")
        names[name] = addresses.split(",")

    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("", 53))
    while True:
        query, client = server.recvfrom(512)
        server.sendto(answer(query, names), client)


def answer(query: bytes, names: dict[str, list[str]]) -> bytes:
    """Return the reply to a query."""
    number, flags, *_ = HEADER.unpack_from(query)
    name, question = read_question(query)
    kind, _ = struct.unpack(">HH", question[-4:])
    addresses = names.get(name.lower(), []) if kind == IPV4 else []
    error = 0 if name.lower() in names else NO_SUCH_NAME
    print(name, ", ".join(addresses) or "no answer", flush=True)

    flags = RESPONSE | AUTHORITATIVE | flags & RECURSION_WANTED | error
    reply = HEADER.pack(number, flags, 1, len(addresses), 0, 0) + question
    for address in addresses:
        reply += ANSWER.pack(SAME_NAME, IPV4, INTERNET, 5, 4, socket.inet_aton(address))

    return reply


def read_question(query: bytes) -> tuple[str, bytes]:
    """Return the name that is asked for, and the bytes of the whole question."""
    labels = []
    at = HEADER.size
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode())
        at += 1 + query[at]

    return ".".join(labels), query[HEADER.size : at + 5]


if __name__ == "__main__":
    main()
