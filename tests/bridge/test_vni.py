"""`bridge vni`: the arguments of every option, and the accepted tunnels of a vxlan."""

from typing import Any

import pytest

from ipwrap import InvalidArgument, NotFound, Session, UnknownOption, UsageError
from ipwrap.bridge.number_range import Numbers
from ipwrap.bridge.vni import VniOptions
from ipwrap.kinds import Vxlan
from ipwrap.objects import delete_command
from ipwrap.session import Namespace
from tests.option_names import case_names, option_names

OPTIONS: list[tuple[str, Any, str]] = [
    ("group", "239.1.1.1", " group 239.1.1.1"),
    ("group", "ff05::100", " group ff05::100"),
    ("remote", "10.0.0.2", " remote 10.0.0.2"),
    ("remote", "fd00::2", " remote fd00::2"),
]


def last_line(session: Session) -> str:
    """Return the command line of the last command."""
    return session.recording.commands[-1].command.line


def test_every_option_has_a_case() -> None:
    """Every option of the tables has a test case."""
    assert option_names(VniOptions) == case_names(OPTIONS)


@pytest.mark.parametrize(("name", "value", "arguments"), OPTIONS)
def test_option_is_formatted(dry_session: Session, name: str, value: Any, arguments: str) -> None:
    """`add` formats an option as iproute2 expects."""
    dry_session.bridge.vni.add(7, "vx0", **{name: value})
    assert f"bridge vni add vni 7 dev vx0{arguments}" == last_line(dry_session)


@pytest.mark.parametrize("verb", ["add", "delete"])
@pytest.mark.parametrize(
    ("vni", "word"),
    [(1, "1"), (2**24 - 1, "16777215"), ((0, 3), "0-3"), ([10, (20, 30), 40], "10,20-30,40")],
)
def test_numbers_are_formatted(
    dry_session: Session, verb: str, vni: Numbers | list[Numbers], word: str
) -> None:
    """A number, a range, or a list of both is a single argument."""
    run_verb = getattr(dry_session.bridge.vni, verb)

    run_verb(vni, "vx0")
    assert f"bridge vni {verb} vni {word} dev vx0" == last_line(dry_session)


def test_show_is_formatted(dry_session: Session) -> None:
    """A filtered query is not batched, since bridge never resets a filter."""
    verbs = dry_session.netns("ns1").bridge.vni
    assert [] == verbs.show()
    assert "bridge -n ns1 -j vni show" == last_line(dry_session)
    assert dry_session.recording.commands[-1].command.batch

    verbs.show("vx0", stats=True)
    assert "bridge -n ns1 -j -s vni show dev vx0" == last_line(dry_session)
    assert not dry_session.recording.commands[-1].command.batch


@pytest.mark.parametrize(
    "vni", [-1, 2**24, "10", "10-12", True, None, (12, 10), (10, 10), (1, 2, 3), [], [7] * 21]
)
def test_invalid_number_is_refused(dry_session: Session, vni: Any) -> None:
    """An invalid tunnel number or range is refused: `bridge` would read 0."""
    for call in (dry_session.bridge.vni.add, dry_session.bridge.vni.delete):
        with pytest.raises(InvalidArgument, match="vni"):
            call(vni, "vx0")

    assert [] == dry_session.recording.commands


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"group": "10.0.0.2"}, InvalidArgument),
        ({"group": "239.1.1.1", "remote": "10.0.0.2"}, InvalidArgument),
        ({"remote": "host"}, InvalidArgument),
        ({"remotes": "10.0.0.2"}, UnknownOption),
    ],
)
def test_invalid_option_is_refused(
    dry_session: Session, options: dict[str, Any], error: type[InvalidArgument]
) -> None:
    """An invalid value or option is refused before a command runs."""
    with pytest.raises(error):
        dry_session.bridge.vni.add(7, "vx0", **options)

    assert [] == dry_session.recording.commands


