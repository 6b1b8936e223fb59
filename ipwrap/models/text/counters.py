"""The counters of a link in `ip -s`: print_stats64() and print_vf_stats64() in ip/ipaddress.c.

A line has the names, the next line has the numbers.
"""

from itertools import islice

from ipwrap.models.text.grammar import Data, Words

__all__ = ["read_counters"]

# The names of the columns, and the JSON keys. `missed` came with 5.9, where JSON kept over_errors.
RECEIVED = {
    "bytes": "bytes",
    "packets": "packets",
    "errors": "errors",
    "dropped": "dropped",
    "overrun": "over_errors",
    "missed": "missed_errors",
    "mcast": "multicast",
    "bcast": "broadcast",
    "compressed": "compressed",
    "length": "length_errors",
    "crc": "crc_errors",
    "frame": "frame_errors",
    "fifo": "fifo_errors",
    "nohandler": "nohandler",
    "otherhost": "otherhost",
}
SENT = {
    "bytes": "bytes",
    "packets": "packets",
    "errors": "errors",
    "dropped": "dropped",
    "carrier": "carrier_errors",
    "collsns": "collisions",
    "compressed": "compressed",
    "aborted": "aborted_errors",
    "fifo": "fifo_errors",
    "window": "window_errors",
    "heartbt": "heartbeat_errors",
    "heartbeat": "heartbeat_errors",
    "transns": "carrier_changes",
}
DIRECTIONS = {"RX": ("rx", RECEIVED), "TX": ("tx", SENT)}


def read_counters(words: Words, data: Data, *, direction: str) -> None:
    """Read the columns of a direction, "RX" or "TX", and their numbers.

    Raises `ValueError` for columns or numbers of another form.
    """
    key, columns = DIRECTIONS[direction]
    if words and words[0] == "errors:":
        words.popleft()

    names = []
    while words and words[0] in columns:
        names.append(columns[words.popleft()])
    if not names:
        raise ValueError("no columns")

    values = [int(word) for word in islice(words, len(names))]
    if len(values) < len(names):
        raise ValueError("fewer numbers than columns")
    for _ in names:
        words.popleft()

    counters: Data = data.setdefault("stats64", {})
    counters.setdefault(key, {}).update(zip(names, values, strict=True))
