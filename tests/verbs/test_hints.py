"""The usual mistakes get an answer."""

from collections.abc import Callable
from typing import Any

import pytest

from ipwrap import DryRun, InvalidArgument, Local, Process, Session
from ipwrap.errors import UnknownOption
from ipwrap.kinds import Bridge, Dummy, Gre, Kind, Veth, Vlan, Vxlan
from ipwrap.qdiscs import HtbClass, Netem

WRONG: list[Any] = [Local, Process(), "batch"]  # a place and executors, or none


@pytest.fixture
def dry() -> Session:
    """A session that runs nothing."""
    return Session(executor=DryRun())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda session: session.ip.link.add("br0", "bridge"),
            "kind: 'bridge' is text; give Bridge(…), with `from ipwrap.kinds import Bridge`",
        ),
        (lambda session: session.ip.link.add("br0", kind="bridgr"), "give Bridge(…)"),
        (lambda session: session.ip.link.add("br0", Bridge), "Bridge is a class; give Bridge(…)"),
        (lambda session: session.ip.link.add("br0", 7), "7 is no kind; give one of ipwrap.kinds"),
        (lambda session: session.ip.link.add("br0", "zzz"), "'zzz' is text, and no kind of that"),
        (lambda session: session.ip.link.set("lo", "up"), "give it by name: up=True"),
        (lambda session: session.ip.link.set("lo", "down"), "give it by name: up=False"),
        (
            lambda session: session.tc.qdisc.add("lo", "netem"),
            "kind: 'netem' is text; give Netem(…), with `from ipwrap.qdiscs import Netem`",
        ),
        (lambda session: session.tc.qdisc.change("lo", Netem), "Netem is a class"),
        (
            lambda session: session.tc.class_.add("lo", HtbClass, classid="1:1", parent="1:"),
            "HtbClass is a class",
        ),
        (
            lambda session: session.exec("ping -c1 127.0.0.1"),
            "give exec('ping', '-c1', '127.0.0.1'), or run('ping -c1 127.0.0.1')",
        ),
        (lambda session: session.exec("echo 'x"), "give exec('echo', \"'x\")"),
        (lambda session: session.exec(["ping", "-c1"]), "is a list; give exec(*words)"),
        (lambda session: session.spawn("sleep 9"), "give spawn('sleep', '9')"),
        (lambda _: Session(WRONG[0]), "is a class; give Session(sandbox=True), or a place such as"),
        (
            lambda _: Session(WRONG[1]),
            "place: Process(live=True) is no place; give Session(sandbox",
        ),
        (lambda _: Session(executor=WRONG[2]), "executor: 'batch' is text; give an executor such"),
        (lambda _: Session("sandbox"), "place: 'sandbox' is text; give Session(sandbox=True)"),  # type: ignore[arg-type]
    ],
)
def test_a_wrong_argument_is_told_with_the_right_one(
    dry: Session, call: Callable[[Any], object], message: str
) -> None:
    """The error says what to write instead."""
    with pytest.raises(InvalidArgument) as caught:
        call(dry)

    assert message in str(caught.value)


@pytest.mark.parametrize("argv", [("/opt/my tools/run",), ("two words", "x"), ("true",), (" ",)])
def test_other_words_are_left_alone(argv: tuple[str, ...], dry: Session) -> None:
    """A path may have blanks, and so may any argument of several."""
    assert dry.exec(*argv, check=False).command.argv == argv


