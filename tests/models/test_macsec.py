"""`ip -j -s macsec show` of iproute2 6.15 on Linux 6.12."""

from ipwrap.jsonio.reader import decode
from ipwrap.models import Secy, dump_all, parse, read
from ipwrap.models.unknown_keys import unknown_keys

PRINTED = """
[{"ifindex":10,"ifname":"m0","protect":true,"validate":"strict","sc":false,"sa":false,
"encrypt":true,"send_sci":true,
"end_station":false,"scb":false,"replay":true,"window":64,"cipher_suite":"GCM-AES-128",
"icv_length":16,
"sci":"0xae664548020e0001","encoding_sa":0,"OutPktsUntagged":0,"InPktsUntagged":0,
"OutPktsTooLong":0,"InPktsNoTag":1,
"InPktsBadTag":0,"InPktsUnknownSCI":0,"InPktsNoSCI":0,"InPktsOverrun":0,"OutPktsProtected":0,
"OutPktsEncrypted":0,
"OutOctetsProtected":0,"OutOctetsEncrypted":0,"sa_list":[{"an":0,"pn":100,"active":true,
"key":"01000000000000000000000000000000","OutPktsProtected":0,"OutPktsEncrypted":0}],
"rx_sc":[{"sci":"0x200000000020001",
"active":false,"InOctetsValidated":0,"InOctetsDecrypted":0,"InPktsUnchecked":0,"InPktsDelayed":0,
"InPktsOK":0,
"InPktsInvalid":0,"InPktsLate":0,"InPktsNotValid":0,"InPktsNotUsingSA":0,"InPktsUnusedSA":0,
"sa_list":[]},
{"sci":"0x200000000010001","active":true,"InOctetsValidated":0,"InOctetsDecrypted":0,
"InPktsUnchecked":0,
"InPktsDelayed":0,"InPktsOK":0,"InPktsInvalid":0,"InPktsLate":0,"InPktsNotValid":0,
"InPktsNotUsingSA":0,
"InPktsUnusedSA":0,"sa_list":[{"an":0,"pn":1,"active":true,
"key":"02000000000000000000000000000000","InPktsOK":0,
"InPktsInvalid":0,"InPktsNotValid":0,"InPktsNotUsingSA":0,"InPktsUnusedSA":0}]}],"offload":"off"},
{"ifindex":11,"ifname":"m1","cipher_suite":"GCM-AES-XPN-128","sci":"0x1e0e9f15a4480001",
"encoding_sa":0,
"sa_list":[{"an":1,"pn":5,"ssci":"0x7","active":false,"key":"03000000000000000000000000000000"}],
"rx_sc":[],
"offload":"off"}]
"""


def test_json_is_preserved() -> None:
    """Every key has a field, and `dump_all` returns the same JSON."""
    links = read(Secy, PRINTED)

    assert {} == unknown_keys(links)
    assert decode(PRINTED) == dump_all(links)
    assert links == parse("macsec", PRINTED)


def test_inner_objects_are_typed() -> None:
    """Receive channels and keys, plain and XPN, are models."""
    link, xpn_link = read(Secy, PRINTED)

    assert [0, 1] == [len(channel.sa_list) for channel in link.rx_sc]
    assert "0x7" == xpn_link.sa_list[0].ssci
