"""`tc qdisc`: the arguments of every option, and the qdiscs that the kernel reports."""

import re
from typing import Any

import pytest
from attrs import evolve

from ipwrap import AlreadyExists, InvalidArgument, NotFound, Session, UnknownOption
from ipwrap.kinds import Veth
from ipwrap.objects import delete_command
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


def last_line(session: Session) -> str:
    """Return the last command line of a session."""
    return session.recording.commands[-1].command.line


def test_every_option_has_a_case() -> None:
    """Every option of the tables is tested."""
    tested = {name for name, *_ in OPTIONS}
    assert {option.name for option in options_of(QdiscOptions)} == tested

    stab_names = {option.name for option in options_of(Stab)}
    tested_stab_names = set()
    for _, value, _ in OPTIONS:
        if isinstance(value, Stab):
            tested_stab_names |= {name for name in stab_names if getattr(value, name)}

    assert stab_names == tested_stab_names


@pytest.mark.parametrize("verb", ["add", "change", "replace"])
@pytest.mark.parametrize(("name", "value", "arguments"), OPTIONS)
def test_option_is_formatted_before_the_kind(
    dry_session: Session, verb: str, name: str, value: Any, arguments: str
) -> None:
    """Each option has tc's notation, and precedes the kind."""
    run_verb = getattr(dry_session.tc.qdisc, verb)

    run_verb("v0", Pfifo(limit=7), **{name: value})

    assert f"tc qdisc {verb} dev v0 root {arguments} pfifo limit 7" == last_line(dry_session)


@pytest.mark.parametrize(
    ("kind", "parent", "arguments"),
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
def test_qdisc_has_a_parent(
    dry_session: Session, kind: Any, parent: str | None, arguments: str
) -> None:
    """The parent is the root, a class, or the attach point of `ingress` and `clsact`."""
    dry_session.netns("ns1").tc.qdisc.add("v0", kind, parent=parent)

    assert f"tc -n ns1 qdisc add dev v0 {arguments}" == last_line(dry_session)


@pytest.mark.parametrize(
    ("filters", "arguments"),
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
def test_show_formats_arguments(
    dry_session: Session, filters: dict[str, Any], arguments: str
) -> None:
    """Omitted filters have no argument."""
    dry_session.tc.qdisc.show(**filters)

    assert f"tc {arguments}" == last_line(dry_session)


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ({}, "root"),
        ({"parent": "ingress"}, "ingress"),
        ({"parent": "clsact"}, "clsact"),
        ({"parent": "1:20"}, "parent 1:20"),
        ({"handle": "1:"}, "handle 1: root"),
    ],
)
def test_delete_formats_arguments(
    dry_session: Session, options: dict[str, Any], arguments: str
) -> None:
    """The parent is the root by default."""
    dry_session.tc.qdisc.delete("v0", **options)

    assert f"tc qdisc delete dev v0 {arguments}" == last_line(dry_session)


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
def test_invalid_options_are_refused(
    dry_session: Session, kind: Any, options: dict[str, Any], error: type[InvalidArgument]
) -> None:
    """An option that tc cannot parse raises an error before a command runs."""
    with pytest.raises(error):
        dry_session.tc.qdisc.add("v0", kind, **options)

    assert [] == dry_session.recording.commands


def test_changes_do_not_run_in_a_batch(dry_session: Session) -> None:
    """A change needs its own process: tc caches the names of links with its first change."""
    qdisc = dry_session.tc.qdisc

    results = (
        qdisc.add("v0", Pfifo()),
        qdisc.change("v0", Pfifo()),
        qdisc.delete("v0"),
    )

    for result in results:
        assert not result.command.batch


def test_qdisc_at_an_attach_point_is_a_created_object(dry_session: Session) -> None:
    """A qdisc at an attach point depends on its link; a qdisc in a class goes with the root."""
    qdisc = dry_session.netns("ns1").tc.qdisc

    for kind, parent in ((Htb(), "root"), (Clsact(), "clsact"), (Ingress(), "ingress")):
        addition = qdisc.add("v0", kind).command
        (created,) = addition.creates
        assert ("qdisc", "ns1", f"v0 {parent}") == created.key
        assert ("tc", "qdisc", "delete", "dev", "v0", parent) == delete_command(created).argv
        assert ("v0",) == created.depends_on

        deletion = qdisc.delete("v0", parent=parent).command
        assert (created.key,) == deletion.deletes

    addition = qdisc.add("v0", Pfifo(), parent="1:20").command
    assert () == addition.creates


def test_script_deletes_the_qdisc_of_an_existing_link(dry_session: Session) -> None:
    """The script deletes a qdisc on a link that existed before, unless it was deleted already."""
    dry_session.tc.qdisc.add("eth7", Tbf(rate="1mbit", burst="10kb", latency="50ms"))
    dry_session.tc.qdisc.add("eth8", Pfifo())
    dry_session.tc.qdisc.delete("eth8")

    script = dry_session.export()

    assert re.search(r"undo \d+ tc qdisc del dev eth7 root\n", script)
    assert "    tc qdisc del dev eth8 root\n    gone 2\n" in script


