"""Kinds that come in pairs: the peer is a whole link; a netkit's peer has a policy, too."""

from typing import Any, Literal

import pytest

from ipwrap import Session
from ipwrap.errors import CommandError, InvalidArgument, UnknownOption
from ipwrap.kinds import Bond, Dummy, Kind, LinkKind, Netkit, Veth, Vxcan
from ipwrap.kinds.paired import PairedKind

PAIRS = (Netkit, Veth, Vxcan)


@pytest.mark.parametrize("cls", PAIRS)
@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ({}, ""),
        ({"peer": "eth0"}, "peer name eth0"),
        ({"peer": "eth0", "peer_netns": "ns1"}, "peer name eth0 netns ns1"),
        ({"peer_netns": "ns1"}, "peer netns ns1"),
        ({"peer": "up", "peer_options": {"mtu": 1400, "up": True}}, "peer name up mtu 1400 up"),
    ],
)
def test_peer_is_a_whole_link(
    cls: type[PairedKind], options: dict[str, Any], arguments: str
) -> None:
    """The name follows a keyword and precedes the options of a link, for every paired kind."""
    expected = tuple(arguments.split())

    assert expected == cls(**options).to_args()


@pytest.mark.parametrize(
    ("netkit", "arguments"),
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
def test_netkit_becomes_arguments(netkit: Netkit, arguments: str) -> None:
    """After `peer`, the policy and the scrub precede the options of a link."""
    expected = tuple(arguments.split())

    assert expected == netkit.to_args()


# Written after netkit_print_opt() in ip/iplink_netkit.c.
def test_json_becomes_a_netkit() -> None:
    """Every key has a field; `type` is primary or peer."""
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
def test_invalid_netkit_is_refused(options: dict[str, Any]) -> None:
    """The command is refused before it runs."""
    with pytest.raises(InvalidArgument, match="is not one of"):
        Netkit(**options).to_args()


@pytest.mark.parametrize("cls", PAIRS)
def test_peer_is_checked(cls: type[PairedKind]) -> None:
    """The name and the options of a peer have the rules of every link."""
    with pytest.raises(InvalidArgument, match=r"^peer: "):
        cls(peer="a/b").to_args()
    with pytest.raises(UnknownOption, match="did you mean 'mtu'"):
        cls(peer_options={"mut": 9000}).to_args()  # type: ignore[typeddict-unknown-key]


@pytest.mark.parametrize("cls", PAIRS)
@pytest.mark.parametrize(
    ("options", "peer_netns"),
    [({}, None), ({"peer_netns": "ns1"}, "ns1"), ({"peer_options": {"netns": "ns1"}}, "ns1")],
)
def test_both_links_are_created_objects(
    dry_session: Session, cls: type[PairedKind], options: dict[str, Any], peer_netns: str | None
) -> None:
    """A script can delete both links, in the namespace of the link."""
    result = dry_session.ip.link.add("x", cls(peer="y", **options))

    first, second = result.command.creates
    assert (None, "x") == (first.netns, first.name)
    assert (peer_netns, "y") == (second.netns, second.name)


@pytest.mark.parametrize(
    ("kind", "is_batchable"),
    [
        (Netkit(), False),
        (Kind("netkit", {"mode": "l2"}), False),
        (Veth(peer="y"), True),
        (Bond(), True),
    ],
)
def test_parser_with_static_variables_runs_in_its_own_process(
    dry_session: Session, kind: LinkKind, is_batchable: bool
) -> None:
    """netkit's parser keeps static variables; a kind without a table may do so."""
    for result in (
        dry_session.ip.link.add("x", kind),
        dry_session.ip.link.set("x", kind),
    ):
        assert is_batchable is result.command.batch

    result = dry_session.ip.link.set("x", up=True)
    assert result.command.batch


@pytest.mark.live
def test_several_pairs_of_netkits_are_created(session: Session) -> None:
    """Every pair has its own mode and policies: nothing is left of the previous pair."""
    session.ip.netns.add("ns1")
    modes: list[Literal["l2", "l3"]] = ["l2", "l3", "l2"]
    try:
        for number, mode in enumerate(modes):
            kind = Netkit(
                mode=mode,
                peer=f"b{number}",
                peer_policy="blackhole",
                peer_netns="ns1",
            )
            session.ip.link.add(f"a{number}", kind)
    except CommandError as error:
        pytest.skip(f"this kernel or iproute2: {error.reason}")

    links = session.ip.link.show(type="netkit")
    peers = session.netns("ns1").ip.link.show(type="netkit")

    mode_of = {}
    for link in links:
        assert isinstance(link.kind, Netkit)
        assert "forward" == link.kind.policy
        mode_of[link.ifname] = link.kind.mode
    assert {"a0": "l2", "a1": "l3", "a2": "l2"} == mode_of

    names = []
    for peer in peers:
        assert isinstance(peer.kind, Netkit)
        assert "blackhole" == peer.kind.policy
        names.append(peer.ifname)
    assert ["b0", "b1", "b2"] == sorted(names)


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"peer_name": "eth0"}, "did you mean 'peer'"),
        ({"peer_ns": "red"}, "did you mean 'peer_netns'"),
        ({"zzz": 1}, "there are: peer, peer_netns, peer_options$"),
    ],
)
def test_a_wrong_name_leads_to_the_peer(options: dict[str, Any], hint: str) -> None:
    """The hint knows the fields of the peer, which are in no table of options."""
    with pytest.raises(UnknownOption, match=hint):
        Veth(**options)


@pytest.mark.parametrize("options", [{"mtu": 1400}])
def test_a_kind_without_options_says_so(options: dict[str, Any]) -> None:
    """What belongs to the link, such as its MTU, is no option of a kind that has none."""
    with pytest.raises(UnknownOption, match=r"'mtu' is no option of Dummy; it has none$"):
        Dummy(**options)


@pytest.mark.live
def test_vxcan_has_its_peer(session: Session) -> None:
    """The peer has the requested name and namespace."""
    session.ip.netns.add("ns1")
    try:
        session.ip.link.add("a", Vxcan(peer="b", peer_netns="ns1"))
    except CommandError as error:
        pytest.skip(f"this kernel: {error.reason}")
    (peer,) = session.netns("ns1").ip.link.show("b")
    assert ("b", Vxcan()) == (peer.ifname, peer.kind)
