"""The spellings of keywords that iproute2 accepts: shortened, by another name, or omitted.

iproute2 takes an argument for the first keyword, in the order of its tables, that begins with the
argument (matches() in lib/utils.c). Other keywords have to be complete (strcmp()). This file holds
the tables:

- `link~` can be shortened, `name` cannot.
- `broadcast~|brd`: both spellings mean `broadcast`.
- `neigh:neighbor~`: ipwrap writes `neigh`, a user can type `neighbor` or its beginning.
- `*dev`: an argument without a keyword is a `dev`.
- `+dev`: like `*dev`, and people nearly always omit the keyword.

Sources: cmds[] in the file of each program and do_cmd() of tc, the do_…() function of each object,
and the files that parse the options. The tables list all objects and verbs, with or without a verb
in ipwrap.

Without an entry in this file, a table of options accepts only complete keywords.
"""

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from attrs import field, frozen

__all__ = [
    "GLOBALS_WITH_VALUE",
    "READ_ONLY_VERBS",
    "Alias",
    "AliasTable",
    "alias_table",
    "canonical_path",
    "global_option",
    "object_position",
    "usual_spelling",
    "verb_aliases",
]

# cmds[] in ip/ip.c and bridge/bridge.c, do_cmd() in tc/tc.c.
PROGRAMS = {
    "ip": (
        "address~ addrlabel~ maddress~ route~ rule~ neigh:neighbor~|neighbour~ ntable~|ntbl~ link~ "
        "l2tp~ fou~ ila~ macsec~ tunnel~|tunl~ tuntap~|tap~ token~ tcpmetrics~|tcp_metrics~ "
        "monitor~ xfrm~ mroute~ mrule~ netns~ netconf~ vrf~ sr~ nexthop~ mptcp~ ioam~ help~ stats~"
    ),
    "bridge": "link~ fdb~ mdb~ mst~ vlan~ vni~ monitor~ help~",
    "tc": "qdisc~ class~ filter~ chain~ actions~ monitor~ exec~ help~",
}

# The loops over argv in main() of ip/ip.c, bridge/bridge.c and tc/tc.c, with a single dash.
GLOBALS = {
    "ip": (
        "-l:-loops~ -f:-family~ -4 -6 -0 -M -B -h:-human~|-human-readable~ -iec~ "
        "-s:-stats~|-statistics~ -d:-details~ -r:-resolve~ -o:-oneline~ -t:-timestamp~ "
        "-ts:-tshort~ -V:-Version~ -force~ -batch~ -br:-brief~ -j:-json~ -p:-pretty~ -rcvbuf~ "
        "-c:-color~ -help~ -n:-netns~ -N:-Numeric~ -all~ -echo"
    ),
    "bridge": (
        "-help~ -V:-Version~ -s:-stats~|-statistics~ -d:-details~ -o:-oneline~ -t:-timestamp~ "
        "-f:-family~ -4 -6 -n:-netns~ -c:-color~ -compressvlans~ -force~ -j:-json~ -p:-pretty~ "
        "-batch~"
    ),
    "tc": (
        "-s:-stats~|-statistics~ -d:-details~ -r:-raw~ -p:-pretty~ -g:-graph~ -V:-Version~ -iec~ "
        "-help~ -force~ -batch~ -n:-netns~ -N:-Numeric~ -nm:-names~|-nm~ -cf~|-conf~ -c:-color~ "
        "-t:-timestamp~ -ts:-tshort~ -j:-json~ -o:-oneline~ -br:-brief~ -echo"
    ),
}
# Global options with a value as the next argument.
GLOBALS_WITH_VALUE = frozenset({"-batch", "-cf", "-f", "-l", "-n", "-rcvbuf"})

