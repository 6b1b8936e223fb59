"""The JSON of a text is found in every container, and made one list."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipwrap.jsonio.containers import Cut, find_list

A, B = '{"a":"[1]"}', '{"b":{"c":"\\"}"}}'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (A, [A]),
        (f"{A}\n{B}\n", [A, B]),
        (f"{A} {B}", [A, B]),
        (f"[{A}]\n[{B}]\n", [A, B]),
        (f"[]\n[{A},{B}]\n[ ]", [A, B]),
        (f"[{A}][{B}]", [A, B]),
        (f"[ {{\n  }},\n{A} ]\n{B}", ["{}", A, B]),
        (f"\ufeff[{A}]", [A]),
        (f"$ ip -j link\r\n[{A}]\r\n$ ", [A]),
        (f"root@h:/# ip -j -4 route; ip -j -6 route\n[{A}]\n[{B}]\nroot@h:/# ", [A, B]),
        (f"[me@h ~]$ sudo ip -j link\n[{A}]", [A]),
        (f"+ ip -j link\n[{A}]", [A]),
        (f"ip -j link\n\n[{A}]", [A]),
        (f"[{A}]\nDump terminated\n", [A]),
        (f"{A},\n{B},", [A, B]),
        (f"# ip -j link\n[{A}]\n#", [A]),
        (f"$ curl http://host/links.json\n[{A}]\n", [A]),
        (f"$ jq -c '.[] | {{a: \"b\"}}' links.json\n{A}\n", [A]),
        (f"root@OpenWrt:~# ubus call network\n[{A}]\n", [A]),
        (f"[me@host ~]$ python links.py\n[{A}]\n", [A]),
        (f"me@host ~ % ip -j link\n[{A}]\n", [A]),
        (f"```json\n[{A}]\n```\n", [A]),
        (f"┌──(me@host)-[~]\n└─$ ip -j link\n[{A}]\n", [A]),
        (f"➜  ~ ip -j link\n[{A}]\n", [A]),
        (f"\x1b]0;me@host: ~\x07me@host:~$ ip -j link\r\n\x1b[?2004l\r[{A}]\r\n", [A]),
        (f"Last login: today\n[me@h ~]# ip -j link\n[{A}]\nConnection to h closed.\n", [A]),
        (f"bash: warning: setlocale: LC_ALL\n[{A}]", [A]),
        (f"[{{{A}}}]", [A]),
        (f"[{{{A}}}]\n[{{\n{B}\n}}]\n[{A}]", [A, B, A]),
    ],
)
def test_objects_are_found(text: str, expected: list[str]) -> None:
    """The list has the objects of all lists, and nothing else is unreadable or cut off."""
    listing = find_list(text)

    assert listing is not None
    assert [json.loads(data) for data in expected] == json.loads(listing.text)
    assert (None, None) == (listing.unreadable, listing.cut)
    assert all("#" not in message for message in listing.messages)


@pytest.mark.parametrize(
    ("text", "whole_objects"),
    [
        ("[", 0),
        (f"[{A}", 1),
        (f"[{A},", 1),
        (f"[{A},{B},{{", 2),
        (f'[{A},{{"a":"]}}', 1),
        (f"{A}\n{B}\n{A[:-1]}", 2),
        (f"[{A}]\n[{B},[", 2),
    ],
)
def test_end_is_missing(text: str, whole_objects: int) -> None:
    """A text without its end is cut off behind its whole objects, which are valid JSON."""
    listing = find_list(text)

    assert listing is not None
    assert Cut(len(text), whole_objects) == listing.cut
    assert whole_objects == len(json.loads(listing.text))


@pytest.mark.parametrize(
    ("text", "position"),
    [(f"[{A}] x", 14), (f"2: eth0: <UP> mtu 9\n[{A}]", 0), (f"[{A}]\n5: no prompt\n{B}", 14)],
)
def test_other_lines_are_unreadable(text: str, position: int) -> None:
    """A line that is no JSON, no prompt and no message is told by its position."""
    listing = find_list(text)

    assert listing is not None
    assert position == listing.unreadable


@pytest.mark.parametrize("text", ["", "1: lo: <LOOPBACK>", "7", "[me@h ~]# ip addr\n1: lo: <UP>"])
def test_text_without_json_has_no_list(text: str) -> None:
    """Plain text is no container, also below a prompt in brackets."""
    assert find_list(text) is None


def test_places_are_kept() -> None:
    """Objects stay at their line and column, so that errors name the right place."""
    text = f"$ ip -j route\n[{A}]\n\n  [{B}]\n{A}"

    listing = find_list(text)

    assert listing is not None
    for line, listed in zip(text.split("\n"), listing.text.split("\n"), strict=True):
        assert line.find(B) == listed.find(B)
        assert line.find(A) == listed.find(A)


@pytest.mark.parametrize("position", [1, 5, 13, 14])
def test_message_within_the_json_is_taken_out(position: int) -> None:
    """In a file with stdout and stderr, a message stands wherever the buffer of stdout ended."""
    message = "Dump was interrupted and may be inconsistent."
    printed = f"[{A}]\n"

    listing = find_list(f"{printed[:position]}{message}\n{printed[position:]}")

    assert listing is not None
    assert [json.loads(A)] == json.loads(listing.text)
    assert ((message,), None, None) == (listing.messages, listing.unreadable, listing.cut)


@given(st.text(alphabet='[]{}",:a1 \n$\\', max_size=40))
def test_any_text_is_searched(text: str) -> None:
    """Every text has a list or none, and finding it never fails."""
    listing = find_list(text)

    assert listing is None or listing.text.strip().endswith("]")