@pytest.mark.live
def test_qdisc_is_added_shown_changed_and_deleted(veth_netns: Namespace) -> None:
    """A qdisc with a number, options and a size table goes through each verb."""
    qdisc = veth_netns.tc.qdisc
    tbf = Tbf(rate="1mbit", burst="10kb", latency="50ms")

    qdisc.add("v0", tbf, handle="5:", stab=Stab(overhead=10, linklayer="atm"))
    (shown,) = qdisc.show("v0")
    assert "tbf" == shown.kind
    assert "5:" == shown.handle
    assert shown.root
    assert shown.stab is not None
    assert 10 == shown.stab.overhead
    assert "atm" == shown.stab.linklayer

    # tc shows the defaults of these options, too.
    expected = evolve(tbf, mpu=0, linklayer="ethernet")
    assert expected == shown.typed

    with pytest.raises(AlreadyExists):
        qdisc.add("v0", tbf, handle="5:")

    faster = evolve(tbf, rate="2mbit")
    qdisc.change("v0", faster)
    (changed,) = qdisc.show("v0", parent="root")
    assert 2_000_000 == changed.typed.rate  # type: ignore[attr-defined]

    pfifo = Pfifo(limit=7)
    qdisc.replace("v0", pfifo)
    (replaced,) = qdisc.show("v0")
    assert pfifo == replaced.typed

    qdisc.delete("v0")
    (default,) = qdisc.show("v0")
    assert Noqueue() == default.typed

    with pytest.raises(NotFound):
        qdisc.delete("v0")


@pytest.mark.live
@pytest.mark.parametrize("kind", [Ingress(), Clsact()])
def test_attach_point_is_added_and_deleted(veth_netns: Namespace, kind: Ingress | Clsact) -> None:
    """`ingress` and `clsact` exist beside the root qdisc."""
    qdisc = veth_netns.tc.qdisc

    qdisc.add("v0", kind)
    (shown,) = qdisc.show("v0", parent="ingress")
    assert kind == shown.typed

    qdisc.delete("v0", parent=kind.attach_point)
    assert [] == qdisc.show("v0", parent="ingress")


@pytest.mark.live
def test_show_with_stats_has_counters(veth_netns: Namespace) -> None:
    """With ``stats`` a qdisc has counters; an estimator adds the rate."""
    veth_netns.tc.qdisc.add("v0", Pfifo(), estimator=(1, 8))

    (without_stats,) = veth_netns.tc.qdisc.show("v0")
    (with_stats,) = veth_netns.tc.qdisc.show("v0", stats=True)

    assert (None, None) == (without_stats.bytes, without_stats.rate)
    counters = (
        with_stats.bytes,
        with_stats.packets,
        with_stats.drops,
        with_stats.backlog,
        with_stats.qlen,
        with_stats.rate,
        with_stats.pps,
    )
    assert None not in counters
    assert {} == with_stats.extra


@pytest.mark.live
def test_show_does_not_keep_the_filters_of_a_previous_show(veth_netns: Namespace) -> None:
    """A show of one link does not narrow down the next show."""
    qdisc = veth_netns.tc.qdisc
    qdisc.add("v0", Pfifo(), handle="5:")

    unfiltered = qdisc.show()
    (by_link,) = qdisc.show("v0")
    (by_handle,) = qdisc.show(handle="5:")

    assert "5:" == by_link.handle
    assert "5:" == by_handle.handle
    assert unfiltered == qdisc.show()
    names = {model.dev for model in unfiltered}
    assert {"v0", "v1"} == names - {"lo"}


@pytest.mark.live
def test_show_uses_the_current_names_of_links(veth_netns: Namespace) -> None:
    """The names are current after a rename that the process of the show did not see."""
    qdisc = veth_netns.tc.qdisc
    assert "v1" in {model.dev for model in qdisc.show()}

    veth_netns.exec("ip", "link", "set", "v1", "name", "v9")
    veth_netns.ip.link.add("v5", Veth(peer="v6"), up=True)

    names = {model.dev for model in qdisc.show()}
    assert {"v0", "v5", "v9"} == names - {"lo"}


@pytest.mark.live
def test_change_reaches_the_link_with_the_current_name(veth_netns: Namespace) -> None:
    """tc caches names: a change still reaches the right link after a swap by another program."""
    swap = "ip link set v0 name tmp && ip link set v1 name v0 && ip link set tmp name v1"

    veth_netns.tc.qdisc.add("v0", Pfifo(limit=1))
    veth_netns.exec("sh", "-c", swap)
    veth_netns.tc.qdisc.add("v0", Pfifo(limit=2))

    limits = {}
    for model in veth_netns.tc.qdisc.show():
        if isinstance(model.typed, Pfifo):
            limits[model.dev] = model.typed.limit

    assert {"v1": 1, "v0": 2} == limits


@pytest.mark.live
def test_missing_link_or_class_is_not_found(veth_netns: Namespace) -> None:
    """A missing link and a missing class raise the same error."""
    with pytest.raises(NotFound):
        veth_netns.tc.qdisc.add("v9", Pfifo())

    with pytest.raises(NotFound):
        veth_netns.tc.qdisc.add("v0", Pfifo(), parent="5:1")
