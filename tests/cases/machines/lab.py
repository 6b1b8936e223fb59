"""What the recordings beside this file hold: words that every release from 5.4 on takes, and what they print otherwise.

PATH=FOLDER:$PATH ipwrap run tests/cases/machines/lab.py --record tests/cases/machines/RELEASE.jsonl
"""

from ipwrap import Session

LINES = """\
ip link add name br0 type bridge
ip link set dev br0 type bridge stp_state 1 ageing_time 1000
ip link set dev br0 up
ip link add name v0 address 02:00:00:00:00:10 type veth peer name v1 address 02:00:00:00:00:11
ip link set dev v0 master br0
ip link set dev v0 type bridge_slave hairpin on cost 7
ip link set dev v0 type bridge_slave hairpin maybe
ip link set dev v0 up
ip link set dev v1 mtu 1400 alias words
ip link set dev v1 up
ip link add name vx0 type vxlan id 7 dstport 4789 local 10.0.0.1 noudpcsum
ip link add name vx1 type vxlan dstport 4790 external
ip link add name vx2 type vxlan id 9 dstport 4791 gbp
ip link add name mv0 link v1 type macvlan mode bridge
ip address add 10.0.0.1/24 dev v1
ip address add fd00::1/64 dev v1 nodad
ip route add 10.1.0.0/16 via 10.0.0.2 dev v1 metric 7 mtu 1300
ip route add 10.2.0.0/16 nexthop via 10.0.0.2 dev v1 weight 2 nexthop via 10.0.0.3 dev v1
ip route add blackhole 10.3.0.0/16
ip nexthop add id 1 via 10.0.0.2 dev v1
ip route add 10.4.0.0/16 nhid 1
ip neigh add 10.0.0.2 dev v1 lladdr 02:00:00:00:00:22
ip rule add sport 80 ipproto tcp table 79 pref 103
ip rule add iif v1 goto 32766 pref 102
bridge fdb add 02:00:00:00:00:31 dev v0 master static
bridge mdb add dev br0 port v0 grp 239.1.1.1 permanent
"""

READS = """\
ip -j -d link show dev br0
ip -j -d link show dev vx1
ip -j -d link show dev vx2
ip -j -d route show
ip -j -d rule show
ip -j vrf show
bridge -j -d link show
"""


def main(session: Session) -> None:
    """Run the lines, whatever their status, and look."""
    for line in LINES.splitlines():
        session.exec(*line.split(), check=False)
    for line in READS.splitlines():
        session.exec(*line.split(), changes=False)