@pytest.mark.parametrize(
    ("find", "message"),
    [
        (lambda session: session.ip.addr, "'Ip' object has no attribute 'addr'; did you mean 'add"),
        (lambda session: session.ip.link.list(), "did you mean 'show'?"),
        (lambda session: session.ip.link.delte, "did you mean 'delete'?"),
        (lambda session: session.link, "did you mean 'ip.link'?"),
        (lambda session: session.netns("red").qdisc, "did you mean 'tc.qdisc'?"),
        (lambda session: session.fdb, "did you mean 'bridge.fdb'?"),
        (lambda session: session.execute, "did you mean 'exec'?"),
        (lambda session: session.ip.netns.show(), "did you mean 'list'?"),
        (lambda session: session.ip.netns.get("red"), "did you mean 'list'?"),
        (lambda session: session.ip.rule.get(1), "did you mean 'show'?"),
    ],
)
def test_a_missing_attribute_is_told_with_the_close_one(
    dry: Session, find: Callable[[Any], object], message: str
) -> None:
    """Words of iproute2 and of habit lead to the name here."""
    with pytest.raises(AttributeError) as caught:
        find(dry)

    assert message in str(caught.value)
    assert caught.value.name is None  # Python would add a suggestion of its own


def test_a_strange_attribute_has_no_suggestion(dry: Session) -> None:
    """Neither has a private one, which other code looks for."""
    for name in ("zzzzzz", "_repr_png_"):
        with pytest.raises(AttributeError) as caught:
            getattr(dry.ip, name)
        assert str(caught.value) == f"'Ip' object has no attribute {name!r}"


def test_an_unknown_option_of_a_kind_is_told_with_the_close_one() -> None:
    """It is an `UnknownOption`, and other mistakes stay a `TypeError` of Python."""
    with pytest.raises(UnknownOption, match="no option of Bridge; did you mean 'vlan_filtering'"):
        Bridge(vlan_filterin=True)  # type: ignore[call-arg]
    with pytest.raises(UnknownOption, match="'zzz' is no option of Vxlan; there are: "):
        Vxlan(id=7, zzz=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="missing 1 required positional") as caught:
        Kind()  # type: ignore[call-arg]

    assert not isinstance(caught.value, UnknownOption)


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (Vlan, 7, "Vlan: the value 7 has no name; give Vlan(id=7), say"),
        (Veth, "eth1", "give Veth(peer='eth1'), say"),
        (Dummy, 1, "Dummy: the value 1 has no name"),
    ],
)
def test_a_value_without_a_name_is_told_with_one(kind: Any, value: object, message: str) -> None:
    """The options of a kind have names."""
    with pytest.raises(UnknownOption) as caught:
        kind(value)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda session: session.ip.link.set("lo", down=True), "did you mean up=False?"),
        (lambda session: session.ip.route.add("default", gw="10.0.0.1"), "did you mean 'via'?"),
        (lambda session: session.ip.route.add("default", interface="lo"), "did you mean 'dev'?"),
        (lambda session: session.ip.link.set("lo", mac="x"), "did you mean 'address'?"),
        (lambda _: Vxlan(vni=7), "did you mean 'id'?"),  # type: ignore[call-arg]
    ],
)
def test_another_word_for_an_option_is_told_with_the_option(
    dry: Session, call: Callable[[Any], object], message: str
) -> None:
    """Words of other tools lead to the option, and never to a close word of another meaning."""
    with pytest.raises(UnknownOption) as caught:
        call(dry)

    assert message in str(caught.value)


def test_numbers_may_be_hexadecimal_text(dry: Session) -> None:
    """Marks, keys and masks are written as manuals write them, and compare as numbers."""
    assert Vxlan(id=16) == Vxlan(id="0x10")  # type: ignore[arg-type]
    assert Gre(key=16, ikey=1) == Gre(key="0x10", ikey="0x1")
    assert ("group_fwd_mask", "16384") == Bridge(group_fwd_mask="0x4000").to_args()  # type: ignore[arg-type]
    line = dry.ip.link.set("lo", mtu="0x5dc").line  # type: ignore[arg-type]
    assert "ip link set dev lo mtu 1500" == line
    for text in ("7", "0x", "0xg", "x10"):
        with pytest.raises(InvalidArgument, match="is not a whole number"):
            Vxlan(id=text).to_args()  # type: ignore[arg-type]