# do_iplink(), do_iproute() and the like, at the end of the file of each object.
VERBS = {
    "ip address": (
        "add~ change~|chg replace~ delete~ show~|list~|lst~ flush~ save~ showdump~ restore~"
    ),
    "ip addrlabel": "list~|lst~|show~ add~ delete~ flush~",
    "ip fou": "add~ delete~ show~",
    "ip ila": "add~ delete~ show~|lst~|list~",
    "ip ioam": "namespace schema monitor",
    "ip ioam namespace": "show add del set",
    "ip ioam schema": "show add del",
    "ip l2tp": "add~ delete~ show~|lst~|list~",
    "ip link": "add~ set~|change~ replace~ delete~ show~|lst~|list~ xstats~ afstats~ property~",
    "ip link property": "add~ del~",
    "ip macsec": "show~ add~ set~ delete~ offload~",
    "ip maddress": "add~ delete~ show~|list~|lst~",
    "ip mptcp": "endpoint~ limits~ monitor~",
    "ip mptcp endpoint": "add~ change~ delete~ show~ flush~",
    "ip mptcp limits": "set~ show~",
    "ip mroute": "show~|list~|lst~",
    "ip mrule": "show~|list~|lst~ save~ restore~ add~ delete~ flush~",
    "ip neigh": "add~ change~|chg replace~ delete~ get~ show~|lst~|list~ flush~",
    "ip netconf": "show~|lst~|list~",
    "ip netns": (
        "list~|show~|lst~ list-id~ help~ add~ set~ delete~ identify~ pids~ exec~ monitor~ attach~"
    ),
    "ip nexthop": "add~ replace~ delete~ show~|list~|lst~ get~ flush~ bucket~",
    "ip nexthop bucket": "show~|list~|lst~ get~",
    "ip ntable": "change~|chg~ show~|lst~|list~",
    "ip route": (
        "add~ change~|chg replace~ prepend~ append~ test~ delete~ show~|list~|lst~ get~ flush~ "
        "save~ restore~ showdump~"
    ),
    "ip rule": "show~|list~|lst~ save~ restore~ add~ delete~ flush~",
    "ip sr": "help~ hmac~ tunsrc~",
    "ip sr hmac": "show~ set~",
    "ip sr tunsrc": "show~ set~",
    "ip stats": "show set",
    "ip tcpmetrics": "show:list~|lst~|show~ delete~|remove~ flush~",
    "ip token": "list~|lst~|show~ set~ delete~ get~",
    "ip tunnel": "add~ change~ delete~ show~|lst~|list~ prl~ 6rd~",
    "ip tuntap": "add~ delete~ show~|lst~|list~",
    "ip vrf": "identify~ pids~ exec~ show~|lst~|list~",
    "ip xfrm": "state~|sa~ policy~ monitor~",
    "ip xfrm policy": (
        "add~ update~ delete~ deleteall~|delall~ show:list~|show~|lst~ get~ flush~ count~ set~ "
        "setdefault~ getdefault~"
    ),
    "ip xfrm state": (
        "add~ update~ allocspi~ delete~ deleteall~|delall~ show:list~|show~|lst~ get~ flush~ count~"
    ),
    "bridge fdb": "add~ append~ replace~ delete~ get~ show~|lst~|list~ flush~",
    "bridge link": "set~|change~ show~|lst~|list~",
    "bridge mdb": "add~ replace delete~ show~|lst~|list~ get flush",
    "bridge mst": "set~ show~|lst~|list~",
    "bridge vlan": "add~ delete~ show~|lst~|list~ tunnelshow~ set~ global",
    "bridge vlan global": "show|lst|list set",
    "bridge vni": "add delete|del show|lst|list",
    "tc actions": "add~ change~|replace~ delete~ get~ show:list~|show~|lst~ flush~",
    "tc chain": "add~ delete~ get~ show:list~|show~|lst~",
    "tc class": "add~ change~ replace~ delete~ show~|list~|lst~",
    "tc exec": "bpf",
    "tc filter": "add~ change~ replace~ delete~ get~ show~|list~|lst~",
    "tc qdisc": "add~ change~ replace~ link~ delete~ show~|list~|lst~",
}
# Objects and verbs that people shorten, everywhere in the same way.
USUAL_SPELLINGS = {"address": "addr", "delete": "del", "maddress": "maddr"}
# Objects whose verbs stay written out: before 6.7 `bridge vni` has no `del` (bridge/vni.c).
WRITTEN_OUT = frozenset({"bridge vni"})

