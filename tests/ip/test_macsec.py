"""`ip macsec`: its words, keys that nothing shows, and channels and keys of a link."""

from typing import Any

import pytest

from ipwrap import AlreadyExists, Busy, CommandError, InvalidArgument, NotFound, Secret, Session
from ipwrap.kinds import Macsec
from ipwrap.models import ReceiveChannel, SecureAssociation, Secy
from ipwrap.session import Namespace

KEY = "0123456789abcdef0123456789ABCDEF"
MAC = "02:00:00:00:00:01"
SCI = "0200000000010001"
XPN = "0102030405060708090a0b0c"


def line(session: Session) -> str:
    """Return the last command."""
    return session.recording.commands[-1].command.line


@pytest.mark.parametrize(
    ("direction", "options", "words"),
    [
        ("tx", {"sa": 0, "pn": 1, "key": ("01", KEY)}, 'tx sa 0 pn 1 key 01 "$MACSEC_KEY"'),
        ("tx", {"sa": 3, "pn": 2**32 - 1, "on": True, "key": ("01", KEY)}, None),
        ("rx", {"sci": SCI}, f"rx sci {SCI}"),
        ("rx", {"sci": "1", "on": False}, "rx sci 0000000000000001 off"),
        ("rx", {"address": MAC, "port": 1, "on": True}, f"rx port 1 address {MAC} on"),
        (
            "rx",
            {
                "sci": SCI,
                "sa": 1,
                "xpn": 2**64 - 1,
                "salt": XPN,
                "ssci": 255,
                "on": False,
                "key": ("0a" * 16, KEY * 2),
            },
            f'rx sci {SCI} sa 1 xpn {2**64 - 1} salt {XPN} ssci ff off key {"0a" * 16} "$MACSEC_KEY"',
        ),
    ],
)
def test_add_becomes_words(dry: Session, direction: Any, options: Any, words: str | None) -> None:
    """A plain key is named, and not shown."""
    dry.netns("ns1").ip.macsec.add("m0", direction, **options)
    assert words is None or f"ip -n ns1 macsec add m0 {words}" == line(dry)
    assert KEY not in line(dry)


def test_other_verbs_become_words(dry: Session) -> None:
    """With the same names for keys and channels."""
    macsec = dry.ip.macsec
    macsec.set("m0", "tx", sa=1, pn=7, on=True)
    assert "ip macsec set m0 tx sa 1 pn 7 on" == line(dry)
    macsec.set("m0", "rx", sci=SCI, on=False)
    assert f"ip macsec set m0 rx sci {SCI} off" == line(dry)
    macsec.delete("m0", "tx", sa=1)
    assert "ip macsec delete m0 tx sa 1" == line(dry)
    macsec.delete("m0", "rx", port=1, address=MAC, sa=2)
    assert f"ip macsec delete m0 rx port 1 address {MAC} sa 2" == line(dry)
    macsec.offload("m0", "mac")
    assert "ip macsec offload m0 mac" == line(dry)
    macsec.show()
    assert "ip -j macsec show" == line(dry)
    macsec.show("m0", stats=True)
    assert "ip -j -s macsec show m0" == line(dry)


def test_a_secret_is_given_as_it_is(dry: Session) -> None:
    """With a value, which has to be a key, or without one."""
    for key in (Secret(KEY, "LINK_KEY"), Secret(None, "LINK_KEY")):
        dry.ip.macsec.add("m0", "tx", sa=0, pn=1, key=("01", key))
        assert 'ip macsec add m0 tx sa 0 pn 1 key 01 "$LINK_KEY"' == line(dry)
    with pytest.raises(InvalidArgument):
        dry.ip.macsec.add("m0", "tx", sa=0, pn=1, key=("01", Secret("sesam-open", "LINK_KEY")))


