"""A lab with classes and filters of `tc`, for several tests."""

__all__ = ["CLASSES", "FILTERS"]

CLASSES = """\
ip link add name v0 type veth peer name v1
tc qdisc add dev v0 root handle 1: htb default 20
tc class add dev v0 parent 1: classid 1:1 htb rate 10mbit ceil 20mbit
tc class add dev v0 parent 1:1 classid 1:10 htb rate 1mbit prio 2 burst 15k
tc class add dev v0 parent 1:1 classid 1:20 htb rate 2mbit quantum 3000
tc qdisc add dev v0 parent 1:10 handle 10: pfifo limit 7
"""
FILTERS = """\
tc filter add dev v0 parent 1: protocol ip pref 5 u32 match ip src 10.0.0.0/8 \
match ip dport 80 0xffff flowid 1:10
tc filter add dev v0 parent 1: protocol ip pref 6 flower dst_ip 10.1.0.0/16 classid 1:20
tc filter add dev v0 parent 1:1 protocol all pref 7 matchall classid 1:20
tc qdisc add dev v1 clsact
tc filter add dev v1 ingress protocol ip pref 1 flower src_ip 10.0.0.1 action drop
tc filter add dev v1 ingress protocol ip pref 1 flower src_ip 10.0.0.2 \
action mirred egress redirect dev v0
tc filter add dev v1 egress protocol all pref 2 matchall \
action police rate 1mbit burst 10k conform-exceed drop/pipe
"""
