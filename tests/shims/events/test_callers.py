"""A program, or the calls that it made, are the steps of a recording."""

from ipwrap.shims.events.callers import without_calls_of_batches
from tests.shims.calls_made import describe_events, make_call


def test_program_is_replaced_by_its_calls() -> None:
    """A program whose calls changed the network is not run again."""
    outer = make_call(1, "ip netns exec red setup")
    inner = make_call(2, "ip link set lo up", netns="red", caller=1)

    assert [
        "# ip netns exec red setup: the calls that it made follow",
        "1 ip -n red link set lo up",
    ] == describe_events(outer, inner)


def test_program_with_read_only_calls_is_run_again() -> None:
    """A program whose calls only read may have changed the network by different means."""
    outer, inner = (
        make_call(1, "ip netns exec red setup"),
        make_call(2, "ip link", netns="red", caller=1),
    )

    assert ["1 ip netns exec red setup", "2 ip -n red link"] == describe_events(outer, inner)


def test_nested_programs() -> None:
    """A note names the outermost program, and all inner calls follow in order."""
    calls = (
        make_call(1, "ip netns exec red outer"),
        make_call(2, "ip netns exec blue inner", netns="red", caller=1),
        make_call(3, "ip link set lo up", netns="blue", caller=2),
        make_call(4, "ip link set x up", netns="red", caller=1),
    )

    assert [
        "# ip netns exec red outer: the calls that it made follow",
        "1 ip -n blue link set lo up",
        "2 ip -n red link set x up",
    ] == describe_events(*calls)


def test_calls_of_the_lines_of_a_batch_are_these_lines() -> None:
    """What a line of a batch calls, at any depth, is no command of its own."""
    calls = [
        make_call(1, "ip -b -", stdin="netns exec red ip link set lo up\n"),
        make_call(2, "ip link set lo up", netns="red", caller=1),
        make_call(3, "ip link", netns="red", caller=2),
        make_call(4, "ip link show"),
    ]

    assert ["1 ip -n red link set lo up", "2 ip link show"] == describe_events(
        *without_calls_of_batches(calls)
    )
