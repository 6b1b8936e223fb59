"""The links of new routes and next hops are found right behind the change."""

import json

import pytest
from attrs import define, field

from ipwrap import Command
from ipwrap.errors import ExecutorError
from ipwrap.result import RecordedNetns, Result
from ipwrap.sessions.device_query import DeviceQuery, may_need_devices
from ipwrap.sessions.identities import changes_identities


@define
class Answers:
    """Answers commands by their lines, and keeps the lines; no answer is a failure."""

    by_line: dict[str, object]
    lines: list[str] = field(factory=list)

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Return an answer as JSON."""
        assert not check
        self.lines.append(command.line)
        answer = self.by_line.get(command.line)
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            return Result(command, 1, stderr="Cannot find device")
        return Result(command, 0, json.dumps(answer))


UP0 = {"ip -j -d link show dev up0": [{"ifname": "up0", "ifindex": 4}]}
IN_RED = {"ip -n red -j -d link show dev up0": [{"ifname": "up0", "ifindex": 9}]}
ROUTE = {"dst": "10.9.0.0/16", "gateway": "10.0.0.1", "dev": "up0"}


@pytest.mark.parametrize(
    ("line", "netns", "answers", "expected"),
    [
        (
            "ip route add 10.9.0.0/16 via 10.0.0.1 metric 5 table 77",
            None,
            {
                "ip -j route show to exact 10.9.0.0/16 table 77 metric 5 via 10.0.0.1": [ROUTE],
                **UP0,
            },
            [("up0", 4)],
        ),
        (
            "ip route add default via 2001:db8::1",
            "red",
            {
                "ip -n red -6 -j route show to exact ::/0 via 2001:db8::1": [{"dev": "up0"}],
                **IN_RED,
            },
            [("up0", 9)],
        ),
        (
            "ip route add 10.9.0.0/16 nexthop via 10.0.0.1 nexthop via 10.0.0.2",
            None,
            {
                "ip -j route show to exact 10.9.0.0/16": [
                    {"nexthops": [{"dev": "up0"}, {"dev": "gone"}]}
                ],
                **UP0,
            },
            [("up0", 4)],
        ),
        (
            "ip nexthop add id 5 via 10.0.0.1 dev up0",
            None,
            {"ip -j nexthop show id 5": [{"id": 5, "dev": "up0"}], **UP0},
            [("up0", 4)],
        ),
        (
            "ip route add blackhole 10.9.0.0/16",
            None,
            {"ip -j route show to exact 10.9.0.0/16": [{"type": "blackhole"}]},
            [],
        ),
        ("ip route add 10.9.0.0/16 via 10.0.0.1", None, {}, None),
        (
            "ip route add 10.9.0.0/16 via 10.0.0.1",
            None,
            {"ip -j route show to exact 10.9.0.0/16 via 10.0.0.1": ExecutorError("no ip")},
            None,
        ),
        ("ip route add 10.9.0.0/16 dev up0", None, {}, None),
        ("ip link add up0 type bridge", None, {}, None),
    ],
)
def test_links_of_a_route_are_found(
    line: str,
    netns: str | None,
    answers: dict[str, object],
    expected: list[tuple[str, int]] | None,
) -> None:
    """By the filters that the route is known by; one with `dev` needs no look."""
    command = Command(tuple(line.split()), netns)
    links = DeviceQuery(Answers(answers)).find(command)
    indexes = None if links is None else [(link.name, link.ifindex) for link in links]
    assert expected == indexes


def test_many_routes_are_found_in_one_list_for_each_family() -> None:
    """The list has the routes of all tables, and a link is asked for once."""
    routes = [{**ROUTE, "dst": f"10.9.{number}.0/24"} for number in range(30)]
    answers = Answers({"ip -j route show table all": routes, **UP0})
    query = DeviceQuery(answers, 30)

    for number in range(31):
        words = ("ip", "route", "add", f"10.9.{number}.0/24", "via", "10.0.0.1")
        links = query.find(Command(words))
        assert (["up0"] if number < 30 else None) == (links and [link.name for link in links])

    assert ["ip -j route show table all", "ip -j -d link show dev up0"] == answers.lines


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ip r a 10.0.0.0/8 via 10.0.0.1", True),
        ("ip netns exec red ip route add 10.0.0.0/8 via 10.0.0.1", True),
        ("ip route delete 10.0.0.0/8", False),
        ("ip rule add table 5", False),
        ("tc route", False),
    ],
)
def test_changes_that_make_routes_are_known(line: str, expected: bool) -> None:
    """Also abbreviated, and behind `ip netns exec`."""
    command = Command(tuple(line.split()))
    assert expected == may_need_devices(command) == changes_identities(command)


def test_nobody_asks_in_a_namespace_of_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its routes go with it, unless the name belongs to another namespace by now."""
    identities = {"red": "4:1", "blue": "4:2"}
    monkeypatch.setattr("ipwrap.sessions.link_query.netns_identity", identities.get)
    query = DeviceQuery(Answers({}))
    route = Command(("ip", "route", "add", "default", "via", "10.0.0.1"), "red")
    asked = ["ip -n red -j route show to exact default via 10.0.0.1"]
    red = RecordedNetns(name="red", identity="4:1")

    query.note_namespaces(Command(("ip", "netns", "attach", "red", "77")), [red])
    assert query.find(route) is None
    assert asked == query.runner.lines  # type: ignore[attr-defined]

    query.note_namespaces(Command(("ip", "netns", "add", "red")), [red])
    assert query.find(route) is None
    assert asked == query.runner.lines  # type: ignore[attr-defined]

    identities["red"] = "4:3"
    assert query.find(route) is None
    assert 2 * asked == query.runner.lines  # type: ignore[attr-defined]
