"""The lines of a batch, as commands of their own."""

import subprocess

import pytest

from ipwrap import Session
from ipwrap.shims.batch_parser import BatchInputLine, split_batch, split_lines
from ipwrap.shims.calls import Call


def batch(
    stdin: str, *flags: str, status: int = 0, stdout: str = "", stderr: str = ""
) -> list[tuple[str, int]]:
    """Return the line and the status of each call that a batch is."""
    call = Call(
        7,
        ("ip", *flags, "-batch", "-"),
        "red",
        stdin=stdin,
        status=status,
        stdout=stdout,
        stderr=stderr,
    )
    made = split_batch(call)
    assert {(7, "red")} == {(each.number, each.netns) for each in made}
    return [(" ".join(each.argv), each.status or 0) for each in made]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("link show\n", [BatchInputLine(1, ("link", "show"))]),
        ("\n  # nothing\nlink  show # all\n", [BatchInputLine(3, ("link", "show"))]),
        (
            "link add \\\n  name x\naddr\n",
            [BatchInputLine(2, ("link", "add", "name", "x")), BatchInputLine(3, ("addr",))],
        ),
        (
            'link set x alias \'two words\' "" a"b',
            [BatchInputLine(1, ("link", "set", "x", "alias", "two words", "", 'a"b'))],
        ),
        ("a 'b'c\r\n", [BatchInputLine(1, ("a", "b", "c"))]),
        ("", []),
    ],
)
def test_lines_are_read_as_iproute2_reads_them(text: str, expected: list[BatchInputLine]) -> None:
    """Comments, lines that go on, quotes at the beginning of a word."""
    assert expected == list(split_lines(text))


def test_a_batch_that_succeeded() -> None:
    """Each line is a command with the options of the batch, and its namespace."""
    assert [("ip -n blue link add x", 0), ("ip -n blue addr", 0)] == batch(
        "link add x\naddr\n", "-n", "blue"
    )
    assert [("ip -6 route flush cache", 0)] == batch("route flush cache\n", "-6", "-force")


def test_a_batch_that_ended_with_a_failure() -> None:
    """Lines behind the one that failed have not run; that has the status that it would have had alone."""
    refused = "RTNETLINK answers: File exists\nCommand failed -:2\n"

    assert [("ip a", 0), ("ip b", 2)] == batch("a\nb\nc\n", status=1, stderr=refused)
    assert [("ip a", 1)] == batch(
        "a\nb\n", status=1, stderr='Cannot find device "x"\nCommand failed lines:1\n'
    )


def test_a_batch_that_went_on() -> None:
    """With `-force` all lines have run, and each that failed says so."""
    said = 'Cannot find device "x"\nCommand failed -:1\nError: No such thing.\nCommand failed -:3\n'

    assert [("ip a", 1), ("ip b", 0), ("ip c", 2)] == batch(
        "a\nb\nc\n", "-force", status=1, stderr=said
    )


def test_a_batch_that_cannot_be_told_apart() -> None:
    """It stays one command: nothing says which line ended it, or several have printed something."""
    assert [("ip -batch -", 255)] == batch(
        "a\nb\n", status=255, stderr="Error: argument is wrong\n"
    )
    assert [("ip -batch -", 0)] == batch("link\naddr\n", stdout="1: lo\n1: lo\n")
    assert [("ip -batch -", 0)] == batch("# nothing\n")


def test_what_a_batch_printed() -> None:
    """If one line looks, it is that line's."""
    made = split_batch(
        Call(1, ("ip", "-b", "-"), stdin="link set lo up\nlink\n", status=0, stdout="1: lo\n")
    )

    assert [("", "ip link set lo up"), ("1: lo\n", "ip link")] == [
        (each.stdout, " ".join(each.argv)) for each in made
    ]


@pytest.mark.parametrize("argv", [("ip", "link"), ("sh", "-b", "-"), ("ip", "-b", "-")])
def test_what_is_no_batch_stays(argv: tuple[str, ...]) -> None:
    """Also one of which the lines are not known."""
    call = Call(1, argv, status=0)

    assert [call] == split_batch(call)


@pytest.mark.live
def test_the_status_of_a_line_is_that_of_its_own_process(session: Session) -> None:
    """What iproute2 says of a line tells the status that it would have had alone."""
    for words in (
        "link set nosuch up",
        "link add lo type veth",
        "route add 10.0.0.0/8 via 10.0.0.1",
        "netns delete x",
    ):
        alone = subprocess.run(
            session.place.wrap(("ip", *words.split())), capture_output=True, check=False
        ).returncode
        argv = session.place.wrap(("ip", "-batch", "-"))
        done = subprocess.run(argv, input=words, capture_output=True, text=True, check=False)

        assert [(f"ip {words}", alone)] == batch(words, status=done.returncode, stderr=done.stderr)
