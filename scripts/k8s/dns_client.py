"""A resolver that fits on a page, and a client of a web service.

    python3 dns_client.py SERVER SEARCH NAME POD…

It asks SERVER for NAME.SEARCH, as the resolver of a pod does for short names, fetches a page from
each address, and fails unless exactly these pods answer. Without pods, the name must not exist.
scripts/k8s/dns.py runs it.
"""

import socket
import struct
import sys
from http.client import HTTPConnection

IPV4, INTERNET = 1, 1
RECURSION_WANTED = 0x0100
HEADER = struct.Struct(">6H")  # number, flags, then how many questions and answers of three kinds
ANSWER = struct.Struct(">HHHLH4s")  # name, type, class, seconds to keep, length, address


def main() -> None:
    """Resolve the name, and fetch from all its addresses."""
    server, search, name, *pods = sys.argv[1:]
    addresses = resolve(server, f"{name}.{search}")
    print(f"{name}.{search}", ", ".join(addresses) or "does not exist")

    answers = [fetch(address) for address in addresses]
    sys.exit(sorted(answers) != sorted(pods))


def resolve(server: str, name: str) -> list[str]:
    """Return the addresses of a name. There are none if it does not exist."""
    labels = [bytes([len(label)]) + label.encode() for label in name.split(".")]
    question = b"".join(labels) + b"\0" + struct.pack(">HH", IPV4, INTERNET)
    query = HEADER.pack(1, RECURSION_WANTED, 1, 0, 0, 0) + question

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        client.connect((server, 53))
        client.send(query)
        reply = client.recv(512)

    answers = ANSWER.iter_unpack(reply[len(query) :])
    return [socket.inet_ntoa(address) for *_, address in answers]


def fetch(address: str) -> str:
    """Return the page of a web server."""
    web = HTTPConnection(address, 8080, timeout=10)
    web.request("GET", "/")
    return web.getresponse().read().decode()


if __name__ == "__main__":
    main()
