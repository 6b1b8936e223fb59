"""`tc class`: the words of every option, and what the kernel made of them."""

from typing import Any

import pytest

from ipwrap import AlreadyExists, CommandError, InvalidArgument, NotFound, OutputError, Session
from ipwrap.models import TcClass, read
from ipwrap.options.table import options_of
from ipwrap.qdiscs import Htb, HtbClass, Pfifo, Qdisc
from ipwrap.session import Namespace
from ipwrap.tc.class_ import ClassOptions

TEN = HtbClass(rate="8mbit", ceil="16mbit", burst=16000, cburst=16000, prio=3, quantum=3000)


def line(session: Session) -> str:
    """Return the last command."""
    return session.recording.commands[-1].command.line


@pytest.mark.parametrize("verb", ["add", "change", "replace"])
@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        (HtbClass(rate="1mbit"), {"parent": "1:"}, "parent 1: classid 1:20 htb rate 1mbit"),
        (HtbClass(rate="1mbit"), {"parent": "1:1"}, "parent 1:1 classid 1:20 htb rate 1mbit"),
        (
            Qdisc("drr", {"quantum": 1500}),
            {"parent": "root", "estimator": ("250ms", 1)},
            "root classid 1:20 estimator 250ms 1s drr quantum 1500",
        ),
    ],
)
def test_a_class_becomes_words(
    dry: Session, verb: str, kind: Any, options: dict[str, Any], words: str
) -> None:
    """The same ones for each verb that makes or changes one."""
    result = getattr(dry.tc.class_, verb)("v0", kind, classid="1:20", **options)
    assert f"tc class {verb} dev v0 {words}" == line(dry)
    assert not result.command.batch


def test_every_option_has_a_case() -> None:
    """No option of the table is left untested."""
    assert {"estimator"} == {row.name for row in options_of(ClassOptions)}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "-j -d class show dev v0"),
        ({"stats": True}, "-j -d -s class show dev v0"),
        ({"parent": "root"}, "-j -d class show dev v0 root"),
        ({"parent": "1:"}, "-j -d class show dev v0 parent 1:"),
        ({"classid": "1:20"}, "-j -d class show dev v0 classid 1:20"),
        ({"classid": "1:20", "qdisc": "1:"}, "-j -d class show dev v0 classid 1:20 qdisc 1:"),
    ],
)
def test_show_becomes_words(dry: Session, asked: dict[str, Any], words: str) -> None:
    """What is not asked for is not said."""
    assert [] == dry.netns("ns1").tc.class_.show("v0", **asked)
    assert f"tc -n ns1 {words}" == line(dry)


def test_delete_becomes_words(dry: Session) -> None:
    """By its number."""
    dry.tc.class_.delete("v0", classid="1:20")
    assert "tc class delete dev v0 classid 1:20" == line(dry)


@pytest.mark.parametrize("classid", ["", "20", "1:12345", "x:1", ":", 120])
def test_a_number_that_is_none_is_refused(dry: Session, classid: Any) -> None:
    """Before anything runs."""
    with pytest.raises(InvalidArgument, match=r"classid: .* such as '1:20'"):
        dry.tc.class_.add("v0", TEN, classid=classid, parent="1:")
    assert [] == dry.recording.commands


def test_an_answer_that_is_neither_json_nor_classes_is_an_error() -> None:
    """It says the place."""
    with pytest.raises(OutputError, match=r"^not JSON at line 1, column 1: "):
        read(TcClass, "nonsense")
    with pytest.raises(
        OutputError, match=r"^not a class of tc at line 2: .*there it reads 'class htb 1:1 rate x'"
    ):
        read(TcClass, "class htb 1:2 rate 1Mbit\nclass htb 1:1 rate x\n")


@pytest.fixture
def rooted(there: Namespace) -> Namespace:
    """The verbs of a namespace where v0 has a tree without classes."""
    try:
        there.tc.qdisc.add("v0", Htb(default="10"), handle="1:")
    except CommandError as error:
        pytest.skip(f"this kernel: {error.reason}")
    return there


@pytest.mark.live
def test_a_class_is_made_shown_changed_and_deleted(rooted: Namespace) -> None:
    """With a qdisc of its own."""
    verbs = rooted.tc.class_
    verbs.add("v0", HtbClass(rate="16mbit"), classid="1:1", parent="1:")
    verbs.add("v0", TEN, classid="1:10", parent="1:1")
    rooted.tc.qdisc.add("v0", Pfifo(limit=7), parent="1:10", handle="10:")
    above, found = sorted(verbs.show("v0"), key=lambda each: each.handle or "")
    assert ("1:1", True, None) == (above.handle, above.root, above.parent)
    assert ("1:10", None, "1:1", "0x10") == (found.handle, found.root, found.parent, found.leaf)
    assert found.typed is not None
    for name in ("rate", "ceil", "burst", "cburst", "prio", "quantum"):
        assert getattr(TEN, name) == getattr(found.typed, name), name
    with pytest.raises(AlreadyExists):
        verbs.add("v0", TEN, classid="1:10", parent="1:1")
    verbs.change("v0", HtbClass(rate="800kbit"), classid="1:10", parent="1:1")
    (changed,) = verbs.show("v0", classid="1:10")
    assert 100_000 == changed.rate
    rooted.tc.qdisc.delete("v0", parent="1:10")
    verbs.delete("v0", classid="1:10")
    assert ["1:1"] == [each.handle for each in verbs.show("v0")]
    with pytest.raises(NotFound):
        verbs.delete("v0", classid="1:10")


@pytest.mark.live
def test_what_was_sent_is_counted(rooted: Namespace) -> None:
    """With `stats`, and what was lent and borrowed."""
    rooted.tc.class_.add("v0", TEN, classid="1:10", parent="1:")
    ((quiet,), (found,)) = rooted.tc.class_.show("v0"), rooted.tc.class_.show("v0", stats=True)
    assert quiet.stats is None
    assert found.stats is not None
    counts = (
        found.stats.bytes,
        found.stats.drops,
        found.stats.backlog,
        found.stats.lended,
        found.stats.tokens,
    )
    assert None not in counts
    assert {} == found.extra == found.stats.extra


@pytest.mark.live
def test_a_link_without_classes_has_none(there: Namespace) -> None:
    """An empty list."""
    assert [] == there.tc.class_.show("v0")
