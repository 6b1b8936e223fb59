"""Kinds that come in pairs: the other end is a whole link, and of netkit it has a policy of its own."""

from typing import Any

import pytest

from ipwrap import Session
from ipwrap.errors import CommandError, InvalidArgument, UnknownOption
from ipwrap.kinds import Bond, Kind, LinkKind, Netkit, Veth, Vxcan
from ipwrap.kinds.paired import PairedKind

PAIRS = (Netkit, Veth, Vxcan)


@pytest.mark.parametrize("cls", PAIRS)
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, ""),
        ({"peer": "eth0"}, "peer name eth0"),
        ({"peer": "eth0", "peer_netns": "ns1"}, "peer name eth0 netns ns1"),
        ({"peer_netns": "ns1"}, "peer netns ns1"),
        ({"peer": "up", "peer_options": {"mtu": 1400, "up": True}}, "peer name up mtu 1400 up"),
    ],
)
def test_the_other_end_is_a_whole_link(
    cls: type[PairedKind], options: dict[str, Any], words: str
) -> None:
    """Its name follows a keyword, and then come the options of a link: for every kind of pair."""
    assert tuple(words.split()) == cls(**options).to_args()


@pytest.mark.parametrize(
    ("netkit", "words"),
    [
        (Netkit(mode="l2"), "mode l2"),
        (Netkit(policy="blackhole", scrub="none"), "blackhole scrub none"),
        (Netkit(peer_policy="forward"), "peer forward"),
        (Netkit(peer_scrub="none"), "peer scrub none"),
        (
            Netkit(
                mode="l3",
                policy="forward",
                peer="eth0",
                peer_policy="blackhole",
                peer_scrub="default",
            ),
            "mode l3 forward peer blackhole scrub default name eth0",
        ),
        (
            Netkit(
                scrub="none",
                peer="eth0",
                peer_scrub="none",
                peer_netns="ns1",
                peer_options={"mtu": 1400},
            ),
            "scrub none peer scrub none name eth0 mtu 1400 netns ns1",
        ),
        (Netkit(type_="primary"), ""),
    ],
)
def test_a_netkit_becomes_words(netkit: Netkit, words: str) -> None:
    """This end's options, one `peer`, the other end's, and then its options as a link, which have to come last."""
    assert tuple(words.split()) == netkit.to_args()


# Written after netkit_print_opt() in ip/iplink_netkit.c.
def test_json_becomes_a_netkit() -> None:
    """Each key has its field; `type` tells which end it is."""
    data = {
        "mode": "l3",
        "type": "primary",
        "policy": "forward",
        "peer_policy": "blackhole",
        "scrub": "default",
    }
    expected = Netkit(
        mode="l3", type_="primary", policy="forward", peer_policy="blackhole", scrub="default"
    )
    assert expected == Netkit.from_json(data)


@pytest.mark.parametrize(
    "options",
    [
        {"policy": "drop"},
        {"peer_policy": "pass"},
        {"scrub": True},
        {"peer_scrub": "all"},
        {"mode": "l4"},
    ],
)
def test_what_no_netkit_can_have_is_refused(options: dict[str, Any]) -> None:
    """Before anything runs."""
    with pytest.raises(InvalidArgument, match="is not one of"):
        Netkit(**options).to_args()


@pytest.mark.parametrize("cls", PAIRS)
def test_the_other_ends_name_and_options_are_checked(cls: type[PairedKind]) -> None:
    """They are those of every link."""
    with pytest.raises(InvalidArgument, match=r"^peer: "):
        cls(peer="a/b").to_args()
    with pytest.raises(UnknownOption, match="did you mean 'mtu'"):
        cls(peer_options={"mut": 9000}).to_args()  # type: ignore[typeddict-unknown-key]


@pytest.mark.parametrize("cls", PAIRS)
@pytest.mark.parametrize(
    ("options", "where"),
    [({}, None), ({"peer_netns": "ns1"}, "ns1"), ({"peer_options": {"netns": "ns1"}}, "ns1")],
)
def test_both_ends_are_told_as_made(
    dry: Session, cls: type[PairedKind], options: dict[str, Any], where: str | None
) -> None:
    """So that a script takes both away, wherever they are."""
    result = dry.ip.link.add("x", cls(peer="y", **options))
    assert [(None, "x"), (where, "y")] == [
        (each.netns, each.name) for each in result.command.creates
    ]


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        (Netkit(), False),
        (Kind("netkit", {"mode": "l2"}), False),
        (Veth(peer="y"), True),
        (Bond(), True),
    ],
)
def test_what_iproute2_would_remember_runs_in_a_process_of_its_own(
    dry: Session, kind: LinkKind, line: bool
) -> None:
    """netkit's parser keeps what it has seen; of a kind by its name nobody knows."""
    results = (dry.ip.link.add("x", kind), dry.ip.link.set("x", kind))
    assert [line, line] == [each.command.batch for each in results]
    assert dry.ip.link.set("x", up=True).command.batch


@pytest.mark.live
def test_pair_after_pair_of_netkits_is_made(session: Session) -> None:
    """Each with its own mode and policies: nothing is left of the one before."""
    session.ip.netns.add("ns1")
    try:
        for number, mode in enumerate(("l2", "l3", "l2")):
            kind = Netkit(mode=mode, peer=f"b{number}", peer_policy="blackhole", peer_netns="ns1")  # type: ignore[arg-type]
            session.ip.link.add(f"a{number}", kind)
    except CommandError as error:
        pytest.skip(f"this kernel or iproute2: {error.reason}")
    made = [link.kind for link in session.ip.link.show(type="netkit")]
    ends = session.netns("ns1").ip.link.show(type="netkit")
    assert {("l2", "forward"), ("l3", "forward")} == {
        (each.mode, each.policy) for each in made if isinstance(each, Netkit)
    }
    assert ["blackhole"] * 3 == [each.kind.policy for each in ends if isinstance(each.kind, Netkit)]
    assert ["b0", "b1", "b2"] == sorted(each.ifname for each in ends)


@pytest.mark.live
def test_vxcan_has_its_peer_where_it_was_said(session: Session) -> None:
    """Name and namespace of the other end are as they were asked for."""
    session.ip.netns.add("ns1")
    try:
        session.ip.link.add("a", Vxcan(peer="b", peer_netns="ns1"))
    except CommandError as error:
        pytest.skip(f"this kernel: {error.reason}")
    (peer,) = session.netns("ns1").ip.link.show("b")
    assert ("b", Vxcan()) == (peer.ifname, peer.kind)