# Verbs that change nothing.
READ_ONLY_VERBS = frozenset(
    {
        "afstats",
        "count",
        "get",
        "getdefault",
        "help",
        "identify",
        "list",
        "list-id",
        "monitor",
        "pids",
        "save",
        "show",
        "showdump",
        "test",
        "tunnelshow",
        "xstats",
    }
)

# iplink_parse() in ip/iplink.c: `add` has other positional arguments than the rest.
LINK = (
    "up down {name} index link~ address~ broadcast~|brd txqueuelen~|qlen|txqlen~ mtu inet "
    "xdpgeneric xdpdrv xdpoffload xdp netns multicast allmulticast promisc trailers arp carrier vf "
    "master~ vrf nomaster~ dynamic~ type~ alias~ group mode state numtxqueues~ numrxqueues~ "
    "addrgenmode~ link-netns~ link-netnsid~ protodown protodown_reason gso_max_size gso_max_segs "
    "gro_max_size gso_ipv4_max_size gro_ipv4_max_size parentdev "
)
NEW_LINK = LINK.format(name="name|dev") + "+name"
OLD_LINK = LINK.format(name="name") + "dev +dev"
# Nothing to rename: the name is that of the link.
DELETED_LINK = LINK.format(name="dev:name|dev") + "+dev"
# iproute_modify() in ip/iproute.c.
ROUTE = (
    "src as via from tos|dsfield~ expires metric~|priority~|preference scope mtu hoplimit advmss "
    "reordering~ rtt rto_min window~ cwnd~ initcwnd~ initrwnd~ features~ quickack~ congctl~ "
    "rttvar~ ssthresh~ realms~ onlink nexthop nhid protocol~ table~ vrf~ dev|oif pref~ encap "
    "ttl-propagate fastopen_no_cookie~ to~ +to"
)
# iprule_modify() in ip/iprule.c.
RULE = (
    "not from to priority:preference~|order~|priority~ tos|dsfield~ fwmark realms~ protocol~ "
    "tun_id~ table:table~|lookup suppress_prefixlength~|sup_pl suppress_ifgroup~|sup_group iif|dev "
    "oif l3mdev uidrange nat|map-to~ ipproto sport dport dscp flowlabel type goto~ nop~ *type"
)
# iprule_list_flush_or_save() in ip/iprule.c.
RULES = (
    "priority:preference~|order~|priority~ not tos|dsfield fwmark iif|dev oif l3mdev uidrange "
    "tun_id~ table:lookup~|table~ from~|src~ protocol~ ipproto sport dport dscp flowlabel "
    "to:dst~|to~ *to"
)
# tc_filter_modify() in tc/tc_filter.c.
FILTER = (
    "dev block~ root ingress egress parent handle pref:preference~|priority~ protocol~ chain~ "
    "estimator~"
)
# gre_parse_opt() in ip/link_gre.c.
GRE = (
    "key~ nokey~ ikey~ noikey~ okey~ nookey~ seq~ noseq~ iseq~ noiseq~ oseq~ nooseq~ csum~ nocsum~ "
    "icsum~ noicsum~ ocsum~ noocsum~ nopmtudisc~ pmtudisc~ remote~ local~ dev~ "
    "ttl~|hoplimit~|hlim~ tos~|tclass~|dsfield~"
)
# parse_args() in ip/iptuntap.c.
TUNTAP = "mode~ user~ group~ pi~ one_queue~ vnet_hdr~ multi_queue~ dev:dev~|name~ *dev"
# tbf_parse_opt() in tc/q_tbf.c, act_parse_police() in tc/m_police.c.
PORT = (
    "limit~ latency~ burst:burst~|buffer|maxburst mtu|minburst mpu rate peakrate~ overhead~ "
    "linklayer~"
)

