"""Background processes, their signals, ports and pauses are events in the order of time."""

from ipwrap import until
from ipwrap.recording import CommandEvent, ProcessEvent
from ipwrap.shims.calls.call import OpenPort
from ipwrap.shims.events.to_events import to_events
from tests.shims.calls_made import describe_events, make_call
from tests.shims.order import parse_order


def test_ping_beside_a_process_is_no_mere_read() -> None:
    """A capture may wait for its packets: scripts, which leave reads out, have to send them."""
    capture = make_call(1, "ip netns exec red tcpdump -c 1", started=5.0, seconds=0.9)
    ping = make_call(2, "ip netns exec red ping -c 1 10.0.0.2", started=5.0, seconds=0.3)
    show = make_call(3, "ip -n red link show", started=5.0, seconds=0.3)
    order = parse_order("+ 1 20; + 2 21; - 2; + 3 22; - 3; - 1")

    events = [
        event
        for event in to_events((capture, ping, show), order=order)
        if isinstance(event, CommandEvent)
    ]
    (alone,) = [event for event in to_events([ping]) if isinstance(event, CommandEvent)]

    assert [True, False] == [event.command.changes for event in events]
    assert not alone.command.changes


def test_signals_of_a_process_keep_their_places() -> None:
    """Signals stand where they were sent, behind the pauses before; SIGKILL, where it was seen."""
    server = make_call(
        1,
        "ip netns exec red serve",
        status=137,
        started=5.0,
        seconds=3.0,
        signal_times=(6.0,),
    )
    link = make_call(2, "ip link set lo up", started=7.0)
    later = make_call(3, "ip link set lo down", started=8.0)

    assert [
        "1 serve: ip netns exec red serve",
        "1 has the pid 20",
        "pause of 1.0",
        "1 signal HUP",
        "pause of 1.0",
        "2 ip link set lo up",
        "pause of 1.0",
        "1 signal KILL",
        "1 wait",
        "3 ip link set lo down",
    ] == describe_events(server, link, later, order="+ 1 20; s 1 HUP; + 2 21; x 1; + 3 22; - 1")


def test_open_port_makes_a_process_ready() -> None:
    """A server that listened before the next call is waited for; later ports become waits."""
    ports = (OpenPort("tcp", 80, 5.25), OpenPort("udp", 53, 5.75))
    server = make_call(1, "ip netns exec red serve", status=None, started=5.0, ports=ports)
    calls = (
        make_call(2, "ip link set lo up", started=5.5),
        make_call(3, "ip link set lo down", started=6.0),
    )
    order = parse_order("+ 1 20; + 2 21; + 3 22")
    event, *_ = to_events((server, *calls), order=order)

    assert isinstance(event, ProcessEvent)
    assert until.listening(80) == event.ready
    assert [
        "pause of 0.5",
        "2 ip link set lo up",
        "wait until a UDP socket listens on port 53",
        "pause of 0.5",
        "3 ip link set lo down",
    ] == describe_events(server, *calls, order="+ 1 20; + 2 21; + 3 22")[2:]


def test_missing_program_in_the_background_has_not_started() -> None:
    """A process whose program is not there has no start, and its status is that of a shell."""
    stderr = 'exec of "serve" failed: No such file or directory\n'
    call = make_call(1, "ip netns exec red serve", status=1, stderr=stderr)
    link = make_call(2, "ip link set lo up")

    assert ["1 serve: ip netns exec red serve", "2 ip link set lo up"] == describe_events(
        call, link, order="+ 1 20; + 2 21; - 1"
    )
