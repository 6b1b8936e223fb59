"""Tests of `ipwrap.shims.script.lines`."""

import pytest

from ipwrap.shims.script.lines import Location, ScriptLines

LAB = """\
#!/bin/bash
setup() {
    local ns=$1
    ip netns add $ns
    ip -n $ns link set lo up
}
function cleanup {
    ip netns del red
}
run() { ip "$@"; }
for ns in red blue; do
    setup $ns
    for dev in a b; do
        ip -n $ns link add $dev \\
            type bridge
    done
done
setup green
run link show
ip netns exec red ip link set lo down
trap cleanup EXIT
"""


def located(*calls: tuple[str, int]) -> list[Location]:
    """Return the locations of calls in the lab, each with the line at its end."""
    return locations_in(LAB, *calls)


def locations_in(text: str, *calls: tuple[str, int]) -> list[Location]:
    """Return the locations of calls in a script, each with the line at its end."""
    locations = list(ScriptLines(text).locate((line.split(), end) for line, end in calls))
    return [location for location in locations if location is not None]


def test_each_call_has_its_own_line() -> None:
    """Calls in loops and functions have their own lines, and a function begins anew."""
    loop = []
    for ns in ("red", "blue"):
        loop += [f"ip netns add {ns}", f"ip -n {ns} link set lo up"]
        loop += [f"ip -n {ns} link add {dev} type bridge" for dev in ("a", "b")]

    locations = located(
        *((line, 17) for line in loop),
        ("ip netns add green", 18),
        ("ip -n green link set lo up", 18),
    )

    assert [4, 5, 14, 14, 4, 5, 14, 14, 4, 5] == [location.line for location in locations]
    assert ["setup", "setup", None, None] == [location.function for location in locations[:4]]
    entries = [number for number, location in enumerate(locations) if location.is_entry]
    assert [0, 4, 8] == entries


def test_a_function_that_is_called_again_is_entered_again() -> None:
    """The same function twice in a loop is entered twice."""
    script = "f() {\n  ip link add $1\n  ip link set $1 up\n}\nf a; f b\n"
    calls = [f"ip link {words}" for words in ("add a", "set a up", "add b", "set b up")]
    locations = locations_in(script, *((line, 5) for line in calls))

    assert [(2, True), (3, False), (2, True), (3, False)] == [
        (location.line, location.is_entry) for location in locations
    ]


@pytest.mark.parametrize(
    ("call", "end", "line"),
    [
        ("ip link show", 19, 19),  # a line that runs any command is no line of its own
        ("ip link set lo down", 20, 20),  # behind `ip netns exec`
        ("ip netns del red", 22, 8),  # of a trap, at the end of the file
        ("bridge link", 17, 17),
    ],
)
def test_other_calls(call: str, end: int, line: int) -> None:
    """A call without a line of its own has the line at its end."""
    (location,) = located((call, end))
    assert line == location.line


def test_the_next_of_equal_lines_is_taken() -> None:
    """Of two lines that match a call, the one behind the previous call is meant."""
    script = "for i in 1 2; do\nip link set $a up\nip link set $b up\ndone\n"
    calls = ["ip link set x up", "ip link set y up"] * 2
    assert [2, 3, 2, 3] == [
        location.line for location in locations_in(script, *((line, 4) for line in calls))
    ]


def test_a_call_of_a_subshell_is_found_by_its_words() -> None:
    """bash tells no line for a subshell: it is one up to the next call, or unknown."""
    script = "ip link\nip -o link | while read -r d; do\nip link set $d up\ndone\nip addr\n"
    calls = [
        ("ip link", 1),
        ("ip -o link", 4),
        ("ip link set lo up", None),
        ("ip rule", None),
        ("ip addr", 5),
        ("ip neigh", None),
    ]
    locations = list(ScriptLines(script).locate((line.split(), end) for line, end in calls))

    assert [1, 2, 3, None, 5, None] == [location and location.line for location in locations]
    assert [] == list(ScriptLines("").locate([]))