OPTIONS = {
    # verbs, where a table does not say it all
    "ip address flush": "to scope up label group master vrf nomaster type proto novf dev *dev",
    "ip address show": "to scope up label group master vrf nomaster type proto novf dev +dev",
    "ip link add": NEW_LINK,
    "ip link afstats": "dev",
    "ip link delete": DELETED_LINK,
    "ip link property add": "altname~ dev *dev",
    "ip link property del": "altname~ dev *dev",
    "ip link set": OLD_LINK,
    "ip link show": "to scope up label group master vrf nomaster type proto novf dev +dev",
    "ip link xstats": "type~ dev *part",
    "ip macsec add": "*dev *direction",
    "ip macsec delete": "*dev *direction",
    "ip macsec offload": "*dev *to",
    "ip macsec set": "*dev *direction",
    "ip macsec show": "*dev",
    "ip maddress add": "dev address~ +address",
    "ip maddress delete": "dev address~ +address",
    "ip maddress show": "dev *dev",
    "ip mroute show": "table~ iif from~ to *to",
    "ip neigh flush": "dev master vrf nomaster unused nud proxy protocol~ to *to",
    "ip neigh get": "dev proxy~ to~ +to",
    "ip neigh show": "dev master vrf nomaster unused nud proxy protocol~ to *to",
    "ip netns add": "*name",
    "ip netns attach": "*name *pid",
    "ip netns delete": "*name",
    "ip netns identify": "*pid",
    "ip netns pids": "*name",
    "ip netns set": "*name *nsid",
    "ip nexthop show": "dev~ groups~ master~ vrf~ id protocol~ fdb~",
    "ip route get": (
        "tos|dsfield~ from~ iif~ mark~ oif:oif~|dev notify~ connected~ vrf~ uid~ fibmatch~ as "
        "sport~ dport~ ipproto~ flowlabel to +to"
    ),
    "ip token set": "dev *token",
    "ip tuntap delete": TUNTAP,
    "ip vrf identify": "*pid",
    "ip vrf pids": "*name",
    "ip vrf show": "*name",
    "bridge vlan show": "dev vid",
    "tc class show": "dev qdisc classid root parent",
    "tc filter delete": f"{FILTER} *kind",
    "tc filter get": f"{FILTER} *kind",
    "tc filter show": FILTER,
    "tc qdisc show": "dev root ingress clsact parent~ handle~ invisible",
    # tables of verbs
    "AddressOptions": (
        "peer|remote broadcast~|brd anycast scope dev label metric~|priority~|preference~ "
        "valid_lft~ preferred_lft~ proto local +local"
    ),
    "BucketFilter": "dev~ master~ vrf~ id nhid",
    "FdbFilter": "brport dev br vlan state dynamic",
    "FdbFlush": "dev master self *dev",
    "FdbGet": "brport dev br vni self master~ vlan~ dynamic~ to +to",
    "FdbOptions": (
        "dev dst nhid port vni src_vni via self master~ router~ local~ permanent~ temp~ static~ "
        "dynamic~ vlan~ use~ extern_learn~ sticky~ activity_notify inactive norefresh to +to"
    ),
    "FilterOptions": FILTER,
    "LinkOptions": NEW_LINK,
    "NeighOptions": (
        "lladdr~ nud proxy~ router use managed extern_learn~ extern_valid dev protocol~ to +to"
    ),
    "NextHop": "via dev weight onlink realms~ encap as",
    "NexthopOptions": (
        "id dev via encap blackhole fdb onlink group type buckets idle_timer unbalanced_timer "
        "protocol~ hw_stats dst_port"
    ),
    "PortOptions": "dev guard hairpin fastleave root_block learning",
    "QdiscOptions": (
        "dev handle root clsact ingress parent estimator~ stab~ ingress_block~ egress_block~ *kind"
    ),
    "RouteFilter": (
        "table~ vrf~ cached~|cloned~ tos|dsfield~ protocol~ scope~ type~ dev|oif iif mark "
        "metric~|priority~|preference via src realms~ from~ root~ match~ exact~ to~ +to"
    ),
    "RouteOptions": ROUTE,
    "RuleFilter": RULES,
    "RuleFlush": RULES,
    "RuleOptions": RULE,
    "Stab": "mtu~ mpu~ overhead~ tsize~ linklayer~",
    "TuntapOptions": TUNTAP,
    "Vf": (
        "mac~ vlan~ qos~ proto~ rate~ max_tx_rate~ min_tx_rate~ spoofchk~ query_rss~ trust~ state~ "
        "node_guid~ port_guid~"
    ),
    "VlanOptions": "dev vid self master pvid untagged tunnel_info",
    # kinds of links
    "Bareudp": "dstport~ ethertype~ srcportmin~ multiproto~ nomultiproto~",
    "Batadv": "ra~",
    "Bond": (
        "mode~ active_slave~ clear_active_slave~ miimon~ updelay~ downdelay~ peer_notify_delay~ "
        "use_carrier~ arp_interval~ arp_ip_target~ ns_ip6_target arp_validate~ arp_all_targets~ "
        "arp_missed_max primary~ primary_reselect~ fail_over_mac~ xmit_hash_policy~ resend_igmp~ "
        "num_grat_arp~|num_unsol_na~ all_slaves_active~ min_links~ lp_interval~ packets_per_slave~ "
        "lacp_rate~ lacp_active coupled_control broadcast_neighbor ad_select~ ad_user_port_key~ "
        "ad_actor_sys_prio~ ad_actor_system~ tlb_dynamic_lb~ lacp_strict~"
    ),
    "BondSlave": "queue_id~ prio actor_port_prio",
    "Bridge": (
        "forward_delay~ hello_time~ max_age~ ageing_time~ stp_state~ stp_mode priority~ "
        "vlan_filtering~ vlan_protocol~ group_fwd_mask~ group_address~ no_linklocal_learn "
        "mst_enabled fdb_max_learned fdb_flush~ vlan_default_pvid~ vlan_stats_enabled~ "
        "vlan_stats_per_port~ mcast_router~ mcast_snooping~ mcast_vlan_snooping "
        "mcast_query_use_ifaddr~ mcast_querier~ mcast_hash_elasticity~ mcast_hash_max~ "
        "mcast_last_member_count~ mcast_startup_query_count~ mcast_last_member_interval~ "
        "mcast_membership_interval~ mcast_querier_interval~ mcast_query_interval~ "
        "mcast_query_response_interval~ mcast_startup_query_interval~ mcast_stats_enabled~ "
        "mcast_igmp_version~ mcast_mld_version~ nf_call_iptables~ nf_call_ip6tables~ "
        "nf_call_arptables~"
    ),
    "BridgeSlave": (
        "fdb_flush~ state~ priority~ cost~ hairpin~ guard~ root_block~ fastleave~ learning~ flood~ "
        "mcast_flood~ bcast_flood~ mcast_to_unicast~ proxy_arp~ proxy_arp_wifi~ mcast_router~ "
        "fastleave:mcast_fast_leave~ neigh_suppress~ neigh_vlan_suppress neigh_forward_grat "
        "group_fwd_mask~ vlan_tunnel~ isolated~ locked~ mab backup_port~ nobackup_port~ backup_nhid"
    ),
    "Geneve": (
        "id~|vni~ remote~ local ttl~|hoplimit~ tos~|dsfield~ df~ flowlabel:label~|flowlabel~ "
        "dstport~ external~ noexternal~ udpcsum~ noudpcsum~ udp6zerocsumtx~ noudp6zerocsumtx~ "
        "udp6zerocsumrx~ noudp6zerocsumrx~"
    ),
    "Gre": GRE,
    "Hsr": "supervision~ version~ proto~ slave1~ slave2~ interlink",
    "Ip6gre": f"{GRE} flowlabel|fl",
    "Ip6tnl": (
        "mode remote local dev~ ttl|hoplimit|hlim encaplimit tos:tos|tclass|tc|dsfield~ "
        "flowlabel|fl"
    ),
    "Ipip": "mode remote local dev~ ttl|hoplimit|hlim tos:tos|tclass|tc|dsfield~",
    "Ipoib": "pkey~ mode~ umcast~",
    "Ipvlan": "mode~ private~ vepa~ bridge~",
    "Macvlan": "mode~ flag~ macaddr~ nopromisc~ nodst~ bcqueuelen~ bclim",
    "Vlan": (
        "protocol~ id~ reorder_hdr~ gvrp~ mvrp~ loose_binding~ bridge_binding~ ingress-qos-map~ "
        "egress-qos-map~"
    ),
    "Vrf": "table~",
    "Vti": "key~ ikey~ okey~ remote~ local~ dev~ fwmark",
    "Vxlan": (
        "id~|vni~ group~ remote~ local~ dev~ ttl~|hoplimit~ tos~|dsfield~ df~ "
        "flowlabel:label~|flowlabel~ ageing~ maxaddress~ srcport:port~|srcport~ dstport~ "
        "nolearning~ learning~ noproxy~ proxy~ norsc~ rsc~ nol2miss~ l2miss~ nol3miss~ l3miss~ "
        "udpcsum~ noudpcsum~ udp6zerocsumtx~ noudp6zerocsumtx~ udp6zerocsumrx~ noudp6zerocsumrx~ "
        "remcsumtx~ noremcsumtx~ remcsumrx~ noremcsumrx~ localbypass nolocalbypass reserved_bits "
        "external~ noexternal~ gbp~ gpe~"
    ),
    "Wwan": "linkid~",
    "Xfrm": "dev~ if_id~ external",
    # kinds of qdiscs, classes, filters and actions
    "Flower": (
        "classid~|flowid~ hw_tc~ ip_flags~ l2_miss verbose~ skip_hw~ skip_sw~ ct_state~ ct_zone~ "
        "ct_mark~ ct_label~ indev~ num_of_vlans vlan_id~ vlan_prio~ vlan_ethtype~ cvlan_id~ "
        "cvlan_prio~ cvlan_ethtype~ mpls~ mpls_label~ mpls_tc~ mpls_bos~ mpls_ttl~ dst_mac~ "
        "src_mac~ ip_proto~ ip_tos~ ip_ttl~ dst_ip~ src_ip~ dst_port~ src_port~ tcp_flags~ type~ "
        "code~"
    ),
    "Htb": "r2q~ default~ debug~ direct_qlen~ offload~",
    "HtbClass": (
        "prio~ mtu~ mpu~ overhead~ linklayer~ quantum~ burst:burst~|buffer|maxburst "
        "cburst:cburst~|cbuffer|cmaxburst ceil rate"
    ),
    "Matchall": "classid~|flowid action~",
    "Netem": (
        "limit~ delay:latency~|delay~ loss:loss~|drop~ seed~ ecn~ reorder~ corrupt~ gap~ "
        "duplicate~ distribution~ rate~ slot~"
    ),
    "Police": f"index~ {PORT} conform-exceed pkts_rate~ pkts_burst~",
    "Tbf": PORT,
    "U32": (
        "match~ offset~ hashkey~ flowid:classid~|flowid divisor~ order~ link ht sample indev "
        "action~ police~"
    ),
}


