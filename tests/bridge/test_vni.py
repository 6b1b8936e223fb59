"""`bridge vni`: the words of every option, and, where the kernel and iproute2 have it, what a vxlan lets in."""

from typing import Any

import pytest

from ipwrap import InvalidArgument, NotFound, Session, UnknownOption, UsageError
from ipwrap.bridge.number_range import Numbers
from ipwrap.bridge.vni import VniOptions
from ipwrap.kinds import Vxlan
from ipwrap.options.table import options_of
from ipwrap.session import Namespace

OPTIONS: list[tuple[str, Any, str]] = [
    ("group", "239.1.1.1", " group 239.1.1.1"),
    ("group", "ff05::100", " group ff05::100"),
    ("remote", "10.0.0.2", " remote 10.0.0.2"),
    ("remote", "fd00::2", " remote fd00::2"),
]


def line(session: Session) -> str:
    """Return the last command."""
    return session.recording.commands[-1].command.line


def test_every_option_has_a_case() -> None:
    """No option of the table is left untested."""
    assert {row.name for row in options_of(VniOptions)} == {name for name, *_ in OPTIONS}


@pytest.mark.parametrize(("name", "value", "words"), OPTIONS)
def test_option_becomes_words(dry: Session, name: str, value: Any, words: str) -> None:
    """Each option is spelled as iproute2 spells it."""
    dry.bridge.vni.add(7, "vx0", **{name: value})
    assert f"bridge vni add vni 7 dev vx0{words}" == line(dry)


@pytest.mark.parametrize("verb", ["add", "delete"])
@pytest.mark.parametrize(
    ("vni", "word"),
    [(1, "1"), (2**24 - 1, "16777215"), ((0, 3), "0-3"), ([10, (20, 30), 40], "10,20-30,40")],
)
def test_numbers_become_a_word(
    dry: Session, verb: str, vni: Numbers | list[Numbers], word: str
) -> None:
    """One, a range, or a list of both."""
    getattr(dry.bridge.vni, verb)(vni, "vx0")
    assert f"bridge vni {verb} vni {word} dev vx0" == line(dry)


def test_show_becomes_words(dry: Session) -> None:
    """With a filter, which bridge never forgets, it has a process."""
    verbs = dry.netns("ns1").bridge.vni
    assert [] == verbs.show()
    assert "bridge -n ns1 -j vni show" == line(dry)
    assert dry.recording.commands[-1].command.batch
    verbs.show("vx0", stats=True)
    assert "bridge -n ns1 -j -s vni show dev vx0" == line(dry)
    assert not dry.recording.commands[-1].command.batch


@pytest.mark.parametrize(
    "vni", [-1, 2**24, "10", "10-12", True, None, (12, 10), (10, 10), (1, 2, 3), [], [7] * 21]
)
def test_number_that_is_none_is_refused(dry: Session, vni: Any) -> None:
    """What is no number of a tunnel, and no range, is refused before anything runs: `bridge` takes garbage for 0."""
    for run in (dry.bridge.vni.add, dry.bridge.vni.delete):
        with pytest.raises(InvalidArgument, match="vni"):
            run(vni, "vx0")
    assert [] == dry.recording.commands


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"group": "10.0.0.2"}, InvalidArgument),
        ({"group": "239.1.1.1", "remote": "10.0.0.2"}, InvalidArgument),
        ({"remote": "host"}, InvalidArgument),
        ({"remotes": "10.0.0.2"}, UnknownOption),
    ],
)
def test_what_iproute2_cannot_take_is_refused(
    dry: Session, options: dict[str, Any], error: type[InvalidArgument]
) -> None:
    """What cannot be is refused before anything runs: `bridge vni` ignores words that it does not know."""
    with pytest.raises(error):
        dry.bridge.vni.add(7, "vx0", **options)
    assert [] == dry.recording.commands


def test_add_says_what_it_makes(dry: Session) -> None:
    """Each number and range is a thing of its own, and `delete` names it alike."""
    vni = dry.netns("ns1").bridge.vni
    made = vni.add([10, (20, 30)], "vx0", remote="10.0.0.2").command.creates
    assert [("vni", "ns1", "10 dev vx0"), ("vni", "ns1", "(20, 30) dev vx0")] == [
        each.key for each in made
    ]
    assert ("bridge", "vni", "delete", "vni", "20-30", "dev", "vx0") == made[1].delete_argv
    assert {("vx0",)} == {each.depends_on for each in made}
    assert (made[1].key,) == vni.delete((20, 30), "vx0").command.deletes


@pytest.fixture
def filtering(there: Namespace) -> Namespace:
    """A namespace with a vxlan that filters: vx1."""
    try:
        there.ip.link.add(
            "vx1", Vxlan(external=True, vnifilter=True, dstport=4790, local="10.0.0.1"), up=True
        )
    except UsageError as error:
        pytest.skip(f"this kernel or iproute2: {error.reason}")
    return there


def shown(there: Namespace) -> list[Any]:
    """Return what vx1 lets in."""
    return [
        (each.vni, each.vniEnd, each.group or each.remote)
        for vxlan in there.bridge.vni.show()
        for each in vxlan.vnis
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
def test_tunnel_is_shown_as_it_was_let_in(
    filtering: Namespace, vni: Any, options: dict[str, Any], expected: list[Any]
) -> None:
    """Until the words of its undo take it away."""
    made = filtering.bridge.vni.add(vni, "vx1", **options).command.creates
    assert expected == shown(filtering)
    for each in made:
        filtering.exec(*each.delete_argv)
    assert [] == shown(filtering)


@pytest.mark.live
def test_list_of_the_longest_ranges_fits(filtering: Namespace) -> None:
    """Of as many as are taken none is lost on the way."""
    ranges: list[Numbers] = [(number, number + 1) for number in range(10, 70, 3)]
    filtering.bridge.vni.add(ranges, "vx1", remote="fd00:1111:2222:3333:4444:5555:6666:7777")
    assert ranges == [each[:2] for each in shown(filtering)]


@pytest.mark.live
def test_tunnels_have_counters(filtering: Namespace) -> None:
    """With `-s`, each by itself; one that is let in again gets another address."""
    filtering.bridge.vni.add((7, 8), "vx1")
    filtering.bridge.vni.add(8, "vx1", remote="10.0.0.3")
    (found,) = filtering.bridge.vni.show("vx1", stats=True)
    assert [(7, None, 0), (8, "10.0.0.3", 0)] == [
        (each.vni, each.remote, each.stats and each.stats.rx_pkts) for each in found.vnis
    ]


@pytest.mark.live
def test_what_cannot_be_says_so(filtering: Namespace) -> None:
    """Each refusal is its own class."""
    vni = filtering.bridge.vni
    for run in (lambda: vni.delete(7, "vx1"), lambda: vni.add(7, "nope"), lambda: vni.show("nope")):
        with pytest.raises(NotFound):
            run()