def test_add_declares_the_created_object(dry_session: Session) -> None:
    """Each number and range is a separate object, in `add` and `delete`."""
    vni = dry_session.netns("ns1").bridge.vni
    result = vni.add([10, (20, 30)], "vx0", remote="10.0.0.2")
    created = result.command.creates
    keys = [created_object.key for created_object in created]
    assert [("vni", "ns1", "10 dev vx0"), ("vni", "ns1", "(20, 30) dev vx0")] == keys
    assert ("bridge", "vni", "delete", "vni", "20-30", "dev", "vx0") == delete_command(
        created[1]
    ).argv

    dependencies = {created_object.depends_on for created_object in created}
    assert {("vx0",)} == dependencies

    deletion = vni.delete((20, 30), "vx0")
    assert (created[1].key,) == deletion.command.deletes


@pytest.fixture
def filtering_netns(bridge_netns: Namespace) -> Namespace:
    """A namespace with a filtering vxlan vx1."""
    try:
        bridge_netns.ip.link.add(
            "vx1", Vxlan(external=True, vnifilter=True, dstport=4790, local="10.0.0.1"), up=True
        )
    except UsageError as error:
        pytest.skip(f"this kernel or iproute2: {error.reason}")

    return bridge_netns


def accepted_tunnels(netns: Namespace) -> list[Any]:
    """Return the tunnels accepted by vx1."""
    return [
        (vni.vni, vni.vniEnd, vni.group or vni.remote)
        for vxlan in netns.bridge.vni.show()
        for vni in vxlan.vnis
    ]


@pytest.mark.live
@pytest.mark.parametrize(
    ("vni", "options", "expected"),
    [
        (7, {}, [(7, None, None)]),
        ((10, 12), {"remote": "10.0.0.2"}, [(10, 12, "10.0.0.2")]),
        ([7, (10, 12)], {"remote": "fd00::2"}, [(7, None, "fd00::2"), (10, 12, "fd00::2")]),
        ((0, 3), {}, [(0, 3, None)]),
    ],
)
def test_tunnel_is_shown_as_added(
    filtering_netns: Namespace, vni: Any, options: dict[str, Any], expected: list[Any]
) -> None:
    """`show` lists an accepted tunnel until its inverse runs."""
    result = filtering_netns.bridge.vni.add(vni, "vx1", **options)
    created = result.command.creates
    assert expected == accepted_tunnels(filtering_netns)

    for created_object in created:
        filtering_netns.exec(*delete_command(created_object).argv)

    assert [] == accepted_tunnels(filtering_netns)


@pytest.mark.live
def test_list_of_the_longest_ranges_fits(filtering_netns: Namespace) -> None:
    """A list of the maximum length reaches the kernel completely."""
    first_numbers = range(10, 70, 3)
    ranges: list[Numbers] = [(number, number + 1) for number in first_numbers]
    filtering_netns.bridge.vni.add(ranges, "vx1", remote="fd00:1111:2222:3333:4444:5555:6666:7777")

    tunnels = accepted_tunnels(filtering_netns)
    assert ranges == [tunnel[:2] for tunnel in tunnels]


@pytest.mark.live
def test_tunnels_have_counters(filtering_netns: Namespace) -> None:
    """`-s` shows each tunnel with counters, and a repeated `add` changes the address."""
    verbs = filtering_netns.bridge.vni

    verbs.add((7, 8), "vx1")
    verbs.add(8, "vx1", remote="10.0.0.3")

    (vxlan,) = verbs.show("vx1", stats=True)
    first, second = vxlan.vnis
    assert 7 == first.vni
    assert first.remote is None
    assert first.stats is not None
    assert 0 == first.stats.rx_pkts
    assert 8 == second.vni
    assert "10.0.0.3" == second.remote
    assert second.stats is not None
    assert 0 == second.stats.rx_pkts


@pytest.mark.live
def test_refusals_raise_their_errors(filtering_netns: Namespace) -> None:
    """Every refusal raises its own error class."""
    vni = filtering_netns.bridge.vni
    for call in (
        lambda: vni.delete(7, "vx1"),
        lambda: vni.add(7, "nope"),
        lambda: vni.show("nope"),
    ):
        with pytest.raises(NotFound):
            call()
