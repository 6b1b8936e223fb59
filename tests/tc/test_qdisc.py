"""`tc qdisc`: the words of every option, and what the kernel made of them."""

from typing import Any

import pytest

from ipwrap import AlreadyExists, InvalidArgument, NotFound, Session, UnknownOption
from ipwrap.kinds import Veth
from ipwrap.options.table import options_of
from ipwrap.qdiscs import Clsact, Htb, Ingress, Netem, Noqueue, Pfifo, Qdisc, Tbf
from ipwrap.session import Namespace
from ipwrap.tc import Stab
from ipwrap.tc.qdisc import QdiscOptions

OPTIONS: list[tuple[str, Any, str]] = [
    ("handle", "1:", "handle 1:"),
    ("handle", "ffff:", "handle ffff:"),
    ("estimator", (1, "8s"), "estimator 1s 8s"),
    ("stab", Stab(overhead=20, linklayer="atm"), "stab overhead 20 linklayer atm"),
    (
        "stab",
        Stab(mtu="2kb", tsize=512, mpu=64, overhead=-4),
        "stab mtu 2048 tsize 512 mpu 64 overhead -4",
    ),
    ("ingress_block", 7, "ingress_block 7"),
    ("egress_block", 8, "egress_block 8"),
]


def line(session: Session) -> str:
    """Return the last command."""
    return session.recording.commands[-1].command.line


def test_every_option_has_a_case() -> None:
    """No option of the tables is left untested."""
    assert {row.name for row in options_of(QdiscOptions)} == {name for name, *_ in OPTIONS}
    said = {
        row.name
        for _, stab, _ in OPTIONS
        if isinstance(stab, Stab)
        for row in options_of(Stab)
        if getattr(stab, row.name)
    }
    assert {row.name for row in options_of(Stab)} == said


@pytest.mark.parametrize("verb", ["add", "change", "replace"])
@pytest.mark.parametrize(("name", "value", "words"), OPTIONS)
def test_option_becomes_words(dry: Session, verb: str, name: str, value: Any, words: str) -> None:
    """Each option of each verb is spelled as tc spells it, before the kind."""
    getattr(dry.tc.qdisc, verb)("v0", Pfifo(limit=7), **{name: value})
    assert f"tc qdisc {verb} dev v0 root {words} pfifo limit 7" == line(dry)


@pytest.mark.parametrize(
    ("kind", "parent", "words"),
    [
        (
            Netem(delay="100ms", jitter="10ms", loss=1.5),
            None,
            "root netem delay 100ms 10ms loss random 1.5%",
        ),
        (Noqueue(), "root", "root noqueue"),
        (Pfifo(), "1:20", "parent 1:20 pfifo"),
        (Pfifo(), "1:", "parent 1: pfifo"),
        (Pfifo(), ":a", "parent :a pfifo"),
        (Qdisc("cake", {"bandwidth": "10mbit"}), None, "root cake bandwidth 10mbit"),
        (Clsact(), None, "clsact"),
        (Clsact(), "clsact", "clsact"),
        (Ingress(), None, "ingress"),
    ],
)
def test_a_qdisc_has_its_place(dry: Session, kind: Any, parent: str | None, words: str) -> None:
    """At the root, in a class, or, of ingress and clsact, the place that the kind names."""
    dry.netns("ns1").tc.qdisc.add("v0", kind, parent=parent)
    assert f"tc -n ns1 qdisc add dev v0 {words}" == line(dry)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "-j -d qdisc show"),
        ({"dev": "v0"}, "-j -d qdisc show dev v0"),
        ({"stats": True}, "-j -d -s qdisc show"),
        ({"dev": "v0", "parent": "root"}, "-j -d qdisc show dev v0 root"),
        ({"parent": "ingress"}, "-j -d qdisc show ingress"),
        ({"parent": "1:20"}, "-j -d qdisc show parent 1:20"),
        ({"handle": "1:"}, "-j -d qdisc show handle 1:"),
        ({"invisible": True}, "-j -d qdisc show invisible"),
    ],
)
def test_show_becomes_words(dry: Session, asked: dict[str, Any], words: str) -> None:
    """What is not asked for is not said."""
    dry.tc.qdisc.show(**asked)
    assert f"tc {words}" == line(dry)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "root"),
        ({"parent": "ingress"}, "ingress"),
        ({"parent": "clsact"}, "clsact"),
        ({"parent": "1:20"}, "parent 1:20"),
        ({"handle": "1:"}, "handle 1: root"),
    ],
)
def test_delete_becomes_words(dry: Session, asked: dict[str, Any], words: str) -> None:
    """The root's by default."""
    dry.tc.qdisc.delete("v0", **asked)
    assert f"tc qdisc delete dev v0 {words}" == line(dry)


