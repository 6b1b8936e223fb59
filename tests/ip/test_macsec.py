"""`ip macsec`: arguments, redacted keys, and the channels and keys of a link."""

from typing import Any

import pytest

from ipwrap import AlreadyExists, Busy, CommandError, InvalidArgument, NotFound, Secret, Session
from ipwrap.command import CreatedObject
from ipwrap.kinds import Macsec
from ipwrap.models import ReceiveChannel, SecureAssociation, Secy
from ipwrap.objects import delete_command
from ipwrap.session import Namespace

KEY = "0123456789abcdef0123456789ABCDEF"
MAC = "02:00:00:00:00:01"
SCI = "0200000000010001"
SALT = "0102030405060708090a0b0c"


def get_last_command(session: Session) -> str:
    """Return the last command line of a session."""
    return session.recording.commands[-1].command.line


@pytest.mark.parametrize(
    ("direction", "options", "arguments"),
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
                "salt": SALT,
                "ssci": 255,
                "on": False,
                "key": ("0a" * 16, KEY * 2),
            },
            (
                f"rx sci {SCI} sa 1 xpn {2**64 - 1} salt {SALT} ssci ff off "
                f'key {"0a" * 16} "$MACSEC_KEY"'
            ),
        ),
    ],
)
def test_add_becomes_arguments(
    dry_session: Session, direction: Any, options: Any, arguments: str | None
) -> None:
    """The command line shows a placeholder instead of a plain key."""
    dry_session.netns("ns1").ip.macsec.add("m0", direction, **options)

    assert arguments is None or f"ip -n ns1 macsec add m0 {arguments}" == get_last_command(
        dry_session
    )
    assert KEY not in get_last_command(dry_session)


def test_other_commands_become_arguments(dry_session: Session) -> None:
    """Every command names keys and channels in the same way."""
    macsec = dry_session.ip.macsec
    macsec.set("m0", "tx", sa=1, pn=7, on=True)

    assert "ip macsec set m0 tx sa 1 pn 7 on" == get_last_command(dry_session)

    macsec.set("m0", "rx", sci=SCI, on=False)
    assert f"ip macsec set m0 rx sci {SCI} off" == get_last_command(dry_session)

    macsec.delete("m0", "tx", sa=1)
    assert "ip macsec delete m0 tx sa 1" == get_last_command(dry_session)

    macsec.delete("m0", "rx", port=1, address=MAC, sa=2)
    assert f"ip macsec delete m0 rx port 1 address {MAC} sa 2" == get_last_command(dry_session)

    macsec.offload("m0", "mac")
    assert "ip macsec offload m0 mac" == get_last_command(dry_session)

    macsec.show()
    assert "ip -j macsec show" == get_last_command(dry_session)

    macsec.show("m0", stats=True)
    assert "ip -j -s macsec show m0" == get_last_command(dry_session)


def test_secret_key_keeps_its_name(dry_session: Session) -> None:
    """A secret is a valid key with a checked value, or without a value."""
    for key in (Secret(KEY, "LINK_KEY"), Secret(None, "LINK_KEY")):
        dry_session.ip.macsec.add("m0", "tx", sa=0, pn=1, key=("01", key))
        assert 'ip macsec add m0 tx sa 0 pn 1 key 01 "$LINK_KEY"' == get_last_command(dry_session)

    with pytest.raises(InvalidArgument):
        dry_session.ip.macsec.add(
            "m0", "tx", sa=0, pn=1, key=("01", Secret("sesam-open", "LINK_KEY"))
        )


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
def test_invalid_values_are_refused(
    dry_session: Session, direction: Any, options: Any, message: str
) -> None:
    """An invalid value is refused before a command runs, without showing the key."""
    with pytest.raises(InvalidArgument, match=message) as caught:
        dry_session.ip.macsec.add("m0", direction, **options)

    assert KEY[1:] not in str(caught.value)
    assert [] == dry_session.recording.commands


