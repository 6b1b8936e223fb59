"""Tests of `ipwrap.shims.script.notes`, with calls as `to_events` gives them."""

import pytest

from ipwrap.recording import CommandEvent, Note
from ipwrap.shims.calls.call import Call
from ipwrap.shims.events.to_events import to_events
from ipwrap.shims.script.script import Script

HEADED = """\
#!/bin/bash
# shellcheck disable=SC2086
# A lab of two.
# It is small.

set -e
"""


def told(text: str, *calls: tuple[str, int]) -> list[str]:
    """Return the notes and commands of a script; each call has the line at its end."""
    lines = text.splitlines(keepends=True)
    recorded = []
    for number, (line, end) in enumerate(calls, start=1):
        offset = len("".join(lines[:end]).encode())
        recorded.append(Call(number, tuple(line.split()), script_offset=offset, status=0))

    return [
        event.text if isinstance(event, Note) else event.command.line
        for event in to_events(recorded, Script("lab.sh", text.encode()))
        if isinstance(event, (Note, CommandEvent))
    ]


@pytest.mark.parametrize(
    ("above", "notes"),
    [
        ("# A bridge\n# of two ports.", ["A bridge\nof two ports."]),
        ("#### Bridge ####", ["Bridge"]),
        ("#----------", []),
        ('echo "Making a bridge"', ["Making a bridge"]),
        ("echo -e '\\033[32m[*] Making it\\033[0m'", ["Making it"]),
        ('BR=br0\necho "=== Making $BR and ${ns} ==="', ["Making br0 and ${ns}"]),
        ("# One.\necho two >&2", ["One.\ntwo"]),
        ("# One.\nlocal x=1\nfor i in 1 2; do", ["One."]),
        ("# Not right above.\n\ntrue", []),
        ("# Not this.\n\n# But this.", ["But this."]),
        ("echo 1 > /proc/sys/net/ipv4/ip_forward", []),
        ("echo x | wc", []),
        ('echo "$(date)"', []),
        ("echo", []),
        ("# shellcheck disable=SC2086", []),
        ('log() { echo "> $*"; }\nlog "It begins"', ["It begins"]),
        ("#!/bin/bash", []),
    ],
)
def test_prose_right_above_a_call_is_a_note(above: str, notes: list[str]) -> None:
    """Comments and echoed text right above a call are told, and nothing that a shell computes."""
    text = f"true\n{above}\nip link add br0 type bridge\n"
    end = text.count("\n")

    assert [*notes, "ip link add br0 type bridge"] == told(
        text, ("ip link add br0 type bridge", end)
    )


def test_an_empty_line_between_calls_is_an_empty_note() -> None:
    """The paragraphs of a script are those of its exports; a note begins one by itself."""
    text = "ip link\nip addr\n\nip route\n\n# Then\nip rule\n"

    assert ["ip link", "ip address", "", "ip route", "Then", "ip rule"] == told(
        text, ("ip link", 1), ("ip addr", 2), ("ip route", 4), ("ip rule", 7)
    )


def test_the_comment_at_the_head_is_the_first_note() -> None:
    """The head tells what the lab is about, without comments for tools."""
    text = f"{HEADED}ip link\n"
    assert ["A lab of two.\nIt is small.", "ip link"] == told(text, ("ip link", 7))
    assert ["ip link"] == told("#!/bin/bash\n\nip link\n", ("ip link", 3))


def test_prose_of_a_loop_is_told_once() -> None:
    """The comment in a loop is not repeated for each turn."""
    text = "for i in 1 2; do\n# A link.\nip link add v$i\ndone\n"
    assert ["A link.", "ip link add v1", "ip link add v2"] == told(
        text, ("ip link add v1", 4), ("ip link add v2", 4)
    )


def test_a_loop_of_several_notes_tells_where_it_begins_anew() -> None:
    """What follows a note in a loop is not about the first commands of the next turn."""
    text = "for i in 1 2; do\nip link add v$i\n# Up.\nip link set v$i up\ndone\n"
    calls = ("ip link add v1", "ip link set v1 up", "ip link add v2", "ip link set v2 up")
    first, second, third, fourth = calls

    assert [first, "Up.", second, "again:", third, fourth] == told(
        text, *((call, 5) for call in calls)
    )


def test_a_function_is_a_section() -> None:
    """Each call of a function has a title, below what stands above the call."""
    text = (
        "# Makes one.\nmake() {\n# Add it.\nip link add $1\n}\n"
        "true\n# Two of them.\nmake a\nmake b\nfor x in c; do make $x; done\n"
    )
    assert [
        "Two of them.",
        "make a:\nMakes one.\nAdd it.",
        "ip link add a",
        "make b:",
        "ip link add b",
        "make:",
        "ip link add c",
    ] == told(f"true\n{text}", *((f"ip link add {name}", 8 + n) for n, name in enumerate("abc", 1)))


NESTED = """\
info() { echo "[+] $1"; }
host() {
    local name=$1
    info "Creating $name"
    ip netns add "$name"
}
clean() {
    for name in red blue; do
        ip netns del $name
    done
    ip link del br0
}
main() {
    clean
    host red
    info "Another"
    host blue
    # A bridge at last.
    ip link add br0 type bridge
    clean
}
main "$@"
"""


def test_functions_of_a_function_are_sections() -> None:
    """A title has the arguments, which the texts inside name; the outer function goes on."""
    lines = [
        "ip netns del red",
        "ip netns del blue",
        "ip link del br0",
        "ip netns add red",
        "ip netns add blue",
        "ip link add br0 type bridge",
        "ip netns del red",
        "ip netns del blue",
        "ip link del br0",
    ]
    notes = told(NESTED, *((line, 22) for line in lines))
    lines = [line.replace(" del ", " delete ") for line in lines]

    assert [
        "clean:",
        *lines[:3],
        "host red:\nCreating red",
        lines[3],
        "Another",
        "host blue:\nCreating blue",
        lines[4],
        "A bridge at last.",
        lines[5],
        "clean:",
        *lines[6:],
    ] == notes


def test_a_secret_in_a_comment_is_redacted() -> None:
    """What a call reveals as a secret is no part of a note."""
    text = "ip macsec add m0 tx sa 0 on key 01 aabbccddeeff00112233445566778899\n"
    text += "# The key aabbccddeeff00112233445566778899 again.\nip link\n"
    *_, note, command = told(text, (text.splitlines()[0], 1), ("ip link", 3))

    assert "ip link" == command
    assert "aabbccddeeff" not in note
    assert note.startswith("The key ")