@pytest.mark.parametrize(
    ("kind", "options", "error"),
    [
        (Pfifo(), {"handle": "1"}, InvalidArgument),
        (Pfifo(), {"handle": "1:2"}, InvalidArgument),
        (Pfifo(), {"handle": "12345:"}, InvalidArgument),
        (Pfifo(), {"parent": "1"}, InvalidArgument),
        (Pfifo(), {"parent": ":"}, InvalidArgument),
        (Pfifo(), {"parent": "ingress"}, InvalidArgument),
        (Clsact(), {"parent": "root"}, InvalidArgument),
        (Pfifo(), {"estimator": 1}, InvalidArgument),
        (Pfifo(), {"stab": "overhead 20"}, InvalidArgument),
        (Pfifo(), {"ingress_block": 0}, InvalidArgument),
        (Pfifo(), {"egres_block": 1}, UnknownOption),
    ],
)
def test_what_tc_cannot_take_is_refused(
    dry: Session, kind: Any, options: dict[str, Any], error: type[InvalidArgument]
) -> None:
    """Before anything runs."""
    with pytest.raises(error):
        dry.tc.qdisc.add("v0", kind, **options)
    assert [] == dry.recording.commands


def test_no_change_runs_in_a_worker(dry: Session) -> None:
    """tc learns the names of all links with its first change, and keeps them."""
    verbs = dry.tc.qdisc
    for result in (verbs.add("v0", Pfifo()), verbs.change("v0", Pfifo()), verbs.delete("v0")):
        assert not result.command.batch


def test_what_stands_at_the_root_is_taken_away(dry: Session) -> None:
    """A qdisc goes with its link; what stands in it goes with it."""
    verbs = dry.netns("ns1").tc.qdisc
    for kind, place in ((Htb(), "root"), (Clsact(), "clsact"), (Ingress(), "ingress")):
        (made,) = verbs.add("v0", kind).command.creates
        assert ("qdisc", "ns1", f"v0 {place}") == made.key
        assert ("tc", "qdisc", "delete", "dev", "v0", place) == made.delete_argv
        assert ("v0",) == made.depends_on
        assert (made.key,) == verbs.delete("v0", parent=place).command.deletes
    assert () == verbs.add("v0", Pfifo(), parent="1:20").command.creates


def test_a_script_takes_away_what_a_link_was_given(dry: Session) -> None:
    """Of a link that was there before."""
    dry.tc.qdisc.add("eth7", Tbf(rate="1mbit", burst="10kb", latency="50ms"))
    dry.tc.qdisc.add("eth8", Pfifo())
    dry.tc.qdisc.delete("eth8")
    script = dry.export()
    assert "    undo tc qdisc delete dev eth7 root\n" in script
    assert "undo tc qdisc delete dev eth8" not in script


