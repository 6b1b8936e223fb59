"""The lines of a batch are separate commands."""

import subprocess

import pytest

from ipwrap import Session
from ipwrap.shims.calls.batch_parser import BatchInputLine, split_batch, split_lines
from ipwrap.shims.calls.call import Call


def split_call(
    stdin: str, *flags: str, status: int = 0, stdout: str = "", stderr: str = ""
) -> list[tuple[str, int]]:
    """Return the command line and the status of every line of a batch."""
    call = Call(
        7,
        ("ip", *flags, "-batch", "-"),
        "red",
        stdin=stdin,
        status=status,
        stdout=stdout,
        stderr=stderr,
    )
    line_calls = split_batch(call)
    assert {(7, "red")} == {(line_call.number, line_call.netns) for line_call in line_calls}
    return [(" ".join(line_call.argv), line_call.status or 0) for line_call in line_calls]


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
        ("a # b \\\nc\n", [BatchInputLine(1, ("a",)), BatchInputLine(2, ("c",))]),
        ("", []),
    ],
)
def test_lines_are_parsed_as_in_iproute2(text: str, expected: list[BatchInputLine]) -> None:
    """Comments, continued lines, and quotes at the start of a word are those of iproute2."""
    assert expected == list(split_lines(text))


def test_successful_batch() -> None:
    """A line of a batch gets the options and the namespace of the batch."""
    assert [("ip -n blue link add x", 0), ("ip -n blue addr", 0)] == split_call(
        "link add x\naddr\n", "-n", "blue"
    )
    assert [("ip -6 route flush cache", 0)] == split_call("route flush cache\n", "-6", "-force")


def test_batch_stops_at_the_first_failure() -> None:
    """Lines after the failed line have not run; the failed line has its own status."""
    stderr = "RTNETLINK answers: File exists\nCommand failed -:2\n"

    assert [("ip a", 0), ("ip b", 2)] == split_call("a\nb\nc\n", status=1, stderr=stderr)
    assert [("ip a", 1)] == split_call(
        "a\nb\n", status=1, stderr='Cannot find device "x"\nCommand failed lines:1\n'
    )


def test_batch_with_force_continues() -> None:
    """With `-force` all lines have run, and every failed line has its own error."""
    stderr = (
        'Cannot find device "x"\nCommand failed -:1\nError: No such thing.\nCommand failed -:3\n'
    )

    assert [("ip a", 1), ("ip b", 0), ("ip c", 2)] == split_call(
        "a\nb\nc\n", "-force", status=1, stderr=stderr
    )


def test_ambiguous_batch_stays_whole() -> None:
    """A batch stays a single call if its failure or its output belongs to no certain line."""
    assert [("ip -batch -", 255)] == split_call(
        "a\nb\n", status=255, stderr="Error: argument is wrong\n"
    )
    assert [("ip -batch -", 0)] == split_call("link\naddr\n", stdout="1: lo\n1: lo\n")
    assert [("ip -batch -", 0)] == split_call("# nothing\n")


def test_output_belongs_to_the_only_read() -> None:
    """The output of a batch belongs to its only read."""
    line_calls = split_batch(
        Call(1, ("ip", "-b", "-"), stdin="link set lo up\nlink\n", status=0, stdout="1: lo\n")
    )

    assert [("", "ip link set lo up"), ("1: lo\n", "ip link")] == [
        (line_call.stdout, " ".join(line_call.argv)) for line_call in line_calls
    ]


@pytest.mark.parametrize("argv", [("ip", "link"), ("sh", "-b", "-"), ("ip", "-b", "-")])
def test_other_calls_are_not_split(argv: tuple[str, ...]) -> None:
    """A call that is no batch, or has unknown lines, is not split."""
    call = Call(1, argv, status=0)

    assert [call] == split_batch(call)


@pytest.mark.live
def test_status_of_a_line_is_that_of_a_separate_process(session: Session) -> None:
    """The status of a failed line equals the status of the same command in a process."""
    for line in (
        "link set nosuch up",
        "link add lo type veth",
        "route add 10.0.0.0/8 via 10.0.0.1",
        "netns delete x",
    ):
        expected = subprocess.run(
            session.place.wrap(("ip", *line.split())), capture_output=True, check=False
        ).returncode
        argv = session.place.wrap(("ip", "-batch", "-"))
        completed = subprocess.run(argv, input=line, capture_output=True, text=True, check=False)

        assert [(f"ip {line}", expected)] == split_call(
            line, status=completed.returncode, stderr=completed.stderr
        )
