"""Calls are converted to commands without secrets, or to notes."""

from ipwrap.recording import CommandEvent, ResultEvent
from ipwrap.shims.calls.call import Call
from ipwrap.shims.events.to_events import to_events
from tests.shims.calls_made import describe_events, make_call


def test_call_is_a_command_with_its_result() -> None:
    """The output, the status and the times of a call are kept."""
    command_event, result_event = to_events(
        [make_call(4, "ip l", netns="red", stdout="1: lo\n", started=5.0, seconds=0.5, status=3)]
    )

    assert isinstance(command_event, CommandEvent)
    assert isinstance(result_event, ResultEvent)
    assert "ip -n red link" == command_event.command.line
    assert not command_event.command.changes
    assert (1, 3, "1: lo\n", 5.0, 0.5) == (
        *(result_event.number, result_event.result.status),
        *(result_event.result.stdout, result_event.result.started, result_event.result.seconds),
    )


def test_interrupted_commands_of_iproute2() -> None:
    """A change that still ran is recorded; a read and a reader of a pipe are not repeated."""
    assert ["1 ip netns add red"] == describe_events(make_call(1, "ip netns add red", status=None))
    assert ["# still ran at the end, and is not repeated: ip link"] == describe_events(
        make_call(1, "ip link", status=None)
    )
    assert [
        "# was ended by a signal, and is not repeated: ip netns exec red yes"
    ] == describe_events(make_call(1, "ip netns exec red yes", status=141, signalled=True))


def test_missing_program_has_the_status_of_a_shell() -> None:
    """`ip netns exec` has status 1 for a program that is not there: it is recorded as 127."""
    stderr = 'exec of "fetch" failed: No such file or directory\n'
    call = make_call(1, "ip netns exec red fetch", status=1, stderr=stderr)
    results = [event for event in to_events([call]) if isinstance(event, ResultEvent)]

    assert [127] == [event.result.status for event in results]


def test_calls_in_an_unnamed_namespace_are_not_repeated() -> None:
    """A replay could not find a namespace without a name."""
    assert [
        "# in a namespace without a name, and not repeated: ip link set lo up"
    ] == describe_events(make_call(1, "ip link set lo up", netns="?"))


def test_invalid_call_is_a_note() -> None:
    """A call without a program is recorded as a note."""
    (note,) = describe_events(Call(1, ("", "link")))

    assert note.startswith("# not recorded: a call of : argv")


def test_secrets_are_redacted() -> None:
    """Secrets are redacted in arguments, input and output; printed keys are recognised later."""
    key = "0123456789abcdef0123456789abcdef"
    calls = (
        make_call(
            1,
            f"ip macsec add m0 tx sa 0 pn 1 on key 01 {key}",
            stderr=f"what is {key}?\n",
            status=1,
        ),
        make_call(2, "wg genkey", stdout="c2VjcmV0IGtleSBvZiBtaW5l\n"),
        make_call(3, "wg set wg0 private-key /dev/fd/63", file="c2VjcmV0IGtleSBvZiBtaW5l\n"),
        make_call(4, f"ip netns exec red serve {key}", status=None),
    )
    events = to_events(calls)

    assert key not in repr(events)
    assert "c2VjcmV0" not in repr(
        [event.result.stdout for event in events if isinstance(event, ResultEvent)]
    )
    assert 'ip macsec add m0 tx sa 0 pn 1 on key 01 "$MACSEC_KEY"' in describe_events(*calls)[0]
    assert "$MACSEC_KEY" in describe_events(*calls)[-2]


def test_keys_that_a_program_prints_are_redacted() -> None:
    """Keys that `ip xfrm state` shows are redacted, and recognised in a later call."""
    key = "00112233445566778899aabbccddeeff"
    calls = (
        make_call(1, "ip xfrm state", stdout=f"\tenc cbc(aes) 0x{key}\n"),
        make_call(2, f"ping {key}"),
    )

    assert key not in repr(to_events(calls))
    assert 'ping "$XFRM_KEY"' in describe_events(*calls)[-1]


def test_kept_file_becomes_stdin() -> None:
    """The content of a kept file is the standard input, so that a replay needs no file."""
    for line, expected in (
        ("cat /dev/fd/63", "cat /dev/stdin"),
        ("nft -f rules.nft", "nft -f /dev/stdin"),
        ("ip netns exec red nft -f rules.nft", "ip netns exec red nft -f /dev/stdin"),
        ("other rules.nft", "other rules.nft"),
    ):
        command_event, _ = to_events([make_call(1, line, file="a table\n")])

        assert isinstance(command_event, CommandEvent)
        assert expected == command_event.command.line
        assert (None if expected == line else "a table\n") == command_event.command.stdin