def test_a_key_cannot_be_changed(dry_session: Session) -> None:
    """`set` refuses a key: the kernel cannot change a key."""
    with pytest.raises(InvalidArgument, match="cannot be changed"):
        dry_session.ip.macsec.set(
            "m0",
            "tx",
            sa=0,
            key=("01", KEY),  # type: ignore[call-arg, unused-ignore]
        )


def test_add_records_created_objects(dry_session: Session) -> None:
    """A channel has one name, by SCI or by address; its deletion includes its keys."""
    ip = dry_session.ip
    (channel,) = ip.macsec.add("m0", "rx", port=1, address=MAC).command.creates
    (key,) = ip.macsec.add("m0", "rx", sci=SCI, sa=2, pn=1, key=("01", KEY)).command.creates
    (tx_key,) = ip.macsec.add("m0", "tx", sa=2, pn=1, key=("01", KEY)).command.creates

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
    ) == delete_command(channel).argv

    deleted = set(ip.macsec.delete("m0", "rx", sci=SCI).command.deletes)
    assert {channel.key, key.key} < deleted
    assert tx_key.key in ip.macsec.delete("m0", "tx", sa=2).command.deletes
    assert ("m0",) == tx_key.depends_on


def test_key_is_deactivated_before_deletion(dry_session: Session) -> None:
    """The kernel refuses to delete an active key, so the activation is recorded, too."""
    ip = dry_session.ip
    result = ip.macsec.add("m0", "tx", sa=2, pn=1, on=True, key=("01", KEY))
    created, activated = result.command.creates

    assert ("ip", "macsec", "delete", "m0", "tx", "sa", "2") == delete_command(created).argv
    assert ("ip", "macsec", "set", "m0", "tx", "sa", "2", "off") == delete_command(activated).argv

    deactivate = ip.macsec.set("m0", "tx", sa=2, on=False).command
    assert (activated.key,) == deactivate.deletes

    activate = ip.macsec.set("m0", "tx", sa=2, on=True).command
    assert (activated,) == activate.creates

    delete = ip.macsec.delete("m0", "tx", sa=2).command
    assert {created.key, activated.key} == set(delete.deletes)


@pytest.fixture
def macsec_netns(veth_netns: Namespace) -> Namespace:
    """A namespace with a MACsec link m0 on v0."""
    try:
        veth_netns.ip.link.add("m0", Macsec(encrypt=True, port=7), link="v0")
    except CommandError as error:
        pytest.skip(f"this kernel: {error.reason}")

    return veth_netns


def get_secy(veth_netns: Namespace, *, stats: bool = False) -> Secy:
    """Return the model of m0."""
    (secy,) = veth_netns.ip.macsec.show("m0", stats=stats)

    assert {} == secy.extra

    return secy


@pytest.mark.live
def test_transmit_keys(macsec_netns: Namespace) -> None:
    """Transmit keys are added, changed, shown by their identifiers, and deleted."""
    ip = macsec_netns.ip
    ip.macsec.add("m0", "tx", sa=0, pn=100, on=True, key=("0a", KEY))
    ip.macsec.add("m0", "tx", sa=1, pn=1, on=False, key=("0b", Secret(KEY[::-1], "OTHER")))
    first, second = get_secy(macsec_netns).sa_list

    assert SecureAssociation(an=0, pn=100, active=True, key="0a" + "00" * 15) == first
    assert (1, False) == (second.an, second.active)

    ip.macsec.set("m0", "tx", sa=1, pn=5, on=True)
    second = get_secy(macsec_netns).sa_list[1]

    assert (5, True) == (second.pn, second.active)

    with pytest.raises(Busy):
        ip.macsec.delete("m0", "tx", sa=1)

    ip.macsec.set("m0", "tx", sa=1, on=False)
    ip.macsec.delete("m0", "tx", sa=1)

    assert [0] == [sa.an for sa in get_secy(macsec_netns).sa_list]

    with pytest.raises(CommandError):
        ip.macsec.add("m0", "tx", sa=0, pn=1, key=("0a", KEY))