@pytest.mark.parametrize(
    ("direction", "options", "message"),
    [
        ("up", {"sa": 0}, "direction: 'up' is not one of tx, rx"),
        ("tx", {}, '"tx" takes sa='),
        ("tx", {"sa": 0, "sci": SCI, "pn": 1, "key": ("01", KEY)}, "neither sci nor port"),
        ("tx", {"sa": 4, "pn": 1, "key": ("01", KEY)}, "sa: 4 is not within"),
        ("tx", {"sa": 0, "pn": 0, "key": ("01", KEY)}, "pn: 0 is not within"),
        ("tx", {"sa": 0, "key": ("01", KEY)}, "needs a key, and pn"),
        ("tx", {"sa": 0, "pn": 1}, "needs a key, and pn"),
        ("tx", {"sa": 0, "pn": 1, "key": ("01", KEY[1:])}, "key: not 16 to 32 bytes"),
        ("tx", {"sa": 0, "pn": 1, "key": ("01", KEY + "00")}, "key: not a key of 16 or 32 bytes"),
        ("tx", {"sa": 0, "pn": 1, "key": ("1", KEY)}, "key identifier: not 1 to 16 bytes"),
        ("tx", {"sa": 0, "pn": 1, "key": KEY}, "key: not a pair"),
        ("tx", {"sa": 0, "pn": 1, "key": ("01", KEY, KEY)}, "key: not a pair"),
        ("tx", {"sa": 0, "xpn": 1, "salt": "00", "key": ("01", KEY)}, "salt: not 12 bytes"),
        ("rx", {}, "needs the channel"),
        ("rx", {"sci": SCI, "port": 1}, "needs the channel"),
        ("rx", {"port": 1}, "needs the channel"),
        ("rx", {"port": 0, "address": MAC}, "port: 0 is not within"),
        ("rx", {"port": 1, "address": "02:00:00:00:00"}, "address of six bytes"),
        ("rx", {"sci": SCI, "pn": 1}, "a channel is on or off"),
    ],
)
def test_bad_values_are_refused(dry: Session, direction: Any, options: Any, message: str) -> None:
    """Before anything runs, and without showing the key."""
    with pytest.raises(InvalidArgument, match=message) as caught:
        dry.ip.macsec.add("m0", direction, **options)
    assert KEY[1:] not in str(caught.value)
    assert [] == dry.recording.commands


def test_a_key_cannot_be_changed(dry: Session) -> None:
    """The kernel has no way to."""
    with pytest.raises(InvalidArgument, match="cannot be changed"):
        dry.ip.macsec.set("m0", "tx", sa=0, key=("01", KEY))  # type: ignore[call-arg, unused-ignore]


def test_add_says_what_it_makes(dry: Session) -> None:
    """However a channel is named, it is the same one; its keys go with it."""
    (channel,) = dry.ip.macsec.add("m0", "rx", port=1, address=MAC).command.creates
    (key,) = dry.ip.macsec.add("m0", "rx", sci=SCI, sa=2, pn=1, key=("01", KEY)).command.creates
    (own,) = dry.ip.macsec.add("m0", "tx", sa=2, pn=1, key=("01", KEY)).command.creates
    assert ("macsec", None, f"m0 rx {SCI}") == channel.key
    assert (
        "ip",
        "macsec",
        "delete",
        "m0",
        "rx",
        "port",
        "1",
        "address",
        MAC,
    ) == channel.delete_argv
    assert {channel.key, key.key} < {*dry.ip.macsec.delete("m0", "rx", sci=SCI).command.deletes}
    assert own.key in dry.ip.macsec.delete("m0", "tx", sa=2).command.deletes
    assert ("m0",) == own.depends_on


def test_a_key_is_put_out_of_use_before_it_is_deleted(dry: Session) -> None:
    """The kernel deletes no other. Whether it is in use `set` says as well."""
    made, used = dry.ip.macsec.add("m0", "tx", sa=2, pn=1, on=True, key=("01", KEY)).command.creates
    assert ("ip", "macsec", "delete", "m0", "tx", "sa", "2") == made.delete_argv
    assert ("ip", "macsec", "set", "m0", "tx", "sa", "2", "off") == used.delete_argv
    assert (used.key,) == dry.ip.macsec.set("m0", "tx", sa=2, on=False).command.deletes
    assert (used,) == dry.ip.macsec.set("m0", "tx", sa=2, on=True).command.creates
    assert {made.key, used.key} == {*dry.ip.macsec.delete("m0", "tx", sa=2).command.deletes}


@pytest.fixture
def m0(there: Namespace) -> Namespace:
    """A namespace with a MACsec link on v0."""
    try:
        there.ip.link.add("m0", Macsec(encrypt=True, port=7), link="v0")
    except CommandError as error:
        pytest.skip(f"this kernel: {error.reason}")
    return there


def secy(there: Namespace, *, stats: bool = False) -> Secy:
    """Return the link as it is shown."""
    (found,) = there.ip.macsec.show("m0", stats=stats)
    assert {} == found.extra
    return found


