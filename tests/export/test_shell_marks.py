"""A script notes each stage of the objects that it makes."""

import re

import pytest

from ipwrap import DryRun, Local, Recording, Session
from ipwrap.export.shell import shell
from ipwrap.kinds import Bridge, Veth
from ipwrap.recording import Event, Header, ResultEvent

NOTE = re.compile(r" *((?:made|gone|before|same|step) .*)")


def notes(session: Session) -> list[str]:
    """Return the lines of a session's script that note objects."""
    up = session.export().partition("up() {\n")[2].partition("\n}\n")[0]
    matches = map(NOTE.fullmatch, up.splitlines())
    return [match[1] for match in matches if match]


def down_lines(session: Session) -> list[str]:
    """Return the lines of `down`."""
    down = session.export().partition("down() {\n")[2].partition("\n}\n")[0]
    return [line.strip() for line in down.splitlines()]


def test_an_object_inside_another_is_not_noted(dry_session: Session) -> None:
    """The kernel deletes a link with its namespace, and an address with its link."""
    dry_session.ip.netns.add("red")
    dry_session.netns("red").ip.link.add("br0", Bridge())
    dry_session.ip.link.add("br1", Bridge())
    dry_session.ip.address.add("10.0.0.1/24", dev="br1")

    assert ["made 1 netns red", "made 2 dev br1"] == notes(dry_session)


def test_an_object_is_noted_by_the_link_that_holds_it(dry_session: Session) -> None:
    """An address of a link that stood before is known by the index of the link."""
    dry_session.ip.address.add("10.0.0.1/24", dev="eth0")
    dry_session.netns("red").ip.address.add("10.0.0.1/24", dev="eth0")
    dry_session.netns("red").ip.rule.add(priority=7, table=7)
    dry_session.ip.rule.add(priority=7, table=7)

    assert ["made 1 dev eth0", "made 2 netns red dev eth0", "made 3 netns red", "made 4"] == notes(
        dry_session
    )


def test_a_rename_begins_a_stage(dry_session: Session) -> None:
    """Both names of a link are in `down`, the later one first."""
    dry_session.ip.link.add("old", Bridge())
    dry_session.ip.link.set("old", name="new")

    assert ["made 1 dev old", "gone 1", "made 2 dev new"] == notes(dry_session)
    assert [
        "ours 2 dev new && undo 2 ip link del new",
        "ours 1 dev old && undo 1 ip link del old",
    ] == down_lines(dry_session)


def test_the_other_end_of_a_pair_is_noted_once_it_is_alone(dry_session: Session) -> None:
    """A pair is deleted by one end, until that end goes with a namespace."""
    dry_session.ip.netns.add("red")
    dry_session.ip.link.add("a", Veth(peer="b"))
    dry_session.ip.link.set("a", netns="red")

    assert ["made 1 netns red", "made 2 dev a", "gone 2", "made 3 dev b"] == notes(dry_session)


def test_a_link_made_anew_has_another_identity(dry_session: Session) -> None:
    """A link whose deletion no command tells of is noted again."""
    dry_session.ip.link.add("br0", Bridge())
    dry_session.exec("a-program")
    dry_session.ip.link.add("br0", Bridge())

    assert [
        "made 1 dev br0",
        "step a-program",
        "gone 1",
        "made 2 dev br0",
    ] == notes(dry_session)


def test_an_unfinished_command_is_noted(dry_session: Session) -> None:
    """The script runs it, and may make its object."""
    dry_session.ip.link.add("br0", Bridge())
    events: list[Event] = [
        event for event in dry_session.recording.events if not isinstance(event, ResultEvent)
    ]

    assert "    made 1 dev br0\n" in shell(Recording(Header(), events))


@pytest.mark.parametrize(
    ("change", "lists"),
    [
        (lambda s: s.ip.address.add("10.0.0.1/24", dev="e"), []),
        (lambda s: s.ip.address.replace("10.0.0.1/24", dev="e"), ["ip -o addr show e"]),
        (lambda s: s.ip.route.replace("10.0.0.0/8", dev="e"), ["ip -o route show table all"]),
        (
            lambda s: s.ip.neigh.replace("10.0.0.1", dev="e", proxy=True),
            ["ip -o neigh show proxy dev e"],
        ),
        (lambda s: s.bridge.vlan.add(7, "e"), ["bridge vlan show dev e"]),
        (lambda s: s.netns("red").bridge.vlan.add(7, "e"), ["bridge -n red vlan show dev e"]),
    ],
)
def test_a_command_that_may_find_its_object_is_watched(
    dry_session: Session, change: object, lists: list[str]
) -> None:
    """The list of such objects has to grow."""
    assert callable(change)
    change(dry_session)

    watched = [line.removeprefix("before ") for line in notes(dry_session) if "before" in line]
    assert lists == watched
    assert len(lists) == sum(line.startswith("same ") for line in notes(dry_session))


def test_links_that_cannot_leave_keep_their_namespace(dry_session: Session) -> None:
    """Only a namespace with a link that stood before waits for its rescue."""
    for name in ("red", "blue"):
        dry_session.ip.netns.add(name)
    dry_session.ip.link.set("nic0", netns="red")

    assert [
        'ours 3 netns red dev nic0 && undo 3 ip -n red link set nic0 netns "/proc/$$/ns/net"',
        "ours 2 netns blue && vacate blue && undo 2 ip netns del blue",
        "rescued && ours 1 netns red && vacate red && undo 1 ip netns del red",
    ] == down_lines(dry_session)


def test_names_are_quoted(dry_session: Session) -> None:
    """A name with blanks, quotes or expansions is one word in every line."""
    for name in ("a b", "it's", "$(x)", "dev"):
        dry_session.ip.netns.add(name)

    assert [
        "made 1 netns 'a b'",
        "made 2 netns 'it'\"'\"'s'",
        "made 3 netns '$(x)'",
        "made 4 netns dev",
    ] == notes(dry_session)


def test_a_script_without_changes_notes_nothing() -> None:
    """Reads make no objects."""
    with Session(Local(), DryRun()) as session:
        session.ip.link.show()

        assert [] == notes(session)
        assert [":"] == down_lines(session)