@pytest.mark.live
def test_receive_channels(macsec_netns: Namespace) -> None:
    """Receive channels are added, shown and changed, and deleted with their keys."""
    ip = macsec_netns.ip
    ip.macsec.add("m0", "rx", port=1, address=MAC)
    ip.macsec.add("m0", "rx", sci=SCI, sa=0, pn=7, on=True, key=("0c", KEY))
    (channel,) = get_secy(macsec_netns).rx_sc
    key = SecureAssociation(an=0, pn=7, active=True, key="0c" + "00" * 15)

    assert ReceiveChannel(sci=f"0x{int(SCI, 16):x}", active=True, sa_list=(key,)) == channel

    ip.macsec.set("m0", "rx", sci=SCI, on=False)
    assert False is get_secy(macsec_netns).rx_sc[0].active
    assert 0 == get_secy(macsec_netns, stats=True).rx_sc[0].sa_list[0].InPktsOK

    with pytest.raises(AlreadyExists):
        ip.macsec.add("m0", "rx", sci=SCI)

    ip.macsec.delete("m0", "rx", port=1, address=MAC)
    assert () == get_secy(macsec_netns).rx_sc


@pytest.mark.live
def test_extended_packet_numbers(veth_netns: Namespace, macsec_netns: Namespace) -> None:
    """A cipher with extended packet numbers needs a salt and an SSCI."""
    veth_netns.ip.link.add("m1", Macsec(cipher="gcm-aes-xpn-128"), link="v1")
    macsec_netns.ip.macsec.add(
        "m1", "tx", sa=0, xpn=2**40, salt=SALT, ssci=31, on=True, key=("0d", KEY)
    )
    (secy,) = macsec_netns.ip.macsec.show("m1")

    assert "GCM-AES-XPN-128" == secy.cipher_suite
    assert "0x1f" == secy.sa_list[0].ssci
    assert 2**40 == secy.sa_list[0].pn


@pytest.mark.live
def test_errors(macsec_netns: Namespace) -> None:
    """A missing link, a missing channel and missing hardware raise errors."""
    ip = macsec_netns.ip
    with pytest.raises(NotFound):
        ip.macsec.show("nope")

    with pytest.raises(NotFound):
        ip.macsec.delete("nope", "tx", sa=0)

    with pytest.raises(CommandError):
        ip.macsec.delete("m0", "rx", sci=SCI)

    ip.macsec.offload("m0", "off")
    with pytest.raises(CommandError):
        ip.macsec.offload("m0", "phy")


@pytest.mark.live
def test_recorded_delete_commands_work(macsec_netns: Namespace) -> None:
    """The recorded delete commands remove every key and channel, newest first."""
    macsec = macsec_netns.ip.macsec
    results = [
        macsec.add("m0", "tx", sa=0, pn=1, on=True, key=("0a", KEY)),
        macsec.add("m0", "rx", sci=SCI),
        macsec.add("m0", "rx", sci=SCI, sa=0, pn=1, on=True, key=("0a", KEY)),
    ]

    created: list[CreatedObject] = []
    for result in results:
        created += result.command.creates

    for created_object in reversed(created):
        macsec_netns.exec(*delete_command(created_object).argv)

    secy = get_secy(macsec_netns)

    assert () == secy.sa_list
    assert () == secy.rx_sc


@pytest.mark.live
def test_script_reads_the_key_from_the_environment(
    sandbox_session: Session, macsec_netns: Namespace
) -> None:
    """An exported script holds the name of the key, and fails without its value."""
    macsec_netns.ip.macsec.add("m0", "tx", sa=0, pn=1, on=True, key=("0e", KEY))
    script = sandbox_session.export("sh")

    assert KEY not in script
    assert 'macsec add m0 tx sa 0 pn 1 on key 0e "$MACSEC_KEY' in script
    assert ': "${MACSEC_KEY' in script
