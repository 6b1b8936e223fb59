"""Calls as the events of a recording."""

from ipwrap.recording import CommandEvent, Event, Note, ResultEvent
from ipwrap.shims.calls import Call
from ipwrap.shims.to_events import Script, to_events


def call(number: int, line: str, *, status: int | None = 0, **more: object) -> Call:
    """Return a call of a line."""
    return Call(number, tuple(line.split()), status=status, **more)  # type: ignore[arg-type]


def told(*calls: Call, script: Script | None = None) -> list[str]:
    """Return what is told of calls: commands by their numbers, and notes."""
    return [
        _told(event) for event in to_events(calls, script) if not isinstance(event, ResultEvent)
    ]


def _told(event: Event) -> str:
    """Return an event in words."""
    if isinstance(event, CommandEvent):
        return f"{event.number} {event.command.line}"
    assert isinstance(event, Note)
    return f"# {event.text}"


def test_a_call_is_a_command_with_its_result() -> None:
    """What it gave back, and when, is kept."""
    asked, answered = to_events(
        [call(4, "ip l", netns="red", stdout="1: lo\n", started=5.0, seconds=0.5, status=3)]
    )

    assert isinstance(asked, CommandEvent)
    assert isinstance(answered, ResultEvent)
    assert ("ip -n red link", False) == (asked.command.line, asked.command.changes)
    assert (1, 3, "1: lo\n", 5.0, 0.5) == (
        *(answered.number, answered.result.status),
        *(answered.result.stdout, answered.result.started, answered.result.seconds),
    )


def test_what_a_program_did_by_calls_is_told_by_these() -> None:
    """If one of them changed something, the program is not run again."""
    outer = call(1, "ip netns exec red setup")
    inner = call(2, "ip link set lo up", netns="red", inside=1)

    assert [
        "# ip netns exec red setup: the calls that it made follow",
        "1 ip -n red link set lo up",
    ] == told(outer, inner)


def test_a_program_whose_calls_only_looked_is_run_again() -> None:
    """It may have changed something by other ways."""
    outer, inner = call(1, "ip netns exec red setup"), call(2, "ip link", netns="red", inside=1)

    assert ["1 ip netns exec red setup", "2 ip -n red link"] == told(outer, inner)


def test_programs_within_programs() -> None:
    """The outermost is named, once; what it called is told in order."""
    calls = (
        call(1, "ip netns exec red outer"),
        call(2, "ip netns exec blue inner", netns="red", inside=1),
        call(3, "ip link set lo up", netns="blue", inside=2),
        call(4, "ip link set x up", netns="red", inside=1),
    )

    assert [
        "# ip netns exec red outer: the calls that it made follow",
        "1 ip -n blue link set lo up",
        "2 ip -n red link set x up",
    ] == told(*calls)


def test_what_has_not_ended_by_itself_is_not_repeated() -> None:
    """A server would never end; a change of iproute2's is recorded all the same."""
    assert ["# still ran at the end, and is not repeated: ip netns exec red serve"] == told(
        call(1, "ip netns exec red serve", status=None)
    )
    assert ["# was ended by a signal, and is not repeated: ip monitor"] == told(
        call(1, "ip monitor", status=143, signalled=True)
    )
    assert ["1 ip netns add red"] == told(call(1, "ip netns add red", status=None))


def test_a_namespace_without_a_name_is_not_repeated() -> None:
    """A script could not find it."""
    assert ["# in a namespace without a name, and not repeated: ip link set lo up"] == told(
        call(1, "ip link set lo up", netns="?")
    )


def test_what_cannot_be_a_command_is_a_note() -> None:
    """Such as one without a program."""
    (note,) = told(Call(1, ("", "link")))

    assert note.startswith("# not recorded: a call of : argv")


def test_secrets_are_hidden() -> None:
    """Among the words, on stdin, in what is said; and a key that was printed is known where it is given again."""
    key = "0123456789abcdef0123456789abcdef"
    calls = (
        call(
            1,
            f"ip macsec add m0 tx sa 0 pn 1 on key 01 {key}",
            stderr=f"what is {key}?\n",
            status=1,
        ),
        call(2, "wg genkey", stdout="c2VjcmV0IGtleSBvZiBtaW5l\n"),
        call(3, "wg set wg0 private-key /dev/fd/63", file="c2VjcmV0IGtleSBvZiBtaW5l\n"),
        call(4, f"ip netns exec red serve {key}", status=None),
    )
    made = to_events(calls)

    assert key not in repr(made)
    assert "c2VjcmV0" not in repr(
        [event.result.stdout for event in made if isinstance(event, ResultEvent)]
    )
    assert 'ip macsec add m0 tx sa 0 pn 1 on key 01 "$MACSEC_KEY"' in told(*calls)[0]
    assert "$MACSEC_KEY" in told(*calls)[-1]


def test_a_batch_is_a_command_a_line() -> None:
    """One that cannot be told apart has its lines on stdin, whatever its file was called."""
    assert ["1 ip link add x", "2 ip -n red address"] == told(
        call(1, "ip -b -", stdin="link add x\n"), call(2, "ip -n red -b lines", stdin="addr\n")
    )
    (asked, _) = to_events([call(1, "ip -b lines", stdin="link\naddr\n", stdout="1: lo")])

    assert isinstance(asked, CommandEvent)
    assert ("ip -batch -", "link\naddr\n") == (asked.command.line, asked.command.stdin)


def test_a_file_that_may_be_gone_comes_on_stdin() -> None:
    """A replay does not need it."""
    for line, expected in (
        ("cat /dev/fd/63", "cat /dev/stdin"),
        ("nft -f rules.nft", "nft -f /dev/stdin"),
        ("ip netns exec red nft -f rules.nft", "ip netns exec red nft -f /dev/stdin"),
        ("other rules.nft", "other rules.nft"),
    ):
        asked, _ = to_events([call(1, line, file="a table\n")])

        assert isinstance(asked, CommandEvent)
        assert expected == asked.command.line
        assert (None if expected == line else "a table\n") == asked.command.stdin


def test_the_line_of_the_script() -> None:
    """It is the one on which the command ends that bash had read."""
    script = Script("lab.sh", b"#!/bin/bash\nip link\nip addr\n")
    asked, answered = to_events([call(1, "ip link", read=20)], script)

    assert isinstance(asked, CommandEvent)
    assert isinstance(answered, ResultEvent)
    assert ("lab.sh:2", "lab.sh:2") == (asked.call_site, answered.result.call_site)
    assert script.at(None) is None