@pytest.mark.live
def test_keys_to_send_with(m0: Namespace) -> None:
    """Added, changed, shown by their identifiers, deleted."""
    m0.ip.macsec.add("m0", "tx", sa=0, pn=100, on=True, key=("0a", KEY))
    m0.ip.macsec.add("m0", "tx", sa=1, pn=1, on=False, key=("0b", Secret(KEY[::-1], "OTHER")))
    first, second = secy(m0).sa_list
    assert SecureAssociation(an=0, pn=100, active=True, key="0a" + "00" * 15) == first
    assert (1, False) == (second.an, second.active)
    m0.ip.macsec.set("m0", "tx", sa=1, pn=5, on=True)
    assert (5, True) == (secy(m0).sa_list[1].pn, secy(m0).sa_list[1].active)
    with pytest.raises(Busy):
        m0.ip.macsec.delete("m0", "tx", sa=1)
    m0.ip.macsec.set("m0", "tx", sa=1, on=False)
    m0.ip.macsec.delete("m0", "tx", sa=1)
    assert [0] == [each.an for each in secy(m0).sa_list]
    with pytest.raises(CommandError):
        m0.ip.macsec.add("m0", "tx", sa=0, pn=1, key=("0a", KEY))


@pytest.mark.live
def test_channels_to_listen_to(m0: Namespace) -> None:
    """With their keys, which go with them."""
    m0.ip.macsec.add("m0", "rx", port=1, address=MAC)
    m0.ip.macsec.add("m0", "rx", sci=SCI, sa=0, pn=7, on=True, key=("0c", KEY))
    (channel,) = secy(m0).rx_sc
    key = SecureAssociation(an=0, pn=7, active=True, key="0c" + "00" * 15)
    assert ReceiveChannel(sci=f"0x{int(SCI, 16):x}", active=True, sa_list=(key,)) == channel
    m0.ip.macsec.set("m0", "rx", sci=SCI, on=False)
    assert False is secy(m0).rx_sc[0].active
    assert 0 == secy(m0, stats=True).rx_sc[0].sa_list[0].InPktsOK
    with pytest.raises(AlreadyExists):
        m0.ip.macsec.add("m0", "rx", sci=SCI)
    m0.ip.macsec.delete("m0", "rx", port=1, address=MAC)
    assert () == secy(m0).rx_sc


@pytest.mark.live
def test_extended_packet_numbers(there: Namespace, m0: Namespace) -> None:
    """A cipher that has them takes a salt, too."""
    there.ip.link.add("m1", Macsec(cipher="gcm-aes-xpn-128"), link="v1")
    m0.ip.macsec.add("m1", "tx", sa=0, xpn=2**40, salt=XPN, ssci=31, on=True, key=("0d", KEY))
    (found,) = m0.ip.macsec.show("m1")
    assert ("GCM-AES-XPN-128", "0x1f", 2**40) == (
        found.cipher_suite,
        found.sa_list[0].ssci,
        found.sa_list[0].pn,
    )


@pytest.mark.live
def test_errors(m0: Namespace) -> None:
    """No such link, no such channel, no hardware that could do the work."""
    with pytest.raises(NotFound):
        m0.ip.macsec.show("nope")
    with pytest.raises(NotFound):
        m0.ip.macsec.delete("nope", "tx", sa=0)
    with pytest.raises(CommandError):
        m0.ip.macsec.delete("m0", "rx", sci=SCI)
    m0.ip.macsec.offload("m0", "off")
    with pytest.raises(CommandError):
        m0.ip.macsec.offload("m0", "phy")


@pytest.mark.live
def test_undo_takes_away_what_was_made(m0: Namespace) -> None:
    """The newest first."""
    made = [*m0.ip.macsec.add("m0", "tx", sa=0, pn=1, on=True, key=("0a", KEY)).command.creates]
    made += m0.ip.macsec.add("m0", "rx", sci=SCI).command.creates
    made += m0.ip.macsec.add(
        "m0", "rx", sci=SCI, sa=0, pn=1, on=True, key=("0a", KEY)
    ).command.creates
    for each in reversed(made):
        m0.exec(*each.delete_argv)
    assert ((), ()) == (secy(m0).sa_list, secy(m0).rx_sc)


@pytest.mark.live
def test_script_builds_it_again_with_the_key_from_outside(shared: Session, m0: Namespace) -> None:
    """It has the key's name only, and refuses to run without it."""
    m0.ip.macsec.add("m0", "tx", sa=0, pn=1, on=True, key=("0e", KEY))
    script = shared.export("sh")
    assert KEY not in script
    assert 'macsec add m0 tx sa 0 pn 1 on key 0e "$MACSEC_KEY' in script
    assert ': "${MACSEC_KEY' in script
