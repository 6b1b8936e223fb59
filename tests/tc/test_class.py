"""`tc class`: the arguments of every option, and the classes that the kernel reports."""

from typing import Any

import pytest

from ipwrap import AlreadyExists, CommandError, InvalidArgument, NotFound, OutputError, Session
from ipwrap.models import TcClass, read
from ipwrap.options.table import options_of
from ipwrap.qdiscs import Htb, HtbClass, Pfifo, Qdisc
from ipwrap.session import Namespace
from ipwrap.tc.class_ import ClassOptions

HTB_CLASS = HtbClass(
    rate="8mbit",
    ceil="16mbit",
    burst=16000,
    cburst=16000,
    prio=3,
    quantum=3000,
)


def last_line(session: Session) -> str:
    """Return the last command line of a session."""
    return session.recording.commands[-1].command.line


@pytest.mark.parametrize("verb", ["add", "change", "replace"])
@pytest.mark.parametrize(
    ("kind", "options", "arguments"),
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
def test_add_change_and_replace_format_arguments(
    dry_session: Session, verb: str, kind: Any, options: dict[str, Any], arguments: str
) -> None:
    """The verbs that create or change a class share their arguments."""
    run_verb = getattr(dry_session.tc.class_, verb)

    result = run_verb("v0", kind, classid="1:20", **options)

    assert f"tc class {verb} dev v0 {arguments}" == last_line(dry_session)
    assert not result.command.batch


def test_every_option_has_a_case() -> None:
    """Every option of the table is tested."""
    assert {"estimator"} == {option.name for option in options_of(ClassOptions)}


@pytest.mark.parametrize(
    ("filters", "arguments"),
    [
        ({}, "-j -d class show dev v0"),
        ({"stats": True}, "-j -d -s class show dev v0"),
        ({"parent": "root"}, "-j -d class show dev v0 root"),
        ({"parent": "1:"}, "-j -d class show dev v0 parent 1:"),
        ({"classid": "1:20"}, "-j -d class show dev v0 classid 1:20"),
        ({"classid": "1:20", "qdisc": "1:"}, "-j -d class show dev v0 classid 1:20 qdisc 1:"),
    ],
)
def test_show_formats_arguments(
    dry_session: Session, filters: dict[str, Any], arguments: str
) -> None:
    """Omitted filters have no argument."""
    classes = dry_session.netns("ns1").tc.class_.show("v0", **filters)

    assert [] == classes
    assert f"tc -n ns1 {arguments}" == last_line(dry_session)


def test_delete_formats_arguments(dry_session: Session) -> None:
    """The number names the class to delete."""
    dry_session.tc.class_.delete("v0", classid="1:20")

    assert "tc class delete dev v0 classid 1:20" == last_line(dry_session)


@pytest.mark.parametrize("classid", ["", "20", "1:12345", "x:1", ":", 120])
def test_invalid_classid_is_refused(dry_session: Session, classid: Any) -> None:
    """An invalid number of a class raises an error before a command runs."""
    with pytest.raises(InvalidArgument, match=r"classid: .* such as '1:20'"):
        dry_session.tc.class_.add("v0", HTB_CLASS, classid=classid, parent="1:")

    assert [] == dry_session.recording.commands


def test_unreadable_output_raises_output_error() -> None:
    """The error names the position, for text that is neither JSON nor a list of classes."""
    with pytest.raises(OutputError, match=r"^not JSON at line 1, column 1: "):
        read(TcClass, "nonsense")

    with pytest.raises(
        OutputError, match=r"^not a class of tc at line 2: .*there it reads 'class htb 1:1 rate x'"
    ):
        read(TcClass, "class htb 1:2 rate 1Mbit\nclass htb 1:1 rate x\n")


@pytest.fixture
def htb_netns(veth_netns: Namespace) -> Namespace:
    """A namespace where v0 has an `htb` qdisc without classes."""
    try:
        veth_netns.tc.qdisc.add("v0", Htb(default="10"), handle="1:")
    except CommandError as error:
        pytest.skip(f"this kernel: {error.reason}")

    return veth_netns


@pytest.mark.live
def test_class_is_added_shown_changed_and_deleted(htb_netns: Namespace) -> None:
    """A class with a qdisc below goes through each verb."""
    tc_class = htb_netns.tc.class_

    parent_kind = HtbClass(rate="16mbit")
    tc_class.add("v0", parent_kind, classid="1:1", parent="1:")
    tc_class.add("v0", HTB_CLASS, classid="1:10", parent="1:1")

    leaf = Pfifo(limit=7)
    htb_netns.tc.qdisc.add("v0", leaf, parent="1:10", handle="10:")

    parent, child = sorted(tc_class.show("v0"), key=lambda model: model.handle or "")
    assert "1:1" == parent.handle
    assert parent.root
    assert parent.parent is None
    assert "1:10" == child.handle
    assert not child.root
    assert "1:1" == child.parent
    assert "0x10" == child.leaf

    assert child.typed is not None
    for name in ("rate", "ceil", "burst", "cburst", "prio", "quantum"):
        expected = getattr(HTB_CLASS, name)
        assert expected == getattr(child.typed, name), name

    with pytest.raises(AlreadyExists):
        tc_class.add("v0", HTB_CLASS, classid="1:10", parent="1:1")

    slower = HtbClass(rate="800kbit")
    tc_class.change("v0", slower, classid="1:10", parent="1:1")
    (changed,) = tc_class.show("v0", classid="1:10")
    assert 100_000 == changed.rate

    htb_netns.tc.qdisc.delete("v0", parent="1:10")
    tc_class.delete("v0", classid="1:10")
    (remaining,) = tc_class.show("v0")
    assert "1:1" == remaining.handle

    with pytest.raises(NotFound):
        tc_class.delete("v0", classid="1:10")


@pytest.mark.live
def test_show_with_stats_has_counters(htb_netns: Namespace) -> None:
    """With ``stats`` a class has counters, of lent and borrowed tokens too."""
    htb_netns.tc.class_.add("v0", HTB_CLASS, classid="1:10", parent="1:")

    (without_stats,) = htb_netns.tc.class_.show("v0")
    (with_stats,) = htb_netns.tc.class_.show("v0", stats=True)

    assert without_stats.stats is None
    assert with_stats.stats is not None
    counters = (
        with_stats.stats.bytes,
        with_stats.stats.drops,
        with_stats.stats.backlog,
        with_stats.stats.lended,
        with_stats.stats.tokens,
    )
    assert None not in counters
    assert {} == with_stats.extra == with_stats.stats.extra


@pytest.mark.live
def test_link_without_classes_has_an_empty_list(veth_netns: Namespace) -> None:
    """The list of classes is empty for a link without classes."""
    assert [] == veth_netns.tc.class_.show("v0")
