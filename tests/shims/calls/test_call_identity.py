"""The objects of recorded calls are looked at right behind the calls, on a host."""

import json
from pathlib import Path

from attrs import define, field

from ipwrap import Command
from ipwrap.errors import ExecutorError
from ipwrap.executors import Process
from ipwrap.recording import Header, Recording, ResultEvent
from ipwrap.result import Result
from ipwrap.sessions.unrecorded import UnrecordedRunner
from ipwrap.shims.calls.call_identity import CallIdentifier, CallIdentity, read_identities
from ipwrap.shims.events.live_recording import LiveRecording
from tests.labs import open_sandbox


@define
class FakeHost:
    """Answers questions for links, which all exist but `gone`, and counts them."""

    lines: list[str] = field(factory=list)

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Return the links of a command."""
        assert not check
        self.lines.append(command.line)
        names = [f"d{number}" for number in range(50)]
        if command.argv[-2] == "dev":
            names = [name for name in names if name == command.argv[-1]]
        links = [{"ifname": name, "ifindex": int(name[1:]) + 2} for name in names]
        if not links:
            return Result(command, 1, stderr=f'Device "{command.argv[-1]}" does not exist.')
        return Result(command, 0, json.dumps(links))


def lines_of(
    *calls: str, netns: str | None = None
) -> list[tuple[tuple[str, ...], str | None, int]]:
    """Return successful calls as the identifier takes them."""
    return [(tuple(call.split()), netns, 0) for call in calls]


def test_links_of_a_call_are_kept_beside_it(tmp_path: Path) -> None:
    """One entry for each line of a batch; a read and a failed change have none."""
    host = FakeHost()
    calls = [
        *lines_of("ip l a d1 type dummy", "ip link show", "ip link add gone type dummy"),
        (("ip", "link", "add", "d2", "type", "dummy"), None, 2),
        (("ip", "link", "add", "d3", "type", "dummy"), "?", 0),
        (("ip", "link", "add", "d4", "type", "dummy"), "bad/name", 0),
    ]

    CallIdentifier(host, tmp_path).identify(7, calls)

    first, *others = read_identities(tmp_path / "7")
    assert [3] == [link.ifindex for link in first.links or ()]
    nothing = CallIdentity()
    assert [nothing, CallIdentity(links=()), nothing, nothing, nothing] == others
    assert [f"ip -j -d link show dev {name}" for name in ("d1", "gone")] == host.lines


def test_many_links_are_found_in_one_list(tmp_path: Path) -> None:
    """A batch of many links costs one command for each namespace."""
    host = FakeHost()
    names = [f"d{number}" for number in range(40)]
    calls = lines_of(*(f"ip link add {name} type dummy" for name in [*names, "gone"]))
    calls += lines_of("ip link add d5 type dummy", netns="red")

    CallIdentifier(host, tmp_path).identify(7, calls)

    identities = read_identities(tmp_path / "7")
    names_by_line = [[link.name for link in identity.links or ()] for identity in identities]
    assert [*([name] for name in names), [], ["d5"]] == names_by_line
    assert ["ip -j -d link show", "ip -n red -j -d link show"] == host.lines


def test_calls_without_objects_are_not_looked_at(tmp_path: Path) -> None:
    """Nothing runs, and no file is left."""
    host = FakeHost()
    CallIdentifier(host, tmp_path).identify(7, lines_of("ip link set d1 up", "ip address"))
    assert ([], []) == (host.lines, [*tmp_path.iterdir()])


def test_damaged_file_counts_as_no_look(tmp_path: Path) -> None:
    """A crash, or others, may leave anything there."""
    (tmp_path / "7.objects").write_text('[{"links": 5}]')
    assert () == read_identities(tmp_path / "7")


@define
class BrokenHost:
    """Has no `ip` any more."""

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Raise `ExecutorError`."""
        assert not check
        raise ExecutorError(f"{command}: not found")


def write_call(folder: Path, number: int, *argv: str) -> None:
    """Write the files of a call that has ended well."""
    (folder / str(number)).write_text("\0".join(("", "", "", *argv, "")))
    (folder / f"{number}.done").write_text("0 \n")


def test_recording_goes_on_without_an_answer(tmp_path: Path) -> None:
    """A host that does not answer, or a folder that is full, costs the identities only."""
    write_call(tmp_path, 1, "ip", "link", "add", "d1", "type", "dummy")
    (tmp_path / "2.part").mkdir()
    write_call(tmp_path, 2, "ip", "link", "add", "d2", "type", "dummy")
    recording = Recording(Header(place="local"))
    live = LiveRecording(tmp_path, recording, identifier=CallIdentifier(BrokenHost(), tmp_path))
    live.update()
    live.identifier = CallIdentifier(FakeHost(), tmp_path)
    live.update()

    results = [event.result for event in recording.events if isinstance(event, ResultEvent)]
    assert [None, None] == [result.links for result in results]


def test_routes_of_a_batch_are_found(tmp_path: Path) -> None:
    """The links of many routes are read from one list, and that of one route by its filters."""
    with open_sandbox() as session:
        session.exec(
            "sh",
            "-ec",
            "ip link add up0 type bridge; ip link set up0 up; ip a add 10.0.0.2/24 dev up0",
        )
        routes = [f"10.9.{number}.0/24" for number in range(25)]
        for route in routes:
            session.ip.route.add(route, via="10.0.0.1")
        identifier = CallIdentifier(UnrecordedRunner(session.place, Process()), tmp_path)
        identifier.identify(1, lines_of(*(f"ip r a {route} via 10.0.0.1" for route in routes)))
        identifier.identify(
            2, lines_of(f"ip r a {routes[3]} via 10.0.0.1", "ip r a 10.99.0.0/16 via 10.0.0.1")
        )

    many, few = (read_identities(tmp_path / name) for name in ("1", "2"))
    assert [["up0"]] * 25 == [[link.name for link in identity.devices or ()] for identity in many]
    assert [["up0"], None] == [
        identity.devices and [link.name for link in identity.devices] for identity in few
    ]
