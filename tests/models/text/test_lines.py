"""The lines of a pasted text, and the commands whose output they are."""

import pytest

from ipwrap.models.text.lines import split_sections


@pytest.mark.parametrize(
    ("line", "noun"),
    [
        ("$ ip a", "address"),
        ("# ip -br addr show dev eth0", "address"),
        ("root@host:~# ip -4 route show table all", "route"),
        ("[root@host ~]# /sbin/ip link", "link"),
        ("user@host:~/some folder$ sudo ip -s -d link", "link"),
        ("host% bridge fdb show br br0", "bridge fdb"),
        ("user@host ~> ip n", "neigh"),
        ("/ # busybox ip route", "route"),
        ("ip rule", "rule"),
        ("$ ip a | grep inet", "address"),
        ("$ bridge vlan", "bridge vlan"),
        ("$ ip -4 route; ip -6 route", "route"),
        ("$ ip link && true", "link"),
        ("$ ip", None),
        ("$ cat /etc/hosts", None),
        ("root@host:~#", None),
    ],
)
def test_prompt_tells_the_noun(line: str, noun: str | None) -> None:
    """A prompt of any shell begins a section; other commands have no noun."""
    _, section = split_sections(f"{line}\nsome words\n")

    assert (noun, line, 1) == (section.noun, section.command, section.line)
    assert [["some", "words"]] == [list(words) for words in section.lines]


@pytest.mark.parametrize(
    "line",
    [
        "2: eth0: <UP> mtu 1500",
        "v1@v0 UP 96:aa:4c:50:f4:80 <UP,LOWER_UP>",
        "ip 1 PVID",
        "default via 10.0.0.1 dev ip",
        f"$ ip {'a' * 500}",
    ],
)
def test_output_is_no_prompt(line: str) -> None:
    """A link may be called `ip`, and flags end with the sign of a prompt."""
    (section,) = split_sections(line)

    assert ("", [line.split()]) == (section.command, [list(words) for words in section.lines])


def test_words_know_their_line() -> None:
    """The number counts the lines of the text; a backslash ends a line of `-o`."""
    (section,) = split_sections("\n> \n\na b\\    c\n```\nd")
    words = [word for line in section.lines for word in line]

    assert [(">", 2, True), ("a", 4, True), ("b", 4, False), ("c", 4, True), ("d", 6, True)] == [
        (str(word), word.line, word.starts_line) for word in words
    ]
    assert " b" == words[1].rest


def test_quotes_of_a_mail_are_removed() -> None:
    """Where every line is quoted, however deep."""
    (section,) = split_sections("> > default\n>> dev lo\n\n")

    assert [["default"], ["dev", "lo"]] == [list(words) for words in section.lines]