class Alias(NamedTuple):
    """A spelling of a keyword, and whether iproute2 accepts a shortened form."""

    keyword: str
    spelling: str
    can_shorten: bool


@frozen
class AliasTable:
    """The spellings of a table's keywords, and the keywords of positional arguments.

    ``omitted`` are the keywords of positional arguments that people omit. ``by_alias`` maps every
    accepted spelling, shortened or not, to the keyword.
    """

    words: tuple[Alias, ...] = ()
    positional: tuple[str, ...] = ()
    omitted: tuple[str, ...] = ()
    by_alias: dict[str, str] = field(factory=dict, eq=False)

    @classmethod
    def of(cls, text: str) -> "AliasTable":
        """Parse a table of this file."""
        aliases: list[Alias] = []
        positional: list[str] = []
        omitted: list[str] = []

        for entry in text.split():
            if entry.startswith(("*", "+")):
                positional.append(entry[1:])
            else:
                aliases += _parse_entry(entry)
            if entry.startswith("+"):
                omitted.append(entry[1:])

        return cls(tuple(aliases), tuple(positional), tuple(omitted), _index_spellings(aliases))

    def canonical(self, text: str) -> str:
        """Return the keyword for a spelling; an unknown text unchanged."""
        return self.by_alias.get(text, text)

    def expand(self, text: str) -> str:
        """Return the complete spelling of a text: the text itself, or the shortened keyword."""
        if any(text == alias.spelling for alias in self.words):
            return text
        return self.canonical(text)