@pytest.mark.live
def test_a_qdisc_is_made_shown_changed_and_deleted(there: Namespace) -> None:
    """With its number, its options and its size table."""
    there.tc.qdisc.add(
        "v0",
        Tbf(rate="1mbit", burst="10kb", latency="50ms"),
        handle="5:",
        stab=Stab(overhead=10, linklayer="atm"),
    )
    (found,) = there.tc.qdisc.show("v0")
    assert ("tbf", "5:", True) == (found.kind, found.handle, found.root)
    assert found.stab is not None
    assert (10, "atm") == (found.stab.overhead, found.stab.linklayer)
    assert (
        Tbf(rate="1mbit", burst="10kb", latency="50ms", mpu=0, linklayer="ethernet") == found.typed
    )
    with pytest.raises(AlreadyExists):
        there.tc.qdisc.add("v0", Tbf(rate="1mbit", burst="10kb", latency="50ms"), handle="5:")
    there.tc.qdisc.change("v0", Tbf(rate="2mbit", burst="10kb", latency="50ms"))
    assert 2_000_000 == there.tc.qdisc.show("v0", parent="root")[0].typed.rate  # type: ignore[attr-defined]
    there.tc.qdisc.replace("v0", Pfifo(limit=7))
    assert [Pfifo(limit=7)] == [each.typed for each in there.tc.qdisc.show("v0")]
    there.tc.qdisc.delete("v0")
    assert [Noqueue()] == [each.typed for each in there.tc.qdisc.show("v0")]
    with pytest.raises(NotFound):
        there.tc.qdisc.delete("v0")


@pytest.mark.live
@pytest.mark.parametrize("kind", [Ingress(), Clsact()])
def test_a_place_for_filters_is_made_and_deleted(there: Namespace, kind: Ingress | Clsact) -> None:
    """Beside the root's qdisc."""
    there.tc.qdisc.add("v0", kind)
    assert [kind] == [each.typed for each in there.tc.qdisc.show("v0", parent="ingress")]
    there.tc.qdisc.delete("v0", parent=kind.attach_point)
    assert [] == there.tc.qdisc.show("v0", parent="ingress")


@pytest.mark.live
def test_what_was_sent_is_counted(there: Namespace) -> None:
    """With `stats`; an estimator adds the rate."""
    there.tc.qdisc.add("v0", Pfifo(), estimator=(1, 8))
    (quiet,), (found,) = there.tc.qdisc.show("v0"), there.tc.qdisc.show("v0", stats=True)
    assert (None, None) == (quiet.bytes, quiet.rate)
    assert None not in (
        found.bytes,
        found.packets,
        found.drops,
        found.backlog,
        found.qlen,
        found.rate,
        found.pps,
    )
    assert {} == found.extra


@pytest.mark.live
def test_show_forgets_what_it_was_asked_before(there: Namespace) -> None:
    """A show of one link does not narrow down the next one."""
    there.tc.qdisc.add("v0", Pfifo(), handle="5:")
    everything = there.tc.qdisc.show()
    assert ["5:"] == [each.handle for each in there.tc.qdisc.show("v0")]
    assert ["5:"] == [each.handle for each in there.tc.qdisc.show(handle="5:")]
    assert everything == there.tc.qdisc.show()
    assert {"v0", "v1", "lo"} >= {each.dev for each in everything} >= {"v0", "v1"}


@pytest.mark.live
def test_show_knows_the_links_by_their_names_of_now(there: Namespace) -> None:
    """Also after a renaming, which the process that shows may not know of."""
    assert "v1" in {each.dev for each in there.tc.qdisc.show()}
    there.exec("ip", "link", "set", "v1", "name", "v9")
    there.ip.link.add("v5", Veth(peer="v6"), up=True)
    assert {"v0", "v5", "v9"} == {each.dev for each in there.tc.qdisc.show()} - {"lo"}


@pytest.mark.live
def test_a_name_reaches_its_link_after_others_swapped_it(there: Namespace) -> None:
    """tc keeps names: a change after a renaming behind its back reaches the link that bears the name now."""
    there.tc.qdisc.add("v0", Pfifo(limit=1))
    there.exec(
        "sh", "-c", "ip link set v0 name tmp && ip link set v1 name v0 && ip link set tmp name v1"
    )
    there.tc.qdisc.add("v0", Pfifo(limit=2))
    limits = {
        each.dev: each.typed.limit
        for each in there.tc.qdisc.show()
        if isinstance(each.typed, Pfifo)
    }
    assert {"v1": 1, "v0": 2} == limits


@pytest.mark.live
def test_a_link_that_is_not_there_is_not_found(there: Namespace) -> None:
    """Nor is a class."""
    with pytest.raises(NotFound):
        there.tc.qdisc.add("v9", Pfifo())
    with pytest.raises(NotFound):
        there.tc.qdisc.add("v0", Pfifo(), parent="5:1")
