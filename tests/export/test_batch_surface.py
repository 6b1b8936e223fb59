"""Every verb, and further commands of iproute2, in front of another line of a batch.

A command that ends a batch does so with status 0: only the lines behind it tell. The tests use the
first iproute2 in PATH; `nox -s releases` runs them with several releases.
"""

import json
import shlex
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from attrs import define, field

from ipwrap import Command, IpwrapError, Result, Sandbox, Session
from ipwrap.export.batchfile import batch
from tests.executors import worlds
from tests.executors.surface import CHANGES, FLUSHES, LAST, parts_of
from tests.labs import run_script_inside

pytestmark = pytest.mark.live

NETNS = "rich"
CALLS = {**CHANGES, **FLUSHES, **LAST}
MARKED_PAIRS = 25

# A line of each program whose effect no call of the tables removes, for a link of its own.
MARKERS = {
    "ip": "link set dev marked{number} alias read",
    "bridge": "fdb add 02:00:00:00:99:{number:02x} dev marked{number} self",
    "tc": "qdisc replace dev marked{number} root handle 77: pfifo",
}

# Commands without a verb here. A kernel may lack some of them.
FURTHER_COMMANDS = """
ip addrlabel add prefix fd77::/64 label 77
ip addrlabel delete prefix fd77::/64 label 77
ip addrlabel flush
ip fou add port 5577 ipproto 47
ip fou delete port 5577
ip ila add loc_match 1:2:3:4 loc 5:6:7:8 dev d0
ip ioam namespace add 77
ip l2tp add tunnel tunnel_id 7 peer_tunnel_id 8 encap ip local 10.7.0.1 remote 10.7.0.9
ip l2tp delete tunnel tunnel_id 7
ip mptcp limits set subflows 2
ip mptcp endpoint add 10.7.0.1 id 7 signal
ip mptcp endpoint flush
ip ntable change name arp_cache dev d0 queue 50
ip sr tunsrc set fd07::1
ip tcp_metrics flush
ip tunnel add tun77 mode ipip local 10.7.0.1 remote 10.7.0.9
ip tunnel delete tun77
ip xfrm state add src 10.7.0.1 dst 10.7.0.9 proto esp spi 7 mode tunnel auth digest_null ''
ip xfrm state add src 10.7.0.1 dst 10.7.0.9 proto esp spi 8 mode tunnel enc cipher_null ''
ip xfrm state deleteall
ip xfrm state flush
ip xfrm policy add src 10.7.0.0/24 dst 10.8.0.0/24 dir out action block
ip xfrm policy deleteall
ip xfrm policy flush
ip -6 xfrm policy deleteall
ip -f inet6 route add fd78::/64 dev d0
ip netns exec rich true
ip vrf exec vrf0 true
ip link set group 7 mtu 1400
ip link set dev d0 xdp off
tc actions add action gact drop index 77
tc actions flush action gact
tc chain add dev v0 ingress chain 9
tc chain delete dev v0 ingress chain 9
"""


@define
class MarkingRunner:
    """A runner that runs commands in a session, and a marker behind each that has changed state.

    A marker is a further line of the same batch. ``lines`` holds the commands by the number of the
    marker behind them.
    """

    session: Session
    lines: list[str] = field(factory=list)

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a command, and a marker behind it."""
        result = self.session.run(command, check=False)
        if command.changes and result.ok:
            self._mark(command)

        return result.check() if check else result

    def _mark(self, command: Command) -> None:
        """Run the marker behind a command: of the same program, in the same namespace."""
        self.lines.append(command.line)
        program = command.argv[0]
        marker = MARKERS[program].format(number=len(self.lines))
        self.session.run(Command((program, *command.flags, *marker.split()), command.netns))


@contextmanager
def open_world(parts: Iterable[str]) -> Iterator[Session]:
    """Open a sandbox with a network, and links for the markers in it and outside."""
    with Session(Sandbox()) as session:
        worlds.build(session.place, NETNS, *parts)
        for netns in ((), ("-n", NETNS)):
            lines = [
                f"link add name marked{2 * pair + 1} type veth peer name marked{2 * pair + 2}"
                for pair in range(MARKED_PAIRS)
            ]
            argv = session.place.wrap(("ip", *netns, "-batch", "-"))
            subprocess.run(argv, input="\n".join(lines), text=True, check=True)
        yield session


def read_marks(session: Session) -> set[int]:
    """Return the numbers of the markers that were run in a place, in whatever namespace."""
    reads = ("ip -j link show", "tc -j qdisc show", "bridge -j fdb show")
    programs = [read.partition(" ") for read in reads]
    lines = [
        f"{read}; {name} -n {NETNS} {rest} || :"
        for read, (name, _, rest) in zip(reads, programs, strict=True)
    ]
    argv = session.place.wrap(("sh", "-c", "; ".join(lines)))
    process = subprocess.run(argv, capture_output=True, text=True, check=True)

    decoder = json.JSONDecoder()
    text = process.stdout.strip()
    numbers: set[int] = set()
    while text:
        objects, end = decoder.raw_decode(text)
        numbers |= {int(mark) for mark in map(_mark_of, objects) if mark}
        text = text[end:].strip()
    return numbers


def _mark_of(entry: dict[str, object]) -> str:
    """Return the number of the marker that an object of a listing shows; "" for none."""
    device = str(entry.get("ifname") or entry.get("dev"))
    is_mark = entry.get("ifalias") == "read" or entry.get("handle") == "77:"
    is_mark = is_mark or str(entry.get("mac")).startswith("02:00:00:00:99:")
    return device.removeprefix("marked") if is_mark and device.startswith("marked") else ""


def unread_lines(session: Session, runner: MarkingRunner, tmp_path: Path, *parts: str) -> list[str]:
    """Run the batch export of a session in an equal network.

    Return the commands behind which the next line was not read, and what the script printed if it
    failed.
    """
    if not runner.lines:
        pytest.skip("this kernel or iproute2: no command of the table succeeds")

    script = tmp_path / "x.sh"
    script.write_text(batch(session.recording))

    with open_world(parts) as replay:
        process = run_script_inside(replay, script)
        read = read_marks(replay)

    unread = [line for number, line in enumerate(runner.lines, start=1) if number not in read]
    return [*unread, process.stderr] if process.returncode else unread


def object_of(verb: str) -> str:
    """Return program and object of a verb, such as "ip.route"."""
    return verb.rpartition(".")[0]


@pytest.mark.parametrize("object_name", sorted(set(map(object_of, CALLS))))
def test_the_line_behind_every_verb_is_read(object_name: str, tmp_path: Path) -> None:
    """Behind every verb of an object, the next line of an exported batch is read."""
    object_verbs = [verb for verb in CALLS if object_of(verb) == object_name]
    parts = parts_of(object_verbs[0])

    with open_world(parts) as session:
        runner = MarkingRunner(session)
        for verb in object_verbs:
            for call in CALLS[verb]:
                with suppress(IpwrapError):
                    call.run(runner, NETNS)

        assert [] == unread_lines(session, runner, tmp_path, *parts)


def test_the_line_behind_commands_without_a_verb_is_read(tmp_path: Path) -> None:
    """Behind every other command of iproute2, the next line of an exported batch is read."""
    with open_world(()) as session:
        runner = MarkingRunner(session)
        for line in FURTHER_COMMANDS.strip().splitlines():
            runner.run(Command(tuple(shlex.split(line)), NETNS), check=False)

        assert [] == unread_lines(session, runner, tmp_path)