def _index_spellings(aliases: Iterable[Alias]) -> dict[str, str]:
    """Return the keyword of every spelling; an ambiguous one belongs to the first keyword."""
    keywords: dict[str, str] = {}

    for keyword, spelling, can_shorten in aliases:
        keywords.setdefault(spelling, keyword)
        if not can_shorten:
            continue

        for length in range(1, len(spelling)):
            keywords.setdefault(spelling[:length], keyword)

    return keywords


def _parse_entry(entry: str) -> list[Alias]:
    """Return the spellings of one keyword: `broadcast~|brd`, `neigh:neighbor~`."""
    keyword, colon, spellings = entry.partition(":")
    if not colon:
        # The first spelling is the keyword.
        spellings = entry
        keyword = entry.partition("|")[0].rstrip("~")

    aliases = []
    for spelling in spellings.split("|"):
        can_shorten = spelling.endswith("~")
        aliases.append(Alias(keyword, spelling.rstrip("~"), can_shorten))

    return aliases


TABLES = {
    **PROGRAMS,
    **{f"{program} -": global_options for program, global_options in GLOBALS.items()},
    **OPTIONS,
}


@cache
def alias_table(*names: str) -> AliasTable:
    """Return the table of the first name with a table, or else an empty table."""
    for name in names:
        if name in TABLES:
            return AliasTable.of(TABLES[name])

    return AliasTable()


@lru_cache(maxsize=256)
def global_option(program: str, text: str) -> str:
    """Return the short name of a global option, typed with one or two dashes, or with `=VALUE`."""
    if text == "--":
        return text

    option = text.replace("--", "-", 1).partition("=")[0]
    return alias_table(f"{program} -").canonical(option)


def object_position(argv: Sequence[str], program_position: int, *, program: str = "ip") -> int:
    """Return the position of the object, behind a program's global options and their values."""
    position = program_position + 1

    while position < len(argv) and argv[position].startswith("-"):
        takes_value = global_option(program, argv[position]) in GLOBALS_WITH_VALUE
        position += 2 if takes_value else 1
    return position


def usual_spelling(program: str, object_path: Sequence[str], *, word: str) -> str:
    """Return the spelling of an object, or of a verb of an object, that people type.

    The word itself, unless complete, and iproute2 accepts the shorter usual spelling.
    """
    path = " ".join((program, *object_path))
    if path in WRITTEN_OUT:
        return word

    aliases = verb_aliases(path) if object_path else alias_table(program)
    usual = USUAL_SPELLINGS.get(word, word)
    return usual if aliases.canonical(usual) == word else word


@cache
def verb_aliases(object_path: str) -> AliasTable:
    """Return the verbs of an object of the command line, such as `ip link`, and `help`."""
    if object_path not in VERBS:
        return AliasTable()
    return AliasTable.of(f"{VERBS[object_path]} help~")


def canonical_path(program: str, arguments: Sequence[str]) -> tuple[str, ...]:
    """Return program, object and verb in ipwrap's spelling, as far as there are verbs.

    ``arguments`` are the arguments behind the global options.
    """
    path = (program, *map(alias_table(program).canonical, arguments[:1]))

    for word in arguments[1:]:
        aliases = verb_aliases(" ".join(path))
        if not aliases.words:
            break
        path = (*path, aliases.canonical(word))

    return path
